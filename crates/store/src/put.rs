//! Creates and changes the rows of a tenant's configuration within a transaction.
//!
//! Each statement changes its row only if a value differs; a new time of the last change alone does not count. A new
//! object gets the tenant's version before the change, and is then incremented by one like every other changed object.

use super::conn::Conn;
use super::error::{Result, StoreError};
use super::sql::{Sql, sql};
use super::{
    AppRoleRecord, ApplicationRecord, CredentialRecord, CustomAttributeRecord, FlowRecord, KeyContainerRecord,
    ObjectKey, ObjectKind, PermissionRecord, PolicyRecord, Put, Retirement, ScopeRecord, SigningKeyRecord,
    TenantRecord,
};

/// Writes the row and returns the object that it belongs to if anything changed. `version` is the tenant's version so
/// far.
pub(super) async fn row(conn: &mut Conn<'_>, row: &Put, version: i64) -> Result<Option<ObjectKey>> {
    let statement = match row {
        Put::Credential(record) => {
            let is_changed = put_credential(conn, record).await?;
            return Ok(is_changed.then(|| row.object()));
        }
        Put::Tenant(record) => tenant(record, version),
        Put::Application(record) => application(record, version),
        Put::Scope(record) => scope(record),
        Put::AppRole(record) => app_role(record),
        Put::Permission(record) => permission(record),
        Put::Flow(record) => flow(record, version),
        Put::CustomAttribute(record) => custom_attribute(record, version),
        Put::Policy(record) => policy(record, version),
        Put::KeyContainer(record) => key_container(record, version),
        Put::SigningKey(record) => signing_key(record),
    };
    Ok((statement.run(conn).await? > 0).then(|| row.object()))
}

