//! The check of a password: the answer and its timing are the same for users who exist and users who do not.

use super::attributes::{PASSWORD_BYTES_MAX, normal_password};
use super::lockout::{Account, Counting};
use super::password::Verified;
use super::{Accounts, Inner, TenantInfo, User, UserError, identity};
use crate::seal::Sealer;
use std::net::IpAddr;
use vestibule_store::{Spending, StoreError};

/// The result of checking a password.
#[derive(Debug)]
pub enum Checked {
    /// The password is right.
    Right(Box<User>),
    /// The password is wrong.
    Wrong,
    /// The user does not exist. This takes as long as a wrong password.
    Unknown,
    /// Too many wrong passwords: the account is locked for a while. Names without an account are locked in the same
    /// way.
    Locked,
    /// Too many attempts from this source address, over all accounts.
    Throttled,
    /// The password is right, but the account is disabled.
    Disabled,
    /// The password is right, but it was generated and has expired.
    Expired,
}

/// The browser that sends the request.
#[derive(Clone, Debug, Default)]
pub struct Visitor {
    /// The source address of the request; behind trusted proxies, the address they report.
    pub source_ip: Option<IpAddr>,
    /// SHA-256 (base64url) of the random device id in the browser's long-lived cookie; `None` without the cookie. The
    /// directory uses it to recognise browsers that signed in to an account before.
    pub device: Option<String>,
    /// The request's correlation id, for the log and the audit log.
    pub correlation_id: Option<String>,
    /// The application that sent the user, for the audit log.
    pub client_id: Option<String>,
}

const DAY: i64 = 24 * 60 * 60 * 1000;
/// Maximum number of accounts considered for one browser when mailing codes.
const MOST_ACCOUNTS: i64 = 20;
/// Names without an account share this many counters in each tenant, so that guessing names cannot fill the store.
const UNKNOWN_COUNTERS: u32 = 1 << 20;

impl Accounts {
    /// Checks the password of a local account; `sealer` keys the digests of wrong ones. `name` is an e-mail address or
    /// user name as typed. If a browser with a device id sends the right password, it becomes familiar to the account.
    /// Any other result is recorded in the log and the audit log.
    ///
    /// # Errors
    /// [`UserError::Overloaded`] and [`UserError::Store`].
    pub async fn check_password(
        &self,
        sealer: &Sealer,
        tenant: &TenantInfo,
        name: &str,
        password: &str,
        visitor: &Visitor,
    ) -> Result<Checked, UserError> {
        if password.len() > PASSWORD_BYTES_MAX {
            return Ok(Checked::Wrong);
        }
        let password = normal_password(password);
        let user = match identity::sign_in_name(name) {
            Some(name) => self.user_by_name(&tenant.id, &name).await?,
            None => None,
        };
        let object_id = user.as_ref().map(|user| user.object_id().to_owned());
        let attempt = Attempt { sealer, tenant, name, password: &password, visitor };
        let checked = self.inner.check(&attempt, user).await?;
        self.inner.note_failure(&attempt, object_id, &checked).await?;
        Ok(checked)
    }
}

/// A password to check.
pub(super) struct Attempt<'a> {
    sealer: &'a Sealer,
    pub(super) tenant: &'a TenantInfo,
    name: &'a str,
    password: &'a str,
    pub(super) visitor: &'a Visitor,
}

impl Inner {
    /// Checks the password of `user`, or takes as long without a user.
    async fn check(&self, attempt: &Attempt<'_>, user: Option<User>) -> Result<Checked, UserError> {
        let Attempt { sealer, tenant, name, password, visitor } = *attempt;
        let seen = self.device_seen(tenant, user.as_ref(), visitor).await?;
        let familiar = self.is_familiar(seen);
        let budget = if familiar { None } else { self.source_budget(tenant, visitor.source_ip) };
        let key = user.as_ref().map_or_else(|| unknown_key(sealer, name), |user| user.object_id().to_owned());
        let account = Account {
            tenant: &tenant.id,
            key: &key,
            familiar,
            threshold: tenant.lockout_threshold,
            first_ms: i64::from(tenant.lockout_secs) * 1000,
        };
        let digest = sealer.mac("wrong password", &format!("{}\0{key}\0{password}", tenant.id));
        let counted = match self.count_attempt(account, &digest, budget).await? {
            Counting::Counted(counters) => counters,
            Counting::Locked => return Ok(Checked::Locked),
            Counting::Spent => return Ok(Checked::Throttled),
        };
        let hash = user.as_ref().and_then(|user| user.record.password_hash.as_deref());
        let verified = self.hasher.verify(password, hash).await?;
        let right = matches!(verified, Verified::Right { .. });
        if !right && counted.locked_until > self.clock.now() {
            self.note_lockout(attempt, user.as_ref(), &counted).await?;
        }
        let Some(user) = user else { return Ok(Checked::Unknown) };
        let Verified::Right { outdated } = verified else { return Ok(Checked::Wrong) };
        if let Some(refused) = self.refused(&user) {
            self.forget_attempts(account, counted).await?;
            return Ok(refused);
        }
        if outdated {
            self.rehash(&user, password).await?;
        }
        // Run both at the same time: on SQLite they share a transaction.
        let forgotten = async { Ok::<_, UserError>(self.forget_attempts(account, counted).await?) };
        tokio::try_join!(forgotten, self.remember_device(tenant, &user, visitor, seen))?;
        Ok(Checked::Right(Box::new(user)))
    }

