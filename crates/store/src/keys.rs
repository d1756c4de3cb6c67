//! Signing keys. A key is published as soon as it is stored, signs from `use_from`, and is removed after `retire_at`.

use super::Store;
use super::error::Result;
use super::sql::{record, sql};

/// A signing key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKeyRecord {
    /// The tenant's GUID.
    pub tenant: String,
    /// The key id, as in tokens and in the key set.
    pub kid: String,
    /// The key container it belongs to.
    pub container: String,
    /// The private key, sealed with the master key.
    pub private_key: String,
    /// The public key, as a JSON Web Key.
    pub public_jwk: String,
    /// When it was created, in milliseconds.
    pub created_at: i64,
    /// From when on it signs, in milliseconds.
    pub use_from: i64,
    /// When it leaves the key set, in milliseconds.
    pub retire_at: Option<i64>,
}
record!(SigningKeyRecord { tenant, kid, container, private_key, public_jwk, created_at, use_from, retire_at });

impl Store {
    /// Every key of the tenant, including retired ones, in the order of use.
    pub async fn list_signing_keys(&self, tenant: &str) -> Result<Vec<SigningKeyRecord>> {
        let mut conn = self.read().await?;
        sql("SELECT tenant, kid, container, private_key, public_jwk, created_at, use_from, retire_at FROM signing_keys
             WHERE tenant = $1 ORDER BY use_from, created_at, kid")
        .bind(tenant)
        .all(&mut conn)
        .await
    }

    /// The most recently created key in a container of this name, in any tenant; used to verify the master key.
    pub async fn newest_signing_key(&self, container: &str) -> Result<Option<SigningKeyRecord>> {
        let mut conn = self.read().await?;
        sql("SELECT tenant, kid, container, private_key, public_jwk, created_at, use_from, retire_at FROM signing_keys
             WHERE container = $1 ORDER BY created_at DESC LIMIT 1")
        .bind(container)
        .one(&mut conn)
        .await
    }

    /// Up to `limit` tenants whose newest key in a container of this name was created at `old` (milliseconds) or
    /// earlier, or that have more than one key without an end.
    pub async fn signing_keys_due(&self, container: &str, old: i64, limit: i64) -> Result<Vec<String>> {
        let mut conn = self.read().await?;
        sql("SELECT tenant FROM signing_keys WHERE container = $1 AND retire_at IS NULL
             GROUP BY tenant HAVING MAX(created_at) <= $2 OR COUNT(*) > 1 ORDER BY tenant LIMIT $3")
        .bind(container)
        .bind(old)
        .bind(limit)
        .all(&mut conn)
        .await
    }
}
