//! Single sign-on: when users must sign in again, and when not (docs/b2c.md, "Sessions").

use std::collections::BTreeSet;
use vestibule_protocol::digest::sha256_base64url;
use vestibule_server::oauth::grant::GrantBody;
use vestibule_server::oauth::session::SessionBody;
use vestibule_tenant::manage::Actor;
use vestibule_testing::{
    ANN, BOB, Browser, CALLBACK, CALLBACK2, House, MINUTE, NOW, TENANT, WEBAPP1, WEBAPP2, authorize,
};

/// The client id of the tenant's `native1`.
const NATIVE1: &str = "55555555-0c47-4a15-b9e8-61d7a2f05c94";

fn session_cookie(browser: &Browser) -> Option<String> {
    browser.cookies.iter().find(|(name, _)| name.contains("vestibule-sso-")).map(|(_, value)| value.clone())
}

#[tokio::test]
async fn a_second_application_is_signed_in_to_without_a_page() {
    let house = House::dev().await;
    let mut browser = house.browser();
    browser.sign_in(&authorize(), ANN).await.code();
    house.clock.advance(5 * MINUTE);
    let answer = browser.get(&authorize().of_webapp2().path()).await;
    let code = answer.carried(CALLBACK2, '?')["code"].clone();
    let body = grant(&house, &code).await;
    assert_eq!(body.auth_time, NOW / 1000, "when the password was given");
    assert!(!body.issued.interactive);
    // As in B2C: there is no picker for select_account.
    assert!(!browser.get(&authorize().with("prompt", "select_account").path()).await.code().is_empty());
    assert!(!browser.get(&authorize().with("prompt", "none").path()).await.code().is_empty());
    let other = house.browser().get(&authorize().of_webapp2().path()).await;
    assert!(other.is_page("Unified"), "another browser has no part in it");
}

#[tokio::test]
async fn applications_that_are_signed_in_to_at_once_are_all_remembered() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let code = browser.sign_in(&authorize(), ANN).await.code();
    let mut other = browser.clone();
    let second = authorize().of_webapp2().path();
    let third = authorize().with("client_id", NATIVE1).with("redirect_uri", "http://127.0.0.1/cb").path();
    let (second, third) = tokio::join!(browser.get(&second), other.get(&third));
    assert!(second.carried(CALLBACK2, '?').contains_key("code"));
    assert!(third.carried("http://127.0.0.1/cb", '?').contains_key("code"));
    let sessions = house.app.store().sessions_of_user(TENANT, &person(&house, &code).await, NOW).await.expect("read");
    let [session] = sessions.as_slice() else { panic!("one session: {sessions:?}") };
    let body: SessionBody = serde_json::from_str(&session.body).expect("a body");
    assert_eq!(
        body.applications.iter().map(String::as_str).collect::<BTreeSet<_>>(),
        BTreeSet::from([WEBAPP1, WEBAPP2, NATIVE1])
    );
}

#[tokio::test]
async fn who_must_prove_it_again_is_asked_again() {
    let house = House::dev().await;
    let mut browser = house.browser();
    browser.sign_in(&authorize(), ANN).await.code();
    assert!(browser.get(&authorize().with("prompt", "login").path()).await.is_page("Unified"));
    assert!(browser.get(&authorize().with("max_age", "0").path()).await.is_page("Unified"));
    assert!(!browser.get(&authorize().with("max_age", "600").path()).await.code().is_empty());
    house.clock.advance(11 * MINUTE);
    assert!(browser.get(&authorize().with("max_age", "600").path()).await.is_page("Unified"));
    let silent = browser.get(&authorize().with("max_age", "600").with("prompt", "none").path()).await;
    assert_eq!(silent.error(), ("interaction_required".to_owned(), "90077".to_owned()));
}

#[tokio::test]
async fn each_sign_in_takes_a_new_session_id_and_ends_the_old() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let planted = "A".repeat(43);
    browser.sign_in(&authorize(), ANN).await.code();
    let name = browser.cookies.keys().find(|name| name.contains("vestibule-sso-")).expect("a cookie").clone();
    let mut victim = house.browser();
    victim.cookies.insert(name.clone(), planted.clone());
    victim.sign_in(&authorize(), ANN).await.code();
    assert_ne!(victim.cookies[&name], planted);
    let mut stale = browser.clone();
    let first = session_cookie(&browser);
    let page = browser.get(&authorize().with("prompt", "login").path()).await;
    browser.sign_in_at(&page, BOB, &[]).await.code();
    assert_ne!(session_cookie(&browser), first);
    let answer = stale.get(&authorize().with("prompt", "none").path()).await;
    assert_eq!(answer.error().1, "90077", "the old id is dead");
}

