//! The time for budgets and traces, passed in as a value.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

/// A monotonic clock in milliseconds. Clones share one time.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> u64 + Send + Sync>);

impl Clock {
    /// A clock that reads `milliseconds`, which must be monotonic.
    #[must_use]
    pub fn new(milliseconds: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(milliseconds))
    }

    /// The system's monotonic clock, which starts at zero when it is created.
    #[must_use]
    pub fn system() -> Self {
        let start = Instant::now();
        Self::new(move || u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    pub(crate) fn now(&self) -> u64 {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
