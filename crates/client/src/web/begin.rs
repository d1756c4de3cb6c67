//! Starts a sign-in: creates an attempt, encrypts it into a cookie, and redirects the browser to the authorize
//! endpoint.

use super::{Asked, Web};
use crate::page::{self, Answer};
use crate::pending::{Pending, Start};
use crate::place::below;
use crate::settings::{Problem, SettingsError};
use http::StatusCode;
use std::sync::atomic::Ordering;
use url::Url;
use vestibule_protocol::metadata::Metadata;
use vestibule_protocol::pkce;
use vestibule_protocol::scope::Scopes;

/// The parameters that a sign-in link may pass on to the provider.
const HANDED_ON: [&str; 3] = ["login_hint", "domain_hint", "ui_locales"];
/// The prefix of `state` for an attempt that replaces a lost one. It marks the attempt even if its cookie is lost too.
const AGAIN: &str = "again.";

impl Web {
    /// Starts an attempt.
    pub(crate) async fn begin(&self, asked: &Asked, start: Start) -> Answer {
        if let Err(answer) = self.comes_back(asked) {
            return *answer;
        }
        let metadata = match self.provider.metadata(start.purpose).await {
            Ok(metadata) => metadata,
            Err(_) => return self.unavailable(asked, &start.place),
        };
        let random = &self.provider.outside.random;
        let state = if start.again { format!("{AGAIN}{}", random.token()) } else { random.token() };
        let (nonce, verifier) = (random.token(), random.token());
        let pending = Pending { state, nonce, verifier, start, began: self.now() };
        let Some(cookies) = pending.keep(&self.cookies, &self.sealer, &asked.jar) else {
            tracing::error!("a sign-in cannot begin: what has to be kept for its return does not fit into a cookie");
            let (status, home) = (StatusCode::INTERNAL_SERVER_ERROR, asked.home());
            return page::failure(status, "Sign-in failed", "Try again in a minute.", home.as_str());
        };
        let mut answer = match self.authorize_url(&metadata, &pending, asked) {
            Some(url) => page::go(asked.requester, &url),
            None => return self.unavailable(asked, &pending.start.place),
        };
        page::set_cookies(answer.headers_mut(), cookies);
        answer
    }

    /// Checks that the redirect URI leads back to this app: if a framework mounted the app under a path, the URI must
    /// begin with that path.
    fn comes_back(&self, asked: &Asked) -> Result<(), Box<Answer>> {
        let (callback, uri) = (&self.settings.paths.callback, &self.settings.redirect_uri);
        // If this sign-in is also installed in another app, the browser may return there.
        if asked.nested.is_empty() || below(&asked.mount, callback) || self.installed.load(Ordering::Relaxed) > 1 {
            return Ok(());
        }
        let mut better = uri.clone();
        better.set_path(&format!("{}{callback}", asked.mount));
        let wrong = format!("leads to {callback}, and this app is mounted under {}: nobody answers there", asked.mount);
        let fix = format!("Set REDIRECT_URI={better}, and register it for the application.");
        let error = SettingsError { problems: vec![Problem::new("REDIRECT_URI", &wrong, &fix)] };
        tracing::error!(%error, "nobody can sign in");
        Err(Box::new(page::configuration(&error, asked.requester)))
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

    /// The scopes to request: those of OpenID Connect, the one for a refresh token if the provider has it, and
    /// `wanted`.
    pub(crate) fn scope(&self, metadata: &Metadata, wanted: &[String]) -> String {
        let listed = |scope: &str| metadata.scopes_supported.iter().any(|s| s == scope);
        let mut scopes: Scopes = ["openid"].into_iter().collect();
        if self.is_microsoft() || listed("offline_access") {
            scopes.add("offline_access");
        }
        // In B2C, the user flow decides which claims are returned.
        if !self.is_b2c() {
            scopes.add("profile");
            scopes.add("email");
        }
        wanted.iter().for_each(|scope| scopes.add(scope));
        scopes.to_string()
    }
}

/// Returns true if this `state` belongs to an attempt that replaced a lost one.
pub(super) fn is_second(state: &str) -> bool {
    state.starts_with(AGAIN)
}