#[tokio::test]
async fn a_session_reaches_as_far_as_the_flow_says() {
    let house = House::dev().await;
    let mut browser = house.browser();
    browser.sign_in(&authorize().at("B2C_1_by_application"), ANN).await.code();
    assert!(!browser.get(&authorize().at("B2C_1_by_application").path()).await.code().is_empty());
    assert!(browser.get(&authorize().at("B2C_1_by_application").of_webapp2().path()).await.is_page("Unified"));
    assert!(browser.get(&authorize().path()).await.is_page("Unified"), "and not to other flows");

    browser.sign_in(&authorize().at("B2C_1_by_policy"), ANN).await.code();
    let other = browser.get(&authorize().at("B2C_1_by_policy").of_webapp2().path()).await;
    assert!(other.carried(CALLBACK2, '?').contains_key("code"));
    assert!(browser.get(&authorize().path()).await.is_page("Unified"));

    browser.sign_in(&authorize().at("B2C_1_no_session"), ANN).await.code();
    assert!(browser.get(&authorize().at("B2C_1_no_session").path()).await.is_page("Unified"));
}

#[tokio::test]
async fn a_session_ends_in_its_time() {
    let house = House::dev().await;
    let mut rolling = house.browser();
    let mut absolute = house.browser();
    rolling.sign_in(&authorize(), ANN).await.code();
    absolute.sign_in(&authorize().at("B2C_1_by_policy"), ANN).await.code();
    house.clock.advance(14 * MINUTE);
    assert!(!absolute.get(&authorize().at("B2C_1_by_policy").path()).await.code().is_empty());
    house.clock.advance(2 * MINUTE);
    assert!(absolute.get(&authorize().at("B2C_1_by_policy").path()).await.is_page("Unified"));
    house.clock.advance(1400 * MINUTE);
    assert!(!rolling.get(&authorize().path()).await.code().is_empty());
    house.clock.advance(1400 * MINUTE);
    assert!(!rolling.get(&authorize().path()).await.code().is_empty(), "each use begins the day again");
    house.clock.advance(1441 * MINUTE);
    assert!(rolling.get(&authorize().path()).await.is_page("Unified"));
}

#[tokio::test]
async fn keep_me_signed_in_outlives_browser_and_day() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = browser.get(&authorize().path()).await;
    browser.sign_in_at(&page, ANN, &[("rememberMe", "true")]).await.code();
    let line = browser.set_cookies.iter().rfind(|line| line.contains("vestibule-sso-")).expect("a cookie");
    assert!(line.contains("Max-Age=2592000"), "30 days: {line}");
    house.clock.advance(20 * 1440 * MINUTE);
    assert!(!browser.get(&authorize().path()).await.code().is_empty());

    let mut scripted = house.browser();
    let page = scripted.get(&authorize().path()).await;
    let name = page.sign_in_name();
    let fields = [("request_type", "RESPONSE"), (name.as_str(), ANN.0), ("password", ANN.1)];
    scripted.script(&page, "/SelfAsserted", &fields).await;
    scripted.press(&page, "confirmed", &[("rememberMe", "true")]).await.code();
    assert!(scripted.set_cookies.iter().any(|line| line.contains("vestibule-sso-") && line.contains("Max-Age=")));

    let mut forgetful = house.browser();
    forgetful.sign_in(&authorize(), ANN).await.code();
    assert!(forgetful.set_cookies.iter().all(|line| !line.contains("vestibule-sso-") || !line.contains("Max-Age")));
}

#[tokio::test]
async fn a_flow_without_the_box_ends_what_keep_me_signed_in_promised() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = browser.get(&authorize().path()).await;
    browser.sign_in_at(&page, ANN, &[("rememberMe", "true")]).await.code();
    house.clock.advance(2 * 1440 * MINUTE);
    let mut other = browser.clone();
    assert!(other.get(&authorize().at("B2C_1_legacy").path()).await.is_page("Unified"), "its day is over here");
    assert!(!browser.get(&authorize().path()).await.code().is_empty(), "and goes on where there is the box");

    assert!(!browser.get(&authorize().at("B2C_1_legacy").path()).await.code().is_empty(), "used a moment ago");
    let line = browser.set_cookies.iter().rfind(|line| line.contains("vestibule-sso-")).expect("a cookie");
    assert!(!line.contains("Max-Age"), "it ends with the browser: {line}");
    house.clock.advance(1439 * MINUTE);
    assert!(!browser.get(&authorize().path()).await.code().is_empty());
    house.clock.advance(1441 * MINUTE);
    assert!(browser.get(&authorize().path()).await.is_page("Unified"), "a day without use, as any session");
}

