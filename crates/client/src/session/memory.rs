//! What this process remembers of sessions: newest tokens, access tokens, sign-outs. Its size is limited; losing a
//! session from it costs a refresh.

use super::{Kept, LIFETIME};
use crate::provider::object_id;
use crate::settings::Secret;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use vestibule_protocol::scope::is_openid;

/// Maximum number of sessions.
const MOST_SESSIONS: usize = 10_000;
/// Maximum number of access tokens per session.
const MOST_TOKENS: usize = 16;
/// Minimum remaining lifetime of an access token, in seconds.
const MARGIN: i64 = 60;

/// All sessions.
#[derive(Default)]
pub(crate) struct Memory(Mutex<HashMap<String, Arc<Live>>>);

/// One session.
pub(crate) struct Live {
    now: Mutex<Now>,
    used_at: AtomicI64,
    /// Held by the request that refreshes the tokens.
    pub(crate) gate: tokio::sync::Mutex<()>,
}

/// The current state of a session.
pub(crate) struct Now {
    pub(crate) kept: Kept,
    pub(crate) claims: Arc<Map<String, Value>>,
    pub(crate) ended: bool,
    /// No renewal before this time, in seconds since the epoch, because the provider was unreachable.
    pub(crate) rest_until: i64,
    tokens: Vec<Access>,
}

/// An access token. Only [`Access::secret`] reveals its text.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    token: Secret,
    /// The granted scopes; `None` if they are the requested ones.
    scopes: Vec<String>,
    pub(crate) expires_at: i64,
}

impl Access {
    pub(crate) fn new(token: String, scopes: Vec<String>, expires_at: i64) -> Self {
        Self { token: Secret(token), scopes, expires_at }
    }

    pub(crate) fn secret(&self) -> &str {
        &self.token.0
    }

    /// Returns true if the token covers all of `wanted`. Entra may return the short form of a scope, and never returns
    /// `.default`.
    pub(crate) fn covers(&self, wanted: &[String]) -> bool {
        let granted = |want: &String| {
            want.ends_with("/.default")
                || self.scopes.iter().any(|s| {
                    s.eq_ignore_ascii_case(want) || want.strip_suffix(s.as_str()).is_some_and(|uri| uri.ends_with('/'))
                })
        };
        wanted.iter().filter(|w| !is_openid(w)).all(granted)
    }
}

impl Memory {
    /// The session of a browser's cookie. If cookie and memory differ, the newer one wins.
    pub(crate) fn resume(&self, kept: Kept, now: i64) -> Arc<Live> {
        let live = Arc::clone(self.lock(now).entry(kept.id.clone()).or_insert_with(|| Live::new(kept.clone())));
        live.used_at.store(now, Ordering::Relaxed);
        let mut state = live.state();
        if kept.generation > state.kept.generation {
            state.claims = Arc::new(kept.claims());
            state.kept = kept;
        }
        drop(state);
        live
    }

    /// Starts a session, or continues it with new tokens.
    pub(crate) fn begin(&self, kept: Kept, access: Option<Access>, now: i64) -> Arc<Live> {
        let live = self.resume(kept, now);
        if let Some(access) = access {
            live.state().remember(access, now);
        }
        live
    }

    fn lock(&self, now: i64) -> MutexGuard<'_, HashMap<String, Arc<Live>>> {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sessions.len() >= MOST_SESSIONS {
            let mut used: Vec<i64> = sessions.values().map(|l| l.used_at.load(Ordering::Relaxed)).collect();
            used.sort_unstable();
            let limit = used[MOST_SESSIONS / 10].max(now - LIFETIME);
            // Sessions last used in the same second are all removed: what matters is to make room.
            sessions.retain(|_, live| live.used_at.load(Ordering::Relaxed) > limit);
        }
        sessions
    }
}

impl Live {
    fn new(kept: Kept) -> Arc<Self> {
        let now = Now { claims: Arc::new(kept.claims()), kept, ended: false, rest_until: i64::MIN, tokens: Vec::new() };
        Arc::new(Self { now: Mutex::new(now), used_at: AtomicI64::new(0), gate: tokio::sync::Mutex::default() })
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The user's id in the directory, for the log.
    pub(crate) fn object_id(&self) -> String {
        object_id(&self.state().claims).to_owned()
    }

    /// Ends the session here: its cookie is rejected afterwards.
    pub(crate) fn end(&self) {
        let mut state = self.state();
        state.ended = true;
        state.tokens.clear();
    }
}

impl Now {
    /// An access token for these scopes that does not expire soon.
    pub(crate) fn access(&self, wanted: &[String], now: i64) -> Option<Access> {
        self.tokens.iter().find(|t| t.expires_at - now >= MARGIN && t.covers(wanted)).cloned()
    }

    /// Stores an access token, replacing those that it covers.
    pub(crate) fn remember(&mut self, access: Access, now: i64) {
        self.tokens.retain(|t| t.expires_at > now && !access.covers(&t.scopes));
        if self.tokens.len() >= MOST_TOKENS {
            self.tokens.remove(0);
        }
        self.tokens.push(access);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(scopes: &[&str]) -> Access {
        Access::new("t".to_owned(), scopes.iter().map(|s| (*s).to_owned()).collect(), 1000)
    }

    fn covers(granted: &[&str], wanted: &str) -> bool {
        access(granted).covers(&[wanted.to_owned()])
    }

    #[test]
    fn a_token_covers_what_was_granted_and_no_more() {
        assert!(covers(&["https://c.test/api/read", "https://c.test/api/write"], "https://c.test/api/read"));
        assert!(covers(&["https://c.test/API/Read"], "https://c.test/api/read"));
        assert!(covers(&["User.Read"], "https://graph.microsoft.com/User.Read"));
        assert!(covers(&["read"], "https://c.test/api/.default"));
        assert!(!covers(&["https://c.test/api/read"], "https://c.test/api/write"));
        assert!(!covers(&["ead"], "https://c.test/api/read"));
        assert!(!covers(&[], "https://c.test/api/read"));
    }

    #[test]
    fn the_memory_stays_bounded_and_the_newest_cookie_counts() {
        let memory = Memory::default();
        let kept = |id: usize, generation| Kept {
            id: id.to_string(),
            generation,
            began: 0,
            fresh_until: 0,
            id_token: String::new(),
            refresh_token: None,
        };
        for id in 0..MOST_SESSIONS + 500 {
            memory.resume(kept(id, 1), i64::try_from(id).expect("small"));
        }
        assert!(memory.0.lock().expect("a lock").len() <= MOST_SESSIONS);
        let now = i64::try_from(MOST_SESSIONS).expect("small") + 600;
        let live = memory.resume(kept(7, 3), now);
        memory.resume(kept(7, 2), now);
        assert_eq!(live.state().kept.generation, 3);
    }
}
