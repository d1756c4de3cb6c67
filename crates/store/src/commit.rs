//! Writes a change to a tenant's configuration: its rows, versions and audit entries in one transaction.
//!
//! The transaction begins by locking the tenant's row in `versions`. Changes to one tenant therefore run one after
//! another, and their version numbers become visible in order.

use super::conn::Conn;
use super::error::{Result, StoreError};
use super::sql::sql;
use super::{AppliedFile, ChangeSet, Changed, Committed, Delete, Expected, ObjectKey, ObjectKind, Put, Store};
use super::{audit, delete, put};
use std::collections::BTreeSet;

/// The number of a tenant's versions kept in `changes`. A node that is further behind reloads the tenant.
const KEPT_VERSIONS: i64 = 1000;

impl Store {
    /// Writes the change: all of it, or nothing if an object's version differs from the expected one. Only rows that
    /// differ are written, and the version of each changed object increases by one. A new object starts with the
    /// current version of its tenant, so an object that is deleted and created again never gets a version it had
    /// before.
    ///
    /// Returns `Conflict` if a name belongs to another tenant, a signing key or an audit entry exists, or a part's
    /// application does not exist; `Refused` if a row belongs to another tenant.
    pub async fn commit(&self, set: &ChangeSet) -> Result<Committed> {
        if set.puts.iter().any(|row| row.tenant() != set.tenant) {
            return Err(StoreError::Refused);
        }
        if set.deletes.iter().any(Delete::is_long) {
            // This needs a transaction of its own, because it may take longer than others can wait in a shared one.
            let mut tx = self.write().await?;
            let done = write(&mut tx, set).await?;
            tx.commit().await?;
            return Ok(done);
        }
        self.together(set.clone(), |batch, set| Box::pin(write(&mut batch.conn, set))).await
    }
}

/// Writes the change within a transaction.
async fn write(conn: &mut Conn<'_>, set: &ChangeSet) -> Result<Committed> {
    let version = lock(conn, &set.tenant).await?;
    if set.expects_tenant_version.is_some_and(|expected| expected != version) {
        return Ok(Committed::Stale { object: ObjectKey::new(ObjectKind::Tenant, &set.tenant), version });
    }
    for Expected { object, version: expected } in &set.expects {
        let present = version_of(conn, &set.tenant, object).await?.unwrap_or(0);
        if present != *expected {
            return Ok(Committed::Stale { object: object.clone(), version: present });
        }
    }
    let touched = rows(conn, set, version).await?;
    if let Some(file) = &set.applied_file {
        append(conn, &set.tenant, file).await?;
    }
    if !touched.is_empty() || set.audit_always {
        audit::insert(conn, &set.audit).await?;
    }
    if touched.is_empty() {
        return Ok(Committed::Unchanged);
    }
    publish(conn, set, touched).await
}

