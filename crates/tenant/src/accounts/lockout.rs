//! Smart lockout (docs/b2c.md, "Passwords and lockout"): wrong passwords lock an account for a while, but not for its
//! owner's own browsers.
//!
//! Each account, existing or not, has two counters: one for browsers that signed in to it before, one for strangers. An
//! attempt is counted *before* the password is checked, so that parallel guesses are all counted; the right password
//! takes the count back. The same wrong password again is not counted: a device that keeps sending the old one
//! locks nobody out.

use super::Inner;
use crate::clock::MOST_SKEW;
use vestibule_protocol::digest::constant_time_eq;
use vestibule_store::{Counted, LockoutRecord, Spending, StoreError};

/// The longest lockout: five hours, in milliseconds.
const LONGEST: i64 = 5 * 60 * 60 * 1000;
/// The number of lockouts of the same length, before the length doubles.
const PER_LENGTH: i64 = 10;
/// The number of wrong passwords that are remembered.
const REMEMBERED: usize = 20;
/// The number of tries if other attempts are counted at the same time.
const RETRIES: usize = 50;

/// The length of the `lockouts`-th lockout in a row, in milliseconds: `first_ms` for the first ten, twice that for the
/// next ten, and so on, up to five hours.
#[must_use]
pub fn lock_length(lockouts: i64, first_ms: i64) -> i64 {
    let doublings = u32::try_from((lockouts.max(1) - 1) / PER_LENGTH).unwrap_or(u32::MAX).min(40);
    first_ms.saturating_mul(1 << doublings).min(LONGEST)
}

/// The account whose attempts are counted.
#[derive(Clone, Copy)]
pub(super) struct Account<'a> {
    pub(super) tenant: &'a str,
    /// Object id, or a key for a name without an account.
    pub(super) key: &'a str,
    /// True if the browser signed in to it before.
    pub(super) familiar: bool,
    /// Attempts until a lockout.
    pub(super) threshold: u32,
    /// The length of the first lockouts, in milliseconds.
    pub(super) first_ms: i64,
}

/// The result of counting an attempt.
pub(super) enum Counting {
    /// The attempt was counted. Contains the current counters, for [`Inner::forget_attempts`]; they may have just
    /// locked the account.
    Counted(LockoutRecord),
    /// The account is locked.
    Locked,
    /// The budget of the source address is used up.
    Spent,
}

impl Inner {
    /// Counts an attempt with a password of this digest, and takes one unit of the budget of its source address.
    pub(super) async fn count_attempt(
        &self,
        account: Account<'_>,
        digest: &str,
        mut budget: Option<Spending>,
    ) -> Result<Counting, StoreError> {
        for _ in 0..RETRIES {
            let now = self.clock.now();
            let mut row = self.counters(account).await?;
            let left = row.locked_until.saturating_sub(now);
            // A longer lock than any possible one dates from before the clock was set back, so it is ignored.
            let locked = (1..=LONGEST.saturating_add(MOST_SKEW)).contains(&left);
            let mut recent: Vec<String> = serde_json::from_str(&row.recent).unwrap_or_default();
            if locked || recent.iter().any(|known| constant_time_eq(known, digest)) {
                let spent = match &budget {
                    Some(budget) => !self.store.spend(budget, now).await?,
                    None => false,
                };
                return Ok(match (locked, spent) {
                    (true, _) => Counting::Locked,
                    (false, true) => Counting::Spent,
                    // Nothing is locked, even if the clock was set back and left an old end time there.
                    (false, false) => Counting::Counted(LockoutRecord { locked_until: 0, ..row }),
                });
            }
            recent.insert(0, digest.to_owned());
            recent.truncate(REMEMBERED);
            row.recent = serde_json::to_string(&recent).unwrap_or_default();
            row.failures += 1;
            if row.failures >= i64::from(account.threshold.max(1)) {
                row.failures = 0;
                row.lockouts += 1;
                row.locked_until = now.saturating_add(lock_length(row.lockouts, account.first_ms));
            }
            match self.store.count_attempt(budget.as_ref(), &row, now).await? {
                Counted::Yes => {
                    return Ok(Counting::Counted(LockoutRecord { version: row.version + 1, ..row }));
                }
                Counted::NoneLeft => return Ok(Counting::Spent),
                Counted::Conflict => budget = None,
            }
        }
        // So many at the same time are an attack, so the request is rejected.
        Ok(Counting::Locked)
    }

    /// Resets the counters after a right password. `row` contains the counters as last read.
    pub(super) async fn forget_attempts(&self, account: Account<'_>, mut row: LockoutRecord) -> Result<(), StoreError> {
        for _ in 0..RETRIES {
            let none = LockoutRecord::none(account.tenant, account.key, account.familiar);
            let clean = LockoutRecord { version: row.version, ..none };
            if row.version == 0 || clean == row {
                return Ok(());
            }
            match self.store.save_lockout(&clean, self.clock.now()).await {
                Err(StoreError::Conflict) => row = self.counters(account).await?,
                done => return done,
            }
        }
        Ok(())
    }

    async fn counters(&self, account: Account<'_>) -> Result<LockoutRecord, StoreError> {
        let row = self.store.lockout(account.tenant, account.key, account.familiar).await?;
        Ok(row.unwrap_or_else(|| LockoutRecord::none(account.tenant, account.key, account.familiar)))
    }
}
