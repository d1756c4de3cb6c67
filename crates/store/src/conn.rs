//! A connection to either database, and the transaction for writing.

use super::error::{Result, StoreError};
use super::postgres::Lent;
use super::sqlite::{Connections, Turn};
use sqlx::PgConnection;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// A connection, or the way to one.
pub(super) enum Conn<'c> {
    /// SQLite, on the calling thread, without waiting.
    Here(&'c mut rusqlite::Connection),
    /// SQLite; each statement may go to another connection.
    There(Arc<Connections>),
    /// SQLite's only writer.
    Turn(Turn),
    /// PostgreSQL.
    Pooled(Lent),
    /// PostgreSQL, in a transaction.
    Begun(Lent),
}

/// The durability of a transaction after a power cut. A crash of the program loses nothing of either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Durability {
    /// All of it: it was on disk when it was acknowledged.
    Full,
    /// Perhaps nothing: it goes to disk with what comes next.
    Relaxed,
}

/// Where a statement goes.
pub(super) enum Way<'w> {
    Here(&'w mut rusqlite::Connection),
    There(&'w Connections),
    Aside(&'w Connections),
    Postgres(&'w mut PgConnection),
}

impl Conn<'_> {
    /// Where its statements go.
    pub(super) fn way(&mut self) -> Result<Way<'_>> {
        Ok(match self {
            Self::Here(conn) => Way::Here(conn),
            Self::There(connections) => Way::There(connections),
            Self::Turn(turn) => Way::Aside(turn.connections()),
            Self::Pooled(lent) | Self::Begun(lent) => Way::Postgres(lent.conn()?),
        })
    }
}

/// A transaction for writing. Dropped without a commit, it changes nothing.
pub(super) struct Write(pub(super) Conn<'static>);

impl Write {
    /// Commit it.
    pub(super) async fn commit(self) -> Result<()> {
        match self.0 {
            Conn::Turn(turn) => turn.commit().await,
            Conn::Begun(lent) => lent.commit().await,
            Conn::Here(_) | Conn::There(_) | Conn::Pooled(_) => {
                Err(StoreError::Unavailable("there is no transaction to commit".into()))
            }
        }
    }
}

impl Deref for Write {
    type Target = Conn<'static>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Write {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}
