//! The whole article: sign up, call the API, edit the profile, sign out, reset the password, sign in again.

use crate::steps::{PASSWORD, goes_to_sign_in, signs_in, signs_up, verifies};
use vestibule_journeys::{Browser, Ground};

const DORA: &str = "dora@example.test";
const NEW_PASSWORD: &str = "Four-quiet-lamps-8";

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_becomes_a_person_with_an_account() {
    let ground = Ground::start().await;
    the_whole_way(&ground, &ground.browser().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_without_script() {
    let ground = Ground::start().await;
    the_whole_way(&ground, &ground.browser_without_script().await).await;
}

async fn the_whole_way(ground: &Ground, browser: &Browser) {
    goes_to_sign_in(ground, browser).await;
    browser.takes_picture("sign-in").await;
    signs_up(ground, browser, DORA, "Dora").await;
    browser.sees("Dora").await;
    browser.sees("Edit profile").await;
    browser.takes_picture("signed-in").await;

    browser.presses("Call a downstream API").await;
    browser.sees("tasks.read").await;
    browser.takes_picture("called-api").await;

    browser.goto(ground.web()).await;
    browser.presses("Edit profile").await;
    browser.types("displayName", "Dora the Second").await;
    browser.takes_picture("edit-profile").await;
    browser.presses_id("continue").await;
    browser.sees("Dora the Second").await;

    signs_out(browser).await;
    goes_to_sign_in(ground, browser).await;
    browser.presses("Forgot your password?").await;
    verifies(ground, browser, DORA).await;
    browser.takes_picture("reset").await;
    browser.presses_id("continue").await;
    browser.types("newPassword", NEW_PASSWORD).await;
    browser.types("reenterPassword", NEW_PASSWORD).await;
    browser.presses_id("continue").await;
    browser.sees("Dora the Second").await;

    signs_out(browser).await;
    goes_to_sign_in(ground, browser).await;
    signs_in(browser, DORA, PASSWORD).await;
    browser.sees("incorrect").await;
    signs_in(browser, DORA, NEW_PASSWORD).await;
    browser.sees("Dora the Second").await;
}

/// Signs out, and checks that the tenant's session has ended too: the next sign-in asks again.
async fn signs_out(browser: &Browser) {
    browser.presses("Sign out").await;
    browser.sees("Sign in").await;
}
