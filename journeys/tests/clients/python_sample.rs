//! docs/python-sample.md, step by step: `dev --tls --no-web`, the `.env` that `vestibule env` prints, `flask run`.
//!
//! `VESTIBULE_PYTHON_SAMPLE` names a copy of Microsoft's sample (it is not ours to ship); without one, an app of ours
//! that reads the same settings by the same library takes its place.

use crate::config::{self, DEMO};
use crate::program::Program;
use std::path::PathBuf;
use tokio::process::Command;
use vestibule_journeys::{Browser, Ground};

/// Folder of the app, and the name of its module.
fn sample() -> (PathBuf, &'static str) {
    match std::env::var_os("VESTIBULE_PYTHON_SAMPLE") {
        Some(folder) => (folder.into(), "app.py"),
        None => (concat!(env!("CARGO_MANIFEST_DIR"), "/clients").into(), "identity_flask.py"),
    }
}

/// Steps 1 to 5: the tenant, the `.env`, and the sample on a free port instead of 5000.
async fn follow() -> (Ground, Program, String) {
    let port = config::free_port();
    let url = format!("http://localhost:{port}");
    let ground = Ground::posing_without_web(&DEMO.replace("http://localhost:5000", &url)).await;
    let env = ground.env_text();
    // `flask run` reads the .env of its working directory, so each test has a copy of the sample.
    let (from, module) = sample();
    let folder = ground.folder().join("sample");
    assert!(Command::new("cp").arg("-r").args([&from, &folder]).status().await.expect("cp runs").success());
    std::fs::write(folder.join(".env"), &env).expect("written");
    let mut flask = Command::new(config::python());
    flask.args(["-m", "flask", "--app", module, "run", "--no-reload", "--host", "localhost", "--port"]);
    flask.arg(port.to_string()).current_dir(&folder);
    // Existing environment variables override the .env.
    for key in ["HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"] {
        flask.env_remove(key);
    }
    (ground, Program::flask(flask, url).await, env)
}

async fn ann_signs_in(ground: &Ground, app: &Program) -> Browser {
    let browser = ground.browser().await;
    browser.goto(&app.url).await;
    browser.presses("Sign In").await;
    let ann = ground.demo_user("ann");
    browser.types("email", &ann.name).await;
    browser.types("password", &ann.password).await;
    browser.presses_id("next").await;
    browser.sees("Ann Example").await;
    browser
}

#[tokio::test(flavor = "multi_thread")]
async fn the_article_works_with_the_env_that_vestibule_prints_and_nothing_else() {
    let (ground, app, _) = follow().await;
    let browser = ann_signs_in(&ground, &app).await;
    browser.goto(&format!("{}/call_api", app.url)).await;
    browser.sees("tasks.read").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_env_names_the_api_as_the_article_does_and_it_answers_there() {
    let (_ground, _app, env) = follow().await;
    assert!(env.contains("FLASK_DEBUG=\"True\""), "{env}");
    assert!(env.contains("ENDPOINT=\"https://localhost:"), "{env}");
}
