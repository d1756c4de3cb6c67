//! The page API, as B2C's own script, add-ons and load tests use it (docs/b2c.md, "Pages").

use serde_json::json;
use vestibule_testing::{ANN, Answer, House, authorize};

#[tokio::test]
async fn a_form_is_answered_with_200_and_json_whatever_becomes_of_it() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = browser.get(&authorize().path()).await;
    let name = page.sign_in_name();
    let wrong = [("request_type", "RESPONSE"), (name.as_str(), ANN.0), ("password", "wrong")];
    let answer = browser.script_raw(&page, "/SelfAsserted", &wrong).await;
    assert_eq!(answer.status, http::StatusCode::OK);
    let body: serde_json::Value = serde_json::from_str(&answer.text).expect("JSON");
    assert_eq!(body["status"], "400");
    assert!(body["errorCode"].as_str().is_some_and(|code| code.starts_with("AADB2C90")), "{body}");
    assert!(body.get("claim").is_none_or(serde_json::Value::is_string), "our script takes it for a name: {body}");
    assert!(body["message"].as_str().is_some_and(|text| !text.is_empty()), "{body}");
    let right = [("request_type", "RESPONSE"), (name.as_str(), ANN.0), ("password", ANN.1)];
    assert_eq!(browser.script(&page, "/SelfAsserted", &right).await, json!({ "status": "200" }));
    let answer = browser.press(&page, "confirmed", &[("rememberMe", "false")]).await;
    assert!(!answer.code().is_empty());
}

#[tokio::test]
async fn going_on_without_having_been_let_shows_the_page_again() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = browser.get(&authorize().path()).await;
    for action in ["confirmed", "unified"] {
        assert!(browser.press(&page, action, &[]).await.is_page("Unified"));
    }
}

#[tokio::test]
async fn a_code_is_asked_for_and_checked_by_the_display_control() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = browser.get(&authorize().path()).await;
    let form = browser.press(&page, "unified", &[("local", "signup")]).await;
    let control = "/SelfAsserted/DisplayControlAction/vbeta/emailVerificationControl";
    let send = format!("{control}/SendCode");
    let check = format!("{control}/VerifyCode");
    let field = |page: &Answer| {
        page.fields().into_iter().find(|name| name.ends_with("erificationCode")).expect("the code's input")
    };
    let address = ("email", "zed@contoso.test");
    assert_eq!(browser.script(&form, &send, &[address]).await, json!({ "status": "200" }));
    let code = house.code_for(address.1).await;
    let name = field(&form);
    let wrong = browser.script(&form, &check, &[address, (&name, "000000")]).await;
    assert_eq!(wrong["status"], "400", "{wrong}");
    assert_eq!(browser.script(&form, &check, &[address, (&name, &code)]).await, json!({ "status": "200" }));
    let fields = [
        ("request_type", "RESPONSE"),
        address,
        ("newPassword", "Kite-over-Harbour-7"),
        ("reenterPassword", "Kite-over-Harbour-7"),
        ("displayName", "Zed"),
    ];
    assert_eq!(browser.script(&form, "/SelfAsserted", &fields).await, json!({ "status": "200" }));
    assert!(!browser.press(&form, "confirmed", &[]).await.code().is_empty());
}

#[tokio::test]
async fn the_csrf_value_is_the_cookies_and_tells_the_step() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = browser.get(&authorize().path()).await;
    let settings = page.settings();
    let csrf = settings["csrf"].as_str().expect("a value");
    assert_eq!(browser.cookies["x-ms-cpim-csrf"], csrf);
    assert!(csrf.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'), "safe in a cookie");
    let inside = vestibule_protocol::digest::from_base64url(csrf).expect("base64url");
    assert!(String::from_utf8(inside).expect("text").contains("\"OrchestrationStep\":"));
    assert_eq!(settings["api"], "CombinedSigninAndSignup");
    assert!(settings["transId"].as_str().is_some_and(|tx| tx.starts_with("StateProperties=")));
    assert_eq!(settings["hosts"]["tenant"], "/contoso.onmicrosoft.com/B2C_1_signupsignin1");
}

#[tokio::test]
async fn telemetry_is_taken_and_forgotten() {
    let house = House::dev().await;
    let answer =
        house.browser().post("/contoso.onmicrosoft.com/B2C_1_signupsignin1/client/perftrace", &[("a", "b")]).await;
    assert_eq!((answer.status, answer.text.as_str()), (http::StatusCode::OK, ""));
}
