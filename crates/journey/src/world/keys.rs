//! The tenant's key containers.

use super::WorldError;
use std::fmt;
use std::future::Future;

/// The secret material of a key. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// A secret that consists of these bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The secret as text; `None` if it is not UTF-8.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The reason why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// There is no such container, or none of its keys is active.
    #[error("the tenant has no active key in this container")]
    Missing,
    /// This world has no key containers.
    #[error("key containers are not available here")]
    NotAvailable,
    /// The container could not be read.
    #[error(transparent)]
    World(WorldError),
}

/// The tenant's key containers.
pub trait Keys: Send {
    /// Returns the secret of the active key of a container. `container` is the policy's `StorageReferenceId`, with or
    /// without `B2C_1A_`.
    fn secret(&mut self, container: &str) -> impl Future<Output = Result<Secret, KeyError>> + Send;
}
