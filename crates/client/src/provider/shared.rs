//! A cached value: fetched once for many callers, fetched again when old, and kept while the provider is unreachable.

use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};

/// How long a fetched value is used, in seconds.
pub(crate) const LIFETIME: i64 = 3600;
/// Minimum number of seconds between two attempts caused by an unknown key in a token, or by an old value during an
/// outage.
pub(crate) const COOL_DOWN: i64 = 60;

/// The provider was unreachable or gave an invalid response. The text is for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Outage(pub(crate) String);

/// A value shared between callers.
pub(crate) struct Shared<T> {
    held: RwLock<Held<T>>,
    /// Held by the caller that fetches the value.
    gate: tokio::sync::Mutex<()>,
}

struct Held<T> {
    value: Option<Arc<T>>,
    good_until: i64,
    /// The number of attempts, by which a caller that waited sees that another caller has made one.
    attempts: u64,
    outage: Option<Outage>,
    /// When a caller last asked for a newer value.
    pressed_at: Option<i64>,
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        let held = Held { value: None, good_until: 0, attempts: 0, outage: None, pressed_at: None };
        Self { held: RwLock::new(held), gate: tokio::sync::Mutex::default() }
    }
}

impl<T> Held<T> {
    fn answer(&self) -> Result<Arc<T>, Outage> {
        self.value.clone().ok_or_else(|| self.outage.clone().unwrap_or_else(|| Outage("nothing was fetched".into())))
    }
}

impl<T> Shared<T> {
    /// The value, fetched if there is none or if it is old. During an outage, the old value is kept.
    pub(crate) async fn get<F, Fut>(&self, now: i64, fetch: F) -> Result<Arc<T>, Outage>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, Outage>>,
    {
        let attempts = {
            let held = self.read();
            if let Some(value) = &held.value
                && now < held.good_until
            {
                return Ok(Arc::clone(value));
            }
            held.attempts
        };
        let _gate = self.gate.lock().await;
        if self.read().attempts != attempts {
            return self.read().answer();
        }
        let fetched = fetch().await;
        self.settle(now, fetched)
    }

    /// Returns a value newer than `known`, if there is one. All callers together make at most one attempt per
    /// [`COOL_DOWN`].
    pub(crate) async fn newer<F, Fut>(&self, now: i64, known: &Arc<T>, fetch: F) -> Arc<T>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, Outage>>,
    {
        let _gate = self.gate.lock().await;
        {
            let held = self.read();
            let replaced = held.value.as_ref().filter(|value| !Arc::ptr_eq(value, known));
            if let Some(value) = replaced {
                return Arc::clone(value);
            }
            if held.pressed_at.is_some_and(|at| (now - at).abs() < COOL_DOWN) {
                return Arc::clone(known);
            }
        }
        self.write().pressed_at = Some(now);
        let fetched = fetch().await;
        self.settle(now, fetched).unwrap_or_else(|_| Arc::clone(known))
    }

    fn settle(&self, now: i64, fetched: Result<T, Outage>) -> Result<Arc<T>, Outage> {
        let mut held = self.write();
        held.attempts += 1;
        match fetched {
            Ok(value) => {
                held.value = Some(Arc::new(value));
                held.good_until = now + LIFETIME;
                held.outage = None;
            }
            Err(outage) => {
                tracing::warn!(cause = %outage, kept = held.value.is_some(), "the sign-in provider cannot be reached");
                held.good_until = now + COOL_DOWN;
                held.outage = Some(outage);
            }
        }
        held.answer()
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Held<T>> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Held<T>> {
        self.held.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    async fn answer(count: &AtomicU32, fails: bool) -> Result<u32, Outage> {
        let number = count.fetch_add(1, Ordering::Relaxed);
        tokio::task::yield_now().await;
        if fails { Err(Outage("down".to_owned())) } else { Ok(number) }
    }

    #[tokio::test]
    async fn many_callers_cause_one_attempt_good_or_bad() {
        let (shared, count) = (Shared::default(), AtomicU32::new(0));
        let (a, b, c) = tokio::join!(
            shared.get(0, || answer(&count, true)),
            shared.get(0, || answer(&count, true)),
            shared.get(0, || answer(&count, true)),
        );
        assert!(a.is_err() && b.is_err() && c.is_err());
        assert_eq!(count.load(Ordering::Relaxed), 1);
        let (a, b) = tokio::join!(shared.get(0, || answer(&count, false)), shared.get(0, || answer(&count, false)));
        assert_eq!((a.map(|v| *v), b.map(|v| *v)), (Ok(1), Ok(1)));
    }

    #[tokio::test]
    async fn an_old_value_is_fetched_again_and_outlives_an_outage() {
        let (shared, count) = (Shared::default(), AtomicU32::new(0));
        let first = shared.get(0, || answer(&count, false)).await;
        assert_eq!(shared.get(LIFETIME, || answer(&count, true)).await, first);
        assert_eq!(shared.get(LIFETIME + 1, || answer(&count, true)).await, first);
        assert_eq!(count.load(Ordering::Relaxed), 2, "the outage is not asked after again at once");
        let later = shared.get(LIFETIME + COOL_DOWN, || answer(&count, false)).await;
        assert_eq!(later.map(|v| *v), Ok(2));
    }

    #[tokio::test]
    async fn newer_is_asked_for_once_in_a_while() {
        let (shared, count) = (Shared::default(), AtomicU32::new(0));
        let first = shared.get(0, || answer(&count, false)).await.expect("a value");
        let second = shared.newer(0, &first, || answer(&count, false)).await;
        assert_eq!(*second, 1, "a first unknown key is looked for at once");
        assert_eq!(*shared.newer(0, &first, || answer(&count, false)).await, 1, "it was fetched meanwhile");
        assert_eq!(*shared.newer(COOL_DOWN - 1, &second, || answer(&count, false)).await, 1);
        assert_eq!(*shared.newer(COOL_DOWN, &second, || answer(&count, false)).await, 2);
    }
}
