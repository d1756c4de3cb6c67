//! What a page itself judges agrees with what the server judges: the same tables, in a real browser.

use crate::steps::goes_to_sign_in;
use serde_json::Value;
use vestibule_journeys::{Browser, Ground};

fn table(text: &str) -> Vec<Value> {
    serde_json::from_str(text).expect("the table")
}

async fn opens_sign_up(ground: &Ground, browser: &Browser) {
    goes_to_sign_in(ground, browser).await;
    browser.presses("Sign up now").await;
    browser.finds_id("email").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_pattern_means_to_the_browser_what_it_means_to_the_server() {
    let ground = Ground::start().await;
    let browser = ground.browser().await;
    goes_to_sign_in(&ground, &browser).await;
    let cases = table(include_str!("../../../crates/journey/tests/values/patterns.json"));
    let script = format!(
        "const input = document.createElement('input');
         return {}.filter(one => one.browser !== null).filter(one => {{
           try {{ new RegExp(one.browser, 'v'); }} catch {{ return true; }}
           input.pattern = one.browser;
           input.value = one.value;
           return input.value !== one.value || input.validity.patternMismatch === one.matches;
         }});",
        serde_json::to_string(&cases).expect("JSON")
    );
    assert_eq!(browser.runs(&script).await, Value::Array(vec![]), "the browser sees these otherwise");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_address_is_judged_by_the_server_alone_at_its_field() {
    let ground = Ground::start().await;
    let browser = ground.browser().await;
    opens_sign_up(&ground, &browser).await;
    let cases = table(include_str!("../../../crates/journey/tests/values/addresses.json"));
    let bad: Vec<&Value> = cases.iter().filter(|one| one["address"].is_null()).map(|one| &one["typed"]).collect();
    assert!(bad.len() > 20);
    for typed in bad {
        let seen = sends(&browser, typed).await;
        assert_eq!(seen, "Please enter a valid email address.", "{typed}");
    }
    for typed in ["  Zoe@Example.test ", "ｚｏｅ＠ｅｘａｍｐｌｅ．test", "zoe@bücher.example", "o'neil+1@example.test"]
    {
        let seen = sends(&browser, &Value::from(typed)).await;
        assert!(seen.starts_with("Verification code has been sent"), "{typed}: {seen}");
        browser.presses("Change e-mail").await;
    }
}

/// Types an address, requests a code, and returns the control's message.
async fn sends(browser: &Browser, typed: &Value) -> String {
    let script = format!(
        "const done = arguments[arguments.length - 1];
         const control = document.querySelector('[data-control]');
         const said = () => [...control.querySelectorAll('.verificationErrorText, .verificationSuccessText, .error')]
           .filter(one => !one.hidden).map(one => one.textContent.trim()).join(' ');
         const email = document.getElementById('email');
         email.dispatchEvent(new Event('input', {{ bubbles: true }}));
         email.value = {typed};
         document.getElementById('emailVerificationControl_but_send_code').click();
         const wait = () => document.querySelector('button[aria-disabled=true]') ? setTimeout(wait, 10) : done(said());
         wait();"
    );
    browser.runs_until_done(&script).await.as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_script_an_impossible_address_is_refused_at_the_field_too() {
    let ground = Ground::start().await;
    let browser = ground.browser_without_script().await;
    opens_sign_up(&ground, &browser).await;
    browser.types("email", "taro..yamada@contoso.test").await;
    browser.presses("Send verification code").await;
    browser.sees("Please enter a valid email address.").await;
}
