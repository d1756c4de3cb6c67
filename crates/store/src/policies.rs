//! User flows, custom attributes, custom policies and their key containers.
//!
//! Every write says whether it changed anything, and only then moves the tenant's version. Lists give all of a tenant.

use super::error::Result;
use super::sql::{record, sql};
use super::{Delete, Put, Store};

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
        self.commit_put(Put::Flow(flow.clone())).await
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
        self.commit_delete(tenant, Delete::Flow(name.to_owned())).await
    }

    /// Create the custom attribute or change it.
    pub async fn upsert_custom_attribute(&self, attribute: &CustomAttributeRecord) -> Result<bool> {
        self.commit_put(Put::CustomAttribute(attribute.clone())).await
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
        self.commit_delete(tenant, Delete::CustomAttribute(name.to_owned())).await
    }

    /// Upload the policy, over one of the same id.
    pub async fn upsert_policy(&self, policy: &PolicyRecord) -> Result<bool> {
        self.commit_put(Put::Policy(policy.clone())).await
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
        self.commit_delete(tenant, Delete::Policy(id.to_owned())).await
    }

    /// Create the key container or change it.
    pub async fn upsert_key_container(&self, container: &KeyContainerRecord) -> Result<bool> {
        self.commit_put(Put::KeyContainer(container.clone())).await
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
        self.commit_delete(tenant, Delete::KeyContainer(name.to_owned())).await
    }
}
