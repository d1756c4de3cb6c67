//! The registry: tenants, flows and applications as one immutable snapshot in memory, looked up on every request.

pub mod application;
pub mod credential;
pub mod names;
pub mod redirect_uri;
pub mod tenant;

pub use application::{
    AppRole, Application, Credential, CredentialKind, OpenidProfile, Permission, PermissionKind, Scope,
};
pub use redirect_uri::{Platform, RedirectUri};
pub use tenant::{Flow, Tenant, TenantSettings};

use std::sync::{Arc, PoisonError, RwLock};

/// The registry of a running server: the snapshot, and the store that it is read from.
#[derive(Debug)]
pub struct Registry {
    current: RwLock<Arc<Snapshot>>,
}

impl Registry {
    /// A registry that never changes.
    #[must_use]
    pub fn fixed(snapshot: Snapshot) -> Self {
        Self { current: RwLock::new(Arc::new(snapshot)) }
    }

    /// What is registered now.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Everything registered, at one moment. Handlers take one snapshot and keep it for the whole request.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// All tenants, in the order of their names.
    pub tenants: Vec<Arc<Tenant>>,
}

impl Snapshot {
    /// The tenant that a URL names: by its name (`contoso`), its domain (`contoso.onmicrosoft.com`) or its GUID, in any
    /// letter case (contract 1.1).
    #[must_use]
    pub fn tenant(&self, named: &str) -> Option<Arc<Tenant>> {
        let is = |text: &str| text.eq_ignore_ascii_case(named);
        self.tenants.iter().find(|t| is(&t.name) || is(&t.domain) || is(&t.id)).cloned()
    }
}
