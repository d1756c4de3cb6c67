//! Opens the databases: connections, their settings, and the check of the files.

use super::StoreOptions;
use super::conn::{Conn, Durability, Write};
use super::error::{Result, StoreError, sort_sqlite};
use super::migrate::{self, Home, OlderSchema};
use super::postgres::{self, Pool};
use super::sql::{in_time, sql};
use super::sqlite::{Connections, Turn};
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::Mutex;

/// The database behind a store.
pub(super) enum Pools {
    /// SQLite.
    Sqlite(Box<Sqlite>),
    /// PostgreSQL.
    Postgres {
        /// Durable data.
        durable: Pool,
        /// Journeys.
        journeys: Pool,
    },
}

/// SQLite's connections.
pub(super) struct Sqlite {
    /// The connection that writes to the main database.
    pub(super) writer: Arc<Connections>,
    /// The lock that serialises the writers.
    turn: Arc<Mutex<()>>,
    /// The connections that read durable data; none for a store in memory, which has a single connection.
    readers: Option<Arc<Connections>>,
    /// The connection for journeys.
    journeys: Arc<Connections>,
    journeys_log: Log,
    /// The connection that checkpoints the writer's log; none for a store in memory, which has no log.
    tidier: Option<Arc<Connections>>,
    log: Log,
    /// How long to wait for the write lock.
    patience: Duration,
}

impl Sqlite {
    /// Waits for the write lock.
    pub(super) async fn turn(&self) -> Result<Turn> {
        match tokio::time::timeout(self.patience, Arc::clone(&self.turn).lock_owned()).await {
            Ok(only) => Ok(Turn::new(Arc::clone(&self.writer), only)),
            Err(late) => Err(StoreError::Unavailable(late.into())),
        }
    }

    /// Records that `jobs` jobs were written, and starts a checkpoint when enough have accumulated.
    pub(super) fn wrote(&self, jobs: usize) {
        if let Some(tidier) = &self.tidier {
            self.log.grew(jobs, tidier, "PRAGMA wal_checkpoint");
        }
    }

    fn journeys(&self) -> &Arc<Connections> {
        // Restart the log here as well, otherwise the next writer would have to wait for the restart.
        self.journeys_log.grew(1, &self.journeys, "PRAGMA wal_checkpoint; PRAGMA user_version = 0");
        &self.journeys
    }
}

/// Checkpoints SQLite's write-ahead log from time to time, on another thread, because one checkpoint waits for the disk
/// as long as many writes do.
struct Log {
    /// The number of writes between two checkpoints. During a checkpoint other statements wait longer for the disk, and
    /// in a large store a checkpoint of many writes costs little more than one of few.
    worth: usize,
    writes: AtomicUsize,
    is_being_put: Arc<AtomicBool>,
}

impl Log {
    fn new(worth: usize) -> Self {
        Self { worth, writes: AtomicUsize::new(0), is_being_put: Arc::default() }
    }

    fn grew(&self, writes: usize, connections: &Connections, put: &'static str) {
        let before = self.writes.fetch_add(writes, Ordering::Relaxed);
        let is_worth = before / self.worth != before.wrapping_add(writes) / self.worth;
        if is_worth && !self.is_being_put.swap(true, Ordering::Relaxed) {
            let done = Arc::clone(&self.is_being_put);
            connections.later(move |conn| {
                let put = conn.execute_batch(put);
                done.store(false, Ordering::Relaxed);
                put
            });
        }
    }
}

impl Pools {
    /// A connection for reading.
    pub(super) async fn reader(&self) -> Result<Conn<'static>> {
        match self {
            Self::Sqlite(sqlite) => match &sqlite.readers {
                Some(readers) => Ok(Conn::There(Arc::clone(readers))),
                None => sqlite.turn().await.map(Conn::Turn),
            },
            Self::Postgres { durable, .. } => pooled(durable).await,
        }
    }

    /// A connection for writing outside a transaction. A power cut can lose these writes.
    pub(super) async fn writer(&self) -> Result<Conn<'static>> {
        match self {
            Self::Sqlite(sqlite) => sqlite.turn().await.map(Conn::Turn),
            Self::Postgres { durable, .. } => pooled(durable).await,
        }
    }

    /// A write transaction.
    pub(super) async fn begin(&self) -> Result<Write> {
        match self {
            Self::Sqlite(sqlite) => {
                let mut turn = sqlite.turn().await?;
                turn.begin().await?;
                Ok(Write(Conn::Turn(turn)))
            }
            Self::Postgres { durable, .. } => begun(durable, Durability::Full).await,
        }
    }

    /// A connection for journeys.
    pub(super) async fn journeys(&self) -> Result<Conn<'static>> {
        match self {
            Self::Sqlite(sqlite) => Ok(Conn::There(Arc::clone(sqlite.journeys()))),
            Self::Postgres { journeys, .. } => pooled(journeys).await,
        }
    }

    /// Closes all connections once the work in progress is done.
    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite(sqlite) => {
                if let Some(readers) = &sqlite.readers {
                    readers.close().await;
                }
                // Wait for the current transaction, which may consist of several messages.
                let _last = sqlite.turn().await;
                if let Some(tidier) = &sqlite.tidier {
                    tidier.close().await;
                }
                sqlite.writer.close().await;
                sqlite.journeys.close().await;
            }
            Self::Postgres { durable, journeys } => {
                durable.close().await;
                journeys.close().await;
            }
        }
    }

    /// The error of the last failed attempt to connect, if a connection is missing.
    pub(super) fn failure(&self) -> Option<String> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres { durable, journeys } => durable.failure().or_else(|| journeys.failure()),
        }
    }
}

