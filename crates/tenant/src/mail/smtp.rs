//! Sends mail by SMTP (RFC 5321), encrypted whenever it leaves the machine.

use super::KeptMail;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::time::{Duration, UNIX_EPOCH};
use url::{Host, Url};

/// The SMTP server and the sender's address.
#[derive(Clone)]
pub struct SmtpSettings {
    /// Host name or address.
    pub host: String,
    /// Port: 587 by default, 465 with `smtps`.
    pub port: u16,
    /// The encryption of the connection.
    pub encryption: Encryption,
    /// User name and password, if the server requires them.
    pub credentials: Option<(String, String)>,
    /// `Name <address>`.
    pub from: String,
    /// A certificate authority to trust in addition to the system's, in PEM.
    pub authority: Option<Vec<u8>>,
    /// The time limit for one step of the SMTP conversation.
    pub step_timeout: Duration,
    /// The time limit for the whole SMTP conversation.
    pub timeout: Duration,
}

impl std::fmt::Debug for SmtpSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SmtpSettings({}:{}, {:?})", self.host, self.port, self.encryption)
    }
}

/// The encryption of a connection to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// Unencrypted, on loopback only.
    None,
    /// STARTTLS (RFC 3207); no mail is sent without it.
    StartTls,
    /// TLS from the start of the connection (RFC 8314 section 3.3).
    Tls,
}

/// Why mail cannot be sent with these settings.
#[derive(Debug, thiserror::Error)]
pub enum SmtpError {
    /// The server's address is not valid.
    #[error("the mail server must be given as smtp://user@host:587 or smtps://user@host:465: {0}")]
    Url(String),
    /// The sender's address is not valid.
    #[error("the sender of mail must be given as an address or as: Name <address>: {0}")]
    From(String),
    /// TLS cannot be set up.
    #[error("TLS for the mail server cannot be set up: {0}")]
    Tls(String),
}

impl SmtpSettings {
    /// Parses `smtp://` (STARTTLS, required unless the host is loopback) or `smtps://` (TLS). A user without a
    /// password, or a password without a user, is an error; `password` takes precedence over one in the URL.
    ///
    /// # Errors
    /// [`SmtpError::Url`] and [`SmtpError::From`]
    pub fn parse(url: &str, password: Option<&str>, from: &str) -> Result<Self, SmtpError> {
        let bad = |why: &str| SmtpError::Url(why.to_owned());
        let url = Url::parse(url).map_err(|error| bad(&error.to_string()))?;
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(bad("nothing may follow the port"));
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| bad("the host is missing"))?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let (port, encryption) = match url.scheme() {
            "smtp" if is_loopback(&host) => (587, Encryption::None),
            "smtp" => (587, Encryption::StartTls),
            "smtps" => (465, Encryption::Tls),
            other => return Err(bad(&format!("the scheme is {other}"))),
        };
        let password = password.map(str::to_owned).or(url.password().map(decoded).transpose()?);
        let credentials = match (url.username(), password) {
            ("", None) => None,
            ("", Some(_)) => return Err(bad("there is a password but no user")),
            (_, None) => return Err(bad("there is a user but no password")),
            (user, Some(password)) => Some((decoded(user)?, password)),
        };
        mailbox(from)?;
        Ok(Self {
            host,
            port: url.port().unwrap_or(port),
            encryption,
            credentials,
            from: from.to_owned(),
            authority: None,
            step_timeout: Duration::from_secs(15),
            timeout: Duration::from_secs(60),
        })
    }
}

fn mailbox(from: &str) -> Result<Mailbox, SmtpError> {
    from.parse().map_err(|_| SmtpError::From(from.to_owned()))
}

/// Decodes percent-encoding (RFC 3986 section 2.1).
fn decoded(text: &str) -> Result<String, SmtpError> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(out).map_err(|_| SmtpError::Url("user or password is not UTF-8".to_owned()))
}

/// Returns true if mail to this host does not leave the machine.
fn is_loopback(host: &str) -> bool {
    match Host::parse(host) {
        Ok(Host::Ipv4(ip)) => ip.is_loopback(),
        Ok(Host::Domain(name)) => name == "localhost",
        _ => host == "::1",
    }
}

/// Why an attempt failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The server will never accept the mail.
    Permanent(String),
    /// A later attempt may succeed.
    Transient(String),
}

/// The connection to the server.
pub(super) struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    timeout: Duration,
}

impl Smtp {
    pub(super) fn new(settings: &SmtpSettings) -> Result<Self, SmtpError> {
        let from = mailbox(&settings.from)?;
        let tls = match settings.encryption {
            Encryption::None => Tls::None,
            Encryption::StartTls => Tls::Required(tls(settings)?),
            Encryption::Tls => Tls::Wrapper(tls(settings)?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
            .port(settings.port)
            .tls(tls)
            .timeout(Some(settings.step_timeout));
        if let Some((user, password)) = &settings.credentials {
            builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
        }
        Ok(Self { transport: builder.build(), from, timeout: settings.timeout })
    }

    /// Passes the mail to the server.
    pub(super) async fn send(&self, mail: &KeptMail) -> Result<(), Failure> {
        let message = self.message(mail).map_err(Failure::Permanent)?;
        match tokio::time::timeout(self.timeout, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) if error.is_permanent() => Err(Failure::Permanent(chain(&error))),
            Ok(Err(error)) => Err(Failure::Transient(chain(&error))),
            Err(_) => Err(Failure::Transient(format!("the server took longer than {:?}", self.timeout))),
        }
    }

    fn message(&self, mail: &KeptMail) -> Result<Message, String> {
        let content = mail.content.as_ref().ok_or("it has no content")?;
        let to = mail.recipient.parse().map_err(|error| format!("the address cannot be used: {error}"))?;
        // The id is the same for every attempt, so that a server or reader can detect duplicates.
        let message_id = format!("<{}@{}>", mail.id, self.from.email.domain());
        let date = UNIX_EPOCH + Duration::from_millis(u64::try_from(mail.created_at).unwrap_or(0));
        let automatic = HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned());
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(content.subject.clone())
            .message_id(Some(message_id))
            .date(date)
            .raw_header(automatic)
            .multipart(MultiPart::alternative_plain_html(content.text.clone(), content.html.clone()))
            .map_err(|error| format!("the mail cannot be put together: {error}"))
    }
}

fn tls(settings: &SmtpSettings) -> Result<TlsParameters, SmtpError> {
    let failed = |error: lettre::transport::smtp::Error| SmtpError::Tls(chain(&error));
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(pem) = &settings.authority {
        builder = builder.add_root_certificate(Certificate::from_pem(pem).map_err(failed)?);
    }
    builder.build().map_err(failed)
}

/// An error with its causes, for the log.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
