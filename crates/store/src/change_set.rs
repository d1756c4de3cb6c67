//! A change to a tenant's configuration: plain data that [`Store::commit`](super::Store::commit) writes atomically.

use super::sql::text_enum;
use super::{
    AppRoleRecord, ApplicationRecord, AuditRecord, CredentialRecord, CustomAttributeRecord, FlowRecord,
    KeyContainerRecord, PermissionKind, PermissionRecord, PolicyRecord, ScopeRecord, SigningKeyRecord, TenantRecord,
};

text_enum! {
    /// A kind of object that has a version of its own.
    pub enum ObjectKind {
        /// A tenant.
        Tenant = "tenant",
        /// An application with its credentials, scopes, app roles and permissions.
        Application = "application",
        /// A user flow.
        Flow = "flow",
        /// A custom user attribute.
        CustomAttribute = "customAttribute",
        /// A custom policy file.
        Policy = "policy",
        /// A key container, with the signing keys that belong to it.
        KeyContainer = "keyContainer",
    }
}

/// Names an object within its tenant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey {
    kind: ObjectKind,
    id: String,
}

impl ObjectKey {
    /// The object of this kind. `id` is the tenant's GUID, the application's client id, the policy's id, or otherwise
    /// the name. Names of user flows and ids of policies ignore case, so they are kept in lower case.
    #[must_use]
    pub fn new(kind: ObjectKind, id: &str) -> Self {
        let ignores_case = matches!(kind, ObjectKind::Flow | ObjectKind::Policy);
        Self { kind, id: if ignores_case { id.to_lowercase() } else { id.to_owned() } }
    }

    /// The kind of object.
    #[must_use]
    pub fn kind(&self) -> ObjectKind {
        self.kind
    }

    /// The id, as explained at [`ObjectKey::new`].
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// A row to create, or to change if it exists and differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Put {
    /// The tenant itself.
    Tenant(TenantRecord),
    /// An application; its credentials, scopes, app roles and permissions are rows of their own.
    Application(ApplicationRecord),
    /// A credential of an application.
    Credential(CredentialRecord),
    /// A scope that an application offers.
    Scope(ScopeRecord),
    /// An app role that an application offers.
    AppRole(AppRoleRecord),
    /// A permission that an application requests.
    Permission(PermissionRecord),
    /// A user flow.
    Flow(FlowRecord),
    /// A custom user attribute.
    CustomAttribute(CustomAttributeRecord),
    /// A custom policy.
    Policy(PolicyRecord),
    /// A key container.
    KeyContainer(KeyContainerRecord),
    /// A new signing key. A `kid` that exists is a conflict: keys are never changed, see [`Retirement`].
    SigningKey(SigningKeyRecord),
}

impl Put {
    /// The tenant that the row belongs to.
    pub(super) fn tenant(&self) -> &str {
        match self {
            Self::Tenant(record) => &record.id,
            Self::Application(record) => &record.tenant,
            Self::Credential(record) => &record.tenant,
            Self::Scope(record) => &record.tenant,
            Self::AppRole(record) => &record.tenant,
            Self::Permission(record) => &record.tenant,
            Self::Flow(record) => &record.tenant,
            Self::CustomAttribute(record) => &record.tenant,
            Self::Policy(record) => &record.tenant,
            Self::KeyContainer(record) => &record.tenant,
            Self::SigningKey(record) => &record.tenant,
        }
    }

    /// The object whose version covers the row.
    #[must_use]
    pub fn object(&self) -> ObjectKey {
        let application = |client_id: &str| ObjectKey::new(ObjectKind::Application, client_id);
        match self {
            Self::Tenant(record) => ObjectKey::new(ObjectKind::Tenant, &record.id),
            Self::Application(record) => application(&record.client_id),
            Self::Credential(record) => application(&record.client_id),
            Self::Scope(record) => application(&record.client_id),
            Self::AppRole(record) => application(&record.client_id),
            Self::Permission(record) => application(&record.client_id),
            Self::Flow(record) => ObjectKey::new(ObjectKind::Flow, &record.name),
            Self::CustomAttribute(record) => ObjectKey::new(ObjectKind::CustomAttribute, &record.name),
            Self::Policy(record) => ObjectKey::new(ObjectKind::Policy, &record.id),
            Self::KeyContainer(record) => ObjectKey::new(ObjectKind::KeyContainer, &record.name),
            Self::SigningKey(record) => ObjectKey::new(ObjectKind::KeyContainer, &record.container),
        }
    }
}

