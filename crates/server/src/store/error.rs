//! What can go wrong in the store, and which database error is which.

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

/// Sort a database error into the kinds above.
pub(super) fn sort(error: sqlx::Error) -> StoreError {
    let Some(code) = error.as_database_error() else {
        return match error {
            sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::Decode(_)
            | sqlx::Error::AnyDriverError(_) => StoreError::Damaged(error.into()),
            _ => StoreError::Unavailable(error.into()),
        };
    };
    if code.is_unique_violation() || code.is_foreign_key_violation() {
        return StoreError::Conflict;
    }
    if code.code().is_some_and(|code| code == TOO_LONG) {
        return StoreError::Refused;
    }
    if code.code().is_some_and(|code| is_damage(&code)) {
        return StoreError::Damaged(error.into());
    }
    StoreError::Unavailable(error.into())
}

/// PostgreSQL: program limit exceeded, as by an index row.
const TOO_LONG: &str = "54000";

/// Whether a code tells of a broken file or schema. SQLite: CORRUPT, NOTADB and what extends them, by the low byte
/// (<https://sqlite.org/rescode.html>), ERROR being a table or column that is missing. PostgreSQL: class XX data
/// corruption and class 42 (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
fn is_damage(code: &str) -> bool {
    if code.len() == 5 {
        return matches!(code, "XX001" | "XX002") || (code.starts_with("42") && code != "42501");
    }
    code.parse::<i32>().is_ok_and(|code| matches!(code & 0xff, 1 | 11 | 26))
}
