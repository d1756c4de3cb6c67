//! Threads that compute hashes, with a bounded queue.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use vestibule_argon2::Workspace;

/// Too many passwords are waiting to be hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are being checked at the moment; try again in a few seconds")]
pub struct Overloaded;

/// Why a hash could not be computed.
#[derive(Debug, thiserror::Error)]
pub(super) enum HashError {
    #[error(transparent)]
    Overloaded(#[from] Overloaded),
    #[error("a password hash cannot be computed: {0}")]
    Failed(String),
}

/// How long a finished result may be held back to be delivered together with the results of the next jobs, estimated
/// from the duration of the last job, while other jobs are queued. Hashing evicts everything else from the processor's
/// cache; callers that continue together refill it once instead of once each.
const TOGETHER: Duration = Duration::from_millis(40);

/// A queue of work for the threads, in order of arrival. Clones share the queue.
#[derive(Clone)]
pub(super) struct HashQueue(Arc<Shared>);

struct Shared {
    line: Mutex<Line>,
    most_threads: usize,
    most_waiting: usize,
}

#[derive(Default)]
struct Line {
    waiting: VecDeque<Job>,
    /// The number of jobs in progress.
    begun: usize,
    threads: usize,
}

/// A job that uses a thread's workspace.
type Job = Box<dyn FnOnce(&mut Workspace) -> Outcome + Send>;

/// Delivers the result of a job.
type Outcome = Box<dyn FnOnce() + Send>;

impl HashQueue {
    /// Up to `threads` threads, and a queue of at most `waiting` jobs.
    pub(super) fn new(threads: usize, waiting: usize) -> Self {
        Self(Arc::new(Shared { line: Mutex::default(), most_threads: threads, most_waiting: waiting }))
    }

    /// Runs `work` on a thread, in its workspace. Skips work whose caller has been cancelled.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Workspace) -> T + Send + 'static,
    ) -> Result<T, HashError> {
        let (tell, told) = oneshot::channel();
        self.join(Box::new(move |workspace| {
            let done = (!tell.is_closed()).then(|| work(workspace));
            // The caller may have been cancelled.
            Box::new(move || drop(done.map(|done| tell.send(done))))
        }))?;
        told.await.map_err(|_| HashError::Failed("a thread that hashes has failed".to_owned()))
    }

    fn join(&self, job: Job) -> Result<(), HashError> {
        let mut line = self.0.line();
        if line.waiting.len() + line.begun >= self.0.most_waiting + self.0.most_threads {
            return Err(Overloaded.into());
        }
        line.waiting.push_back(job);
        if line.threads < self.0.most_threads {
            let shared = Arc::clone(&self.0);
            match thread::Builder::new().name("hashing".to_owned()).spawn(move || shared.serve()) {
                Ok(_) => line.threads += 1,
                Err(error) if line.threads == 0 => {
                    line.waiting.pop_back();
                    return Err(HashError::Failed(error.to_string()));
                }
                // The running threads will get to it.
                Err(_) => {}
            }
        }
        Ok(())
    }
}

impl Shared {
    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The loop of a worker thread: ends when no job is queued.
    fn serve(&self) {
        loop {
            self.serve_a_while();
            let mut line = self.line();
            if line.waiting.is_empty() {
                line.threads -= 1;
                return;
            }
        }
    }

    /// Works through the queue until it is empty. The workspace is then wiped.
    fn serve_a_while(&self) {
        let (mut workspace, mut outcomes, mut first) = (Workspace::default(), Vec::new(), None);
        while let Some(job) = self.next() {
            let begun = Instant::now();
            // A job that panics fails only for its own caller.
            let outcome = catch_unwind(AssertUnwindSafe(|| job(&mut workspace)));
            let ended = Instant::now();
            self.line().begun -= 1;
            outcomes.extend(outcome);
            if ended - *first.get_or_insert(ended) + (ended - begun) > TOGETHER {
                first = None;
                outcomes.drain(..).for_each(|tell: Outcome| tell());
            }
        }
        outcomes.into_iter().for_each(|tell| tell());
    }

    fn next(&self) -> Option<Job> {
        let mut line = self.line();
        let job = line.waiting.pop_front()?;
        line.begun += 1;
        Some(job)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::task::{Context, Poll, Waker};

    /// Returns true if the future is still pending.
    fn waits<T>(future: &mut std::pin::Pin<Box<impl Future<Output = T>>>) -> bool {
        matches!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Pending)
    }

    /// Keeps the only thread busy until something is sent.
    fn busy(queue: &HashQueue) -> (mpsc::Sender<()>, impl Future<Output = Result<(), HashError>>) {
        let (go_on, told) = mpsc::channel();
        let (begin, begun) = mpsc::channel();
        let queue = queue.clone();
        let mut job = Box::pin(async move {
            let work = move |_: &mut Workspace| {
                begin.send(()).expect("somebody listens");
                told.recv().expect("told to go on");
            };
            queue.run(work).await
        });
        assert!(waits(&mut job));
        begun.recv().expect("begun");
        (go_on, job)
    }

    #[tokio::test]
    async fn who_went_away_is_not_hashed_for() {
        let queue = HashQueue::new(1, 2);
        let (go_on, first) = busy(&queue);
        let (did, done) = mpsc::channel();
        let job = |name: &'static str| {
            let (queue, did) = (queue.clone(), did.clone());
            Box::pin(async move { queue.run(move |_| did.send(name).expect("somebody listens")).await })
        };
        let mut gone = job("gone");
        assert!(waits(&mut gone));
        let mut last = job("last");
        assert!(waits(&mut last));
        let refused = job("refused").await;
        assert!(matches!(refused, Err(HashError::Overloaded(_))), "{refused:?}");
        drop(gone);
        go_on.send(()).expect("a thread waits");
        first.await.expect("done");
        last.await.expect("done");
        assert_eq!(done.try_iter().collect::<Vec<_>>(), ["last"]);
    }

    #[tokio::test]
    async fn a_panic_ends_the_wait_of_its_own_caller_alone() {
        let queue = HashQueue::new(1, 2);
        let (go_on, first) = busy(&queue);
        let mut fails = Box::pin(queue.run(|_| -> u8 { panic!("on purpose") }));
        let mut works = Box::pin(queue.run(|_| 7));
        assert!(waits(&mut fails) && waits(&mut works));
        go_on.send(()).expect("a thread waits");
        first.await.expect("done");
        let failed = fails.await;
        assert!(matches!(failed, Err(HashError::Failed(_))), "{failed:?}");
        assert_eq!(works.await.expect("done"), 7);
        assert_eq!(queue.run(|_| 8).await.expect("the next is served"), 8);
    }
}
