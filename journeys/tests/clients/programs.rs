//! Programs without a browser: each is one story with its own assertions, and ends with success.

use crate::config::{self, CERTIFICATE, CERTIFIED, DAEMON, NATIVE, STRICT};
use tokio::process::Command;
use vestibule_journeys::{Ground, starter_pack};

/// Runs the program to its end.
async fn succeeds(ground: &Ground, mut program: Command) {
    let ann = ground.demo_user("ann");
    let output = program
        .envs(ground.python_env())
        .envs(ground.node_env())
        .env("CLIENT_ID", ground.env("CLIENT_ID"))
        .env("CLIENT_SECRET", ground.env("CLIENT_SECRET"))
        .env("DAEMON_ID", DAEMON)
        .env("DAEMON_SECRET", config::demo_secret(ground, DAEMON))
        .env("CERTIFIED_ID", CERTIFIED)
        .env("CERTIFICATE", &CERTIFICATE.0)
        .env("PRIVATE_KEY", &CERTIFICATE.1)
        .env("NATIVE_ID", NATIVE)
        .env("STRICT_ID", STRICT)
        .env("STRICT_SECRET", config::demo_secret(ground, STRICT))
        .env("TENANT_ID", config::TENANT)
        .env("OUTBOX", format!("{}/_dev/outbox", ground.tenant()))
        .env("NAME", &ann.name)
        .env("PASSWORD", &ann.password)
        .kill_on_drop(true)
        .output()
        .await
        .expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program:?}:\n{said}");
}

async fn python(ground: &Ground, script: &str) {
    let mut program = Command::new(config::python());
    program.arg(format!("{}/clients/{script}", env!("CARGO_MANIFEST_DIR")));
    succeeds(ground, program).await;
}

async fn node(ground: &Ground, script: &str) {
    succeeds(ground, config::node(script)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn msal_python_has_every_grant() {
    let ground = Ground::posing(&config::everything()).await;
    python(&ground, "msal_python.py").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_api_alone_is_enough() {
    let ground = Ground::posing(&config::everything()).await;
    python(&ground, "page_api_story.py").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_api_alone_is_enough_where_codes_are_asked_for_in_the_older_way() {
    let Some(policies) = starter_pack() else { return };
    let text = config::everything().replace("# policies = ", "policies = ");
    let ground = Ground::posing_with_policies(&text, &policies).await;
    python(&ground, "page_api_older.py").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn msal_node_has_every_grant() {
    let ground = Ground::posing(&config::everything()).await;
    node(&ground, "msal_node.mjs").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn openid_client_is_content_with_the_strict_issuer() {
    let ground = Ground::posing(&config::everything()).await;
    node(&ground, "openid_client.mjs").await;
}
