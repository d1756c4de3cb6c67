//! The settings of SMTP: valid and invalid values.

use vestibule_tenant::mail::MailOptions;
use vestibule_tenant::mail::{Encryption, MailTransport, SmtpError, SmtpSettings};

const FROM: &str = "Contoso <no-reply@contoso.example>";

#[test]
fn the_address_says_how_the_connection_is_encrypted() {
    for (url, host, port, encryption) in [
        ("smtp://mail.example.com", "mail.example.com", 587, Encryption::StartTls),
        ("smtp://mail.example.com:25", "mail.example.com", 25, Encryption::StartTls),
        ("smtps://mail.example.com/", "mail.example.com", 465, Encryption::Tls),
        ("smtps://127.0.0.1:4650", "127.0.0.1", 4650, Encryption::Tls),
        ("smtp://localhost:1025", "localhost", 1025, Encryption::None),
        ("smtp://127.0.0.1", "127.0.0.1", 587, Encryption::None),
        ("smtp://[::1]:25", "::1", 25, Encryption::None),
        ("smtp://localhost.example.com", "localhost.example.com", 587, Encryption::StartTls),
    ] {
        let settings = SmtpSettings::parse(url, None, FROM).expect(url);
        assert_eq!((settings.host.as_str(), settings.port, settings.encryption), (host, port, encryption), "{url}");
    }
}

#[test]
fn user_and_password_come_together() {
    let user = |url, password| SmtpSettings::parse(url, password, FROM).map(|settings| settings.credentials);
    let both = Some(("me@example.com".to_owned(), "p@ss".to_owned()));
    assert_eq!(user("smtp://me%40example.com@mail.example.com", Some("p@ss")).expect("good"), both);
    assert_eq!(user("smtp://me%40example.com:p%40ss@mail.example.com", None).expect("good"), both);
    for (url, password) in [("smtp://me@mail.example.com", None), ("smtp://mail.example.com", Some("p@ss"))] {
        assert!(matches!(user(url, password), Err(SmtpError::Url(_))), "{url}");
    }
    let settings = SmtpSettings::parse("smtps://me:secret@mail.example.com", None, FROM).expect("good");
    assert!(!format!("{settings:?}").contains("secret"));
}

#[test]
fn anything_else_is_a_sentence() {
    for url in
        ["", "mail.example.com", "http://mail.example.com", "smtp://", "smtp://a/b", "smtp://a?tls=no", "smtp://a:b"]
    {
        let error = SmtpSettings::parse(url, None, FROM).expect_err(url);
        assert!(error.to_string().starts_with("the mail server must be given as smtp://"), "{error}");
    }
    let smtp =
        MailOptions::Smtp { url: "smtps://mail.example.com".to_owned(), password: None, from: "nobody".to_owned() };
    assert!(matches!(MailTransport::from_options(&smtp), Err(SmtpError::From(_))));
}
