//! Changes for other nodes: the versions of all tenants, and the objects that changed since a given version.

use super::error::Result;
use super::sql::{Column, Record, Row, record, sql};
use super::{ObjectKey, Store};
use std::collections::BTreeSet;

/// A tenant's version, which increases with each change to its configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantVersion {
    /// The tenant's GUID. A deleted tenant keeps its version.
    pub tenant: String,
    /// The version of its configuration.
    pub version: i64,
}
record!(TenantVersion { tenant, version });

/// The names by which a tenant is looked up without being loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantHead {
    /// The tenant's GUID.
    pub id: String,
    /// The short name, as in `contoso`.
    pub name: String,
    /// The domain, as in `contoso.onmicrosoft.com`.
    pub domain: String,
    /// The version of the tenant's configuration, as returned by [`Store::version`].
    pub version: i64,
}
record!(TenantHead { id, name, domain, version });

/// The changes in a tenant since a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Since {
    /// These objects changed or were deleted; empty if the version is the same.
    Objects {
        /// The tenant's current version.
        version: i64,
        /// Each object once, ordered by kind and id.
        objects: Vec<ObjectKey>,
    },
    /// Anything may have changed: there are too many changes, the version is too old, or an older version of the
    /// program wrote to the tenant.
    Everything {
        /// The tenant's current version.
        version: i64,
    },
}

/// A row of `changes`.
struct ChangeRow {
    version: i64,
    object: ObjectKey,
}

impl Record for ChangeRow {
    fn read(row: &Row<'_>) -> Result<Self> {
        let id = String::column(row, "id")?;
        let object = ObjectKey::new(Column::column(row, "kind")?, &id);
        Ok(Self { version: Column::column(row, "version")?, object })
    }
}

impl Store {
    /// Returns the changes in the tenant since `version`, unless there are more than `limit`. Load the objects
    /// after this call: the next call returns the changes made in between.
    pub async fn changes_since(&self, tenant: &str, version: i64, limit: i64) -> Result<Since> {
        let now = self.version(tenant).await?;
        let mut conn = self.read().await?;
        let rows: Vec<ChangeRow> = sql("SELECT version, kind, id FROM changes
             WHERE tenant = $1 AND version > $2 AND version <= $3 ORDER BY version LIMIT $4")
        .bind(tenant)
        .bind(version)
        .bind(now)
        .bind(limit.saturating_add(1))
        .all(&mut conn)
        .await?;
        let is_too_much = i64::try_from(rows.len()).unwrap_or(i64::MAX) > limit;
        if is_too_much || !is_gapless(&rows, version, now) {
            return Ok(Since::Everything { version: now });
        }
        let objects: BTreeSet<ObjectKey> = rows.into_iter().map(|row| row.object).collect();
        Ok(Since::Objects { version: now, objects: objects.into_iter().collect() })
    }

    /// Every tenant's version if their sum exceeds `total`, the sum that the caller knows; otherwise an empty list.
    pub async fn tenant_versions_above(&self, total: i64) -> Result<Vec<TenantVersion>> {
        let mut conn = self.read().await?;
        sql("SELECT tenant, version FROM versions WHERE (SELECT SUM(version) FROM versions) > $1 ORDER BY tenant")
            .bind(total)
            .all(&mut conn)
            .await
    }

    /// Every tenant, ordered by name, with its lookup names: a single query for a server that loads tenants on demand.
    pub async fn tenant_heads(&self) -> Result<Vec<TenantHead>> {
        let mut conn = self.read().await?;
        sql("SELECT tenants.id, tenants.name, tenants.domain, COALESCE(versions.version, 0) AS version
             FROM tenants LEFT JOIN versions ON versions.tenant = tenants.id ORDER BY tenants.name")
        .all(&mut conn)
        .await
    }
}

/// Returns true if the rows cover every version after `from` up to `to`.
fn is_gapless(rows: &[ChangeRow], from: i64, to: i64) -> bool {
    let versions: BTreeSet<i64> = rows.iter().map(|row| row.version).collect();
    i64::try_from(versions.len()).is_ok_and(|count| count == to - from)
}
