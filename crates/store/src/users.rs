//! Users and the identities by which they sign in.

use super::conn::Conn;
use super::error::{Result, StoreError};
use super::lockouts::delete_of_user as delete_lockouts;
use super::sql::{record, sql, text_enum};
use super::{AuditRecord, Store, audit, grants, sessions};
use vestibule_protocol::MOST_SKEW;

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRecord {
    /// The tenant's GUID.
    pub tenant: String,
    /// The user's object id, a lower-case GUID that never changes.
    pub object_id: String,
    /// Attributes, as JSON.
    pub body: String,
    /// Argon2id hash in PHC form; `None` for a user who signs in only with another provider.
    pub password_hash: Option<String>,
    /// True if the password must be changed at the next sign-in.
    pub force_change: bool,
    /// True if the user may sign in.
    pub enabled: bool,
    /// Sessions and grants whose credentials were given before this time (milliseconds) are no longer valid.
    pub valid_from: i64,
    /// When the user was created, in milliseconds.
    pub created_at: i64,
    /// When the user last changed, in milliseconds.
    pub updated_at: i64,
    /// Incremented by each change; starts at 1.
    pub version: i64,
}
record!(UserRecord {
    tenant,
    object_id,
    body,
    password_hash,
    force_change,
    enabled,
    valid_from,
    created_at,
    updated_at,
    version,
});

text_enum! {
    /// The kind of a sign-in name; the directory's `signInType`.
    pub enum IdentityKind {
        /// A local account's e-mail address.
        EmailAddress = "emailAddress",
        /// A local account's user name.
        UserName = "userName",
        /// An account at another identity provider.
        Federated = "federated",
    }
}

/// A name with which a user signs in. The combination of issuer, kind and `value_key` is unique within a tenant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct IdentityRecord {
    /// The tenant's GUID.
    pub tenant: String,
    /// The other identity provider; empty for local accounts.
    pub issuer: String,
    /// E-mail address, user name, or account at another provider.
    pub kind: IdentityKind,
    /// The canonical form, which is unique and used for lookup.
    pub value_key: String,
    /// The value as typed.
    pub value: String,
    /// The user that it belongs to.
    pub object_id: String,
}
record!(IdentityRecord { tenant, issuer, kind, value_key, value, object_id });

/// The sessions, grants and counters that end with a change of a user, in the same transaction.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ends {
    /// Ends the sessions and grants made up to this time (milliseconds): for a new password, but not for a better hash
    /// of the same one.
    pub sessions_at: Option<i64>,
    /// Ends lockouts.
    pub lockouts: bool,
}

impl Store {
    /// Creates the user with these identities. Returns `Conflict` if the object id or an identity exists.
    pub async fn create_user(
        &self,
        user: &UserRecord,
        identities: &[IdentityRecord],
        entries: &[AuditRecord],
    ) -> Result<()> {
        let mut tx = self.write().await?;
        sql("INSERT INTO users (tenant, object_id, body, password_hash, force_change, enabled, valid_from, created_at,
               updated_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)")
        .bind(&user.tenant)
        .bind(&user.object_id)
        .bind(&user.body)
        .bind(&user.password_hash)
        .bind(user.force_change)
        .bind(user.enabled)
        .bind(user.valid_from)
        .bind(user.created_at)
        .bind(user.updated_at)
        .bind(user.version)
        .run(&mut tx)
        .await?;
        insert_identities(&mut tx, &user.tenant, &user.object_id, identities).await?;
        audit::insert(&mut tx, entries).await?;
        tx.commit().await
    }

