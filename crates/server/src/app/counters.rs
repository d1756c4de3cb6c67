//! Counts events by key, in memory, for limits on what has to be cheap to refuse. Each node counts for itself, and a
//! restart forgets.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Length of a window, milliseconds. Windows begin at multiples of it.
pub const WINDOW: i64 = 5 * 60 * 1000;
/// The most keys counted at once, about 100 bytes each. When there are more, all counters are reset: a limit for each
/// address does not stop an attacker who has that many addresses.
const MOST_KEYS: usize = 65_536;

/// The counters of one window.
#[derive(Debug, Default)]
pub struct Counters(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    window: i64,
    by_key: HashMap<String, u32>,
}

impl Counters {
    /// Counts an event at `now` (milliseconds). Returns whether it is one of the first `limit` of its window.
    #[must_use]
    pub fn allow(&self, key: String, limit: u32, now: i64) -> bool {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let window = now.div_euclid(WINDOW);
        if counted.window != window || counted.by_key.len() >= MOST_KEYS {
            *counted = Counted { window, by_key: HashMap::new() };
        }
        let count = counted.by_key.entry(key).or_default();
        *count = count.saturating_add(1);
        *count <= limit
    }
}

/// Seconds from `now` (milliseconds) to the end of the window.
#[must_use]
pub fn seconds_left(now: i64) -> i64 {
    (WINDOW - now.rem_euclid(WINDOW)).div_euclid(1000) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_its_limit_in_each_window() {
        let counters = Counters::default();
        let allowed = |key: &str, now| counters.allow(key.to_owned(), 2, now);
        assert_eq!([allowed("a", 0), allowed("a", 1), allowed("a", 2), allowed("b", 3)], [true, true, false, true]);
        assert_eq!(seconds_left(2), 300);
        assert!(allowed("a", WINDOW) && allowed("a", 0), "a clock that was moved back begins a window too");
    }

    #[test]
    fn the_number_of_keys_has_a_bound() {
        let counters = Counters::default();
        for key in 0..=MOST_KEYS {
            assert!(counters.allow(key.to_string(), 1, 0));
        }
        assert_eq!(counters.0.lock().expect("counters").by_key.len(), 1);
    }
}
