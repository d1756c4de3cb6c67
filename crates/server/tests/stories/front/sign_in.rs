//! Users without script: sign in, sign up, reset a password, change it, cancel.

use vestibule_tenant::registry::Registry;
use vestibule_testing::{ANN, Answer, BOB, Browser, CALLBACK, House, Installation, authorize};

/// Verifies the address in the control of a page, without script; returns the next page.
async fn verify(house: &House, browser: &mut Browser, page: &Answer, address: &str) -> Answer {
    let (control, email, code) = control(page);
    let send = format!("{control}:SendCode");
    let sent = browser.submit(page, &[("control_action", &send), (&email, address)]).await;
    let number = house.code_for(address).await;
    let check = format!("{control}:VerifyCode");
    let verified = browser.submit(&sent, &[("control_action", &check), (&email, address), (&code, &number)]).await;
    assert!(verified.text.contains("data-state=\"verified\""), "{}", verified.text);
    verified
}

/// Ids of a page's verification control, its address and its code.
fn control(page: &Answer) -> (String, String, String) {
    let attribute = |name: &str| {
        let start = format!("{name}=\"");
        let rest = page.text.split(&start).nth(1).unwrap_or_else(|| panic!("{name}: {}", page.text));
        rest.split('"').next().expect("a value").to_owned()
    };
    (attribute("data-control"), attribute("data-address"), attribute("data-code"))
}

#[tokio::test]
async fn a_person_signs_in_and_the_application_gets_a_code() {
    let house = House::dev().await;
    let answer = house.browser().sign_in(&authorize(), ANN).await;
    assert_eq!(answer.status, http::StatusCode::FOUND);
    assert!(answer.code().len() >= 43);
}

#[tokio::test]
async fn row_96_a_wrong_password_and_a_stranger_read_the_same_and_may_try_again() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = browser.get(&authorize().path()).await;
    let wrong = browser.sign_in_at(&page, (ANN.0, "Not-her-password-1"), &[]).await;
    let stranger = browser.sign_in_at(&wrong, ("nobody@contoso.test", "Not-her-password-1"), &[]).await;
    for again in [&wrong, &stranger] {
        assert!(again.is_page("Unified") && again.text.contains("aria-hidden=\"false\""), "{}", again.text);
        assert!(!again.text.contains("Not-her-password"), "{}", again.text);
    }
    assert!(wrong.text.contains(ANN.0), "the name stays");
    assert_eq!(notice(&wrong), notice(&stranger));
    assert!(!browser.sign_in_at(&stranger, ANN, &[]).await.code().is_empty());
}

#[tokio::test]
async fn a_journey_goes_on_after_its_policy_was_evicted_and_compiled_again() {
    let installation = Installation::demo().await;
    // Memory for one policy: the newest.
    let registry = Registry::load_with(installation.store.clone(), 1).await.expect("a registry");
    let house = House::builder().dev().over(&installation).registered(registry).open().await;
    let mut browser = house.browser();
    let page = browser.get(&authorize().path()).await;
    house.browser().get(&authorize().at("B2C_1_profile_editing").path()).await;
    let compiled = house.app.registry().counts().policies_compiled;
    assert!(!browser.sign_in_at(&page, ANN, &[]).await.code().is_empty());
    assert!(house.app.registry().counts().policies_compiled > compiled, "it was evicted");
}

fn notice(page: &Answer) -> String {
    let rest = page.text.split("error pageLevel\"").nth(1).expect("a notice");
    rest.split("<p>").nth(1).and_then(|t| t.split("</p>").next()).expect("text").to_owned()
}

