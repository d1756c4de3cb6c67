//! The tenants by all of their names. Each is loaded at its first request.

use super::flows::Shared;
use super::load::{self, Loaded};
use super::{RegistryError, Tenant};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::{Mutex, MutexGuard};
use vestibule_store::{Store, TenantHead};

/// The tenants at one point in time.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Ordered by the tenants' names.
    slots: Vec<Arc<Slot>>,
    /// By short name, domain and GUID, all in lower case.
    named: HashMap<String, Arc<Slot>>,
}

/// A tenant that exists, loaded or not.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) head: TenantHead,
    loaded: RwLock<Option<Loaded>>,
    /// Held by the task that loads it; the others wait for the result.
    turn: Mutex<()>,
    /// The number of failed loads.
    failures: AtomicU64,
}

impl Index {
    /// An index of these tenants. Those that `old` has under the same names stay loaded.
    pub(super) fn new(heads: Vec<TenantHead>, old: &Self) -> Self {
        let slot = |head: TenantHead| old.same(&head).unwrap_or_else(|| Arc::new(Slot::new(head, None)));
        Self::of_slots(heads.into_iter().map(slot).collect())
    }

    /// An index of loaded tenants.
    pub(super) fn of_tenants(tenants: Vec<Arc<Tenant>>) -> Self {
        let slot = |tenant: Arc<Tenant>| {
            let head = TenantHead {
                id: tenant.id.clone(),
                name: tenant.name.clone(),
                domain: tenant.domain.clone(),
                version: 0,
            };
            Arc::new(Slot::new(head, Some(Loaded { version: 0, tenant })))
        };
        Self::of_slots(tenants.into_iter().map(slot).collect())
    }

    fn of_slots(slots: Vec<Arc<Slot>>) -> Self {
        let mut named = HashMap::with_capacity(slots.len() * 3);
        for slot in &slots {
            for name in [&slot.head.name, &slot.head.domain, &slot.head.id] {
                named.entry(name.to_ascii_lowercase()).or_insert_with(|| Arc::clone(slot));
            }
        }
        Self { slots, named }
    }

    /// The existing slot of this tenant, if none of its names changed.
    fn same(&self, head: &TenantHead) -> Option<Arc<Slot>> {
        let slot = self.named(&head.id)?;
        let is_same = slot.head.id == head.id && slot.head.name == head.name && slot.head.domain == head.domain;
        is_same.then(|| Arc::clone(slot))
    }

    /// The tenant with this name, domain or GUID, ignoring case.
    pub(super) fn named(&self, name: &str) -> Option<&Arc<Slot>> {
        self.named.get(&name.to_ascii_lowercase())
    }

    pub(super) fn slots(&self) -> &[Arc<Slot>] {
        &self.slots
    }
}

impl Slot {
    fn new(head: TenantHead, loaded: Option<Loaded>) -> Self {
        Self { head, loaded: RwLock::new(loaded), turn: Mutex::default(), failures: AtomicU64::new(0) }
    }

    pub(super) fn loaded(&self) -> Option<Loaded> {
        self.loaded.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn tenant(&self) -> Option<Arc<Tenant>> {
        self.loaded.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(|loaded| Arc::clone(&loaded.tenant))
    }

    pub(super) fn set(&self, loaded: Option<Loaded>) {
        *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = loaded;
    }

    /// The right to load this tenant, unless another task is loading it.
    pub(super) fn try_turn(&self) -> Option<MutexGuard<'_, ()>> {
        self.turn.try_lock().ok()
    }

    /// Returns the tenant, loading it if necessary; `None` if it was deleted. `count` is called for each load.
    pub(super) async fn get(
        &self,
        store: Option<&Store>,
        shared: &Arc<Shared>,
        count: impl FnOnce(&Tenant),
    ) -> Result<Option<Arc<Tenant>>, RegistryError> {
        if let Some(tenant) = self.tenant() {
            return Ok(Some(tenant));
        }
        let failures = self.failures.load(Ordering::Relaxed);
        let _turn = self.turn.lock().await;
        if let (None, Some(store)) = (self.tenant(), store) {
            if self.failures.load(Ordering::Relaxed) != failures {
                // Fail here, because otherwise all tasks that wait for a hanging store would try one after another.
                return Err(RegistryError::Unread(self.head.name.clone()));
            }
            // Boxed, because few requests load a tenant, and the others should not carry the state for it.
            let loaded = Box::pin(load::tenant(store, shared, &self.head.id)).await;
            let failed = |_: &RegistryError| {
                self.failures.fetch_add(1, Ordering::Relaxed);
            };
            let loaded = loaded.inspect_err(failed)?;
            if let Some(loaded) = &loaded {
                count(&loaded.tenant);
            }
            self.set(loaded);
        }
        Ok(self.tenant())
    }
}