/// A row to delete. It is neither an error nor a change if it does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delete {
    /// The tenant with everything that belongs to it: configuration, users, sessions, grants, mails. Its audit entries
    /// stay until they expire, and its version is incremented, so that every node notices the deletion.
    Tenant,
    /// The application with this client id, and its credentials, scopes, app roles, permissions and grants.
    Application(String),
    /// The credential with this id.
    Credential(String),
    /// A scope.
    Scope {
        /// The client id of the application that offers it.
        client_id: String,
        /// The scope's name.
        name: String,
    },
    /// An app role.
    AppRole {
        /// The client id of the application that offers it.
        client_id: String,
        /// The role's value.
        value: String,
    },
    /// A permission.
    Permission {
        /// The client id of the application that requests it.
        client_id: String,
        /// Client id or app id URI of the API.
        resource: String,
        /// Name of the scope or value of the role.
        value: String,
        /// Scope or role.
        kind: PermissionKind,
    },
    /// The user flow with this name, ignoring case.
    Flow(String),
    /// The custom attribute with this name. The values stay in the users' bodies.
    CustomAttribute(String),
    /// The policy with this id, ignoring case.
    Policy(String),
    /// The key container with this name. Its signing keys stay.
    KeyContainer(String),
}

/// Sets when a signing key ends. It is neither an error nor a change if the `kid` does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retirement {
    /// The key id.
    pub kid: String,
    /// When it leaves the key set, in milliseconds.
    pub retire_at: i64,
}

/// The version of an object that the caller read and bases the change on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The object. It need not be part of the change.
    pub object: ObjectKey,
    /// Its version; 0 requires that it does not exist.
    pub version: i64,
}

/// A configuration file that was applied to a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedFile {
    /// A hash of its contents.
    pub hash: String,
    /// When it was last applied, in milliseconds.
    pub applied_at: i64,
}

/// A change to one tenant's configuration, written completely or not at all.
///
/// Deletions come first, then puts, each in any order; keys are retired last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeSet {
    /// The tenant's GUID. Every row must belong to this tenant.
    pub tenant: String,
    /// The tenant's version, as returned by [`Store::version`](super::Store::version), that must still be current. Use
    /// it for a change that was checked against everything registered in the tenant.
    pub expects_tenant_version: Option<i64>,
    /// Versions of objects that must still be current.
    pub expects: Vec<Expected>,
    /// Rows to delete.
    pub deletes: Vec<Delete>,
    /// Rows to create or change.
    pub puts: Vec<Put>,
    /// Signing keys to retire.
    pub retire: Vec<Retirement>,
    /// The configuration file that the change comes from; it becomes the last entry of the applied files. This alone
    /// does not count as a change.
    pub applied_file: Option<AppliedFile>,
    /// Audit entries, written with the change.
    pub audit: Vec<AuditRecord>,
    /// Write the audit entries even if nothing changes.
    pub audit_always: bool,
}

impl ChangeSet {
    /// An empty change to the tenant.
    #[must_use]
    pub fn new(tenant: &str) -> Self {
        Self { tenant: tenant.to_owned(), ..Self::default() }
    }

    /// Adds a row to create or change.
    #[must_use]
    pub fn put(mut self, row: Put) -> Self {
        self.puts.push(row);
        self
    }

    /// Adds a row to delete.
    #[must_use]
    pub fn delete(mut self, row: Delete) -> Self {
        self.deletes.push(row);
        self
    }

    /// Requires that the object's version is still `version`; 0 requires that it does not exist.
    #[must_use]
    pub fn expect(mut self, object: ObjectKey, version: i64) -> Self {
        self.expects.push(Expected { object, version });
        self
    }
}

/// An object with its new version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Changed {
    /// The object.
    pub object: ObjectKey,
    /// Its current version; 0 if it no longer exists.
    pub version: i64,
}

/// The outcome of [`Store::commit`](super::Store::commit).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Committed {
    /// The change was written.
    Done {
        /// The tenant's new version.
        version: i64,
        /// Every object that changed, ordered by kind and id.
        objects: Vec<Changed>,
    },
    /// Nothing differed from what the change asks for. No version changed.
    Unchanged,
    /// An object's version differs from the one the caller expects. Nothing was written.
    Stale {
        /// The first such object.
        object: ObjectKey,
        /// Its current version; 0 if it does not exist.
        version: i64,
    },
}
