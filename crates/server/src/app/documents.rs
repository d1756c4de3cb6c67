//! A cache of discovery documents and key sets, by the address that they were asked at.
//!
//! Applications ask for them far more often than they change. All entries belong to one snapshot of the registry: a new
//! snapshot empties the cache.

use bytes::Bytes;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use vestibule_tenant::origin::OriginRef;
use vestibule_tenant::registry::Snapshot;

/// The cache. It holds one entry for each path and origin; the caller decides which paths may enter.
#[derive(Default)]
pub struct DocumentCache(RwLock<Entries>);

#[derive(Default)]
struct Entries {
    snapshot: Option<Arc<Snapshot>>,
    /// By path; for each path, one document per origin.
    by_path: HashMap<String, Vec<(OriginRef, CachedDocument)>>,
}

/// The body that an address answers with.
#[derive(Clone)]
pub enum CachedDocument {
    /// The text of a discovery document.
    Discovery(Bytes),
    /// The key set of the tenant with this id; [`vestibule_tenant::keys::Keys`] has its text.
    Keys(String),
}

impl DocumentCache {
    /// Stores what `path` at `origin` answers with, as `snapshot` has it.
    pub fn insert(&self, snapshot: &Arc<Snapshot>, origin: &OriginRef, path: &str, document: CachedDocument) {
        let mut entries = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if !entries.is_of(snapshot) {
            *entries = Entries { snapshot: Some(Arc::clone(snapshot)), by_path: HashMap::new() };
        }
        let of_path = entries.by_path.entry(path.to_owned()).or_default();
        of_path.retain(|(known, _)| !Arc::ptr_eq(known, origin));
        of_path.push((Arc::clone(origin), document));
    }

    /// Returns what `path` at `origin` answers with, if it was stored for this snapshot.
    #[must_use]
    pub fn get(&self, snapshot: &Arc<Snapshot>, origin: &OriginRef, path: &str) -> Option<CachedDocument> {
        let entries = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let of_path = entries.by_path.get(path).filter(|_| entries.is_of(snapshot))?;
        of_path.iter().find(|(known, _)| Arc::ptr_eq(known, origin)).map(|(_, document)| document.clone())
    }
}

impl Entries {
    fn is_of(&self, snapshot: &Arc<Snapshot>) -> bool {
        self.snapshot.as_ref().is_some_and(|own| Arc::ptr_eq(own, snapshot))
    }
}
