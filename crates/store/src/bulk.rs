//! Inserts many rows at once, to fill a store from another source: one transaction, with many rows per statement.

use super::conn::{Conn, Write};
use super::error::Result;
use super::open::Pools;
use super::sql::{Sql, sql, sql_of};
use super::sweep::{KEEP_GRANT, KEEP_USED};
use super::{GrantRecord, IdentityRecord, RefreshRecord, Store, UserRecord};
use std::collections::HashMap;

/// Rows per statement. More would be slower, because SQLite looks up each parameter's name among all of them.
const ROWS: usize = 50;

impl Store {
    /// Stores all these users with all these identities, or none. Returns `Conflict` in the same cases as
    /// [`Store::create_user`]. Writes nothing to the audit log.
    pub async fn insert_users(&self, users: &[UserRecord], identities: &[IdentityRecord]) -> Result<()> {
        let mut tx = self.write_much().await?;
        let into = "users (tenant, object_id, body, password_hash, force_change, enabled, valid_from, created_at,
            updated_at, version)";
        insert(&mut tx, into, 10, users, |sql, user| {
            sql.bind(&user.tenant)
                .bind(&user.object_id)
                .bind(&user.body)
                .bind(&user.password_hash)
                .bind(user.force_change)
                .bind(user.enabled)
                .bind(user.valid_from)
                .bind(user.created_at)
                .bind(user.updated_at)
                .bind(user.version)
        })
        .await?;
        let into = "identities (tenant, issuer, kind, value_key, value, object_id)";
        insert(&mut tx, into, 6, identities, |sql, identity| {
            sql.bind(&identity.tenant)
                .bind(&identity.issuer)
                .bind(identity.kind)
                .bind(&identity.value_key)
                .bind(&identity.value)
                .bind(&identity.object_id)
        })
        .await?;
        tx.commit().await
    }

    /// Stores all these grants and refresh tokens, or none. Returns `Conflict` if one exists, or if a token's grant
    /// does not. Writes no audit entries.
    pub async fn insert_grants(&self, grants: &[GrantRecord], tokens: &[RefreshRecord]) -> Result<()> {
        let mut tx = self.write_much().await?;
        let mut ends: HashMap<&str, i64> = HashMap::new();
        for token in tokens {
            let end = ends.entry(&token.grant_id).or_default();
            *end = token.expires_at.max(*end);
        }
        let sweep_at = |grant: &GrantRecord| {
            let end = ends.get(grant.id.as_str()).map_or(0, |end| end + KEEP_USED);
            end.max(grant.created_at + KEEP_GRANT)
        };
        let into = "grants (id, tenant, client_id, object_id, policy, body, created_at, revoked_at, sweep_at)";
        insert(&mut tx, into, 9, grants, |sql, grant| {
            sql.bind(&grant.id)
                .bind(&grant.tenant)
                .bind(&grant.client_id)
                .bind(&grant.object_id)
                .bind(&grant.policy)
                .bind(&grant.body)
                .bind(grant.created_at)
                .bind(grant.revoked_at)
                .bind(sweep_at(grant))
        })
        .await?;
        let into = "refresh_tokens (hash, tenant, grant_id, issued_at, expires_at, used_at)";
        insert(&mut tx, into, 6, tokens, |sql, token| {
            sql.bind(&token.hash)
                .bind(&token.tenant)
                .bind(&token.grant_id)
                .bind(token.issued_at)
                .bind(token.expires_at)
                .bind(token.used_at)
        })
        .await?;
        tx.commit().await
    }

    /// A transaction that may touch every page of an index. With SQLite's usual cache of 2 MB, it would write each page
    /// many times over.
    async fn write_much(&self) -> Result<Write> {
        let mut tx = self.write().await?;
        if matches!(self.inner.pools, Pools::Sqlite(_)) {
            sql("PRAGMA cache_size = -1048576").run(&mut tx).await?;
        }
        Ok(tx)
    }

    /// Updates the database's statistics for its query planner. Call it after filling a store.
    pub async fn analyze(&self) -> Result<()> {
        let mut conn = self.inner.pools.writer().await?;
        sql("ANALYZE").at_length().run(&mut conn).await.map(drop)
    }
}

/// Inserts the records `into` a table and its columns; `bind` binds one record's values in their order.
async fn insert<T>(
    conn: &mut Conn<'_>,
    into: &str,
    columns: usize,
    records: &[T],
    bind: impl Fn(Sql, &T) -> Sql,
) -> Result<()> {
    for chunk in records.chunks(ROWS) {
        let row = |row: usize| {
            let values: Vec<String> = (1..=columns).map(|column| format!("${}", row * columns + column)).collect();
            format!("({})", values.join(", "))
        };
        let rows: Vec<String> = (0..chunk.len()).map(row).collect();
        let statement = sql_of(format!("INSERT INTO {into} VALUES {}", rows.join(", ")));
        chunk.iter().fold(statement, &bind).run(conn).await?;
    }
    Ok(())
}
