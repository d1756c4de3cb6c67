//! Sign-in for a web app, without any framework: the facts of a request in, *go on* or a whole answer out.
//!
//! Read in this order: `asked` (what a request says), `begin` (off to the provider), `back` (the way back), `tokens`
//! (for APIs), `leave` (sign-out).

mod asked;
mod back;
mod begin;
mod leave;
mod tokens;

pub(crate) use asked::Asked;
pub(crate) use tokens::Missing;

use crate::cookies::Cookies;
use crate::outside::Outside;
use crate::page::{self, Answer};
use crate::pending::Start;
use crate::place::Place;
use crate::provider::{Client, Provider};
use crate::seal::Sealer;
use crate::session::{Kept, Live, Memory};
use crate::settings::{Authority, Purpose, Settings};
use http::{HeaderMap, Method, StatusCode, Uri};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

/// Begins a sign-in; `return_to` says where to go afterwards.
pub(crate) const SIGN_IN: &str = "/auth/sign-in";
/// Signs out, here and at the provider.
pub(crate) const SIGN_OUT: &str = "/auth/sign-out";
/// Goes to the edit-profile flow.
pub(crate) const EDIT_PROFILE: &str = "/auth/edit-profile";
/// Goes to the password-reset flow.
pub(crate) const RESET_PASSWORD: &str = "/auth/reset-password";

/// One application's sign-in.
pub(crate) struct Web {
    pub(crate) settings: Settings,
    pub(crate) provider: Provider,
    pub(crate) cookies: Cookies,
    pub(crate) sealer: Sealer,
    pub(crate) memory: Memory,
    /// Attempts that were already answered: a code is redeemed once, even when the browser asks twice.
    pub(crate) spent: Mutex<VecDeque<String>>,
}

impl Web {
    pub(crate) fn new(settings: Settings, outside: Outside) -> Self {
        let secret = settings.session_key.as_ref().or(settings.client_secret.as_ref());
        Self {
            cookies: Cookies::new(&settings.client_id, settings.is_secure()),
            sealer: Sealer::new(secret.map(|s| s.0.as_str()).unwrap_or_default(), &settings.client_id),
            provider: Provider::new(settings.authority.clone(), outside),
            memory: Memory::default(),
            spent: Mutex::default(),
            settings,
        }
    }

    /// Answer a request that is about signing in, or say who is there.
    pub(crate) async fn receive(
        self: &Arc<Self>,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Result<Option<Arc<Live>>, Box<Answer>> {
        let asked = Asked::of(method, uri, headers, &self.settings.redirect_uri);
        let live = self.session(&asked);
        if uri.path() == self.settings.redirect_uri.path() {
            only(method, &[Method::GET])?;
            return Err(Box::new(self.back(&asked, live, uri.query().unwrap_or_default()).await));
        }
        let purpose = match uri.path() {
            SIGN_IN => Purpose::SignIn,
            EDIT_PROFILE => Purpose::EditProfile,
            RESET_PASSWORD => Purpose::ResetPassword,
            SIGN_OUT => {
                only(method, &[Method::GET, Method::POST])?;
                return Err(Box::new(self.leave(&asked, live).await));
            }
            _ => return Ok(live),
        };
        only(method, &[Method::GET])?;
        if self.provider.authority.metadata_url(purpose).is_none() {
            let sentence = "This app has no such user flow.";
            return Err(Box::new(page::failure(StatusCode::NOT_FOUND, "Not found", sentence)));
        }
        let place = asked.return_to().unwrap_or_else(Place::home);
        Err(Box::new(self.begin(&asked, Start::new(purpose, place)).await))
    }

    /// Whose request this is, by its cookie.
    fn session(&self, asked: &Asked) -> Option<Arc<Live>> {
        let now = self.now();
        let kept = Kept::read(&self.cookies, &self.sealer, &asked.jar, now)?;
        let live = self.memory.resume(kept, now);
        let ended = live.state().ended;
        (!ended).then_some(live)
    }

    /// Whether the app has a flow for this purpose.
    pub(crate) fn has(&self, purpose: Purpose) -> bool {
        self.provider.authority.metadata_url(purpose).is_some()
    }

    pub(crate) fn now(&self) -> i64 {
        self.provider.outside.clock.now()
    }

    fn client(&self) -> Client<'_> {
        Client { id: &self.settings.client_id, secret: self.settings.client_secret.as_ref().map(|s| s.0.as_str()) }
    }

    /// Whether the provider takes the scopes that B2C and Entra take without listing them.
    fn is_microsoft(&self) -> bool {
        self.provider.authority.is_microsoft()
    }

    pub(crate) fn is_b2c(&self) -> bool {
        matches!(self.provider.authority, Authority::B2c { .. })
    }
}

/// Path of a link that signs in and comes back to `place`.
pub(crate) fn sign_in_to(place: &Place) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    format!("{SIGN_IN}?{}", query.append_pair("return_to", place.as_str()).finish())
}

fn only(method: &Method, allowed: &[Method]) -> Result<(), Box<Answer>> {
    if allowed.contains(method) || method == Method::HEAD {
        return Ok(());
    }
    let sentence = "This address is for browsers that go to it.";
    Err(Box::new(page::failure(StatusCode::METHOD_NOT_ALLOWED, "Not allowed", sentence)))
}
