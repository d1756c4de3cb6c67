//! Group commit: SQLite has one writer at a time, so waiting jobs share one transaction and one flush to disk.
//! PostgreSQL groups commits itself, so there each job has its own transaction.
//!
//! A failing job does not affect the others: the shared transaction is rolled back, and each job runs again on its own.

use super::conn::{Conn, Durability, Write};
use super::error::{Result, StoreError};
use super::open::{Pools, begun};
use super::sql::in_time;
use super::{AuditRecord, Store, audit, sqlite};
use rusqlite::Connection;
use std::pin::{Pin, pin};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use tokio::sync::oneshot;

/// The maximum number of jobs in one transaction, so that none waits long and a failure repeats little work.
const MOST: usize = 64;

/// The future that a job returns.
pub(super) type Doing<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// The function that a job runs on its data. It may run more than once; only the last run takes effect. It must wait
/// for nothing but the database.
pub(super) type Work<D, T> = for<'a> fn(&'a mut Batch<'_>, &'a D) -> Doing<'a, T>;

/// The transaction that a job is part of.
pub(super) struct Batch<'c> {
    pub(super) conn: Conn<'c>,
    entries: Vec<AuditRecord>,
}

impl Batch<'_> {
    /// Adds audit entries that are written within the transaction.
    pub(super) fn audit(&mut self, entries: &[AuditRecord]) {
        self.entries.extend_from_slice(entries);
    }
}

/// Jobs waiting for the writer.
#[derive(Default)]
pub(super) struct Line(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    jobs: Vec<Box<dyn Job>>,
    /// True if a task is working through them.
    served: bool,
}

impl Line {
    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns true if the queue has jobs; otherwise marks it as no longer served.
    fn goes_on(&self) -> bool {
        let mut waiting = self.lock();
        waiting.served = !waiting.jobs.is_empty();
        waiting.served
    }

    /// Takes the next few jobs. Skips jobs whose caller has been cancelled.
    fn next(&self) -> Vec<Box<dyn Job>> {
        let mut waiting = self.lock();
        waiting.jobs.retain(|job| job.is_awaited());
        let count = waiting.jobs.len().min(MOST);
        waiting.jobs.drain(..count).collect()
    }

    /// Reports the failed transaction to `jobs`. If it could not even begin, all queued jobs fail as well, because they
    /// would only wait for the same error.
    fn give_up(&self, mut jobs: Vec<Box<dyn Job>>, failed: &Failed) {
        if matches!(failed, Failed::Begin(_)) {
            jobs.append(&mut self.lock().jobs);
        }
        jobs.into_iter().for_each(|job| job.tell(Some(failed.again())));
    }
}

impl Store {
    /// Runs `work` in a transaction that may be shared with other jobs. When this returns, the changes are on disk.
    pub(super) async fn together<D, T>(&self, data: D, work: Work<D, T>) -> Result<T>
    where
        D: Send + Sync + 'static,
        T: Send + 'static,
    {
        self.together_as(Durability::Full, data, work).await
    }

    /// Like [`Store::together`]. With [`Durability::Relaxed`], the changes are made when this returns, but reach the
    /// disk with later writes.
    pub(super) async fn together_as<D, T>(&self, durability: Durability, data: D, work: Work<D, T>) -> Result<T>
    where
        D: Send + Sync + 'static,
        T: Send + 'static,
    {
        if let Pools::Postgres { durable, .. } = &self.inner.pools {
            let mut batch = Batch { conn: begun(durable, durability).await?.0, entries: Vec::new() };
            let done = work(&mut batch, &data).await?;
            audit::insert(&mut batch.conn, &batch.entries).await?;
            Write(batch.conn).commit().await?;
            return Ok(done);
        }
        let (tell, told) = oneshot::channel();
        self.wait_in_line(Box::new(Typed { data, work, durability, done: None, tell }));
        in_time(async { told.await.unwrap_or_else(|gone| Err(StoreError::Unavailable(gone.into()))) }).await
    }

    /// Returns true if writers have to wait for one another, which is so on SQLite.
    pub(super) fn has_one_writer(&self) -> bool {
        matches!(self.inner.pools, Pools::Sqlite(_))
    }

    fn wait_in_line(&self, job: Box<dyn Job>) {
        let mut waiting = self.inner.line.lock();
        waiting.jobs.push(job);
        if !std::mem::replace(&mut waiting.served, true) {
            // Use a separate task, because the first caller may be cancelled while others wait.
            tokio::spawn(serve(self.clone()));
        }
    }
}

/// Works through the queue on the writer's thread until it is empty.
async fn serve(store: Store) {
    let Pools::Sqlite(sqlite) = &store.inner.pools else { return };
    let served = Served(&store);
    while store.inner.line.goes_on() {
        // Yield once, so that under load more requests share the flush.
        tokio::task::yield_now().await;
        let turn = match sqlite.turn().await {
            Ok(turn) => turn,
            Err(error) => {
                store.inner.line.give_up(Vec::new(), &Failed::Begin(error));
                continue;
            }
        };
        let (line, jobs) = (store.clone(), store.inner.line.next());
        sqlite.wrote(jobs.len());
        let committing = turn.connections().aside(move |conn| {
            commit_or_each(conn, jobs, &line.inner.line);
            Ok(())
        });
        // On failure the jobs are dropped, which wakes their callers.
        let _ = committing.await;
    }
    std::mem::forget(served);
}

