//! A sign-in in progress: the data needed when the browser returns, encrypted in its own cookie.
//!
//! Each attempt has its own cookie, named after its `state`, so that several tabs do not interfere with each other.

use crate::cookies::{Cookies, Jar};
use crate::place::Place;
use crate::seal::Sealer;
use crate::settings::Purpose;
use serde::{Deserialize, Serialize};
use vestibule_protocol::digest::constant_time_eq;

/// The longest time a user may spend at the provider, in seconds.
pub(crate) const LIFETIME: i64 = 3600;
/// Maximum number of concurrent attempts in one browser; the oldest are dropped first.
const MOST: usize = 8;
/// Maximum size of all attempts together, in bytes: they are sent with each request, on `localhost` to every port.
const MOST_BYTES: usize = 6000;
/// The purpose of these encrypted values.
const SEAL: &str = "flow";

/// An attempt to sign in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Pending {
    pub(crate) state: String,
    pub(crate) nonce: String,
    /// The PKCE verifier.
    pub(crate) verifier: String,
    pub(crate) start: Start,
    /// Seconds since the epoch.
    pub(crate) began: i64,
}

/// The purpose of an attempt.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Start {
    pub(crate) purpose: Purpose,
    /// Where to go after the sign-in.
    pub(crate) place: Place,
    /// Scopes for an API, in addition to those of the sign-in itself.
    pub(crate) scopes: Vec<String>,
    /// True to sign in without showing a page: `prompt=none`.
    pub(crate) silent: bool,
    /// True if this attempt replaces a failed one; it will not be replaced again.
    pub(crate) again: bool,
}

impl Start {
    /// A plain attempt.
    pub(crate) fn new(purpose: Purpose, place: Place) -> Self {
        Self { purpose, place, scopes: Vec::new(), silent: false, again: false }
    }
}

impl Pending {
    /// The attempt with this `state`, if this browser started it.
    pub(crate) fn find(cookies: &Cookies, sealer: &Sealer, jar: &Jar, state: &str) -> Option<Self> {
        let sealed = jar.get(&cookies.flow(state))?;
        Self::open(sealer, sealed).filter(|pending| constant_time_eq(&pending.state, state))
    }

    fn open(sealer: &Sealer, sealed: &str) -> Option<Self> {
        serde_json::from_slice(&sealer.open(SEAL, sealed)?).ok()
    }

    /// `Set-Cookie` values that store this attempt, and drop the oldest ones if there are too many. `None` only if the
    /// system's random generator fails.
    pub(crate) fn keep(&self, cookies: &Cookies, sealer: &Sealer, jar: &Jar) -> Option<Vec<String>> {
        let sealed = sealer.seal(SEAL, &serde_json::to_vec(self).ok()?)?;
        let mut set = vec![cookies.set(&cookies.flow(&self.state), &sealed, Some(LIFETIME))];
        let prefix = cookies.flows();
        let began = |value| Self::open(sealer, value).map_or(i64::MIN, |pending| pending.began);
        let mut others: Vec<_> = jar.with_prefix(&prefix).map(|(n, value)| (began(value), n, value.len())).collect();
        others.sort_unstable_by(|a, b| b.cmp(a));
        let mut bytes = sealed.len();
        for (index, (_, name, length)) in others.into_iter().enumerate() {
            bytes += length;
            if index + 1 >= MOST || bytes > MOST_BYTES {
                set.push(cookies.expire(name));
            }
        }
        Some(set)
    }

    /// Returns true if the user took too long, or if the clock has changed impossibly.
    pub(crate) fn is_too_old(&self, now: i64) -> bool {
        !(-LIFETIME..=LIFETIME).contains(&(now - self.began))
    }
}
