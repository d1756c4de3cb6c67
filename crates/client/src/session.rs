//! The session: the cookie in the browser, and the data that this process keeps in memory.
//!
//! The browser keeps the ID token and the refresh token in one sealed cookie. It is small enough (B2C's two tokens take
//! one or two pieces), needs no store, is valid on every node and survives a restart. Access tokens stay in this
//! process's memory: they outgrow cookies, and the refresh token gets them again. The memory also makes concurrent
//! refreshes one, holds a rotated refresh token until the browser has it, and records sign-outs, so that a copied
//! cookie is useless afterwards. A restart loses these records; a copied cookie then works until the session expires.

mod memory;

pub(crate) use memory::{Access, Live, Memory};

use crate::cookies::{Cookies, Jar, TooLong};
use crate::seal::Sealer;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Longest time without entering credentials again, in seconds: 12 hours.
pub(crate) const LIFETIME: i64 = 12 * 3600;
/// The purpose of these seals.
const SEAL: &str = "session";

/// The content of the session cookie. Names are short, because they are sent with each request.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Kept {
    #[serde(rename = "s")]
    pub(crate) id: String,
    /// Counts up with every change, so that the newest is known.
    #[serde(rename = "g")]
    pub(crate) generation: u64,
    /// Seconds since the epoch.
    #[serde(rename = "b")]
    pub(crate) began: i64,
    /// When to ask the provider whether the user may stay signed in, in seconds since the epoch.
    #[serde(rename = "u")]
    pub(crate) fresh_until: i64,
    #[serde(rename = "i")]
    pub(crate) id_token: String,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub(crate) refresh_token: Option<String>,
}

impl Kept {
    /// Opens the request's cookie, if it was sealed here and has not expired.
    pub(crate) fn read(cookies: &Cookies, sealer: &Sealer, jar: &Jar, now: i64) -> Option<Self> {
        let plain = sealer.open(SEAL, &jar.whole(cookies.session())?)?;
        let kept: Self = serde_json::from_slice(&plain).ok()?;
        (now - kept.began < LIFETIME).then_some(kept)
    }

    /// `Set-Cookie` values that keep it.
    ///
    /// # Errors
    /// The tokens are too long for cookies.
    pub(crate) fn write(&self, cookies: &Cookies, sealer: &Sealer, jar: &Jar) -> Result<Vec<String>, TooLong> {
        // Neither fails: it is plain data, and without randomness the token for its id was not made either.
        let plain = serde_json::to_vec(self).unwrap_or_default();
        let sealed = sealer.seal(SEAL, &plain).ok_or(TooLong(plain.len()))?;
        cookies.keep(cookies.session(), &sealed, jar)
    }

    /// The claims of the ID token: it was verified before it was sealed.
    pub(crate) fn claims(&self) -> Map<String, Value> {
        vestibule_protocol::jwt::claims_unverified(&self.id_token).unwrap_or_default()
    }
}
