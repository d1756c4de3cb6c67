//! Values typed into a page follow the same rules with script and without.

use serde_json::Value as Json;
use vestibule_testing::{ANN, Answer, Browser, House, authorize};

const SEND: &str = "/SelfAsserted/DisplayControlAction/vbeta/emailVerificationControl/SendCode";

#[derive(serde::Deserialize)]
struct Address {
    typed: String,
    address: Option<String>,
}

/// The table of addresses shared with the tests of journeys, directory and mail.
fn addresses() -> Vec<Address> {
    serde_json::from_str(include_str!("../../../../journey/tests/values/addresses.json")).expect("the table")
}

fn never() -> impl Iterator<Item = String> {
    addresses().into_iter().filter(|one| one.address.is_none()).map(|one| one.typed)
}

async fn sign_up_page(browser: &mut Browser) -> Answer {
    let page = browser.get(&authorize().path()).await;
    browser.press(&page, "unified", &[("local", "signup")]).await
}

#[tokio::test]
async fn with_script_what_can_never_be_an_address_is_refused_at_the_field() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let form = sign_up_page(&mut browser).await;
    for typed in never() {
        let answer = browser.script(&form, SEND, &[("email", &typed)]).await;
        assert_eq!(answer["status"], "400", "{typed}");
        assert_eq!(answer["claim"], "email", "{typed}");
        assert_eq!(answer["message"], "Please enter a valid email address.", "{typed}");
    }
}

#[tokio::test]
async fn without_script_what_can_never_be_an_address_is_refused_at_the_field() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let mut page = sign_up_page(&mut browser).await;
    for typed in never() {
        let fields = [("control_action", "emailVerificationControl:SendCode"), ("email", typed.as_str())];
        page = browser.submit(&page, &fields).await;
        let error =
            page.text.split("id=\"emailVerificationControl_error_message\"").nth(1).expect("the control's error");
        assert!(
            error.split("</div>").next().is_some_and(|e| e.contains("Please enter a valid email address.")),
            "{typed}"
        );
        assert!(page.text.contains("data-state=\"initial\""), "{typed}");
    }
}

#[tokio::test]
async fn a_known_address_an_unknown_one_and_every_possible_one_get_the_same_answer() {
    let house = House::dev().await;
    let possible = addresses().into_iter().filter(|one| one.address.is_some()).map(|one| one.typed);
    for typed in possible.chain([ANN.0.to_owned(), "nobody@contoso.test".to_owned()]) {
        let mut browser = house.browser();
        let form = sign_up_page(&mut browser).await;
        let answer = browser.script(&form, SEND, &[("email", &typed)]).await;
        assert_eq!(answer, serde_json::json!({ "status": "200" }), "{typed}");
    }
}

#[tokio::test]
async fn a_sign_in_by_what_can_never_be_an_address_is_refused_at_the_field() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = browser.get(&authorize().path()).await;
    let name = page.sign_in_name();
    let fields = [("request_type", "RESPONSE"), (name.as_str(), "ann@contoso,test"), ("password", "x")];
    let answer: Json = browser.script(&page, "/SelfAsserted", &fields).await;
    assert_eq!(
        (answer["claim"].as_str(), answer["message"].as_str()),
        (Some("email"), Some("Please enter a valid email address."))
    );
}
