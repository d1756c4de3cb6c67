//! PostgreSQL: which server to use, how many sessions, and the settings of each.

mod address;
mod pool;
mod servers;

pub(super) use pool::{Lent, Pool};

use super::StoreOptions;
use super::error::{POOLER, Result, StoreError, sort};
use super::migrate;
use address::Address;
use servers::Servers;
use std::sync::Arc;

/// Sessions for journeys: a crash of PostgreSQL can lose the latest writes.
const RELAXED: &str = "SET synchronous_commit = off;";

/// The two kinds of sessions.
pub(super) struct Sessions {
    /// Durable data.
    pub(super) durable: Pool,
    /// Journeys.
    pub(super) journeys: Pool,
}

/// Checks the syntax of the URL; the error is a sentence.
pub(super) fn check_address(url: &str) -> Result<(), String> {
    Address::parse(url).map(drop)
}

/// Opens the store at the URL. If no server can be reached, the error is returned at once.
pub(super) async fn open(options: &StoreOptions) -> Result<Sessions> {
    let address = Address::parse(&options.url).map_err(|sentence| StoreError::Unavailable(sentence.into()))?;
    let servers = Arc::new(Servers::new(address));
    refuse_pooler(&servers).await?;
    let pool = |settings, most| Pool::new(Arc::clone(&servers), settings, most, options.acquire_timeout);
    let durable = pool("", options.max_connections);
    migrate::postgres(durable.lend().await?.conn()?, options.older_schema).await?;
    Ok(Sessions { durable, journeys: pool(RELAXED, options.max_connections.div_ceil(2)) })
}

/// Rejects a pooler in transaction mode. Behind one, two sessions share a server process, or each statement of a
/// session may run in a different one, so settings and prepared statements would leak from one session to another.
async fn refuse_pooler(servers: &Servers) -> Result<()> {
    let mut one = servers.connect("").await?;
    let other = servers.connect("").await?;
    let pid = one.pid().await.map_err(sort)?;
    let shared = pid != one.backend.pid || other.backend.pid == one.backend.pid;
    one.close().await;
    other.close().await;
    if shared { Err(StoreError::Unavailable(POOLER.into())) } else { Ok(()) }
}
