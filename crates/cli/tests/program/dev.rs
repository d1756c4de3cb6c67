//! `vestibule dev`

use crate::run::{Program, ends, get, says};
use std::net::TcpListener;

#[tokio::test]
async fn everything_answers_once_it_says_so() {
    let data = tempfile::tempdir().expect("a folder");
    let (program, ready) = Program::dev(data.path(), &[]);
    let at = |name: &str| ready[name].as_str().unwrap_or_else(|| panic!("{name} in {ready}")).to_owned();
    let discovery = "/contoso.onmicrosoft.com/B2C_1_signupsignin1/v2.0/.well-known/openid-configuration";
    let public = format!("{}/public", at("api"));
    for url in [at("tenant"), at("web"), public, at("outbox"), at("clock"), at("tenant") + discovery] {
        assert_eq!(get(&url).await.0, 200, "{url}");
    }
    assert_eq!(get(&format!("{}/hello", at("api"))).await.0, 401);
    assert!(program.stop("-INT"), "Ctrl-C ends it well");
}

#[test]
fn the_env_of_an_application_names_the_ports_that_were_chosen() {
    let data = tempfile::tempdir().expect("a folder");
    let (_program, ready) = Program::dev(data.path(), &[]);
    let folder = data.path().to_str().expect("text");
    let env = says(&["env", "webapp1", "--data", folder]);
    let lines: Vec<&str> = env.lines().collect();
    for (key, address, path) in [("B2C_TENANT_URL", "tenant", ""), ("ENDPOINT", "api", "/hello")] {
        let line = format!("{key}={}{path}", ready[address].as_str().expect("an address"));
        assert!(lines.contains(&line.as_str()), "{line} in {env}");
    }
}

#[tokio::test]
async fn what_it_keeps_survives_a_restart_and_fresh_starts_over() {
    let data = tempfile::tempdir().expect("a folder");
    let keys = "/contoso.onmicrosoft.com/B2C_1_signupsignin1/discovery/v2.0/keys";
    let keys_of = async |more: &[&str]| {
        let (program, ready) = Program::dev(data.path(), more);
        let (status, text) = get(&format!("{}{keys}", ready["tenant"].as_str().expect("an address"))).await;
        assert_eq!(status, 200);
        assert!(program.stop("-TERM"));
        text
    };
    let first = keys_of(&[]).await;
    assert_eq!(keys_of(&[]).await, first);
    assert_ne!(keys_of(&["--fresh"]).await, first);
}

#[test]
fn a_taken_port_is_named() {
    let data = tempfile::tempdir().expect("a folder");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let data = data.path().to_str().expect("text");
    let (well, said) = ends(&["dev", "--port", "0", "--web-port", &port, "--data", data], &[]);
    assert!(!well);
    assert!(said.contains(&format!("port {port}, which the sample web app needs, is taken")), "{said}");
    assert!(said.contains("--web-port"), "{said}");
}

#[tokio::test]
async fn no_web_leaves_its_port_free_and_the_api_runs() {
    let data = tempfile::tempdir().expect("a folder");
    let (_program, ready) = Program::dev(data.path(), &["--no-web"]);
    assert!(ready["web"].is_null(), "{ready}");
    assert_eq!(get(&format!("{}/public", ready["api"].as_str().expect("the API"))).await.0, 200);
    assert_eq!(ready["env"]["REDIRECT_URI"], "http://localhost:5000/getAToken", "the registration stays");
}

#[tokio::test]
async fn with_tls_the_api_answers_by_https_and_by_http_on_one_port() {
    let data = tempfile::tempdir().expect("a folder");
    let (_program, ready) = Program::dev(data.path(), &["--tls", "--tls-port", "0", "--proxy-port", "0"]);
    let endpoint = ready["env"]["ENDPOINT"].as_str().expect("the API in the .env");
    assert!(endpoint.starts_with("https://localhost:"), "{endpoint}");
    let authority = std::fs::read(ready["tls"]["ca"].as_str().expect("a file")).expect("a certificate");
    let client = reqwest::Client::builder();
    let client = client.tls_certs_merge([reqwest::Certificate::from_pem(&authority).expect("PEM")]);
    let client = client.build().expect("a client");
    for url in [endpoint.to_owned(), endpoint.replace("https:", "http:")] {
        assert_eq!(client.get(&url).send().await.expect(&url).status(), 401, "{url}");
    }
}

#[test]
fn the_env_fits_the_way_in_which_dev_runs() {
    let data = tempfile::tempdir().expect("a folder");
    let folder = data.path().to_str().expect("text");
    let (_program, ready) = Program::dev(data.path(), &["--tls", "--tls-port", "0", "--proxy-port", "0"]);
    let env = says(&["env", "webapp1", "--data", folder]);
    let proxy = format!("HTTPS_PROXY={}", ready["tls"]["proxy"].as_str().expect("an address"));
    for line in ["FLASK_DEBUG=True", &proxy, "NO_PROXY=\"localhost,127.0.0.1\""] {
        assert!(env.lines().any(|one| one == line), "{line} in {env}");
    }
}

