//! Generated passwords, for users who have no password yet or forgot it. They are random, expire soon, and must be
//! replaced by another one at the first sign-in (ASVS 5.0 V6.4.1).

use super::attributes::Changes;
use super::password::Verified;
use super::{Accounts, ChangedBy, Inner, NewUser, TenantInfo, User, UserError, names_in};
use zeroize::Zeroizing;

/// String id: the new password is the one that has to be replaced.
const USED: &str = "UserMessageIfOldPasswordUsed";
const DAY: i64 = 24 * 60 * 60 * 1000;

/// A generated password. It is returned once and not stored in plain text.
#[derive(Clone)]
pub struct TemporaryPassword {
    /// The password.
    pub password: Zeroizing<String>,
    /// When it expires, in milliseconds since the epoch.
    pub expires_at: i64,
}

impl std::fmt::Debug for TemporaryPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TemporaryPassword").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

impl TemporaryPassword {
    fn put_into(&self, changes: &mut Changes) {
        changes.password = Some(self.password.clone());
        changes.password_expires_at = Some(self.expires_at);
        changes.force_change = Some(true);
    }
}

impl Accounts {
    /// Creates a user with a generated password.
    ///
    /// # Errors
    /// The same as for a user with a chosen password.
    pub(crate) async fn create_user_with_temporary_password(
        &self,
        tenant: &TenantInfo,
        new: NewUser,
        by: &ChangedBy,
    ) -> Result<(User, TemporaryPassword), UserError> {
        let made = self.inner.generate();
        let mut changes = Changes::read(&new.attributes, &tenant.attributes)?;
        made.put_into(&mut changes);
        let hash = self.inner.accept(&made.password, names_in(tenant, &changes, None)).await?;
        let user = self.inner.create(tenant, new.object_id, &changes, Some(hash), None, by).await?;
        Ok((user, made))
    }

    /// Gives a user a generated password, and ends the user's lockouts, sessions and grants.
    ///
    /// # Errors
    /// [`UserError::NotFound`]
    pub(crate) async fn give_temporary_password(
        &self,
        tenant: &TenantInfo,
        object_id: &str,
        by: &ChangedBy,
    ) -> Result<TemporaryPassword, UserError> {
        let made = self.inner.generate();
        let mut changes = Changes::default();
        made.put_into(&mut changes);
        self.inner.change(tenant, &object_id.to_ascii_lowercase(), &changes, None, by).await?;
        Ok(made)
    }
}

impl Inner {
    /// Generates a password of 256 random bits, with its expiry.
    fn generate(&self) -> TemporaryPassword {
        let lifetime = i64::from(self.settings.generated_password_days) * DAY;
        let expires_at = self.clock.now().saturating_add(lifetime);
        TemporaryPassword { password: Zeroizing::new(self.random.token()), expires_at }
    }

    /// Rejects a new password that equals the one the user must replace, even in a reset, or the one replaced that way
    /// last time. Administrators are exempt.
    pub(super) async fn check_differs(
        &self,
        user: &User,
        password: &Zeroizing<String>,
        by: &ChangedBy,
    ) -> Result<(), UserError> {
        if by.actor.is_some() {
            return Ok(());
        }
        let current = user.record.password_hash.as_deref().filter(|_| user.must_replace_password());
        for refused in [current, user.body.replaced_password.as_deref()].into_iter().flatten() {
            if let Verified::Right { .. } = self.hasher.verify(password, Some(refused)).await? {
                return Err(UserError::Refused { message: USED, attribute: "password".to_owned() });
            }
        }
        Ok(())
    }
}
