//! Sessions of PostgreSQL: at most so many, lent to one caller at a time, tested whenever they change hands.
//!
//! A session is tested when it is made, lent and given back: it must answer, be in no transaction, and take writes. A
//! slot is free again only when its session is idle, or known to be gone from the server: a statement that its caller
//! gave up on may run there for as long as it likes, and the number of sessions is a bound all the same.

use super::super::error::{Result, StoreError, sort};
use super::super::sql::in_time;
use super::servers::{Servers, Session};
use sqlx::{Executor as _, PgConnection};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a session of a network may take to show that it is there.
const ANSWERS: Duration = Duration::from_secs(2);
/// How long a session is used: what a server has learned, and where a name leads, are looked up again from time to
/// time.
const LIFETIME: Duration = Duration::from_secs(30 * 60);
/// The pause before the next attempt to connect, or to end a session.
const AGAIN: Duration = Duration::from_millis(100);
const END_AGAIN: Duration = Duration::from_secs(1);

/// The sessions.
pub(crate) struct Pool(Arc<Shared>);

struct Shared {
    servers: Arc<Servers>,
    /// The statements that set up each session.
    settings: &'static str,
    slots: Arc<Semaphore>,
    most: u32,
    idle: Mutex<Vec<Session>>,
    /// How long a caller waits for a session.
    patience: Duration,
    /// Why no session could be made last.
    failure: Mutex<Option<String>>,
    is_closed: AtomicBool,
}

/// A borrowed session; it returns to the pool when this is dropped.
pub(crate) struct Lent {
    /// With its slot; there until this is dropped.
    held: Option<(Session, OwnedSemaphorePermit)>,
    pool: Arc<Shared>,
    /// A transaction was begun and not committed.
    begun: bool,
}

impl Pool {
    pub(super) fn new(servers: Arc<Servers>, settings: &'static str, most: u32, patience: Duration) -> Self {
        Self(Arc::new(Shared {
            servers,
            settings,
            slots: Arc::new(Semaphore::new(usize::try_from(most).unwrap_or(Semaphore::MAX_PERMITS))),
            most,
            idle: Mutex::default(),
            patience,
            failure: Mutex::default(),
            is_closed: AtomicBool::new(false),
        }))
    }

    /// A session that works. `Unavailable` with the last failure if there is none in time.
    pub(crate) async fn lend(&self) -> Result<Lent> {
        match tokio::time::timeout(self.0.patience, self.0.lend()).await {
            Ok(lent) => lent,
            Err(_) => Err(self.0.late()),
        }
    }

    /// A session in a transaction, begun by this statement.
    pub(crate) async fn begin(&self, begin: &'static str) -> Result<Lent> {
        let mut lent = self.lend().await?;
        lent.begun = true;
        lent.conn()?.execute(sqlx::raw_sql(begin)).await.map_err(sort)?;
        Ok(lent)
    }

    /// Closes every session, after what is under way.
    pub(crate) async fn close(&self) {
        self.0.is_closed.store(true, Ordering::Relaxed);
        let all = self.0.slots.acquire_many(self.0.most).await;
        let idle = std::mem::take(&mut *self.0.idle());
        for session in idle {
            session.close().await;
        }
        drop(all);
        self.0.slots.close();
    }

    /// Why no session could be made last, if the last attempt failed.
    pub(crate) fn failure(&self) -> Option<String> {
        self.0.failure().clone()
    }
}

impl Shared {
    fn idle(&self) -> MutexGuard<'_, Vec<Session>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failure(&self) -> MutexGuard<'_, Option<String>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }

    /// Lends a session that works, however long that takes.
    async fn lend(self: &Arc<Self>) -> Result<Lent> {
        loop {
            let slot = Arc::clone(&self.slots).acquire_owned().await.map_err(|_| closed())?;
            if self.is_closed() {
                return Err(closed());
            }
            let Some(session) = self.idle().pop() else { return self.make(slot).await };
            let mut lent = Lent { held: Some((session, slot)), pool: Arc::clone(self), begun: false };
            if lent.is_fit().await {
                return Ok(lent);
            }
        }
    }

    /// Makes a session, trying until one can be made: after a switchover it takes a moment until a server takes writes.
    async fn make(self: &Arc<Self>, slot: OwnedSemaphorePermit) -> Result<Lent> {
        loop {
            let error = match Box::pin(self.servers.connect(self.settings)).await {
                Ok(session) => {
                    *self.failure() = None;
                    return Ok(Lent { held: Some((session, slot)), pool: Arc::clone(self), begun: false });
                }
                Err(StoreError::Unavailable(why)) => why.to_string(),
                Err(other) => return Err(other),
            };
            *self.failure() = Some(error);
            tokio::time::sleep(AGAIN).await;
            if self.is_closed() {
                return Err(closed());
            }
        }
    }

    fn late(&self) -> StoreError {
        let why = self.failure().clone();
        let why = why.unwrap_or_else(|| format!("all {} connections of PostgreSQL are in use", self.most));
        StoreError::Unavailable(why.into())
    }

    /// Takes a session back once it is at rest, or closes it. The slot is free when this returns.
    async fn take_back(&self, mut session: Session, slot: OwnedSemaphorePermit, begun: bool) {
        match tokio::time::timeout(ANSWERS, session.is_fit(begun)).await {
            Ok(Ok(true)) if !self.is_closed() && session.since.elapsed() < LIFETIME => {
                self.idle().push(session);
            }
            Ok(Ok(_)) => session.close().await,
            // The wire is dead, and the server knows.
            Ok(Err(error)) => tracing::debug!(%error, "a connection to PostgreSQL broke"),
            Err(_) => self.end(session).await,
        }
        drop(slot);
    }

    /// Ends a session that does not answer: its statement may still run. Returns when the server has it no more.
    async fn end(&self, session: Session) {
        let backend = session.backend.clone();
        drop(session);
        while !self.is_closed() {
            match self.servers.end(&backend).await {
                Ok(true) => {
                    tracing::warn!(pid = backend.pid, "a statement that PostgreSQL did not answer was ended");
                    return;
                }
                Ok(false) => tracing::warn!(pid = backend.pid, "PostgreSQL does not end a session; trying again"),
                // No server can be reached: so nobody needs the slot.
                Err(error) => tracing::debug!(%error, "a session of PostgreSQL cannot be ended yet"),
            }
            tokio::time::sleep(END_AGAIN).await;
        }
    }
}

impl Lent {
    /// The connection.
    pub(crate) fn conn(&mut self) -> Result<&mut PgConnection> {
        self.held.as_mut().map(|(session, _)| &mut session.conn).ok_or_else(closed)
    }

    /// Returns true if the session works; if not, it is given back as it is.
    async fn is_fit(&mut self) -> bool {
        let Some((session, _)) = &mut self.held else { return false };
        match tokio::time::timeout(ANSWERS, session.is_fit(false)).await {
            Ok(Ok(fit)) => fit,
            Ok(Err(_)) | Err(_) => false,
        }
    }

    /// Commits the transaction.
    pub(crate) async fn commit(mut self) -> Result<()> {
        let conn = self.conn()?;
        in_time(async { conn.execute(sqlx::raw_sql("COMMIT")).await.map_err(sort) }).await?;
        self.begun = false;
        Ok(())
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let (Some((session, slot)), begun) = (self.held.take(), self.begun) else { return };
        let pool = Arc::clone(&self.pool);
        // Without a runtime the program ends, and its connections with it.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { pool.take_back(session, slot, begun).await });
        }
    }
}

fn closed() -> StoreError {
    StoreError::Unavailable("the store is closed".into())
}