    /// The user with this object id.
    pub async fn user(&self, tenant: &str, object_id: &str) -> Result<Option<UserRecord>> {
        let mut conn = self.read().await?;
        sql("SELECT tenant, object_id, body, password_hash, force_change, enabled, valid_from, created_at, updated_at,
               version FROM users WHERE tenant = $1 AND object_id = $2")
        .bind(tenant)
        .bind(object_id)
        .one(&mut conn)
        .await
    }

    /// The user who signs in with this identity; `issuer` is empty for local accounts.
    pub async fn user_by_identity(
        &self,
        tenant: &str,
        kind: IdentityKind,
        issuer: &str,
        value_key: &str,
    ) -> Result<Option<UserRecord>> {
        let mut conn = self.read().await?;
        sql("SELECT u.tenant, u.object_id, u.body, u.password_hash, u.force_change, u.enabled, u.valid_from,
               u.created_at, u.updated_at, u.version
             FROM identities i JOIN users u ON u.tenant = i.tenant AND u.object_id = i.object_id
             WHERE i.tenant = $1 AND i.issuer = $2 AND i.kind = $3 AND i.value_key = $4")
        .bind(tenant)
        .bind(issuer)
        .bind(kind)
        .bind(value_key)
        .one(&mut conn)
        .await
    }

    /// The identities of the user, in a stable order.
    pub async fn identities(&self, tenant: &str, object_id: &str) -> Result<Vec<IdentityRecord>> {
        let mut conn = self.read().await?;
        // Sort here: with `ORDER BY`, SQLite would read all of the tenant's rows in that order.
        let mut identities: Vec<IdentityRecord> =
            sql("SELECT tenant, issuer, kind, value_key, value, object_id FROM identities
             WHERE tenant = $1 AND object_id = $2")
            .bind(tenant)
            .bind(object_id)
            .all(&mut conn)
            .await?;
        identities.sort();
        Ok(identities)
    }

    /// Write `body`, `password_hash`, `enabled`, `force_change` and `updated_at`, replace the
    /// identities by `identities` if given, and end what `ends` names. Returns the new version, or `Conflict` if the
    /// user's version is no longer `user.version`, or an identity belongs to another user.
    pub async fn update_user(
        &self,
        user: &UserRecord,
        identities: Option<&[IdentityRecord]>,
        ends: Ends,
        entries: &[AuditRecord],
    ) -> Result<i64> {
        let mut tx = self.write().await?;
        let mut version = sql("UPDATE users SET body = $4, enabled = $5, updated_at = $6, force_change = $7,
               password_hash = $8, version = version + 1
             WHERE tenant = $1 AND object_id = $2 AND version = $3 RETURNING version")
        .bind(&user.tenant)
        .bind(&user.object_id)
        .bind(user.version)
        .bind(&user.body)
        .bind(user.enabled)
        .bind(user.updated_at)
        .bind(user.force_change)
        .bind(&user.password_hash)
        .one(&mut tx)
        .await?
        .ok_or(StoreError::Conflict)?;
        if let Some(identities) = identities {
            sql("DELETE FROM identities WHERE tenant = $1 AND object_id = $2")
                .bind(&user.tenant)
                .bind(&user.object_id)
                .run(&mut tx)
                .await?;
            insert_identities(&mut tx, &user.tenant, &user.object_id, identities).await?;
        }
        if let Some(now) = ends.sessions_at {
            end_sessions(&mut tx, &user.tenant, &user.object_id, now).await?;
            version += 1;
        }
        if ends.lockouts {
            delete_lockouts(&mut tx, &user.tenant, &user.object_id).await?;
        }
        audit::insert(&mut tx, entries).await?;
        tx.commit().await?;
        Ok(version)
    }

    /// Stores the same password with a better hash. Returns false, and changes nothing, if the password was changed at
    /// the same time.
    pub async fn rehash_password(&self, tenant: &str, object_id: &str, old_hash: &str, new_hash: &str) -> Result<bool> {
        let mut tx = self.write().await?;
        let found = sql("UPDATE users SET password_hash = $4, version = version + 1
             WHERE tenant = $1 AND object_id = $2 AND password_hash = $3")
        .bind(tenant)
        .bind(object_id)
        .bind(old_hash)
        .bind(new_hash)
        .run(&mut tx)
        .await?;
        tx.commit().await?;
        Ok(found > 0)
    }

    /// Ends every session and grant of the user made so far. Returns false if the user does not exist.
    pub async fn revoke_sessions(
        &self,
        tenant: &str,
        object_id: &str,
        now: i64,
        entries: &[AuditRecord],
    ) -> Result<bool> {
        let mut tx = self.write().await?;
        let found = end_sessions(&mut tx, tenant, object_id, now).await?;
        if found {
            audit::insert(&mut tx, entries).await?;
        }
        tx.commit().await?;
        Ok(found)
    }

    /// Deletes the user with identities, sessions, grants, lockouts and known devices. Audit entries stay. Returns
    /// false if the user does not exist.
    pub async fn delete_user(&self, tenant: &str, object_id: &str, entries: &[AuditRecord]) -> Result<bool> {
        let mut tx = self.write().await?;
        let found = sql("DELETE FROM users WHERE tenant = $1 AND object_id = $2")
            .bind(tenant)
            .bind(object_id)
            .run(&mut tx)
            .await?
            > 0;
        if found {
            sessions::delete_of_user(&mut tx, tenant, object_id).await?;
            grants::delete_of_user(&mut tx, tenant, object_id).await?;
            delete_lockouts(&mut tx, tenant, object_id).await?;
            audit::insert(&mut tx, entries).await?;
        }
        tx.commit().await?;
        Ok(found)
    }

    /// Up to `limit` users after the object id `after`, ordered by object id.
    pub async fn list_users(&self, tenant: &str, after: Option<&str>, limit: i64) -> Result<Vec<UserRecord>> {
        let mut conn = self.read().await?;
        sql("SELECT tenant, object_id, body, password_hash, force_change, enabled, valid_from, created_at, updated_at,
               version FROM users WHERE tenant = $1 AND object_id > $2 ORDER BY object_id LIMIT $3")
        .slow()
        .bind(tenant)
        .bind(after.unwrap_or_default())
        .bind(limit)
        .all(&mut conn)
        .await
    }

    /// Up to `limit` users with an identity whose canonical form begins with `prefix`, ordered by object id.
    pub async fn search_users(&self, tenant: &str, prefix: &str, limit: i64) -> Result<Vec<UserRecord>> {
        let pattern = prefix.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_") + "%";
        let mut conn = self.read().await?;
        sql(r"SELECT tenant, object_id, body, password_hash, force_change, enabled, valid_from, created_at, updated_at,
               version FROM users
             WHERE tenant = $1 AND object_id IN
               (SELECT object_id FROM identities WHERE tenant = $1 AND value_key LIKE $2 ESCAPE '\')
             ORDER BY object_id LIMIT $3")
        .slow()
        .bind(tenant)
        .bind(&pattern)
        .bind(limit)
        .all(&mut conn)
        .await
    }

    /// The number of the tenant's users.
    pub async fn count_users(&self, tenant: &str) -> Result<i64> {
        let mut conn = self.read().await?;
        let count = sql("SELECT COUNT(*) FROM users WHERE tenant = $1").slow().bind(tenant).one(&mut conn).await?;
        Ok(count.unwrap_or(0))
    }
}

/// Inserts in a fixed order, so that two sign-ups with the same names wait for one another instead of deadlocking.
async fn insert_identities(
    conn: &mut Conn<'_>,
    tenant: &str,
    object_id: &str,
    identities: &[IdentityRecord],
) -> Result<()> {
    let mut identities: Vec<_> = identities.iter().collect();
    identities.sort();
    for identity in identities {
        sql("INSERT INTO identities (tenant, issuer, kind, value_key, value, object_id)
             VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(tenant)
        .bind(&identity.issuer)
        .bind(identity.kind)
        .bind(&identity.value_key)
        .bind(&identity.value)
        .bind(object_id)
        .run(conn)
        .await?;
    }
    Ok(())
}

async fn end_sessions(conn: &mut Conn<'_>, tenant: &str, object_id: &str, now: i64) -> Result<bool> {
    // Never move `valid_from` back for a clock that is slightly behind (up to `MOST_SKEW`); a value further ahead came
    // from a wrong clock and is replaced. Adding 1 also ends what was issued at the previous `valid_from`.
    let found = sql("UPDATE users SET version = version + 1,
             valid_from = CASE WHEN valid_from > $3 AND valid_from <= $4 THEN valid_from + 1 ELSE $3 END
         WHERE tenant = $1 AND object_id = $2")
    .bind(tenant)
    .bind(object_id)
    .bind(now)
    .bind(now.saturating_add(MOST_SKEW))
    .run(conn)
    .await?
        > 0;
    sessions::delete_of_user(conn, tenant, object_id).await?;
    grants::revoke_of_user(conn, tenant, object_id, now).await?;
    Ok(found)
}
