//! Management: the one set of functions that changes anything registered.
//!
//! The portal, commands, configuration file and APIs are translations onto this module; none of them contains rules of
//! its own. Every change names its [`Actor`]. A change of registrations is validated as a whole ([`Refusals`] name each
//! field) and written in one transaction with its audit entries and new versions; users are rows of their own
//! ([`Users`]). A caller can require the version that it read, so that two administrators never overwrite each other's
//! changes silently.
//!
//! ```text
//! Registrations (read) ─► edit ─► Registrations (wanted) ─► changes, rules ─► rows ─► Store::commit
//! ```

mod actor;
mod administration;
mod administrators;
mod applications;
mod attributes;
mod audit;
mod change;
mod flows;
mod key_containers;
mod permissions;
mod policies;
mod refusal;
mod registrations;
mod rows;
mod rules;
mod signing_keys;
mod tenants;
mod users;

pub use actor::Actor;
pub use administration::{AdminTenant, PORTAL_FLOW, SIGNED_IN_PATH};
pub use administrators::{
    AcceptError, Administrator, Administrators, Invitation, NewAdministrator, Right, Role, SHORTEST_PASSWORD,
};
pub use applications::{NewCertificate, NewSecretOptions};
pub use audit::AuditFilter;
pub use change::{Action, Change, FieldChange, kind_name};
pub use flows::flow_name;
pub use key_containers::{ContainerValue, LONGEST_SECRET, NewContainerKey};
pub use refusal::{Refusal, Refusals};
pub use registrations::{CustomPolicy, Registrations, TenantFields};
pub use rules::{MOST_POLICY_BYTES, check_policies};
pub use signing_keys::{KeyState, RevokeError, Revoked, SigningKeyInfo};
pub use users::Users;

pub(crate) use registrations::default_domain;
pub(crate) use rules::application::{LONGEST_DESCRIPTION, MOST_CREDENTIALS, is_same, offered};

use crate::clock::{Clock, Random};
use crate::keys::KeysError;
use crate::registry::{RegistryError, names};
use registrations::Loaded;
use serde_json::json;
use vestibule_journey::Problem;
use vestibule_store::{AppliedFile, AuditRecord, ChangeSet, Committed, ObjectKey, ObjectKind, Store, StoreError};

/// The number of tries of a change if others change the tenant at the same time.
const TRIES: usize = 20;

/// Changes registrations on behalf of one actor. Clones share the store.
#[derive(Clone, Debug)]
pub struct Manage {
    store: Store,
    clock: Clock,
    random: Random,
    actor: Actor,
}

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub enum ManageError {
    /// The change breaks rules; contains every violation.
    #[error(transparent)]
    Refused(#[from] Refusals),
    /// The object does not exist.
    #[error("there is no {} {}", kind_name(.0.kind()), .0.id())]
    NotFound(ObjectKey),
    /// The object's version is not the one the caller read: it was changed in between.
    #[error("the {} {} was changed by somebody else; read it again, then repeat the change", kind_name(.object.kind()), .object.id())]
    Stale {
        /// The object.
        object: ObjectKey,
        /// Its current version; 0 if it no longer exists.
        version: i64,
    },
    /// The tenant's name, domain or id belongs to another tenant.
    #[error("another tenant has this name, domain or id")]
    Taken,
    /// The tenant's keys cannot be used, usually because the master key is a different one.
    #[error(transparent)]
    Keys(KeysError),
    /// The registrations cannot be read, or the store failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

impl From<StoreError> for ManageError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Taken,
            error => Self::Registry(error.into()),
        }
    }
}

/// The version of an object that the caller read; `None` accepts any version.
pub type IfVersion = Option<i64>;

/// A change that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// The changes; empty if nothing differed.
    pub changes: Vec<Change>,
    /// The new version of each object that changed.
    pub versions: Vec<(ObjectKey, i64)>,
}

impl Done {
    /// The new version of the object, if it changed.
    #[must_use]
    pub fn version_of(&self, kind: ObjectKind, id: &str) -> Option<i64> {
        let object = ObjectKey::new(kind, id);
        self.versions.iter().find(|(known, _)| *known == object).map(|(_, version)| *version)
    }
}

