//! docs/python-sample.md, step by step: `dev --tls --no-web`, the `.env` that `vestibule env` prints, `flask run`.
//!
//! `VESTIBULE_PYTHON_SAMPLE` names a copy of Microsoft's sample (it is not ours to ship); without one, an app of ours
//! that reads the same settings by the same library takes its place.

use crate::config::{self, DEMO};
use crate::program::Program;
use std::path::PathBuf;
use tokio::process::Command;
use vestibule_journeys::Ground;

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
    // `flask run` reads the .env of the folder that it starts in, so each story has a copy of the sample.
    let (from, module) = sample();
    let folder = ground.folder().join("sample");
    assert!(Command::new("cp").arg("-r").args([&from, &folder]).status().await.expect("cp runs").success());
    std::fs::write(folder.join(".env"), &env).expect("written");
    let mut flask = Command::new(config::python());
    flask.args(["-m", "flask", "--app", module, "run", "--no-reload", "--host", "localhost", "--port"]);
    flask.arg(port.to_string()).current_dir(&folder);
    (ground, Program::flask(flask, url).await, env)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_env_names_the_api_as_the_article_does_and_it_answers_there() {
    let (_ground, _app, env) = follow().await;
    assert!(env.contains("FLASK_DEBUG=\"True\""), "{env}");
    assert!(env.contains("ENDPOINT=\"https://localhost:"), "{env}");
}
