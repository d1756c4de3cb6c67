//! What the portal keeps of browsers: sessions, and forms that wait for a fresh sign-in.

use super::Store;
use super::error::Result;
use super::sql::{record, sql};

/// A session of an administrator in the portal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortalSessionRecord {
    /// SHA-256 of what the cookie holds.
    pub id_hash: String,
    /// The person's object id in the administrators' tenant.
    pub object_id: String,
    /// The value that each form must repeat.
    pub csrf: String,
    /// When the person last proved who they are, milliseconds.
    pub auth_time: i64,
    /// When the session began, milliseconds.
    pub created_at: i64,
    /// When it was last used, milliseconds; written at most once a minute.
    pub used_at: i64,
    /// When it ends, milliseconds.
    pub expires_at: i64,
}
record!(PortalSessionRecord { id_hash, object_id, csrf, auth_time, created_at, used_at, expires_at });

impl Store {
    /// Begin a session; `instead_of` ends with it.
    pub async fn begin_portal_session(&self, session: &PortalSessionRecord, instead_of: Option<&str>) -> Result<()> {
        let mut tx = self.write().await?;
        if let Some(old) = instead_of {
            sql("DELETE FROM portal_sessions WHERE id_hash = $1").bind(old).run(&mut tx).await?;
        }
        sql("INSERT INTO portal_sessions (id_hash, object_id, csrf, auth_time, created_at, used_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)")
        .bind(&session.id_hash)
        .bind(&session.object_id)
        .bind(&session.csrf)
        .bind(session.auth_time)
        .bind(session.created_at)
        .bind(session.used_at)
        .bind(session.expires_at)
        .run(&mut tx)
        .await?;
        tx.commit().await
    }

    /// The session, if it has not ended.
    pub async fn portal_session(&self, id_hash: &str, now: i64) -> Result<Option<PortalSessionRecord>> {
        let mut conn = self.read().await?;
        sql("SELECT id_hash, object_id, csrf, auth_time, created_at, used_at, expires_at FROM portal_sessions
             WHERE id_hash = $1 AND expires_at > $2")
        .bind(id_hash)
        .bind(now)
        .one(&mut conn)
        .await
    }

    /// Note that the session is in use.
    pub async fn use_portal_session(&self, id_hash: &str, now: i64) -> Result<()> {
        let mut tx = self.write().await?;
        sql("UPDATE portal_sessions SET used_at = $2 WHERE id_hash = $1").bind(id_hash).bind(now).run(&mut tx).await?;
        tx.commit().await
    }

    /// End the session.
    pub async fn end_portal_session(&self, id_hash: &str) -> Result<()> {
        let mut tx = self.write().await?;
        sql("DELETE FROM portal_sessions WHERE id_hash = $1").bind(id_hash).run(&mut tx).await?;
        tx.commit().await
    }

    /// Keep a sealed form for this person until `expires_at`, milliseconds.
    pub async fn keep_form(&self, id_hash: &str, object_id: &str, sealed: &str, expires_at: i64) -> Result<()> {
        let mut tx = self.write().await?;
        sql("INSERT INTO pending_forms (id_hash, object_id, sealed, expires_at) VALUES ($1, $2, $3, $4)")
            .bind(id_hash)
            .bind(object_id)
            .bind(sealed)
            .bind(expires_at)
            .run(&mut tx)
            .await?;
        tx.commit().await
    }

    /// Take a form that was kept for this person; each comes back once.
    pub async fn take_form(&self, id_hash: &str, object_id: &str, now: i64) -> Result<Option<String>> {
        let mut tx = self.write().await?;
        let sealed = sql("DELETE FROM pending_forms WHERE id_hash = $1 AND object_id = $2 AND expires_at > $3
             RETURNING sealed")
        .bind(id_hash)
        .bind(object_id)
        .bind(now)
        .one(&mut tx)
        .await?;
        tx.commit().await?;
        Ok(sealed)
    }
}
