//! Group commit: on SQLite, whose writers wait in line for one another, those who wait share one transaction and one
//! flush to disk. PostgreSQL does that by itself, and there each has a transaction of its own.
//!
//! A job that fails takes nobody with it: the shared transaction is given up, and each runs again alone.

use super::error::{Result, StoreError};
use super::{AuditRecord, Store, audit};
use sqlx::AnyConnection;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use tokio::sync::oneshot;

/// Most jobs in one transaction: none waits for long, and a failure repeats little.
const MOST: usize = 64;

/// A future that a job returns.
pub(super) type Doing<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// What a job writes, given what it knows: it may run more than once, and only the last time counts.
pub(super) type Work<D, T> = for<'a> fn(&'a mut Batch<'_>, &'a D) -> Doing<'a, T>;

/// The transaction that a job is part of.
pub(super) struct Batch<'c> {
    pub(super) conn: &'c mut AnyConnection,
    entries: Vec<AuditRecord>,
}

impl Batch<'_> {
    /// Audit entries that are written with the transaction.
    pub(super) fn audit(&mut self, entries: &[AuditRecord]) {
        self.entries.extend_from_slice(entries);
    }
}

/// Jobs that wait for the writer.
#[derive(Default)]
pub(super) struct Line(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    jobs: Vec<Box<dyn Job>>,
    /// Somebody is working through them.
    served: bool,
}

impl Line {
    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    /// Do `work` in a transaction that may be shared with others; done and on disk when this returns.
    pub(super) async fn together<D, T>(&self, data: D, work: Work<D, T>) -> Result<T>
    where
        D: Send + Sync + 'static,
        T: Send + 'static,
    {
        if !self.inner.pools.shares_writer {
            let mut tx = self.write().await?;
            let mut batch = Batch { conn: &mut tx, entries: Vec::new() };
            let done = work(&mut batch, &data).await?;
            let entries = batch.entries;
            audit::insert(&mut tx, &entries).await?;
            tx.commit().await?;
            return Ok(done);
        }
        let (tell, told) = oneshot::channel();
        self.wait_in_line(Box::new(Typed { data, work, done: None, tell }));
        told.await.unwrap_or_else(|gone| Err(StoreError::Unavailable(gone.into())))
    }

    fn wait_in_line(&self, job: Box<dyn Job>) {
        let mut waiting = self.inner.line.lock();
        waiting.jobs.push(job);
        if !std::mem::replace(&mut waiting.served, true) {
            // A task of its own: whoever came first may go away, those behind may not be left waiting.
            tokio::spawn(serve(self.clone()));
        }
    }
}

/// Work through the line until it is empty.
async fn serve(store: Store) {
    let turn = Turn(&store);
    loop {
        let mut jobs = {
            let mut waiting = store.inner.line.lock();
            if waiting.jobs.is_empty() {
                waiting.served = false;
                break;
            }
            let count = waiting.jobs.len().min(MOST);
            waiting.jobs.drain(..count).collect::<Vec<_>>()
        };
        let done = commit(&store, &mut jobs).await;
        match done {
            Err(Failed::Job) if jobs.len() > 1 => {
                for mut job in jobs {
                    let done = commit(&store, std::slice::from_mut(&mut job)).await;
                    job.tell(done.err());
                }
            }
            done => {
                if matches!(done, Err(Failed::Begin(_))) {
                    // Those behind would wait as long for the same.
                    jobs.append(&mut store.inner.line.lock().jobs);
                }
                let failed = done.err();
                jobs.into_iter().for_each(|job| job.tell(failed.as_ref().map(Failed::again)));
            }
        }
    }
    std::mem::forget(turn);
}

/// Whoever serves the line. If it ends before its time, those who wait are told, and the next begins anew.
struct Turn<'s>(&'s Store);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.inner.line.lock() = Waiting::default();
    }
}

/// Why a shared transaction came to nothing.
enum Failed {
    /// The transaction could not begin.
    Begin(StoreError),
    /// A job failed; it knows why itself.
    Job,
    /// The transaction could not end.
    End(StoreError),
}

impl Failed {
    /// The same for another caller.
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

async fn commit(store: &Store, jobs: &mut [Box<dyn Job>]) -> Result<(), Failed> {
    let mut tx = store.write().await.map_err(Failed::Begin)?;
    let mut batch = Batch { conn: &mut tx, entries: Vec::new() };
    for job in &mut *jobs {
        if !job.run(&mut batch).await {
            return Err(Failed::Job);
        }
    }
    let entries = batch.entries;
    // An entry that cannot be written is one job's fault: alone it shows whose.
    audit::insert(&mut tx, &entries).await.map_err(|error| match jobs {
        [_] => Failed::End(error),
        _ => Failed::Job,
    })?;
    tx.commit().await.map_err(Failed::End)
}

/// One caller's part of a transaction.
trait Job: Send {
    /// Do it, within the transaction; whether it went well.
    fn run<'a>(&'a mut self, batch: &'a mut Batch<'_>) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>>;

    /// Tell the caller how it ended: as it went itself, unless the transaction failed.
    fn tell(self: Box<Self>, failed: Option<Failed>);
}

struct Typed<D, T> {
    data: D,
    work: Work<D, T>,
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

    fn tell(self: Box<Self>, failed: Option<Failed>) {
        let done = match failed {
            Some(Failed::Begin(error) | Failed::End(error)) => Err(error),
            Some(Failed::Job) | None => {
                self.done.unwrap_or_else(|| Err(StoreError::Unavailable("the transaction was given up".into())))
            }
        };
        // The caller may have gone: what was done stays done.
        let _ = self.tell.send(done);
    }
}