#[tokio::test]
async fn a_person_signs_up_with_a_code_from_the_mail() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = browser.get(&authorize().path()).await;
    let form = browser.press(&page, "unified", &[("local", "signup")]).await;
    assert!(form.is_page("SelfAsserted"), "{}", form.text);
    let form = verify(&house, &mut browser, &form, "zoe@contoso.test").await;
    let fields = [
        ("email", "zoe@contoso.test"),
        ("newPassword", "Kite-over-Harbour-7"),
        ("reenterPassword", "Kite-over-Harbour-7"),
        ("displayName", "Zoe"),
    ];
    let answer = browser.submit(&form, &fields).await;
    assert!(!answer.code().is_empty());
    assert!(
        !house.browser().sign_in(&authorize(), ("zoe@contoso.test", "Kite-over-Harbour-7")).await.code().is_empty()
    );
}

#[tokio::test]
async fn cancel_tells_the_application() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = browser.get(&authorize().path()).await;
    let form = browser.press(&page, "unified", &[("local", "signup")]).await;
    let told = browser.submit(&form, &[("action", "cancel")]).await;
    assert_eq!(told.error(), ("access_denied".to_owned(), "90091".to_owned()));
    let page = browser.get(&authorize().path()).await;
    let form = browser.press(&page, "unified", &[("local", "signup")]).await;
    let told = browser.press(&form, "cancelled", &[]).await;
    assert_eq!(told.error(), ("access_denied".to_owned(), "90091".to_owned()));
}

#[tokio::test]
async fn a_forgotten_password_is_told_to_applications_that_reset_elsewhere() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = browser.get(&authorize().at("B2C_1_legacy").path()).await;
    let told = browser.press(&page, "forgotPassword", &[]).await;
    assert_eq!(told.error(), ("access_denied".to_owned(), "90118".to_owned()));
}

#[tokio::test]
async fn a_forgotten_password_is_reset_on_the_way() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = browser.get(&authorize().path()).await;
    let exchange = page.settings()["config"]["forgotPasswordLinkOverride"].as_str().expect("an exchange").to_owned();
    let form = browser.press(&page, "unified", &[("claimsexchange", &exchange)]).await;
    let form = verify(&house, &mut browser, &form, BOB.0).await;
    let form = browser.submit(&form, &[("email", BOB.0)]).await;
    assert!(form.fields().contains(&"newPassword".to_owned()), "{}", form.text);
    let password = "Rain-on-the-roof-22";
    let answer = browser.submit(&form, &[("newPassword", password), ("reenterPassword", password)]).await;
    assert!(!answer.code().is_empty());
    assert!(!house.browser().sign_in(&authorize(), (BOB.0, password)).await.code().is_empty());
    let old = house.browser().sign_in(&authorize(), BOB).await;
    assert!(old.is_page("Unified"));
}

#[tokio::test]
async fn a_profile_is_edited_with_the_session_that_is_there() {
    let house = House::dev().await;
    let mut browser = house.browser();
    browser.sign_in(&authorize(), ANN).await.code();
    let form = browser.get(&authorize().at("B2C_1_profile_editing").path()).await;
    assert!(form.is_page("SelfAsserted") && form.text.contains("Ann Example"), "{}", form.text);
    let fields = [("displayName", "Ann Newname"), ("givenName", "Ann"), ("surname", "Newname")];
    assert!(!browser.submit(&form, &fields).await.code().is_empty());
    let form = browser.get(&authorize().at("B2C_1_profile_editing").path()).await;
    assert!(form.text.contains("Ann Newname"), "{}", form.text);
}

#[tokio::test]
async fn row_52_a_password_never_travels_in_an_address() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = browser.get(&authorize().path()).await;
    let name = page.sign_in_name();
    let csrf = page.settings()["csrf"].as_str().expect("a value").to_owned();
    let query = [(name.as_str(), ANN.0), ("password", ANN.1), ("csrf_token", &csrf), ("request_type", "RESPONSE")];
    let answer = browser.get(&page.url("/SelfAsserted", &query)).await;
    assert_eq!(answer.status, http::StatusCode::METHOD_NOT_ALLOWED);
    let answer = browser.get(&page.url("/api/CombinedSigninAndSignup/confirmed", &query)).await;
    assert!(answer.is_page("Unified") && answer.location().is_none(), "{CALLBACK}");
}
