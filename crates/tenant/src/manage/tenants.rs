//! Tenants: list, create, change, delete.

use super::registrations::TenantFields;
use super::{Done, IfVersion, Manage, ManageError, demand, found};
use crate::registry::names;
use vestibule_store::{ObjectKind, TenantHead};

impl Manage {
    /// Every tenant but the built-in ones, by name: id, name, domain and version.
    ///
    /// # Errors
    /// Fails if the store fails.
    pub async fn tenants(&self) -> Result<Vec<TenantHead>, ManageError> {
        let mut heads = self.store.tenant_heads().await?;
        heads.retain(|head| !names::is_built_in_tenant(&head.name));
        Ok(heads)
    }

    /// Creates a tenant. Nobody can sign in until it has a user flow and an application.
    ///
    /// # Errors
    /// [`ManageError::Taken`] if its id, name or domain belongs to another tenant; [`ManageError::Refused`].
    pub async fn create_tenant(&self, tenant: &TenantFields) -> Result<Done, ManageError> {
        self.change(&tenant.id, None, |registrations| {
            if !registrations.tenant.name.is_empty() {
                return Err(ManageError::Taken);
            }
            registrations.tenant = tenant.clone();
            Ok(())
        })
        .await
    }

    /// Changes a tenant's names and settings. Its id never changes.
    ///
    /// # Errors
    /// [`ManageError::NotFound`], [`ManageError::Stale`], [`ManageError::Taken`], [`ManageError::Refused`].
    pub async fn change_tenant(
        &self,
        tenant: &str,
        if_version: IfVersion,
        edit: impl Fn(&mut TenantFields),
    ) -> Result<Done, ManageError> {
        self.change(tenant, demand(ObjectKind::Tenant, tenant, if_version), |registrations| {
            let fields = Some(&mut registrations.tenant).filter(|fields| !fields.name.is_empty());
            edit(found(fields, ObjectKind::Tenant, tenant)?);
            registrations.tenant.id = tenant.to_owned();
            Ok(())
        })
        .await
    }

    /// Deletes a tenant with everything that belongs to it: registrations, users, sessions, grants. This cannot be
    /// undone.
    ///
    /// # Errors
    /// [`ManageError::NotFound`], [`ManageError::Stale`].
    pub async fn delete_tenant(&self, tenant: &str, if_version: IfVersion) -> Result<Done, ManageError> {
        self.change(tenant, demand(ObjectKind::Tenant, tenant, if_version), |registrations| {
            if registrations.tenant.name.is_empty() {
                return found(None, ObjectKind::Tenant, tenant);
            }
            let id = std::mem::take(&mut registrations.tenant).id;
            registrations.tenant.id = id;
            Ok(())
        })
        .await
    }
}
