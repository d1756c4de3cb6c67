//! Opening the databases: connections, their settings, the check of the files, and migrations.

use super::error::{Result, StoreError, sort};
use super::sql::sql;
use super::{Store, StoreOptions};
use sqlx::any::AnyPoolOptions;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{AnyConnection, AnyPool, Connection, Executor, SqlSafeStr};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where a migration belongs when journeys have a database of their own.
#[derive(Clone, Copy, PartialEq)]
enum Home {
    Durable,
    Relaxed,
}

/// Every migration, oldest first. A released one never changes; new ones only add.
const MIGRATIONS: [(i64, &str, Home, &str); 4] = [
    (1, "store", Home::Durable, include_str!("../../migrations/0001_store.sql")),
    (2, "journeys", Home::Relaxed, include_str!("../../migrations/0002_journeys.sql")),
    (3, "sweep", Home::Durable, include_str!("../../migrations/0003_sweep.sql")),
    (4, "client assertions", Home::Durable, include_str!("../../migrations/0004_client_assertions.sql")),
];

/// The pools behind a store.
pub(super) struct Pools {
    /// Everything that is written for good.
    pub(super) writer: AnyPool,
    /// Everything that is read.
    pub(super) readers: AnyPool,
    /// Journeys.
    pub(super) journeys: AnyPool,
    /// How a writing transaction begins.
    pub(super) begin: &'static str,
    /// Whether there is one writer, for which callers wait.
    pub(super) shares_writer: bool,
}

/// How a writing transaction begins on SQLite.
pub(super) const SQLITE_BEGIN: &str = "BEGIN IMMEDIATE";
const SQLITE_DURABLE: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000";
const SQLITE_RELAXED: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
    PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000";
const SQLITE_READER: &str = "PRAGMA query_only = ON; PRAGMA busy_timeout = 5000";
const POSTGRES_DURABLE: &str = "SET client_encoding = 'UTF8'";
const POSTGRES_RELAXED: &str = "SET client_encoding = 'UTF8'; SET synchronous_commit = off";

/// How long a connection of a network may take to show that it is there.
const ANSWERS: Duration = Duration::from_secs(2);

/// Open what the options name.
pub(super) async fn open(options: &StoreOptions) -> Result<Pools> {
    sqlx::any::install_default_drivers();
    if let Some(path) = options.url.strip_prefix("sqlite:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        return if path == ":memory:" { memory(options).await } else { sqlite(options, Path::new(path)).await };
    }
    if options.url.starts_with("postgres://") || options.url.starts_with("postgresql://") {
        return postgres(options).await;
    }
    Err(StoreError::Unavailable("the address of the store must begin with sqlite: or postgres://".into()))
}

async fn sqlite(options: &StoreOptions, path: &Path) -> Result<Pools> {
    let journeys_path = path.with_file_name("journeys.db");
    if journeys_path == path {
        return Err(StoreError::Unavailable("the store cannot be called journeys.db: choose another name".into()));
    }
    let writer = sqlite_file(options, path, SQLITE_DURABLE).await?;
    migrate(&writer, &[Home::Durable]).await?;
    let readers =
        pool(options, options.max_connections, SQLITE_READER).connect(&sqlite_url(path)).await.map_err(sort)?;
    let journeys = relaxed_file(options, &journeys_path).await?;
    Ok(Pools { writer, readers, journeys, begin: SQLITE_BEGIN, shares_writer: true })
}

/// The journeys' file. A damaged one is no loss worth a night's work: it is put aside and begun anew.
async fn relaxed_file(options: &StoreOptions, path: &Path) -> Result<AnyPool> {
    match relaxed_file_once(options, path).await {
        Err(StoreError::Damaged(cause)) => {
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
            relaxed_file_once(options, path).await
        }
        other => other,
    }
}

async fn relaxed_file_once(options: &StoreOptions, path: &Path) -> Result<AnyPool> {
    let journeys = sqlite_file(options, path, SQLITE_RELAXED).await?;
    migrate(&journeys, &[Home::Relaxed]).await?;
    Ok(journeys)
}

/// Bytes of the largest file that is checked from end to end when it is opened: no start waits for gigabytes. What is
/// damaged in a larger one is told when it is read.
const LOOKED_THROUGH: u64 = 256 * 1024 * 1024;

/// One connection to a file, which is made if it is missing and checked if it is there.
async fn sqlite_file(options: &StoreOptions, path: &Path, settings: &'static str) -> Result<AnyPool> {
    create_private(path)?;
    let mut conn = try_out(options, &sqlite_url(path), settings).await.map_err(|error| name(error, path))?;
    if std::fs::metadata(path).is_ok_and(|file| file.len() <= LOOKED_THROUGH) {
        let check = sql("PRAGMA quick_check(1)").at_length();
        let found: Vec<String> = check.all(&mut conn).await.map_err(|error| name(error, path))?;
        if found.first().map(String::as_str) != Some("ok") {
            return Err(name(StoreError::Damaged(found.join("; ").into()), path));
        }
    }
    conn.close().await.map_err(sort)?;
    pool(options, 1, settings).connect(&sqlite_url(path)).await.map_err(sort)
}

/// Say which file it is, and what helps.
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

/// A connection outside the pools, whose failure is told at once: a pool would try again until it runs out of time, and
/// then tell nothing but that.
async fn try_out(options: &StoreOptions, url: &str, settings: &'static str) -> Result<AnyConnection> {
    let trial = async {
        let mut conn = AnyConnection::connect(url).await?;
        conn.execute(sqlx::raw_sql(settings)).await?;
        Ok(conn)
    };
    match tokio::time::timeout(options.acquire_timeout, trial).await {
        Ok(conn) => conn.map_err(sort),
        Err(late) => Err(StoreError::Unavailable(late.into())),
    }
}

