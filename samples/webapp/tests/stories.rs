//! The web app from a user's point of view.

use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use std::collections::BTreeMap;
use tokio::net::TcpListener;
use vestibule::Auth;
use vestibule::testing::{Browser, FakeTenant, Person};

fn world() -> (FakeTenant, Browser) {
    let tenant = FakeTenant::new();
    let browser = Browser::new(&tenant, vestibule_webapp::router(&tenant.auth()));
    (tenant, browser)
}

#[tokio::test]
async fn a_stranger_sees_the_button_and_a_person_their_name() {
    let (_, mut browser) = world();
    let page = browser.get("/").await;
    assert!(page.body.contains(">Sign in</a>"), "{}", page.body);
    assert!(page.body.contains(">Reset password</a>"));
    let page = browser.get("/auth/sign-in").await;
    assert!(page.body.contains("<h1>Ann Lee</h1>"), "{}", page.body);
    for text in ["Edit profile", "Call a downstream API", "Sign out", "Reset password"] {
        assert!(page.body.contains(&format!(">{text}</a>")), "{text}");
    }
    assert!(page.body.contains("<dt>emails</dt><dd>ann.lee@example.com</dd>"), "{}", page.body);
}

#[tokio::test]
async fn an_edited_name_shows_and_sign_out_ends_it() {
    let (tenant, mut browser) = world();
    browser.get("/auth/sign-in").await;
    tenant.will_type_name("Ann Smith");
    assert!(browser.get("/auth/edit-profile").await.body.contains("<h1>Ann Smith</h1>"));
    assert!(browser.get("/auth/sign-out").await.body.contains(">Sign in</a>"));
}

#[tokio::test]
async fn the_answer_of_the_api_is_shown() {
    let (tenant, _) = world();
    let api = Router::new().route("/hello", get(|| async { Json(json!({ "greeting": "<Hello>" })) }));
    let api = api.route_layer(tenant.api().require("tasks.read"));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let mut settings = tenant.settings();
    let address = listener.local_addr().expect("an address");
    settings.insert("ENDPOINT".to_owned(), format!("http://{address}/hello"));
    tokio::spawn(async move { axum::serve(listener, api).await });
    let auth = Auth::from_map_with_outside(&settings, tenant.outside());
    let mut browser = Browser::new(&tenant, vestibule_webapp::router(&auth));
    let page = browser.get("/call_api").await;
    assert!(page.body.contains("answered 200"), "{}", page.body);
    assert!(page.body.contains("&quot;greeting&quot;: &quot;&lt;Hello&gt;&quot;"), "{}", page.body);
}

#[tokio::test]
async fn an_api_that_is_down_is_a_sentence() {
    let (tenant, _) = world();
    let mut settings = tenant.settings();
    // Nothing listens on a port that has just been released.
    let free = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    settings.insert("ENDPOINT".to_owned(), format!("http://{free}/hello"));
    let auth = Auth::from_map_with_outside(&settings, tenant.outside());
    let page = Browser::new(&tenant, vestibule_webapp::router(&auth)).get("/call_api").await;
    assert!(page.body.contains("The API does not answer"), "{}", page.body);
}

#[tokio::test]
async fn claims_cannot_carry_html() {
    let (tenant, mut browser) = world();
    tenant.sit_down(Person::new("<script>alert(1)</script>"));
    let page = browser.get("/auth/sign-in").await;
    assert!(!page.body.contains("<script"), "{}", page.body);
    assert!(page.headers["content-security-policy"].to_str().expect("text").starts_with("default-src 'none'"));
}

#[tokio::test]
async fn without_settings_it_says_what_to_set() {
    let tenant = FakeTenant::new();
    let page = Browser::new(&tenant, vestibule_webapp::app(BTreeMap::new())).get("/").await;
    assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(page.body.contains("B2C_TENANT_NAME") && page.body.contains("CLIENT_SECRET"), "{}", page.body);
}
