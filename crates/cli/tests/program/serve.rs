//! `vestibule serve`

use crate::run::{Program, ends, get};
use std::path::{Path, PathBuf};

/// 32 bytes, base64.
pub(crate) const KEY: (&str, &str) = ("VESTIBULE_MASTER_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");

fn config(folder: &Path, tenant: &str) -> PathBuf {
    let file = folder.join("vestibule.toml");
    let data = folder.join("data");
    let text = format!(
        "[server]\nlisten = \"127.0.0.1:0\"\ndata = {data:?}\n\n[mail]\nsmtp = \"smtp://127.0.0.1:25\"\nfrom = \"Contoso <no-reply@contoso.test>\"\n\n[[origin]]\nurl = \"https://login.contoso.test\"\n\n{tenant}"
    );
    std::fs::write(&file, text).expect("written");
    file
}

pub(crate) const TENANT: &str = "[[tenant]]\nname = \"contoso\"\n\n[[tenant.flow]]\nname = \"B2C_1_in\"\ntype = \"sign-in\"\nclaims = [\"objectId\"]\n";

#[tokio::test]
async fn it_tells_its_health_and_stops_when_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = config(folder.path(), TENANT);
    let args = ["serve", "--log", "json", "--config", file.to_str().expect("text")];
    let mut program = Program::start(&args, &[KEY]);
    let port = loop {
        let line = program.line();
        let entry: serde_json::Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}"));
        if entry["message"] == "ready" {
            break entry["port"].as_u64().expect("a port");
        }
    };
    for path in ["healthz", "readyz"] {
        assert_eq!(get(&format!("http://127.0.0.1:{port}/{path}")).await.0, 200, "{path}");
    }
    // No proxy is trusted and this is no TLS: nobody speaks for https://login.contoso.test.
    assert_eq!(
        get(&format!("http://127.0.0.1:{port}/contoso/B2C_1_in/v2.0/.well-known/openid-configuration")).await.0,
        421
    );
    for path in ["_dev/outbox", "_dev/clock"] {
        assert_ne!(get(&format!("http://127.0.0.1:{port}/{path}")).await.0, 200, "{path}");
    }
    assert!(program.stop("-TERM"));
}

#[test]
fn it_refuses_what_is_for_demos_and_says_what_is_missing() {
    let folder = tempfile::tempdir().expect("a folder");
    let user = format!("{TENANT}\n[[tenant.user]]\nemail = \"ann@contoso.test\"\npassword = \"Ann-likes-tea-1\"\n");
    let file = config(folder.path(), &user);
    let args = ["serve", "--config", file.to_str().expect("text")];
    let (well, said) = ends(&args, &[KEY]);
    assert!(!well && said.contains("password"), "{said}");
    let file = config(folder.path(), TENANT);
    let (well, said) = ends(&["serve", "--config", file.to_str().expect("text")], &[]);
    assert!(!well && said.contains("openssl rand -base64 32"), "{said}");
}
