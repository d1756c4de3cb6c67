//! Users: list, get, create, change, set a password, block, sign out, unlock, delete.

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
    /// The user with this object id, ignoring case.
    ///
    /// # Errors
    /// Fails if the store fails.
    pub async fn get(&self, tenant: &str, object_id: &str) -> Result<Option<User>, StoreError> {
        self.accounts.user(tenant, object_id).await
    }

    /// The user who signs in with this name.
    ///
    /// # Errors
    /// Fails if the store fails.
    pub async fn named(&self, tenant: &str, name: &LocalName) -> Result<Option<User>, StoreError> {
        self.accounts.user_by_name(tenant, name).await
    }

    /// Up to `limit` users after the object id `after`, ordered by object id.
    ///
    /// # Errors
    /// Fails if the store fails.
    pub async fn list(&self, tenant: &str, after: Option<&str>, limit: i64) -> Result<Vec<User>, StoreError> {
        self.accounts.list_users(tenant, after, limit).await
    }

    /// Up to `limit` users with a sign-in name that begins with `prefix`, ignoring case.
    ///
    /// # Errors
    /// Fails if the store fails.
    pub async fn search(&self, tenant: &str, prefix: &str, limit: i64) -> Result<Vec<User>, StoreError> {
        self.accounts.search_users(tenant, prefix, limit).await
    }

    /// Creates a user.
    ///
    /// # Errors
    /// [`UserError::AlreadyExists`] if the object id or a name is taken; [`UserError::Refused`] if a value or the
    /// password is not acceptable.
    pub async fn create(&self, tenant: &TenantInfo, new: NewUser) -> Result<User, UserError> {
        self.accounts.create_user(tenant, new, &self.by()).await
    }

    /// Creates a user with a generated password that expires and must be changed at the first sign-in.
    ///
    /// # Errors
    /// The same as [`Users::create`].
    pub async fn create_with_temporary_password(
        &self,
        tenant: &TenantInfo,
        new: NewUser,
    ) -> Result<(User, TemporaryPassword), UserError> {
        self.accounts.create_user_with_temporary_password(tenant, new, &self.by()).await
    }

    /// Changes attributes, names, switches and password of a user, by directory name. With `if_version`, the change
    /// succeeds only while the user has that version ([`User::version`]).
    ///
    /// # Errors
    /// [`UserError::NotFound`], [`UserError::Stale`], [`UserError::Refused`]; [`UserError::AlreadyExists`] if a name
    /// belongs to another user.
    pub async fn change(
        &self,
        tenant: &TenantInfo,
        object_id: &str,
        if_version: Option<i64>,
        attributes: &Attributes,
    ) -> Result<User, UserError> {
        self.accounts.change_user(tenant, object_id, if_version, attributes, &self.by()).await
    }

    /// Sets a user's password after checking it against the block list, and ends the user's lockout, sessions and
    /// grants.
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

    /// Gives a user a generated password that expires and must be changed at the next sign-in, and ends the user's
    /// lockout, sessions and grants.
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

    /// Allows a user to sign in, or blocks the user. Blocking ends sessions and grants.
    ///
    /// # Errors
    /// [`UserError::NotFound`]
    pub async fn set_enabled(&self, tenant: &TenantInfo, object_id: &str, enabled: bool) -> Result<(), UserError> {
        let attributes = Attributes::from([("accountEnabled".to_owned(), Value::Bool(enabled))]);
        self.change(tenant, object_id, None, &attributes).await.map(drop)
    }

    /// Ends every session and grant that the user has so far.
    ///
    /// # Errors
    /// [`UserError::NotFound`]
    pub async fn sign_out(&self, tenant: &str, object_id: &str) -> Result<(), UserError> {
        self.accounts.end_sessions(tenant, object_id, &self.by()).await
    }

    /// Ends a lockout.
    ///
    /// # Errors
    /// Fails if the store fails.
    pub async fn unlock(&self, tenant: &str, object_id: &str) -> Result<(), StoreError> {
        self.accounts.unlock(tenant, object_id).await?;
        let entry = self.manage.event(tenant, "user.unlock", None, serde_json::json!({}));
        let entry = vestibule_store::AuditRecord { object_id: Some(object_id.to_ascii_lowercase()), ..entry };
        self.manage.store.audit(&[entry]).await
    }

    /// Deletes a user with names, sessions, grants and counters.
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
