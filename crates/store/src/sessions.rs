//! Single sign-on sessions, each identified by a cookie in the browser.

use super::conn::Conn;
use super::error::{Result, StoreError};
use super::sql::{record, sql};
use super::{AuditRecord, CodeRecord, GrantRecord, Store, grants};

/// A session of a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    /// SHA-256 of the cookie's value.
    pub id_hash: String,
    /// The tenant's GUID.
    pub tenant: String,
    /// The scope of the session: the tenant, an application or a policy, depending on the flow's settings.
    pub scope_key: String,
    /// The user; `None` before anyone has signed in.
    pub object_id: Option<String>,
    /// Claims, authentication methods, and the applications that received tokens, as JSON.
    pub body: String,
    /// When the user last authenticated, in milliseconds.
    pub auth_time: i64,
    /// When it was created, in milliseconds.
    pub created_at: i64,
    /// When it was last used, in milliseconds.
    pub used_at: i64,
    /// When it expires, in milliseconds.
    pub expires_at: i64,
    /// True if the session outlives the browser ("keep me signed in").
    pub persistent: bool,
    /// Incremented by each change of `body` and `persistent`; starts at 1.
    pub version: i64,
}
record!(SessionRecord {
    id_hash,
    tenant,
    scope_key,
    object_id,
    body,
    auth_time,
    created_at,
    used_at,
    expires_at,
    persistent,
    version,
});

/// The effect of a sign-in on the browser's session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionChange {
    /// A new session begins.
    Begin {
        /// The new session. Each sign-in takes a new id; the result is `Conflict` if the id exists.
        session: SessionRecord,
        /// The session that the browser had, as it was read; it is deleted.
        instead_of: Option<Box<SessionRecord>>,
    },
    /// The session was used: `used_at` and `expires_at` are written.
    Use(SessionRecord),
    /// The session was used and changed: `body` and `persistent` are written as well.
    Save(SessionRecord),
}

impl Store {
    /// Writes a sign-in in one transaction: the change to the browser's session, and the grant with its code. Returns
    /// `Conflict` if the session was changed or has ended since it was read.
    pub async fn sign_in(
        &self,
        change: Option<SessionChange>,
        given: Option<(GrantRecord, CodeRecord)>,
        entries: &[AuditRecord],
    ) -> Result<()> {
        let done = self.together((change, given, entries.to_vec()), |batch, (change, given, entries)| {
            Box::pin(async move {
                if let Some(change) = change
                    && !write(&mut batch.conn, change).await?
                {
                    return Ok(false);
                }
                if let Some((grant, code)) = given {
                    grants::insert(&mut batch.conn, grant, code).await?;
                }
                batch.audit(entries);
                Ok(true)
            })
        });
        // This is not an error of the job, because then the other jobs in its transaction would have to run again.
        if done.await? { Ok(()) } else { Err(StoreError::Conflict) }
    }

