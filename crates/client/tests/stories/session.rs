//! The session in the browser: its content, its lifetime, and what it survives.

use crate::support::{app, world};
use http::StatusCode;
use serde_json::json;
use vestibule::testing::{Browser, FakeTenant, Person};

#[tokio::test]
async fn a_session_survives_a_restart_of_the_app() {
    let (tenant, mut browser) = world();
    browser.get("/me").await;
    let mut again = Browser::new(&tenant, app(&tenant.auth()));
    again.cookies.clone_from(&browser.cookies);
    assert_eq!(again.step("/").await.body, "Ann Lee");
    assert!(again.get("/read").await.body.starts_with("ey"), "the refresh token still works");
}

#[tokio::test]
async fn an_app_with_another_secret_reads_nothing_of_it() {
    let (tenant, mut browser) = world();
    browser.get("/me").await;
    let mut settings = tenant.settings();
    settings.insert("SESSION_KEY".to_owned(), "another key of thirty-two letters".to_owned());
    let auth = vestibule::Auth::from_map_with_outside(&settings, tenant.outside());
    let mut other = Browser::new(&tenant, app(&auth));
    other.cookies.clone_from(&browser.cookies);
    assert_eq!(other.step("/").await.body, "nobody");
    assert!(other.cookies.is_empty(), "the cookie that cannot be read is dropped");
}

#[tokio::test]
async fn cookies_of_https_apps_are_guarded_and_of_both_kinds_unreadable_for_scripts() {
    let tenant = FakeTenant::new();
    let mut settings = tenant.settings();
    settings.insert("REDIRECT_URI".to_owned(), "https://app.contoso.com/getAToken".to_owned());
    let auth = vestibule::Auth::from_map_with_outside(&settings, tenant.outside());
    let page = Browser::new(&tenant, app(&auth)).step("/me").await;
    let cookie = page.headers["set-cookie"].to_str().expect("text");
    assert!(cookie.starts_with("__Host-vestibule-"), "{cookie}");
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=3600"), "{cookie}");
}

#[tokio::test]
async fn long_tokens_go_into_several_cookies_and_too_long_ones_are_refused_aloud() {
    let (tenant, mut browser) = world();
    tenant.sit_down(Person::new("Ann Lee").with("extension_Notes", json!("n".repeat(4000))));
    assert_eq!(browser.get("/me").await.status, StatusCode::OK);
    assert!(browser.cookies.len() > 1, "{:?}", browser.cookies.keys());
    let (tenant, mut browser) = world();
    tenant.sit_down(Person::new("Ann Lee").with("extension_Notes", json!("n".repeat(20_000))));
    let page = browser.get("/me").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.body.contains("bytes, and cookies hold 10800 of them"), "{}", page.body);
}

#[tokio::test]
async fn a_session_is_renewed_when_the_id_token_runs_out() {
    let (tenant, mut browser) = world();
    browser.get("/me").await;
    tenant.wait(3601);
    assert_eq!(browser.step("/me").await.status, StatusCode::OK);
    assert_eq!(tenant.asked("token"), 2);
    assert_eq!(browser.step("/me").await.status, StatusCode::OK);
    assert_eq!(tenant.asked("token"), 2, "the renewed token is kept");
}

#[tokio::test]
async fn a_person_whose_tokens_were_revoked_is_out_when_the_id_token_runs_out() {
    let (tenant, mut browser) = world();
    browser.get("/me").await;
    tenant.revoke_refresh_tokens();
    tenant.wait(3601);
    assert_eq!(browser.step("/").await.body, "nobody");
    assert!(browser.cookies.is_empty());
}

#[tokio::test]
async fn a_secret_that_ran_out_signs_nobody_out() {
    let tenant = FakeTenant::new();
    let mut settings = tenant.settings();
    settings.insert("SESSION_KEY".to_owned(), "a key of at least thirty-two letters".to_owned());
    let auth = |settings: &_| vestibule::Auth::from_map_with_outside(settings, tenant.outside());
    let mut browser = Browser::new(&tenant, app(&auth(&settings)));
    browser.get("/me").await;
    settings.insert("CLIENT_SECRET".to_owned(), "wrong".to_owned());
    let mut later = Browser::new(&tenant, app(&auth(&settings)));
    later.cookies.clone_from(&browser.cookies);
    tenant.wait(3601);
    assert_eq!(later.step("/").await.body, "Ann Lee");
    later.cookies.clear();
    let page = later.get("/me").await;
    assert!(page.body.contains("does not accept this app&#39;s secret"), "{}", page.body);
}

#[tokio::test]
async fn a_session_ends_after_twelve_hours_whatever_happens() {
    let (tenant, mut browser) = world();
    browser.get("/me").await;
    for _ in 0..11 {
        tenant.wait(3601);
        assert_eq!(browser.step("/").await.body, "Ann Lee");
    }
    tenant.wait(3601);
    assert_eq!(browser.step("/").await.body, "nobody");
}

#[tokio::test]
async fn another_person_gets_another_session() {
    let (tenant, mut browser) = world();
    browser.get("/me").await;
    let mut first = browser.clone();
    tenant.sit_down(Person::new("Bob Ray"));
    assert_eq!(browser.get("/auth/sign-in").await.body, "Bob Ray");
    assert_eq!(first.step("/").await.body, "nobody", "the first session ended");
}

#[tokio::test]
async fn pages_made_for_a_person_are_not_cached() {
    let (_, mut browser) = world();
    assert_eq!(browser.get("/me").await.headers["cache-control"], "private, no-store");
}

#[tokio::test]
async fn claims_are_read_leniently() {
    let (tenant, mut browser) = world();
    let person = Person::new("x").without("name").without("emails");
    tenant
        .sit_down(person.with("given_name", json!("Ann")).with("email", json!("a@b.c")).with("newUser", json!("odd")));
    assert_eq!(browser.get("/me").await.body, "Ann a@b.c");
}
