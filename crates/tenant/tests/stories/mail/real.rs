//! Mail through a real SMTP server, aiosmtpd: runs if `VESTIBULE_TEST_AIOSMTPD` names a Python that has it, and always
//! under `CI`.

use super::{House, house, loopback, mail};
use serde_json::Value;
use std::path::Path;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use vestibule_tenant::mail::{Encryption, MailTransport, SmtpSettings};

/// The server, which ends with this value.
struct Server {
    _process: Child,
    lines: Lines<BufReader<ChildStdout>>,
    port: u16,
}

/// The Python to run, or `None`: then the test is skipped with a message.
fn python() -> Option<String> {
    let python = std::env::var("VESTIBULE_TEST_AIOSMTPD").ok();
    assert!(python.is_some() || std::env::var("CI").is_err(), "CI needs VESTIBULE_TEST_AIOSMTPD");
    if python.is_none() {
        eprintln!("not run: VESTIBULE_TEST_AIOSMTPD names no Python with aiosmtpd");
    }
    python
}

impl Server {
    async fn start(python: &str, arguments: &[&str]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories/mail/smtp_server.py");
        let mut process = Command::new(python)
            .arg(script)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("aiosmtpd starts");
        let mut lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        let port = lines.next_line().await.expect("read").expect("a port").parse().expect("a number");
        Self { _process: process, lines, port }
    }

    async fn mail(&mut self) -> Value {
        let line = self.lines.next_line().await.expect("read").expect("a mail");
        serde_json::from_str(&line).expect("JSON")
    }
}

/// Settings for the server's encrypted port, trusting its authority, and the files of its certificate.
fn encrypted(name: &str) -> (SmtpSettings, [String; 2]) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).expect("a folder");
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let files = [folder.join("cert.pem"), folder.join("key.pem")];
    std::fs::write(&files[0], made.cert.pem()).expect("written");
    std::fs::write(&files[1], made.signing_key.serialize_pem()).expect("written");
    let settings = SmtpSettings {
        host: "localhost".to_owned(),
        authority: Some(made.cert.pem().into_bytes()),
        credentials: Some(("vestibule".to_owned(), "p@ss:word/7".to_owned())),
        ..loopback(0)
    };
    (settings, files.map(|file| file.display().to_string()))
}

async fn send(house: &House, subject: &str) {
    house.mailer.enqueue("t", "Zoe@example.com", &mail(subject), None, "1").await.expect("taken");
    assert_eq!(house.deliver().await, 1);
    let sent = house.mailer.newest("t", None, 1).await.expect("read");
    assert!(sent[0].sent_at.is_some(), "{:?}", sent[0].error);
}

/// A mail as the server received it.
async fn arrived() -> Option<Value> {
    let mut server = Server::start(&python()?, &["plain"]).await;
    let house = house(&MailTransport::Smtp(loopback(server.port))).await;
    send(&house, "Contoso: Bestätigungscode für Zoë\r\nBcc: eve@example.com").await;
    Some(server.mail().await)
}

#[tokio::test]
async fn a_mail_arrives_whole() {
    let Some(mail) = arrived().await else { return };
    assert_eq!(mail["sender"], "no-reply@contoso.example");
    assert_eq!(mail["recipients"], serde_json::json!(["Zoe@example.com"]));
    assert_eq!(mail["type"], "multipart/alternative");
    let parts = &mail["parts"];
    let lines: Vec<_> = parts["text/plain"].as_str().expect("text").lines().collect();
    assert_eq!(lines, ["Your code is 123456.", "Grüße"]);
    assert!(parts["text/html"].as_str().expect("HTML").contains("<b>123456</b>"));
}

#[tokio::test]
async fn the_headers_of_a_mail_arrive_and_a_subject_adds_none() {
    let Some(mail) = arrived().await else { return };
    let headers = &mail["headers"];
    assert_eq!(headers["from"], "Contoso <no-reply@contoso.example>");
    assert_eq!(headers["to"], "Zoe@example.com");
    assert_eq!(headers["subject"], "Contoso: Bestätigungscode für Zoë  Bcc: eve@example.com");
    assert_eq!(headers["date"], "Mon, 21 Sep 2026 14:13:20 +0000");
    assert_eq!(headers["auto-submitted"], "auto-generated");
    assert!(headers["message-id"].as_str().expect("an id").ends_with("@contoso.example>"));
    assert!(headers["bcc"].is_null());
}

#[tokio::test]
async fn mail_goes_by_starttls_with_a_password() {
    let Some(python) = python() else { return };
    let (settings, [cert, key]) = encrypted("starttls");
    let mut server = Server::start(&python, &["starttls", &cert, &key]).await;
    let settings = SmtpSettings { port: server.port, encryption: Encryption::StartTls, ..settings };
    send(&house(&MailTransport::Smtp(settings)).await, "Hello").await;
    let mail = server.mail().await;
    assert_eq!((&mail["tls"], &mail["user"]), (&true.into(), &"vestibule".into()));
}

#[tokio::test]
async fn mail_goes_by_tls_with_a_password() {
    let Some(python) = python() else { return };
    let (settings, [cert, key]) = encrypted("tls");
    let mut server = Server::start(&python, &["tls", &cert, &key]).await;
    let settings = SmtpSettings { port: server.port, encryption: Encryption::Tls, ..settings };
    send(&house(&MailTransport::Smtp(settings)).await, "Hello").await;
    let mail = server.mail().await;
    assert_eq!((&mail["tls"], &mail["user"]), (&true.into(), &"vestibule".into()));
}

#[tokio::test]
async fn a_server_with_an_unknown_certificate_gets_nothing() {
    let Some(python) = python() else { return };
    let (settings, [cert, key]) = encrypted("unknown");
    let server = Server::start(&python, &["tls", &cert, &key]).await;
    let settings = SmtpSettings { port: server.port, encryption: Encryption::Tls, authority: None, ..settings };
    let house = house(&MailTransport::Smtp(settings)).await;
    house.put("zoe@example.com", "1").await;
    assert_eq!(house.deliver().await, 1);
    let mail = house.the_mail().await;
    assert_eq!(mail.sent_at, None);
    assert!(mail.next_attempt_at.is_some(), "a certificate can be put right");
}

#[tokio::test]
async fn a_wrong_password_is_told() {
    let Some(python) = python() else { return };
    let (settings, [cert, key]) = encrypted("password");
    let server = Server::start(&python, &["tls", &cert, &key]).await;
    let credentials = Some(("vestibule".to_owned(), "wrong".to_owned()));
    let settings = SmtpSettings { port: server.port, encryption: Encryption::Tls, credentials, ..settings };
    let house = house(&MailTransport::Smtp(settings)).await;
    house.put("zoe@example.com", "1").await;
    assert_eq!(house.deliver().await, 1);
    let mail = house.the_mail().await;
    assert_eq!(mail.sent_at, None);
    assert!(mail.error.expect("an error").contains("535"));
}