    /// Returns the session unless it has ended. An ended session is removed, so that setting the clock back does not
    /// revive it.
    pub async fn session_get(&self, tenant: &str, id_hash: &str, now: i64) -> Result<Option<SessionRecord>> {
        let mut conn = self.read().await?;
        let found: Option<SessionRecord> =
            sql("SELECT id_hash, tenant, scope_key, object_id, body, auth_time, created_at,
               used_at, expires_at, persistent, version FROM sessions WHERE id_hash = $1 AND tenant = $2")
            .bind(id_hash)
            .bind(tenant)
            .one(&mut conn)
            .await?;
        drop(conn);
        match found {
            Some(session) if session.expires_at <= now => {
                self.session_remove_ended(tenant, id_hash, now).await?;
                Ok(None)
            }
            found => Ok(found),
        }
    }

    /// Removes the session, unless it was extended at the same time.
    async fn session_remove_ended(&self, tenant: &str, id_hash: &str, now: i64) -> Result<()> {
        let mut tx = self.write().await?;
        sql("DELETE FROM sessions WHERE id_hash = $1 AND tenant = $2 AND expires_at <= $3")
            .bind(id_hash)
            .bind(tenant)
            .bind(now)
            .run(&mut tx)
            .await?;
        tx.commit().await
    }

    /// Ends the session. Returns its record, so that its applications can be notified.
    pub async fn session_delete(&self, tenant: &str, id_hash: &str) -> Result<Option<SessionRecord>> {
        let mut tx = self.write().await?;
        let session = sql("DELETE FROM sessions WHERE id_hash = $1 AND tenant = $2
             RETURNING id_hash, tenant, scope_key, object_id, body, auth_time, created_at, used_at, expires_at,
               persistent, version")
        .bind(id_hash)
        .bind(tenant)
        .one(&mut tx)
        .await?;
        tx.commit().await?;
        Ok(session)
    }

    /// The user's sessions that have not expired, newest first.
    pub async fn sessions_of_user(&self, tenant: &str, object_id: &str, now: i64) -> Result<Vec<SessionRecord>> {
        let mut conn = self.read().await?;
        sql("SELECT id_hash, tenant, scope_key, object_id, body, auth_time, created_at, used_at, expires_at,
               persistent, version FROM sessions WHERE tenant = $1 AND object_id = $2 AND expires_at > $3
             ORDER BY created_at DESC")
        .bind(tenant)
        .bind(object_id)
        .bind(now)
        .all(&mut conn)
        .await
    }

    /// Deletes every session of the user and returns how many there were. Grants stay: see [`Store::revoke_sessions`].
    pub async fn session_delete_of_user(&self, tenant: &str, object_id: &str) -> Result<u64> {
        let mut tx = self.write().await?;
        let count = delete_of_user(&mut tx, tenant, object_id).await?;
        tx.commit().await?;
        Ok(count)
    }
}

/// Writes the change if the session's version is still the one that was read; returns false otherwise.
async fn write(conn: &mut Conn<'_>, change: &SessionChange) -> Result<bool> {
    let touched = match change {
        SessionChange::Begin { session, instead_of } => {
            if let Some(old) = instead_of {
                let ended = sql("DELETE FROM sessions WHERE id_hash = $1 AND tenant = $2 AND version = $3")
                    .bind(&old.id_hash)
                    .bind(&old.tenant)
                    .bind(old.version)
                    .run(conn)
                    .await?;
                if ended == 0 {
                    return Ok(false);
                }
            }
            insert(conn, session).await?
        }
        SessionChange::Use(session) => {
            sql("UPDATE sessions SET used_at = $4, expires_at = $5
                 WHERE id_hash = $1 AND tenant = $2 AND version = $3 AND expires_at > $4")
            .bind(&session.id_hash)
            .bind(&session.tenant)
            .bind(session.version)
            .bind(session.used_at)
            .bind(session.expires_at)
            .run(conn)
            .await?
        }
        SessionChange::Save(session) => {
            sql("UPDATE sessions SET used_at = $4, expires_at = $5, body = $6, persistent = $7, version = version + 1
                 WHERE id_hash = $1 AND tenant = $2 AND version = $3 AND expires_at > $4")
            .bind(&session.id_hash)
            .bind(&session.tenant)
            .bind(session.version)
            .bind(session.used_at)
            .bind(session.expires_at)
            .bind(&session.body)
            .bind(session.persistent)
            .run(conn)
            .await?
        }
    };
    Ok(touched > 0)
}

async fn insert(conn: &mut Conn<'_>, session: &SessionRecord) -> Result<u64> {
    sql("INSERT INTO sessions (id_hash, tenant, scope_key, object_id, body, auth_time, created_at, used_at, expires_at,
           persistent, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)")
    .bind(&session.id_hash)
    .bind(&session.tenant)
    .bind(&session.scope_key)
    .bind(&session.object_id)
    .bind(&session.body)
    .bind(session.auth_time)
    .bind(session.created_at)
    .bind(session.used_at)
    .bind(session.expires_at)
    .bind(session.persistent)
    .bind(session.version)
    .run(conn)
    .await
}

pub(super) async fn delete_of_user(conn: &mut Conn<'_>, tenant: &str, object_id: &str) -> Result<u64> {
    sql("DELETE FROM sessions WHERE tenant = $1 AND object_id = $2").bind(tenant).bind(object_id).run(conn).await
}