/// The task that serves the queue. If it ends early, the waiting callers get an error, and the next caller starts a new
/// task.
struct Served<'s>(&'s Store);

impl Drop for Served<'_> {
    fn drop(&mut self) {
        *self.0.inner.line.lock() = Waiting::default();
    }
}

/// Why a shared transaction failed.
enum Failed {
    /// The transaction could not begin.
    Begin(StoreError),
    /// A job failed and holds the error itself.
    Job,
    /// The commit failed.
    End(StoreError),
}

impl Failed {
    /// The same failure for another caller.
    fn again(&self) -> Self {
        match self {
            Self::Begin(error) => Self::Begin(again(error)),
            Self::Job => Self::Job,
            Self::End(error) => Self::End(again(error)),
        }
    }
}

fn again(error: &StoreError) -> StoreError {
    match error {
        StoreError::Conflict => StoreError::Conflict,
        StoreError::Refused => StoreError::Refused,
        StoreError::Unavailable(cause) => StoreError::Unavailable(cause.to_string().into()),
        StoreError::Damaged(cause) => StoreError::Damaged(cause.to_string().into()),
    }
}

/// Commits all jobs in one transaction; if one fails, each in its own.
fn commit_or_each(conn: &mut Connection, mut jobs: Vec<Box<dyn Job>>, line: &Line) {
    match commit(conn, &mut jobs) {
        Ok(()) => jobs.into_iter().for_each(|job| job.tell(None)),
        Err(Failed::Job) if jobs.len() > 1 => {
            let mut jobs = jobs.into_iter();
            while let Some(mut job) = jobs.next() {
                match commit(conn, std::slice::from_mut(&mut job)) {
                    Ok(()) => job.tell(None),
                    Err(failed @ Failed::Begin(_)) => {
                        return line.give_up(std::iter::once(job).chain(jobs).collect(), &failed);
                    }
                    Err(failed) => job.tell(Some(failed)),
                }
            }
        }
        Err(failed) => line.give_up(jobs, &failed),
    }
}

fn commit(conn: &mut Connection, jobs: &mut [Box<dyn Job>]) -> Result<(), Failed> {
    let full = jobs.iter().any(|job| job.durability() == Durability::Full);
    sqlite::begin(conn, if full { Durability::Full } else { Durability::Relaxed }).map_err(Failed::Begin)?;
    let done = at_once(run(&mut *conn, jobs)).and_then(|()| sqlite::commit(conn).map_err(Failed::End));
    sqlite::undo(conn);
    done
}

async fn run(conn: &mut Connection, jobs: &mut [Box<dyn Job>]) -> Result<(), Failed> {
    let mut batch = Batch { conn: Conn::Here(conn), entries: Vec::new() };
    for job in &mut *jobs {
        if !job.run(&mut batch).await {
            return Err(Failed::Job);
        }
    }
    // If an entry cannot be written, a single job is to blame, and running each job alone shows which.
    audit::insert(&mut batch.conn, &batch.entries).await.map_err(|error| match jobs {
        [_] => Failed::End(error),
        _ => Failed::Job,
    })
}

/// The result of a future that never waits.
fn at_once<T>(work: impl Future<Output = Result<T, Failed>>) -> Result<T, Failed> {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => Err(Failed::End(StoreError::Unavailable("a job waited for something else".into()))),
    }
}

/// One caller's part of a transaction.
trait Job: Send {
    /// Runs the work within the transaction; returns true on success.
    fn run<'a>(&'a mut self, batch: &'a mut Batch<'_>) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>>;

    /// Returns true if a caller still waits for it.
    fn is_awaited(&self) -> bool;

    /// The durability it requires.
    fn durability(&self) -> Durability;

    /// Sends the result to the caller: the job's own result, unless the transaction failed.
    fn tell(self: Box<Self>, failed: Option<Failed>);
}

struct Typed<D, T> {
    data: D,
    work: Work<D, T>,
    durability: Durability,
    done: Option<Result<T>>,
    tell: oneshot::Sender<Result<T>>,
}

impl<D: Send + Sync, T: Send> Job for Typed<D, T> {
    fn run<'a>(&'a mut self, batch: &'a mut Batch<'_>) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>> {
        Box::pin(async move {
            let done = (self.work)(batch, &self.data).await;
            self.done.insert(done).is_ok()
        })
    }

    fn is_awaited(&self) -> bool {
        !self.tell.is_closed()
    }

    fn durability(&self) -> Durability {
        self.durability
    }

    fn tell(self: Box<Self>, failed: Option<Failed>) {
        let done = match failed {
            Some(Failed::Begin(error) | Failed::End(error)) => Err(error),
            Some(Failed::Job) | None => {
                self.done.unwrap_or_else(|| Err(StoreError::Unavailable("the transaction was given up".into())))
            }
        };
        // The caller may have been cancelled; the change stays committed.
        let _ = self.tell.send(done);
    }
}
