//! Tenants, and the version that tells every node when a tenant's registrations changed.

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
    /// What people read.
    pub display_name: String,
    /// Settings, JSON.
    pub body: String,
}
record!(TenantRecord { id, name, domain, display_name, body });

impl Store {
    /// Every tenant, by name.
    pub async fn tenants(&self) -> Result<Vec<TenantRecord>> {
        let mut conn = self.read().await?;
        sql("SELECT id, name, domain, display_name, body FROM tenants ORDER BY name").all(&mut conn).await
    }

    /// How often the tenant's registrations changed; 0 before the first. Read it *before* the lists that it guards:
    /// then a change in between shows at the next look.
    pub async fn version(&self, tenant: &str) -> Result<i64> {
        let mut conn = self.read().await?;
        let version = sql("SELECT version FROM versions WHERE tenant = $1").bind(tenant).one(&mut conn).await?;
        Ok(version.unwrap_or(0))
    }

    /// How often the registrations of all tenants changed: the sum of their versions, which only grows.
    pub async fn versions(&self) -> Result<i64> {
        let mut conn = self.read().await?;
        let sum = sql("SELECT CAST(COALESCE(SUM(version), 0) AS BIGINT) FROM versions").one(&mut conn).await?;
        Ok(sum.unwrap_or(0))
    }
}
