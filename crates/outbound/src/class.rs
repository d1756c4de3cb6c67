//! The kinds of callers, and their limits.

use std::time::Duration;

/// The maximum time for a REST call with all its retries. The caller enforces it with
/// [`Request::within`](crate::Request::within).
pub const REST_WITH_RETRIES: Duration = Duration::from_secs(30);

/// The maximum body size of an answer, in bytes as received.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

/// The maximum body size of an SMS gateway's answer, in bytes as received: it is a receipt, never a document.
pub const MAX_SMS_BODY_BYTES: usize = 64 * 1024;

/// The maximum size of an answer's head (status line and headers), in bytes. Trailers have the same limit.
pub const MAX_HEADER_BYTES: usize = 32 * 1024;

/// The maximum number of headers in an answer.
pub const MAX_HEADERS: usize = 100;

/// The kind of caller, which selects the [`Limits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// An API connector of a user flow: 20 seconds, as B2C gives them. The caller may retry once.
    Connector,
    /// A REST technical profile of a custom policy: 10 seconds for each attempt, [`REST_WITH_RETRIES`] in total.
    Rest,
    /// The token endpoint of an identity provider: 10 seconds.
    Token,
    /// The user info endpoint of an identity provider: 10 seconds.
    UserInfo,
    /// A metadata document or a key set: 5 seconds.
    Metadata,
    /// An SMS gateway: 10 seconds.
    Sms,
}

impl Class {
    /// The name in traces and logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Connector => "connector",
            Self::Rest => "rest",
            Self::Token => "token",
            Self::UserInfo => "user_info",
            Self::Metadata => "metadata",
            Self::Sms => "sms",
        }
    }
}

/// Timeouts and size limits of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From the start of a hop until the connection is ready: DNS lookup, TCP and TLS together.
    pub connect: Duration,
    /// From sending the request until the headers of its answer are complete.
    pub headers: Duration,
    /// From the start until the body is complete, including all redirects.
    pub whole: Duration,
    /// The maximum size of an answer's head, in bytes; at least 1.
    pub header_bytes: usize,
    /// The maximum body size of an answer, in bytes as received.
    pub body_bytes: usize,
}

impl Limits {
    /// The default limits of `class`.
    #[must_use]
    pub fn of(class: Class) -> Self {
        match class {
            Class::Connector => Self::seconds(5, 20),
            Class::Rest | Class::Token | Class::UserInfo => Self::seconds(5, 10),
            Class::Metadata => Self::seconds(3, 5),
            Class::Sms => Self { body_bytes: MAX_SMS_BODY_BYTES, ..Self::seconds(5, 10) },
        }
    }

    /// A server may use the whole time for its headers, so both limits are the same.
    fn seconds(connect: u64, whole: u64) -> Self {
        Self {
            connect: Duration::from_secs(connect),
            headers: Duration::from_secs(whole),
            whole: Duration::from_secs(whole),
            header_bytes: MAX_HEADER_BYTES,
            body_bytes: MAX_BODY_BYTES,
        }
    }
}
