//! What people do in many stories.

use vestibule_journeys::{Browser, Ground};

/// A password that the strong rule accepts.
pub(crate) const PASSWORD: &str = "Three-quiet-lamps-7";

/// Goes from the web app to the sign-in page.
pub(crate) async fn goes_to_sign_in(ground: &Ground, browser: &Browser) {
    browser.goto(ground.web()).await;
    browser.presses("Sign in").await;
    browser.sees("Forgot your password?").await;
}

/// Fills in the sign-in page and presses its button.
pub(crate) async fn signs_in(browser: &Browser, name: &str, password: &str) {
    browser.types("email", name).await;
    browser.types("password", password).await;
    browser.presses_id("next").await;
}

/// Signs in to the web app as the demo's Ann.
pub(crate) async fn ann_signs_in(ground: &Ground, browser: &Browser) {
    goes_to_sign_in(ground, browser).await;
    let ann = ground.demo_user("ann");
    signs_in(browser, &ann.name, &ann.password).await;
    browser.sees("Ann Example").await;
}

/// Verifies an address on a page that requires it.
pub(crate) async fn verifies(ground: &Ground, browser: &Browser, address: &str) {
    browser.types("email", address).await;
    browser.presses("Send verification code").await;
    let code = ground.code_for(address).await;
    types_code(browser, &code).await;
    browser.sees("E-mail address verified.").await;
}

/// Creates an account, starting at the sign-in page.
pub(crate) async fn signs_up(ground: &Ground, browser: &Browser, address: &str, name: &str) {
    browser.presses("Sign up now").await;
    verifies(ground, browser, address).await;
    browser.types("newPassword", PASSWORD).await;
    browser.types("reenterPassword", PASSWORD).await;
    browser.types("displayName", name).await;
    browser.presses_id("continue").await;
}

/// Types a mailed code and presses the button next to it.
pub(crate) async fn types_code(browser: &Browser, code: &str) {
    browser.types("emailVerificationCode", code).await;
    browser.presses("Verify code").await;
}

/// A six-digit code different from this one.
pub(crate) fn other_than(code: &str) -> String {
    let number: u32 = code.parse().expect("digits");
    format!("{:06}", (number + 1) % 1_000_000)
}
