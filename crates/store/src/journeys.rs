//! Journeys in progress, in the relaxed store: a power cut can lose the last ones, and those users have to start again.

use super::Store;
use super::conn::Conn;
use super::error::{Result, StoreError};
use super::sql::{record, sql};
use std::sync::atomic::Ordering;

/// How long a claim keeps others from the step if its holder has vanished, in milliseconds.
pub const CLAIM_LEASE: i64 = 30_000;

/// A journey in progress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JourneyRecord {
    /// The transaction id.
    pub id: String,
    /// The tenant's GUID.
    pub tenant: String,
    /// The state of the engine: sealed, or JSON.
    pub body: String,
    /// Incremented by every claim and every save; starts at 1.
    pub version: i64,
    /// When the current claim on a step was made, in milliseconds.
    pub claimed_at: Option<i64>,
    /// When the journey expires, in milliseconds.
    pub expires_at: i64,
}
record!(JourneyRecord { id, tenant, body, version, claimed_at, expires_at });

impl Store {
    /// Creates a journey at version 1. `source` identifies who started it. Once there are more journeys than the cap,
    /// the sources with the most journeys lose their oldest ones. Returns `Conflict` if the id exists.
    pub async fn journey_create(
        &self,
        id: &str,
        tenant: &str,
        source: &str,
        body: &str,
        expires_at: i64,
    ) -> Result<()> {
        let mut conn = self.journeys().await?;
        sql("INSERT INTO journeys (id, tenant, source, body, version, expires_at) VALUES ($1, $2, $3, $4, 1, $5)")
            .bind(id)
            .bind(tenant)
            .bind(source)
            .bind(body)
            .bind(expires_at)
            .run(&mut conn)
            .await?;
        // Counting on every insert would cost more than the insert, so count only now and then.
        let cap = self.inner.journey_cap;
        let every = (cap / 64).clamp(1, 1024);
        if self.inner.journeys_made.fetch_add(1, Ordering::Relaxed).is_multiple_of(every) {
            self.make_room(&mut conn, cap).await?;
        }
        Ok(())
    }

    async fn make_room(&self, conn: &mut Conn<'_>, cap: u64) -> Result<u64> {
        let cap = i64::try_from(cap).unwrap_or(i64::MAX);
        let over = sql("SELECT COUNT(*) - $1 FROM journeys").slow().bind(cap).one::<i64>(conn).await?.unwrap_or(0);
        if over <= 0 {
            return Ok(0);
        }
        // A flood removes its own journeys first: the newest of each source are kept as long as others have more.
        sql("DELETE FROM journeys WHERE id IN
               (SELECT id FROM
                 (SELECT id, expires_at,
                    ROW_NUMBER() OVER (PARTITION BY source ORDER BY expires_at DESC, id DESC) AS nth
                  FROM journeys) AS ranked
                ORDER BY nth DESC, expires_at, id LIMIT $1)")
        .slow()
        .bind(over)
        .run(conn)
        .await
    }

    /// The journey, unless it has expired.
    pub async fn journey_get(&self, tenant: &str, id: &str, now: i64) -> Result<Option<JourneyRecord>> {
        let mut conn = self.journeys().await?;
        sql("SELECT id, tenant, body, version, claimed_at, expires_at FROM journeys
             WHERE id = $1 AND tenant = $2 AND expires_at > $3")
        .bind(id)
        .bind(tenant)
        .bind(now)
        .one(&mut conn)
        .await
    }

    /// Claims the journey's next step. Of all callers that read `version`, one gets true, the others false. Until
    /// [`Store::journey_save`] or [`Store::journey_release`] no other caller can claim it, unless the claim is older
    /// than [`CLAIM_LEASE`]: then its holder must have died.
    pub async fn journey_claim(&self, tenant: &str, id: &str, version: i64, now: i64) -> Result<bool> {
        let mut conn = self.journeys().await?;
        let won = sql("UPDATE journeys SET version = version + 1, claimed_at = $4
             WHERE id = $1 AND tenant = $2 AND version = $3 AND expires_at > $4
               AND (claimed_at IS NULL OR claimed_at <= $5)")
        .bind(id)
        .bind(tenant)
        .bind(version)
        .bind(now)
        .bind(now - CLAIM_LEASE)
        .run(&mut conn)
        .await?;
        Ok(won > 0)
    }

    /// Writes the state after the step and releases the claim. `version` is the claimed version. It is incremented, so
    /// that a request that read the earlier state cannot claim the next step. Returns `Conflict` if the claim was lost
    /// or the journey is gone.
    pub async fn journey_save(&self, tenant: &str, id: &str, version: i64, body: &str) -> Result<()> {
        let mut conn = self.journeys().await?;
        let saved = sql("UPDATE journeys SET body = $4, claimed_at = NULL, version = version + 1
             WHERE id = $1 AND tenant = $2 AND version = $3")
        .bind(id)
        .bind(tenant)
        .bind(version)
        .bind(body)
        .run(&mut conn)
        .await?;
        if saved == 0 {
            return Err(StoreError::Conflict);
        }
        Ok(())
    }

    /// Ends the claim on this version without a change, because the step failed. Does nothing if the claim was lost.
    pub async fn journey_release(&self, tenant: &str, id: &str, version: i64) -> Result<()> {
        let mut conn = self.journeys().await?;
        sql("UPDATE journeys SET claimed_at = NULL WHERE id = $1 AND tenant = $2 AND version = $3")
            .bind(id)
            .bind(tenant)
            .bind(version)
            .run(&mut conn)
            .await?;
        Ok(())
    }

    /// Deletes the journey.
    pub async fn journey_delete(&self, tenant: &str, id: &str) -> Result<()> {
        let mut conn = self.journeys().await?;
        sql("DELETE FROM journeys WHERE id = $1 AND tenant = $2").bind(id).bind(tenant).run(&mut conn).await?;
        Ok(())
    }

    /// Removes up to `limit` expired journeys and returns how many.
    pub(super) async fn sweep_journeys(&self, now: i64, limit: i64) -> Result<u64> {
        let mut conn = self.journeys().await?;
        let count = sql("DELETE FROM journeys WHERE id IN (SELECT id FROM journeys WHERE expires_at <= $1 LIMIT $2)")
            .slow()
            .bind(now)
            .bind(limit)
            .run(&mut conn)
            .await?;
        let room = self.make_room(&mut conn, self.inner.journey_cap).await?;
        Ok(count + room)
    }
}