/// Begins a PostgreSQL transaction.
pub(super) async fn begun(pool: &Pool, durability: Durability) -> Result<Write> {
    let begin = match durability {
        Durability::Full => "BEGIN",
        Durability::Relaxed => "BEGIN; SET LOCAL synchronous_commit = off",
    };
    in_time(Box::pin(pool.begin(begin))).await.map(|lent| Write(Conn::Begun(lent)))
}

/// The future that lends a connection is large, because it may have to open one first. It is boxed here and above so
/// that callers stay small, on SQLite as well.
async fn pooled(pool: &Pool) -> Result<Conn<'static>> {
    Box::pin(pool.lend()).await.map(Conn::Pooled)
}

/// When the log reaches 128 MiB, the writer completes the checkpoint itself and restarts the log.
const DURABLE: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
    PRAGMA wal_autocheckpoint = 32768";
/// The same, at 32 MiB.
const RELAXED: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;
    PRAGMA wal_autocheckpoint = 8192";
const READER: &str = "PRAGMA query_only = ON";

/// The path of a store in memory.
const MEMORY: &str = ":memory:";

/// How long SQLite waits for another process that is writing to the file.
const BUSY: Duration = Duration::from_secs(5);

/// Prepared statements cached per connection; the store has about 150.
const PREPARED: usize = 256;

/// Opens the store that the options name.
pub(super) async fn open(options: &StoreOptions) -> Result<Pools> {
    if let Some(path) = options.url.strip_prefix("sqlite:") {
        let path = PathBuf::from(path.strip_prefix("//").unwrap_or(path));
        let options = options.clone();
        let opened = tokio::task::spawn_blocking(move || sqlite(&options, &path)).await;
        let opened = opened.unwrap_or_else(|gone| Err(StoreError::Unavailable(gone.into())));
        return opened.map(Box::new).map(Pools::Sqlite);
    }
    check_address(&options.url).map_err(|sentence| StoreError::Unavailable(sentence.into()))?;
    let postgres::Sessions { durable, journeys } = postgres::open(options).await?;
    Ok(Pools::Postgres { durable, journeys })
}

/// Checks the syntax of a store's address without connecting to a server; the error is a sentence.
pub(super) fn check_address(url: &str) -> Result<(), String> {
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return postgres::check_address(url);
    }
    if url.starts_with("sqlite:") {
        return Ok(());
    }
    Err("the address of the store must begin with sqlite: or postgres://".to_owned())
}

fn sqlite(options: &StoreOptions, path: &Path) -> Result<Sqlite> {
    let (turn, patience) = (Arc::default(), options.acquire_timeout);
    let (log, journeys_log) = (Log::new(2048), Log::new(512));
    if path == Path::new(MEMORY) {
        let writer = Connections::only(in_memory(DURABLE, Home::Durable)?);
        let journeys = Connections::only(in_memory(RELAXED, Home::Relaxed)?);
        return Ok(Sqlite { writer, turn, readers: None, journeys, journeys_log, tidier: None, log, patience });
    }
    let journeys_path = path.with_file_name("journeys.db");
    if journeys_path == path {
        return Err(StoreError::Unavailable("the store cannot be called journeys.db: choose another name".into()));
    }
    let schema = options.older_schema;
    let durable = checked(path, DURABLE, Home::Durable, schema)?;
    let (reader, tidier) = (connect(path, READER)?, connect(path, DURABLE)?);
    let relaxed = relaxed(&journeys_path, schema)?;
    let readers = usize::try_from(options.max_connections).unwrap_or(usize::MAX).max(1);
    let (writer, journeys) = (Connections::only(durable), Connections::only(relaxed));
    let path = path.to_owned();
    let readers = Connections::several(reader, readers, Box::new(move || connect(&path, READER)));
    let (readers, tidier) = (Some(readers), Some(Connections::only(tidier)));
    Ok(Sqlite { writer, turn, readers, journeys, journeys_log, tidier, log, patience })
}

