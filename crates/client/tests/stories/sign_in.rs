//! Signing in, editing the profile, resetting the password, signing out.

use crate::support::{parameter, world};
use http::{Request, StatusCode};
use vestibule::testing::Person;

#[tokio::test]
async fn a_protected_page_asks_for_sign_in_and_comes_back_to_itself() {
    let (tenant, mut browser) = world();
    let page = browser.get("/orders/7?tab=2").await;
    assert_eq!((page.path.as_str(), page.body.as_str()), ("/orders/7?tab=2", "Ann Lee ann.lee@example.com"));
    assert_eq!(browser.get("/").await.body, "Ann Lee");
    assert_eq!(tenant.asked("authorize"), 1);
}

#[tokio::test]
async fn the_request_to_the_tenant_says_all_that_it_must() {
    let (_, mut browser) = world();
    let location = browser.step("/me").await.location().to_owned();
    assert!(location.starts_with("https://contoso.b2clogin.com/contoso.onmicrosoft.com/b2c_1_signupsignin1/oauth2/"));
    let is = |name: &str, value: &str| assert_eq!(parameter(&location, name).as_deref(), Some(value), "{name}");
    is("response_type", "code");
    is("redirect_uri", "http://localhost:5000/getAToken");
    is("scope", "openid offline_access");
    is("code_challenge_method", "S256");
    for name in ["state", "nonce", "code_challenge"] {
        assert_eq!(parameter(&location, name).map(|v| v.len()), Some(43), "{name}");
    }
    assert_eq!(parameter(&location, "prompt"), None);
}

#[tokio::test]
async fn a_public_page_is_public() {
    let (tenant, mut browser) = world();
    assert_eq!(browser.step("/").await.body, "nobody");
    assert_eq!(tenant.asked("discovery"), 0, "nothing is fetched before it is needed");
    assert_eq!(browser.get("/auth/sign-in").await.body, "Ann Lee");
}

