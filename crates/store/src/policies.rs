//! User flows, custom attributes, custom policies and their key containers.
//!
//! Every write says whether it changed anything, and only then moves the tenant's version. Lists give all of a tenant.

use super::Store;
use super::error::Result;
use super::sql::{record, sql};
use super::tenants::finish;

/// A user flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowRecord {
    /// The tenant's GUID.
    pub tenant: String,
    /// The name with its prefix, as typed: `B2C_1_signupsignin1`. Unique without regard to case.
    pub name: String,
    /// Settings, JSON.
    pub body: String,
    /// When it last changed, milliseconds.
    pub updated_at: i64,
}
record!(FlowRecord { tenant, name, body, updated_at });

/// A custom user attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomAttributeRecord {
    /// The tenant's GUID.
    pub tenant: String,
    /// The name, as in `LoyaltyNumber`.
    pub name: String,
    /// Type and descriptions, JSON.
    pub body: String,
}
record!(CustomAttributeRecord { tenant, name, body });

/// A custom policy file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyRecord {
    /// The tenant's GUID.
    pub tenant: String,
    /// The policy id as written in the file: `B2C_1A_signup_signin`. Unique without regard to case.
    pub id: String,
    /// The file.
    pub xml: String,
    /// When it last changed, milliseconds.
    pub updated_at: i64,
}
record!(PolicyRecord { tenant, id, xml, updated_at });

/// A key container of custom policies: keys and secrets that policies name by `StorageReferenceId`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyContainerRecord {
    /// The tenant's GUID.
    pub tenant: String,
    /// The name with its prefix: `B2C_1A_TokenSigningKeyContainer`.
    pub name: String,
    /// The keys, sealed with the master key.
    pub body: String,
    /// When it last changed, milliseconds.
    pub updated_at: i64,
}
record!(KeyContainerRecord { tenant, name, body, updated_at });

