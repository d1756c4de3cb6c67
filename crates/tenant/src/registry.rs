//! The registry: tenants, flows and applications in memory, looked up on every request.
//!
//! A start reads the names of the tenants and nothing else. A tenant is read at its first request, a policy is
//! compiled at its first use, and afterwards only changed objects are read again. A [`Tenant`] is immutable: a change
//! makes a new one, and a request that holds the old one finishes with it.

pub mod application;
pub mod certificate;
mod changes;
pub mod credential;
mod flows;
mod index;
pub mod key_container;
mod load;
pub mod names;
mod policy_cache;
pub(crate) mod records;
pub mod redirect_uri;
pub mod tenant;

pub use application::{
    AppRole, Application, Credential, CredentialKind, OpenidProfile, Permission, PermissionKind, Scope, SecretCheck,
};
pub use certificate::{Certificate, CertificateError};
pub use flows::RegisteredFlow;
pub(crate) use flows::policy_options;
pub use redirect_uri::{Platform, RedirectUri};
pub use tenant::{Flow, Tenant, TenantSettings};

use crate::trouble::{News, Trouble};
use flows::Shared;
use index::{Index, Slot};
use policy_cache::POLICY_CACHE_BYTES;
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use vestibule_journey::Problem;
use vestibule_store::{Store, StoreError, TenantHead, TenantVersion};

/// The registry of a running server: one for all requests.
#[derive(Debug)]
pub struct Registry {
    /// `None` if the registrations never change.
    store: Option<Store>,
    shared: Arc<Shared>,
    index: RwLock<Arc<Index>>,
    /// Held by the task that looks for changes, so that only one does so at a time.
    versions: tokio::sync::Mutex<Versions>,
    /// When changes were last looked for, in milliseconds since the epoch.
    looked_at: AtomicI64,
    /// The failed checks for changes that were logged, until one succeeds.
    trouble: Trouble,
    counters: Counters,
}

/// The versions of all tenants, as last seen.
#[derive(Debug, Default)]
struct Versions {
    of: HashMap<String, i64>,
    /// Their sum.
    total: i64,
    /// True if names may have changed since they were read.
    is_renamed: bool,
}

/// Counters of the registry since the start.
#[derive(Debug, Default)]
struct Counters {
    looks: AtomicU64,
    tenants: AtomicU64,
    applications: AtomicU64,
}

impl Counters {
    fn tenant(&self, tenant: &Tenant) {
        self.tenants.fetch_add(1, Ordering::Relaxed);
        self.applications(tenant.applications.len());
    }

    fn applications(&self, count: usize) {
        self.applications.fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

/// Counters of the registry's work since the start, and the size of its cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RegistryCounts {
    /// The number of queries for changes.
    pub looks: u64,
    /// Tenants that were loaded completely.
    pub tenants_read: u64,
    /// Applications that were loaded, with their tenant or individually.
    pub applications_read: u64,
    /// Policies that were compiled.
    pub policies_compiled: u64,
    /// Compiled policies in the cache.
    pub policies_cached: usize,
    /// The estimated size of those policies, in bytes.
    pub policy_bytes: usize,
}

/// Why the registry could not be read.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A record does not have the format that this program writes.
    #[error("the {what} in the store cannot be read: {cause}")]
    Unreadable {
        /// Which record: `application 6f1c…`.
        what: String,
        /// The parse error.
        cause: serde_json::Error,
    },
    /// Another request tried to load the tenant while this one waited, and failed.
    #[error("the tenant {0} could not be read just now")]
    Unread(String),
    /// The compiler failed.
    #[error("the policy {flow} could not be compiled: {cause}")]
    Compiling {
        /// The name of the user flow or custom policy.
        flow: String,
        /// The cause.
        cause: tokio::task::JoinError,
    },
}

/// The timeout of a check for changes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(1);

impl Registry {
    /// The registry of this store. Reads the names of the tenants, in one query.
    ///
    /// # Errors
    /// Fails if the store cannot be read.
    pub async fn load(store: Store) -> Result<Self, RegistryError> {
        Self::load_with(store, POLICY_CACHE_BYTES).await
    }

    /// Like [`Registry::load`], with a different limit for the cache of compiled policies, in bytes.
    ///
    /// # Errors
    /// Fails if the store cannot be read.
    pub async fn load_with(store: Store, policy_cache_bytes: usize) -> Result<Self, RegistryError> {
        let heads = store.tenant_heads().await?;
        let of: HashMap<_, _> = heads.iter().map(|head| (head.id.clone(), head.version)).collect();
        let versions = Versions { total: of.values().sum(), of, is_renamed: false };
        let index = Index::new(heads, &Index::default());
        Ok(Self::new(Some(store), policy_cache_bytes, index, versions))
    }