/// Locks the tenant against other changes until the transaction ends, and returns its version.
async fn lock(conn: &mut Conn<'_>, tenant: &str) -> Result<i64> {
    let version = sql("INSERT INTO versions (tenant, version) VALUES ($1, 0)
         ON CONFLICT (tenant) DO UPDATE SET version = versions.version RETURNING version")
    .bind(tenant)
    .one(conn)
    .await?;
    Ok(version.unwrap_or(0))
}

/// Writes the rows that differ, and returns the objects that changed.
async fn rows(conn: &mut Conn<'_>, set: &ChangeSet, version: i64) -> Result<BTreeSet<ObjectKey>> {
    let mut touched = BTreeSet::new();
    for row in &set.deletes {
        touched.extend(delete::row(conn, &set.tenant, row).await?);
    }
    // Applications come before the rows that refer to them.
    let (applications, rest): (Vec<&Put>, Vec<&Put>) =
        set.puts.iter().partition(|row| matches!(row, Put::Application(_)));
    for row in applications.into_iter().chain(rest) {
        touched.extend(put::row(conn, row, version).await?);
    }
    for end in &set.retire {
        touched.extend(put::retire(conn, &set.tenant, end).await?);
    }
    Ok(touched)
}

/// Increments the versions of the tenant and the objects, and records for every node which objects changed.
async fn publish(conn: &mut Conn<'_>, set: &ChangeSet, touched: BTreeSet<ObjectKey>) -> Result<Committed> {
    let tenant = set.tenant.as_str();
    // Nodes must forget everything about a deleted tenant, even if it is created again before they look. A version
    // without rows in `changes` makes them reload the whole tenant.
    let names_objects = !set.deletes.contains(&Delete::Tenant);
    let moved = sql("UPDATE versions SET version = version + 1 WHERE tenant = $1 RETURNING version");
    let version = moved.bind(tenant).one(conn).await?.unwrap_or(0);
    let mut objects = Vec::with_capacity(touched.len());
    for object in touched {
        if names_objects {
            sql("INSERT INTO changes (tenant, version, kind, id) VALUES ($1, $2, $3, $4)")
                .bind(tenant)
                .bind(version)
                .bind(object.kind())
                .bind(object.id())
                .run(conn)
                .await?;
        }
        let version = advance(conn, tenant, &object).await?.unwrap_or(0);
        objects.push(Changed { object, version });
    }
    let old = sql("DELETE FROM changes WHERE tenant = $1 AND version <= $2");
    old.bind(tenant).bind(version - KEPT_VERSIONS).run(conn).await?;
    Ok(Committed::Done { version, objects })
}

/// The object's version; `None` if it does not exist.
async fn version_of(conn: &mut Conn<'_>, tenant: &str, object: &ObjectKey) -> Result<Option<i64>> {
    let statement = match object.kind() {
        ObjectKind::Tenant => "SELECT version FROM tenants WHERE id = $1 AND id = $2",
        ObjectKind::Application => "SELECT version FROM applications WHERE tenant = $1 AND client_id = $2",
        ObjectKind::Flow => "SELECT version FROM flows WHERE tenant = $1 AND name_lower = $2",
        ObjectKind::CustomAttribute => "SELECT version FROM custom_attributes WHERE tenant = $1 AND name = $2",
        ObjectKind::Policy => "SELECT version FROM policies WHERE tenant = $1 AND id_lower = $2",
        ObjectKind::KeyContainer => "SELECT version FROM key_containers WHERE tenant = $1 AND name = $2",
    };
    sql(statement).bind(tenant).bind(object.id()).one(conn).await
}

/// Increments the object's version; `None` if it does not exist.
async fn advance(conn: &mut Conn<'_>, tenant: &str, object: &ObjectKey) -> Result<Option<i64>> {
    let statement = match object.kind() {
        ObjectKind::Tenant => "UPDATE tenants SET version = version + 1 WHERE id = $1 AND id = $2 RETURNING version",
        ObjectKind::Application => {
            "UPDATE applications SET version = version + 1 WHERE tenant = $1 AND client_id = $2 RETURNING version"
        }
        ObjectKind::Flow => {
            "UPDATE flows SET version = version + 1 WHERE tenant = $1 AND name_lower = $2 RETURNING version"
        }
        ObjectKind::CustomAttribute => {
            "UPDATE custom_attributes SET version = version + 1 WHERE tenant = $1 AND name = $2 RETURNING version"
        }
        ObjectKind::Policy => {
            "UPDATE policies SET version = version + 1 WHERE tenant = $1 AND id_lower = $2 RETURNING version"
        }
        ObjectKind::KeyContainer => {
            "UPDATE key_containers SET version = version + 1 WHERE tenant = $1 AND name = $2 RETURNING version"
        }
    };
    sql(statement).bind(tenant).bind(object.id()).one(conn).await
}

/// Makes the file the last entry of the applied files.
async fn append(conn: &mut Conn<'_>, tenant: &str, file: &AppliedFile) -> Result<()> {
    let last: Option<String> = sql("SELECT hash FROM applied_files WHERE tenant = $1 ORDER BY position DESC LIMIT 1")
        .bind(tenant)
        .one(conn)
        .await?;
    if last.as_ref() == Some(&file.hash) {
        return Ok(());
    }
    sql("DELETE FROM applied_files WHERE tenant = $1 AND hash = $2").bind(tenant).bind(&file.hash).run(conn).await?;
    sql("INSERT INTO applied_files (tenant, position, hash, applied_at)
         SELECT $1, COALESCE(MAX(position), 0) + 1, $2, $3 FROM applied_files WHERE tenant = $1")
    .bind(tenant)
    .bind(&file.hash)
    .bind(file.applied_at)
    .run(conn)
    .await
    .map(drop)
}
