//! Removing what has ended, a little at a time, so that nobody waits long for the writer.

use super::Store;
use super::error::Result;
use super::sql::sql;

/// How many rows of one kind a sweep removes at most.
pub const SWEEP_BATCH: i64 = 500;

const DAY: i64 = 24 * 60 * 60 * 1000;

/// For how long used codes and refresh tokens are kept after their end, so that a replay is still recognised.
const KEEP_USED: i64 = DAY;

/// For how long a grant without codes and refresh tokens is kept: longer than the longest access token (24 hours).
const KEEP_GRANT: i64 = 2 * DAY;

/// For how long a mail that went out, or was given up, is kept.
const KEEP_MAIL: i64 = 7 * DAY;

/// For how long attempts at an account that does not exist are remembered: longer than the longest lock (five hours).
const KEEP_ATTEMPTS: i64 = 30 * DAY;

/// For how long a client assertion is remembered after its end: longer than the clocks of two nodes differ.
const KEEP_ASSERTION: i64 = DAY;

/// What each sweep removes. `$1` is a time, `$2` a number of rows.
const SWEEPS: [(&str, i64); 8] = [
    ("DELETE FROM codes WHERE hash IN (SELECT hash FROM codes WHERE expires_at <= $1 LIMIT $2)", KEEP_USED),
    (
        "DELETE FROM refresh_tokens WHERE hash IN (SELECT hash FROM refresh_tokens WHERE expires_at <= $1 LIMIT $2)",
        KEEP_USED,
    ),
    (
        "DELETE FROM grants WHERE id IN (SELECT g.id FROM grants g WHERE g.created_at <= $1
           AND NOT EXISTS (SELECT 1 FROM codes c WHERE c.grant_id = g.id)
           AND NOT EXISTS (SELECT 1 FROM refresh_tokens r WHERE r.grant_id = g.id) LIMIT $2)",
        KEEP_GRANT,
    ),
    ("DELETE FROM sessions WHERE id_hash IN (SELECT id_hash FROM sessions WHERE expires_at <= $1 LIMIT $2)", 0),
    (
        "DELETE FROM budgets WHERE expires_at <= $1 AND (tenant, key) IN
           (SELECT tenant, key FROM budgets WHERE expires_at <= $1 LIMIT $2)",
        0,
    ),
    (
        "DELETE FROM outbox WHERE id IN
           (SELECT id FROM outbox WHERE next_attempt_at IS NULL AND created_at <= $1 LIMIT $2)",
        KEEP_MAIL,
    ),
    (
        "DELETE FROM lockouts WHERE updated_at <= $1 AND (tenant, object_id, familiar) IN
           (SELECT l.tenant, l.object_id, l.familiar FROM lockouts l WHERE l.updated_at <= $1 AND NOT EXISTS
             (SELECT 1 FROM users u WHERE u.tenant = l.tenant AND u.object_id = l.object_id) LIMIT $2)",
        KEEP_ATTEMPTS,
    ),
    (
        "DELETE FROM client_assertions WHERE expires_at <= $1 AND (tenant, hash) IN
           (SELECT tenant, hash FROM client_assertions WHERE expires_at <= $1 LIMIT $2)",
        KEEP_ASSERTION,
    ),
];

impl Store {
    /// Remove codes, refresh tokens, grants, sessions, budgets, mails, journeys, client assertions and attempts at unknown
    /// accounts that have ended: at most [`SWEEP_BATCH`] of each, each in a transaction of its own. Returns how many;
    /// call again while there were any.
    pub async fn sweep(&self, now: i64) -> Result<u64> {
        let mut count = self.sweep_journeys(now, SWEEP_BATCH).await?;
        for (statement, keep) in SWEEPS {
            let mut tx = self.write().await?;
            count += sql(statement).bind(now - keep).bind(SWEEP_BATCH).run(&mut tx).await?;
            tx.commit().await?;
        }
        Ok(count)
    }
}