/// The journeys' file. A damaged one is deleted and replaced by a new one, since it holds nothing that must survive.
fn relaxed(path: &Path, schema: OlderSchema) -> Result<Connection> {
    if schema == OlderSchema::Refuse && !path.exists() {
        // A restored store has no journeys' file yet, and a command must not create one.
        return in_memory(RELAXED, Home::Relaxed);
    }
    match checked(path, RELAXED, Home::Relaxed, schema) {
        Err(StoreError::Damaged(cause)) if schema == OlderSchema::Migrate => {
            tracing::warn!(path = %path.display(), %cause, "the journeys' file is damaged and begun anew");
            for end in ["", "-wal", "-shm"] {
                let mut file = path.as_os_str().to_owned();
                file.push(end);
                match std::fs::remove_file(PathBuf::from(file)) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        return Err(StoreError::Unavailable(error.into()));
                    }
                    _ => {}
                }
            }
            checked(path, RELAXED, Home::Relaxed, schema)
        }
        other => other,
    }
}

/// The size in bytes of the largest file that is checked from end to end when it is opened, so that no start has to
/// wait for gigabytes. Damage in a larger file is reported when it is read.
const LOOKED_THROUGH: u64 = 256 * 1024 * 1024;

/// Opens a connection to a file. With `Migrate`, the file is created if it is missing and brought to the newest schema;
/// with `Refuse`, an older schema is an error.
fn checked(path: &Path, settings: &str, home: Home, schema: OlderSchema) -> Result<Connection> {
    if schema == OlderSchema::Migrate {
        create_private(path)?;
    }
    let checked = || {
        let mut conn = connect(path, settings)?;
        if std::fs::metadata(path).is_ok_and(|file| file.len() <= LOOKED_THROUGH) {
            check(&mut conn)?;
        }
        Ok(conn)
    };
    let mut conn = checked().map_err(|error| name(error, path))?;
    match migrate::sqlite(&mut conn, home, schema) {
        Err(StoreError::Unavailable(cause)) => Err(name(StoreError::Unavailable(cause), path)),
        Err(StoreError::Damaged(cause)) => Err(StoreError::Damaged(format!("{}: {cause}", path.display()).into())),
        migrated => migrated.map(|()| conn),
    }
}

/// Checks a file from end to end.
pub(super) fn check(conn: &mut Connection) -> Result<()> {
    let found: Vec<String> = sql("PRAGMA quick_check(1)").all_here(conn)?;
    match found.first().map(String::as_str) {
        Some("ok") => Ok(()),
        _ => Err(StoreError::Damaged(found.join("; ").into())),
    }
}

fn in_memory(settings: &str, home: Home) -> Result<Connection> {
    let mut conn = connect(Path::new(MEMORY), settings)?;
    migrate::sqlite(&mut conn, home, OlderSchema::Migrate)?;
    Ok(conn)
}

/// A connection to an existing file, or to a database in memory.
pub(super) fn connect(path: &Path, settings: &str) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = if path == Path::new(MEMORY) {
        Connection::open_in_memory_with_flags(flags)
    } else {
        // SQLite takes a name that begins with `/` as a path, whatever other characters it contains.
        let path = std::path::absolute(path).map_err(|error| StoreError::Unavailable(error.into()))?;
        Connection::open_with_flags(path, flags)
    };
    let conn = conn.map_err(sort_sqlite)?;
    conn.busy_timeout(BUSY).map_err(sort_sqlite)?;
    conn.set_prepared_statement_cache_capacity(PREPARED);
    conn.execute_batch(settings).map_err(sort_sqlite)?;
    Ok(conn)
}

/// Adds the name of the file to the error and, if it is damaged, what to do.
fn name(error: StoreError, path: &Path) -> StoreError {
    let path = path.display();
    match error {
        StoreError::Damaged(cause) => StoreError::Damaged(
            format!("{path} does not pass SQLite's check, restore it from a backup: {cause}").into(),
        ),
        StoreError::Unavailable(cause) => StoreError::Unavailable(format!("{path}: {cause}").into()),
        other => other,
    }
}

/// Creates the file if it is missing, readable and writable only by its owner; SQLite gives its companion files the
/// same permissions. Returns false if the file already existed.
pub(super) fn create_private(path: &Path) -> Result<bool> {
    let mut open = std::fs::OpenOptions::new();
    open.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut open, 0o600);
    match open.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(StoreError::Unavailable(format!("cannot make {}: {error}", path.display()).into()))
        }
        made => Ok(made.is_ok()),
    }
}

#[cfg(test)]
mod tests {
    use crate::Store;

    /// A future contains the futures it awaits, so the size of obtaining a connection is part of every request.
    #[tokio::test]
    async fn whoever_waits_for_a_connection_is_small_though_one_may_have_to_be_made() {
        let store = Store::memory().await.expect("a store");
        let pools = &store.inner.pools;
        let (read, write) = (size_of_val(&pools.reader()), size_of_val(&pools.writer()));
        let (begin, journeys) = (size_of_val(&pools.begin()), size_of_val(&pools.journeys()));
        assert!(read.max(write).max(begin).max(journeys) < 1024, "{read} {write} {begin} {journeys} bytes");
    }
}
