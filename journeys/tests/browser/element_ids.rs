//! What people's UI tests for B2C do: they know its element ids and nothing else.

use crate::steps::PASSWORD;
use vestibule_journeys::{Browser, Ground};

const EVE: &str = "eve@example.test";
const CHANGED: &str = "Four-quiet-lamps-8";

/// Verifies with the display control of the newest page layout.
async fn verifies(ground: &Ground, browser: &Browser) {
    browser.types("email", EVE).await;
    browser.presses_id("emailVerificationControl_but_send_code").await;
    let code = ground.code_for(EVE).await;
    browser.types("emailVerificationCode", &code).await;
    browser.presses_id("emailVerificationControl_but_verify_code").await;
    browser.finds_id("emailVerificationControl_but_change_claims").await;
    browser.finds_id("emailVerificationControl_success_message").await;
}

async fn chooses(browser: &Browser, password: &str) {
    browser.types("newPassword", password).await;
    browser.types("reenterPassword", password).await;
}

async fn signs_in(ground: &Ground, browser: &Browser, password: &str) {
    browser.goto(&format!("{}/auth/sign-in", ground.web())).await;
    browser.types("email", EVE).await;
    browser.types("password", password).await;
    browser.presses_id("next").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_up_sign_in_edit_and_reset_by_ids_alone() {
    let ground = Ground::start().await;
    let browser = ground.browser().await;
    browser.goto(&format!("{}/auth/sign-in", ground.web())).await;
    browser.finds_id("localAccountForm").await;
    browser.presses_id("createAccount").await;
    browser.finds_id("attributeVerification").await;
    verifies(&ground, &browser).await;
    chooses(&browser, PASSWORD).await;
    browser.types("displayName", "Eve Example").await;
    browser.presses_id("continue").await;
    browser.sees("Eve Example").await;

    browser.goto(&format!("{}/auth/edit-profile", ground.web())).await;
    browser.types("displayName", "Eve the Second").await;
    browser.presses_id("continue").await;
    browser.sees("Eve the Second").await;

    browser.goto(&format!("{}/auth/sign-out", ground.web())).await;
    browser.sees("You are not signed in.").await;
    browser.goto(&format!("{}/auth/reset-password", ground.web())).await;
    verifies(&ground, &browser).await;
    browser.presses_id("continue").await;
    chooses(&browser, CHANGED).await;
    browser.presses_id("continue").await;
    browser.sees("Eve the Second").await;

    browser.goto(&format!("{}/auth/sign-out", ground.web())).await;
    browser.sees("You are not signed in.").await;
    signs_in(&ground, &browser, PASSWORD).await;
    browser.sees("Your password is incorrect.").await;
    let error = "return document.querySelector('#localAccountForm .error.pageLevel > p').textContent";
    assert_eq!(browser.runs(error).await, "Your password is incorrect.");
    signs_in(&ground, &browser, CHANGED).await;
    browser.sees("Eve the Second").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_and_a_cancel_by_ids_alone() {
    let ground = Ground::start().await;
    let browser = ground.browser().await;
    let ann = ground.demo_user("ann");
    browser.goto(&format!("{}/auth/sign-in", ground.web())).await;
    browser.presses_id("forgotPassword").await;
    browser.types("email", &ann.name).await;
    browser.presses_id("emailVerificationControl_but_send_code").await;
    let code = ground.code_for(&ann.name).await;
    browser.types("emailVerificationCode", &code).await;
    browser.presses_id("emailVerificationControl_but_verify_code").await;
    browser.finds_id("emailVerificationControl_success_message").await;
    browser.presses_id("continue").await;
    chooses(&browser, CHANGED).await;
    browser.presses_id("continue").await;
    browser.sees("Ann Example").await;

    browser.goto(&format!("{}/auth/edit-profile", ground.web())).await;
    browser.presses_id("cancel").await;
    browser.sees("Ann Example").await;
}