/// A change that passed every rule but is not written yet; a plan prints it.
#[derive(Debug)]
pub struct Prepared {
    /// The change.
    pub changes: Vec<Change>,
    /// Warnings, for example about a key container that a policy refers to and the tenant does not have yet.
    pub warnings: Vec<Problem>,
    set: ChangeSet,
}

impl Manage {
    /// Management on behalf of `actor`.
    #[must_use]
    pub fn new(store: Store, clock: Clock, random: Random, actor: Actor) -> Self {
        Self { store, clock, random, actor }
    }

    /// The actor of the changes.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// All registrations of the tenant with this id; a tenant that does not exist has an empty name.
    ///
    /// # Errors
    /// [`ManageError::Registry`]
    pub async fn registrations(&self, tenant: &str) -> Result<Registrations, ManageError> {
        Ok(Loaded::read(&self.store, tenant).await?.registrations)
    }

    /// The same, with the version of one object: 0 if it does not exist.
    ///
    /// # Errors
    /// [`ManageError::Registry`]
    pub async fn registrations_with(
        &self,
        tenant: &str,
        kind: ObjectKind,
        id: &str,
    ) -> Result<(Registrations, i64), ManageError> {
        let loaded = Loaded::read(&self.store, tenant).await?;
        let version = loaded.version_of(&ObjectKey::new(kind, id));
        Ok((loaded.registrations, version))
    }

    /// Check a change of a tenant without making it. `edit` gets the tenant as it is; a new tenant begins empty.
    ///
    /// # Errors
    /// [`ManageError::Refused`] with all violations, or an error of the store.
    pub async fn prepare<E>(&self, tenant: &str, edit: E) -> Result<Prepared, ManageError>
    where
        E: FnOnce(&mut Registrations) -> Result<(), ManageError>,
    {
        let loaded = Loaded::read(&self.store, tenant).await?;
        self.prepared(&loaded, edit)
    }

    /// Makes a prepared change. `file` is the configuration file that it comes from, if any.
    ///
    /// # Errors
    /// [`ManageError::Stale`] if the tenant has changed since, or an error of the store.
    pub async fn commit(&self, prepared: &Prepared, file: Option<AppliedFile>) -> Result<Done, ManageError> {
        let set = ChangeSet { applied_file: file, ..prepared.set.clone() };
        if prepared.changes.is_empty() && set.applied_file.is_none() {
            return Ok(Done { changes: Vec::new(), versions: Vec::new() });
        }
        match self.store.commit(&set).await? {
            Committed::Done { objects, .. } => {
                let versions = objects.into_iter().map(|changed| (changed.object, changed.version)).collect();
                Ok(Done { changes: prepared.changes.clone(), versions })
            }
            Committed::Unchanged => Ok(Done { changes: Vec::new(), versions: Vec::new() }),
            Committed::Stale { object, version } => Err(ManageError::Stale { object, version }),
        }
    }

    /// Changes a tenant: reads, edits, checks and writes, and starts over if others changed it at the same time. With
    /// `if_version`, the change succeeds only while that object has that version.
    async fn change<E>(&self, tenant: &str, if_version: Option<(ObjectKey, i64)>, edit: E) -> Result<Done, ManageError>
    where
        E: Fn(&mut Registrations) -> Result<(), ManageError>,
    {
        let mut last = ObjectKey::new(ObjectKind::Tenant, tenant);
        for _ in 0..TRIES {
            let loaded = Loaded::read(&self.store, tenant).await?;
            if let Some((object, wanted)) = &if_version {
                let version = loaded.version_of(object);
                if version != *wanted {
                    return Err(ManageError::Stale { object: object.clone(), version });
                }
            }
            let prepared = self.prepared(&loaded, &edit)?;
            match self.commit(&prepared, None).await {
                Err(ManageError::Stale { object, .. }) => last = object,
                done => return done,
            }
        }
        Err(ManageError::Stale { object: last, version: 0 })
    }

