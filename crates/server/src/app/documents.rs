//! A cache of discovery documents and key sets, by request URL.
//!
//! Applications request these far more often than they change. Each entry belongs to one version of its tenant: any
//! change of the tenant invalidates it.

use bytes::Bytes;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, Weak};
use vestibule_tenant::origin::OriginRef;
use vestibule_tenant::registry::{Registry, Tenant};

/// Maximum number of cached paths, about 2 KiB each. At the limit, the cache is cleared.
const MOST_PATHS: usize = 8192;

/// The cache, with one entry for each path and origin. The caller decides which paths are cached.
#[derive(Default)]
pub struct DocumentCache(RwLock<HashMap<String, Vec<Entry>>>);

struct Entry {
    origin: OriginRef,
    tenant: Weak<Tenant>,
    document: CachedDocument,
}

/// A cached response body.
#[derive(Clone)]
pub enum CachedDocument {
    /// The text of a discovery document.
    Discovery(Bytes),
    /// The key set of the tenant with this id; [`vestibule_tenant::keys::Keys`] has its text.
    Keys(String),
}

impl DocumentCache {
    /// Caches the response for `path` at `origin`, as `tenant` has it. Nothing is cached if the tenant has been
    /// replaced since.
    pub fn insert(
        &self,
        registry: &Registry,
        tenant: &Arc<Tenant>,
        origin: &OriginRef,
        path: &str,
        document: CachedDocument,
    ) {
        if !is_current(registry, tenant) {
            return;
        }
        let mut by_path = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if by_path.len() >= MOST_PATHS && !by_path.contains_key(path) {
            by_path.clear();
        }
        let of_path = by_path.entry(path.to_owned()).or_default();
        of_path.retain(|entry| !Arc::ptr_eq(&entry.origin, origin));
        of_path.push(Entry { origin: Arc::clone(origin), tenant: Arc::downgrade(tenant), document });
    }

    /// Returns the cached response for `path` at `origin`, if its tenant is still the same.
    #[must_use]
    pub fn get(&self, registry: &Registry, origin: &OriginRef, path: &str) -> Option<CachedDocument> {
        let by_path = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let entry = by_path.get(path)?.iter().find(|entry| Arc::ptr_eq(&entry.origin, origin))?;
        is_current(registry, &entry.tenant.upgrade()?).then(|| entry.document.clone())
    }
}

/// Returns true if the tenant has not changed since it was read.
fn is_current(registry: &Registry, tenant: &Arc<Tenant>) -> bool {
    registry.tenant_at_hand(&tenant.id).is_some_and(|current| Arc::ptr_eq(&current, tenant))
}
