//! Smart lockout (contract 4.8): wrong passwords lock an account for a while, but not its owner's own browsers.
//!
//! Each account, existing or not, has two counters: one for browsers that signed in to it before, one for strangers. An
//! attempt is counted *before* the password is looked at, so that a thousand guesses at once are a thousand guesses; a
//! right password takes it back. The same wrong password again is not counted: a device that keeps sending the old one
//! locks nobody out.

use super::Inner;
use crate::clock::MOST_SKEW;
use crate::store::{LockoutRecord, StoreError};
use vestibule_protocol::digest::constant_time_eq;

/// Longest lock: five hours, milliseconds.
const LONGEST: i64 = 5 * 60 * 60 * 1000;
/// Lockouts of one length, before the next are twice as long.
const PER_LENGTH: i64 = 10;
/// How many wrong passwords are remembered.
const REMEMBERED: usize = 20;
/// How often to count anew when others count at the same time.
const RETRIES: usize = 50;

/// How long the `lockouts`-th lockout in a row lasts, milliseconds: the first ten `first_ms`, the next ten twice that,
/// and so on, five hours at most.
#[must_use]
pub fn lock_length(lockouts: i64, first_ms: i64) -> i64 {
    let doublings = u32::try_from((lockouts.max(1) - 1) / PER_LENGTH).unwrap_or(u32::MAX).min(40);
    first_ms.saturating_mul(1 << doublings).min(LONGEST)
}

/// Whose attempts are counted.
#[derive(Clone, Copy)]
pub(super) struct Account<'a> {
    pub(super) tenant: &'a str,
    /// Object id, or a key for a name without an account.
    pub(super) key: &'a str,
    /// Whether the browser signed in to it before.
    pub(super) familiar: bool,
    /// Attempts until a lock.
    pub(super) threshold: u32,
    /// First length of a lock, milliseconds.
    pub(super) first_ms: i64,
}

impl Inner {
    /// Count an attempt with a password of this digest. False: the account is locked.
    pub(super) async fn count_attempt(&self, account: Account<'_>, digest: &str) -> Result<bool, StoreError> {
        for _ in 0..RETRIES {
            let mut row = self.counters(account).await?;
            let left = row.locked_until.saturating_sub(self.clock.now());
            // A lock longer than any is one of before the clock was put back.
            if (1..=LONGEST.saturating_add(MOST_SKEW)).contains(&left) {
                return Ok(false);
            }
            let mut recent: Vec<String> = serde_json::from_str(&row.recent).unwrap_or_default();
            if recent.iter().any(|known| constant_time_eq(known, digest)) {
                return Ok(true);
            }
            recent.insert(0, digest.to_owned());
            recent.truncate(REMEMBERED);
            row.recent = serde_json::to_string(&recent).unwrap_or_default();
            row.failures += 1;
            if row.failures >= i64::from(account.threshold.max(1)) {
                row.failures = 0;
                row.lockouts += 1;
                row.locked_until = self.clock.now().saturating_add(lock_length(row.lockouts, account.first_ms));
            }
            match self.store.save_lockout(&row, self.clock.now()).await {
                Err(StoreError::Conflict) => {}
                done => return done.map(|()| true),
            }
        }
        // So many at once is an attack: closed when unsure.
        Ok(false)
    }

    /// The password was right: begin at zero.
    pub(super) async fn forget_attempts(&self, account: Account<'_>) -> Result<(), StoreError> {
        for _ in 0..RETRIES {
            let row = self.counters(account).await?;
            let clean =
                LockoutRecord { failures: 0, lockouts: 0, locked_until: 0, recent: "[]".to_owned(), ..row.clone() };
            if row.version == 0 || clean == row {
                return Ok(());
            }
            match self.store.save_lockout(&clean, self.clock.now()).await {
                Err(StoreError::Conflict) => {}
                done => return done,
            }
        }
        Ok(())
    }

    async fn counters(&self, account: Account<'_>) -> Result<LockoutRecord, StoreError> {
        let row = self.store.lockout(account.tenant, account.key, account.familiar).await?;
        Ok(row.unwrap_or_else(|| LockoutRecord {
            tenant: account.tenant.to_owned(),
            object_id: account.key.to_owned(),
            familiar: account.familiar,
            failures: 0,
            lockouts: 0,
            locked_until: 0,
            recent: "[]".to_owned(),
            version: 0,
        }))
    }
}
