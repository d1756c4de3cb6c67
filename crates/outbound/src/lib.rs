//! Outgoing HTTP: every request that the tenant sends to another server goes through [`Client`].
//!
//! A tenant's administrators choose the addresses that it calls: metadata documents, token endpoints, REST APIs.
//! Without checks, anyone who can choose an address could read what only this machine may read (server-side request
//! forgery, OWASP). The client therefore resolves a name once, checks each address, and connects to exactly the address
//! that it checked.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use vestibule_outbound::{Class, Client, Request, Settings};
//!
//! let client = Client::new(Settings::default())?;
//! let url = "https://api.example/check".parse()?;
//! let request = Request::new(Class::Rest, http::Method::POST, url, "7f3c").body("{}");
//! let answer = client.send(request).await?;
//! assert!(answer.status.is_success());
//! # Ok(())
//! # }
//! ```
//!
//! - **Addresses.** [`Special`] lists the rejected addresses. A request carries the tenant's allowed [`Networks`].
//! - **Limits.** [`Class`] selects timeouts and sizes ([`Limits`]). [`Budget`] limits the requests to each target.
//! - **Redirects.** Rejected, unless the caller allows a few within the same origin. Credentials are not sent along.
//! - **Compression.** Not offered, and rejected if a server uses it anyway, so that a small answer cannot decompress to
//!   a large one.
//! - **Connections.** Each request uses its own connection. A reused connection would have been checked earlier, and
//!   perhaps against another tenant's networks. TLS sessions are resumed, which saves most of the cost.
//! - **Proxies.** The client ignores proxy settings in the environment, because a proxy would resolve names itself.
//!
//! Retrying is up to the caller: [`Kind::is_before_sending`] says when it is safe.

mod answer;
mod budget;
mod class;
mod client;
mod clock;
mod connect;
mod deadline;
mod error;
mod exchange;
mod gate;
mod hosts;
mod message;
mod networks;
mod redirect;
mod request;
mod resolve;
mod settings;
mod special;
mod target;
mod tls;
mod trace;

pub use answer::Answer;
pub use budget::{Budget, BusyReason, MAX_TARGETS};
pub use class::{Class, Limits, MAX_BODY_BYTES, MAX_HEADER_BYTES, MAX_HEADERS, MAX_SMS_BODY_BYTES, REST_WITH_RETRIES};
pub use client::Client;
pub use clock::Clock;
pub use connect::MAX_ADDRESSES;
pub use error::{ALLOW_SETTING, Error, Kind, Part, Phase};
pub use hosts::{HostMap, HostMapError};
pub use networks::{NetworkError, Networks};
pub use redirect::MAX_REDIRECTS;
pub use request::{
    CORRELATION_HEADER, MAX_CORRELATION_ID_BYTES, MAX_REQUEST_BODY_BYTES, MAX_REQUEST_HEADER_BYTES, Request,
};
pub use resolve::{BoxFuture, MAX_LOOKUPS, Resolve, SystemResolver};
pub use settings::{Settings, SettingsError};
pub use special::Special;
pub use trace::Trace;
