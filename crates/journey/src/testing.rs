//! For tests: a world in memory and a person who uses it. Feature `testing`; never part of a release.

mod memory;
mod visit;

pub use memory::{Memory, START};
pub use visit::{Visit, control, fields, form};

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// Runs a future that waits for nothing, as all of a journey in [`Memory`].
///
/// # Panics
/// When it waits.
pub fn run<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a world in memory never waits"),
    }
}
