//! The schema: every migration, and how a database comes to the newest.

use super::conn::Durability;
use super::error::{Result, StoreError, sort, sort_sqlite};
use super::sqlite;
use rusqlite::Connection;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{PgPool, SqlSafeStr};

/// Where a migration belongs when journeys have a database of their own.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Home {
    /// With what is kept for good.
    Durable,
    /// With the journeys.
    Relaxed,
}

impl Home {
    fn durability(self) -> Durability {
        match self {
            Self::Durable => Durability::Full,
            Self::Relaxed => Durability::Relaxed,
        }
    }
}

/// Every migration, oldest first. A released one never changes; a new one takes away nothing that a node of the version
/// before reads or writes.
const MIGRATIONS: [(i64, &str, Home, &str); 9] = [
    (1, "store", Home::Durable, include_str!("../migrations/0001_store.sql")),
    (2, "journeys", Home::Relaxed, include_str!("../migrations/0002_journeys.sql")),
    (3, "sweep", Home::Durable, include_str!("../migrations/0003_sweep.sql")),
    (4, "client assertions", Home::Durable, include_str!("../migrations/0004_client_assertions.sql")),
    (5, "successors", Home::Durable, include_str!("../migrations/0005_successors.sql")),
    (6, "changes", Home::Durable, include_str!("../migrations/0006_changes.sql")),
    (7, "sealed mail", Home::Durable, include_str!("../migrations/0007_sealed_mail.sql")),
    (8, "counted audit", Home::Durable, include_str!("../migrations/0008_counted_audit.sql")),
    (9, "devices", Home::Durable, include_str!("../migrations/0009_devices.sql")),
];

/// The migrations of `homes`, as both databases count them.
fn migrations(homes: &[Home]) -> Vec<Migration> {
    let ours = MIGRATIONS.iter().filter(|(_, _, home, _)| homes.contains(home));
    ours.map(|(version, name, _, text)| {
        Migration::new(*version, (*name).into(), MigrationType::Simple, text.into_sql_str(), false)
    })
    .collect()
}

/// Bring a PostgreSQL database to the newest schema; nodes that start together wait for one another.
pub(super) async fn postgres(pool: &PgPool) -> Result<()> {
    let migrator = Migrator::with_migrations(migrations(&[Home::Durable, Home::Relaxed]));
    migrator.run(pool).await.map_err(|error| match error {
        MigrateError::VersionMissing(version) => newer(version),
        MigrateError::VersionMismatch(version) => changed(version),
        MigrateError::Dirty(version) => by_half(version),
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => sort(error),
        other => StoreError::Unavailable(other.into()),
    })
}

/// The same for a SQLite database, in one transaction and the same table. Nothing is written where nothing is new.
pub(super) fn sqlite(conn: &mut Connection, home: Home) -> Result<()> {
    let migrations = migrations(&[home]);
    if missing(conn, &migrations)?.is_empty() {
        return Ok(());
    }
    sqlite::begin(conn, home.durability())?;
    let done = apply(conn, &migrations).and_then(|()| sqlite::commit(conn));
    sqlite::undo(conn);
    done
}

fn apply(conn: &Connection, migrations: &[Migration]) -> Result<()> {
    conn.execute_batch(
        "CREATE TABLE IF NOT EXISTS _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL,
           installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL,
           checksum BLOB NOT NULL, execution_time BIGINT NOT NULL)",
    )
    .map_err(sort_sqlite)?;
    // Asked again: another process may have been first.
    for migration in missing(conn, migrations)? {
        conn.execute_batch(migration.sql.as_str())
            .and_then(|()| {
                conn.execute(
                    "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                     VALUES (?1, ?2, TRUE, ?3, 0)",
                    (migration.version, &*migration.description, &*migration.checksum),
                )
            })
            .map_err(sort_sqlite)?;
    }
    Ok(())
}

/// Whether a SQLite file is a store that this version can read.
pub(super) fn known(conn: &Connection) -> Result<()> {
    let first = MIGRATIONS.first().map(|(version, ..)| *version);
    match applied(conn).map_err(sort_sqlite)?.iter().any(|(version, ..)| Some(*version) == first) {
        true => missing(conn, &migrations(&[Home::Durable])).map(drop),
        false => Err(StoreError::Damaged("this is no store of vestibule".into())),
    }
}

/// Those that were not applied yet.
fn missing<'m>(conn: &Connection, migrations: &'m [Migration]) -> Result<Vec<&'m Migration>> {
    let applied = applied(conn).map_err(sort_sqlite)?;
    for (version, is_whole, checksum) in &applied {
        match migrations.iter().find(|migration| migration.version == *version) {
            _ if !is_whole => return Err(by_half(*version)),
            None => return Err(newer(*version)),
            Some(migration) if *migration.checksum != **checksum => return Err(changed(*version)),
            Some(_) => {}
        }
    }
    let is_new = |new: &&Migration| !applied.iter().any(|(version, ..)| *version == new.version);
    Ok(migrations.iter().filter(is_new).collect())
}

/// Version, success and checksum of each that was applied.
fn applied(conn: &Connection) -> rusqlite::Result<Vec<(i64, bool, Vec<u8>)>> {
    if !conn.table_exists(None, "_sqlx_migrations")? {
        return Ok(Vec::new());
    }
    let mut applied = conn.prepare("SELECT version, success, checksum FROM _sqlx_migrations ORDER BY version")?;
    let rows = applied.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    rows.collect()
}

fn newer(version: i64) -> StoreError {
    let sentence =
        format!("the database was written by a newer vestibule (schema {version}); start that version or a later one");
    StoreError::Damaged(sentence.into())
}

fn changed(version: i64) -> StoreError {
    let sentence = format!(
        "schema {version} of the database is not the one this vestibule knows; was it made by a build between releases?"
    );
    StoreError::Damaged(sentence.into())
}

fn by_half(version: i64) -> StoreError {
    StoreError::Damaged(format!("schema {version} was applied by half; restore a backup").into())
}