impl Store {
    /// Create the user flow or change it.
    pub async fn upsert_flow(&self, flow: &FlowRecord) -> Result<bool> {
        let mut tx = self.write().await?;
        let changed = sql("INSERT INTO flows (tenant, name_lower, name, body, updated_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (tenant, name_lower) DO UPDATE SET name = excluded.name, body = excluded.body,
               updated_at = excluded.updated_at
             WHERE flows.name <> excluded.name OR flows.body <> excluded.body")
        .bind(&flow.tenant)
        .bind(&flow.name.to_lowercase())
        .bind(&flow.name)
        .bind(&flow.body)
        .bind(flow.updated_at)
        .run(&mut tx)
        .await?;
        finish(tx, &flow.tenant, changed).await
    }

    /// Every user flow of the tenant, by name.
    pub async fn list_flows(&self, tenant: &str) -> Result<Vec<FlowRecord>> {
        let mut conn = self.read().await?;
        sql("SELECT tenant, name, body, updated_at FROM flows WHERE tenant = $1 ORDER BY name_lower")
            .bind(tenant)
            .all(&mut conn)
            .await
    }

    /// Remove the user flow of that name, in any case.
    pub async fn delete_flow(&self, tenant: &str, name: &str) -> Result<bool> {
        let mut tx = self.write().await?;
        let changed = sql("DELETE FROM flows WHERE tenant = $1 AND name_lower = $2")
            .bind(tenant)
            .bind(&name.to_lowercase())
            .run(&mut tx)
            .await?;
        finish(tx, tenant, changed).await
    }

    /// Create the custom attribute or change it.
    pub async fn upsert_custom_attribute(&self, attribute: &CustomAttributeRecord) -> Result<bool> {
        let mut tx = self.write().await?;
        let changed = sql("INSERT INTO custom_attributes (tenant, name, body) VALUES ($1, $2, $3)
             ON CONFLICT (tenant, name) DO UPDATE SET body = excluded.body
             WHERE custom_attributes.body <> excluded.body")
        .bind(&attribute.tenant)
        .bind(&attribute.name)
        .bind(&attribute.body)
        .run(&mut tx)
        .await?;
        finish(tx, &attribute.tenant, changed).await
    }

    /// Every custom attribute of the tenant, by name.
    pub async fn list_custom_attributes(&self, tenant: &str) -> Result<Vec<CustomAttributeRecord>> {
        let mut conn = self.read().await?;
        sql("SELECT tenant, name, body FROM custom_attributes WHERE tenant = $1 ORDER BY name")
            .bind(tenant)
            .all(&mut conn)
            .await
    }

    /// Remove the custom attribute; the values that users hold stay in their bodies.
    pub async fn delete_custom_attribute(&self, tenant: &str, name: &str) -> Result<bool> {
        let mut tx = self.write().await?;
        let changed = sql("DELETE FROM custom_attributes WHERE tenant = $1 AND name = $2")
            .bind(tenant)
            .bind(name)
            .run(&mut tx)
            .await?;
        finish(tx, tenant, changed).await
    }

    /// Upload the policy, over one of the same id.
    pub async fn upsert_policy(&self, policy: &PolicyRecord) -> Result<bool> {
        let mut tx = self.write().await?;
        let changed = sql("INSERT INTO policies (tenant, id_lower, id, xml, updated_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (tenant, id_lower) DO UPDATE SET id = excluded.id, xml = excluded.xml,
               updated_at = excluded.updated_at
             WHERE policies.id <> excluded.id OR policies.xml <> excluded.xml")
        .bind(&policy.tenant)
        .bind(&policy.id.to_lowercase())
        .bind(&policy.id)
        .bind(&policy.xml)
        .bind(policy.updated_at)
        .run(&mut tx)
        .await?;
        finish(tx, &policy.tenant, changed).await
    }

    /// Every custom policy of the tenant, by id.
    pub async fn list_policies(&self, tenant: &str) -> Result<Vec<PolicyRecord>> {
        let mut conn = self.read().await?;
        sql("SELECT tenant, id, xml, updated_at FROM policies WHERE tenant = $1 ORDER BY id_lower")
            .bind(tenant)
            .all(&mut conn)
            .await
    }

    /// Remove the policy of that id, in any case.
    pub async fn delete_policy(&self, tenant: &str, id: &str) -> Result<bool> {
        let mut tx = self.write().await?;
        let changed = sql("DELETE FROM policies WHERE tenant = $1 AND id_lower = $2")
            .bind(tenant)
            .bind(&id.to_lowercase())
            .run(&mut tx)
            .await?;
        finish(tx, tenant, changed).await
    }

    /// Create the key container or change it.
    pub async fn upsert_key_container(&self, container: &KeyContainerRecord) -> Result<bool> {
        let mut tx = self.write().await?;
        let changed = sql("INSERT INTO key_containers (tenant, name, body, updated_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (tenant, name) DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at
             WHERE key_containers.body <> excluded.body")
        .bind(&container.tenant)
        .bind(&container.name)
        .bind(&container.body)
        .bind(container.updated_at)
        .run(&mut tx)
        .await?;
        finish(tx, &container.tenant, changed).await
    }

    /// Every key container of the tenant, by name.
    pub async fn list_key_containers(&self, tenant: &str) -> Result<Vec<KeyContainerRecord>> {
        let mut conn = self.read().await?;
        sql("SELECT tenant, name, body, updated_at FROM key_containers WHERE tenant = $1 ORDER BY name")
            .bind(tenant)
            .all(&mut conn)
            .await
    }

    /// Remove the key container.
    pub async fn delete_key_container(&self, tenant: &str, name: &str) -> Result<bool> {
        let mut tx = self.write().await?;
        let changed = sql("DELETE FROM key_containers WHERE tenant = $1 AND name = $2")
            .bind(tenant)
            .bind(name)
            .run(&mut tx)
            .await?;
        finish(tx, tenant, changed).await
    }
}
