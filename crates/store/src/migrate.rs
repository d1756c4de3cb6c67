//! The schema: every migration, and how a database is brought to the newest one.

use super::conn::Durability;
use super::error::{Result, StoreError, sort, sort_sqlite};
use super::sqlite;
use rusqlite::Connection;
use sqlx::migrate::{Migrate, MigrateError, Migration, MigrationType, Migrator};
use sqlx::{PgConnection, SqlSafeStr};

/// The database a migration belongs to when journeys have a database of their own.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Home {
    /// In the main database, with the durable data.
    Durable,
    /// In the database of the journeys.
    Relaxed,
}

/// How to handle a store with an older schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OlderSchema {
    /// Migrate it to the newest schema, and create the store in an empty database: for a server.
    Migrate,
    /// Fail: a command must not change a store that a server of an older version is using.
    Refuse,
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
const MIGRATIONS: [(i64, &str, Home, &str); 11] = [
    (1, "store", Home::Durable, include_str!("../migrations/0001_store.sql")),
    (2, "journeys", Home::Relaxed, include_str!("../migrations/0002_journeys.sql")),
    (3, "sweep", Home::Durable, include_str!("../migrations/0003_sweep.sql")),
    (4, "client assertions", Home::Durable, include_str!("../migrations/0004_client_assertions.sql")),
    (5, "successors", Home::Durable, include_str!("../migrations/0005_successors.sql")),
    (6, "changes", Home::Durable, include_str!("../migrations/0006_changes.sql")),
    (7, "sealed mail", Home::Durable, include_str!("../migrations/0007_sealed_mail.sql")),
    (8, "counted audit", Home::Durable, include_str!("../migrations/0008_counted_audit.sql")),
    (9, "devices", Home::Durable, include_str!("../migrations/0009_devices.sql")),
    (12, "source of journeys", Home::Relaxed, include_str!("../migrations/0012_journey_source.sql")),
    (13, "portal", Home::Durable, include_str!("../migrations/0013_portal.sql")),
];

/// The migrations of `homes`, as sqlx represents them.
fn migrations(homes: &[Home]) -> Vec<Migration> {
    let ours = MIGRATIONS.iter().filter(|(_, _, home, _)| homes.contains(home));
    ours.map(|(version, name, _, text)| {
        Migration::new(*version, (*name).into(), MigrationType::Simple, text.into_sql_str(), false)
    })
    .collect()
}

/// The table, in both kinds of database, that lists the applied migrations.
const APPLIED: &str = "_sqlx_migrations";

/// Migrates a PostgreSQL database to the newest schema, or only checks that it is current if `schema` is `Refuse`.
/// Nodes that start together wait for one another.
pub(super) async fn postgres(conn: &mut PgConnection, schema: OlderSchema) -> Result<()> {
    let migrations = migrations(&[Home::Durable, Home::Relaxed]);
    if schema == OlderSchema::Refuse {
        return has_all(conn, &migrations).await;
    }
    Migrator::with_migrations(migrations).run_direct(None, conn, false).await.map_err(sort_migration)
}

/// Checks that a PostgreSQL database has exactly these migrations.
async fn has_all(conn: &mut PgConnection, migrations: &[Migration]) -> Result<()> {
    let is_there = sqlx::query_scalar::<_, bool>("SELECT to_regclass($1) IS NOT NULL").bind(APPLIED);
    if !is_there.fetch_one(&mut *conn).await.map_err(sort)? {
        return Err(empty());
    }
    if let Some(version) = conn.dirty_version(APPLIED).await.map_err(sort_migration)? {
        return Err(by_half(version));
    }
    let applied = conn.list_applied_migrations(APPLIED).await.map_err(sort_migration)?;
    let applied = applied.into_iter().map(|one| (one.version, true, one.checksum.to_vec())).collect::<Vec<_>>();
    missing(&applied, migrations).and_then(|missing| complete(&applied, &missing))
}

fn sort_migration(error: MigrateError) -> StoreError {
    match error {
        MigrateError::VersionMissing(version) => newer(version),
        MigrateError::VersionMismatch(version) => changed(version),
        MigrateError::Dirty(version) => by_half(version),
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => sort(error),
        other => StoreError::Unavailable(other.into()),
    }
}

/// The same for a SQLite database, in one transaction and with the same table. Writes nothing if no migration is
/// missing.
pub(super) fn sqlite(conn: &mut Connection, home: Home, schema: OlderSchema) -> Result<()> {
    let migrations = migrations(&[home]);
    let applied = applied(conn).map_err(sort_sqlite)?;
    let missing = missing(&applied, &migrations)?;
    if schema == OlderSchema::Refuse {
        return complete(&applied, &missing);
    }
    if missing.is_empty() {
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
    // Read again, because another process may have migrated first.
    let applied = applied(conn).map_err(sort_sqlite)?;
    for migration in missing(&applied, migrations)? {
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

/// Checks that a SQLite file is a store that this version can read.
pub(super) fn known(conn: &Connection) -> Result<()> {
    let first = MIGRATIONS.first().map(|(version, ..)| *version);
    let applied = applied(conn).map_err(sort_sqlite)?;
    match applied.iter().any(|(version, ..)| Some(*version) == first) {
        true => missing(&applied, &migrations(&[Home::Durable])).map(drop),
        false => Err(StoreError::Damaged("this is no store of vestibule".into())),
    }
}

/// Version, success and checksum of an applied migration.
type Applied = (i64, bool, Vec<u8>);

/// The migrations that have not been applied yet.
fn missing<'m>(applied: &[Applied], migrations: &'m [Migration]) -> Result<Vec<&'m Migration>> {
    for (version, is_whole, checksum) in applied {
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

/// Returns an error if the store lacks migrations.
fn complete(applied: &[Applied], missing: &[&Migration]) -> Result<()> {
    match (applied.iter().map(|(version, ..)| *version).max(), missing.last()) {
        (_, None) => Ok(()),
        (None, Some(_)) => Err(empty()),
        (Some(has), Some(needed)) => Err(older(has, needed.version)),
    }
}

/// Version, success and checksum of each applied migration.
fn applied(conn: &Connection) -> rusqlite::Result<Vec<Applied>> {
    if !conn.table_exists(None, APPLIED)? {
        return Ok(Vec::new());
    }
    let mut applied = conn.prepare("SELECT version, success, checksum FROM _sqlx_migrations ORDER BY version")?;
    let rows = applied.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    rows.collect()
}

fn empty() -> StoreError {
    StoreError::Damaged("there is no store yet; vestibule serve makes it when it starts".into())
}

fn older(has: i64, needed: i64) -> StoreError {
    let sentence = format!(
        "it was written by an older vestibule (schema {has}; this one has {needed}), and commands do not change a schema: \
         start vestibule serve or dev of this version once, which brings it up to date, or use the program of that \
         version"
    );
    StoreError::Damaged(sentence.into())
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
