//! Reads objects with their versions: one by its name, or all of a tenant.

use super::error::Result;
use super::sql::{Column, Record, Row, Sql, record, sql};
use super::{
    ApplicationRecord, AppliedFile, CustomAttributeRecord, FlowRecord, KeyContainerRecord, PolicyRecord, Store,
    TenantRecord,
};

/// A record with its object's version, which increases with each change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versioned<T> {
    /// The record.
    pub record: T,
    /// The version, at least 1.
    pub version: i64,
}

impl<T: Record> Record for Versioned<T> {
    fn read(row: &Row<'_>) -> Result<Self> {
        Ok(Self { record: T::read(row)?, version: Column::column(row, "version")? })
    }
}

record!(AppliedFile { hash, applied_at });

/// Tenants.
impl Store {
    /// The tenant with this GUID.
    pub async fn tenant_by_id(&self, id: &str) -> Result<Option<Versioned<TenantRecord>>> {
        self.find(sql("SELECT id, name, domain, display_name, body, version FROM tenants WHERE id = $1").bind(id)).await
    }

    /// The configuration files that were applied to the tenant, the latest one last.
    pub async fn applied_files(&self, tenant: &str) -> Result<Vec<AppliedFile>> {
        let statement = sql("SELECT hash, applied_at FROM applied_files WHERE tenant = $1 ORDER BY position");
        self.list(statement.bind(tenant)).await
    }
}

/// The parts of a tenant.
impl Store {
    /// The user flow with this name, ignoring case.
    pub async fn flow(&self, tenant: &str, name: &str) -> Result<Option<Versioned<FlowRecord>>> {
        let statement =
            sql("SELECT tenant, name, body, updated_at, version FROM flows WHERE tenant = $1 AND name_lower = $2");
        self.find(statement.bind(tenant).bind(&name.to_lowercase())).await
    }

    /// Every user flow of the tenant, ordered by name.
    pub async fn flows(&self, tenant: &str) -> Result<Vec<Versioned<FlowRecord>>> {
        let statement =
            sql("SELECT tenant, name, body, updated_at, version FROM flows WHERE tenant = $1 ORDER BY name_lower");
        self.list(statement.bind(tenant)).await
    }

    /// The custom attribute with this name.
    pub async fn custom_attribute(&self, tenant: &str, name: &str) -> Result<Option<Versioned<CustomAttributeRecord>>> {
        let statement =
            sql("SELECT tenant, name, body, version FROM custom_attributes WHERE tenant = $1 AND name = $2");
        self.find(statement.bind(tenant).bind(name)).await
    }

    /// Every custom attribute of the tenant, ordered by name.
    pub async fn custom_attributes(&self, tenant: &str) -> Result<Vec<Versioned<CustomAttributeRecord>>> {
        let statement =
            sql("SELECT tenant, name, body, version FROM custom_attributes WHERE tenant = $1 ORDER BY name");
        self.list(statement.bind(tenant)).await
    }

    /// The custom policy with this id, ignoring case.
    pub async fn policy(&self, tenant: &str, id: &str) -> Result<Option<Versioned<PolicyRecord>>> {
        let statement =
            sql("SELECT tenant, id, xml, updated_at, version FROM policies WHERE tenant = $1 AND id_lower = $2");
        self.find(statement.bind(tenant).bind(&id.to_lowercase())).await
    }

    /// Every custom policy of the tenant, ordered by id.
    pub async fn policies(&self, tenant: &str) -> Result<Vec<Versioned<PolicyRecord>>> {
        let statement =
            sql("SELECT tenant, id, xml, updated_at, version FROM policies WHERE tenant = $1 ORDER BY id_lower");
        self.list(statement.bind(tenant)).await
    }

    /// The ids of all custom policies of the tenant, in order, without their text.
    pub async fn policy_ids(&self, tenant: &str) -> Result<Vec<String>> {
        self.list(sql("SELECT id FROM policies WHERE tenant = $1 ORDER BY id_lower").bind(tenant)).await
    }

    /// The key container with this name.
    pub async fn key_container(&self, tenant: &str, name: &str) -> Result<Option<Versioned<KeyContainerRecord>>> {
        let statement =
            sql("SELECT tenant, name, body, updated_at, version FROM key_containers WHERE tenant = $1 AND name = $2");
        self.find(statement.bind(tenant).bind(name)).await
    }

    /// Every key container of the tenant, ordered by name.
    pub async fn key_containers(&self, tenant: &str) -> Result<Vec<Versioned<KeyContainerRecord>>> {
        let statement =
            sql("SELECT tenant, name, body, updated_at, version FROM key_containers WHERE tenant = $1 ORDER BY name");
        self.list(statement.bind(tenant)).await
    }

    /// Every application of the tenant, ordered by name, without its scopes, roles and other parts.
    pub async fn applications(&self, tenant: &str) -> Result<Vec<Versioned<ApplicationRecord>>> {
        let statement = sql("SELECT tenant, client_id, name, body, updated_at, version FROM applications
             WHERE tenant = $1 ORDER BY name, client_id");
        self.list(statement.bind(tenant)).await
    }

    async fn find<T: Record>(&self, statement: Sql) -> Result<Option<T>> {
        statement.one(&mut self.read().await?).await
    }

    async fn list<T: Record>(&self, statement: Sql) -> Result<Vec<T>> {
        statement.all(&mut self.read().await?).await
    }
}
