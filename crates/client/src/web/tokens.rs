//! Access tokens for APIs, and whether a session may go on: both by the refresh token, one request for many callers.

use super::Web;
use crate::provider::{Disbelief, IdToken, Refused, Tokens, subject};
use crate::session::{Access, Live};
use crate::settings::Purpose;
use serde_json::Value;
use std::sync::Arc;
use vestibule_protocol::scope::Scopes;

/// Seconds before a provider that could not be reached is asked again whether a person may stay.
const REST: i64 = 60;

/// Why there is no access token.
#[derive(Debug)]
pub(crate) enum Missing {
    /// The person has to go to the provider for it.
    Consent,
    /// The provider cannot be reached.
    Outage,
}

impl Web {
    /// An access token for these scopes: remembered, or by the refresh token.
    pub(crate) async fn access(self: &Arc<Self>, live: &Arc<Live>, wanted: Vec<String>) -> Result<Access, Missing> {
        if let Some(access) = live.state().access(&wanted, self.now()) {
            return Ok(access);
        }
        let (web, live) = (Arc::clone(self), Arc::clone(live));
        // In a task of its own, so that a rotated refresh token is kept even if the browser disconnects.
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
            // The provider asks the user for the missing consent, or shows what is wrong.
            Refusal::Over | Refusal::Other => Missing::Consent,
        })?;
        access.filter(|access| access.covers(wanted)).ok_or(Missing::Consent)
    }

    /// The session, if its person may stay: asked of the provider each time the ID token has run out. Without a refresh
    /// token nothing is asked, and during an outage people stay; a session's own end stands in both cases.
    pub(crate) async fn still_welcome(self: &Arc<Self>, live: Option<Arc<Live>>) -> Option<Arc<Live>> {
        let live = live?;
        if !self.is_due(&live) {
            return Some(live);
        }
        let (web, renewed) = (Arc::clone(self), Arc::clone(&live));
        let task = tokio::spawn(async move { web.renew(&renewed).await });
        // The task ends without an answer only when it panicked or the program stops.
        task.await.unwrap_or(true).then_some(live)
    }

    async fn renew(&self, live: &Live) -> bool {
        let _gate = live.gate.lock().await;
        if !self.is_due(live) {
            return !live.state().ended;
        }
        match self.refresh(live, &[]).await {
            Ok(_) => true,
            // What is wrong with the app is no reason to send people away.
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

    /// Use the refresh token. The caller holds the session's gate.
    async fn refresh(&self, live: &Live, wanted: &[String]) -> Result<Option<Access>, Refusal> {
        let refresh_token = live.state().kept.refresh_token.clone().ok_or(Refusal::Over)?;
        let metadata = self.provider.metadata(Purpose::SignIn).await.map_err(|_| Refusal::Outage)?;
        // Other providers take no wider scopes here than the sign-in had, so there a plain renewal names none.
        let scope = self.scope(&metadata, wanted);
        let mut grant = vec![("grant_type", "refresh_token"), ("refresh_token", refresh_token.as_str())];
        if self.is_microsoft() || !wanted.is_empty() {
            grant.push(("scope", scope.as_str()));
        }
        let tokens = self.provider.redeem(self.client(), Purpose::SignIn, &grant).await.map_err(refusal)?;
        self.believe_refreshed(live, &tokens).await?;
        Ok(self.keep(live, tokens, wanted))
    }

    /// A refreshed ID token must be about the same person (OpenID Connect Core 12.2).
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

/// Why a refresh token gave nothing.
enum Refusal {
    /// No answer.
    Outage,
    /// The provider ended it: revoked, too old, the account is gone, or it wants to see the person.
    Over,
    /// The provider rejected the request, whatever user it is for.
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

/// The access token of an answer; without a `scope` all that was asked for was granted (RFC 6749 section 5.1).
pub(super) fn access_of(tokens: &Tokens, wanted: &[String], now: i64) -> Option<Access> {
    let token = tokens.access_token.clone()?;
    let scopes = match &tokens.scope {
        Some(text) => Scopes::parse(text).unwrap_or_default().resources().map(str::to_owned).collect(),
        None => wanted.to_vec(),
    };
    Some(Access::new(token, scopes, now.saturating_add(tokens.lifetime())))
}
