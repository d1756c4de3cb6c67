//! What can go wrong in the store, and which database error is which.

use rusqlite::ffi;
use std::error::Error;

/// The cause of a failure, for the log.
pub type Cause = Box<dyn Error + Send + Sync>;

/// Why the store did not do what was asked. Nothing was changed unless the variant says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The name is taken, the row was changed or removed meanwhile, or it belongs to something that is not there.
    #[error("the entry exists already, was changed meanwhile, or belongs to something that does not exist")]
    Conflict,
    /// The value can never be stored: it holds a NUL character, which PostgreSQL's text cannot, or is a name of many
    /// kilobytes, which its indexes cannot. Answer 400.
    #[error("text with a NUL character, or a very long name, cannot be stored")]
    Refused,
    /// The database cannot be reached, is full, busy or read-only: answer 503 and try later. A write whose commit was
    /// cut off may have happened.
    #[error("the store is unavailable at the moment: {0}")]
    Unavailable(#[source] Cause),
    /// The database is not what this program wrote: damaged, of a newer version, or changed by other hands.
    #[error("the store is damaged or not ours: {0}")]
    Damaged(#[source] Cause),
}

/// What a store function answers.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Sort an error of PostgreSQL, or of the way to it, into the kinds above.
pub(super) fn sort(error: sqlx::Error) -> StoreError {
    let Some(code) = error.as_database_error() else {
        return match error {
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::ColumnNotFound(_) | sqlx::Error::Decode(_) => {
                StoreError::Damaged(error.into())
            }
            _ => StoreError::Unavailable(error.into()),
        };
    };
    if code.is_unique_violation() || code.is_foreign_key_violation() {
        return StoreError::Conflict;
    }
    match code.code().as_deref() {
        Some(TOO_LONG) => StoreError::Refused,
        Some(code) if is_damage(code) => StoreError::Damaged(error.into()),
        _ => StoreError::Unavailable(error.into()),
    }
}

/// PostgreSQL: program limit exceeded, as by an index row.
const TOO_LONG: &str = "54000";

/// Whether a code tells of a broken file or schema: class XX data corruption and class 42
/// (<https://www.postgresql.org/docs/current/errcodes-appendix.html>), but for a lack of rights.
fn is_damage(code: &str) -> bool {
    matches!(code, "XX001" | "XX002") || (code.starts_with("42") && code != "42501")
}

/// Sort an error of SQLite into the kinds above (<https://sqlite.org/rescode.html>).
pub(super) fn sort_sqlite(error: rusqlite::Error) -> StoreError {
    use rusqlite::ErrorCode;
    let Some(code) = error.sqlite_error() else { return StoreError::Damaged(error.into()) };
    match (code.code, code.extended_code) {
        (_, ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_FOREIGNKEY) => {
            StoreError::Conflict
        }
        // SQLITE_ERROR: a table or column that is missing.
        (ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase, _) | (_, ffi::SQLITE_ERROR) => {
            StoreError::Damaged(error.into())
        }
        _ => StoreError::Unavailable(error.into()),
    }
}
