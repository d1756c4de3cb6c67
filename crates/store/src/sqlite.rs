//! SQLite's connections: one used on the calling thread, others on threads of their own.
//!
//! The pages that a statement needs are nearly always in memory. It then takes about ten microseconds, less than
//! waking a thread. So the calling thread runs it, as long as no other thread does so and the last statements were
//! fast: a disk that hangs then blocks one of the server's threads for each database (the store's and the journeys'),
//! not all of them. Other statements go to the thread that became idle last, because its connection has pages and
//! prepared statements cached; a new thread starts only if all others are busy.

use super::conn::Durability;
use super::error::{Result, StoreError, sort_sqlite};
use super::sql::in_time;
use rusqlite::Connection;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::{OwnedMutexGuard, oneshot};

/// A query that took longer had to read from disk or to wait for other work.
const SLOW: Duration = Duration::from_millis(1);

/// The number of queries that run on threads after a slow query.
const AFTER_SLOW: u32 = 16;

/// The work to do on a connection; it gets an error if there is none.
type Job = Box<dyn FnOnce(Result<&mut Connection>) + Send>;

/// Opens a thread's connection.
pub(super) type Open = Box<dyn Fn() -> Result<Connection> + Send + Sync>;

/// Connections to one database, closed when this is dropped.
pub(super) struct Connections(Arc<Shared>);

struct Shared {
    /// The shared connection; `None` once everything is closed.
    here: Mutex<Option<Connection>>,
    /// The number of queries that still have to run on threads.
    after_slow: AtomicU32,
    /// Opens a connection for each thread; `None` if there is only the shared one.
    open: Option<Open>,
    /// The maximum number of threads.
    most: usize,
    threads: Mutex<Threads>,
}

#[derive(Default)]
struct Threads {
    waiting: VecDeque<Job>,
    idle: Vec<mpsc::Sender<Errand>>,
    running: Vec<JoinHandle<()>>,
    count: usize,
    is_closed: bool,
}

/// A job for an idle thread, and the sender with which the thread makes itself available again.
struct Errand {
    job: Job,
    thread: mpsc::Sender<Self>,
}

impl Shared {
    fn threads(&self) -> MutexGuard<'_, Threads> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn here(&self) -> MutexGuard<'_, Option<Connection>> {
        self.here.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs the job on the shared connection.
    fn do_here(&self, job: Job) {
        job(self.here().as_mut().ok_or_else(closed));
    }
}

fn closed() -> StoreError {
    StoreError::Unavailable("the store is closed".into())
}

impl Connections {
    /// `conn`, and up to `most` threads, each with a connection from `open`.
    pub(super) fn several(conn: Connection, most: usize, open: Open) -> Arc<Self> {
        Self::new(conn, most, Some(open))
    }

    /// Only `conn`, and one thread for work that may take long.
    pub(super) fn only(conn: Connection) -> Arc<Self> {
        Self::new(conn, 1, None)
    }

    fn new(conn: Connection, most: usize, open: Option<Open>) -> Arc<Self> {
        let (here, after_slow, threads) = (Mutex::new(Some(conn)), AtomicU32::new(0), Mutex::default());
        Arc::new(Self(Arc::new(Shared { here, after_slow, open, most, threads })))
    }

    /// Runs `work` on the calling thread if it is likely to be quick, otherwise on another thread.
    pub(super) async fn quickly<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    {
        match self.try_here(work) {
            Ok(done) => done,
            Err(work) => self.aside(work).await,
        }
    }

    /// Runs `work` on the calling thread, or returns it if the shared connection is busy or recent queries were slow.
    fn try_here<T, W: FnOnce(&mut Connection) -> Result<T>>(&self, work: W) -> Result<Result<T>, W> {
        let less = |left: u32| left.checked_sub(1);
        if self.0.after_slow.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok() {
            return Err(work);
        }
        let mut here = match self.0.here.try_lock() {
            Ok(here) => here,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Err(work),
        };
        let Some(conn) = here.as_mut() else { return Ok(Err(closed())) };
        let begun = Instant::now();
        let done = work(conn);
        if begun.elapsed() > SLOW {
            self.0.after_slow.store(AFTER_SLOW, Ordering::Relaxed);
        }
        Ok(done)
    }

    /// Runs `work` on a thread. Returns `Unavailable` if the work could not be started. Work whose caller has been
    /// cancelled before its turn is skipped.
    pub(super) async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (tell, told) = oneshot::channel();
        self.send(Box::new(move |conn| {
            if !tell.is_closed() {
                // The caller may have been cancelled.
                let _ = tell.send(conn.and_then(work));
            }
        }))?;
        told.await.unwrap_or_else(|gone| Err(StoreError::Unavailable(gone.into())))
    }

    /// Runs `work` on a thread without waiting for it.
    pub(super) fn later(&self, work: impl FnOnce(&mut Connection) -> rusqlite::Result<()> + Send + 'static) {
        // Sending fails only if the store is closed, and then its connections are closed, too.
        let _ = self.send(Box::new(move |conn| {
            if let Ok(Err(error)) = conn.map(work) {
                tracing::warn!(%error, "the store could not be tidied");
            }
        }));
    }

