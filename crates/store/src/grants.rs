//! Grants, the authorization codes that open them, and the refresh tokens that keep them going.
//!
//! A code or a refresh token works only once: a single statement decides, and only one caller can win it. Revoking a
//! grant revokes everything issued under it: RFC 6749 section 4.1.2, RFC 9700 section 4.14.2.

use super::conn::Conn;
use super::error::Result;
use super::sql::{Record, Row, record, sql};
use super::sweep::KEEP_GRANT;
use super::{AuditRecord, Store, audit};

/// The access that a user, or an application with the user's password, granted to an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantRecord {
    /// Its own id.
    pub id: String,
    /// The tenant's GUID.
    pub tenant: String,
    /// The application.
    pub client_id: String,
    /// The user.
    pub object_id: String,
    /// The policy or user flow that issued it.
    pub policy: String,
    /// Claims, scopes, origin and so on, as JSON.
    pub body: String,
    /// When it was created, in milliseconds.
    pub created_at: i64,
    /// When the grant was revoked, in milliseconds; `None` if it is still valid.
    pub revoked_at: Option<i64>,
}
record!(GrantRecord { id, tenant, client_id, object_id, policy, body, created_at, revoked_at });

/// An authorization code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeRecord {
    /// SHA-256 of the code.
    pub hash: String,
    /// The tenant's GUID.
    pub tenant: String,
    /// The grant it opens.
    pub grant_id: String,
    /// Redirect URI, challenge, nonce and so on, as JSON.
    pub body: String,
    /// When it expires, in milliseconds.
    pub expires_at: i64,
    /// When it was redeemed, in milliseconds.
    pub used_at: Option<i64>,
}
record!(CodeRecord { hash, tenant, grant_id, body, expires_at, used_at });

/// A refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshRecord {
    /// SHA-256 of the token.
    pub hash: String,
    /// The tenant's GUID.
    pub tenant: String,
    /// The grant it belongs to: its family.
    pub grant_id: String,
    /// When it was issued, in milliseconds.
    pub issued_at: i64,
    /// When it expires, in milliseconds.
    pub expires_at: i64,
    /// When it was exchanged, in milliseconds.
    pub used_at: Option<i64>,
}
record!(RefreshRecord { hash, tenant, grant_id, issued_at, expires_at, used_at });

/// The result of redeeming a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redeemed {
    /// This caller redeemed the code and may answer with tokens; the refresh token, if any, is stored.
    Won,
    /// The code was redeemed before: the caller should revoke the grant.
    AlreadyUsed {
        /// The grant that the code opened.
        grant_id: String,
        /// When it was redeemed, in milliseconds.
        used_at: i64,
    },
    /// The code is unknown or expired, or its grant was revoked.
    Gone,
}

/// The exchange of a refresh token for a new one.
#[derive(Clone, Debug)]
pub struct Rotation {
    /// The tenant's GUID.
    pub tenant: String,
    /// SHA-256 of the token that the client presented.
    pub old_hash: String,
    /// The new token, of the same grant.
    pub new: RefreshRecord,
    /// The text of the new token, sealed, for [`Store::successor`].
    pub successor: String,
    /// The current time, in milliseconds.
    pub now: i64,
}

/// The result of exchanging a refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "there is one at a time, and it is taken apart at once")]
pub enum Rotated {
    /// This caller exchanged the token and may answer; the new token is stored.
    Won,
    /// The token was exchanged before. Within the grace period the client gets the same successor again; after it, the
    /// grant is revoked.
    AlreadyUsed {
        /// The token, with `used_at`.
        token: RefreshRecord,
        /// Its grant, which may already be revoked.
        grant: GrantRecord,
    },
    /// The token is unknown or expired, or its grant was revoked.
    Gone,
}

impl Store {
    /// Stores a grant that needs no code, for example from the password grant, with its first refresh token if it has
    /// one.
    pub async fn grant_create(
        &self,
        grant: &GrantRecord,
        refresh: Option<&RefreshRecord>,
        entries: &[AuditRecord],
    ) -> Result<()> {
        self.together((grant.clone(), refresh.cloned(), entries.to_vec()), |batch, (grant, refresh, entries)| {
            Box::pin(async move {
                insert_grant(&mut batch.conn, grant).await?;
                if let Some(refresh) = refresh {
                    insert_refresh(&mut batch.conn, refresh).await?;
                }
                batch.audit(entries);
                Ok(())
            })
        })
        .await
    }

