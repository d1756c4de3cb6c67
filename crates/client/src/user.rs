//! A signed-in person: claims that can be relied on, and access tokens for APIs.

use crate::auth::{SignIn, Visit};
use crate::page::{self, Failure};
use crate::provider::{object_id, policy};
use crate::session::{Access, Live};
use crate::web::{Lack, Missing};
use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::sync::Arc;

/// The signed-in user, as described by the ID token. Claims are read leniently: a claim that is missing or has an
/// unexpected type is treated as absent and never makes a sign-in fail.
#[derive(Clone)]
pub struct User {
    visit: Visit,
    live: Arc<Live>,
    claims: Arc<Map<String, Value>>,
}

impl User {
    pub(crate) fn new(visit: Visit, live: Arc<Live>) -> Self {
        let claims = Arc::clone(&live.state().claims);
        Self { visit, live, claims }
    }

    /// The user's name for display: the display name, else given and family name, else the email address, else the id.
    #[must_use]
    pub fn name(&self) -> String {
        let full = || {
            let parts: Vec<&str> = ["given_name", "family_name"].into_iter().filter_map(|n| self.text(n)).collect();
            (!parts.is_empty()).then(|| parts.join(" "))
        };
        self.text("name")
            .map(str::to_owned)
            .or_else(full)
            .or_else(|| self.email().map(str::to_owned))
            .unwrap_or_else(|| self.object_id().to_owned())
    }

    /// The user's id in the directory (`oid`, else `sub`). Use it as the key for your records.
    #[must_use]
    pub fn object_id(&self) -> &str {
        object_id(&self.claims)
    }

    /// The first e-mail address: of `emails`, else `email`, `signInNames.emailAddress`, or a `preferred_username` that
    /// looks like one.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        let first = || self.claims.get("emails")?.as_array()?.first()?.as_str();
        first()
            .or_else(|| self.text("email"))
            .or_else(|| self.text("signInNames.emailAddress"))
            .or_else(|| self.text("preferred_username").filter(|name| name.contains('@')))
    }

    /// All e-mail addresses.
    #[must_use]
    pub fn emails(&self) -> Vec<&str> {
        let list = self.claims.get("emails").and_then(Value::as_array);
        match list {
            Some(list) => list.iter().filter_map(Value::as_str).collect(),
            None => self.email().into_iter().collect(),
        }
    }

    /// The user flow that signed the user in, spelled as in the token.
    #[must_use]
    pub fn policy(&self) -> Option<&str> {
        policy(&self.claims)
    }

    /// Returns true if the account was made by this sign-in (`newUser`).
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.claim("newUser").unwrap_or(false)
    }

    /// Returns a claim, converted to `T`; `None` if it is missing or has another type.
    #[must_use]
    pub fn claim<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        T::deserialize(self.claims.get(name)?).ok()
    }

    /// All claims of the ID token.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// Returns an access token for an API; `scopes` are the full values of its scopes. The token is cached and
    /// refreshed when it expires. Concurrent calls share one request to the provider.
    ///
    /// # Errors
    /// [`SignIn`]: the response to send. It redirects the browser to the provider to get the missing permission, and
    /// back to this page. For scripts it is a 401, and during an outage a 503 page.
    pub async fn token<S: AsRef<str>>(&self, scopes: &[S]) -> Result<AccessToken, SignIn> {
        let (web, asked) = (&self.visit.0.web, &self.visit.0.asked);
        let wanted: Vec<String> = scopes.iter().map(|s| s.as_ref().to_owned()).collect();
        match web.access(&self.live, wanted.clone()).await {
            Ok(access) => Ok(AccessToken(access)),
            // B2C gives no access token without an API's scope, however often it is asked.
            Err(Missing::Consent) if wanted.is_empty() && web.is_b2c() => {
                let sentence =
                    "This app wants to call an API without naming its scopes. Its operator has to set SCOPE.";
                let (title, home) = ("This app is not configured", asked.home());
                let failure = Failure { name: "server_error", title, sentence, home: home.as_str() };
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                Err(SignIn::new(page::failure_for(asked.requester, status, &failure)))
            }
            Err(Missing::Consent) => Err(self.visit.demand(&Lack::Scopes(wanted)).await),
            Err(Missing::Outage) => {
                let place = asked.place.clone().unwrap_or_else(|| asked.home());
                Err(SignIn::new(web.unavailable(asked, &place)))
            }
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User").field("object_id", &self.object_id()).finish_non_exhaustive()
    }
}

/// An access token: a secret, shown only by [`AccessToken::secret`].
#[derive(Clone, Debug)]
pub struct AccessToken(Access);

impl AccessToken {
    /// The token itself, for `Authorization: Bearer`.
    #[must_use]
    pub fn secret(&self) -> &str {
        self.0.secret()
    }

    /// The value of an `Authorization` header.
    #[must_use]
    pub fn authorization(&self) -> String {
        format!("Bearer {}", self.0.secret())
    }

    /// When it expires, in seconds since the epoch.
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        self.0.expires_at
    }
}
