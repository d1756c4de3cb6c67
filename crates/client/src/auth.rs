//! The public API for web apps: [`Auth`], the signed-in [`User`], and [`SignIn`], the response that starts a sign-in.

use crate::outside::{Internet, Outside};
use crate::page::{self, Answer};
use crate::personal;
use crate::place::Place;
use crate::requester::Requester;
use crate::settings::{Env, Problem, Purpose, Settings, SettingsError};
use crate::user::User;
use crate::web::{Asked, EDIT_PROFILE, Lack, RESET_PASSWORD, SIGN_IN, SIGN_OUT, Web};
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// Sign-in for a web app. Clones share their state.
///
/// If the settings are invalid, it answers every request with a page that says what to set. [`Auth::try_from_env`]
/// returns an error instead.
#[derive(Clone)]
pub struct Auth {
    pub(crate) web: Result<Arc<Web>, Arc<SettingsError>>,
    /// The path under which browsers find the app: `/app`, or nothing.
    mount: Arc<str>,
}

impl Auth {
    /// Reads the settings from the process environment and from `.env` in this folder or one above; the environment
    /// takes precedence. For the keys see [`crate::settings`].
    #[must_use]
    pub fn from_env() -> Self {
        Self::or_page(Self::try_from_env())
    }

    /// Like [`Auth::from_env`], but returns an error if the settings are invalid.
    ///
    /// # Errors
    /// [`SettingsError`], which lists every problem.
    pub fn try_from_env() -> Result<Self, SettingsError> {
        Env::load()?.read(Self::try_from_map)
    }

    /// Settings from a map.
    #[must_use]
    pub fn from_map(map: &BTreeMap<String, String>) -> Self {
        Self::or_page(Self::try_from_map(map))
    }

    /// Like [`Auth::from_map`], but returns an error if the settings are invalid.
    ///
    /// # Errors
    /// [`SettingsError`], which lists every problem.
    pub fn try_from_map(map: &BTreeMap<String, String>) -> Result<Self, SettingsError> {
        let settings = Settings::from_map(map)?;
        let outside = outside(settings.authorities_file.as_deref())?;
        Ok(Self::with_outside(settings, outside))
    }

    /// Makes a sign-in with the given settings and your own [`Outside`]: for tests, proxies, or your own HTTP client.
    #[must_use]
    pub fn with_outside(settings: Settings, outside: Outside) -> Self {
        let mount = settings.paths.base().into();
        Self { web: Ok(Arc::new(Web::new(settings, outside))), mount }
    }

    /// Like [`Auth::from_map`], with your own [`Outside`].
    #[must_use]
    pub fn from_map_with_outside(map: &BTreeMap<String, String>, outside: Outside) -> Self {
        Self::or_page(Settings::from_map(map).map(|settings| Self::with_outside(settings, outside)))
    }

    fn or_page(auth: Result<Self, SettingsError>) -> Self {
        auth.unwrap_or_else(|error| {
            tracing::error!(%error, "the app cannot sign anybody in");
            Self { web: Err(Arc::new(error)), mount: Arc::default() }
        })
    }

    /// The settings; `None` if they are invalid.
    #[must_use]
    pub fn settings(&self) -> Option<&Settings> {
        self.web.as_ref().ok().map(|web| &web.settings)
    }

    /// The path of a link that signs the user in and returns to the home page.
    #[must_use]
    pub fn sign_in_url(&self) -> String {
        self.path(SIGN_IN)
    }

    /// The path of a link that signs the user in and returns to `place`, a path of this app. Any other `place` means
    /// the home page.
    #[must_use]
    pub fn sign_in_url_to(&self, place: &str) -> String {
        match (&self.web, Place::read(place)) {
            (Ok(web), Some(place)) => web.sign_in_to(&self.mount, &place.under(&self.mount), &[]),
            _ => self.sign_in_url(),
        }
    }

    /// The path of a link that signs the user out, in this app and at the provider.
    #[must_use]
    pub fn sign_out_url(&self) -> String {
        self.path(SIGN_OUT)
    }

    /// The path of a link to the edit-profile flow; `None` if there is no such flow.
    #[must_use]
    pub fn edit_profile_url(&self) -> Option<String> {
        self.has(Purpose::EditProfile).then(|| self.path(EDIT_PROFILE))
    }

    /// The path of a link to the password-reset flow; `None` if there is no such flow.
    #[must_use]
    pub fn reset_password_url(&self) -> Option<String> {
        self.has(Purpose::ResetPassword).then(|| self.path(RESET_PASSWORD))
    }

    fn has(&self, purpose: Purpose) -> bool {
        self.web.as_ref().is_ok_and(|web| web.has(purpose))
    }

    fn path(&self, end: &str) -> String {
        self.web.as_ref().map_or_else(|_| format!("/auth{end}"), |web| web.path(&self.mount, end))
    }

    /// Decides what to do with a request. An adapter to a framework needs nothing else.
    pub async fn receive(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Outcome {
        self.receive_below("", method, uri, headers).await
    }

    /// Like [`Auth::receive`], for an app that its framework mounts under the path `nested` (`/app`) and removes from
    /// `uri`.
    pub async fn receive_below(&self, nested: &str, method: &Method, uri: &Uri, headers: &HeaderMap) -> Outcome {
        let web = match &self.web {
            Ok(web) => web,
            Err(error) => return Outcome::Answer(page::configuration(error, Requester::of(method, headers))),
        };
        let mut asked = Asked::of(nested, method, uri, headers, &web.settings);
        match web.receive(&mut asked).await {
            Err(answer) => Outcome::Answer(*answer),
            Ok(live) => {
                let web = Arc::clone(web);
                let (seen, form) = (AtomicBool::new(false), OnceLock::new());
                Outcome::Continue(Visit(Arc::new(Inside { web, live, asked, seen, form })))
            }
        }
    }
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Auth").field(&self.settings()).finish()
    }
}

