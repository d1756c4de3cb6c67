//! The provider as this library knows it: its documents and keys, fetched when first needed, and its token endpoint.

mod believe;
mod clock;
mod redeem;
mod shared;

pub(crate) use believe::{Disbelief, IdToken, LEEWAY, object_id, policy, subject};
pub(crate) use redeem::{Client, Refused, Tokens};
pub(crate) use shared::Outage;

use crate::outside::{NoAnswer, Outside};
use crate::settings::{Authority, Network, Purpose};
use bytes::Bytes;
use clock::DevClock;
use http::header::ACCEPT;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use shared::Shared;
use std::sync::Arc;
use vestibule_protocol::jwt;
use vestibule_protocol::keys::{Jwks, VerifyingKey};
use vestibule_protocol::metadata::Metadata;

/// A provider, with its cached documents and keys.
pub(crate) struct Provider {
    pub(crate) authority: Authority,
    network: Network,
    pub(crate) outside: Outside,
    /// The clock that is followed instead of the system's, if one is set.
    clock: Option<DevClock>,
    /// One for each user flow: B2C publishes each by itself.
    documents: [Document; 3],
}

#[derive(Default)]
struct Document {
    metadata: Shared<Metadata>,
    keys: Shared<Vec<VerifyingKey>>,
}

impl Provider {
    pub(crate) fn new(authority: Authority, network: Network, mut outside: Outside) -> Self {
        // A clock that was handed in is meant.
        let clock = network.clock_url.clone().filter(|_| outside.clock.is_system()).map(DevClock::new);
        if let Some(clock) = &clock {
            outside.clock = clock.clock();
        }
        Self { authority, network, outside, clock, documents: Default::default() }
    }

    /// Asks the clock that is followed, if one is.
    pub(crate) async fn follow_clock(&self) {
        if let Some(clock) = &self.clock {
            clock.follow(&*self.outside.http).await;
        }
    }

    /// The discovery document of the flow for a purpose.
    pub(crate) async fn metadata(&self, purpose: Purpose) -> Result<Arc<Metadata>, Outage> {
        self.document(purpose).metadata.get(self.outside.clock.now(), || self.fetch_metadata(purpose)).await
    }

    /// The claims of a token whose signature is by one of the provider's keys. A key that is not known is looked for
    /// once more.
    pub(crate) async fn signed(&self, purpose: Purpose, token: &str) -> Result<Map<String, Value>, Disbelief> {
        let keys = &self.document(purpose).keys;
        let now = self.outside.clock.now();
        let known = keys.get(now, || self.fetch_keys(purpose)).await?;
        match jwt::verify(token, &known) {
            Err(jwt::Invalid::UnknownKey(_)) => {
                let newer = keys.newer(now, &known, || self.fetch_keys(purpose)).await;
                Ok(jwt::verify(token, &newer)?)
            }
            verdict => Ok(verdict?),
        }
    }

    fn document(&self, purpose: Purpose) -> &Document {
        let [sign_in, edit_profile, reset_password] = &self.documents;
        match purpose {
            Purpose::SignIn => sign_in,
            Purpose::EditProfile => edit_profile,
            Purpose::ResetPassword => reset_password,
        }
    }

    async fn fetch_metadata(&self, purpose: Purpose) -> Result<Metadata, Outage> {
        let url =
            self.authority.metadata_url(purpose).ok_or_else(|| Outage("there is no such user flow".to_owned()))?;
        let metadata: Metadata = self.fetch(&url).await?;
        self.authority
            .accepts(&metadata, &self.network)
            .map_err(|why| Outage(format!("{url} cannot be believed: {why}")))?;
        Ok(metadata)
    }

    async fn fetch_keys(&self, purpose: Purpose) -> Result<Vec<VerifyingKey>, Outage> {
        let metadata = self.metadata(purpose).await?;
        // One odd key must not hide the others, so each is read by itself.
        let set: Value = self.fetch(&metadata.jwks_uri).await?;
        let list = set.get("keys").and_then(Value::as_array).cloned().unwrap_or_default();
        let keys: Jwks = Jwks { keys: list.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect() };
        let keys: Vec<VerifyingKey> = keys.keys.iter().filter_map(VerifyingKey::from_jwk).collect();
        if keys.is_empty() {
            return Err(Outage(format!("{} holds no key that signatures can be verified with", metadata.jwks_uri)));
        }
        Ok(keys)
    }

    /// Where this app reaches one of the provider's addresses.
    fn reach(&self, url: &str) -> String {
        self.network.reach(url, self.authority.address())
    }

    async fn fetch<T: DeserializeOwned>(&self, url: &str) -> Result<T, Outage> {
        let url = &self.reach(url);
        let request = http::Request::get(url)
            .header(ACCEPT, "application/json")
            .body(Bytes::new())
            .map_err(|e| Outage(format!("{url} cannot be asked: {e}")))?;
        let answer = self.outside.http.send(request).await.map_err(|NoAnswer(e)| Outage(format!("{url}: {e}")))?;
        if answer.status() != http::StatusCode::OK {
            return Err(Outage(format!("{url} answered {}", answer.status())));
        }
        serde_json::from_slice(answer.body()).map_err(|e| Outage(format!("{url} is not what it should be: {e}")))
    }
}
