//! A change of a tenant's configuration: plain data that [`Store::commit`](super::Store::commit) writes as a whole.

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
    /// The object of that kind: `id` is the tenant's GUID, the application's client id, the policy's id, else the name.
    /// Names of user flows and ids of policies are compared without regard to case, so they are kept in lower case.
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
    /// A permission that an application asks for.
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

    /// The object whose version counts the row.
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

/// A row to delete. One that does not exist is no error and no change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delete {
    /// The tenant with everything that belongs to it: configuration, users, sessions, grants, mails. Its audit entries
    /// stay until they expire, and its version is incremented, so that every node notices the deletion.
    Tenant,
    /// The application of that client id, with its credentials, scopes, app roles, permissions and grants.
    Application(String),
    /// The credential of that id.
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
        /// The client id of the application that asks for it.
        client_id: String,
        /// Client id or app id URI of the API.
        resource: String,
        /// Name of the scope or value of the role.
        value: String,
        /// Scope or role.
        kind: PermissionKind,
    },
    /// The user flow of that name, in any case.
    Flow(String),
    /// The custom attribute of that name. The values that users hold stay in their bodies.
    CustomAttribute(String),
    /// The policy of that id, in any case.
    Policy(String),
    /// The key container of that name. Signing keys of the container stay.
    KeyContainer(String),
}

/// The end of a signing key. A `kid` that does not exist is no error and no change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retirement {
    /// The key id.
    pub kid: String,
    /// When it leaves the key set, milliseconds.
    pub retire_at: i64,
}

/// The version of an object that the caller read and bases the change on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The object. It need not be part of the change.
    pub object: ObjectKey,
    /// Its version; 0 demands that it does not exist.
    pub version: i64,
}

/// A configuration file that was applied to a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedFile {
    /// A hash of its content.
    pub hash: String,
    /// When it was applied last, milliseconds.
    pub applied_at: i64,
}

/// A change of one tenant's configuration, which is written as a whole or not at all.
///
/// Rows are deleted first, then put, in any order that the caller likes; then keys are retired.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeSet {
    /// The tenant's GUID. Every row must be of this tenant.
    pub tenant: String,
    /// The tenant's version that must still be the present one, as [`Store::version`](super::Store::version) tells: for
    /// a change that is checked against everything that is registered in the tenant.
    pub expects_tenant_version: Option<i64>,
    /// Versions of objects that must still be the present ones.
    pub expects: Vec<Expected>,
    /// Rows to delete.
    pub deletes: Vec<Delete>,
    /// Rows to create or change.
    pub puts: Vec<Put>,
    /// Signing keys that end.
    pub retire: Vec<Retirement>,
    /// The configuration file that the change comes from; it becomes the last of those applied. That alone is no
    /// change.
    pub applied_file: Option<AppliedFile>,
    /// Audit entries, written with the change.
    pub audit: Vec<AuditRecord>,
    /// Write the audit entries even if nothing changes.
    pub audit_always: bool,
}

impl ChangeSet {
    /// An empty change of the tenant.
    #[must_use]
    pub fn new(tenant: &str) -> Self {
        Self { tenant: tenant.to_owned(), ..Self::default() }
    }

    /// Add a row to create or change.
    #[must_use]
    pub fn put(mut self, row: Put) -> Self {
        self.puts.push(row);
        self
    }

    /// Add a row to delete.
    #[must_use]
    pub fn delete(mut self, row: Delete) -> Self {
        self.deletes.push(row);
        self
    }

    /// Demand that the object's version is still `version`; 0 demands that it does not exist.
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
    /// Its version now; 0 if it no longer exists.
    pub version: i64,
}

/// The outcome of [`Store::commit`](super::Store::commit).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Committed {
    /// The change is written.
    Done {
        /// The tenant's new version.
        version: i64,
        /// Every object that changed, by kind and id.
        objects: Vec<Changed>,
    },
    /// Everything was already as the change wants it. No version moved.
    Unchanged,
    /// An object has another version than the caller expects. Nothing was written.
    Stale {
        /// The first such object.
        object: ObjectKey,
        /// Its present version; 0 if it does not exist.
        version: i64,
    },
}
