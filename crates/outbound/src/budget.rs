//! Limits how many requests each target receives.

use crate::clock::Clock;
use crate::error::Kind;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The maximum number of targets (host and port) that are counted at the same time. It bounds the memory.
pub const MAX_TARGETS: usize = 4096;

/// The limits for each target, counted over all tenants and callers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The maximum number of simultaneous requests.
    pub at_once: u32,
    /// The maximum number of requests in one window. Each hop of a redirect counts.
    pub per_window: u32,
    /// The length of a window, in milliseconds.
    pub window_ms: u64,
}

impl Budget {
    /// Simultaneous requests to one target, by default.
    pub const AT_ONCE: u32 = 64;
    /// Requests to one target in [`Self::WINDOW_MS`], by default: 100 a second.
    pub const PER_WINDOW: u32 = 6000;
    /// One minute.
    pub const WINDOW_MS: u64 = 60_000;
}

impl Default for Budget {
    fn default() -> Self {
        Self { at_once: Self::AT_ONCE, per_window: Self::PER_WINDOW, window_ms: Self::WINDOW_MS }
    }
}

/// The limit that a request exceeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BusyReason {
    /// [`Budget::at_once`] is exceeded.
    #[error("too many requests to it are under way")]
    AtOnce,
    /// [`Budget::per_window`] is exceeded.
    #[error("it got too many requests in the last {window_ms} ms; try again in {retry_after_ms} ms")]
    Window {
        /// The length of the window, in milliseconds.
        window_ms: u64,
        /// The time until the next window, in milliseconds.
        retry_after_ms: u64,
    },
    /// [`MAX_TARGETS`] is exceeded, and requests to all of those targets are in progress.
    #[error("requests to {MAX_TARGETS} other servers are under way")]
    Targets,
}

/// The use of each target.
pub(crate) struct Budgets {
    budget: Budget,
    clock: Clock,
    targets: Mutex<HashMap<String, Use>>,
}

#[derive(Clone, Copy)]
struct Use {
    under_way: u32,
    window_start: u64,
    in_window: u32,
}

/// A request in progress. Dropping it ends the request.
pub(crate) struct Permit {
    budgets: Arc<Budgets>,
    target: String,
}

impl Budgets {
    pub(crate) fn new(budget: Budget, clock: Clock) -> Self {
        Self { budget, clock, targets: Mutex::default() }
    }

    /// Begins a request to `target`.
    ///
    /// # Errors
    /// [`Kind::Busy`], and nothing is counted.
    pub(crate) fn begin(self: &Arc<Self>, target: String) -> Result<Permit, Kind> {
        self.count(&target).map_err(|why| Kind::Busy { target: target.clone(), why })?;
        Ok(Permit { budgets: Arc::clone(self), target })
    }

    fn count(&self, target: &str) -> Result<(), BusyReason> {
        let now = self.clock.now();
        let mut targets = self.lock();
        if targets.len() >= MAX_TARGETS && !targets.contains_key(target) {
            make_room(&mut targets)?;
        }
        let fresh = Use { under_way: 0, window_start: now, in_window: 0 };
        let entry = targets.entry(target.to_owned()).or_insert(fresh);
        if now.saturating_sub(entry.window_start) >= self.budget.window_ms {
            *entry = Use { under_way: entry.under_way, ..fresh };
        }
        entry.add(&self.budget, now)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Use>> {
        // Every change of the map is complete in itself, so a panic elsewhere cannot leave it inconsistent.
        self.targets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Use {
    fn add(&mut self, budget: &Budget, now: u64) -> Result<(), BusyReason> {
        if self.under_way >= budget.at_once {
            return Err(BusyReason::AtOnce);
        }
        if self.in_window >= budget.per_window {
            let retry_after_ms = self.window_start.saturating_add(budget.window_ms).saturating_sub(now);
            return Err(BusyReason::Window { window_ms: budget.window_ms, retry_after_ms });
        }
        self.under_way += 1;
        self.in_window += 1;
        Ok(())
    }
}

/// Removes the idle target with the oldest window. Rejecting a new target instead would allow one tenant that calls
/// many names to block the requests of all others.
fn make_room(targets: &mut HashMap<String, Use>) -> Result<(), BusyReason> {
    let idle = targets.iter().filter(|(_, entry)| entry.under_way == 0);
    let oldest = idle.min_by_key(|(_, entry)| entry.window_start).map(|(target, _)| target.clone());
    targets.remove(&oldest.ok_or(BusyReason::Targets)?);
    Ok(())
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(entry) = self.budgets.lock().get_mut(&self.target) {
            entry.under_way = entry.under_way.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    fn budgets(at_once: u32, per_window: u32) -> (Arc<Budgets>, Arc<AtomicU64>) {
        let time = Arc::new(AtomicU64::new(0));
        let clock = Arc::clone(&time);
        let budget = Budget { at_once, per_window, window_ms: 1000 };
        (Arc::new(Budgets::new(budget, Clock::new(move || clock.load(Ordering::Relaxed)))), time)
    }

    fn refusal(budgets: &Arc<Budgets>, target: &str) -> BusyReason {
        match budgets.begin(target.into()).map(|_| ()).expect_err("busy") {
            Kind::Busy { why, .. } => why,
            kind => panic!("{kind}"),
        }
    }

    #[test]
    fn a_request_that_ends_makes_room_for_another() {
        let (budgets, _) = budgets(1, 100);
        let first = budgets.begin("a:443".into()).expect("room");
        assert_eq!(refusal(&budgets, "a:443"), BusyReason::AtOnce);
        assert!(budgets.begin("b:443".into()).is_ok(), "another target has a budget of its own");
        drop(first);
        assert!(budgets.begin("a:443".into()).is_ok());
    }

    #[test]
    fn a_new_window_begins_when_the_time_has_come() {
        let (budgets, time) = budgets(9, 2);
        for _ in 0..2 {
            assert!(budgets.begin("a:443".into()).is_ok());
        }
        time.store(400, Ordering::Relaxed);
        assert_eq!(refusal(&budgets, "a:443"), BusyReason::Window { window_ms: 1000, retry_after_ms: 600 });
        time.store(1000, Ordering::Relaxed);
        assert!(budgets.begin("a:443".into()).is_ok());
    }

    #[test]
    fn the_number_of_targets_is_bounded() {
        let (budgets, _) = budgets(9, 9);
        for n in 0..2 * MAX_TARGETS {
            assert!(budgets.begin(format!("host-{n}:443")).is_ok());
        }
        assert_eq!(budgets.lock().len(), MAX_TARGETS);
    }

    #[test]
    fn a_target_with_a_request_under_way_is_not_forgotten() {
        let (budgets, _) = budgets(9, 9);
        let all: Vec<_> = (0..MAX_TARGETS).map(|n| budgets.begin(format!("host-{n}:443"))).collect();
        assert_eq!(refusal(&budgets, "another:443"), BusyReason::Targets);
        drop(all);
        assert!(budgets.begin("another:443".into()).is_ok());
    }
}
