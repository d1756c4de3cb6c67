//! Everything outside a journey, as small traits: directory, courier, HTTP, keys, clock. [`World`] combines them.
//!
//! Implementations key all calls by the running transaction, so that a repeat after a crash has no second effect.

pub mod attributes;
mod courier;
mod directory;
mod http;
mod keys;

pub use courier::{Courier, CourierError};
pub use directory::{Attributes, Directory, DirectoryError, Key, PasswordCheck, WriteMode};
pub use http::{Caller, Http, HttpError, HttpRequest, HttpResponse, Method};
pub use keys::{KeyError, Keys, Secret};

pub use vestibule_protocol::MOST_SKEW;

/// An outside service failed. The user did not cause it and is not shown it.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// Temporary: a retry may succeed.
    #[error("{0}")]
    Unavailable(String),
    /// Permanent: a retry does not help.
    #[error("{0}")]
    Broken(String),
}

/// Time and randomness.
pub trait Clock: Send {
    /// The current time, in milliseconds since the epoch.
    fn now(&self) -> i64;
    /// Fills `bytes` from a cryptographically secure generator.
    fn random(&mut self, bytes: &mut [u8]);
}

/// The outside services that the engine needs.
pub trait World: Directory + Courier + Http + Keys + Clock {}

impl<W: Directory + Courier + Http + Keys + Clock> World for W {}
