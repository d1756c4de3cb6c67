//! The registry: tenants, flows and applications as one immutable snapshot in memory, looked up on every request.

pub mod application;
pub mod certificate;
pub mod credential;
pub mod key_container;
pub(crate) mod load;
pub mod names;
pub(crate) mod records;
pub mod redirect_uri;
pub mod tenant;

pub use application::{
    AppRole, Application, Credential, CredentialKind, OpenidProfile, Permission, PermissionKind, Scope, SecretCheck,
};
pub use certificate::{Certificate, CertificateError};
pub use redirect_uri::{Platform, RedirectUri};
pub use tenant::{Flow, Tenant, TenantSettings};

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use vestibule_journey::Problem;
use vestibule_store::{Store, StoreError};

/// The registry of a running server: the snapshot, and the store that it is read from. One for all requests.
#[derive(Debug)]
pub struct Registry {
    store: Option<Store>,
    current: RwLock<Current>,
    /// When the version was last looked at, milliseconds since the epoch.
    looked_at: AtomicI64,
}

#[derive(Debug)]
struct Current {
    version: i64,
    snapshot: Arc<Snapshot>,
}

/// Why the registry could not be read.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A record is not as this program writes it.
    #[error("the {what} in the store cannot be read: {cause}")]
    Unreadable {
        /// Which record: `application 6f1c…`.
        what: String,
        /// What is wrong with it.
        cause: serde_json::Error,
    },
}

/// How long a request waits to hear whether something changed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(1);

impl Registry {
    /// Read everything that is registered and compile the flows. One that does not compile is left out, told to the log,
    /// and listed in [`Snapshot::problems`]: one broken flow stops no other.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn load(store: Store) -> Result<Self, RegistryError> {
        let current = read(&store, None).await?;
        Ok(Self { store: Some(store), current: RwLock::new(current), looked_at: AtomicI64::new(0) })
    }

    /// A registry that never changes, for tests.
    #[must_use]
    pub fn fixed(snapshot: Snapshot) -> Self {
        let current = Current { version: 0, snapshot: Arc::new(snapshot) };
        Self { store: None, current: RwLock::new(current), looked_at: AtomicI64::new(0) }
    }

    /// What is registered now. Take it once for a request and keep it.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner).snapshot)
    }

    /// Look at the version at most once a second, and read everything again if it moved: how a change that another node
    /// made arrives here. `now` in milliseconds since the epoch. Where the store fails the old snapshot stays.
    pub async fn refresh_if_changed(&self, now: i64) {
        let looked_at = self.looked_at.load(Ordering::Relaxed);
        let mine = is_due(looked_at, now)
            && self.looked_at.compare_exchange(looked_at, now, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if !mine {
            return;
        }
        // A store that does not answer holds up nobody who asks for what is in memory.
        let refreshed = match tokio::time::timeout(PATIENCE, self.is_current()).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => self.refresh().await,
            Ok(Err(error)) => Err(error),
            Err(late) => Err(StoreError::Unavailable(late.into()).into()),
        };
        if let Err(error) = refreshed {
            tracing::warn!(%error, "the registry could not be read again; going on with what was read before");
        }
    }

    /// Whether [`Registry::refresh_if_changed`] would look at the version now.
    #[must_use]
    pub fn is_due(&self, now: i64) -> bool {
        is_due(self.looked_at.load(Ordering::Relaxed), now)
    }

    /// Whether nothing changed since it was read.
    async fn is_current(&self) -> Result<bool, RegistryError> {
        let Some(store) = &self.store else { return Ok(true) };
        let version = store.versions().await?;
        Ok(self.current.read().unwrap_or_else(PoisonError::into_inner).version == version)
    }

    /// Read everything again if the version moved: after a change on this node.
    ///
    /// # Errors
    /// When the store cannot be read; the old snapshot stays.
    pub async fn refresh(&self) -> Result<(), RegistryError> {
        let Some(store) = &self.store else { return Ok(()) };
        let version = store.versions().await?;
        let (known, old) = {
            let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
            (current.version, Arc::clone(&current.snapshot))
        };
        if version != known {
            let read = read(store, Some(&old)).await?;
            let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
            if read.version >= current.version {
                *current = read;
            }
        }
        Ok(())
    }
}

/// A second has gone by. A clock that was moved back counts as that.
fn is_due(looked_at: i64, now: i64) -> bool {
    !(looked_at..looked_at.saturating_add(1000)).contains(&now)
}

async fn read(store: &Store, old: Option<&Snapshot>) -> Result<Current, RegistryError> {
    // The version first: a change between the two reads then shows at the next look.
    let version = store.versions().await?;
    let snapshot = load::snapshot(store, old).await?;
    for problem in &snapshot.problems {
        tracing::error!(%problem, "a flow was left out");
    }
    Ok(Current { version, snapshot: Arc::new(snapshot) })
}

/// Everything registered, at one moment. Handlers take one snapshot and keep it for the whole request.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// All tenants, in the order of their names.
    pub tenants: Vec<Arc<Tenant>>,
    /// Why flows were left out.
    pub problems: Vec<Problem>,
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
