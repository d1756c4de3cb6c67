//! The sample web app, unchanged but for its settings, at OpenID providers of other makers.

use crate::config;
use crate::program::Program;
use std::collections::BTreeMap;
use tokio::net::TcpListener;
use tokio::process::Command;
use vestibule_journeys::browser::{Browser, Setup};
use vestibule_journeys::driver::Driver;

/// A provider, the sample that signs in there, and a browser.
struct Stage {
    browser: Browser,
    web: String,
    _provider: Program,
    _driver: Driver,
    _folder: tempfile::TempDir,
}

async fn stage(mut command: Command) -> Stage {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let web = format!("http://localhost:{}", listener.local_addr().expect("an address").port());
    let port = config::free_port();
    let settings = BTreeMap::from(
        [
            ("OIDC_AUTHORITY", format!("http://localhost:{port}")),
            ("CLIENT_ID", "webapp1".to_owned()),
            ("CLIENT_SECRET", "a-secret-of-32-characters-or-more".to_owned()),
            ("REDIRECT_URI", format!("{web}/getAToken")),
        ]
        .map(|(key, value)| (key.to_owned(), value)),
    );
    command.env("PORT", port.to_string()).envs(&settings);
    let provider = Program::start(command, format!("http://localhost:{port}")).await;
    let app = vestibule_webapp::app(settings);
    tokio::spawn(async move { axum::serve(listener, app).await });
    let folder = tempfile::tempdir().expect("a folder");
    let driver = Driver::start(folder.path()).await;
    let browser = Browser::open(&driver, Setup::default(), folder.path()).await;
    Stage { browser, web, _provider: provider, _driver: driver, _folder: folder }
}

#[tokio::test(flavor = "multi_thread")]
async fn npm_oidc_provider() {
    let Stage { browser, web, .. } = &stage(config::node("oidc_provider.mjs")).await;
    browser.goto(web).await;
    browser.presses("Sign in").await;
    browser.fills("login", "Ann").await;
    browser.fills("password", "anything").await;
    browser.presses("Sign-in").await;
    browser.presses("Continue").await;
    browser.sees("Ann Example").await;
    browser.presses("Sign out").await;
    browser.presses("Yes, sign me out").await;
    browser.sees("You are not signed in.").await;
    browser.presses("Sign in").await;
    browser.presses("[ Cancel ]").await;
    browser.sees("The sign-in was cancelled or refused.").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn npm_oauth2_mock_server() {
    let Stage { browser, web, .. } = &stage(config::node("oauth2_mock_server.mjs")).await;
    browser.goto(web).await;
    browser.presses("Sign in").await;
    browser.sees("Ann Example").await;
    browser.presses("Sign out").await;
    browser.sees("You are not signed in.").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pypi_oidc_provider_mock() {
    let mut command = Command::new(config::python());
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/clients/oidc_provider_mock_server.py"));
    let Stage { browser, web, .. } = &stage(command).await;
    browser.goto(web).await;
    browser.presses("Sign in").await;
    browser.fills("sub", "ann").await;
    browser.presses("Authorize").await;
    browser.sees("Ann Example").await;
    browser.presses("Sign out").await;
    browser.presses("End session").await;
    browser.sees("You are not signed in.").await;
}
