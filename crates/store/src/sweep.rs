//! Removes expired rows in small batches, so that no request waits long for the writer.
//!
//! Rows that have to stay are not read again at every sweep: rows are found by an index on a time, and a row that
//! cannot be removed yet gets a later time.

use super::Store;
use super::error::Result;
use super::sql::sql;
use vestibule_protocol::MOST_SKEW;

/// The maximum number of rows of one kind that one sweep removes. In a large store, each row lies on pages of its own,
/// and other writers wait while these are written.
pub const SWEEP_BATCH: i64 = 100;

const DAY: i64 = 24 * 60 * 60 * 1000;

/// How long used codes and refresh tokens are kept after they expire, so that a replay is still recognised.
pub(super) const KEEP_USED: i64 = DAY;

/// How long the successor of a used refresh token is kept. This is longer than the grace period in which it is returned
/// again (30 seconds), even if the clock of the node that sweeps is ahead.
const KEEP_SUCCESSOR: i64 = MOST_SKEW + 60 * 1000;

/// How long a grant without codes and refresh tokens is kept: longer than the longest lifetime of an access token (24
/// hours).
pub(super) const KEEP_GRANT: i64 = 2 * DAY;

/// How long a mail is kept after it was sent or given up.
const KEEP_MAIL: i64 = 7 * DAY;

/// How long attempts at an account that does not exist are remembered: longer than the longest lockout (five hours).
const KEEP_ATTEMPTS: i64 = 30 * DAY;

/// How long a client assertion is remembered after it expires: longer than the clocks of two nodes can differ.
const KEEP_ASSERTION: i64 = DAY;

/// Removes expired rows. `$1` is a time, `$2` a number of rows.
const ENDED: [(&str, i64); 10] = [
    ("DELETE FROM codes WHERE hash IN (SELECT hash FROM codes WHERE expires_at <= $1 LIMIT $2)", KEEP_USED),
    (
        "DELETE FROM refresh_tokens WHERE hash IN (SELECT hash FROM refresh_tokens WHERE expires_at <= $1 LIMIT $2)",
        KEEP_USED,
    ),
    (
        "DELETE FROM refresh_successors WHERE used_at <= $1 AND (used_at, hash) IN
           (SELECT used_at, hash FROM refresh_successors WHERE used_at <= $1 LIMIT $2)",
        KEEP_SUCCESSOR,
    ),
    ("DELETE FROM sessions WHERE id_hash IN (SELECT id_hash FROM sessions WHERE expires_at <= $1 LIMIT $2)", 0),
    (
        "DELETE FROM portal_sessions WHERE id_hash IN
           (SELECT id_hash FROM portal_sessions WHERE expires_at <= $1 LIMIT $2)",
        0,
    ),
    ("DELETE FROM invitations WHERE id_hash IN (SELECT id_hash FROM invitations WHERE expires_at <= $1 LIMIT $2)", 0),
    (
        "DELETE FROM pending_forms WHERE id_hash IN (SELECT id_hash FROM pending_forms WHERE expires_at <= $1 LIMIT $2)",
        0,
    ),
    (
        "DELETE FROM budgets WHERE expires_at <= $1 AND (tenant, key) IN
           (SELECT tenant, key FROM budgets WHERE expires_at <= $1 LIMIT $2)",
        0,
    ),
    (
        "DELETE FROM outbox WHERE id IN
           (SELECT id FROM outbox WHERE next_attempt_at IS NULL AND due_at IS NULL AND created_at <= $1 LIMIT $2)",
        KEEP_MAIL,
    ),
    (
        "DELETE FROM client_assertions WHERE expires_at <= $1 AND (tenant, hash) IN
           (SELECT tenant, hash FROM client_assertions WHERE expires_at <= $1 LIMIT $2)",
        KEEP_ASSERTION,
    ),
];

/// Rows that are removed once they have expired and the rows that they are linked with are gone. Of up to `$2` rows
/// whose time is `$1` or earlier, those that have to stay get a time later by `$3`; then the others are removed. The
/// two numbers are how long ago `$1` is, and `$3`.
const DEPENDENT: [(&str, &str, i64, i64); 2] = [
    (
        // A grant stays until its last refresh token is swept.
        "UPDATE grants SET sweep_at =
           COALESCE((SELECT MAX(r.expires_at) FROM refresh_tokens r WHERE r.grant_id = grants.id), $1) + $3
         WHERE id IN (SELECT id FROM grants WHERE sweep_at <= $1 ORDER BY sweep_at LIMIT $2)
           AND (EXISTS (SELECT 1 FROM refresh_tokens r WHERE r.grant_id = grants.id)
             OR EXISTS (SELECT 1 FROM codes c WHERE c.grant_id = grants.id))",
        "DELETE FROM grants WHERE id IN
           (SELECT g.id FROM (SELECT id FROM grants WHERE sweep_at <= $1 ORDER BY sweep_at LIMIT $2) g
             WHERE NOT EXISTS (SELECT 1 FROM codes c WHERE c.grant_id = g.id)
               AND NOT EXISTS (SELECT 1 FROM refresh_tokens r WHERE r.grant_id = g.id))",
        0,
        KEEP_USED,
    ),
    (
        // The counters of an account stay as long as the account.
        "UPDATE lockouts SET updated_at = $1 + $3
         WHERE (tenant, object_id, familiar) IN
           (SELECT tenant, object_id, familiar FROM lockouts WHERE updated_at <= $1 ORDER BY updated_at LIMIT $2)
           AND EXISTS (SELECT 1 FROM users u WHERE u.tenant = lockouts.tenant AND u.object_id = lockouts.object_id)",
        // The condition on the time stands twice: on PostgreSQL another transaction may update the counter while this
        // statement waits for its row, and then only the outer condition is evaluated again.
        "DELETE FROM lockouts WHERE updated_at <= $1 AND (tenant, object_id, familiar) IN
           (SELECT l.tenant, l.object_id, l.familiar FROM
             (SELECT tenant, object_id, familiar FROM lockouts WHERE updated_at <= $1 ORDER BY updated_at LIMIT $2) l
             WHERE NOT EXISTS
               (SELECT 1 FROM users u WHERE u.tenant = l.tenant AND u.object_id = l.object_id))",
        KEEP_ATTEMPTS,
        KEEP_ATTEMPTS,
    ),
];

impl Store {
    /// Remove codes, refresh tokens, the successors of used ones, grants, sessions (the portal's too), invitations, budgets, mails, journeys, client
    /// assertions and attempts at unknown accounts that have ended: at most [`SWEEP_BATCH`] of each, each in a
    /// transaction of its own. Returns how many were removed or put off; call again while there were any.
    pub async fn sweep(&self, now: i64) -> Result<u64> {
        let mut count = self.sweep_journeys(now, SWEEP_BATCH).await?;
        for (statement, keep) in ENDED {
            let mut tx = self.write().await?;
            count += sql(statement).bind(now - keep).bind(SWEEP_BATCH).run(&mut tx).await?;
            tx.commit().await?;
        }
        for (put_off, remove, ago, later) in DEPENDENT {
            let mut tx = self.write().await?;
            count += sql(put_off).bind(now - ago).bind(SWEEP_BATCH).bind(later).run(&mut tx).await?;
            count += sql(remove).bind(now - ago).bind(SWEEP_BATCH).run(&mut tx).await?;
            tx.commit().await?;
        }
        Ok(count)
    }
}
