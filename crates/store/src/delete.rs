//! Deletes the rows of a tenant's configuration within a transaction.

use super::conn::Conn;
use super::error::Result;
use super::sql::{Sql, sql, sql_of};
use super::{Delete, ObjectKey, ObjectKind, PermissionKind, grants};

impl Delete {
    /// Returns true if this may delete many thousands of rows.
    pub(super) fn is_long(&self) -> bool {
        matches!(self, Self::Tenant | Self::Application(_))
    }
}

/// Deletes the row, and returns the object that it belonged to if it existed.
pub(super) async fn row(conn: &mut Conn<'_>, tenant: &str, row: &Delete) -> Result<Option<ObjectKey>> {
    match row {
        Delete::Tenant => delete_tenant(conn, tenant).await,
        Delete::Application(client_id) => {
            grants::delete_of_application(conn, tenant, client_id).await?;
            object(conn, tenant, ObjectKind::Application, client_id).await
        }
        Delete::Credential(id) => {
            let statement = sql("DELETE FROM credentials WHERE tenant = $1 AND id = $2 RETURNING client_id");
            let owner: Option<String> = statement.bind(tenant).bind(id).one(conn).await?;
            Ok(owner.map(|client_id| ObjectKey::new(ObjectKind::Application, &client_id)))
        }
        Delete::Scope { client_id, name } => part(conn, scope(tenant, client_id, name), client_id).await,
        Delete::AppRole { client_id, value } => part(conn, app_role(tenant, client_id, value), client_id).await,
        Delete::Permission { client_id, resource, value, kind } => {
            part(conn, permission(tenant, client_id, resource, value, *kind), client_id).await
        }
        Delete::Flow(name) => object(conn, tenant, ObjectKind::Flow, name).await,
        Delete::CustomAttribute(name) => object(conn, tenant, ObjectKind::CustomAttribute, name).await,
        Delete::Policy(id) => object(conn, tenant, ObjectKind::Policy, id).await,
        Delete::KeyContainer(name) => object(conn, tenant, ObjectKind::KeyContainer, name).await,
    }
}

/// Deletes an object.
async fn object(conn: &mut Conn<'_>, tenant: &str, kind: ObjectKind, id: &str) -> Result<Option<ObjectKey>> {
    let object = ObjectKey::new(kind, id);
    let statement = match kind {
        ObjectKind::Tenant => "DELETE FROM tenants WHERE id = $1 AND id = $2",
        ObjectKind::Application => "DELETE FROM applications WHERE tenant = $1 AND client_id = $2",
        ObjectKind::Flow => "DELETE FROM flows WHERE tenant = $1 AND name_lower = $2",
        ObjectKind::CustomAttribute => "DELETE FROM custom_attributes WHERE tenant = $1 AND name = $2",
        ObjectKind::Policy => "DELETE FROM policies WHERE tenant = $1 AND id_lower = $2",
        ObjectKind::KeyContainer => "DELETE FROM key_containers WHERE tenant = $1 AND name = $2",
    };
    let deleted = sql(statement).bind(tenant).bind(object.id()).run(conn).await?;
    Ok((deleted > 0).then_some(object))
}

/// Deletes a part of an application.
async fn part(conn: &mut Conn<'_>, statement: Sql, client_id: &str) -> Result<Option<ObjectKey>> {
    let deleted = statement.run(conn).await?;
    Ok((deleted > 0).then(|| ObjectKey::new(ObjectKind::Application, client_id)))
}

fn scope(tenant: &str, client_id: &str, name: &str) -> Sql {
    let statement = sql("DELETE FROM scopes WHERE tenant = $1 AND client_id = $2 AND name = $3");
    statement.bind(tenant).bind(client_id).bind(name)
}

fn app_role(tenant: &str, client_id: &str, value: &str) -> Sql {
    let statement = sql("DELETE FROM app_roles WHERE tenant = $1 AND client_id = $2 AND value = $3");
    statement.bind(tenant).bind(client_id).bind(value)
}

fn permission(tenant: &str, client_id: &str, resource: &str, value: &str, kind: PermissionKind) -> Sql {
    sql("DELETE FROM permissions
         WHERE tenant = $1 AND client_id = $2 AND resource = $3 AND value = $4 AND kind = $5")
    .bind(tenant)
    .bind(client_id)
    .bind(resource)
    .bind(value)
    .bind(kind)
}

/// The tables with a tenant's rows: codes and refresh tokens go with their grants, identities and devices with their
/// users, and so on. The audit log is not among them, as its entries last as long as all others.
const OF_TENANT: [&str; 17] = [
    "administrators",
    "invitations",
    "users",
    "applications",
    "applied_files",
    "budgets",
    "client_assertions",
    "custom_attributes",
    "flows",
    "grants",
    "key_containers",
    "lockouts",
    "outbox",
    "policies",
    "sessions",
    "signing_keys",
    "changes",
];

/// Deletes everything that belongs to the tenant. Of its changes only the deletion itself is left, which
/// [`commit`](super::commit) adds: a node that missed earlier changes looks for the tenant and finds that it is gone.
async fn delete_tenant(conn: &mut Conn<'_>, tenant: &str) -> Result<Option<ObjectKey>> {
    let Some(object) = object(conn, tenant, ObjectKind::Tenant, tenant).await? else { return Ok(None) };
    for table in OF_TENANT {
        let statement = sql_of(format!("DELETE FROM {table} WHERE tenant = $1"));
        statement.at_length().bind(tenant).run(conn).await?;
    }
    Ok(Some(object))
}
