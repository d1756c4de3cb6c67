//! The tenant as one value: everything that a request handler needs, put together once.

use crate::clock::{Clock, Random};
use std::net::IpAddr;
use std::path::PathBuf;

/// A public address of the tenant; what every URL that the server emits begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Scheme, host and port, without a slash at the end: `https://contoso.b2clogin.com`, `http://localhost:8400`.
    pub url: String,
    /// Names of the tenants it serves; empty: all.
    pub tenants: Vec<String>,
    /// Another origin's URL whose issuer and endpoints this one publishes: an internal alias (browser and container).
    pub canonical: Option<String>,
}

/// How mail leaves.
#[derive(Clone, Debug)]
pub enum MailOptions {
    /// Kept in the outbox, never sent: `dev`.
    Outbox,
    /// Sent by SMTP: `smtp://user@host:587` (STARTTLS) or `smtps://…`; the sender's address.
    Smtp {
        /// The server.
        url: String,
        /// Password, where the server wants one.
        password: Option<String>,
        /// `Name <address>`.
        from: String,
    },
}

/// What only `dev` has: outbox, clock and home page under `/_dev`, on loopback.
#[derive(Clone, Debug)]
pub struct DevOptions {
    /// Where the sample web app answers, if it runs.
    pub web_url: Option<String>,
    /// Where the sample API answers, if it runs.
    pub api_url: Option<String>,
    /// Text of the `.env` to show.
    pub env_text: String,
    /// People to sign in as: name and password.
    pub users: Vec<(String, String)>,
}

/// Everything the tenant is started with.
#[derive(Clone, Debug)]
pub struct AppOptions {
    /// Public addresses; at least one.
    pub origins: Vec<Origin>,
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed, as addresses or networks (`10.0.0.0/8`).
    pub trusted_proxies: Vec<String>,
    /// The master key: encrypts signing keys at rest, seals cookies.
    pub master_key: [u8; 32],
    /// How mail leaves.
    pub mail: MailOptions,
    /// A list of breached passwords that replaces the one that ships.
    pub block_list: Option<PathBuf>,
    /// `dev` only.
    pub dev: Option<DevOptions>,
    /// Time.
    pub clock: Clock,
    /// Chance.
    pub random: Random,
}

/// What is known of the connection that a request came by; put into the request's extensions by the listener.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// The other end's address.
    pub ip: IpAddr,
    /// Whether the connection is TLS.
    pub tls: bool,
}
