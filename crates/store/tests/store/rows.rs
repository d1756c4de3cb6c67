//! Rows of a tenant's configuration, for tests of changes.

use crate::ground::*;
use vestibule_store::*;

pub(crate) const FLOW: &str = "B2C_1_signupsignin1";
pub(crate) const CONTAINER: &str = "B2C_1A_TokenSigningKeyContainer";

pub(crate) fn tenant() -> TenantRecord {
    TenantRecord {
        id: TENANT.into(),
        name: "contoso".into(),
        domain: "contoso.onmicrosoft.com".into(),
        display_name: "Contoso".into(),
        body: "{}".into(),
    }
}

pub(crate) fn other_tenant() -> TenantRecord {
    TenantRecord { id: OTHER.into(), name: "fabrikam".into(), domain: "fabrikam.example".into(), ..tenant() }
}

pub(crate) fn flow(name: &str) -> FlowRecord {
    FlowRecord { tenant: TENANT.into(), name: name.into(), body: "{}".into(), updated_at: NOW }
}

pub(crate) fn flow_with(name: &str, body: &str) -> Put {
    Put::Flow(FlowRecord { body: body.into(), ..flow(name) })
}

pub(crate) fn policy(id: &str) -> PolicyRecord {
    PolicyRecord { tenant: TENANT.into(), id: id.into(), xml: "<TrustFrameworkPolicy/>".into(), updated_at: NOW }
}

pub(crate) fn attribute() -> CustomAttributeRecord {
    CustomAttributeRecord { tenant: TENANT.into(), name: "LoyaltyNumber".into(), body: "{}".into() }
}

pub(crate) fn container() -> KeyContainerRecord {
    KeyContainerRecord { tenant: TENANT.into(), name: CONTAINER.into(), body: "sealed".into(), updated_at: NOW }
}

pub(crate) fn signing_key(kid: &str) -> SigningKeyRecord {
    SigningKeyRecord {
        tenant: TENANT.into(),
        kid: kid.into(),
        container: CONTAINER.into(),
        private_key: "sealed".into(),
        public_jwk: "{}".into(),
        created_at: NOW,
        use_from: NOW,
        retire_at: None,
    }
}

pub(crate) fn credential(id: &str) -> CredentialRecord {
    CredentialRecord {
        tenant: TENANT.into(),
        id: id.into(),
        client_id: APP.into(),
        kind: CredentialKind::Secret,
        hash: "hash".into(),
        hint: "abc".into(),
        description: "first".into(),
        created_at: NOW,
        expires_at: None,
        certificate: None,
    }
}

pub(crate) fn scope(name: &str) -> ScopeRecord {
    ScopeRecord { tenant: TENANT.into(), client_id: APP.into(), name: name.into(), body: "{}".into(), enabled: true }
}

pub(crate) fn role() -> AppRoleRecord {
    AppRoleRecord { tenant: TENANT.into(), client_id: APP.into(), value: "tasks.manage".into(), body: "{}".into() }
}

pub(crate) fn permission() -> PermissionRecord {
    PermissionRecord {
        tenant: TENANT.into(),
        client_id: APP.into(),
        resource: "https://contoso.onmicrosoft.com/tasks-api".into(),
        value: "tasks.read".into(),
        kind: PermissionKind::Delegated,
        consented_at: None,
    }
}

pub(crate) fn application_key() -> ObjectKey {
    ObjectKey::new(ObjectKind::Application, APP)
}

pub(crate) fn flow_key(name: &str) -> ObjectKey {
    ObjectKey::new(ObjectKind::Flow, name)
}

/// An empty change of the tenant.
pub(crate) fn change() -> ChangeSet {
    ChangeSet::new(TENANT)
}

/// A change that puts one row of each kind.
pub(crate) fn everything() -> ChangeSet {
    change()
        .put(Put::Credential(credential("secret")))
        .put(Put::Scope(scope("tasks.read")))
        .put(Put::AppRole(role()))
        .put(Put::Permission(permission()))
        .put(Put::Application(application()))
        .put(Put::Tenant(tenant()))
        .put(Put::Flow(flow(FLOW)))
        .put(Put::CustomAttribute(attribute()))
        .put(Put::Policy(policy("B2C_1A_signin")))
        .put(Put::KeyContainer(container()))
        .put(Put::SigningKey(signing_key("key")))
}

/// The tenant's new version, and the versions of the objects that changed.
pub(crate) fn done(committed: Committed) -> (i64, Vec<i64>) {
    let Committed::Done { version, objects } = committed else { panic!("{committed:?}") };
    (version, objects.into_iter().map(|changed| changed.version).collect())
}
