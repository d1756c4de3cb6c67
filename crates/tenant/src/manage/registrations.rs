//! Everything that is registered in one tenant, as plain values: the state before and after a change.

use crate::registry::key_container::KeyContainer;
use crate::registry::records::{application, body};
use crate::registry::{Application, RegistryError, TenantSettings};
use std::collections::BTreeMap;
use vestibule_journey::flow::{CustomAttribute, FlowSettings};
use vestibule_store::{ObjectKey, ObjectKind, Store};

/// The registrations of a tenant. Changes edit these values; the rules and the store's rows are computed from them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registrations {
    /// The tenant itself.
    pub tenant: TenantFields,
    /// Custom attributes, by name.
    pub attributes: BTreeMap<String, CustomAttribute>,
    /// User flows, by lower-case name.
    pub flows: BTreeMap<String, FlowSettings>,
    /// Custom policies, by lower-case PolicyId.
    pub policies: BTreeMap<String, CustomPolicy>,
    /// Applications, by client id.
    pub applications: BTreeMap<String, Application>,
    /// Key containers, by name.
    pub key_containers: BTreeMap<String, KeyContainer>,
}

/// A tenant's own fields, without its registrations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TenantFields {
    /// Tenant id: a GUID in lower case; never changes.
    pub id: String,
    /// Short name: `contoso`.
    pub name: String,
    /// Domain: `contoso.onmicrosoft.com`.
    pub domain: String,
    /// Display name.
    pub display_name: String,
    /// Settings of the whole tenant.
    pub settings: TenantSettings,
}

impl TenantFields {
    /// A new tenant of this id and short name, with the domain and settings that follow.
    #[must_use]
    pub fn named(id: &str, name: &str) -> Self {
        let (id, name) = (id.to_owned(), name.to_owned());
        Self { id, domain: default_domain(&name), display_name: name.clone(), name, ..Self::default() }
    }
}

/// The domain of a tenant that was given none.
pub(crate) fn default_domain(name: &str) -> String {
    format!("{name}.onmicrosoft.com")
}

/// A custom policy file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomPolicy {
    /// PolicyId as written: `B2C_1A_signup_signin`.
    pub id: String,
    /// The file's text.
    pub xml: String,
}

/// Registrations as read from the store, with their versions.
#[derive(Clone, Debug, Default)]
pub(super) struct Loaded {
    pub(super) registrations: Registrations,
    /// The version of the tenant's registrations; 0 if there is no tenant with this id.
    pub(super) version: i64,
    /// The version of each object.
    pub(super) versions: BTreeMap<ObjectKey, i64>,
}

impl Loaded {
    /// Reads a tenant. One that does not exist has no registrations and version 0.
    ///
    /// # Errors
    /// Fails if the store fails or contains an unreadable record.
    pub(super) async fn read(store: &Store, tenant: &str) -> Result<Self, RegistryError> {
        // Read the version first: a change made between the reads then makes the commit stale.
        let version = store.version(tenant).await?;
        let mut loaded = Self { version, ..Self::default() };
        loaded.registrations.tenant.id = tenant.to_owned();
        if let Some(row) = store.tenant_by_id(tenant).await? {
            loaded.note(ObjectKind::Tenant, tenant, row.version);
            let row = row.record;
            loaded.registrations.tenant = TenantFields {
                settings: body("tenant", &row.name, &row.body)?,
                id: row.id,
                name: row.name,
                domain: row.domain,
                display_name: row.display_name,
            };
            loaded.read_parts(store, tenant).await?;
        }
        Ok(loaded)
    }

    async fn read_parts(&mut self, store: &Store, tenant: &str) -> Result<(), RegistryError> {
        for row in store.custom_attributes(tenant).await? {
            self.note(ObjectKind::CustomAttribute, &row.record.name, row.version);
            let attribute = body("attribute", &row.record.name, &row.record.body)?;
            self.registrations.attributes.insert(row.record.name, attribute);
        }
        for row in store.flows(tenant).await? {
            self.note(ObjectKind::Flow, &row.record.name, row.version);
            let settings = body("flow", &row.record.name, &row.record.body)?;
            self.registrations.flows.insert(row.record.name.to_lowercase(), settings);
        }
        for row in store.policies(tenant).await? {
            self.note(ObjectKind::Policy, &row.record.id, row.version);
            let policy = CustomPolicy { id: row.record.id, xml: row.record.xml };
            self.registrations.policies.insert(policy.id.to_lowercase(), policy);
        }
        for row in store.registrations(tenant).await? {
            self.note(ObjectKind::Application, &row.application.client_id, row.version);
            let application = application(row)?;
            self.registrations.applications.insert(application.client_id.clone(), application);
        }
        for row in store.key_containers(tenant).await? {
            self.note(ObjectKind::KeyContainer, &row.record.name, row.version);
            let container: KeyContainer = body("key container", &row.record.name, &row.record.body)?;
            let container = KeyContainer { name: row.record.name.clone(), ..container };
            self.registrations.key_containers.insert(row.record.name, container);
        }
        Ok(())
    }

    fn note(&mut self, kind: ObjectKind, id: &str, version: i64) {
        self.versions.insert(ObjectKey::new(kind, id), version);
    }

    /// The version of an object; 0 if it does not exist.
    pub(super) fn version_of(&self, object: &ObjectKey) -> i64 {
        self.versions.get(object).copied().unwrap_or(0)
    }
}

impl Registrations {
    /// The application with this client id.
    #[must_use]
    pub fn application(&self, client_id: &str) -> Option<&Application> {
        self.applications.get(&client_id.to_ascii_lowercase())
    }

    /// The application with this name (ignoring case), client id, or Application ID URI.
    #[must_use]
    pub fn application_named(&self, named: &str) -> Option<&Application> {
        let is = |a: &&Application| a.name.eq_ignore_ascii_case(named) || a.app_id_uri.as_deref() == Some(named);
        self.application(named).or_else(|| self.applications.values().find(is))
    }
}
