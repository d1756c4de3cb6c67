//! Off to the provider: an attempt is made, sealed into a cookie, and the browser sent to the authorize endpoint.

use super::{Asked, SIGN_IN, Web};
use crate::page::{self, Answer};
use crate::pending::{Pending, Start};
use crate::place::Place;
use crate::settings::Purpose;
use http::StatusCode;
use url::Url;
use vestibule_protocol::metadata::Metadata;
use vestibule_protocol::pkce;
use vestibule_protocol::scope::Scopes;

/// What a link to the sign-in may hand on to the provider.
const HANDED_ON: [&str; 3] = ["login_hint", "domain_hint", "ui_locales"];
/// What the `state` of an attempt begins with that replaces a lost one: it tells so even if its cookie is lost too.
const AGAIN: &str = "again.";

impl Web {
    /// The answer for somebody who is not signed in, or has to say yes to more scopes.
    pub(crate) async fn demand(&self, asked: &Asked, scopes: Vec<String>) -> Answer {
        if !asked.navigates {
            return page::sign_in_required(SIGN_IN);
        }
        let place = asked.place.clone().unwrap_or_else(Place::home);
        self.begin(asked, Start { scopes, ..Start::new(Purpose::SignIn, place) }).await
    }

    /// Begin an attempt.
    pub(crate) async fn begin(&self, asked: &Asked, start: Start) -> Answer {
        let metadata = match self.provider.metadata(start.purpose).await {
            Ok(metadata) => metadata,
            Err(_) => return page::unavailable(start.place.as_str()),
        };
        let random = &self.provider.outside.random;
        let state = if start.again { format!("{AGAIN}{}", random.token()) } else { random.token() };
        let (nonce, verifier) = (random.token(), random.token());
        let pending = Pending { state, nonce, verifier, start, began: self.now() };
        let Some(cookies) = pending.keep(&self.cookies, &self.sealer, &asked.jar) else {
            return page::failure(StatusCode::INTERNAL_SERVER_ERROR, "Sign-in failed", "Try again in a minute.");
        };
        let mut answer = match self.authorize_url(&metadata, &pending, asked) {
            Some(url) => page::redirect(&url),
            None => return page::unavailable(pending.start.place.as_str()),
        };
        page::set_cookies(answer.headers_mut(), cookies);
        answer
    }

    fn authorize_url(&self, metadata: &Metadata, pending: &Pending, asked: &Asked) -> Option<String> {
        let mut url = Url::parse(&metadata.authorization_endpoint).ok()?;
        {
            let mut query = url.query_pairs_mut();
            query
                .append_pair("client_id", &self.settings.client_id)
                .append_pair("response_type", "code")
                .append_pair("redirect_uri", self.settings.redirect_uri.as_str())
                .append_pair("scope", &self.scope(metadata, &pending.start.scopes))
                .append_pair("state", &pending.state)
                .append_pair("nonce", &pending.nonce)
                .append_pair("code_challenge", &pkce::challenge(&pending.verifier))
                .append_pair("code_challenge_method", "S256");
            if pending.start.silent {
                query.append_pair("prompt", "none");
            }
            for name in HANDED_ON {
                if let Some(value) = asked.parameter(name).filter(|_| !pending.start.silent) {
                    query.append_pair(name, &value);
                }
            }
        }
        Some(url.into())
    }

    /// What is asked for: who the person is, a refresh token where there are any, and `wanted`.
    pub(crate) fn scope(&self, metadata: &Metadata, wanted: &[String]) -> String {
        let listed = |scope: &str| metadata.scopes_supported.iter().any(|s| s == scope);
        let mut scopes: Scopes = ["openid"].into_iter().collect();
        if self.is_microsoft() || listed("offline_access") {
            scopes.add("offline_access");
        }
        // In B2C the user flow decides which claims come.
        if !self.is_b2c() {
            scopes.add("profile");
            scopes.add("email");
        }
        wanted.iter().for_each(|scope| scopes.add(scope));
        scopes.to_string()
    }
}

/// Whether this `state` belongs to an attempt that replaced a lost one.
pub(super) fn is_second(state: &str) -> bool {
    state.starts_with(AGAIN)
}