fn tenant(record: &TenantRecord, version: i64) -> Sql {
    sql("INSERT INTO tenants (id, name, domain, display_name, body, version) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, domain = excluded.domain,
           display_name = excluded.display_name, body = excluded.body
         WHERE tenants.name <> excluded.name OR tenants.domain <> excluded.domain
           OR tenants.display_name <> excluded.display_name OR tenants.body <> excluded.body")
    .bind(&record.id)
    .bind(&record.name)
    .bind(&record.domain)
    .bind(&record.display_name)
    .bind(&record.body)
    .bind(version)
}

fn application(record: &ApplicationRecord, version: i64) -> Sql {
    sql("INSERT INTO applications (tenant, client_id, name, body, updated_at, version)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (tenant, client_id) DO UPDATE SET name = excluded.name, body = excluded.body,
           updated_at = excluded.updated_at
         WHERE applications.name <> excluded.name OR applications.body <> excluded.body")
    .bind(&record.tenant)
    .bind(&record.client_id)
    .bind(&record.name)
    .bind(&record.body)
    .bind(record.updated_at)
    .bind(version)
}

/// Returns `Conflict` if another application has a credential with this id.
async fn put_credential(conn: &mut Conn<'_>, record: &CredentialRecord) -> Result<bool> {
    let owner: Option<String> = credential(record).one(conn).await?;
    match owner {
        None => Ok(false),
        Some(client_id) if client_id == record.client_id => Ok(true),
        Some(_) => Err(StoreError::Conflict),
    }
}

fn credential(record: &CredentialRecord) -> Sql {
    sql("INSERT INTO credentials (tenant, id, client_id, kind, hash, hint, description, created_at, expires_at,
           certificate) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (tenant, id) DO UPDATE SET kind = excluded.kind, hash = excluded.hash, hint = excluded.hint,
           description = excluded.description, expires_at = excluded.expires_at, certificate = excluded.certificate
         WHERE credentials.client_id <> excluded.client_id OR credentials.kind <> excluded.kind
           OR credentials.hash <> excluded.hash OR credentials.hint <> excluded.hint
           OR credentials.description <> excluded.description
           OR credentials.expires_at IS DISTINCT FROM excluded.expires_at
           OR credentials.certificate IS DISTINCT FROM excluded.certificate
         RETURNING client_id")
    .bind(&record.tenant)
    .bind(&record.id)
    .bind(&record.client_id)
    .bind(record.kind)
    .bind(&record.hash)
    .bind(&record.hint)
    .bind(&record.description)
    .bind(record.created_at)
    .bind(record.expires_at)
    .bind(&record.certificate)
}

fn scope(record: &ScopeRecord) -> Sql {
    sql("INSERT INTO scopes (tenant, client_id, name, body, enabled) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (tenant, client_id, name) DO UPDATE SET body = excluded.body, enabled = excluded.enabled
         WHERE scopes.body <> excluded.body OR scopes.enabled <> excluded.enabled")
    .bind(&record.tenant)
    .bind(&record.client_id)
    .bind(&record.name)
    .bind(&record.body)
    .bind(record.enabled)
}

fn app_role(record: &AppRoleRecord) -> Sql {
    sql("INSERT INTO app_roles (tenant, client_id, value, body) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant, client_id, value) DO UPDATE SET body = excluded.body
         WHERE app_roles.body <> excluded.body")
    .bind(&record.tenant)
    .bind(&record.client_id)
    .bind(&record.value)
    .bind(&record.body)
}

fn permission(record: &PermissionRecord) -> Sql {
    sql("INSERT INTO permissions (tenant, client_id, resource, value, kind, consented_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (tenant, client_id, resource, value, kind) DO UPDATE SET consented_at = excluded.consented_at
         WHERE permissions.consented_at IS DISTINCT FROM excluded.consented_at")
    .bind(&record.tenant)
    .bind(&record.client_id)
    .bind(&record.resource)
    .bind(&record.value)
    .bind(record.kind)
    .bind(record.consented_at)
}

fn flow(record: &FlowRecord, version: i64) -> Sql {
    sql("INSERT INTO flows (tenant, name_lower, name, body, updated_at, version) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (tenant, name_lower) DO UPDATE SET name = excluded.name, body = excluded.body,
           updated_at = excluded.updated_at
         WHERE flows.name <> excluded.name OR flows.body <> excluded.body")
    .bind(&record.tenant)
    .bind(&record.name.to_lowercase())
    .bind(&record.name)
    .bind(&record.body)
    .bind(record.updated_at)
    .bind(version)
}

fn custom_attribute(record: &CustomAttributeRecord, version: i64) -> Sql {
    sql("INSERT INTO custom_attributes (tenant, name, body, version) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant, name) DO UPDATE SET body = excluded.body
         WHERE custom_attributes.body <> excluded.body")
    .bind(&record.tenant)
    .bind(&record.name)
    .bind(&record.body)
    .bind(version)
}

fn policy(record: &PolicyRecord, version: i64) -> Sql {
    sql("INSERT INTO policies (tenant, id_lower, id, xml, updated_at, version) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (tenant, id_lower) DO UPDATE SET id = excluded.id, xml = excluded.xml,
           updated_at = excluded.updated_at
         WHERE policies.id <> excluded.id OR policies.xml <> excluded.xml")
    .bind(&record.tenant)
    .bind(&record.id.to_lowercase())
    .bind(&record.id)
    .bind(&record.xml)
    .bind(record.updated_at)
    .bind(version)
}

fn key_container(record: &KeyContainerRecord, version: i64) -> Sql {
    sql("INSERT INTO key_containers (tenant, name, body, updated_at, version) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (tenant, name) DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at
         WHERE key_containers.body <> excluded.body")
    .bind(&record.tenant)
    .bind(&record.name)
    .bind(&record.body)
    .bind(record.updated_at)
    .bind(version)
}

fn signing_key(record: &SigningKeyRecord) -> Sql {
    sql("INSERT INTO signing_keys (tenant, kid, container, private_key, public_jwk, created_at, use_from, retire_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
    .bind(&record.tenant)
    .bind(&record.kid)
    .bind(&record.container)
    .bind(&record.private_key)
    .bind(&record.public_jwk)
    .bind(record.created_at)
    .bind(record.use_from)
    .bind(record.retire_at)
}

/// Sets when the signing key leaves the key set, and returns its container if anything changed.
pub(super) async fn retire(conn: &mut Conn<'_>, tenant: &str, end: &Retirement) -> Result<Option<ObjectKey>> {
    let container: Option<String> = sql("UPDATE signing_keys SET retire_at = $3
         WHERE tenant = $1 AND kid = $2 AND retire_at IS DISTINCT FROM $3 RETURNING container")
    .bind(tenant)
    .bind(&end.kid)
    .bind(end.retire_at)
    .one(conn)
    .await?;
    Ok(container.map(|name| ObjectKey::new(ObjectKind::KeyContainer, &name)))
}
