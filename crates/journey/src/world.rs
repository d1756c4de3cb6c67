//! Everything outside a journey, as small traits: directory, courier, HTTP, keys, clock. [`World`] is their sum.
//!
//! All calls are keyed by the running transaction on the other side, so that a repeat after a crash does nothing twice.

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

/// Something outside failed: not the person's fault, and not shown to them.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// For the moment: it may work when it is tried again.
    #[error("{0}")]
    Unavailable(String),
    /// Trying again does not help.
    #[error("{0}")]
    Broken(String),
}

/// Time and randomness.
pub trait Clock: Send {
    /// Now, milliseconds since the epoch.
    fn now(&self) -> i64;
    /// Fills `bytes` from a cryptographically secure generator.
    fn random(&mut self, bytes: &mut [u8]);
}

/// The services that the engine needs from outside.
pub trait World: Directory + Courier + Http + Keys + Clock {}

impl<W: Directory + Courier + Http + Keys + Clock> World for W {}
