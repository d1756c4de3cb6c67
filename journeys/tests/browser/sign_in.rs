//! Signing in: right and wrong passwords, single sign-on, keyboards, phones, two people.

use crate::steps::{ann_signs_in, goes_to_sign_in, signs_in};
use vestibule_journeys::Ground;

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_an_unknown_name_are_told_alike() {
    let ground = Ground::start().await;
    let browser = ground.browser().await;
    goes_to_sign_in(&ground, &browser).await;
    for name in ["ann@contoso.test", "nobody@contoso.test"] {
        signs_in(&browser, name, "Not-the-password-1").await;
        browser.sees("Your password is incorrect.").await;
        assert_eq!(browser.value_of("email").await, name, "what was typed stays");
    }
    browser.takes_picture("wrong-password").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyboard_is_enough() {
    let ground = Ground::start().await;
    let browser = ground.browser().await;
    goes_to_sign_in(&ground, &browser).await;
    let ann = ground.demo_user("ann");
    browser.types("email", &ann.name).await;
    browser.keys("\u{E004}").await;
    assert_eq!(browser.focus().await, "password", "Tab leads to the password");
    browser.keys(&format!("{}\u{E007}", ann.password)).await;
    browser.sees("Ann Example").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_fit_a_phone() {
    let ground = Ground::start().await;
    let browser = ground.browser().await;
    browser.resizes(500, 900).await;
    browser.goto(ground.web()).await;
    let wide = "return document.documentElement.scrollWidth > window.innerWidth";
    assert_eq!(browser.runs(wide).await, false, "the web app");
    browser.presses("Sign in").await;
    browser.sees("Forgot your password?").await;
    assert_eq!(browser.runs(wide).await, false, "the sign-in page");
    browser.takes_picture("sign-in-phone").await;
    browser.presses("Sign up now").await;
    browser.sees("Send verification code").await;
    assert_eq!(browser.runs(wide).await, false, "the sign-up page");
    browser.takes_picture("sign-up-phone").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_at_once_are_two_people() {
    let ground = Ground::start().await;
    let (first, second) = (ground.browser().await, ground.browser().await);
    goes_to_sign_in(&ground, &first).await;
    goes_to_sign_in(&ground, &second).await;
    let (ann, bob) = (ground.demo_user("ann"), ground.demo_user("bob"));
    signs_in(&first, &ann.name, &ann.password).await;
    signs_in(&second, &bob.name, &bob.password).await;
    first.sees("Ann Example").await;
    second.sees("Bob Example").await;
    first.reloads().await;
    first.sees("Ann Example").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_must_change_is_changed_on_the_way_in() {
    let ground = Ground::start().await;
    let browser = ground.browser().await;
    goes_to_sign_in(&ground, &browser).await;
    let carol = ground.demo_user("carol");
    signs_in(&browser, &carol.name, &carol.password).await;
    browser.sees("Change your password").await;
    browser.types("newPassword", "Carol-likes-hail-4").await;
    browser.types("reenterPassword", "Carol-likes-hail-4").await;
    browser.presses_id("continue").await;
    browser.sees("Carol Example").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_the_tenants_session_too() {
    let ground = Ground::start().await;
    let browser = ground.browser().await;
    ann_signs_in(&ground, &browser).await;
    browser.presses("Sign out").await;
    browser.sees("Sign in").await;
    goes_to_sign_in(&ground, &browser).await;
}