    /// The checked change from `loaded` to the result of `edit`.
    fn prepared<E>(&self, loaded: &Loaded, edit: E) -> Result<Prepared, ManageError>
    where
        E: FnOnce(&mut Registrations) -> Result<(), ManageError>,
    {
        let mut after = loaded.registrations.clone();
        edit(&mut after)?;
        let changes = change::between(&loaded.registrations, &after);
        let mut refused = rules::check(&after, &changes, rules::Among::All);
        let verdict = rules::policies_compiled(&loaded.registrations, &after, &changes);
        refused.extend(verdict.refused);
        if !self.actor.is_operator()
            && loaded.registrations.tenant.settings.outbound_allow != after.tenant.settings.outbound_allow
        {
            refused.push(only_operators(&after.tenant.id));
        }
        let is_built_in = [&loaded.registrations, &after].iter().any(|r| names::is_built_in_tenant(&r.tenant.name));
        if is_built_in && self.actor != Actor::Server {
            refused.push(only_the_server(&after.tenant.id));
        }
        refused.extend(rules::changed_types(&loaded.registrations, &after));
        refused.extend(rules::permissions_of_nothing(&loaded.registrations, &after));
        if !refused.is_empty() {
            return Err(Refusals(refused).into());
        }
        let mut set = rows::change_set(loaded, &after, &changes, self.clock.now());
        set.audit = changes.iter().map(|change| self.entry(&after.tenant.id, change)).collect();
        Ok(Prepared { changes, warnings: verdict.warnings, set })
    }

    /// The audit entry of a change.
    fn entry(&self, tenant: &str, change: &Change) -> AuditRecord {
        let client_id = (change.object.kind() == ObjectKind::Application).then(|| change.object.id().to_owned());
        let detail = json!({ "id": change.object.id(), "name": change.name, "fields": change.fields });
        self.event(tenant, &change.event(), client_id, detail)
    }

    /// An audit entry for any other event.
    fn event(&self, tenant: &str, event: &str, client_id: Option<String>, detail: serde_json::Value) -> AuditRecord {
        let now = self.clock.now();
        AuditRecord {
            id: self.random.uuid_at(now),
            tenant: tenant.to_owned(),
            at: now,
            event: event.to_owned(),
            outcome: "success".to_owned(),
            client_id,
            object_id: None,
            correlation_id: self.actor.correlation_id().map(str::to_owned),
            detail: detail.to_string(),
            actor: Some(self.actor.to_json()),
            count: 1,
        }
    }
}

/// All violations in these registrations by themselves, for a file that is checked without a store. The caller has to
/// find names that two objects share, since it knows their lines.
#[must_use]
pub fn refusals(registrations: &Registrations) -> Vec<Refusal> {
    let nothing = Registrations::default();
    rules::check(registrations, &change::between(&nothing, registrations), rules::Among::Named)
}

/// A flow or application of somebody's own in the administrators' tenant could make sessions of administrators.
fn only_the_server(tenant: &str) -> Refusal {
    Refusal {
        object: ObjectKey::new(ObjectKind::Tenant, tenant),
        field: "name".to_owned(),
        why: "this tenant is built in, and only the server itself changes it".to_owned(),
    }
}

/// Anyone who may open private networks to a tenant's policies could read what only the operator's machines may read.
fn only_operators(tenant: &str) -> Refusal {
    Refusal {
        object: ObjectKey::new(ObjectKind::Tenant, tenant),
        field: "outbound_allow".to_owned(),
        why: "only the operator may change \"outbound_allow\", in the configuration file or on the command line"
            .to_owned(),
    }
}

/// Returns the object, or `NotFound`.
fn found<T>(object: Option<T>, kind: ObjectKind, id: &str) -> Result<T, ManageError> {
    object.ok_or_else(|| ManageError::NotFound(ObjectKey::new(kind, id)))
}

/// Removes the first match from a list.
fn taken<T>(list: &mut Vec<T>, matches: impl Fn(&T) -> bool) -> Option<T> {
    list.iter().position(matches).map(|index| list.remove(index))
}

/// The requirement that an object still has the version that the caller read.
fn demand(kind: ObjectKind, id: &str, version: IfVersion) -> Option<(ObjectKey, i64)> {
    version.map(|version| (ObjectKey::new(kind, id), version))
}
