//! Tenants, and the version by which every node notices changes to a tenant's registrations.

use super::Store;
use super::error::Result;
use super::sql::{record, sql};

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantRecord {
    /// The tenant's GUID.
    pub id: String,
    /// The short name, as in `contoso`.
    pub name: String,
    /// The domain, as in `contoso.onmicrosoft.com`.
    pub domain: String,
    /// The display name.
    pub display_name: String,
    /// Settings, as JSON.
    pub body: String,
}
record!(TenantRecord { id, name, domain, display_name, body });

impl Store {
    /// Every tenant, ordered by name.
    pub async fn tenants(&self) -> Result<Vec<TenantRecord>> {
        let mut conn = self.read().await?;
        sql("SELECT id, name, domain, display_name, body FROM tenants ORDER BY name").all(&mut conn).await
    }

    /// The version of the tenant's registrations; 0 before the first change. Read it *before* the lists that it guards:
    /// a change made in between is then noticed by the next check.
    pub async fn version(&self, tenant: &str) -> Result<i64> {
        let mut conn = self.read().await?;
        let version = sql("SELECT version FROM versions WHERE tenant = $1").bind(tenant).one(&mut conn).await?;
        Ok(version.unwrap_or(0))
    }

    /// The sum of the versions of all tenants. It never decreases.
    pub async fn versions(&self) -> Result<i64> {
        let mut conn = self.read().await?;
        let sum = sql("SELECT CAST(COALESCE(SUM(version), 0) AS BIGINT) FROM versions").one(&mut conn).await?;
        Ok(sum.unwrap_or(0))
    }
}