    /// A registry that never changes, for tests.
    #[must_use]
    pub fn fixed(snapshot: Snapshot) -> Self {
        Self::new(None, POLICY_CACHE_BYTES, Index::of_tenants(snapshot.tenants), Versions::default())
    }

    fn new(store: Option<Store>, policy_cache_bytes: usize, index: Index, versions: Versions) -> Self {
        Self {
            shared: Arc::new(Shared::new(store.clone(), policy_cache_bytes)),
            store,
            index: RwLock::new(Arc::new(index)),
            versions: tokio::sync::Mutex::new(versions),
            looked_at: AtomicI64::new(0),
            trouble: Trouble::default(),
            counters: Counters::default(),
        }
    }

    /// The tenant in a URL, given by name (`contoso`), domain (`contoso.onmicrosoft.com`) or GUID, ignoring case. It is
    /// loaded if this is its first request; concurrent requests for the same tenant wait for a single load. Look it up
    /// once per request and keep it.
    ///
    /// # Errors
    /// Fails if the tenant cannot be read.
    pub async fn tenant(&self, named: &str) -> Result<Option<Arc<Tenant>>, RegistryError> {
        match self.index().named(named) {
            Some(slot) => self.get(slot).await,
            None => Ok(None),
        }
    }

    /// The same, but only if the tenant is already loaded.
    #[must_use]
    pub fn tenant_at_hand(&self, named: &str) -> Option<Arc<Tenant>> {
        self.index().named(named)?.tenant()
    }

    /// The names of all tenants but the built-in ones, in their order.
    #[must_use]
    pub fn heads(&self) -> Vec<TenantHead> {
        let heads = self.index().slots().iter().map(|slot| slot.head.clone()).collect::<Vec<_>>();
        heads.into_iter().filter(|head| !names::is_built_in_tenant(&head.name)).collect()
    }

    /// The GUIDs of all tenants.
    #[must_use]
    pub fn tenant_ids(&self) -> Vec<String> {
        self.index().slots().iter().map(|slot| slot.head.id.clone()).collect()
    }

    /// Everything that is registered, but for the built-in tenants: reads every tenant. For commands that list, never
    /// for a request.
    ///
    /// # Errors
    /// Fails if a tenant cannot be read.
    pub async fn everything(&self) -> Result<Snapshot, RegistryError> {
        let mut snapshot = Snapshot::default();
        let index = self.index();
        for slot in index.slots().iter().filter(|slot| !names::is_built_in_tenant(&slot.head.name)) {
            snapshot.tenants.extend(self.get(slot).await?);
        }
        Ok(snapshot)
    }

    /// Counters of the registry's work, and the size of its cache.
    #[must_use]
    pub fn counts(&self) -> RegistryCounts {
        let (policies_cached, policy_bytes) = self.shared.cache.len();
        RegistryCounts {
            looks: self.counters.looks.load(Ordering::Relaxed),
            tenants_read: self.counters.tenants.load(Ordering::Relaxed),
            applications_read: self.counters.applications.load(Ordering::Relaxed),
            policies_compiled: self.shared.cache.compiled(),
            policies_cached,
            policy_bytes,
        }
    }

