//! Connects to the server that accepts writes among those in the URL, and ends sessions there.

use super::super::error::{Result, StoreError, explain, sort};
use super::address::{Address, Server};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

/// If a server has not answered after this long, the next one is tried at the same time.
const STAGGER: Duration = Duration::from_millis(250);
/// How long to wait for a session to end on the server.
const END: Duration = Duration::from_secs(5);

/// The statements that every session begins with. A `statement_timeout` of the database or the role could cut a
/// commit's wait for the standby, and PostgreSQL then answers the commit as if nothing were wrong
/// (<https://www.postgresql.org/docs/current/warm-standby.html#SYNCHRONOUS-REPLICATION>).
const SESSION: &str = "SET client_encoding = 'UTF8'; SET statement_timeout = 0;";
/// Reads the properties of a new session.
const INTRODUCTION: &str = "SELECT current_setting('transaction_read_only') AS read_only,
    current_setting('server_encoding') AS encoding, pg_backend_pid()::text AS pid,
    (SELECT backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()) AS started";

/// The servers of the URL.
pub(super) struct Servers {
    all: Vec<Server>,
    patience: Duration,
    /// The index of the server that accepted writes last.
    last: AtomicUsize,
    /// Ensures that only one connection at a time ends sessions.
    ending: Mutex<()>,
}

/// A PostgreSQL session that accepts writes.
pub(super) struct Session {
    pub(super) conn: PgConnection,
    pub(super) backend: Backend,
    pub(super) since: Instant,
}

/// The server process of a session: its pid, and its start time, because pids are reused.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Backend {
    pub(super) pid: String,
    started: String,
}

/// Why a server cannot be used.
enum Unfit {
    /// It is unreachable, or rejects the connection.
    Unreachable(String),
    /// It is a standby, or read-only for another reason.
    ReadOnly,
    /// The database can never be used by this program.
    Foreign(StoreError),
}

impl Servers {
    pub(super) fn new(address: Address) -> Self {
        Self { all: address.servers, patience: address.patience, last: AtomicUsize::new(0), ending: Mutex::default() }
    }

    /// Opens a session at the server that accepts writes, and applies the settings. It asks all servers, beginning with
    /// the one that accepted writes last; the first that accepts writes wins.
    pub(super) async fn connect(&self, settings: &str) -> Result<Session> {
        let count = self.all.len();
        let (first, mut asked) = (self.last.load(Ordering::Relaxed), JoinSet::new());
        for place in 0..count {
            let index = (first + place) % count;
            let asking = self.ask(index, settings);
            let wait = STAGGER.saturating_mul(u32::try_from(place).unwrap_or(u32::MAX));
            asked.spawn(async move {
                tokio::time::sleep(wait).await;
                (index, asking.await)
            });
        }
        let mut reasons = vec![None; count];
        while let Some(answer) = asked.join_next().await {
            match answer {
                Ok((index, Ok(session))) => {
                    self.last.store(index, Ordering::Relaxed);
                    return Ok(session);
                }
                Ok((_, Err(Unfit::Foreign(error)))) => return Err(error),
                Ok((index, Err(unfit))) => reasons[index] = Some(unfit.reason()),
                Err(broken) => return Err(StoreError::Unavailable(broken.into())),
            }
        }
        Err(self.unreachable(reasons))
    }

    fn ask(&self, index: usize, settings: &str) -> impl Future<Output = Result<Session, Unfit>> + Send + use<> {
        let options = self.all[index].options.clone();
        let (patience, settings) = (self.patience, format!("{SESSION} {settings} {INTRODUCTION}"));
        async move {
            let opening = async {
                let mut conn = PgConnection::connect_with(&options).await.map_err(Unfit::unreachable)?;
                let row = conn.fetch_one(sqlx::raw_sql(AssertSqlSafe(settings))).await;
                Session::of(conn, &row.map_err(Unfit::unreachable)?)
            };
            match tokio::time::timeout(patience, opening).await {
                Ok(opened) => opened,
                Err(_) => Err(Unfit::Unreachable(format!("does not answer within {} s", patience.as_secs()))),
            }
        }
    }

