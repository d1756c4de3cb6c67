//! The checks of an ID token (OpenID Connect Core 3.1.3.7).

use super::{Outage, Provider};
use crate::settings::{Authority, Purpose, same_flow};
use serde_json::{Map, Value};
use vestibule_protocol::digest::{constant_time_eq, half_hash};
use vestibule_protocol::jwt::{Expect, Invalid, Unfit};

/// Seconds by which clocks may differ.
pub(crate) const LEEWAY: i64 = 120;

/// The reason why a token was rejected. The text is for the log.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Disbelief {
    /// The keys could not be fetched.
    #[error(transparent)]
    Outage(#[from] Outage),
    /// The signature is wrong.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The issuer, audience or time is wrong.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// Another claim is wrong.
    #[error("{0}")]
    Says(String),
}

/// An ID token and what it must match.
pub(crate) struct IdToken<'a> {
    /// The token.
    pub(crate) token: &'a str,
    /// The client that requested it.
    pub(crate) client_id: &'a str,
    /// The nonce of the request; refreshed tokens have none.
    pub(crate) nonce: Option<&'a str>,
    /// The user whom the token must be about, if known.
    pub(crate) subject: Option<&'a str>,
    /// The access token that came along.
    pub(crate) access_token: Option<&'a str>,
}

impl Provider {
    /// The claims of an ID token that the flow for `purpose` gave.
    pub(crate) async fn believe(
        &self,
        purpose: Purpose,
        expected: &IdToken<'_>,
    ) -> Result<Map<String, Value>, Disbelief> {
        let claims = self.signed(purpose, expected.token).await?;
        let metadata = self.metadata(purpose).await?;
        let expect = Expect {
            issuers: &[Authority::issuer(&metadata, &claims)],
            audiences: &[expected.client_id.to_owned()],
            now: self.outside.clock.now(),
            leeway: LEEWAY,
        };
        expect.check(&claims)?;
        says(&claims, expected).map_err(Disbelief::Says)?;
        self.same_policy(purpose, &claims).map_err(Disbelief::Says)?;
        Ok(claims)
    }

    /// A token that names the policy it was made by must name ours: policies of one tenant share keys and issuer.
    fn same_policy(&self, purpose: Purpose, claims: &Map<String, Value>) -> Result<(), String> {
        match (self.authority.flow(purpose), policy(claims)) {
            (Some(ours), Some(theirs)) if !same_flow(ours, theirs) => {
                Err(format!("the token was made by the policy {theirs:?}, not by {ours:?}"))
            }
            _ => Ok(()),
        }
    }
}

/// The policy that a token names; `acr` is also other providers' word for other things.
pub(crate) fn policy(claims: &Map<String, Value>) -> Option<&str> {
    let named = claims.get("tfp").or_else(|| claims.get("acr"))?.as_str()?;
    named.to_ascii_lowercase().starts_with("b2c_1").then_some(named)
}

/// The subject of a token. A flow whose `sub` is set to "Not supported" has the same text for every user; then it is
/// `oid`.
pub(crate) fn subject(claims: &Map<String, Value>) -> Option<&str> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).filter(|s| !s.is_empty());
    text("sub").filter(|s| !s.starts_with("Not supported")).or_else(|| text("oid"))
}

/// The id of the person in the directory: `oid`, else `sub`.
pub(crate) fn object_id(claims: &Map<String, Value>) -> &str {
    let oid = claims.get("oid").and_then(Value::as_str).filter(|oid| !oid.is_empty());
    oid.or_else(|| subject(claims)).unwrap_or_default()
}

fn says(claims: &Map<String, Value>, expected: &IdToken<'_>) -> Result<(), String> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let Some(subject) = subject(claims) else {
        return Err("the token names nobody".to_owned());
    };
    if expected.subject.is_some_and(|s| s != subject) {
        return Err("the token is about another person".to_owned());
    }
    if expected.nonce.is_some_and(|nonce| !text("nonce").is_some_and(|n| constant_time_eq(n, nonce))) {
        return Err("the token's nonce is not the one that was sent".to_owned());
    }
    if text("azp").is_some_and(|azp| azp != expected.client_id) {
        return Err("the token was made for another application".to_owned());
    }
    match (text("at_hash"), expected.access_token) {
        (Some(hash), Some(token)) if hash != half_hash(token) => {
            Err("the token does not belong to the access token that came along".to_owned())
        }
        _ => Ok(()),
    }
}