    fn send(&self, job: Job) -> Result<()> {
        let mut threads = self.0.threads();
        if threads.is_closed {
            return Err(closed());
        }
        if let Some(thread) = threads.idle.pop() {
            drop(threads);
            // An idle thread is waiting to receive.
            let _ = thread.send(Errand { thread: thread.clone(), job });
            return Ok(());
        }
        threads.waiting.push_back(job);
        if threads.count < self.0.most {
            threads.running.retain(|thread| !thread.is_finished());
            let shared = Arc::clone(&self.0);
            match std::thread::Builder::new().name("sqlite".into()).spawn(move || run(&shared)) {
                Ok(thread) => {
                    threads.count += 1;
                    threads.running.push(thread);
                }
                Err(error) if threads.count == 0 => {
                    threads.waiting.clear();
                    return Err(StoreError::Unavailable(error.into()));
                }
                // The running threads will get to it.
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// Closes the connections after all queued work.
    pub(super) async fn close(&self) {
        let running = self.end();
        let shared = Arc::clone(&self.0);
        let closing = tokio::task::spawn_blocking(move || {
            running.into_iter().for_each(|thread| drop(thread.join()));
            shared.here().take();
        });
        // The task is never cancelled and does not panic.
        let _ = closing.await;
    }

    /// Tells the threads to end, and returns their handles.
    fn end(&self) -> Vec<JoinHandle<()>> {
        let mut threads = self.0.threads();
        threads.is_closed = true;
        threads.idle.clear();
        std::mem::take(&mut threads.running)
    }
}

impl Drop for Connections {
    fn drop(&mut self) {
        self.end();
    }
}

/// The loop of a worker thread.
fn run(shared: &Shared) {
    let (mut own, mut is_of_use) = (None, true);
    let (mut thread, errands) = mpsc::channel();
    loop {
        let mut threads = shared.threads();
        let job = if let Some(job) = threads.waiting.pop_front() {
            drop(threads);
            job
        } else if threads.is_closed || !is_of_use {
            threads.count -= 1;
            return;
        } else {
            threads.idle.push(thread);
            drop(threads);
            let Ok(errand) = errands.recv() else { return };
            thread = errand.thread;
            errand.job
        };
        // A job that panics fails for its own caller only.
        let done = catch_unwind(AssertUnwindSafe(|| match (&shared.open, &mut own) {
            (None, _) => shared.do_here(job),
            (Some(_), Some(own)) => job(Ok(own)),
            (Some(open), None) => match open() {
                Ok(opened) => job(Ok(own.insert(opened))),
                Err(error) => job(Err(error)),
            },
        }));
        if done.is_err() {
            own = None;
            shared.here().as_mut().map(undo);
        }
        // A thread without a connection would be the last to become idle and so get the next job before threads that
        // have one.
        is_of_use = own.is_some() || shared.open.is_none();
    }
}

/// The right to write to a database, exclusive while it is held. On drop, a transaction that was not committed is
/// rolled back.
pub(super) struct Turn {
    connections: Arc<Connections>,
    is_begun: bool,
    /// Released after the rollback has been queued.
    _only: OwnedMutexGuard<()>,
}

impl Turn {
    /// Wraps the connections that `only` guards; no transaction has begun yet.
    pub(super) fn new(connections: Arc<Connections>, only: OwnedMutexGuard<()>) -> Self {
        Self { connections, is_begun: false, _only: only }
    }

    /// The connections. They wait for the disk, so they are used on threads of their own.
    pub(super) fn connections(&self) -> &Connections {
        &self.connections
    }

    /// Begins a transaction.
    pub(super) async fn begin(&mut self) -> Result<()> {
        self.is_begun = true;
        in_time(self.connections.aside(|conn| begin(conn, Durability::Full))).await
    }

    /// Commits the transaction.
    pub(super) async fn commit(mut self) -> Result<()> {
        in_time(self.connections.aside(commit)).await?;
        self.is_begun = false;
        Ok(())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.is_begun {
            self.connections.later(|conn| {
                undo(conn);
                Ok(())
            });
        }
    }
}

/// Begins a write transaction.
pub(super) fn begin(conn: &mut Connection, durability: Durability) -> Result<()> {
    undo(conn);
    let begin = match durability {
        Durability::Full => "PRAGMA synchronous = FULL; BEGIN IMMEDIATE",
        Durability::Relaxed => "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE",
    };
    conn.execute_batch(begin).map_err(sort_sqlite)
}

/// Commits the transaction.
pub(super) fn commit(conn: &mut Connection) -> Result<()> {
    conn.execute_batch("COMMIT").map_err(sort_sqlite)
}

/// Rolls back the transaction if there is one. When the disk is full, SQLite has already done so.
pub(super) fn undo(conn: &mut Connection) {
    if !conn.is_autocommit()
        && let Err(error) = conn.execute_batch("ROLLBACK")
    {
        tracing::error!(%error, "a transaction could not be rolled back");
    }
}
