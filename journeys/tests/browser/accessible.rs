//! Pages for everybody: axe-core's rules of WCAG 2.2 A and AA, light and dark, on every page of the way.

use crate::steps::{goes_to_sign_in, signs_in, verifies};
use vestibule_journeys::{Browser, Ground};

/// Fails with the problems that axe-core finds.
async fn is_accessible(browser: &Browser, page: &str) {
    let file = std::env::var("VESTIBULE_AXE").expect("VESTIBULE_AXE names axe-core's axe.min.js; .ci/run fetches it");
    let axe = std::fs::read_to_string(&file).expect("axe-core");
    let tags = "{ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }";
    let found = browser
        .runs_until_done(&format!(
            "const done = arguments[arguments.length - 1]; {axe}; axe.run(document, {tags}).then(r => done(r.violations.map(\
             v => v.id + ': ' + v.help + ' ' + v.nodes.map(n => n.target.join(' ') + ' ' + n.failureSummary).join(' | '))));"
        ))
        .await;
    let found = found.as_array().expect("a list");
    assert!(found.is_empty(), "{page}: {found:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_has_a_barrier_that_axe_knows() {
    let ground = Ground::start().await;
    for dark in [false, true] {
        let browser = ground.browser().await;
        browser.prefers_dark(dark).await;
        walks_through_every_page(&ground, &browser).await;
        browser.closes().await;
    }
}

async fn walks_through_every_page(ground: &Ground, browser: &Browser) {
    browser.goto(ground.web()).await;
    is_accessible(browser, "the web app, signed out").await;
    goes_to_sign_in(ground, browser).await;
    is_accessible(browser, "sign-in").await;
    signs_in(browser, "ann@contoso.test", "Not-the-password-1").await;
    browser.sees("incorrect").await;
    is_accessible(browser, "sign-in, refused").await;
    browser.presses("Sign up now").await;
    is_accessible(browser, "sign-up").await;
    verifies(ground, browser, "fay@example.test").await;
    is_accessible(browser, "sign-up, verified").await;
    browser.presses_id("continue").await;
    is_accessible(browser, "sign-up, incomplete").await;

    goes_to_sign_in(ground, browser).await;
    browser.presses("Forgot your password?").await;
    browser.sees("Send verification code").await;
    is_accessible(browser, "reset").await;

    goes_to_sign_in(ground, browser).await;
    let ann = ground.demo_user("ann");
    signs_in(browser, &ann.name, &ann.password).await;
    browser.sees("Ann Example").await;
    is_accessible(browser, "the web app, signed in").await;
    browser.presses("Edit profile").await;
    browser.sees("Continue").await;
    is_accessible(browser, "edit profile").await;
    browser.goto(ground.tenant()).await;
    is_accessible(browser, "the tenant's home").await;
    browser.goto(&format!("{}/_dev/outbox", ground.tenant())).await;
    is_accessible(browser, "the outbox").await;
    let wrong = "contoso.onmicrosoft.com/B2C_1_signupsignin1/oauth2/v2.0/authorize?client_id=nobody";
    browser.goto(&format!("{}/{wrong}", ground.tenant())).await;
    is_accessible(browser, "an error").await;
    let out = "contoso.onmicrosoft.com/B2C_1_signupsignin1/oauth2/v2.0/logout";
    browser.goto(&format!("{}/{out}", ground.tenant())).await;
    is_accessible(browser, "signed out").await;
}