    fn unreachable(&self, reasons: Vec<Option<String>>) -> StoreError {
        let said = self
            .all
            .iter()
            .zip(reasons)
            .map(|(server, reason)| format!("{} {}", server.name, reason.as_deref().unwrap_or("was not asked")));
        StoreError::Unavailable(format!("PostgreSQL: {}", said.collect::<Vec<_>>().join("; ")).into())
    }

    /// Ends the session whose connection no longer answers, and waits until it is gone. Returns true once the server
    /// that accepts writes no longer has this session.
    pub(super) async fn end(&self, backend: &Backend) -> Result<bool> {
        let _alone = self.ending.lock().await;
        let mut session = self.connect("").await?;
        let ending = async {
            while session.still_has(backend).await? {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Ok(())
        };
        let gone = match tokio::time::timeout(END, ending).await {
            Ok(Ok(())) => Ok(true),
            Ok(Err(error)) => Err(sort(error)),
            Err(_) => Ok(false),
        };
        session.close().await;
        gone
    }
}

impl Session {
    fn of(conn: PgConnection, row: &sqlx::postgres::PgRow) -> Result<Self, Unfit> {
        let text = |column: &str| row.try_get::<String, _>(column).map_err(Unfit::unreachable);
        if text("encoding")? != "UTF8" {
            let sentence = "the PostgreSQL database must have the encoding UTF8";
            return Err(Unfit::Foreign(StoreError::Damaged(sentence.into())));
        }
        if text("read_only")? != "off" {
            return Err(Unfit::ReadOnly);
        }
        let backend = Backend { pid: text("pid")?, started: text("started")? };
        Ok(Self { conn, backend, since: Instant::now() })
    }

    /// Returns true if the session answers, is in no transaction and accepts writes. If `begun`, first rolls back the
    /// open transaction.
    pub(super) async fn is_fit(&mut self, begun: bool) -> sqlx::Result<bool> {
        const ASK: &str = "SELECT current_setting('transaction_read_only')";
        const UNDO: &str = "ROLLBACK; SELECT current_setting('transaction_read_only')";
        // This must be a simple query, because it follows a rollback in the same message.
        let row = self.conn.fetch_one(sqlx::raw_sql(if begun { UNDO } else { ASK })).await?;
        Ok(row.try_get::<String, _>(0)? == "off")
    }

    /// The pid of the process that serves the session now; behind a pooler, it may differ each time.
    pub(super) async fn pid(&mut self) -> sqlx::Result<String> {
        self.conn.fetch_one(sqlx::raw_sql("SELECT pg_backend_pid()::text")).await?.try_get(0)
    }

    async fn still_has(&mut self, backend: &Backend) -> sqlx::Result<bool> {
        let ask = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                   WHERE pid = $1::int4 AND backend_start = $2::timestamptz";
        let ask = sqlx::query_scalar::<_, i64>(ask).bind(backend.pid.clone()).bind(backend.started.clone());
        Ok(ask.fetch_one(&mut self.conn).await? > 0)
    }

    /// Closes the connection cleanly, so that the server notices at once; waits at most one second.
    pub(super) async fn close(self) {
        let _ = tokio::time::timeout(Duration::from_secs(1), self.conn.close()).await;
    }
}

impl Unfit {
    fn unreachable(error: sqlx::Error) -> Self {
        Self::Unreachable(format!("is not usable: {}", explain(&error)))
    }

    fn reason(self) -> String {
        match self {
            Self::Unreachable(why) => why,
            Self::ReadOnly => "takes no writes (a standby, or read only)".to_owned(),
            Self::Foreign(error) => error.to_string(),
        }
    }
}
