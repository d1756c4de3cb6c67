//! Access tokens for a downstream API.

use crate::support::world;
use http::{Request, StatusCode};
use serde_json::Value;
use vestibule::testing::Browser;

fn scopes(token: &str) -> Value {
    vestibule_protocol::jwt::claims_unverified(token).expect("a token")["scp"].clone()
}

#[tokio::test]
async fn the_refresh_token_gets_a_token_for_scopes_that_the_sign_in_had_not_asked() {
    let (tenant, mut browser) = world();
    assert_eq!(scopes(&browser.get("/read").await.body), "tasks.read");
    assert_eq!(tenant.asked("authorize"), 1, "without another round trip");
    assert_eq!(scopes(&browser.get("/write").await.body), "tasks.write");
}

#[tokio::test]
async fn a_token_is_used_until_it_runs_out() {
    let (tenant, mut browser) = world();
    let first = browser.get("/read").await.body;
    let asked = tenant.asked("token");
    assert_eq!(browser.get("/read").await.body, first);
    assert_eq!(tenant.asked("token"), asked);
    tenant.wait(3590);
    assert_ne!(browser.get("/read").await.body, first);
}

#[tokio::test]
async fn many_requests_at_once_cause_one_refresh() {
    let (tenant, mut browser) = world();
    browser.get("/me").await;
    let ask = |mut browser: Browser| async move { browser.step("/read").await.body };
    let (a, b, c, d) =
        tokio::join!(ask(browser.clone()), ask(browser.clone()), ask(browser.clone()), ask(browser.clone()));
    assert!(a.starts_with("ey") && a == b && b == c && c == d);
    assert_eq!(tenant.asked("token"), 2, "one code, one refresh");
}

#[tokio::test]
async fn a_rotated_refresh_token_is_kept_even_when_its_answer_was_lost() {
    let (tenant, mut browser) = world();
    browser.get("/me").await;
    browser.clone().step("/read").await;
    tenant.wait(3590);
    assert!(browser.step("/read").await.body.starts_with("ey"), "with the cookie of before the refresh");
}

#[tokio::test]
async fn without_a_refresh_token_the_browser_is_sent_for_the_token_and_comes_back() {
    let (tenant, mut browser) = world();
    browser.get("/me").await;
    tenant.revoke_refresh_tokens();
    let page = browser.get("/write").await;
    assert_eq!((page.path.as_str(), scopes(&page.body)), ("/write", "tasks.write".into()));
    assert_eq!(tenant.asked("authorize"), 2);
    let script = browser.send(Request::get("/read").header("sec-fetch-mode", "cors")).await;
    assert_eq!(script.status, StatusCode::OK, "the new refresh token serves scripts as well");
}

#[tokio::test]
async fn a_script_that_lacks_a_token_gets_a_401() {
    let (tenant, mut browser) = world();
    browser.get("/me").await;
    tenant.revoke_refresh_tokens();
    let page = browser.send(Request::get("/read").header("sec-fetch-mode", "cors")).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_permission_that_is_not_granted_ends_in_a_sentence_not_in_a_loop() {
    let (tenant, mut browser) = world();
    browser.get("/me").await;
    tenant.refuse_consent();
    let page = browser.get("/read").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.body.contains("has to grant it") && page.body.contains("AADB2C90205"), "{}", page.body);
    assert_eq!(browser.get("/").await.body, "Ann Lee", "the person stays signed in");
}

#[tokio::test]
async fn an_api_without_scopes_is_a_mistake_of_the_app_not_a_loop() {
    let tenant = vestibule::testing::FakeTenant::new();
    let handler =
        |user: vestibule::User| async move { user.token::<&str>(&[]).await.map(|token| token.secret().to_owned()) };
    let app = axum::Router::new().route("/", axum::routing::get(handler));
    let page = Browser::new(&tenant, tenant.auth().install(app)).get("/").await;
    assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(page.body.contains("has to set SCOPE"), "{}", page.body);
}
