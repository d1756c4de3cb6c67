//! Odd ways through: cancel, the back button, two tabs, an hour's pause, lost cookies.

use crate::steps::{ann_signs_in, goes_to_sign_in, signs_in};
use vestibule_journeys::Ground;

#[tokio::test(flavor = "multi_thread")]
async fn cancel_leads_back_to_the_web_app() {
    let ground = Ground::start().await;
    let browser = ground.browser().await;
    goes_to_sign_in(&ground, &browser).await;
    browser.presses("Sign up now").await;
    browser.presses("Cancel").await;
    browser.sees("Sign in").await;
    assert!(browser.url().await.starts_with(ground.web()), "{}", browser.url().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_back_button_leads_to_a_page_that_works() {
    let ground = Ground::start().await;
    let browser = ground.browser().await;
    goes_to_sign_in(&ground, &browser).await;
    browser.presses("Sign up now").await;
    browser.sees("Send verification code").await;
    browser.goes_back().await;
    browser.sees("Forgot your password?").await;
    let ann = ground.demo_user("ann");
    signs_in(&browser, &ann.name, &ann.password).await;
    browser.sees("Ann Example").await;
    // Back to a page whose journey is over, and sign in again.
    browser.goes_back().await;
    browser.goto(ground.web()).await;
    browser.sees("Ann Example").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_may_both_sign_in() {
    let ground = Ground::start().await;
    let browser = ground.browser().await;
    goes_to_sign_in(&ground, &browser).await;
    browser.opens_tab().await;
    goes_to_sign_in(&ground, &browser).await;
    let ann = ground.demo_user("ann");
    signs_in(&browser, &ann.name, &ann.password).await;
    browser.sees("Ann Example").await;
    browser.switches_to_tab(0).await;
    signs_in(&browser, &ann.name, &ann.password).await;
    browser.sees("Ann Example").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_left_open_too_long_says_to_start_again() {
    let ground = Ground::start().await;
    let browser = ground.browser().await;
    goes_to_sign_in(&ground, &browser).await;
    ground.pass_minutes(61);
    let ann = ground.demo_user("ann");
    signs_in(&browser, &ann.name, &ann.password).await;
    browser.sees("start again").await;
    browser.takes_picture("expired").await;
    goes_to_sign_in(&ground, &browser).await;
    signs_in(&browser, &ann.name, &ann.password).await;
    browser.sees("Ann Example").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_session_asks_for_the_password_again() {
    let ground = Ground::start().await;
    let browser = ground.browser().await;
    ann_signs_in(&ground, &browser).await;
    ground.pass_minutes(24 * 60 + 1);
    // The sessions of the web app and of the tenant have expired: the cookie is still there, but is not accepted.
    goes_to_sign_in(&ground, &browser).await;
    let ann = ground.demo_user("ann");
    signs_in(&browser, &ann.name, &ann.password).await;
    browser.sees("Ann Example").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_at_the_tenant_signs_in_without_a_page() {
    let ground = Ground::start().await;
    let browser = ground.browser().await;
    ann_signs_in(&ground, &browser).await;
    // Longer than the web app's session, shorter than the tenant's.
    ground.pass_minutes(13 * 60);
    browser.goto(ground.web()).await;
    browser.presses("Sign in").await;
    browser.sees("Ann Example").await;
    assert!(browser.url().await.starts_with(ground.web()), "{}", browser.url().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_callback_is_no_dead_end() {
    let ground = Ground::start().await;
    let browser = ground.browser().await;
    ann_signs_in(&ground, &browser).await;
    browser.goto(&format!("{}/getAToken?code=used&state=forgotten", ground.web())).await;
    browser.sees("Ann Example").await;
}
