//! The return from the provider: the browser brings a code or an error, and gets a session.
//!
//! In every case, the user gets a page of the app, a new attempt, or an explanation; never a bare error. An attempt
//! that is not known here (a reload, a bookmark, another browser, lost or blocked cookies) is started again, once.

mod reply;

use super::begin::is_second;
use super::{Asked, SIGN_IN, Web};
use crate::page::{self, Answer};
use crate::pending::{Pending, Start};
use crate::provider::{Disbelief, IdToken, Refused, Tokens, object_id, policy, subject};
use crate::session::{Kept, Live};
use crate::settings::Purpose;
use crate::web::tokens::access_of;
use reply::Reply;
use serde_json::{Map, Value};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use vestibule_protocol::digest::constant_time_eq;

/// Size of cookies, in bytes, with which a response still fits into nginx's default of 4 KiB, together with its other
/// headers.
const PROXY_BYTES: usize = 3500;
/// How many of the longest claims the log names.
const LONGEST_CLAIMS: usize = 3;
/// Maximum number of answered attempts to remember.
const MOST_SPENT: usize = 1000;

impl Web {
    /// Answers a request to the redirect URI.
    pub(super) async fn back(&self, asked: &Asked, live: Option<Arc<Live>>, query: &str) -> Answer {
        let reply = match Reply::read(query) {
            Ok(Some(reply)) => reply,
            // The provider redirects here after sign-out too, because this is the one address that is certainly
            // registered.
            Ok(None) => return page::redirect(asked.home().as_str()),
            Err(_) => return self.refused(asked, "The provider's answer is malformed.", "", None),
        };
        let Some(pending) = Pending::find(&self.cookies, &self.sealer, &asked.jar, &reply.state) else {
            return self.unknown(asked, live, &reply).await;
        };
        let mut answer = if self.spend(&pending.state) {
            self.arrive(asked, live, &reply, &pending).await
        } else {
            self.unknown(asked, live, &reply).await
        };
        let name = self.cookies.flow(&pending.state);
        page::set_cookies(answer.headers_mut(), vec![self.cookies.expire(&name)]);
        answer
    }

    /// Handles the response to an attempt that this browser does not know.
    async fn unknown(&self, asked: &Asked, live: Option<Arc<Live>>, reply: &Reply) -> Answer {
        if live.is_some() || reply.is_cancelled() {
            return page::redirect(asked.home().as_str());
        }
        if is_second(&reply.state) {
            let sentence = "The sign-in came back to a browser that did not begin it. Allow cookies for this app, \
                            open it in one browser only, and try again.";
            return self.refused(asked, sentence, "", None);
        }
        tracing::info!("a sign-in came back that is not known here; beginning again");
        self.begin(asked, Start { again: true, ..Start::new(Purpose::SignIn, asked.home()) }).await
    }

    async fn arrive(&self, asked: &Asked, live: Option<Arc<Live>>, reply: &Reply, pending: &Pending) -> Answer {
        if let Err(answer) = self.check_issuer(asked, reply, pending).await {
            return *answer;
        }
        match &reply.outcome {
            Err(_) => self.denied(asked, reply, pending).await,
            Ok(_) if pending.is_too_old(self.now()) => self.once_more(asked, pending, "it took too long").await,
            Ok(code) => match self.exchange(code, pending).await {
                Ok((tokens, claims)) => self.welcome(asked, live, pending, tokens, claims).await,
                Err(failure) => self.failed(asked, pending, failure).await,
            },
        }
    }

    /// Mix-up defence (RFC 9207): the response must come from the provider that was asked.
    async fn check_issuer(&self, asked: &Asked, reply: &Reply, pending: &Pending) -> Result<(), Box<Answer>> {
        let Ok(metadata) = self.provider.metadata(pending.start.purpose).await else {
            return Err(Box::new(self.unavailable(asked, &pending.start.place)));
        };
        let fits = match &reply.issuer {
            Some(issuer) => *issuer == metadata.issuer || metadata.issuer.contains("{tenantid}"),
            None => !metadata.authorization_response_iss_parameter_supported,
        };
        if fits {
            return Ok(());
        }
        tracing::warn!(expected = metadata.issuer, "the answer names another issuer, or none");
        let sentence = "The answer did not come from the sign-in service that was asked.";
        Err(Box::new(self.refused(asked, sentence, "", Some(pending))))
    }

