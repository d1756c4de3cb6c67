//! Smart lockout (docs/b2c.md, "Passwords and lockout"): wrong passwords lock an account for a while, but not its
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

/// Longest lock: five hours, milliseconds.
const LONGEST: i64 = 5 * 60 * 60 * 1000;
/// Lockouts of one length, before the next are twice as long.
const PER_LENGTH: i64 = 10;
/// The number of wrong passwords that are remembered.
const REMEMBERED: usize = 20;
/// The number of attempts when others count at the same time.
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
    /// True if the browser signed in to it before.
    pub(super) familiar: bool,
    /// Attempts until a lock.
    pub(super) threshold: u32,
    /// First length of a lock, milliseconds.
    pub(super) first_ms: i64,
}

/// What became of counting an attempt.
pub(super) enum Counting {
    /// It counts; the counters as they are now, for [`Inner::forget_attempts`]. They may lock the account from now on.
    Counted(LockoutRecord),
    /// The account is locked.
    Locked,
    /// The budget of where it comes from is spent.
    Spent,
}

impl Inner {
    /// Count an attempt with a password of this digest, and take one of the budget of where it comes from.
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
            // A lock longer than any is one of before the clock was put back.
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
                    // It begins no lock, whatever a clock that was put back left there.
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
        // That many at once is an attack, so the request is rejected.
        Ok(Counting::Locked)
    }

    /// The password was right: begin at zero. `row`: the counters as they were last seen.
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