#[tokio::test]
async fn two_tabs_at_once_do_not_bring_back_what_a_flow_without_the_box_ended() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = browser.get(&authorize().path()).await;
    let code = browser.sign_in_at(&page, ANN, &[("rememberMe", "true")]).await.code();
    let mut other = browser.clone();
    let (without, with) = (authorize().at("B2C_1_legacy").path(), authorize().path());
    let (ended, went_on) = tokio::join!(browser.get(&without), other.get(&with));
    assert!(!ended.code().is_empty() && !went_on.code().is_empty());
    let sessions = house.app.store().sessions_of_user(TENANT, &person(&house, &code).await, NOW).await.expect("read");
    let [session] = sessions.as_slice() else { panic!("one session: {sessions:?}") };
    assert_eq!((session.persistent, session.expires_at), (false, NOW + 1440 * MINUTE));
}

#[tokio::test]
async fn whoever_was_disabled_since_is_not_signed_in_silently() {
    let house = House::dev().await;
    let mut browser = house.browser();
    browser.sign_in(&authorize(), ANN).await.code();
    let tenant = house.app.registry().tenant("contoso").await.expect("read").expect("a tenant");
    let info = vestibule_tenant::accounts::TenantInfo::from(tenant.as_ref());
    let id = "a7d3f1c2-64b8-4e0f-8c95-1f2e7b9d4063";
    house.app.manage(Actor::Server).users(house.app.accounts()).set_enabled(&info, id, false).await.expect("disabled");
    let answer = browser.get(&authorize().with("prompt", "none").path()).await;
    assert_eq!(answer.carried(CALLBACK, '?')["error"], "interaction_required");
}

#[tokio::test]
async fn requirement_21_a_page_that_a_session_opened_counts_no_more_when_its_sessions_are_ended() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let code = browser.sign_in(&authorize(), ANN).await.code();
    let ann = person(&house, &code).await;
    let page = browser.get(&authorize().at("B2C_1_profile_editing").path()).await;
    assert!(page.is_page("SelfAsserted"), "{}", page.text);
    let mut scripted = browser.clone();
    house.clock.advance(MINUTE);
    house.app.manage(Actor::Server).users(house.app.accounts()).sign_out(TENANT, &ann).await.expect("revoked");

    let told = scripted.script(&page, "/SelfAsserted", &[("request_type", "RESPONSE"), ("displayName", "Eve")]).await;
    assert_eq!(told["status"], "200", "the script goes on to where the journey stands");
    let asked = browser.submit(&page, &[("displayName", "Eve")]).await;
    assert!(asked.is_page("Unified"), "{}", asked.text);
    let user = house.app.accounts().user(TENANT, &ann).await.expect("read").expect("a user");
    assert_eq!(user.display_name().as_deref(), Some("Ann Example"), "nothing was written");

    let again = browser.sign_in_at(&asked, ANN, &[]).await;
    assert!(again.is_page("SelfAsserted"), "who has the password goes on: {}", again.text);
    let code = browser.submit(&again, &[("displayName", "Ann Again")]).await.code();
    assert_eq!(grant(&house, &code).await.auth_time, (NOW + MINUTE) / 1000);
}

#[tokio::test]
async fn a_tab_left_open_does_not_put_its_person_into_the_session_of_the_next() {
    let house = House::dev().await;
    let mut browser = house.browser();
    browser.sign_in(&authorize(), ANN).await.code();
    let anns_tab = browser.get(&authorize().at("B2C_1_profile_editing").path()).await;
    assert!(anns_tab.is_page("SelfAsserted"), "{}", anns_tab.text);
    let page = browser.get(&authorize().with("prompt", "login").path()).await;
    let bobs = browser.sign_in_at(&page, BOB, &[]).await.code();
    let bob = person(&house, &bobs).await;
    let anns = browser.submit(&anns_tab, &[("displayName", "Ann Again")]).await.code();
    assert_ne!(person(&house, &anns).await, bob, "what Ann began is Ann's");
    let silent = browser.get(&authorize().with("prompt", "none").path()).await.code();
    assert_eq!(person(&house, &silent).await, bob, "and the session is Bob's");
}

/// The user of a code.
async fn person(house: &House, code: &str) -> String {
    grant(house, code).await.issued.object_id.expect("a person")
}

/// The grant of a code.
async fn grant(house: &House, code: &str) -> GrantBody {
    let stored = house.app.store().code_peek(TENANT, &sha256_base64url(code.as_bytes())).await.expect("read");
    serde_json::from_str(&stored.expect("a code").1.body).expect("a body")
}
