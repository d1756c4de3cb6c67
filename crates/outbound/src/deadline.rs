//! The time that remains for a call.

use crate::error::{Kind, Phase};
use std::future::Future;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// The longest timeout. Adding a much longer one to the current time could overflow the clock.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// A time by which a part of a call must have ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    end: Instant,
    /// The timeout that applies, for messages.
    limit: Duration,
}

impl Deadline {
    pub(crate) fn after(limit: Duration) -> Self {
        Self { end: Instant::now() + limit.min(LONGEST), limit }
    }

    /// A deadline `limit` from now, but not later than this one.
    pub(crate) fn at_most(self, limit: Duration) -> Self {
        let part = Self::after(limit);
        if part.end < self.end { part } else { self }
    }

    /// One of `parts` equal parts of the remaining time, so that an address that never answers leaves time for others.
    pub(crate) fn share(self, parts: usize) -> Self {
        let now = Instant::now();
        let left = self.end.saturating_duration_since(now);
        Self { end: now + left / u32::try_from(parts).unwrap_or(u32::MAX).max(1), limit: self.limit }
    }

    /// Waits for `work`.
    ///
    /// # Errors
    /// [`Kind::TimedOut`] in `phase`.
    pub(crate) async fn wait<T>(self, phase: Phase, work: impl Future<Output = T>) -> Result<T, Kind> {
        timeout_at(self.end, work).await.map_err(|_| Kind::TimedOut { phase, limit: self.limit })
    }
}
