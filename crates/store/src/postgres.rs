//! PostgreSQL: which server, how many sessions, and what each is set to.

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

/// Sessions for journeys: a crash of PostgreSQL may take the last of them.
const RELAXED: &str = "SET synchronous_commit = off;";

/// The two kinds of sessions.
pub(super) struct Sessions {
    /// Everything that is kept for good.
    pub(super) durable: Pool,
    /// Journeys.
    pub(super) journeys: Pool,
}

/// Checks whether the URL can be read; a sentence if not.
pub(super) fn check_address(url: &str) -> Result<(), String> {
    Address::parse(url).map(drop)
}

/// Opens the store at the URL. A server that cannot be reached is reported at once.
pub(super) async fn open(options: &StoreOptions) -> Result<Sessions> {
    let address = Address::parse(&options.url).map_err(|sentence| StoreError::Unavailable(sentence.into()))?;
    let servers = Arc::new(Servers::new(address));
    refuse_pooler(&servers).await?;
    let pool = |settings, most| Pool::new(Arc::clone(&servers), settings, most, options.acquire_timeout);
    let durable = pool("", options.max_connections);
    migrate::postgres(durable.lend().await?.conn()?, options.older_schema).await?;
    Ok(Sessions { durable, journeys: pool(RELAXED, options.max_connections.div_ceil(2)) })
}

/// Behind a pooler in transaction mode two sessions share one process, or one has another for each statement: settings
/// and prepared statements of one would be those of the other.
async fn refuse_pooler(servers: &Servers) -> Result<()> {
    let mut one = servers.connect("").await?;
    let other = servers.connect("").await?;
    let pid = one.pid().await.map_err(sort)?;
    let shared = pid != one.backend.pid || other.backend.pid == one.backend.pid;
    one.close().await;
    other.close().await;
    if shared { Err(StoreError::Unavailable(POOLER.into())) } else { Ok(()) }
}
