//! `vestibule serve` behind a proxy: only the proxy's statements about scheme and sender are trusted.

use crate::run::Program;
use crate::serve::{KEY, TENANT};
use reqwest::Client;
use std::path::Path;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const DOCUMENT: &str = "contoso/B2C_1_in/v2.0/.well-known/openid-configuration";
/// Headers that a sender may try to forge.
const LIES: [(&str, &str); 5] = [
    ("x-forwarded-host", "evil.test"),
    ("x-forwarded-port", "444"),
    ("x-forwarded-prefix", "/evil"),
    ("forwarded", "for=6.6.6.6;host=evil.test;proto=https"),
    ("x-original-url", "/evil"),
];

/// `serve` that trusts `proxy`, at https://login.contoso.test and http://localhost:8499, with more lines for the
/// server. Returns the program and its port.
fn serve(folder: &Path, proxy: &str, more: &str) -> (Program, u16) {
    let file = folder.join("vestibule.toml");
    let data = folder.join("data");
    let text = format!(
        "[server]\nlisten = \"127.0.0.1:0\"\ndata = {data:?}\ntrusted_proxies = [{proxy:?}]\n{more}\n[mail]\nsmtp = \
         \"smtp://127.0.0.1:25\"\nfrom = \"Contoso <no-reply@contoso.test>\"\n\n[[origin]]\nurl = \
         \"https://login.contoso.test\"\n\n[[origin]]\nurl = \"http://localhost:8499\"\n\n{TENANT}"
    );
    std::fs::write(&file, text).expect("written");
    let mut program = Program::logging(&["serve", "--log", "json", "--config", file.to_str().expect("text")], &[KEY]);
    let ready = program.entry("ready");
    let port = ready["port"].as_u64().and_then(|port| u16::try_from(port).ok()).expect("a port");
    (program, port)
}

/// Status and text of the document, requested with these headers and all forged ones.
async fn document(client: &Client, url: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let request =
        LIES.iter().chain(headers).fold(client.get(url), |request, (name, value)| request.header(*name, *value));
    let answer = request.send().await.expect("an answer");
    (answer.status().as_u16(), answer.text().await.expect("text"))
}

#[tokio::test]
async fn row_70_behind_a_proxy_scheme_and_sender_are_its_word_and_everything_else_is_the_configurations() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut program, port) = serve(folder.path(), "127.0.0.1", "");
    let (client, url) = (Client::new(), format!("http://127.0.0.1:{port}/{DOCUMENT}"));
    let https = [("host", "login.contoso.test"), ("x-forwarded-proto", "https")];
    document(&client, &url, &https).await;
    program.entry("request"); // the last of this document: from now on it comes from memory, without a line
    for (forwarded_for, sender) in [
        ("203.0.113.9", "203.0.113.9"),
        ("6.6.6.6, 203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, 127.0.0.1", "203.0.113.9"),
        ("6.6.6.6, nonsense", "127.0.0.1"),
    ] {
        let mut headers = https.to_vec();
        headers.push(("x-forwarded-for", forwarded_for));
        for url in [&format!("{url}?logged"), &url] {
            let (status, text) = document(&client, url, &headers).await;
            assert_eq!(status, 200, "{text}");
            assert!(text.contains("\"https://login.contoso.test/") && !text.contains("evil"), "{text}");
        }
        assert_eq!(program.entry("request")["ip"], sender, "{forwarded_for}");
    }
    for refused in [
        vec![("host", "login.contoso.test")],
        vec![("host", "login.contoso.test"), ("x-forwarded-proto", "http")],
        vec![("host", "evil.test"), ("x-forwarded-proto", "https")],
    ] {
        let (status, text) = document(&client, &url, &refused).await;
        assert!(status == 421 && !text.contains("evil"), "{refused:?}: {status} {text}");
    }
    assert!(program.stop("-TERM"));
}

#[tokio::test]
async fn row_77_a_document_from_memory_lets_no_second_request_in_behind_a_body() {
    let folder = tempfile::tempdir().expect("a folder");
    let (program, port) = serve(folder.path(), "127.0.0.1", "");
    let (client, url) = (Client::new(), format!("http://127.0.0.1:{port}/{DOCUMENT}"));
    for _ in 0..2 {
        let (status, text) = document(&client, &url, &[("host", "localhost:8499")]).await;
        assert_eq!(status, 200, "{text}");
    }
    let head = format!("GET /{DOCUMENT} HTTP/1.1\r\nHost: localhost:8499\r\n");
    let body = "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.expect("connected");
    stream.write_all(format!("{head}{body}{head}\r\n").as_bytes()).await.expect("written");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer, and the end");
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    assert!(program.stop("-TERM"));
}

#[tokio::test]
async fn row_70_who_is_no_trusted_proxy_speaks_for_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut program, port) = serve(folder.path(), "192.0.2.1", "");
    let (client, url) = (Client::new(), format!("http://127.0.0.1:{port}/{DOCUMENT}"));
    let said = [("x-forwarded-proto", "https"), ("x-forwarded-for", "203.0.113.9")];
    let (status, _) = document(&client, &url, &[&[("host", "login.contoso.test")], &said[..]].concat()).await;
    assert_eq!(status, 421, "its word makes no TLS");
    let (status, text) = document(&client, &url, &[&[("host", "localhost:8499")], &said[..]].concat()).await;
    assert!(status == 200 && text.contains("\"http://localhost:8499/") && !text.contains("evil"), "{text}");
    assert_eq!(program.entry("request")["ip"], "127.0.0.1");
    assert!(program.stop("-TERM"));
}

#[tokio::test]
async fn a_proxy_that_comes_over_tls_need_not_say_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = rcgen::generate_simple_self_signed(["login.contoso.test".to_owned()]).expect("a certificate");
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&cert, made.cert.pem()).expect("written");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("written");
    let (program, port) =
        serve(folder.path(), "127.0.0.1", &format!("tls_certificate = {cert:?}\ntls_key = {key:?}\n"));
    let address = ([127, 0, 0, 1], port).into();
    let client = Client::builder().resolve("login.contoso.test", address).tls_danger_accept_invalid_certs(true).build();
    let client = client.expect("a client");
    let url = format!("https://login.contoso.test:{port}/{DOCUMENT}");
    let host = [("host", "login.contoso.test"), ("x-forwarded-for", "203.0.113.9")];
    let (status, text) = document(&client, &url, &host).await;
    assert!(status == 200 && text.contains("\"https://login.contoso.test/"), "{status} {text}");
    assert!(program.stop("-TERM"));
}
