//! For tests: an in-memory world and a user who drives it. Feature `testing`; never part of a release.

mod memory;
mod visit;

pub use memory::{Memory, START};
pub use visit::{Visit, control, fields, form};

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// Runs a future that never waits, such as any part of a journey in [`Memory`].
///
/// # Panics
/// If the future waits.
pub fn run<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a world in memory never waits"),
    }
}
