//! `@azure/msal-browser` in a single-page application: redirect, popup, hidden iframe, refresh, sign-out.

use crate::config::{self, SPA};
use crate::program::Program;
use vestibule_journeys::{Browser, Ground};

async fn start() -> (Ground, Program) {
    let port = config::free_port();
    let spa = r#"["http://localhost:3000/"]"#;
    let all = config::everything();
    let text =
        all.replace(spa, &format!(r#"["http://localhost:{port}/bridge.html", "http://localhost:{port}/"]"#)).replace(
            r#"permissions = ["my-api1/tasks.read"]"#,
            r#"permissions = ["my-api1/tasks.read", "my-api1/tasks.write"]"#,
        );
    assert_ne!(all, text, "the demo shows a single-page application");
    let ground = Ground::posing(&text).await;
    let mut command = config::node("spa_server.mjs");
    command
        .env("PORT", port.to_string())
        .env("SPA_ID", SPA)
        .env("SPA_FOLDER", concat!(env!("CARGO_MANIFEST_DIR"), "/clients/spa"));
    let app = Program::start(command, format!("http://localhost:{port}")).await;
    (ground, app)
}

async fn ann_types(ground: &Ground, browser: &Browser) {
    let ann = ground.demo_user("ann");
    browser.types("email", &ann.name).await;
    browser.types("password", &ann.password).await;
    browser.presses_id("next").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_redirect_with_refresh_wider_scopes_and_sign_out() {
    let (ground, app) = start().await;
    let browser = ground.browser().await;
    browser.goto(&app.url).await;
    browser.sees("Nobody is signed in").await;
    browser.presses("Sign in").await;
    ann_types(&ground, &browser).await;
    browser.sees("redirect: Ann Example").await;
    browser.sees("Signed in: Ann Example by B2C_1_signupsignin1").await;
    browser.presses("Refresh").await;
    browser.sees("refreshed from cache: false").await;
    browser.presses("Ask for more").await;
    browser.sees("granted: https://contoso.onmicrosoft.com/tasks-api/tasks.write").await;
    browser.presses("Sign out").await;
    browser.sees("Nobody is signed in").await;
    // The tenant's session has ended too.
    browser.presses("Sign in silently").await;
    browser.sees("silent failed: interaction_required").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_popup_and_by_a_hidden_iframe() {
    let (ground, app) = start().await;
    let browser = ground.browser().await;
    browser.goto(&app.url).await;
    browser.sees("Nobody is signed in").await;
    browser.presses("Sign in silently").await;
    browser.sees("silent failed: interaction_required").await;
    browser.presses("Sign in in a popup").await;
    browser.switches_to_new_window().await;
    ann_types(&ground, &browser).await;
    browser.switches_to_tab(0).await;
    browser.sees("popup: Ann Example").await;
    // Another tab shares the tenant's session, but not that of the application.
    browser.opens_tab().await;
    browser.goto(&app.url).await;
    browser.sees("Nobody is signed in").await;
    browser.presses("Sign in silently").await;
    browser.sees("silent: Ann Example").await;
}
