//! Single sign-on sessions: what a browser's cookie stands for.

use super::Store;
use super::conn::Conn;
use super::error::{Result, StoreError};
use super::sql::{record, sql};

/// A session of a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    /// SHA-256 of what the cookie holds.
    pub id_hash: String,
    /// The tenant's GUID.
    pub tenant: String,
    /// What the session is good for: the tenant, an application or a policy, as the flow is set.
    pub scope_key: String,
    /// The user; none before anyone signed in.
    pub object_id: Option<String>,
    /// Claims, methods, and the applications that got tokens, JSON.
    pub body: String,
    /// When the person last proved who they are, milliseconds.
    pub auth_time: i64,
    /// When it was made, milliseconds.
    pub created_at: i64,
    /// When it was last used, milliseconds.
    pub used_at: i64,
    /// When it ends, milliseconds.
    pub expires_at: i64,
    /// Whether it outlives the browser: keep me signed in.
    pub persistent: bool,
    /// Counts the changes of the body; give 1 at first.
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

impl Store {
    /// Begin the session. `Conflict` if its id exists: a new sign-in takes a new id.
    pub async fn session_put(&self, session: &SessionRecord) -> Result<()> {
        self.together(session.clone(), |batch, session| {
            Box::pin(async move {
                sql(
                    "INSERT INTO sessions (id_hash, tenant, scope_key, object_id, body, auth_time, created_at, used_at,
                       expires_at, persistent, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                )
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
                .run(&mut batch.conn)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// The session, unless it has ended. One that has is removed: a clock that is put back does not bring back what was
    /// refused.
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

    /// Remove the session, unless somebody made it last longer meanwhile.
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

    /// Write `body`, `auth_time`, `used_at` and `expires_at`; returns the new version. `Conflict` if the session ended
    /// or its body was changed since `session.version`: read it again.
    pub async fn session_save(&self, session: &SessionRecord) -> Result<i64> {
        let saved = self.together(session.clone(), |batch, session| {
            Box::pin(async move {
                sql("UPDATE sessions SET body = $4, auth_time = $5, used_at = $6, expires_at = $7, version = version + 1
                     WHERE id_hash = $1 AND tenant = $2 AND version = $3 RETURNING version")
                .bind(&session.id_hash)
                .bind(&session.tenant)
                .bind(session.version)
                .bind(&session.body)
                .bind(session.auth_time)
                .bind(session.used_at)
                .bind(session.expires_at)
                .one(&mut batch.conn)
                .await
            })
        });
        saved.await?.ok_or(StoreError::Conflict)
    }

    /// Note that the session was used, and until when it now lasts. False if it is gone.
    pub async fn session_touch(&self, tenant: &str, id_hash: &str, now: i64, expires_at: i64) -> Result<bool> {
        let data = (tenant.to_owned(), id_hash.to_owned(), now, expires_at);
        self.together(data, |batch, (tenant, id_hash, now, expires_at)| {
            Box::pin(async move {
                let found = sql("UPDATE sessions SET used_at = $3, expires_at = $4
                     WHERE id_hash = $1 AND tenant = $2 AND expires_at > $3")
                .bind(id_hash)
                .bind(tenant)
                .bind(*now)
                .bind(*expires_at)
                .run(&mut batch.conn)
                .await?;
                Ok(found > 0)
            })
        })
        .await
    }

    /// End the session; what it was, for telling its applications.
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

    /// The sessions of the user that have not ended, newest first.
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

    /// End every session of the user; how many there were. Grants stay: see [`Store::revoke_sessions`].
    pub async fn session_delete_of_user(&self, tenant: &str, object_id: &str) -> Result<u64> {
        let mut tx = self.write().await?;
        let count = delete_of_user(&mut tx, tenant, object_id).await?;
        tx.commit().await?;
        Ok(count)
    }
}

pub(super) async fn delete_of_user(conn: &mut Conn<'_>, tenant: &str, object_id: &str) -> Result<u64> {
    sql("DELETE FROM sessions WHERE tenant = $1 AND object_id = $2").bind(tenant).bind(object_id).run(conn).await
}
