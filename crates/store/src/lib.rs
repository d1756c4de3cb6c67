//! The store: all SQL, and nothing but SQL, in the subset that SQLite and PostgreSQL share.
//!
//! Records are plain structs; JSON in them is text that the store never parses. The caller passes in time and ids.
//! When a function returns success, its write is on disk, except for journeys, counters and known devices
//! (`Durability`). Each write is one transaction. The database decides races, never a read before the write.

mod administrators;
mod applications;
mod assertions;
mod audit;
mod backup;
mod bulk;
mod change_set;
mod commit;
mod conn;
mod delete;
#[cfg(test)]
mod durability;
mod error;
mod feed;
mod grants;
mod journeys;
mod keys;
mod lockouts;
mod migrate;
mod open;
mod outbox;
#[cfg(test)]
mod plans;
mod policies;
mod portal;
mod postgres;
mod put;
mod registrations;
mod sessions;
mod sql;
mod sqlite;
mod sweep;
mod tenants;
mod together;
mod users;
mod versioned;

pub use administrators::{AdministratorRecord, InvitationRecord};
pub use applications::{
    AppRoleRecord, ApplicationRecord, CredentialKind, CredentialRecord, PermissionKind, PermissionRecord, ScopeRecord,
};
pub use audit::AuditRecord;
pub use backup::copy;
pub use change_set::{
    AppliedFile, ChangeSet, Changed, Committed, Delete, Expected, ObjectKey, ObjectKind, Put, Retirement,
};
pub use error::{Cause, Result, StoreError};
pub use feed::{Since, TenantHead, TenantVersion};
pub use grants::{CodeRecord, GrantRecord, Redeemed, RefreshRecord, Rotated, Rotation};
pub use journeys::{CLAIM_LEASE, JourneyRecord};
pub use keys::SigningKeyRecord;
pub use lockouts::{Counted, LockoutRecord, Spending};
pub use migrate::OlderSchema;
pub use outbox::{LONGEST_WAIT, MailRecord};
pub use policies::{CustomAttributeRecord, FlowRecord, KeyContainerRecord, PolicyRecord};
pub use portal::PortalSessionRecord;
pub use registrations::Registration;
pub use sessions::{SessionChange, SessionRecord};
pub use sweep::SWEEP_BATCH;
pub use tenants::TenantRecord;
pub use users::{Ends, IdentityKind, IdentityRecord, UserRecord};
pub use versioned::Versioned;

use conn::{Conn, Write};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

/// The location of the store, and its limits.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// `sqlite:` and a path (journeys go to `journeys.db` beside it), `sqlite::memory:`, or `postgres://…`. A
    /// PostgreSQL URL may list several servers; the store uses the one that accepts writes.
    pub url: String,
    /// On SQLite: the maximum number of reader threads, besides the shared connection. On PostgreSQL: the maximum
    /// number of connections; journeys get half as many in addition, and one more is used to cancel statements that do
    /// not answer.
    pub max_connections: u32,
    /// How long a request waits for a connection (on SQLite, for its turn to write) before it fails because the store
    /// is unavailable.
    pub acquire_timeout: Duration,
    /// The maximum number of journeys in progress. Beyond it, the oldest are removed.
    pub journey_cap: u64,
    /// How to handle a store with an older schema.
    pub older_schema: OlderSchema,
}

impl StoreOptions {
    /// The defaults: 8 connections, a timeout of 5 seconds, 100,000 journeys, and migration to the newest schema.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            max_connections: 8,
            acquire_timeout: Duration::from_secs(5),
            journey_cap: 100_000,
            older_schema: OlderSchema::Migrate,
        }
    }

    /// The same for a command that runs beside a server: it never migrates the schema and fails if the schema is not
    /// current.
    #[must_use]
    pub fn without_migration(url: impl Into<String>) -> Self {
        Self { older_schema: OlderSchema::Refuse, ..Self::new(url) }
    }
}

/// A handle to the store. Clones share the same connections.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    pools: open::Pools,
    line: together::Line,
    journey_cap: u64,
    journeys_made: AtomicU64,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}

impl Store {
    /// Checks the syntax of a store's address without connecting to a server.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the address. It never repeats the address, which may contain a password.
    pub fn check_address(url: &str) -> Result<(), String> {
        open::check_address(url)
    }

    /// Opens the store, creates it if it is new, and migrates it to the schema of this version, unless the options
    /// forbid migration. Returns `Damaged` if a file fails its check or has a different schema, `Unavailable` if the
    /// store cannot be reached.
    pub async fn open(options: &StoreOptions) -> Result<Self> {
        let pools = open::open(options).await?;
        let line = together::Line::default();
        let inner = Inner { pools, line, journey_cap: options.journey_cap, journeys_made: AtomicU64::new(0) };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// An empty store in memory, for tests. It is dropped with its last clone.
    pub async fn memory() -> Result<Self> {
        Self::open(&StoreOptions::new("sqlite::memory:")).await
    }

    /// Checks that the store answers and accepts writes within two seconds; used by the readiness probe.
    pub async fn ping(&self) -> Result<()> {
        let answers = async {
            let (mut reader, mut journeys) = (self.read().await?, self.journeys().await?);
            for conn in [&mut reader, &mut journeys] {
                let _: Vec<i64> = sql::sql("SELECT CAST(1 AS BIGINT)").all(conn).await?;
            }
            Ok(())
        };
        match tokio::time::timeout(Duration::from_secs(2), answers).await {
            Ok(answer) => answer,
            Err(late) => match self.inner.pools.failure() {
                Some(failure) => Err(StoreError::Unavailable(failure.into())),
                None => Err(StoreError::Unavailable(late.into())),
            },
        }
    }

    /// Closes every connection once its statement has ended, or gives up after a timeout. A SQLite file is safe without
    /// this; only its write-ahead log stays longer.
    pub async fn close(&self) {
        let closing = async {
            self.inner.pools.close().await;
            Ok(())
        };
        if let Err(error) = sql::in_time(closing).await {
            tracing::warn!(%error, "the store could not be closed in time");
        }
    }

    /// A connection for reading.
    async fn read(&self) -> Result<Conn<'static>> {
        self.inner.pools.reader().await
    }

    /// A write transaction.
    async fn write(&self) -> Result<Write> {
        self.inner.pools.begin().await
    }

    /// A connection for journeys. Each use is one statement, which is a transaction of its own.
    async fn journeys(&self) -> Result<Conn<'static>> {
        self.inner.pools.journeys().await
    }
}