    /// Handles an error sent by the provider.
    async fn denied(&self, asked: &Asked, reply: &Reply, pending: &Pending) -> Answer {
        let place = pending.start.place.under(&asked.mount);
        if pending.start.silent {
            tracing::info!(error = reply.error_name(), "the silent sign-in was refused; the session stays as it is");
            return page::redirect(place.as_str());
        }
        if reply.is_cancelled() {
            // A protected page would immediately ask again, which a user who cancelled does not want.
            let goes_home = pending.start.purpose == Purpose::SignIn;
            let place = if goes_home { asked.home() } else { place };
            return page::redirect(place.as_str());
        }
        if reply.forgot_password() && self.has(Purpose::ResetPassword) {
            let start = Start::new(Purpose::ResetPassword, pending.start.place.clone());
            return self.begin(asked, start).await;
        }
        tracing::warn!(error = reply.error_name(), code = reply.code(), "the sign-in was refused by the provider");
        self.refused(asked, reply.sentence(), &reply.reference(), Some(pending))
    }

    async fn exchange(&self, code: &str, pending: &Pending) -> Result<(Tokens, Map<String, Value>), Failure> {
        let purpose = pending.start.purpose;
        let redirect_uri = self.settings.redirect_uri.as_str();
        let grant = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", &pending.verifier),
        ];
        let tokens = self.provider.redeem(self.client(), purpose, &grant).await?;
        let expected = IdToken {
            token: tokens.id_token.as_deref().unwrap_or_default(),
            client_id: &self.settings.client_id,
            nonce: Some(&pending.nonce),
            subject: None,
            access_token: tokens.access_token.as_deref(),
        };
        let claims = self.provider.believe(purpose, &expected).await?;
        Ok((tokens, claims))
    }

    /// Handles a successful authentication.
    async fn welcome(
        &self,
        asked: &Asked,
        live: Option<Arc<Live>>,
        pending: &Pending,
        tokens: Tokens,
        claims: Map<String, Value>,
    ) -> Answer {
        let place = pending.start.place.under(&asked.mount);
        let same = live.clone().filter(|live| subject(&live.state().claims) == subject(&claims));
        match pending.start.purpose {
            // Tokens belong to a policy, and a refresh repeats old claims, so one silent sign-in gets the new ones.
            Purpose::EditProfile if same.is_some() => {
                tracing::info!(object_id = object_id(&claims), "a person came back from editing the profile");
                let start = Start { silent: true, ..Start::new(Purpose::SignIn, place) };
                self.begin(asked, start).await
            }
            Purpose::EditProfile => page::redirect(place.as_str()),
            // The reset flow has signed the user in at the provider, so this sign-in asks for nothing.
            Purpose::ResetPassword => {
                tracing::info!(object_id = object_id(&claims), "a person came back from resetting the password");
                self.begin(asked, Start::new(Purpose::SignIn, place)).await
            }
            // If the user has signed out in the meantime, or is another user, do not sign in silently.
            Purpose::SignIn if pending.start.silent && same.is_none() => page::redirect(place.as_str()),
            Purpose::SignIn => {
                if let Some(other) = live.filter(|_| same.is_none()) {
                    other.end();
                }
                self.enter(asked, same, pending, tokens, &claims)
            }
        }
    }

    /// Starts a session, or renews that of the same user.
    fn enter(
        &self,
        asked: &Asked,
        same: Option<Arc<Live>>,
        pending: &Pending,
        tokens: Tokens,
        claims: &Map<String, Value>,
    ) -> Answer {
        let (now, wanted) = (self.now(), &pending.start.scopes);
        let access = access_of(&tokens, wanted, now);
        if !wanted.is_empty() && !access.as_ref().is_some_and(|a| a.covers(wanted)) {
            tracing::warn!(?wanted, "the provider did not grant the scopes");
            let sentence = "The sign-in service did not allow this app to call the API. Its operator has to grant \
                            the permission.";
            return self.refused(asked, sentence, &format!("Scopes: {}", wanted.join(" ")), Some(pending));
        }
        // A new user gets a new session id, so that nobody else can know it.
        let (id, generation, earlier) = match &same {
            Some(live) => {
                let state = live.state();
                (state.kept.id.clone(), state.kept.generation + 1, state.kept.refresh_token.clone())
            }
            None => (self.provider.outside.random.token(), 1, None),
        };
        let kept = Kept {
            id,
            generation,
            began: now,
            fresh_until: claims.get("exp").and_then(Value::as_i64).unwrap_or(now).max(now),
            id_token: tokens.id_token.unwrap_or_default(),
            // Some providers issue a refresh token only at the first sign-in.
            refresh_token: tokens.refresh_token.or(earlier),
        };
        let cookies = match kept.write(&self.cookies, &self.sealer, &asked.jar) {
            Ok(cookies) => cookies,
            Err(too_long) => {
                tracing::error!("{too_long}. The longest claims: {}", longest_claims(claims));
                let sentence = format!("This app cannot keep the sign-in: {too_long}. Tell its operator.");
                return self.refused(asked, &sentence, "", None);
            }
        };
        self.warn_of_size(&cookies, claims);
        self.memory.begin(kept, access, now);
        tracing::info!(object_id = object_id(claims), policy = policy(claims), "a person signed in");
        let mut answer = page::redirect(pending.start.place.under(&asked.mount).as_str());
        page::set_cookies(answer.headers_mut(), cookies);
        answer
    }

    /// Logs once that proxies in front of the app must allow cookies of this size.
    fn warn_of_size(&self, cookies: &[String], claims: &Map<String, Value>) {
        let bytes: usize = cookies.iter().map(|cookie| cookie.len() + "set-cookie: \r\n".len()).sum();
        if bytes > PROXY_BYTES && !self.warned_of_size.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                bytes,
                "the session takes {bytes} bytes of cookies. Proxies with small buffers answer such a sign-in by 502, \
                 and later requests by 400: nginx needs proxy_buffer_size 16k, proxy_buffers 8 16k and \
                 large_client_header_buffers 4 32k. Or let fewer claims into the ID token; the longest: {}",
                longest_claims(claims)
            );
        }
    }

    /// Handles a code that could not be redeemed, or whose tokens are invalid.
    async fn failed(&self, asked: &Asked, pending: &Pending, failure: Failure) -> Answer {
        match failure {
            Failure::Refused(Refused::Outage(cause)) | Failure::Disbelief(Disbelief::Outage(cause)) => {
                tracing::warn!(%cause, "a code could not be redeemed");
                self.unavailable(asked, &pending.start.place)
            }
            Failure::Refused(Refused::Denied(denial)) if denial.error == "invalid_grant" => {
                self.once_more(asked, pending, "the code was not accepted").await
            }
            Failure::Refused(Refused::Denied(denial)) => {
                let reply = Reply::error(&denial.error, &denial.error_description);
                tracing::error!(error = denial.error, code = reply.code(), "the provider refuses this app's request");
                self.refused(asked, reply.sentence(), &reply.reference(), Some(pending))
            }
            Failure::Disbelief(cause) => {
                tracing::warn!(%cause, "an ID token was not believed");
                self.refused(asked, "The sign-in service's answer could not be verified.", "", Some(pending))
            }
        }
    }

    /// Starts again, unless this attempt is already the second one.
    async fn once_more(&self, asked: &Asked, pending: &Pending, why: &str) -> Answer {
        if pending.start.again {
            return self.refused(asked, "The sign-in was not finished in time.", "", Some(pending));
        }
        tracing::info!(why, "a sign-in is begun again");
        self.begin(asked, Start { again: true, ..pending.start.clone() }).await
    }

    fn refused(&self, asked: &Asked, sentence: &str, reference: &str, pending: Option<&Pending>) -> Answer {
        let (mount, home) = (asked.mount.as_str(), asked.home());
        let retry = match pending {
            Some(pending) => self.sign_in_to(mount, &pending.start.place.under(mount), &[]),
            None => self.path(mount, SIGN_IN),
        };
        page::sign_in_failed(sentence, reference, &retry, home.as_str())
    }

    /// Marks this attempt as answered. Returns true if it was not answered before.
    fn spend(&self, state: &str) -> bool {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        if spent.iter().any(|known| constant_time_eq(known, state)) {
            return false;
        }
        if spent.len() >= MOST_SPENT {
            spent.pop_front();
        }
        spent.push_back(state.to_owned());
        true
    }
}

/// The names of the longest claims, with their sizes in bytes; never their values.
fn longest_claims(claims: &Map<String, Value>) -> String {
    let mut sizes: Vec<(usize, &str)> = claims.iter().map(|(name, v)| (v.to_string().len(), name.as_str())).collect();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    let named = sizes.iter().take(LONGEST_CLAIMS).map(|(bytes, name)| format!("{name} ({bytes} bytes)"));
    named.collect::<Vec<_>>().join(", ")
}

/// The reason why a code gave no session.
enum Failure {
    Refused(Refused),
    Disbelief(Disbelief),
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<Disbelief> for Failure {
    fn from(disbelief: Disbelief) -> Self {
        Self::Disbelief(disbelief)
    }
}
