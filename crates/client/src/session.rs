//! The session: the part stored in the browser, and the part that this process remembers.
//!
//! The browser stores the ID token and the refresh token in one encrypted cookie. It is small enough (B2C's two tokens
//! need one or two pieces), needs no store, works on every node and survives a restart. Access tokens stay in this
//! process's memory: they are too large for cookies, and the refresh token can get them again. The memory also merges
//! concurrent refreshes, keeps a rotated refresh token until the browser has it, and remembers sign-outs until the
//! session would have expired, so that a copied cookie is useless afterwards. A restart forgets the sign-outs.

mod memory;

pub(crate) use memory::{Access, Live, Memory};

use crate::cookies::{Cookies, Jar, TooLong};
use crate::seal::Sealer;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The maximum lifetime of a session without entering credentials again, in seconds: 12 hours.
pub(crate) const LIFETIME: i64 = 12 * 3600;
/// The purpose of these encrypted values.
const SEAL: &str = "session";

/// The content of the session cookie. Names are short because the cookie is sent with each request.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Kept {
    #[serde(rename = "s")]
    pub(crate) id: String,
    /// Incremented with every change, so that the newest version is known.
    #[serde(rename = "g")]
    pub(crate) generation: u64,
    /// Seconds since the epoch.
    #[serde(rename = "b")]
    pub(crate) began: i64,
    /// When to ask the provider again if the user may stay signed in, in seconds since the epoch.
    #[serde(rename = "u")]
    pub(crate) fresh_until: i64,
    #[serde(rename = "i")]
    pub(crate) id_token: String,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub(crate) refresh_token: Option<String>,
}

impl Kept {
    /// Decrypts the request's cookie, if it was encrypted here and has not expired.
    pub(crate) fn read(cookies: &Cookies, sealer: &Sealer, jar: &Jar, now: i64) -> Option<Self> {
        let plain = sealer.open(SEAL, &jar.whole(cookies.session())?)?;
        let kept: Self = serde_json::from_slice(&plain).ok()?;
        (now - kept.began < LIFETIME).then_some(kept)
    }

    /// `Set-Cookie` values that store the session.
    ///
    /// # Errors
    /// The tokens are too long for cookies.
    pub(crate) fn write(&self, cookies: &Cookies, sealer: &Sealer, jar: &Jar) -> Result<Vec<String>, TooLong> {
        // Neither step fails: the data is plain, and without randomness its id could not have been generated either.
        let plain = serde_json::to_vec(self).unwrap_or_default();
        let sealed = sealer.seal(SEAL, &plain).ok_or(TooLong(plain.len()))?;
        cookies.keep(cookies.session(), &sealed, jar)
    }

    /// The claims of the ID token, which was verified before it was stored.
    pub(crate) fn claims(&self) -> Map<String, Value> {
        vestibule_protocol::jwt::claims_unverified(&self.id_token).unwrap_or_default()
    }
}
