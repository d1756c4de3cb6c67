//! Access tokens for APIs and the renewal of sessions: both use the refresh token, with one request for many callers.

use super::Web;
use crate::provider::{Disbelief, IdToken, Refused, Tokens, subject};
use crate::session::{Access, Live};
use crate::settings::Purpose;
use serde_json::Value;
use std::sync::Arc;
use vestibule_protocol::scope::Scopes;

/// How long to wait before asking an unreachable provider again to renew a session, in seconds.
const REST: i64 = 60;

/// The reason why there is no access token.
#[derive(Debug)]
pub(crate) enum Missing {
    /// The user must go to the provider to get it.
    Consent,
    /// The provider cannot be reached.
    Outage,
}

impl Web {
    /// An access token for these scopes, from memory or by the refresh token.
    pub(crate) async fn access(self: &Arc<Self>, live: &Arc<Live>, wanted: Vec<String>) -> Result<Access, Missing> {
        if let Some(access) = live.state().access(&wanted, self.now()) {
            return Ok(access);
        }
        let (web, live) = (Arc::clone(self), Arc::clone(live));
        // Runs in its own task, so that a rotated refresh token is kept even if the browser disconnects.
        let task = tokio::spawn(async move { web.access_by_refresh(&live, &wanted).await });
        task.await.unwrap_or(Err(Missing::Outage))
    }

    async fn access_by_refresh(&self, live: &Live, wanted: &[String]) -> Result<Access, Missing> {
        let _gate = live.gate.lock().await;
        let remembered = {
            let state = live.state();
            if state.ended || state.kept.refresh_token.is_none() {
                return Err(Missing::Consent);
            }
            state.access(wanted, self.now())
        };
        if let Some(access) = remembered {
            return Ok(access);
        }
        let access = self.refresh(live, wanted).await.map_err(|refusal| match refusal {
            Refusal::Outage => Missing::Outage,
            // The provider asks the user for the missing consent, or shows the error.
            Refusal::Over | Refusal::Other => Missing::Consent,
        })?;
        access.filter(|access| access.covers(wanted)).ok_or(Missing::Consent)
    }

    /// The session, if its user may stay signed in. The provider is asked each time the ID token has expired. Without
    /// a refresh token, nothing is asked; during an outage, users stay signed in. In both cases, the session still
    /// ends at its own limit.
    pub(crate) async fn still_welcome(self: &Arc<Self>, live: Option<Arc<Live>>) -> Option<Arc<Live>> {
        let live = live?;
        if !self.is_due(&live) {
            return Some(live);
        }
        let (web, renewed) = (Arc::clone(self), Arc::clone(&live));
        let task = tokio::spawn(async move { web.renew(&renewed).await });
        // The task fails to answer only if it panicked or if the program is stopping.
        task.await.unwrap_or(true).then_some(live)
    }

    async fn renew(&self, live: &Live) -> bool {
        let _gate = live.gate.lock().await;
        if !self.is_due(live) {
            return !live.state().ended;
        }
        match self.refresh(live, &[]).await {
            Ok(_) => true,
            // A fault of the app is no reason to sign users out.
            Err(Refusal::Outage | Refusal::Other) => {
                live.state().rest_until = self.now() + REST;
                true
            }
            Err(Refusal::Over) => {
                tracing::info!("the provider does not renew a session; it ends");
                live.end();
                false
            }
        }
    }

    fn is_due(&self, live: &Live) -> bool {
        let (state, now) = (live.state(), self.now());
        !state.ended && state.kept.refresh_token.is_some() && now >= state.kept.fresh_until && now >= state.rest_until
    }

    /// Uses the refresh token. The caller holds the session's gate.
    async fn refresh(&self, live: &Live, wanted: &[String]) -> Result<Option<Access>, Refusal> {
        let refresh_token = live.state().kept.refresh_token.clone().ok_or(Refusal::Over)?;
        let metadata = self.provider.metadata(Purpose::SignIn).await.map_err(|_| Refusal::Outage)?;
        // Other providers accept no wider scopes here than the sign-in had, so a plain renewal names none for them.
        let scope = self.scope(&metadata, wanted);
        let mut grant = vec![("grant_type", "refresh_token"), ("refresh_token", refresh_token.as_str())];
        if self.is_microsoft() || !wanted.is_empty() {
            grant.push(("scope", scope.as_str()));
        }
        let tokens = self.provider.redeem(self.client(), Purpose::SignIn, &grant).await.map_err(refusal)?;
        self.believe_refreshed(live, &tokens).await?;
        Ok(self.keep(live, tokens, wanted))
    }

    /// A refreshed ID token must be about the same user (OpenID Connect Core 12.2).
    async fn believe_refreshed(&self, live: &Live, tokens: &Tokens) -> Result<(), Refusal> {
        let Some(token) = &tokens.id_token else { return Ok(()) };
        let claims = Arc::clone(&live.state().claims);
        let expected = IdToken {
            token,
            client_id: &self.settings.client_id,
            nonce: None,
            subject: subject(&claims),
            access_token: tokens.access_token.as_deref(),
        };
        match self.provider.believe(Purpose::SignIn, &expected).await {
            Ok(_) => Ok(()),
            Err(Disbelief::Outage(_)) => Err(Refusal::Outage),
            Err(cause) => {
                tracing::warn!(%cause, "a refreshed ID token was not believed");
                Err(Refusal::Over)
            }
        }
    }

    fn keep(&self, live: &Live, tokens: Tokens, wanted: &[String]) -> Option<Access> {
        let now = self.now();
        let access = access_of(&tokens, wanted, now);
        let mut state = live.state();
        if state.ended {
            return None;
        }
        let until = now + tokens.lifetime();
        if let Some(id_token) = tokens.id_token {
            state.kept.id_token = id_token;
            state.claims = Arc::new(state.kept.claims());
        }
        state.kept.fresh_until = state.claims.get("exp").and_then(Value::as_i64).unwrap_or(until);
        if state.kept.fresh_until <= now {
            state.kept.fresh_until = until;
        }
        if tokens.refresh_token.is_some() {
            state.kept.refresh_token = tokens.refresh_token;
        }
        state.kept.generation += 1;
        if let Some(access) = &access {
            state.remember(access.clone(), now);
        }
        access
    }
}

/// The reason why a refresh token gave nothing.
enum Refusal {
    /// The provider did not answer.
    Outage,
    /// The provider ended the grant: revoked, expired, the account is gone, or the user must sign in again.
    Over,
    /// The provider rejected the request, regardless of the user.
    Other,
}

fn refusal(refused: Refused) -> Refusal {
    match refused {
        Refused::Outage(cause) => {
            tracing::warn!(%cause, "a refresh token could not be used");
            Refusal::Outage
        }
        Refused::Denied(denial) => {
            tracing::warn!(error = denial.error, "a refresh token was refused");
            let over = ["invalid_grant", "interaction_required", "login_required", "access_denied"];
            if over.contains(&denial.error.as_str()) { Refusal::Over } else { Refusal::Other }
        }
    }
}

/// The access token of a response. Without a `scope`, everything requested was granted (RFC 6749 section 5.1).
pub(super) fn access_of(tokens: &Tokens, wanted: &[String], now: i64) -> Option<Access> {
    let token = tokens.access_token.clone()?;
    let scopes = match &tokens.scope {
        Some(text) => Scopes::parse(text).unwrap_or_default().resources().map(str::to_owned).collect(),
        None => wanted.to_vec(),
    };
    Some(Access::new(token, scopes, now.saturating_add(tokens.lifetime())))
}