    /// The grant.
    pub async fn grant(&self, tenant: &str, id: &str) -> Result<Option<GrantRecord>> {
        let mut conn = self.read().await?;
        select_grant(&mut conn, tenant, id).await
    }

    /// Returns the code and its grant without redeeming it, even if it is used or expired. The caller checks the
    /// application, redirect URI and PKCE first, so that a stranger cannot use up a code.
    pub async fn code_peek(&self, tenant: &str, hash: &str) -> Result<Option<(CodeRecord, GrantRecord)>> {
        let mut conn = self.read().await?;
        let Some(code) = select_code(&mut conn, tenant, hash).await? else { return Ok(None) };
        Ok(select_grant(&mut conn, tenant, &code.grant_id).await?.map(|grant| (code, grant)))
    }

    /// Redeems the code. One caller wins, and its refresh token and audit entries are stored in the same transaction.
    pub async fn code_redeem(
        &self,
        tenant: &str,
        hash: &str,
        refresh: Option<&RefreshRecord>,
        now: i64,
        entries: &[AuditRecord],
    ) -> Result<Redeemed> {
        let data = (tenant.to_owned(), hash.to_owned(), refresh.cloned(), now, entries.to_vec());
        self.together(data, |batch, (tenant, hash, refresh, now, entries)| {
            Box::pin(async move {
                let won = sql("UPDATE codes SET used_at = $3
                     WHERE hash = $1 AND tenant = $2 AND used_at IS NULL AND expires_at > $3
                       AND EXISTS (SELECT 1 FROM grants g
                                   WHERE g.id = codes.grant_id AND g.tenant = $2 AND g.revoked_at IS NULL)")
                .bind(hash)
                .bind(tenant)
                .bind(*now)
                .run(&mut batch.conn)
                .await?
                    > 0;
                if !won {
                    let code = select_code(&mut batch.conn, tenant, hash).await?;
                    return Ok(match code.and_then(|code| code.used_at.map(|used_at| (code.grant_id, used_at))) {
                        Some((grant_id, used_at)) => Redeemed::AlreadyUsed { grant_id, used_at },
                        None => Redeemed::Gone,
                    });
                }
                if let Some(refresh) = refresh {
                    insert_refresh(&mut batch.conn, refresh).await?;
                }
                batch.audit(entries);
                Ok(Redeemed::Won)
            })
        })
        .await
    }

    /// Revokes the grant and everything issued under it. Returns false if it was already revoked or does not exist.
    pub async fn grant_revoke(&self, tenant: &str, id: &str, now: i64, entries: &[AuditRecord]) -> Result<bool> {
        let mut tx = self.write().await?;
        let revoked = sql("UPDATE grants SET revoked_at = $3 WHERE id = $1 AND tenant = $2 AND revoked_at IS NULL")
            .bind(id)
            .bind(tenant)
            .bind(now)
            .run(&mut tx)
            .await?
            > 0;
        if revoked {
            audit::insert(&mut tx, entries).await?;
        }
        tx.commit().await?;
        Ok(revoked)
    }

    /// Revokes every grant of the user and returns how many there were. Sessions stay: see [`Store::revoke_sessions`].
    pub async fn grants_revoke_of_user(&self, tenant: &str, object_id: &str, now: i64) -> Result<u64> {
        let mut tx = self.write().await?;
        let count = revoke_of_user(&mut tx, tenant, object_id, now).await?;
        tx.commit().await?;
        Ok(count)
    }

    /// The user's grants that have not been revoked, newest first.
    pub async fn grants_of_user(&self, tenant: &str, object_id: &str) -> Result<Vec<GrantRecord>> {
        let mut conn = self.read().await?;
        sql("SELECT id, tenant, client_id, object_id, policy, body, created_at, revoked_at FROM grants
             WHERE tenant = $1 AND object_id = $2 AND revoked_at IS NULL ORDER BY created_at DESC, id")
        .bind(tenant)
        .bind(object_id)
        .all(&mut conn)
        .await
    }

    /// The refresh token and its grant, even if used, expired or revoked.
    pub async fn refresh_peek(&self, tenant: &str, hash: &str) -> Result<Option<(RefreshRecord, GrantRecord)>> {
        let mut conn = self.read().await?;
        select_refresh(&mut conn, tenant, hash).await
    }

    /// Reads the pages where the new token will be written, which are nowhere near those of the old one. In a large
    /// store they come from the disk, and the single writer should not have to wait for that.
    async fn look_up_place(&self, new: &RefreshRecord) -> Result<()> {
        let mut conn = self.read().await?;
        let _: Vec<i64> = sql("SELECT CAST(1 AS BIGINT) WHERE EXISTS (SELECT 1 FROM refresh_tokens WHERE hash = $1)
               OR EXISTS (SELECT 1 FROM refresh_tokens WHERE grant_id = $2)")
        .bind(&new.hash)
        .bind(&new.grant_id)
        .all(&mut conn)
        .await?;
        Ok(())
    }

    /// The sealed successor of a token that was used at `used_at`; `None` once it has been swept.
    pub async fn successor(&self, hash: &str, used_at: i64) -> Result<Option<String>> {
        let mut conn = self.read().await?;
        sql("SELECT sealed FROM refresh_successors WHERE used_at = $1 AND hash = $2")
            .bind(used_at)
            .bind(hash)
            .one(&mut conn)
            .await
    }

    /// Exchanges the refresh token. One caller wins, and its new token and audit entries are stored in the same
    /// transaction.
    pub async fn refresh_rotate(&self, rotation: Rotation, entries: &[AuditRecord]) -> Result<Rotated> {
        if self.has_one_writer() {
            self.look_up_place(&rotation.new).await?;
        }
        self.together((rotation, entries.to_vec()), |batch, (rotation, entries)| {
            Box::pin(async move {
                let Rotation { tenant, old_hash, new, successor, now } = rotation;
                let won = sql("UPDATE refresh_tokens SET used_at = $4
                     WHERE hash = $1 AND tenant = $2 AND grant_id = $3 AND used_at IS NULL AND expires_at > $4
                       AND EXISTS (SELECT 1 FROM grants g
                                   WHERE g.id = refresh_tokens.grant_id AND g.tenant = $2 AND g.revoked_at IS NULL)")
                .bind(old_hash)
                .bind(tenant)
                .bind(&new.grant_id)
                .bind(*now)
                .run(&mut batch.conn)
                .await?
                    > 0;
                if won {
                    insert_refresh(&mut batch.conn, new).await?;
                    sql("INSERT INTO refresh_successors (used_at, hash, sealed) VALUES ($1, $2, $3)")
                        .bind(*now)
                        .bind(old_hash)
                        .bind(successor)
                        .run(&mut batch.conn)
                        .await?;
                    batch.audit(entries);
                    return Ok(Rotated::Won);
                }
                Ok(match select_refresh(&mut batch.conn, tenant, old_hash).await? {
                    Some((token, grant)) if token.used_at.is_some() => Rotated::AlreadyUsed { token, grant },
                    _ => Rotated::Gone,
                })
            })
        })
        .await
    }
}

pub(super) async fn revoke_of_user(conn: &mut Conn<'_>, tenant: &str, object_id: &str, now: i64) -> Result<u64> {
    sql("UPDATE grants SET revoked_at = $3 WHERE tenant = $1 AND object_id = $2 AND revoked_at IS NULL")
        .bind(tenant)
        .bind(object_id)
        .bind(now)
        .run(conn)
        .await
}

/// Deletes the user's grants. The codes and refresh tokens are deleted first, in the order in which redeeming locks
/// them, so that the two cannot deadlock.
pub(super) async fn delete_of_user(conn: &mut Conn<'_>, tenant: &str, object_id: &str) -> Result<()> {
    for statement in [
        "DELETE FROM codes WHERE grant_id IN (SELECT id FROM grants WHERE tenant = $1 AND object_id = $2)",
        "DELETE FROM refresh_tokens WHERE grant_id IN (SELECT id FROM grants WHERE tenant = $1 AND object_id = $2)",
        "DELETE FROM grants WHERE tenant = $1 AND object_id = $2",
    ] {
        sql(statement).bind(tenant).bind(object_id).run(conn).await?;
    }
    Ok(())
}

/// Deletes the application's grants, in the same order.
pub(super) async fn delete_of_application(conn: &mut Conn<'_>, tenant: &str, client_id: &str) -> Result<()> {
    for statement in [
        "DELETE FROM codes WHERE grant_id IN (SELECT id FROM grants WHERE tenant = $1 AND client_id = $2)",
        "DELETE FROM refresh_tokens WHERE grant_id IN (SELECT id FROM grants WHERE tenant = $1 AND client_id = $2)",
        "DELETE FROM grants WHERE tenant = $1 AND client_id = $2",
    ] {
        sql(statement).at_length().bind(tenant).bind(client_id).run(conn).await?;
    }
    Ok(())
}

/// Inserts a grant with its code.
pub(super) async fn insert(conn: &mut Conn<'_>, grant: &GrantRecord, code: &CodeRecord) -> Result<()> {
    insert_grant(conn, grant).await?;
    sql("INSERT INTO codes (hash, tenant, grant_id, body, expires_at, used_at) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(&code.hash)
        .bind(&code.tenant)
        .bind(&code.grant_id)
        .bind(&code.body)
        .bind(code.expires_at)
        .bind(code.used_at)
        .run(conn)
        .await
        .map(drop)
}

async fn insert_grant(conn: &mut Conn<'_>, grant: &GrantRecord) -> Result<()> {
    sql("INSERT INTO grants (id, tenant, client_id, object_id, policy, body, created_at, revoked_at, sweep_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)")
    .bind(&grant.id)
    .bind(&grant.tenant)
    .bind(&grant.client_id)
    .bind(&grant.object_id)
    .bind(&grant.policy)
    .bind(&grant.body)
    .bind(grant.created_at)
    .bind(grant.revoked_at)
    .bind(grant.created_at + KEEP_GRANT)
    .run(conn)
    .await?;
    Ok(())
}

async fn insert_refresh(conn: &mut Conn<'_>, token: &RefreshRecord) -> Result<()> {
    sql("INSERT INTO refresh_tokens (hash, tenant, grant_id, issued_at, expires_at, used_at)
         VALUES ($1, $2, $3, $4, $5, $6)")
    .bind(&token.hash)
    .bind(&token.tenant)
    .bind(&token.grant_id)
    .bind(token.issued_at)
    .bind(token.expires_at)
    .bind(token.used_at)
    .run(conn)
    .await?;
    Ok(())
}

async fn select_grant(conn: &mut Conn<'_>, tenant: &str, id: &str) -> Result<Option<GrantRecord>> {
    sql("SELECT id, tenant, client_id, object_id, policy, body, created_at, revoked_at FROM grants
         WHERE id = $1 AND tenant = $2")
    .bind(id)
    .bind(tenant)
    .one(conn)
    .await
}

async fn select_code(conn: &mut Conn<'_>, tenant: &str, hash: &str) -> Result<Option<CodeRecord>> {
    sql("SELECT hash, tenant, grant_id, body, expires_at, used_at FROM codes WHERE hash = $1 AND tenant = $2")
        .bind(hash)
        .bind(tenant)
        .one(conn)
        .await
}

async fn select_refresh(conn: &mut Conn<'_>, tenant: &str, hash: &str) -> Result<Option<(RefreshRecord, GrantRecord)>> {
    sql("SELECT r.hash, r.tenant, r.grant_id, r.issued_at, r.expires_at, r.used_at,
           g.id, g.client_id, g.object_id, g.policy, g.body, g.created_at, g.revoked_at
         FROM refresh_tokens r JOIN grants g ON g.id = r.grant_id AND g.tenant = r.tenant
         WHERE r.hash = $1 AND r.tenant = $2")
    .bind(hash)
    .bind(tenant)
    .one(conn)
    .await
}

/// A token and its grant: the columns of both, which share the tenant.
impl Record for (RefreshRecord, GrantRecord) {
    fn read(row: &Row<'_>) -> Result<Self> {
        Ok((RefreshRecord::read(row)?, GrantRecord::read(row)?))
    }
}