    /// Why a right password is rejected anyway.
    fn refused(&self, user: &User) -> Option<Checked> {
        let expired = || user.password_expires_at().is_some_and(|end| end <= self.clock.now());
        if user.enabled() { expired().then_some(Checked::Expired) } else { Some(Checked::Disabled) }
    }

    /// Returns true if a browser last `seen` at an account at that time counts as familiar to it.
    pub(crate) fn is_familiar(&self, seen: Option<i64>) -> bool {
        let since = self.clock.now() - i64::from(self.settings.device_days) * DAY;
        seen.is_some_and(|seen| seen >= since)
    }

    /// When the browser last signed in to the account, in milliseconds.
    pub(crate) async fn device_seen(
        &self,
        tenant: &TenantInfo,
        user: Option<&User>,
        visitor: &Visitor,
    ) -> Result<Option<i64>, UserError> {
        let Some(device) = &visitor.device else { return Ok(None) };
        // Also query for an unknown name, so that it takes the same time.
        Ok(self.store.device_seen(&tenant.id, user.map_or("", User::object_id), device).await?)
    }

    /// The accounts that are familiar to the browser, the most recent first.
    pub(crate) async fn accounts_of_device(&self, tenant: &str, device: &str) -> Result<Vec<String>, StoreError> {
        let since = self.clock.now() - i64::from(self.settings.device_days) * DAY;
        self.store.accounts_of_device(tenant, device, since, MOST_ACCOUNTS).await
    }

    /// Records that the browser, last `seen` at that time, signed in to the account; at most once a day.
    pub(crate) async fn remember_device(
        &self,
        tenant: &TenantInfo,
        user: &User,
        visitor: &Visitor,
        seen: Option<i64>,
    ) -> Result<(), UserError> {
        let Some(device) = &visitor.device else { return Ok(()) };
        let now = self.clock.now();
        if seen.is_some_and(|seen| seen >= now - DAY) {
            return Ok(());
        }
        Ok(self.store.remember_device(&tenant.id, user.object_id(), device, now).await?)
    }

    /// The budget of one source address, over all accounts.
    fn source_budget(&self, tenant: &TenantInfo, source: Option<IpAddr>) -> Option<Spending> {
        let (budget, ip) = (self.settings.sign_in_budget?, source?);
        Some(budget.of(&tenant.id, &format!("sign-in from {}", source_key(ip))))
    }

    /// Hashes a right password at the current cost. Skipped when the server is overloaded: the next sign-in will do it.
    async fn rehash(&self, user: &User, password: &str) -> Result<(), UserError> {
        let Some(old) = &user.record.password_hash else { return Ok(()) };
        let Ok(new) = self.hasher.hash(password).await else { return Ok(()) };
        self.store.rehash_password(&user.record.tenant, &user.record.object_id, old, &new).await?;
        Ok(())
    }
}

/// The key of the counter for a name without an account.
fn unknown_key(sealer: &Sealer, name: &str) -> String {
    let name = identity::sign_in_name(name).map_or_else(|| name.to_lowercase(), |name| name.key);
    let mac = sealer.mac("unknown name", &name);
    let number = mac.bytes().take(8).fold(0_u32, |n, byte| n.wrapping_mul(31).wrapping_add(u32::from(byte)));
    format!("unknown {:05x}", number % UNKNOWN_COUNTERS)
}

/// The unit by which source addresses are counted: an IPv4 address, or the /64 of an IPv6 address, which belongs to one
/// customer.
pub(crate) fn source_key(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}
