//! A pool of PostgreSQL sessions: a limited number, each lent to one caller at a time.
//!
//! A session is tested when it is opened, lent and returned: it must answer, be in no transaction, and accept writes. A
//! slot becomes free only when its session is idle or known to have ended on the server. Even if a statement whose
//! caller has given up keeps running there, the number of sessions stays within the limit.

use super::super::error::{Result, StoreError, sort};
use super::super::sql::in_time;
use super::servers::{Servers, Session};
use sqlx::{Executor as _, PgConnection};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The timeout for a session to answer the test.
const ANSWERS: Duration = Duration::from_secs(2);
/// The lifetime of a session. Sessions are replaced from time to time, so that the server's per-session memory is
/// released and host names are resolved again.
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
    /// The error of the last attempt to open a session, if it failed.
    failure: Mutex<Option<String>>,
    is_closed: AtomicBool,
}

/// A borrowed session; it returns to the pool when this is dropped.
pub(crate) struct Lent {
    /// The session and its slot; present until this is dropped.
    held: Option<(Session, OwnedSemaphorePermit)>,
    pool: Arc<Shared>,
    /// True if a transaction was begun and not committed.
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

    /// A working session. Returns `Unavailable` with the last failure if there is none in time.
    pub(crate) async fn lend(&self) -> Result<Lent> {
        match tokio::time::timeout(self.0.patience, self.0.lend()).await {
            Ok(lent) => lent,
            Err(_) => Err(self.0.late()),
        }
    }

    /// A session in a transaction, which this statement begins.
    pub(crate) async fn begin(&self, begin: &'static str) -> Result<Lent> {
        let mut lent = self.lend().await?;
        lent.begun = true;
        lent.conn()?.execute(sqlx::raw_sql(begin)).await.map_err(sort)?;
        Ok(lent)
    }

    /// Closes every session once the work in progress is done.
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

    /// The error of the last attempt to open a session, if it failed.
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

    /// Lends a working session, however long that takes.
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

    /// Opens a session, retrying until it succeeds: after a switchover, it takes a moment until a server accepts
    /// writes.
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

    /// Takes a session back once it is idle, or closes it. The slot is free when this returns.
    async fn take_back(&self, mut session: Session, slot: OwnedSemaphorePermit, begun: bool) {
        match tokio::time::timeout(ANSWERS, session.is_fit(begun)).await {
            Ok(Ok(true)) if !self.is_closed() && session.since.elapsed() < LIFETIME => {
                self.idle().push(session);
            }
            Ok(Ok(_)) => session.close().await,
            // The connection is broken, and the server knows it.
            Ok(Err(error)) => tracing::debug!(%error, "a connection to PostgreSQL broke"),
            Err(_) => self.end(session).await,
        }
        drop(slot);
    }

    /// Ends a session that does not answer, because its statement may still be running. Returns when the server no
    /// longer has the session.
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
                // If no server can be reached, nobody needs the slot.
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

    /// Returns true if the session works.
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
        // Without a runtime, the process is ending, and its connections with it.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { pool.take_back(session, slot, begun).await });
        }
    }
}

fn closed() -> StoreError {
    StoreError::Unavailable("the store is closed".into())
}
