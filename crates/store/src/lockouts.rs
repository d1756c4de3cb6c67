//! Smart lockout's counters, the devices that signed in before, and budgets for actions that are limited in number.
//!
//! They are written at every attempt, without waiting for the disk. A power cut can lose the last few writes, which
//! gives an attacker a few more guesses. A lock is on disk before the request is answered, and so is the end of a
//! budget.

use super::Store;
use super::conn::{Conn, Durability};
use super::error::{Result, StoreError};
use super::sql::{record, sql};

/// Failed sign-ins at one account, by known devices or by strangers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockoutRecord {
    /// The tenant's GUID.
    pub tenant: String,
    /// The user's object id, or any stable key for an account that does not exist.
    pub object_id: String,
    /// True if it counts attempts from known devices.
    pub familiar: bool,
    /// Failures since the last success or lockout.
    pub failures: i64,
    /// Consecutive lockouts.
    pub lockouts: i64,
    /// When the lockout ends, in milliseconds; 0 if the account is not locked.
    pub locked_until: i64,
    /// Digests of the wrong passwords tried recently, as JSON.
    pub recent: String,
    /// Incremented by each change; 0 for a record that is not stored yet.
    pub version: i64,
}
impl LockoutRecord {
    /// A record without failures, which is not stored yet.
    #[must_use]
    pub fn none(tenant: impl Into<String>, object_id: impl Into<String>, familiar: bool) -> Self {
        Self {
            tenant: tenant.into(),
            object_id: object_id.into(),
            familiar,
            failures: 0,
            lockouts: 0,
            locked_until: 0,
            recent: "[]".to_owned(),
            version: 0,
        }
    }
}
record!(LockoutRecord { tenant, object_id, familiar, failures, lockouts, locked_until, recent, version });

/// A request for one unit of a budget: `key` has `limit` units in each window of `window_ms`.
///
/// Windows begin at multiples of their length. A node whose clock is behind by less than a window counts in the window
/// that another node has opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spending {
    /// The tenant's GUID.
    pub tenant: String,
    /// The owner and the purpose of the budget.
    pub key: String,
    /// The length of a window, in milliseconds.
    pub window_ms: i64,
    /// The limit per window; 0 allows none.
    pub limit: i64,
}

/// The result of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// The attempt was counted.
    Yes,
    /// The budget is used up. Nothing was written.
    NoneLeft,
    /// Another attempt was counted at the same time: one unit of the budget is used, the counters are unchanged.
    Conflict,
}

