//! What the stories register: the demo with all that it shows in comments, and applications of their own.

use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::Value;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use tokio::process::Command;
use vestibule_journeys::Ground;

pub(crate) const DEMO: &str = include_str!("../../../crates/cli/demo/vestibule.toml");
/// Ids of the demo's tenant and of the applications below.
pub(crate) const TENANT: &str = "775527ff-9a37-4307-8b3d-cc311f58d925";
pub(crate) const DAEMON: &str = "5be7d310-a6f4-4c82-93d9-08f41c6e2b7a";
pub(crate) const SPA: &str = "c1a94f70-7be2-4d58-8f03-9e5d26b17a48";
pub(crate) const NATIVE: &str = "0d6a8f1e-93b2-4c57-8e40-5f1b7c2d9a63";
pub(crate) const STRICT: &str = "e4c1b7a2-58d3-4f96-a07e-3b9d6c15f820";

pub(crate) const CERTIFIED: &str = "2b9f0c64-7a1d-4e38-b5c2-90e8d4f7a613";

/// A certificate and its private key, as PEM.
pub(crate) static CERTIFICATE: LazyLock<(String, String)> = LazyLock::new(|| {
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).expect("a key");
    let certificate = CertificateParams::default().self_signed(&key).expect("a certificate");
    (certificate.pem(), key.serialize_pem())
});

/// The demo with its commented tables, a native application, one with a certificate and a strict one. Nothing listens
/// on port 4999 of the redirect URIs: programs read the response from the redirect itself.
pub(crate) fn everything() -> String {
    let mut inside = false;
    let mut text: String = DEMO
        .lines()
        .map(|line| {
            inside = line.starts_with("# [[") || (inside && line.starts_with("# "));
            format!("{}\n", if inside { &line[2..] } else { line })
        })
        .collect();
    text = text.replace(
        r#"["http://localhost:5000/getAToken"]"#,
        r#"["http://localhost:5000/getAToken", "http://localhost:4999/getAToken"]"#,
    );
    text.push_str(&format!(
        r#"
[[tenant.application]]
name = "native1"
client_id = "{NATIVE}"
redirect_uris.public_client = ["http://localhost"]
allow_public_client_flows = true
permissions = ["my-api1/tasks.read"]

[[tenant.application]]
name = "strict1"
client_id = "{STRICT}"
redirect_uris.web = ["http://localhost:4999/strict"]
openid = "strict"
demo_secret = true

[[tenant.application]]
name = "certified1"
client_id = "{CERTIFIED}"
redirect_uris.web = ["http://localhost:4999/getAToken"]
permissions = ["my-api1/tasks.read", "my-api1/tasks.write", "my-api1/tasks.sync"]
certificates = ["""
{}"""]
"#,
        CERTIFICATE.0
    ));
    text
}

/// The secret that `dev` generated for an application.
pub(crate) fn demo_secret(ground: &Ground, client_id: &str) -> String {
    let text = std::fs::read_to_string(ground.folder().join("data/demo-secrets.json")).expect("demo secrets");
    let secrets: Value = serde_json::from_str(&text).expect("JSON");
    secrets[client_id].as_str().unwrap_or_else(|| panic!("a secret of {client_id} in {text}")).to_owned()
}

/// The Python interpreter of `.ci/run`.
pub(crate) fn python() -> String {
    std::env::var("VESTIBULE_TEST_PYTHON").expect("VESTIBULE_TEST_PYTHON names the Python of .ci/run")
}

/// A command that runs one of our Node scripts.
pub(crate) fn node(script: &str) -> Command {
    let mut command = Command::new("node");
    command.arg(node_folder().join(script));
    command
}

/// A port on which nothing listens.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port()
}

/// The folder with the npm packages of `.ci/run` and our scripts: Node looks for packages only there.
fn node_folder() -> PathBuf {
    let folder = PathBuf::from(
        std::env::var("VESTIBULE_TEST_NODE").expect("VESTIBULE_TEST_NODE names the folder where .ci/run ran npm ci"),
    );
    let scripts = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/clients/node"));
    for entry in std::fs::read_dir(scripts).expect("scripts") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|e| e == "mjs" || e == "cjs") {
            let name = path.file_name().expect("a name");
            // With a rename, because another test may be reading it.
            let fresh = tempfile::NamedTempFile::new_in(&folder).expect("a file");
            std::fs::copy(&path, fresh.path()).expect("copied");
            fresh.persist(folder.join(name)).expect("renamed");
        }
    }
    folder
}
