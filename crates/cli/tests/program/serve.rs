//! `vestibule serve`

use crate::run::{Program, ends, get, strict};
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
    let mut program = Program::logging(&args, &[KEY]);
    let port = program.entry("ready")["port"].as_u64().expect("a port");
    for path in ["healthz", "readyz"] {
        assert_eq!(get(&format!("http://127.0.0.1:{port}/{path}")).await.0, 200, "{path}");
    }
    // No proxy is trusted and this is not TLS, so no request can be for https://login.contoso.test.
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

/// Requests of every kind that is logged: pages, errors, responses to programs.
const REQUESTS: [&str; 6] = [
    "contoso/B2C_1_in/v2.0/.well-known/openid-configuration",
    "nobody/B2C_1_in/v2.0/.well-known/openid-configuration",
    "contoso/B2C_1_in/oauth2/v2.0/authorize",
    "contoso/B2C_1_no/oauth2/v2.0/authorize",
    "contoso/B2C_1_in/SelfAsserted?tx=none",
    "no/such/address",
];

#[tokio::test]
async fn every_line_of_the_json_log_is_one_object_with_each_key_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = config(folder.path(), TENANT);
    let text = std::fs::read_to_string(&file).expect("text");
    let text = text.replacen("[server]\n", "[server]\nlog = \"json\"\ntrusted_proxies = [\"127.0.0.1\"]\n", 1);
    std::fs::write(&file, text).expect("written");
    let args = ["serve", "--config", file.to_str().expect("text")];
    let mut program = Program::logging(&args, &[KEY, ("VESTIBULE_LOG", "debug")]);
    let port = program.entry("ready")["port"].as_u64().expect("a port");
    for path in REQUESTS {
        let request = reqwest::Client::new().get(format!("http://127.0.0.1:{port}/{path}"));
        let request = request.header("host", "login.contoso.test").header("x-forwarded-proto", "https");
        request.send().await.expect("an answer");
    }
    let (well, lines) = program.stopped("-TERM");
    assert!(well && lines.len() > REQUESTS.len(), "{lines:?}");
    let entries: Vec<_> = lines.iter().map(|line| strict(line)).collect();
    assert!(entries.iter().any(|entry| entry["message"] == "an error page is shown" && entry["sentence"].is_string()));
}

#[test]
fn what_keeps_it_from_starting_is_json_where_the_log_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = config(folder.path(), TENANT);
    let file = file.to_str().expect("text");
    let broken = folder.path().join("broken.toml");
    std::fs::write(&broken, "[server]\nlog = \"json\"\nlistn = 1\n").expect("written");
    let broken = broken.to_str().expect("text");
    let form = ("VESTIBULE_LOG_FORM", "json");
    for (args, env, said) in [
        (&["serve", "--log", "json", "--config", file][..], &[][..], "openssl rand -base64 32"),
        (&["serve", "--config", file], &[form], "openssl rand -base64 32"),
        (&["serve", "--config", broken], &[KEY], "listn"),
        (&["serve", "--config", file, "--listen", "nowhere"], &[KEY, form], "no address to listen on"),
        (&["serve", "--config", file, "--listn", "x"], &[KEY, form], "--listn"),
        (&["serve", "--config", file, "--database-url", "postgres://h/d?sslmod=x"], &[KEY, form], "sslmod"),
    ] {
        let (well, errors) = ends(args, env);
        assert!(!well, "{args:?}");
        let entries: Vec<_> = errors.lines().map(strict).collect();
        let last = entries.last().unwrap_or_else(|| panic!("{args:?} says nothing"));
        assert!(last["level"] == "ERROR" && last["message"].to_string().contains(said), "{args:?}: {errors}");
    }
}