/// Make the file if it is missing, for its owner's eyes only; SQLite gives its companions the same rights.
fn create_private(path: &Path) -> Result<()> {
    let mut open = std::fs::OpenOptions::new();
    open.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut open, 0o600);
    match open.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(StoreError::Unavailable(format!("cannot make {}: {error}", path.display()).into()))
        }
        _ => Ok(()),
    }
}

/// The path as sqlx reads it: with every unusual byte escaped, so that `?`, `%` or a space in a name do no harm.
fn sqlite_url(path: &Path) -> String {
    use std::fmt::Write as _;
    let mut url = String::from("sqlite:");
    for byte in path.to_string_lossy().bytes() {
        if byte.is_ascii_alphanumeric() || b"/._-".contains(&byte) {
            url.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(url, "%{byte:02X}");
        }
    }
    url
}

/// A store in memory: one connection, since another would see another database.
async fn memory(options: &StoreOptions) -> Result<Pools> {
    let writer = pool(options, 1, SQLITE_DURABLE).connect("sqlite::memory:").await.map_err(sort)?;
    migrate(&writer, &[Home::Durable]).await?;
    let journeys = pool(options, 1, SQLITE_RELAXED).connect("sqlite::memory:").await.map_err(sort)?;
    migrate(&journeys, &[Home::Relaxed]).await?;
    Ok(Pools { readers: writer.clone(), writer, journeys, begin: SQLITE_BEGIN, shares_writer: true })
}

async fn postgres(options: &StoreOptions) -> Result<Pools> {
    let mut conn = try_out(options, &options.url, POSTGRES_DURABLE).await?;
    let encoding: Option<String> = sql("SELECT current_setting('server_encoding')").one(&mut conn).await?;
    conn.close().await.map_err(sort)?;
    if encoding.as_deref() != Some("UTF8") {
        return Err(StoreError::Damaged("the PostgreSQL database must have the encoding UTF8".into()));
    }
    let durable = network_pool(options, options.max_connections, POSTGRES_DURABLE);
    let writer = durable.connect(&options.url).await.map_err(sort)?;
    migrate(&writer, &[Home::Durable, Home::Relaxed]).await?;
    let relaxed = network_pool(options, options.max_connections.div_ceil(2), POSTGRES_RELAXED);
    let journeys = relaxed.connect(&options.url).await.map_err(sort)?;
    Ok(Pools { readers: writer.clone(), writer, journeys, begin: "BEGIN", shares_writer: false })
}

fn pool(options: &StoreOptions, connections: u32, settings: &'static str) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(options.acquire_timeout)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .after_connect(move |conn: &mut AnyConnection, _| {
            Box::pin(async move { conn.execute(sqlx::raw_sql(settings)).await.map(drop) })
        })
        .after_release(|conn: &mut AnyConnection, _| Box::pin(is_whole(conn)))
}

/// A pool over a network: connections break, and some never say so.
fn network_pool(options: &StoreOptions, connections: u32, settings: &'static str) -> AnyPoolOptions {
    pool(options, connections, settings)
        .test_before_acquire(true)
        .after_release(|conn: &mut AnyConnection, _| Box::pin(answers(conn)))
}

/// Whether the connection is whole, and answers. One that was cut off would be tested by the pool for ever, and keep its
/// place from those that work.
async fn answers(conn: &mut AnyConnection) -> sqlx::Result<bool> {
    let whole = async {
        conn.ping().await?;
        is_whole(conn).await
    };
    // An error: closed without a farewell, which nobody would hear.
    tokio::time::timeout(ANSWERS, whole).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

/// Whether the connection can be used again. When the disk is full SQLite ends a transaction by itself; the driver's
/// own rollback then fails, it believes to be inside for ever, and refuses every later one. Such a connection is closed.
async fn is_whole(conn: &mut AnyConnection) -> sqlx::Result<bool> {
    if conn.is_in_transaction() {
        // A rollback may be on its way: it comes before the answer to this.
        conn.ping().await?;
    }
    Ok(!conn.is_in_transaction())
}

async fn migrate(pool: &AnyPool, homes: &[Home]) -> Result<()> {
    let migrations =
        MIGRATIONS.iter().filter(|(_, _, home, _)| homes.contains(home)).map(|(version, name, _, text)| {
            Migration::new(*version, (*name).into(), MigrationType::Simple, text.into_sql_str(), false)
        });
    Migrator::with_migrations(migrations.collect()).run(pool).await.map_err(|error| match error {
        MigrateError::VersionMissing(version) => StoreError::Damaged(
            format!(
                "the database was written by a newer vestibule (schema {version}); start that version or a later one"
            )
            .into(),
        ),
        MigrateError::VersionMismatch(version) => StoreError::Damaged(
            format!("schema {version} of the database is not the one this vestibule knows; was it made by a build between releases?")
                .into(),
        ),
        MigrateError::Dirty(version) => {
            StoreError::Damaged(format!("schema {version} was applied by half; restore a backup").into())
        }
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => sort(error),
        other => StoreError::Unavailable(other.into()),
    })
}

impl Store {
    /// Close every connection, after what is under way. Without it a SQLite file is as safe, only its log longer.
    pub async fn close(&self) {
        self.inner.pools.readers.close().await;
        self.inner.pools.writer.close().await;
        self.inner.pools.journeys.close().await;
    }
}
