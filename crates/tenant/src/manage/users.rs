//! Users: list, get, create, change, new password, block, sign out, unlock, delete.

use super::{Manage, Registrations};
use crate::accounts::identity::LocalName;
use crate::accounts::{Accounts, ChangedBy, NewUser, TemporaryPassword, TenantInfo, User, UserError};
use vestibule_journey::{Attributes, Value};
use vestibule_store::StoreError;

/// Management of users.
#[derive(Clone, Copy, Debug)]
pub struct Users<'m> {
    manage: &'m Manage,
    accounts: &'m Accounts,
}

impl Manage {
    /// Management of the users in `accounts`.
    #[must_use]
    pub fn users<'m>(&'m self, accounts: &'m Accounts) -> Users<'m> {
        Users { manage: self, accounts }
    }
}

impl Users<'_> {
    /// The user of this object id, in any letter case.
    ///
    /// # Errors
    /// As the store.
    pub async fn get(&self, tenant: &str, object_id: &str) -> Result<Option<User>, StoreError> {
        self.accounts.user(tenant, object_id).await
    }

    /// The user who signs in by this name.
    ///
    /// # Errors
    /// As the store.
    pub async fn named(&self, tenant: &str, name: &LocalName) -> Result<Option<User>, StoreError> {
        self.accounts.user_by_name(tenant, name).await
    }

    /// Up to `limit` users after the object id `after`, in the order of object ids.
    ///
    /// # Errors
    /// As the store.
    pub async fn list(&self, tenant: &str, after: Option<&str>, limit: i64) -> Result<Vec<User>, StoreError> {
        self.accounts.list_users(tenant, after, limit).await
    }

    /// Up to `limit` users with a sign-in name that begins with `prefix`, in any letter case.
    ///
    /// # Errors
    /// As the store.
    pub async fn search(&self, tenant: &str, prefix: &str, limit: i64) -> Result<Vec<User>, StoreError> {
        self.accounts.search_users(tenant, prefix, limit).await
    }

    /// Create a user.
    ///
    /// # Errors
    /// [`UserError::AlreadyExists`] if the object id or a name is taken; [`UserError::Refused`] for a value or
    /// password.
    pub async fn create(&self, tenant: &TenantInfo, new: NewUser) -> Result<User, UserError> {
        self.accounts.create_user(tenant, new, &self.by()).await
    }

    /// Create a user with a generated password that expires and must be changed at the first sign-in.
    ///
    /// # Errors
    /// As [`Users::create`].
    pub async fn create_with_temporary_password(
        &self,
        tenant: &TenantInfo,
        new: NewUser,
    ) -> Result<(User, TemporaryPassword), UserError> {
        self.accounts.create_user_with_temporary_password(tenant, new, &self.by()).await
    }

    /// Change attributes, names, switches and password of a user, by directory name; with `if_version` only while the
    /// user has that version ([`User::version`]).
    ///
    /// # Errors
    /// [`UserError::NotFound`], [`UserError::Stale`], [`UserError::Refused`]; [`UserError::AlreadyExists`] if a name is
    /// another's.
    pub async fn change(
        &self,
        tenant: &TenantInfo,
        object_id: &str,
        if_version: Option<i64>,
        attributes: &Attributes,
    ) -> Result<User, UserError> {
        self.accounts.change_user(tenant, object_id, if_version, attributes, &self.by()).await
    }

    /// Give a user a new password: it is checked against the block list, ends a lockout, and ends sessions and grants.
    ///
    /// # Errors
    /// [`UserError::NotFound`], [`UserError::Refused`], [`UserError::Overloaded`].
    pub async fn set_password(
        &self,
        tenant: &TenantInfo,
        object_id: &str,
        password: &str,
        force_change: bool,
    ) -> Result<(), UserError> {
        let attributes = Attributes::from([
            ("password".to_owned(), password.into()),
            ("forceChangePasswordNextSignIn".to_owned(), Value::Bool(force_change)),
        ]);
        self.change(tenant, object_id, None, &attributes).await.map(drop)
    }

    /// Give a user a generated password that expires and must be changed at the next sign-in: it ends a lockout, and
    /// ends sessions and grants.
    ///
    /// # Errors
    /// [`UserError::NotFound`], [`UserError::Overloaded`].
    pub async fn give_temporary_password(
        &self,
        tenant: &TenantInfo,
        object_id: &str,
    ) -> Result<TemporaryPassword, UserError> {
        self.accounts.give_temporary_password(tenant, object_id, &self.by()).await
    }

    /// Let a user sign in, or block it. Blocking ends sessions and grants.
    ///
    /// # Errors
    /// [`UserError::NotFound`]
    pub async fn set_enabled(&self, tenant: &TenantInfo, object_id: &str, enabled: bool) -> Result<(), UserError> {
        let attributes = Attributes::from([("accountEnabled".to_owned(), Value::Bool(enabled))]);
        self.change(tenant, object_id, None, &attributes).await.map(drop)
    }

    /// End every session and grant that the user has so far.
    ///
    /// # Errors
    /// [`UserError::NotFound`]
    pub async fn sign_out(&self, tenant: &str, object_id: &str) -> Result<(), UserError> {
        self.accounts.end_sessions(tenant, object_id, &self.by()).await
    }

    /// End a lockout.
    ///
    /// # Errors
    /// As the store.
    pub async fn unlock(&self, tenant: &str, object_id: &str) -> Result<(), StoreError> {
        self.accounts.unlock(tenant, object_id).await?;
        let entry = self.manage.event(tenant, "user.unlock", None, serde_json::json!({}));
        let entry = vestibule_store::AuditRecord { object_id: Some(object_id.to_ascii_lowercase()), ..entry };
        self.manage.store.audit(&[entry]).await
    }

    /// Delete a user with names, sessions, grants and counters.
    ///
    /// # Errors
    /// [`UserError::NotFound`]
    pub async fn delete(&self, tenant: &str, object_id: &str) -> Result<(), UserError> {
        self.accounts.delete_user(tenant, object_id, &self.by()).await
    }

    fn by(&self) -> ChangedBy {
        ChangedBy {
            actor: Some(self.manage.actor.to_json()),
            correlation_id: self.manage.actor.correlation_id().map(str::to_owned),
            address: None,
        }
    }
}

impl From<&Registrations> for TenantInfo {
    fn from(registrations: &Registrations) -> Self {
        let tenant = &registrations.tenant;
        Self {
            id: tenant.id.clone(),
            name: tenant.name.clone(),
            domain: tenant.domain.clone(),
            display_name: tenant.display_name.clone(),
            lockout_threshold: tenant.settings.lockout_threshold,
            lockout_secs: tenant.settings.lockout_secs,
            outbound_allow: tenant.settings.outbound_allow.clone(),
            attributes: registrations.attributes.values().cloned().collect(),
        }
    }
}
