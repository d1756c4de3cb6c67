//! The client assertions seen so far, because each may be used only once.

use super::Store;
use super::error::Result;
use super::sql::sql;

impl Store {
    /// Records the assertion with this hash, which expires at `expires_at` (milliseconds). Returns false if it was
    /// recorded before.
    pub async fn take_client_assertion(&self, tenant: &str, hash: &str, expires_at: i64) -> Result<bool> {
        let mut tx = self.write().await?;
        let taken = sql("INSERT INTO client_assertions (tenant, hash, expires_at) VALUES ($1, $2, $3)
             ON CONFLICT (tenant, hash) DO NOTHING")
        .bind(tenant)
        .bind(hash)
        .bind(expires_at)
        .run(&mut tx)
        .await?;
        tx.commit().await?;
        Ok(taken > 0)
    }
}