impl Store {
    /// The counters; `None` if nothing was counted.
    pub async fn lockout(&self, tenant: &str, object_id: &str, familiar: bool) -> Result<Option<LockoutRecord>> {
        let mut conn = self.read().await?;
        sql("SELECT tenant, object_id, familiar, failures, lockouts, locked_until, recent, version FROM lockouts
             WHERE tenant = $1 AND object_id = $2 AND familiar = $3")
        .bind(tenant)
        .bind(object_id)
        .bind(familiar)
        .one(&mut conn)
        .await
    }

    /// Replaces the counters of `lockout.version`. Returns `Conflict` if another attempt has been counted since, or the
    /// account has been unlocked: read the counters again and repeat.
    pub async fn save_lockout(&self, lockout: &LockoutRecord, now: i64) -> Result<()> {
        let data = (lockout.clone(), now);
        let saved = self.together_as(durability(lockout, now), data, |batch, (lockout, now)| {
            Box::pin(save(&mut batch.conn, lockout, *now))
        });
        if saved.await? { Ok(()) } else { Err(StoreError::Conflict) }
    }

    /// Takes one unit of the budget, if one is given. Unless it is used up, writes the counters as
    /// [`Store::save_lockout`] does.
    pub async fn count_attempt(
        &self,
        spending: Option<&Spending>,
        lockout: &LockoutRecord,
        now: i64,
    ) -> Result<Counted> {
        let data = (spending.cloned(), lockout.clone(), now);
        let counting = self.together_as(durability(lockout, now), data, |batch, (spending, lockout, now)| {
            Box::pin(async move {
                let spent = match spending {
                    Some(spending) => spend(&mut batch.conn, spending, *now).await?,
                    None => Spent::One,
                };
                if spent == Spent::None {
                    return Ok((spent, Counted::NoneLeft));
                }
                let saved = save(&mut batch.conn, lockout, *now).await?;
                Ok((spent, if saved { Counted::Yes } else { Counted::Conflict }))
            })
        });
        let (spent, counted) = counting.await?;
        if let Some(spending) = spending.filter(|_| spent == Spent::Last) {
            self.keep(spending).await?;
        }
        Ok(counted)
    }

    /// Deletes both kinds of counters of the account, when an administrator unlocks it.
    pub async fn delete_lockouts(&self, tenant: &str, object_id: &str) -> Result<()> {
        let mut tx = self.write().await?;
        delete_of_user(&mut tx, tenant, object_id).await?;
        tx.commit().await
    }

    /// Records that the user signed in from the device. Returns `Conflict` if the user does not exist.
    pub async fn remember_device(&self, tenant: &str, object_id: &str, device_hash: &str, now: i64) -> Result<()> {
        let data = (tenant.to_owned(), object_id.to_owned(), device_hash.to_owned(), now);
        self.together_as(Durability::Relaxed, data, |batch, (tenant, object_id, device_hash, now)| {
            Box::pin(async move {
                sql("INSERT INTO known_devices (tenant, object_id, device_hash, last_seen) VALUES ($1, $2, $3, $4)
                     ON CONFLICT (tenant, object_id, device_hash) DO UPDATE SET last_seen = excluded.last_seen")
                .bind(tenant)
                .bind(object_id)
                .bind(device_hash)
                .bind(*now)
                .run(&mut batch.conn)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// When the user last signed in from the device, in milliseconds.
    pub async fn device_seen(&self, tenant: &str, object_id: &str, device_hash: &str) -> Result<Option<i64>> {
        let mut conn = self.read().await?;
        sql("SELECT last_seen FROM known_devices WHERE tenant = $1 AND object_id = $2 AND device_hash = $3")
            .bind(tenant)
            .bind(object_id)
            .bind(device_hash)
            .one(&mut conn)
            .await
    }

    /// Up to `limit` accounts that signed in from the device since `since` (milliseconds), the most recent first.
    pub async fn accounts_of_device(
        &self,
        tenant: &str,
        device_hash: &str,
        since: i64,
        limit: i64,
    ) -> Result<Vec<String>> {
        let mut conn = self.read().await?;
        sql("SELECT object_id FROM known_devices WHERE tenant = $1 AND device_hash = $2 AND last_seen >= $3
             ORDER BY last_seen DESC, object_id LIMIT $4")
        .bind(tenant)
        .bind(device_hash)
        .bind(since)
        .bind(limit)
        .all(&mut conn)
        .await
    }

    /// Takes one unit of the budget. Returns false if none is left in this window.
    pub async fn spend(&self, spending: &Spending, now: i64) -> Result<bool> {
        let spending_one = self.together_as(Durability::Relaxed, (spending.clone(), now), |batch, (spending, now)| {
            Box::pin(spend(&mut batch.conn, spending, *now))
        });
        let spent = spending_one.await?;
        if spent == Spent::Last {
            self.keep(spending).await?;
        }
        Ok(spent != Spent::None)
    }

    /// Flushes the budget to disk. SQLite skips a flush for a transaction that changes nothing, so this changes the
    /// time at which the row is swept.
    async fn keep(&self, spending: &Spending) -> Result<()> {
        self.together(spending.clone(), |batch, spending| {
            Box::pin(async move {
                sql("UPDATE budgets SET expires_at = expires_at + 1 WHERE tenant = $1 AND key = $2")
                    .bind(&spending.tenant)
                    .bind(&spending.key)
                    .run(&mut batch.conn)
                    .await
                    .map(drop)
            })
        })
        .await
    }
}

/// Deletes both kinds of counters of the account.
pub(super) async fn delete_of_user(conn: &mut Conn<'_>, tenant: &str, object_id: &str) -> Result<()> {
    let delete = sql("DELETE FROM lockouts WHERE tenant = $1 AND object_id = $2");
    delete.bind(tenant).bind(object_id).run(conn).await.map(drop)
}

/// Counters that lock the account are durable; all others are relaxed.
fn durability(lockout: &LockoutRecord, now: i64) -> Durability {
    if lockout.locked_until > now { Durability::Full } else { Durability::Relaxed }
}

/// Returns false if the stored version was a different one.
async fn save(conn: &mut Conn<'_>, lockout: &LockoutRecord, now: i64) -> Result<bool> {
    let statement = if lockout.version == 0 {
        sql("INSERT INTO lockouts (tenant, object_id, familiar, version, failures, lockouts, locked_until,
               recent, updated_at) VALUES ($1, $2, $3, $4 + 1, $5, $6, $7, $8, $9)
             ON CONFLICT (tenant, object_id, familiar) DO NOTHING")
    } else {
        sql("UPDATE lockouts SET version = version + 1, failures = $5, lockouts = $6, locked_until = $7,
               recent = $8, updated_at = $9
             WHERE tenant = $1 AND object_id = $2 AND familiar = $3 AND version = $4")
    };
    let saved = statement
        .bind(&lockout.tenant)
        .bind(&lockout.object_id)
        .bind(lockout.familiar)
        .bind(lockout.version)
        .bind(lockout.failures)
        .bind(lockout.lockouts)
        .bind(lockout.locked_until)
        .bind(&lockout.recent)
        .bind(now)
        .run(conn)
        .await?;
    Ok(saved > 0)
}

/// The result of taking a unit of a budget.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spent {
    /// Nothing was left.
    None,
    /// One was taken, and more are left.
    One,
    /// The last one was taken.
    Last,
}

async fn spend(conn: &mut Conn<'_>, spending: &Spending, now: i64) -> Result<Spent> {
    if spending.limit < 1 {
        return Ok(Spent::None);
    }
    let window_ms = spending.window_ms.max(1);
    let window_start = now - now.rem_euclid(window_ms);
    let count: Option<i64> = sql(SPEND)
        .bind(&spending.tenant)
        .bind(&spending.key)
        .bind(window_start)
        .bind(window_start.saturating_add(window_ms))
        .bind(spending.limit)
        .one(conn)
        .await?;
    Ok(match count {
        None => Spent::None,
        Some(count) if count >= spending.limit => Spent::Last,
        Some(_) => Spent::One,
    })
}

const SPEND: &str = "INSERT INTO budgets (tenant, key, window_start, expires_at, count) VALUES ($1, $2, $3, $4, 1)
    ON CONFLICT (tenant, key) DO UPDATE SET
      count = CASE WHEN budgets.window_start < excluded.window_start
                     OR budgets.window_start > excluded.expires_at THEN 1 ELSE budgets.count + 1 END,
      expires_at = CASE WHEN budgets.window_start < excluded.window_start
                     OR budgets.window_start > excluded.expires_at THEN excluded.expires_at
                     ELSE budgets.expires_at END,
      window_start = CASE WHEN budgets.window_start < excluded.window_start
                     OR budgets.window_start > excluded.expires_at THEN excluded.window_start
                     ELSE budgets.window_start END
    WHERE budgets.window_start < excluded.window_start OR budgets.window_start > excluded.expires_at
      OR budgets.count < $5
    RETURNING count";
