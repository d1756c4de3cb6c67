//! Generated passwords: for a person who has none yet, or forgot it. They are random, expire soon, and must be replaced
//! by another one at the first sign-in (ASVS 5.0 V6.4.1).

use super::attributes::Changes;
use super::password::Verified;
use super::{Accounts, ChangedBy, Inner, NewUser, TenantInfo, User, UserError, names_in};
use zeroize::Zeroizing;

/// String id: the password is the one that has to be replaced.
const USED: &str = "UserMessageIfOldPasswordUsed";
const DAY: i64 = 24 * 60 * 60 * 1000;

/// A generated password. It is returned once and kept nowhere.
#[derive(Clone)]
pub struct TemporaryPassword {
    /// The password.
    pub password: Zeroizing<String>,
    /// When it is no longer good, milliseconds since the epoch.
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
    /// Make a user with a generated password.
    ///
    /// # Errors
    /// As for a user with a chosen one.
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

    /// Give a user a generated password: it ends lockouts, sessions and grants.
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
    /// 256 random bits, and when they are no longer good.
    fn generate(&self) -> TemporaryPassword {
        let lifetime = i64::from(self.settings.generated_password_days) * DAY;
        let expires_at = self.clock.now().saturating_add(lifetime);
        TemporaryPassword { password: Zeroizing::new(self.random.token()), expires_at }
    }

    /// Refuse a password that a person must replace and sets again, also by a reset; and, afterwards, the one that was
    /// replaced so. An administrator decides freely.
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
