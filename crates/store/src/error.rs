//! Errors of the store, and the database errors behind them.

use rusqlite::ffi;
use std::error::Error;

/// The cause of a failure, for the log.
pub type Cause = Box<dyn Error + Send + Sync>;

/// The reason why a call to the store failed. Nothing was changed unless the variant says otherwise. The text names the
/// cause, so that the cause is not a `source` as well: it would be printed twice.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The name is taken, the row was changed or removed at the same time, or it refers to something that does not
    /// exist.
    #[error("the entry exists already, was changed meanwhile, or belongs to something that does not exist")]
    Conflict,
    /// The value can never be stored: it contains a NUL character, which PostgreSQL's text type cannot hold, or is a
    /// name of many kilobytes, which its indexes cannot hold. Answer 400.
    #[error("text with a NUL character, or a very long name, cannot be stored")]
    Refused,
    /// The database is unreachable, full, busy or read-only: answer 503 and retry later. A write whose commit was
    /// interrupted may have succeeded.
    #[error("the store is unavailable at the moment: {0}")]
    Unavailable(Cause),
    /// The database is not as this program wrote it: it is damaged, has another version, or was changed by something
    /// else.
    #[error("the store cannot be used: {0}")]
    Damaged(Cause),
}

/// The result of a store function.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Maps an error of PostgreSQL, or of the connection to it, to the kinds above.
pub(super) fn sort(error: sqlx::Error) -> StoreError {
    let Some(code) = error.as_database_error() else {
        return match error {
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::ColumnNotFound(_) | sqlx::Error::Decode(_) => {
                StoreError::Damaged(error.into())
            }
            other => StoreError::Unavailable(explain(&other).into()),
        };
    };
    if code.is_unique_violation() || code.is_foreign_key_violation() {
        return StoreError::Conflict;
    }
    match code.code().as_deref() {
        Some(TOO_LONG) => StoreError::Refused,
        Some(READ_ONLY) => StoreError::Unavailable(TAKES_NO_WRITES.into()),
        Some(code) if is_pooler(code) => StoreError::Unavailable(POOLER.into()),
        Some(code) if is_damage(code) => StoreError::Damaged(explain(&error).into()),
        _ => StoreError::Unavailable(explain(&error).into()),
    }
}

/// Describes an error of PostgreSQL or of the connection to it, with advice.
pub(super) fn explain(error: &sqlx::Error) -> String {
    let said = match error {
        sqlx::Error::Database(said) => said.message().to_owned(),
        sqlx::Error::Io(said) => said.to_string(),
        other => other.to_string(),
    };
    let code = error.as_database_error().and_then(|said| said.code());
    match code.as_deref().and_then(advice) {
        Some(advice) => format!("{said} ({advice})"),
        None => said,
    }
}

/// Advice for an error code of PostgreSQL.
fn advice(code: &str) -> Option<&'static str> {
    Some(match code {
        "28P01" | "28000" => "check user and password of the URL, and pg_hba.conf",
        "3D000" => "create it: vestibule makes its tables, and not the database",
        "42501" => "the role of the URL must own the tables, or be allowed to create them",
        "53300" | "53400" => {
            "raise max_connections: docs/reliability.md says how many connections each node has at most"
        }
        _ => return None,
    })
}

/// The message about a pooler that gives the session to another client between two statements.
pub(super) const POOLER: &str = "a connection pooler in transaction or statement mode is in front of PostgreSQL, which \
    vestibule cannot work through: set pool_mode = session for this database in pgbouncer.ini, or name PostgreSQL \
    itself in the URL";
/// The message about a standby.
const TAKES_NO_WRITES: &str = "PostgreSQL takes no writes at the moment: the server is a standby, or read only";

/// PostgreSQL: a write in a read-only transaction.
const READ_ONLY: &str = "25006";

/// Returns true if a prepared statement was missing, or already existed, because statements of one session reached
/// different server processes.
fn is_pooler(code: &str) -> bool {
    matches!(code, "26000" | "42P05")
}

/// PostgreSQL: program limit exceeded, for example by an index row.
const TOO_LONG: &str = "54000";

/// Returns true if the code means a damaged file or a wrong schema: class XX (data corruption) or class 42
/// (<https://www.postgresql.org/docs/current/errcodes-appendix.html>), except for missing permissions.
fn is_damage(code: &str) -> bool {
    matches!(code, "XX001" | "XX002") || (code.starts_with("42") && code != "42501")
}

/// Maps an error of SQLite to the kinds above (<https://sqlite.org/rescode.html>).
pub(super) fn sort_sqlite(error: rusqlite::Error) -> StoreError {
    use rusqlite::ErrorCode;
    let Some(code) = error.sqlite_error() else { return StoreError::Damaged(error.into()) };
    match (code.code, code.extended_code) {
        (_, ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_FOREIGNKEY) => {
            StoreError::Conflict
        }
        // SQLITE_ERROR: a missing table or column.
        (ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase, _) | (_, ffi::SQLITE_ERROR) => {
            StoreError::Damaged(error.into())
        }
        _ => StoreError::Unavailable(error.into()),
    }
}