/// The decision about a request, for the adapter to carry out.
#[derive(Debug)]
pub enum Outcome {
    /// Pass the request to the app, with this visit, and call [`Visit::finish`] on the app's response.
    Continue(Visit),
    /// Send this response; the app does not see the request.
    Answer(Answer),
}

/// One request on its way through the app, with its user.
#[derive(Clone)]
pub struct Visit(pub(crate) Arc<Inside>);

pub(crate) struct Inside {
    pub(crate) web: Arc<Web>,
    pub(crate) live: Option<Arc<crate::session::Live>>,
    pub(crate) asked: Asked,
    /// True if the app asked for the user. Then the response is for this user only.
    seen: AtomicBool,
    /// The body of a posted form.
    form: OnceLock<Bytes>,
}

impl Visit {
    /// Returns the signed-in user. If the ID token has expired, this first asks the provider whether the user may stay
    /// signed in.
    pub async fn user(&self) -> Option<User> {
        self.0.seen.store(true, Ordering::Relaxed);
        let live = self.0.web.still_welcome(self.0.live.clone()).await?;
        if live.state().ended {
            return None;
        }
        Some(User::new(self.clone(), live))
    }

    /// Returns the user who is signed in.
    ///
    /// # Errors
    /// [`SignIn`] if no user is.
    pub async fn require_user(&self) -> Result<User, SignIn> {
        match self.user().await {
            Some(user) => Ok(user),
            None => Err(self.demand(&Lack::Person).await),
        }
    }

    /// Returns the response to a request without a user or a permission.
    pub(crate) async fn demand(&self, lack: &Lack) -> SignIn {
        let Inside { web, asked, form, .. } = &*self.0;
        SignIn::new(web.demand(asked, lack, form.get().map(|form| &form[..])).await)
    }

    /// The sign-in as this request finds it: its links lead below the folder that the app is mounted under.
    pub(crate) fn auth(&self) -> Auth {
        Auth { web: Ok(Arc::clone(&self.0.web)), mount: self.0.asked.mount.as_str().into() }
    }

    /// Returns true if the body is a form short enough to be kept during a sign-in. Then pass it to
    /// [`Visit::keep_form`].
    #[must_use]
    pub fn wants_form(&self) -> bool {
        self.0.asked.brings_form
    }

    /// Keeps a posted form. If the user has to sign in first, the page that asks for it can send the form again.
    pub fn keep_form(&self, body: Bytes) {
        // A second one is the same request's.
        let _ = self.0.form.set(body);
    }

    /// Completes the app's response if the app asked for the user: marks it as private unless the app set its own
    /// caching headers, and sets the session cookie if the session changed, or deletes it if the session ended. A
    /// response that a shared cache may store carries no cookie; the next one does.
    pub fn finish(&self, status: StatusCode, headers: &mut HeaderMap) {
        let Inside { web, live, asked, seen, .. } = &*self.0;
        if status == StatusCode::NOT_FOUND {
            web.warn_of_mount(asked);
        }
        if seen.load(Ordering::Relaxed) && personal::mark(headers) {
            page::set_cookies(headers, changes(web, live.as_deref(), asked));
        }
    }
}

/// `Set-Cookie` values that bring the browser up to date.
fn changes(web: &Web, live: Option<&crate::session::Live>, asked: &Asked) -> Vec<String> {
    let session = web.cookies.session();
    let kept = match live {
        Some(live) if !live.state().ended => live.state().kept.clone(),
        _ => return web.cookies.drop(session, &asked.jar),
    };
    let sent = crate::session::Kept::read(&web.cookies, &web.sealer, &asked.jar, web.now());
    if sent.is_some_and(|sent| sent.generation == kept.generation) {
        return Vec::new();
    }
    kept.write(&web.cookies, &web.sealer, &asked.jar).unwrap_or_else(|too_long| {
        tracing::error!("a renewed session cannot be kept, and the browser has the old one: {too_long}");
        Vec::new()
    })
}

impl std::fmt::Debug for Visit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Visit").field("signed_in", &self.0.live.is_some()).finish_non_exhaustive()
    }
}

/// The response to send when a user or a permission is missing. The browser signs in at the provider and returns with
/// what is missing. For scripts it is a 401, during an outage a 503.
#[derive(Debug, thiserror::Error)]
#[error("the request has to be answered by the sign-in ({})", .0.status())]
pub struct SignIn(Box<Answer>);

impl SignIn {
    pub(crate) fn new(answer: Answer) -> Self {
        Self(Box::new(answer))
    }

    /// The answer to send.
    #[must_use]
    pub fn into_answer(self) -> Answer {
        *self.0
    }
}

/// The real world, with the certificates of `CA_FILE`.
pub(crate) fn outside(authorities_file: Option<&str>) -> Result<Outside, SettingsError> {
    let Some(path) = authorities_file else { return Ok(Outside::default()) };
    let pem = std::fs::read(path).map_err(|error| SettingsError {
        problems: vec![Problem::new(
            "CA_FILE",
            &format!("cannot be read: {error}"),
            "Set the path of a PEM file, or remove the line.",
        )],
    })?;
    Ok(Outside { http: Arc::new(Internet::trusting(pem)), ..Outside::default() })
}