#[test]
fn it_does_not_listen_beyond_this_machine_by_accident() {
    let data = tempfile::tempdir().expect("a folder");
    let data = data.path().to_str().expect("text");
    let (well, said) = ends(&["dev", "--port", "0", "--listen", "0.0.0.0", "--data", data], &[]);
    assert!(!well && said.contains("--listen-beyond-loopback"), "{said}");
}

#[tokio::test]
async fn with_tls_it_poses_as_b2c() {
    let data = tempfile::tempdir().expect("a folder");
    let (_program, ready) = Program::dev(data.path(), &["--tls", "--tls-port", "0", "--proxy-port", "0"]);
    let tls = &ready["tls"];
    let authority = std::fs::read(tls["ca"].as_str().expect("a file")).expect("a certificate");
    let client = reqwest::Client::builder()
        .tls_certs_merge([reqwest::Certificate::from_pem(&authority).expect("PEM")])
        .proxy(reqwest::Proxy::https(tls["proxy"].as_str().expect("an address")).expect("a proxy"))
        .build()
        .expect("a client");
    let url = "https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_signupsignin1/v2.0/.well-known/openid-configuration";
    let document: serde_json::Value = client.get(url).send().await.expect("an answer").json().await.expect("JSON");
    assert_eq!(document["issuer"], "https://contoso.b2clogin.com/775527ff-9a37-4307-8b3d-cc311f58d925/v2.0/");
}

/// A configuration with these lines in front of a tenant, in a separate folder.
fn config(folder: &std::path::Path, head: &str) -> String {
    let file = folder.join("vestibule.toml");
    std::fs::write(&file, format!("{head}\n{}", crate::serve::TENANT)).expect("written");
    file.to_str().expect("text").to_owned()
}

const DISCOVERY: &str = "/contoso.onmicrosoft.com/B2C_1_in/v2.0/.well-known/openid-configuration";

/// The issuer of a document requested with this host and scheme, or the status.
async fn issuer(tenant: &str, host: &str, scheme: &str) -> Result<String, u16> {
    let request = reqwest::Client::new().get(format!("{tenant}{DISCOVERY}")).header("host", host);
    let answer = request.header("x-forwarded-proto", scheme).send().await.expect("an answer");
    let status = answer.status().as_u16();
    let document: serde_json::Value = answer.json().await.map_err(|_| status)?;
    Ok(document["issuer"].as_str().ok_or(status)?.to_owned())
}

#[tokio::test]
async fn origins_and_proxies_of_the_file_are_served() {
    let folder = tempfile::tempdir().expect("a folder");
    let head = "[server]\ntrusted_proxies = [\"127.0.0.1\", \"::1\"]\n[[origin]]\nurl = \"https://login.contoso.test\"\n\
                [[origin]]\nurl = \"http://vestibule\"\ncanonical = \"https://login.contoso.test\"\n";
    let file = config(folder.path(), head);
    let more = ["--config", &file, "--listen-beyond-loopback"];
    let (_program, ready) = Program::dev(&folder.path().join("data"), &more);
    let tenant = ready["tenant"].as_str().expect("an address");
    let own = tenant.trim_start_matches("http://");
    for (host, scheme, at) in [
        ("login.contoso.test", "https", "https://login.contoso.test"),
        ("vestibule", "http", "https://login.contoso.test"),
        (own, "http", tenant),
    ] {
        let issuer = issuer(tenant, host, scheme).await.unwrap_or_else(|status| panic!("{host} by {scheme}: {status}"));
        assert!(issuer.starts_with(&format!("{at}/")), "{host} by {scheme}: {issuer}");
    }
    assert_eq!(issuer(tenant, "login.contoso.test", "http").await, Err(421));
}

#[test]
fn what_dev_does_not_use_of_the_file_is_said_with_its_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let head = "[server]\nlisten = \"0.0.0.0:8443\"\ndata = \"/var/lib/vestibule\"\n[mail]\nsmtp = \"smtp://localhost\"\n\
                from = \"a@contoso.test\"\n";
    let file = config(folder.path(), head);
    let (_program, ready) = Program::dev(&folder.path().join("data"), &["--config", &file]);
    let notes = ready["notes"].as_array().expect("notes");
    let says = |text: &str| notes.iter().any(|note| note.as_str().is_some_and(|note| note.contains(text)));
    for line in [":2: warning: vestibule dev does not use \"listen\"", ":3: warning: ", ":4: warning: "] {
        assert!(says(line), "{line} in {notes:?}");
    }
}

#[test]
fn files_that_the_file_names_must_be_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = config(folder.path(), "[server]\npassword_block_list = \"/nowhere/list.txt\"\n");
    let data = folder.path().join("data");
    let (well, said) = ends(&["dev", "--port", "0", "--config", &file, "--data", data.to_str().expect("text")], &[]);
    assert!(!well && said.contains("/nowhere/list.txt"), "{said}");
}

#[test]
fn plain_http_beyond_this_machine_needs_the_flag() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = config(folder.path(), "[[origin]]\nurl = \"http://vestibule:8400\"\n");
    let data = folder.path().join("data");
    let (well, said) = ends(&["dev", "--port", "0", "--config", &file, "--data", data.to_str().expect("text")], &[]);
    assert!(!well && said.contains("must be https"), "{said}");
    assert!(said.contains("--listen-beyond-loopback"), "{said}");
}
