//! Sign-in for a web app, without any framework: the facts of a request in, *go on* or a whole answer out.
//!
//! Read in this order: `asked` (what a request says), `demand` (the answer to a request that lacks a person or a
//! permission), `begin` (off to the provider), `back` (the way back), `tokens` (for APIs), `leave` (sign-out).

mod asked;
mod back;
mod begin;
mod demand;
mod leave;
mod tokens;

pub(crate) use asked::{Asked, MOST_FORM_BYTES};
pub(crate) use demand::Lack;
pub(crate) use tokens::Missing;

use crate::cookies::Cookies;
use crate::outside::Outside;
use crate::page::{self, Answer};
use crate::pending::{Pending, Start};
use crate::place::Place;
use crate::provider::{Client, Provider};
use crate::requester::Requester;
use crate::seal::Sealer;
use crate::session::{Kept, Live, Memory};
use crate::settings::{Authority, Purpose, Settings};
use http::{Method, StatusCode};
use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

// Ends of the sign-in's own paths, which begin with `/auth` or `VESTIBULE_AUTH_PATH`.

/// Begins a sign-in; `return_to` says where to go afterwards, `ask` for which scopes.
pub(crate) const SIGN_IN: &str = "/sign-in";
/// Signs out, here and at the provider.
pub(crate) const SIGN_OUT: &str = "/sign-out";
/// Goes to the edit-profile flow.
pub(crate) const EDIT_PROFILE: &str = "/edit-profile";
/// Goes to the password-reset flow.
pub(crate) const RESET_PASSWORD: &str = "/reset-password";

/// The purpose of the seal of scopes in links.
const SCOPES: &str = "scopes";

/// One application's sign-in.
pub(crate) struct Web {
    pub(crate) settings: Settings,
    pub(crate) provider: Provider,
    pub(crate) cookies: Cookies,
    pub(crate) sealer: Sealer,
    pub(crate) memory: Memory,
    /// Attempts that were already answered: a code is redeemed once, even when the browser asks twice.
    pub(crate) spent: Mutex<VecDeque<String>>,
    /// The number of apps that it was installed in.
    pub(crate) installed: AtomicU32,
    /// True once the log has a warning that the session takes up many bytes of cookies.
    pub(crate) warned_of_size: AtomicBool,
}

impl Web {
    pub(crate) fn new(settings: Settings, outside: Outside) -> Self {
        let secret = settings.session_key.as_ref().or(settings.client_secret.as_ref());
        tracing::info!(
            redirect_uri = settings.redirect_uri(),
            "the app signs people in; this address must be registered"
        );
        // One application may sign in by two flows: the session of one is none of the other's.
        let identity = format!("{} {}", settings.client_id, settings.authority.identity());
        Self {
            cookies: Cookies::new(&identity, settings.is_secure()),
            sealer: Sealer::new(secret.map(|s| s.0.as_str()).unwrap_or_default(), &identity),
            provider: Provider::new(settings.authority.clone(), settings.network.clone(), outside),
            memory: Memory::default(),
            spent: Mutex::default(),
            installed: AtomicU32::new(0),
            warned_of_size: AtomicBool::new(false),
            settings,
        }
    }

    /// Answer a request that is about signing in, or say whose session the request brings.
    pub(crate) async fn receive(&self, asked: &mut Asked) -> Result<Option<Arc<Live>>, Box<Answer>> {
        self.provider.follow_clock().await;
        let live = self.session(asked);
        if self.is_callback(asked) {
            return Err(Box::new(self.at_callback(asked, live).await));
        }
        let Some(end) = asked.local().strip_prefix(self.settings.paths.auth()) else { return Ok(live) };
        let purpose = match end {
            SIGN_IN => Purpose::SignIn,
            EDIT_PROFILE => Purpose::EditProfile,
            RESET_PASSWORD => Purpose::ResetPassword,
            SIGN_OUT => return Err(Box::new(self.at_sign_out(asked, live).await)),
            _ => return Ok(live),
        };
        Err(Box::new(self.at_sign_in(asked, purpose).await))
    }

    /// Returns true if the request is at the redirect URI. If its path arrives shorter, and brings the answer to an
    /// attempt of this browser, a proxy took off the beginning.
    fn is_callback(&self, asked: &mut Asked) -> bool {
        let paths = &self.settings.paths;
        if asked.path == paths.callback {
            return true;
        }
        let Some(taken) = paths.taken_off(&asked.path) else { return false };
        let state = asked.parameter("state").unwrap_or_default();
        if Pending::find(&self.cookies, &self.sealer, &asked.jar, &state).is_none() {
            return false;
        }
        tracing::warn!(
            "the sign-in came back at {}, and REDIRECT_URI says {}: a proxy takes off {taken}. Set \
             VESTIBULE_BASE_PATH={taken}, so that links lead below it as well",
            asked.path,
            paths.callback
        );
        taken.clone_into(&mut asked.mount);
        true
    }

