//! Updates a loaded tenant: reads only the objects that changed.

use super::load::{self, Loaded};
use super::records::application;
use super::{Counters, RegistryError, Tenant};
use std::collections::BTreeMap;
use std::sync::Arc;
use vestibule_store::{ObjectKey, ObjectKind, Since, Store};

/// Up to this number, changed objects are read individually; a tenant with more changes is reloaded.
const MOST_OBJECTS: i64 = 32;
/// Up to this number, changed applications are read individually, with five queries each.
const FEW_APPLICATIONS: usize = 4;

/// A tenant after its changes.
pub(super) struct Followed {
    /// `None` if the tenant was deleted.
    pub(super) loaded: Option<Loaded>,
    /// True if its names may have changed.
    pub(super) is_renamed: bool,
}

/// Reads what changed in the tenant since it was loaded.
pub(super) async fn follow(store: &Store, old: &Loaded, counters: &Counters) -> Result<Followed, RegistryError> {
    let id = &old.tenant.id;
    match store.changes_since(id, old.version, MOST_OBJECTS).await? {
        Since::Objects { version, objects } => {
            let mut change = Change { store, tenant: Tenant::clone(&old.tenant), counters };
            let is_there = change.apply(&objects).await?;
            let is_renamed = objects.iter().any(|object| object.kind() == ObjectKind::Tenant);
            let loaded = is_there.then(|| Loaded { version, tenant: Arc::new(change.tenant) });
            Ok(Followed { loaded, is_renamed })
        }
        Since::Everything { .. } => {
            let loaded = load::tenant(store, &old.tenant.shared, id).await?;
            if let Some(loaded) = &loaded {
                counters.tenant(&loaded.tenant);
            }
            Ok(Followed { loaded, is_renamed: true })
        }
    }
}

/// A tenant that is being updated.
struct Change<'a> {
    store: &'a Store,
    tenant: Tenant,
    counters: &'a Counters,
}

impl Change<'_> {
    /// Returns false if the tenant was deleted.
    async fn apply(&mut self, objects: &[ObjectKey]) -> Result<bool, RegistryError> {
        let mut by_kind: BTreeMap<ObjectKind, Vec<&str>> = BTreeMap::new();
        for object in objects {
            by_kind.entry(object.kind()).or_default().push(object.id());
        }
        for (kind, ids) in by_kind {
            match kind {
                ObjectKind::Tenant if !self.settings().await? => return Ok(false),
                ObjectKind::Application => self.applications(&ids).await?,
                ObjectKind::Flow => self.flows(&ids).await?,
                ObjectKind::CustomAttribute => self.attributes().await?,
                ObjectKind::Policy => self.policies().await?,
                // The registry does not hold key containers.
                ObjectKind::Tenant | ObjectKind::KeyContainer => {}
            }
        }
        Ok(true)
    }

    /// Returns false if the tenant was deleted.
    async fn settings(&mut self) -> Result<bool, RegistryError> {
        let Some(record) = self.store.tenant_by_id(&self.tenant.id).await? else { return Ok(false) };
        let head = load::of_record(record.record)?;
        let is_moved = head.domain != self.tenant.domain;
        let Tenant { name, domain, display_name, settings, .. } = head;
        self.tenant = Tenant { name, domain, display_name, settings, ..self.tenant.clone() };
        if is_moved {
            self.compile_again();
        }
        Ok(true)
    }

    async fn applications(&mut self, ids: &[&str]) -> Result<(), RegistryError> {
        self.counters.applications(ids.len());
        if ids.len() > FEW_APPLICATIONS {
            self.tenant.applications = load::applications(self.store, &self.tenant.id).await?;
            return Ok(());
        }
        for id in ids {
            let key = id.to_ascii_lowercase();
            match self.store.application(&self.tenant.id, id).await? {
                Some(rows) => drop(self.tenant.applications.insert(key, Arc::new(application(rows)?))),
                None => drop(self.tenant.applications.remove(&key)),
            }
        }
        Ok(())
    }

    async fn flows(&mut self, names: &[&str]) -> Result<(), RegistryError> {
        for name in names {
            let key = name.to_ascii_lowercase();
            match self.store.flow(&self.tenant.id, name).await? {
                Some(row) => drop(self.tenant.flows.insert(key, load::user_flow(row.record)?)),
                None => drop(self.tenant.flows.remove(&key)),
            }
        }
        Ok(())
    }

    async fn attributes(&mut self) -> Result<(), RegistryError> {
        self.tenant.attributes = load::attributes(self.store, &self.tenant.id).await?.into();
        self.compile_again();
        Ok(())
    }

    async fn policies(&mut self) -> Result<(), RegistryError> {
        // Any of them may build on the policy that changed.
        self.tenant.flows.retain(|_, flow| !flow.is_custom_policy());
        self.tenant.flows.extend(load::custom_policies(self.store, &self.tenant.id).await?);
        Ok(())
    }

    /// Marks every flow for compilation, because the result may differ now.
    fn compile_again(&mut self) {
        for flow in self.tenant.flows.values_mut() {
            *flow = Arc::new(flow.renewed());
        }
    }
}
