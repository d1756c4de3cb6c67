//! Verification codes: wrong ones, old ones, too many, and addresses that have an account already.

use crate::steps::{PASSWORD, goes_to_sign_in, other_than, types_code, verifies};
use vestibule_journeys::{Browser, Ground};

const EVE: &str = "eve@example.test";

/// Goes to the sign-up page and requests a code.
async fn asks_for_a_code(ground: &Ground, browser: &Browser) -> String {
    goes_to_sign_in(ground, browser).await;
    browser.presses("Sign up now").await;
    browser.types("email", EVE).await;
    browser.presses("Send verification code").await;
    ground.code_for(EVE).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_code_may_be_tried_again() {
    let ground = Ground::start().await;
    let browser = ground.browser().await;
    let code = asks_for_a_code(&ground, &browser).await;
    types_code(&browser, &other_than(&code)).await;
    browser.sees("That code is incorrect. Please try again.").await;
    browser.takes_picture("wrong-code").await;
    types_code(&browser, &code).await;
    browser.sees("E-mail address verified.").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_code_is_refused_and_a_new_one_works() {
    let ground = Ground::start().await;
    let browser = ground.browser().await;
    let code = asks_for_a_code(&ground, &browser).await;
    ground.pass_minutes(11);
    types_code(&browser, &code).await;
    browser.sees("That code is expired. Please request a new code.").await;
    browser.presses("Send new code").await;
    browser.sees("Verification code has been sent").await;
    let code = ground.code_for(EVE).await;
    types_code(&browser, &code).await;
    browser.sees("E-mail address verified.").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_too_many_tries_even_the_right_code_is_refused() {
    let ground = Ground::start().await;
    let browser = ground.browser().await;
    let code = asks_for_a_code(&ground, &browser).await;
    for _ in 0..5 {
        types_code(&browser, &other_than(&code)).await;
    }
    types_code(&browser, &code).await;
    browser.sees("too many incorrect attempts").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_with_an_account_is_told_so_once_the_mailbox_is_proven() {
    let ground = Ground::start().await;
    let browser = ground.browser().await;
    goes_to_sign_in(&ground, &browser).await;
    browser.presses("Sign up now").await;
    verifies(&ground, &browser, "ann@contoso.test").await;
    browser.types("newPassword", PASSWORD).await;
    browser.types("reenterPassword", PASSWORD).await;
    browser.types("displayName", "Not Ann").await;
    browser.presses_id("continue").await;
    browser.sees("A user with the specified ID already exists.").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mail_names_the_application() {
    let ground = Ground::start().await;
    let browser = ground.browser().await;
    goes_to_sign_in(&ground, &browser).await;
    browser.presses("Sign up now").await;
    browser.types("email", EVE).await;
    browser.presses("Send verification code").await;
    let mail = ground.mail_to(EVE).await;
    assert!(mail["text"].as_str().is_some_and(|t| t.contains("webapp1")), "{mail}");
    assert!(mail["html"].as_str().is_some_and(|t| t.contains("webapp1")), "{mail}");
    browser.goto(&format!("{}/_dev/outbox", ground.tenant())).await;
    browser.sees(EVE).await;
    browser.takes_picture("outbox").await;
}
