//! The check of a password: one answer and one time for people who exist and people who don't.

use super::attributes::{PASSWORD_BYTES_MAX, normal_password};
use super::lockout::Account;
use super::password::Verified;
use super::{Accounts, Inner, TenantInfo, User, UserError, identity};
use crate::seal::Sealer;
use std::net::IpAddr;
use vestibule_store::Spending;

/// What became of a password.
#[derive(Debug)]
pub enum Checked {
    /// Right.
    Right(Box<User>),
    /// Wrong.
    Wrong,
    /// No such user. Took as long as wrong does.
    Unknown,
    /// Too many wrong ones: locked for a while. Names without an account are locked in the same way.
    Locked,
    /// Right, but the account is disabled.
    Disabled,
}

/// Who is at the other end.
#[derive(Clone, Debug, Default)]
pub struct Visitor {
    /// The address that the request came from, behind trusted proxies the one they name.
    pub source_ip: Option<IpAddr>,
    /// SHA-256 (base64url) of the random device id in the browser's long-lived cookie; none without one. By it the
    /// directory knows the browsers that signed in to an account before.
    pub device: Option<String>,
}

const DAY: i64 = 24 * 60 * 60 * 1000;
/// Names without an account share this many counters in each tenant, so that guesses at names cannot fill the store.
const UNKNOWN_COUNTERS: u32 = 1 << 20;

impl Accounts {
    /// Check the password of a local account; `sealer` keys the digests of wrong ones. `name` is an e-mail address or user name as typed. A right password by
    /// a browser with a device id makes the browser familiar to the account.
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
        let inner = &self.inner;
        let password = normal_password(password);
        let user = match identity::sign_in_name(name) {
            Some(name) => self.user_by_name(&tenant.id, &name).await?,
            None => None,
        };
        let seen = inner.device_seen(tenant, user.as_ref(), visitor).await?;
        let since = inner.clock.now() - i64::from(inner.settings.device_days) * DAY;
        let familiar = seen.is_some_and(|seen| seen >= since);
        let budget = if familiar { None } else { inner.source_budget(tenant, visitor.source_ip) };
        let key = user.as_ref().map_or_else(|| unknown_key(sealer, name), |user| user.object_id().to_owned());
        let account = Account {
            tenant: &tenant.id,
            key: &key,
            familiar,
            threshold: tenant.lockout_threshold,
            first_ms: i64::from(tenant.lockout_secs) * 1000,
        };
        let digest = sealer.mac("wrong password", &format!("{}\0{key}\0{}", tenant.id, *password));
        let Some(counted) = inner.count_attempt(account, &digest, budget).await? else { return Ok(Checked::Locked) };
        let hash = user.as_ref().and_then(|user| user.record.password_hash.as_deref());
        let verified = inner.hasher.verify(&password, hash).await?;
        let Some(user) = user else { return Ok(Checked::Unknown) };
        let Verified::Right { outdated } = verified else { return Ok(Checked::Wrong) };
        if !user.enabled() {
            inner.forget_attempts(account, counted).await?;
            return Ok(Checked::Disabled);
        }
        if outdated {
            inner.rehash(&user, &password).await?;
        }
        // At once: on SQLite they share a transaction.
        let forgotten = async { Ok::<_, UserError>(inner.forget_attempts(account, counted).await?) };
        tokio::try_join!(forgotten, inner.remember_device(tenant, &user, visitor, seen))?;
        Ok(Checked::Right(Box::new(user)))
    }
}

impl Inner {
    /// When the browser last signed in to the account, milliseconds.
    pub(crate) async fn device_seen(
        &self,
        tenant: &TenantInfo,
        user: Option<&User>,
        visitor: &Visitor,
    ) -> Result<Option<i64>, UserError> {
        let Some(device) = &visitor.device else { return Ok(None) };
        // Asked for nobody as well: it takes the same time.
        Ok(self.store.device_seen(&tenant.id, user.map_or("", User::object_id), device).await?)
    }

    /// Note that the browser, last `seen` then, signed in to the account, at most once a day.
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

    /// What one address may try at all accounts together.
    fn source_budget(&self, tenant: &TenantInfo, source: Option<IpAddr>) -> Option<Spending> {
        let (budget, ip) = (self.settings.sign_in_budget?, source?);
        Some(budget.of(&tenant.id, &format!("sign-in from {}", source_key(ip))))
    }

    /// Hash a right password at today's cost. Skipped when the machine is busy: there is a next time.
    async fn rehash(&self, user: &User, password: &str) -> Result<(), UserError> {
        let Some(old) = &user.record.password_hash else { return Ok(()) };
        let Ok(new) = self.hasher.hash(password).await else { return Ok(()) };
        self.store.rehash_password(&user.record.tenant, &user.record.object_id, old, &new).await?;
        Ok(())
    }
}

/// The counter of a name without an account.
fn unknown_key(sealer: &Sealer, name: &str) -> String {
    let name = identity::sign_in_name(name).map_or_else(|| name.to_lowercase(), |name| name.key);
    let mac = sealer.mac("unknown name", &name);
    let number = mac.bytes().take(8).fold(0_u32, |n, byte| n.wrapping_mul(31).wrapping_add(u32::from(byte)));
    format!("unknown {:05x}", number % UNKNOWN_COUNTERS)
}

/// What a source address counts as: IPv6 by its /64, which is one customer's.
pub(crate) fn source_key(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}