#[tokio::test]
async fn scripts_and_forms_get_a_401_that_says_where_to_go() {
    let (_, mut browser) = world();
    let page = browser.send(Request::get("/me").header("sec-fetch-mode", "cors")).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    assert!(page.body.contains(r#""sign_in":"/auth/sign-in""#), "{}", page.body);
    assert_eq!(browser.send(Request::post("/me")).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn several_tabs_sign_in_side_by_side() {
    let (_, mut browser) = world();
    let (first, second) = (browser.step("/orders/1").await, browser.step("/orders/2").await);
    let (first, second) = (browser.resolve(first.location()), browser.resolve(second.location()));
    assert_eq!(browser.get(&second).await.path, "/orders/2");
    assert_eq!(browser.get(&first).await.path, "/orders/1");
}

#[tokio::test]
async fn many_unfinished_attempts_do_not_fill_the_browser() {
    let (_, mut browser) = world();
    for _ in 0..30 {
        browser.step("/me").await;
    }
    assert_eq!(browser.cookies.len(), 8);
    assert_eq!(browser.get("/me").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_callback_that_comes_twice_goes_home() {
    let (tenant, mut browser) = world();
    let page = browser.step("/me").await;
    let callback = browser.resolve(page.location());
    assert_eq!(browser.get(&callback).await.path, "/me");
    assert_eq!(browser.get(&callback).await.path, "/");
    assert_eq!(tenant.asked("token"), 1, "a code is redeemed once");
}

#[tokio::test]
async fn a_callback_whose_answer_was_lost_signs_in_all_the_same() {
    let (tenant, mut browser) = world();
    let page = browser.step("/me").await;
    let callback = browser.resolve(page.location());
    let before = browser.clone();
    browser.step(&callback).await;
    let mut browser = before;
    assert_eq!(browser.get(&callback).await.body, "Ann Lee");
    assert_eq!(tenant.asked("token"), 2, "the first code was not redeemed again");
}

#[tokio::test]
async fn a_sign_in_that_took_too_long_is_begun_again_once() {
    let (tenant, mut browser) = world();
    let page = browser.step("/orders/9").await;
    let callback = browser.resolve(page.location());
    tenant.wait(2 * 3600);
    assert_eq!(browser.get(&callback).await.path, "/orders/9");
    assert_eq!(tenant.asked("authorize"), 2);
}

#[tokio::test]
async fn a_browser_without_cookies_is_told_so_and_not_sent_round_for_ever() {
    let (_, mut browser) = world();
    let mut page = browser.step("/me").await;
    while page.status.is_redirection() {
        browser.cookies.clear();
        let next = browser.resolve(page.location());
        page = browser.step(&next).await;
    }
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.body.contains("Allow cookies"), "{}", page.body);
}

#[tokio::test]
async fn an_edited_name_shows_at_once() {
    let (tenant, mut browser) = world();
    browser.get("/me").await;
    tenant.will_type_name("Ann Smith");
    let page = browser.get("/auth/edit-profile?return_to=/me").await;
    assert_eq!((page.path.as_str(), page.body.as_str()), ("/me", "Ann Smith ann.lee@example.com"));
    assert_eq!(tenant.asked("authorize"), 3, "sign-in, edit profile, and one silent round");
}

#[tokio::test]
async fn an_edit_without_a_session_at_the_tenant_keeps_the_session_here() {
    let (tenant, mut browser) = world();
    browser.get("/me").await;
    let page = browser.step("/auth/edit-profile").await;
    let callback = browser.resolve(page.location());
    tenant.forget_session();
    assert_eq!(browser.get(&callback).await.body, "Ann Lee");
}

#[tokio::test]
async fn an_edit_by_another_person_changes_nobody_silently() {
    let (tenant, mut browser) = world();
    browser.get("/me").await;
    tenant.sit_down(Person::new("Bob Ray"));
    assert_eq!(browser.get("/auth/edit-profile").await.body, "Ann Lee");
}

#[tokio::test]
async fn a_cancelled_edit_goes_back_quietly() {
    let (tenant, mut browser) = world();
    browser.get("/me").await;
    tenant.next_page_ends_in(90091);
    let page = browser.get("/auth/edit-profile?return_to=/me").await;
    assert_eq!((page.path.as_str(), page.status), ("/me", StatusCode::OK));
}

#[tokio::test]
async fn a_cancelled_sign_in_goes_home_quietly() {
    let (tenant, mut browser) = world();
    tenant.next_page_ends_in(90091);
    let page = browser.get("/me").await;
    assert_eq!((page.path.as_str(), page.body.as_str()), ("/", "nobody"));
}

#[tokio::test]
async fn a_forgotten_password_leads_through_the_reset_flow_to_where_the_person_was_going() {
    let (tenant, mut browser) = world();
    tenant.next_page_ends_in(90118);
    let page = browser.step("/orders/3").await;
    let callback = browser.resolve(page.location());
    let reset = browser.step(&callback).await;
    assert!(reset.location().contains("/b2c_1_reset_password/"), "{}", reset.location());
    assert_eq!(browser.follow(reset).await.path, "/orders/3");
}

#[tokio::test]
async fn the_reset_link_ends_signed_in() {
    let (_, mut browser) = world();
    assert_eq!(browser.get("/auth/reset-password").await.body, "Ann Lee");
}

#[tokio::test]
async fn sign_out_ends_the_session_here_and_at_the_tenant() {
    let (tenant, mut browser) = world();
    browser.get("/me").await;
    let stolen = browser.clone();
    let page = browser.step("/auth/sign-out").await;
    assert!(page.location().contains("/b2c_1_signupsignin1/oauth2/v2.0/logout?"), "{}", page.location());
    assert!(parameter(page.location(), "id_token_hint").is_some());
    let home = browser.follow(page).await;
    assert_eq!((home.path.as_str(), home.body.as_str()), ("/", "nobody"));
    assert_eq!(tenant.asked("logout"), 1);
    assert!(browser.cookies.is_empty());
    let mut stolen = stolen;
    assert_eq!(stolen.step("/").await.body, "nobody", "a copied cookie is dead");
}

#[tokio::test]
async fn another_site_cannot_sign_a_person_out() {
    let (_, mut browser) = world();
    browser.get("/me").await;
    let ask = |site: &str| Request::get("/auth/sign-out").header("sec-fetch-site", site);
    let page = browser.send(ask("cross-site")).await;
    assert!(page.body.contains("Do you want to sign out"), "{}", page.body);
    assert_eq!(browser.get("/").await.body, "Ann Lee");
    assert!(browser.send(ask("same-origin")).await.status.is_redirection());
    assert_eq!(browser.get("/").await.body, "nobody");
}

#[tokio::test]
async fn a_link_may_name_the_person() {
    let (_, mut browser) = world();
    let page = browser.step("/auth/sign-in?login_hint=ann%40example.com&return_to=%2Fme").await;
    assert_eq!(parameter(page.location(), "login_hint").as_deref(), Some("ann@example.com"));
}
