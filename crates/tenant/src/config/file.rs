//! The tables of `vestibule.toml`: each key is declared once, with its type, default, meaning and example. In the
//! structs a key that is left out is `None`, empty or its default.

mod application;
mod credential;
mod flow;
mod permission;
mod policy_key;
mod tenant;
mod user;

pub use application::{AppRoleConfig, ApplicationConfig, RedirectUrisConfig, ScopeConfig};
pub use credential::{CertificateConfig, ReadCertificate, SecretConfig};
pub use permission::PermissionConfig;
pub use policy_key::PolicyKeyConfig;
pub use tenant::TenantConfig;
pub use user::{AttributeValue, UserConfig};

use super::place::Places;
use super::schema::{Fallback, Kind, Section, UsedBy, key, table, variable};
use Fallback::{Is, Means, Required};
use Kind::{OneOf, Table, Tables, Text, Texts};
use serde::Deserialize;
use std::path::PathBuf;
use tenant::TENANT;

/// The behaviour of `dev` for keys that only `serve` uses.
const OWN_PORT: UsedBy = UsedBy::Serve("`--port` and `--listen` say where it listens");
const OWN_FOLDER: UsedBy = UsedBy::Serve("`--data` says where its data is");
const NO_DATABASE: UsedBy = UsedBy::Serve("its data is in a folder (`--data`)");
const OWN_KEY: UsedBy = UsedBy::Serve("its master key is in its data folder");
const OWN_TLS: UsedBy = UsedBy::Serve("`--tls` makes it speak TLS, with a certificate of its own");
const OUTBOX: UsedBy = UsedBy::Serve("every mail stays in its outbox");

table! {
    /// The tables of the file.
    #[derive(Debug, Default)]
    pub struct Config, FILE = "(top of the file)" {
        /// Where the server listens and keeps its data.
        server: ServerConfig = key(Table(&SERVER), Fallback::None);

        /// The public addresses of the server. `vestibule serve` needs at least one.
        origins as "origin": Vec<OriginConfig> = key(Tables(&ORIGIN), Fallback::None);

        /// The server that sends mail. `vestibule serve` needs one; `vestibule dev` keeps every mail in its outbox.
        mail: Option<MailConfig> = key(Table(&MAIL), Fallback::None).used_by(OUTBOX);

        /// The tenants, with everything that is registered in them.
        tenants as "tenant": Vec<TenantConfig> = key(Tables(&TENANT), Fallback::None);
    }
    and {
        /// The line of each key, for messages.
        #[serde(skip)]
        pub(crate) places: Places,
        /// A digest of the file's text: two files of the same content are the same file.
        #[serde(skip)]
        pub(crate) digest: String,
    }
}

table! {
    /// Where the server listens, where it keeps its data, and where its secrets are. A flag or environment variable of
    /// `vestibule serve` wins over a key of this table.
    #[derive(Debug)]
    pub struct ServerConfig, SERVER = "[server]" {
        /// Host and port to listen on. `localhost` means both loopback addresses. Any other address needs TLS: here, or
        /// at a proxy.
        listen: String = key(Text, Is("\"localhost:8400\""))
            .used_by(OWN_PORT).example("\"0.0.0.0:8443\"").pattern("^.+:[0-9]+$");

        /// Folder of the embedded database and the files that belong to it, relative to the current folder.
        data: PathBuf = key(Text, Is("\".vestibule\"")).used_by(OWN_FOLDER).example("\"/var/lib/vestibule\"");

        /// Environment variable that holds a `postgres://` URL.
        database_env: Option<String> = variable(Means("SQLite in the data folder"))
            .used_by(NO_DATABASE).example("\"DATABASE_URL\"");

        /// Environment variable that holds the master key, 32 bytes in base64 or hexadecimal. The master key encrypts
        /// signing keys and seals cookies.
        master_key_env: Option<String> = variable(Means("`VESTIBULE_MASTER_KEY`"))
            .used_by(OWN_KEY).example("\"MASTER_KEY\"");

        /// File that holds the master key in the same form. Use this key or `master_key_env`, not both.
        master_key_file: Option<PathBuf> = key(Text, Fallback::None)
            .used_by(OWN_KEY).example("\"/run/secrets/master.key\"");

        /// PEM file with the certificate chain. With `tls_key` it makes the server speak TLS itself.
        tls_certificate: Option<PathBuf> = key(Text, Fallback::None).used_by(OWN_TLS).example("\"chain.pem\"");

        /// PEM file with the private key of the certificate.
        tls_key: Option<PathBuf> = key(Text, Fallback::None).used_by(OWN_TLS).example("\"key.pem\"");

        /// Addresses or networks of the proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` headers the server
        /// believes.
        trusted_proxies: Vec<String> = key(Texts, Is("[]")).example("[\"10.0.0.0/8\"]");

        /// File of passwords that users may not choose, one per line. It replaces the built-in list.
        password_block_list: Option<PathBuf> = key(Text, Means("the built-in list")).example("\"common-passwords.txt\"");

        /// Whether administrators find the portal at `/portal`.
        portal: bool = key(Kind::Bool, Is("true"));

        /// Format of the log: lines of text, or one JSON object per line.
        log: LogForm = key(OneOf(&["text", "json"]), Is("\"text\""));
    }
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: "localhost:8400".to_owned(),
            data: PathBuf::from(".vestibule"),
            database_env: None,
            master_key_env: None,
            master_key_file: None,
            tls_certificate: None,
            tls_key: None,
            trusted_proxies: Vec::new(),
            password_block_list: None,
            portal: true,
            log: LogForm::Text,
        }
    }
}

