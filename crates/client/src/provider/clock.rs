//! Follows the clock of `vestibule dev`, which can be moved forward, so that an app accepts tokens issued at the moved
//! time.

use crate::outside::{Clock, Http, NoAnswer};
use bytes::Bytes;
use serde::Deserialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

/// A remote clock, stored as its difference from the system clock.
pub(crate) struct DevClock {
    url: String,
    /// The number of seconds it is ahead.
    ahead: Arc<AtomicI64>,
    /// True if the last attempt failed.
    is_lost: AtomicBool,
}

#[derive(Deserialize)]
struct Told {
    offset_seconds: i64,
}

impl DevClock {
    pub(crate) fn new(url: String) -> Self {
        tracing::warn!(url, "the time is that of a development tenant, which anybody there can move");
        Self { url, ahead: Arc::default(), is_lost: AtomicBool::new(false) }
    }

    /// A clock that shows the time last read.
    pub(crate) fn clock(&self) -> Clock {
        let (system, ahead) = (Clock::system(), Arc::clone(&self.ahead));
        Clock::following(move || system.now().saturating_add(ahead.load(Ordering::Relaxed)))
    }

    /// Reads the remote clock, since it may just have been moved. If it does not answer, the last difference is kept.
    pub(crate) async fn follow(&self, http: &dyn Http) {
        let told = self.ask(http).await;
        let was_lost = self.is_lost.swap(told.is_err(), Ordering::Relaxed);
        match told {
            Ok(ahead) => self.ahead.store(ahead, Ordering::Relaxed),
            Err(cause) if !was_lost => tracing::warn!(cause, url = self.url, "VESTIBULE_CLOCK_URL cannot be read"),
            Err(_) => {}
        }
    }

    async fn ask(&self, http: &dyn Http) -> Result<i64, String> {
        let request = http::Request::get(&self.url).header("accept", "application/json").body(Bytes::new());
        let answer = http.send(request.map_err(|e| e.to_string())?).await.map_err(|NoAnswer(e)| e)?;
        let told: Told =
            serde_json::from_slice(answer.body()).map_err(|_| format!("it answered {}", answer.status()))?;
        Ok(told.offset_seconds)
    }
}
