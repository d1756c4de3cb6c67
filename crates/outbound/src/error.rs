//! Why a call failed, and what to do about it.

use crate::budget::BusyReason;
use crate::special::Special;
use crate::trace::Trace;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// The tenant's setting that allows private addresses, as named in messages.
pub const ALLOW_SETTING: &str = "outbound_allow";

/// A call without a usable answer. The text is for the log, not for users, because it contains addresses.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{} {}://{}{}: {kind}", .trace.method, .trace.scheme, .trace.target, .trace.path)]
pub struct Error {
    /// The kind of error.
    pub kind: Kind,
    /// The record of the call until the error.
    pub trace: Box<Trace>,
}

/// The kind of error, with advice. It never contains header values, bodies or queries.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Kind {
    /// The caller's request is wrong; nothing was sent.
    #[error("the request cannot be sent: {0}")]
    Request(&'static str),
    /// The address is not public, and the tenant's settings do not allow it.
    #[error("{host} is at {address}, {why}; the operator can add the address to the tenant's `{ALLOW_SETTING}`")]
    Address {
        /// The host of the URL.
        host: String,
        /// The address that was rejected.
        address: IpAddr,
        /// The reason.
        why: Special,
    },
    /// A call without TLS to a public address was rejected.
    #[error(
        "{host} is at {address}, which is called by https:// only; http:// is for networks in the tenant's \
         `{ALLOW_SETTING}` and for loopback hosts of `dev`"
    )]
    Plain {
        /// The host of the URL.
        host: String,
        /// The address.
        address: IpAddr,
    },
    /// The host name has no address.
    #[error("the name {host} was not found ({cause}); check its spelling and this machine's DNS")]
    Name {
        /// The host of the URL.
        host: String,
        /// The resolver's message.
        cause: String,
    },
    /// No TCP connection to the address could be made.
    #[error("no connection to {address} ({cause}); check that the server runs and that a firewall lets us through")]
    Connect {
        /// The address that was tried last.
        address: SocketAddr,
        /// The operating system's message.
        cause: String,
    },
    /// The TLS handshake failed, usually because the certificate is not trusted.
    #[error(
        "no TLS connection to {host} ({cause}); check the name, the dates and the chain of its certificate, and that \
         this machine has the authority's certificate"
    )]
    Tls {
        /// The host of the URL.
        host: String,
        /// The message of the TLS library.
        cause: String,
    },
    /// A timeout passed.
    #[error("time-out after {} ms while {phase}", .limit.as_millis())]
    TimedOut {
        /// The step that timed out.
        phase: Phase,
        /// The timeout that passed.
        limit: Duration,
    },
    /// Something is larger than its limit.
    #[error("{part} larger than {limit} bytes")]
    TooLarge {
        /// The part that is too large.
        part: Part,
        /// The limit in bytes.
        limit: usize,
    },
    /// The answer is a redirect that may not be followed.
    #[error("the server redirects to {to}, and {why}; configure the final address")]
    Redirect {
        /// Where it leads, without the query.
        to: String,
        /// The rule that forbids it.
        why: &'static str,
    },
    /// The target's [`Budget`](crate::Budget) is used up; nothing was sent.
    #[error("{target} is busy: {why}")]
    Busy {
        /// Host and port.
        target: String,
        /// The limit that is exceeded.
        why: BusyReason,
    },
    /// The server's answer violates HTTP, ends early, or uses a feature that the client did not offer.
    #[error("the server's answer is unusable: {0}")]
    Answer(String),
}

impl Kind {
    /// Returns true if the request cannot have reached the server, so that the caller may always retry it.
    #[must_use]
    pub fn is_before_sending(&self) -> bool {
        match self {
            Self::TimedOut { phase, .. } => matches!(phase, Phase::Name | Phase::Connect | Phase::Tls),
            Self::TooLarge { part, .. } => matches!(part, Part::Request),
            Self::Redirect { .. } | Self::Answer(_) => false,
            _ => true,
        }
    }

    /// A short name for traces, logs and counters.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Request(_) => "bad_request",
            Self::Address { .. } => "address_refused",
            Self::Plain { .. } => "https_required",
            Self::Name { .. } => "name_not_found",
            Self::Connect { .. } => "connect_failed",
            Self::Tls { .. } => "tls_failed",
            Self::TimedOut { phase, .. } => phase.name(),
            Self::TooLarge { .. } => "too_large",
            Self::Redirect { .. } => "redirect_refused",
            Self::Busy { .. } => "busy",
            Self::Answer(_) => "bad_answer",
        }
    }
}

/// A step of a call that can time out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Resolving the name.
    Name,
    /// Connecting by TCP.
    Connect,
    /// The TLS handshake.
    Tls,
    /// Sending the request and receiving the headers of the answer.
    Headers,
    /// Receiving the rest of the body.
    Body,
}

impl Phase {
    fn name(self) -> &'static str {
        match self {
            Self::Name => "timed_out_name",
            Self::Connect => "timed_out_connect",
            Self::Tls => "timed_out_tls",
            Self::Headers => "timed_out_headers",
            Self::Body => "timed_out_body",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "looking up the name",
            Self::Connect => "connecting",
            Self::Tls => "agreeing on TLS",
            Self::Headers => "waiting for the answer's headers",
            Self::Body => "reading the answer's body",
        })
    }
}

/// The part that is too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The headers or the body of the request; nothing was sent.
    Request,
    /// The head of the answer, or its trailers.
    Headers,
    /// The body of the answer.
    Body,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Request => "the request is",
            Self::Headers => "the answer's headers are",
            Self::Body => "the answer's body is",
        })
    }
}