    /// Logs that the redirect URI without its first folders had no handler.
    pub(crate) fn warn_of_mount(&self, asked: &Asked) {
        let brings = ["code", "error"].iter().any(|name| asked.parameter(name).is_some());
        if let Some(taken) = self.settings.paths.taken_off(&asked.path).filter(|_| brings) {
            tracing::error!(
                "a sign-in came back at {}, where nobody answers: REDIRECT_URI says {}. If a proxy takes off {taken}, \
                 set VESTIBULE_BASE_PATH={taken}",
                asked.path,
                self.settings.paths.callback
            );
        }
    }

    async fn at_callback(&self, asked: &Asked, live: Option<Arc<Live>>) -> Answer {
        match asked.method {
            Method::GET => {}
            // To look is not to come back: the code stays good.
            Method::HEAD => return page::nothing(),
            _ => return page::not_allowed("GET, HEAD"),
        }
        if asked.requester == Requester::Prefetch {
            return page::not_ahead();
        }
        self.back(asked, live, asked.query()).await
    }

    async fn at_sign_out(&self, asked: &Asked, live: Option<Arc<Live>>) -> Answer {
        match asked.method {
            Method::GET | Method::POST if asked.requester == Requester::Prefetch => page::not_ahead(),
            Method::GET | Method::POST => self.leave(asked, live).await,
            Method::HEAD => page::nothing(),
            _ => page::not_allowed("GET, HEAD, POST"),
        }
    }

    async fn at_sign_in(&self, asked: &Asked, purpose: Purpose) -> Answer {
        match asked.method {
            Method::GET if asked.requester == Requester::Prefetch => return page::not_ahead(),
            Method::GET => {}
            Method::HEAD => return page::nothing(),
            _ => return page::not_allowed("GET, HEAD"),
        }
        if !self.has(purpose) {
            let sentence = "This app has no such user flow.";
            return page::failure(StatusCode::NOT_FOUND, "Not found", sentence, asked.home().as_str());
        }
        let place = asked.return_to().unwrap_or_else(|| asked.home());
        let scopes = asked.parameter("ask").and_then(|sealed| self.unseal_scopes(&sealed)).unwrap_or_default();
        self.begin(asked, Start { scopes, ..Start::new(purpose, place) }).await
    }

    /// The user of this request, by its cookie.
    fn session(&self, asked: &Asked) -> Option<Arc<Live>> {
        let now = self.now();
        let kept = Kept::read(&self.cookies, &self.sealer, &asked.jar, now)?;
        let live = self.memory.resume(kept, now);
        let ended = live.state().ended;
        (!ended).then_some(live)
    }

    /// Returns true if the app has a flow for this purpose.
    pub(crate) fn has(&self, purpose: Purpose) -> bool {
        self.provider.authority.metadata_url(purpose).is_some()
    }

    pub(crate) fn now(&self) -> i64 {
        self.provider.outside.clock.now()
    }

    fn client(&self) -> Client<'_> {
        Client { id: &self.settings.client_id, secret: self.settings.client_secret.as_ref().map(|s| s.0.as_str()) }
    }

    /// Returns true if the provider takes the scopes that B2C and Entra take without listing them.
    fn is_microsoft(&self) -> bool {
        self.provider.authority.is_microsoft()
    }

    pub(crate) fn is_b2c(&self) -> bool {
        matches!(self.provider.authority, Authority::B2c { .. })
    }

    /// The sign-in's own paths as the app may see them, for a router.
    #[cfg(feature = "axum")]
    pub(crate) fn own_paths(&self) -> Vec<String> {
        self.installed.fetch_add(1, Ordering::Relaxed);
        let ends = [SIGN_IN, SIGN_OUT, EDIT_PROFILE, RESET_PASSWORD];
        let own = ends.into_iter().map(|end| self.path("", end));
        // Segments that a router would read as a pattern are left to the layer.
        let plain = |path: &&str| !path.contains(['{', '}']) && !path.contains("/:") && !path.contains("/*");
        let callbacks = self.settings.paths.callbacks().into_iter().filter(plain).map(str::to_owned);
        own.chain(callbacks).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Path of one of the sign-in's own pages, below the app's mount.
    pub(crate) fn path(&self, mount: &str, end: &str) -> String {
        format!("{mount}{}{end}", self.settings.paths.auth())
    }

    /// Path of a link that signs in and comes back to `place`, with these scopes if there are any.
    pub(crate) fn sign_in_to(&self, mount: &str, place: &Place, scopes: &[String]) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("return_to", place.as_str());
        if let Some(sealed) = self.seal_scopes(scopes) {
            query.append_pair("ask", &sealed);
        }
        format!("{}?{}", self.path(mount, SIGN_IN), query.finish())
    }

    /// Scopes for a link: sealed, so that no other site makes this app ask for any. None when there are none.
    pub(crate) fn seal_scopes(&self, scopes: &[String]) -> Option<String> {
        let plain = serde_json::to_vec(scopes).ok().filter(|_| !scopes.is_empty())?;
        self.sealer.seal(SCOPES, &plain)
    }

    fn unseal_scopes(&self, sealed: &str) -> Option<Vec<String>> {
        serde_json::from_slice(&self.sealer.open(SCOPES, sealed)?).ok()
    }
}