/// Format of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogForm {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

table! {
    /// A public address of the server. Scheme and host of each request must match one of these exactly, and every URL
    /// that the server sends begins with one of them. Each origin is an issuer of its own.
    #[derive(Debug, Default)]
    pub struct OriginConfig, ORIGIN = "[[origin]]" {
        /// Scheme, host and port, without a slash at the end. `http` is allowed for loopback addresses, and with
        /// `vestibule dev --listen-beyond-loopback` for any.
        url: String = key(Text, Required).example("\"https://login.contoso.com\"").pattern("^https?://[^/]+$");

        /// Names of the tenants that this origin serves.
        tenants: Vec<String> = key(Texts, Means("all")).example("[\"contoso\"]");

        /// URL of another origin. This origin publishes the issuer and the addresses of that one: for an internal name
        /// of the same server, such as in a container network.
        canonical: Option<String> = key(Text, Means("itself")).example("\"https://login.contoso.com\"");

        /// Whether the portal answers at this origin. It answers at one only: the first that says so, else the first.
        portal: bool = key(Kind::Bool, Is("false"));
    }
}

table! {
    /// The SMTP server that sends mail.
    #[derive(Debug, Default)]
    pub struct MailConfig, MAIL = "[mail]" {
        /// URL of the SMTP server: `smtp://` for STARTTLS, `smtps://` for TLS. It may not contain a password.
        smtp: String = key(Text, Required)
            .used_by(OUTBOX).example("\"smtp://user@mail.contoso.com:587\"").pattern("^smtps?://.+$");

        /// The sender.
        from: String = key(Text, Required).used_by(OUTBOX).example("\"Contoso <no-reply@contoso.com>\"");

        /// Environment variable that holds the password.
        password_env: Option<String> = variable(Means("no password"))
            .used_by(OUTBOX).example("\"SMTP_PASSWORD\"");
    }
}

/// Every section, in the order of the reference.
#[must_use]
pub fn sections() -> Vec<&'static Section> {
    let mut all = vec![&FILE];
    let mut next = 0;
    while let Some(section) = all.get(next).copied() {
        all.extend(section.keys.iter().filter_map(|k| match k.kind {
            Kind::Table(inner) | Kind::Tables(inner) | Kind::TextsOr(inner) | Kind::OneOfOr(_, _, inner) => Some(inner),
            _ => None,
        }));
        next += 1;
    }
    all
}

/// An entry of a list: a text, or a table that says more.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum TextOr<T> {
    /// The text alone.
    Text(String),
    /// The text and more.
    Table(T),
}

/// A GUID that is the same wherever the same words are written: SHA-256 in the shape of a name-based UUID (RFC 9562
/// section 5.5, whose shape every client accepts).
pub(crate) fn derived_guid(words: &[&str]) -> String {
    let digest = vestibule_protocol::digest::sha256(words.join("\0").to_ascii_lowercase().as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_sha1_bytes(bytes).into_uuid().to_string()
}

impl From<&OriginConfig> for crate::origin::Origin {
    fn from(origin: &OriginConfig) -> Self {
        Self {
            url: origin.url.clone(),
            tenants: origin.tenants.clone(),
            canonical: origin.canonical.clone(),
            portal: origin.portal,
        }
    }
}
