//! Bearer token protection for APIs: checks signature, issuer, audience, lifetime and permissions (RFC 6750).

mod caller;
mod kind;
mod refusal;

pub use caller::{Caller, Forbidden};
pub use refusal::Refusal;

use crate::auth::outside;
use crate::outside::Outside;
use crate::provider::{Disbelief, LEEWAY, Provider, policy};
use crate::settings::{ApiSettings, Authority, Env, Purpose, SettingsError, same_flow};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;
use vestibule_protocol::jwt::{Expect, Unfit, header};

/// Protects an API. Clones share their state.
///
/// If the settings are wrong, every guarded route answers 500 and the log says what to set. [`Api::try_from_env`]
/// returns an error instead.
#[derive(Clone)]
pub struct Api(Result<Arc<Inside>, Arc<SettingsError>>);

struct Inside {
    settings: ApiSettings,
    provider: Provider,
}

/// What a route requires.
#[derive(Clone, Debug)]
pub enum Need {
    /// A valid token.
    Token,
    /// A scope, by its short name.
    Scope(String),
    /// An app role.
    Role(String),
}

impl Api {
    /// Reads settings from `.env`, in the current directory or one of its parents, and from the process environment,
    /// which takes precedence. [`ApiSettings`] lists the keys.
    #[must_use]
    pub fn from_env() -> Self {
        Self::or_closed(Self::try_from_env())
    }

    /// Like [`Api::from_env`], but returns an error if the settings are wrong.
    ///
    /// # Errors
    /// [`SettingsError`] with all problems at once.
    pub fn try_from_env() -> Result<Self, SettingsError> {
        Env::load()?.read(Self::try_from_map)
    }

    /// Reads settings from a map.
    #[must_use]
    pub fn from_map(map: &BTreeMap<String, String>) -> Self {
        Self::or_closed(Self::try_from_map(map))
    }

    /// Like [`Api::from_map`], but returns an error if the settings are wrong.
    ///
    /// # Errors
    /// [`SettingsError`] with all problems at once.
    pub fn try_from_map(map: &BTreeMap<String, String>) -> Result<Self, SettingsError> {
        let settings = ApiSettings::from_map(map)?;
        let outside = outside(settings.authorities_file.as_deref())?;
        Ok(Self::with_outside(settings, outside))
    }

    /// Protection with these settings and a replacement for clock, random numbers and HTTP.
    #[must_use]
    pub fn with_outside(settings: ApiSettings, outside: Outside) -> Self {
        let provider = Provider::new(settings.authority.clone(), settings.network.clone(), outside);
        Self(Ok(Arc::new(Inside { settings, provider })))
    }

    /// Like [`Api::from_map`], with a replacement for clock, random numbers and HTTP.
    #[must_use]
    pub fn from_map_with_outside(map: &BTreeMap<String, String>, outside: Outside) -> Self {
        Self::or_closed(ApiSettings::from_map(map).map(|settings| Self::with_outside(settings, outside)))
    }

    fn or_closed(api: Result<Self, SettingsError>) -> Self {
        api.unwrap_or_else(|error| {
            tracing::error!(%error, "the API lets nobody in");
            Self(Err(Arc::new(error)))
        })
    }

    /// Returns the caller of a request with these headers, whatever permissions the token grants.
    ///
    /// # Errors
    /// [`Refusal`]: the response to send.
    pub async fn caller(&self, headers: &HeaderMap) -> Result<Caller, Refusal> {
        self.admit(headers, &Need::Token).await
    }

    /// Returns the caller of a request with these headers, if the token meets the route's requirement. An adapter for
    /// a framework needs only this method.
    ///
    /// # Errors
    /// [`Refusal`]: the response to send.
    pub async fn admit(&self, headers: &HeaderMap, need: &Need) -> Result<Caller, Refusal> {
        let inside = self.0.as_ref().map_err(|error| Refusal::misconfigured(error))?;
        let caller = Caller::new(inside.verify(bearer(headers)?).await?);
        let allowed = match need {
            Need::Token => Ok(()),
            Need::Scope(scope) => caller.require(scope),
            Need::Role(role) => caller.require_role(role),
        };
        allowed.map_err(|forbidden| forbidden.refusal())?;
        Ok(caller)
    }
}

impl Inside {
    async fn verify(&self, token: &str) -> Result<Map<String, Value>, Refusal> {
        self.provider.follow_clock().await;
        let claims = match self.provider.signed(Purpose::SignIn, token).await {
            Ok(claims) => claims,
            Err(Disbelief::Outage(_)) => return Err(Refusal::outage()),
            Err(cause) => return Err(refuse(&cause, "The token's signature cannot be verified.")),
        };
        let issuers = self.issuers(&claims).await?;
        let expect = Expect {
            issuers: &issuers,
            audiences: &self.settings.audiences,
            now: self.provider.outside.clock.now(),
            leeway: LEEWAY,
        };
        expect.check(&claims).map_err(|unfit| {
            let sentence = match unfit {
                Unfit::Issuer { .. } => "The token is from another issuer.",
                Unfit::Audience { .. } => "The token is for another API.",
                Unfit::Expired => "The token has expired.",
                Unfit::NotYet => "The token is not valid yet.",
            };
            refuse(&unfit, sentence)
        })?;
        if !self.may_be_by(&claims) {
            return Err(refuse(&"another policy", "The token was made by another user flow."));
        }
        // An ID token of the same application identifies a user, but grants no access.
        let typ = header(token).ok().and_then(|header| header.typ);
        kind::check(&self.provider.authority, typ.as_deref(), &claims)
            .map_err(|cause| refuse(&cause, "This is not an access token."))?;
        Ok(claims)
    }

    async fn issuers(&self, claims: &Map<String, Value>) -> Result<Vec<String>, Refusal> {
        if !self.settings.issuers.is_empty() {
            return Ok(self.settings.issuers.clone());
        }
        let metadata = self.provider.metadata(Purpose::SignIn).await.map_err(|_| Refusal::outage())?;
        Ok(vec![Authority::issuer(&metadata, claims)])
    }

    /// Returns true if the policy named in the token is one of those in the settings.
    fn may_be_by(&self, claims: &Map<String, Value>) -> bool {
        let purposes = [Purpose::SignIn, Purpose::EditProfile, Purpose::ResetPassword];
        let mut ours = purposes.into_iter().filter_map(|p| self.provider.authority.flow(p)).peekable();
        match policy(claims) {
            Some(theirs) if ours.peek().is_some() => ours.any(|flow| same_flow(flow, theirs)),
            _ => true,
        }
    }
}

/// The bearer token of a request, which must contain exactly one.
fn bearer(headers: &HeaderMap) -> Result<&str, Refusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Err(Refusal::no_token()) };
    if values.next().is_some() {
        return Err(Refusal::malformed("There are several Authorization headers."));
    }
    let text = value.to_str().map_err(|_| Refusal::malformed("The Authorization header cannot be read."))?;
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() => Ok(token.trim()),
        _ => Err(Refusal::no_token()),
    }
}

/// Logs the cause, never the token.
fn refuse(cause: &dyn std::fmt::Display, sentence: &'static str) -> Refusal {
    tracing::info!(%cause, "a bearer token was refused");
    Refusal::invalid(sentence)
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Api").field(&self.0.as_ref().ok().map(|inside| &inside.settings)).finish()
    }
}
