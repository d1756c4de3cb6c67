//! SQLite's connections, each on a thread of its own: what waits for a disk does not hold up the server.
//!
//! A job goes to the thread that was idle last, whose connection has the pages and statements at hand; a thread is begun
//! only where the others are busy.

use super::error::{Result, StoreError, sort_sqlite};
use super::sql::in_time;
use rusqlite::Connection;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use tokio::sync::{OwnedMutexGuard, oneshot};

/// What a thread does with its connection, or is told if there is none.
type Job = Box<dyn FnOnce(Result<&mut Connection>) + Send>;

/// How a thread opens its connection.
pub(super) type Open = Box<dyn Fn() -> Result<Connection> + Send + Sync>;

/// Threads with a connection each to the same database. They end with this.
pub(super) struct Threads(Arc<Shared>);

struct Shared {
    open: Open,
    most: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Job>,
    idle: Vec<mpsc::Sender<Errand>>,
    /// Connections that were opened before their threads.
    spare: Vec<Connection>,
    running: Vec<JoinHandle<()>>,
    count: usize,
    is_closed: bool,
}

/// A job for an idle thread, and the way back to it.
struct Errand {
    job: Job,
    thread: mpsc::Sender<Self>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Threads {
    /// Up to `most` threads, the first of which has `first`, the others what `open` gives.
    pub(super) fn new(most: usize, first: Connection, open: Open) -> Arc<Self> {
        let state = State { spare: vec![first], ..State::default() };
        Arc::new(Self(Arc::new(Shared { open, most, state: Mutex::new(state) })))
    }

    /// Have a thread do `work`; `Unavailable` if it could not be begun. Work that nobody waits for any more when its turn
    /// comes is left undone.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (tell, told) = oneshot::channel();
        self.send(Box::new(move |conn| {
            if !tell.is_closed() {
                // Whoever asked may have gone meanwhile.
                let _ = tell.send(conn.and_then(work));
            }
        }))?;
        told.await.unwrap_or_else(|gone| Err(StoreError::Unavailable(gone.into())))
    }

    fn send(&self, job: Job) -> Result<()> {
        let mut state = self.0.lock();
        if state.is_closed {
            return Err(StoreError::Unavailable("the store is closed".into()));
        }
        if let Some(thread) = state.idle.pop() {
            drop(state);
            // A thread that is idle waits for this.
            let _ = thread.send(Errand { thread: thread.clone(), job });
            return Ok(());
        }
        state.waiting.push_back(job);
        if state.count < self.0.most {
            let shared = Arc::clone(&self.0);
            let named = std::thread::Builder::new().name("sqlite".into());
            match named.spawn(move || run(&shared)) {
                Ok(thread) => {
                    state.count += 1;
                    state.running.push(thread);
                }
                Err(error) if state.count == 0 => {
                    state.waiting.clear();
                    return Err(StoreError::Unavailable(error.into()));
                }
                // Those that run will come to it.
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// End the threads after what waits, and close their connections.
    pub(super) async fn close(&self) {
        let threads = self.end();
        let joined = tokio::task::spawn_blocking(|| threads.into_iter().for_each(|thread| drop(thread.join())));
        // It cannot be cancelled and does not panic.
        let _ = joined.await;
    }

    fn end(&self) -> Vec<JoinHandle<()>> {
        let mut state = self.0.lock();
        state.is_closed = true;
        state.idle.clear();
        state.spare.clear();
        std::mem::take(&mut state.running)
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.end();
    }
}

/// A thread's life.
fn run(shared: &Shared) {
    let _place = Place(shared);
    let mut conn = None;
    let (mut thread, errands) = mpsc::channel();
    loop {
        let mut state = shared.lock();
        if conn.is_none() {
            conn = state.spare.pop();
        }
        let job = if let Some(job) = state.waiting.pop_front() {
            drop(state);
            job
        } else if state.is_closed {
            return;
        } else {
            state.idle.push(thread);
            drop(state);
            let Ok(errand) = errands.recv() else { return };
            thread = errand.thread;
            errand.job
        };
        if conn.is_none() {
            match (shared.open)() {
                Ok(opened) => conn = Some(opened),
                Err(error) => {
                    job(Err(error));
                    continue;
                }
            }
        }
        if let Some(conn) = &mut conn {
            job(Ok(conn));
        }
    }
}

/// A thread's place among the threads: another may take it when this one ends, whatever the reason.
struct Place<'s>(&'s Shared);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.lock().count -= 1;
    }
}

/// The only writer of a database, for as long as this is held: what is begun and not committed is undone at the end.
pub(super) struct Turn {
    threads: Arc<Threads>,
    is_begun: bool,
    /// Given back after the undoing was sent on its way.
    _only: OwnedMutexGuard<()>,
}

impl Turn {
    /// Of the one thread that `only` guards; nothing is begun yet.
    pub(super) fn new(threads: Arc<Threads>, only: OwnedMutexGuard<()>) -> Self {
        Self { threads, is_begun: false, _only: only }
    }

    /// The thread.
    pub(super) fn threads(&self) -> &Threads {
        &self.threads
    }

    /// Begin a transaction.
    pub(super) async fn begin(&mut self) -> Result<()> {
        self.is_begun = true;
        in_time(self.threads.call(begin)).await
    }

    /// Commit it.
    pub(super) async fn commit(mut self) -> Result<()> {
        in_time(self.threads.call(commit)).await?;
        self.is_begun = false;
        Ok(())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.is_begun {
            // Where it cannot be sent, the store is closed and the connection with it.
            let _ = self.threads.send(Box::new(|conn| {
                if let Ok(conn) = conn {
                    undo(conn);
                }
            }));
        }
    }
}

/// Begin a transaction that writes.
pub(super) fn begin(conn: &mut Connection) -> Result<()> {
    conn.execute_batch("BEGIN IMMEDIATE").map_err(sort_sqlite)
}

/// Commit it.
pub(super) fn commit(conn: &mut Connection) -> Result<()> {
    conn.execute_batch("COMMIT").map_err(sort_sqlite)
}

/// Give up what was begun, if it was: when the disk is full, SQLite does so by itself.
pub(super) fn undo(conn: &mut Connection) {
    if !conn.is_autocommit()
        && let Err(error) = conn.execute_batch("ROLLBACK")
    {
        tracing::error!(%error, "a transaction could not be rolled back");
    }
}