    /// Looks for changes made by other nodes, at most once a second. `now` is in milliseconds since the epoch. One
    /// request runs the query while the others continue; if the store fails, the loaded data stays.
    pub async fn refresh_if_changed(&self, now: i64) {
        let looked_at = self.looked_at.load(Ordering::Relaxed);
        let mine = is_due(looked_at, now)
            && self.looked_at.compare_exchange(looked_at, now, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        let (Some(store), true) = (&self.store, mine) else { return };
        // Another task is looking for changes, and its result covers this one, too.
        let Ok(mut versions) = self.versions.try_lock() else { return };
        // A store that does not answer must not delay requests that can be served from memory. What was read before the
        // timeout is kept.
        let looked = tokio::time::timeout(PATIENCE, Box::pin(self.look(store, &mut versions))).await;
        self.report(looked.unwrap_or_else(|late| Err(StoreError::Unavailable(late.into()).into())));
    }

    /// Returns true if [`Registry::refresh_if_changed`] would look for changes now.
    #[must_use]
    pub fn is_due(&self, now: i64) -> bool {
        is_due(self.looked_at.load(Ordering::Relaxed), now)
    }

    /// Looks for changes now: after a change on this node.
    ///
    /// # Errors
    /// Fails if the store cannot be read; the loaded data stays.
    pub async fn refresh(&self) -> Result<(), RegistryError> {
        let Some(store) = &self.store else { return Ok(()) };
        let mut versions = self.versions.lock().await;
        Box::pin(self.look(store, &mut versions)).await
    }

    fn index(&self) -> Arc<Index> {
        Arc::clone(&self.index.read().unwrap_or_else(PoisonError::into_inner))
    }

    async fn get(&self, slot: &Slot) -> Result<Option<Arc<Tenant>>, RegistryError> {
        slot.get(self.store.as_ref(), &self.shared, |tenant| self.counters.tenant(tenant)).await
    }

    /// Queries which tenants changed, and updates those that are loaded. A tenant that cannot be read does not block
    /// the others, and is retried the next time.
    async fn look(&self, store: &Store, versions: &mut Versions) -> Result<(), RegistryError> {
        self.counters.looks.fetch_add(1, Ordering::Relaxed);
        let (index, mut failure) = (self.index(), None);
        let all = store.tenant_versions_above(versions.total).await?;
        let moved = all.into_iter().filter(|v| versions.of.get(&v.tenant) != Some(&v.version));
        for moved in moved.collect::<Vec<_>>() {
            match self.follow(store, &index, &moved.tenant).await {
                // Note each tenant as it is done, so that after a timeout the next check continues with the remaining
                // tenants.
                Ok(Some(renamed)) => {
                    versions.is_renamed |= renamed;
                    versions.note(moved);
                }
                Ok(None) => {}
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        if versions.is_renamed {
            self.read_names(store).await?;
            versions.is_renamed = false;
        }
        failure.map_or(Ok(()), Err)
    }

    async fn read_names(&self, store: &Store) -> Result<(), RegistryError> {
        let new = Index::new(store.tenant_heads().await?, &self.index());
        *self.index.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
        Ok(())
    }

    /// Updates a tenant if it is loaded. Returns whether names may have changed, or `None` if a request is loading the
    /// tenant at the moment, which may take long; the next check then tries again.
    async fn follow(&self, store: &Store, index: &Index, tenant: &str) -> Result<Option<bool>, RegistryError> {
        let Some(slot) = index.named(tenant) else { return Ok(Some(true)) };
        let Some(_turn) = slot.try_turn() else { return Ok(None) };
        // A tenant that is not loaded has nothing to update.
        let Some(old) = slot.loaded() else { return Ok(Some(true)) };
        let followed = changes::follow(store, &old, &self.counters).await?;
        slot.set(followed.loaded);
        Ok(Some(followed.is_renamed))
    }

    /// Logs a failure once, again when it changes, and when it is over.
    fn report(&self, looked: Result<(), RegistryError>) {
        match self.trouble.note(looked.err().map(|error| error.to_string())) {
            News::Cause(error) => {
                tracing::warn!(error, "the registry could not be read again; going on with what was read before");
            }
            News::Over => tracing::info!("the registry can be read again"),
            News::None => {}
        }
    }
}

impl Versions {
    fn note(&mut self, moved: TenantVersion) {
        self.total += moved.version;
        self.total -= self.of.insert(moved.tenant, moved.version).unwrap_or(0);
    }
}

/// Returns true if a second has passed, or the clock was set back.
fn is_due(looked_at: i64, now: i64) -> bool {
    !(looked_at..looked_at.saturating_add(1000)).contains(&now)
}

/// All registrations at one point in time.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// All tenants, ordered by name.
    pub tenants: Vec<Arc<Tenant>>,
}

impl Snapshot {
    /// The tenant with this name, domain or GUID, as in [`Registry::tenant`].
    #[must_use]
    pub fn tenant(&self, named: &str) -> Option<Arc<Tenant>> {
        let is = |text: &str| text.eq_ignore_ascii_case(named);
        self.tenants.iter().find(|t| is(&t.name) || is(&t.domain) || is(&t.id)).cloned()
    }

    /// The problems of flows that do not compile; compiles every flow.
    ///
    /// # Errors
    /// The same as [`Tenant::flow`].
    pub async fn problems(&self) -> Result<Vec<Problem>, RegistryError> {
        let mut problems = Vec::new();
        for tenant in &self.tenants {
            problems.extend(tenant.problems().await?);
        }
        Ok(problems)
    }
}
