//! A connection to either database, and the write transaction.

use super::error::{Result, StoreError};
use super::postgres::Lent;
use super::sqlite::{Connections, Turn};
use sqlx::PgConnection;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// A connection, or access to one.
pub(super) enum Conn<'c> {
    /// SQLite, on the calling thread, without waiting.
    Here(&'c mut rusqlite::Connection),
    /// SQLite; each statement may run on a different connection.
    There(Arc<Connections>),
    /// SQLite's writer, held exclusively.
    Turn(Turn),
    /// PostgreSQL.
    Pooled(Lent),
    /// PostgreSQL, in a transaction.
    Begun(Lent),
}

/// How durable a transaction is after a power cut. A crash of the process loses nothing in either case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Durability {
    /// Fully: the data was on disk when the commit was acknowledged.
    Full,
    /// Possibly not at all: the data reaches the disk with later writes.
    Relaxed,
}

/// Where a statement runs.
pub(super) enum Way<'w> {
    Here(&'w mut rusqlite::Connection),
    There(&'w Connections),
    Aside(&'w Connections),
    Postgres(&'w mut PgConnection),
}

impl Conn<'_> {
    /// Returns where its statements run.
    pub(super) fn way(&mut self) -> Result<Way<'_>> {
        Ok(match self {
            Self::Here(conn) => Way::Here(conn),
            Self::There(connections) => Way::There(connections),
            Self::Turn(turn) => Way::Aside(turn.connections()),
            Self::Pooled(lent) | Self::Begun(lent) => Way::Postgres(lent.conn()?),
        })
    }
}

/// A write transaction. It is rolled back if dropped without a commit.
pub(super) struct Write(pub(super) Conn<'static>);

impl Write {
    /// Commits the transaction.
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
