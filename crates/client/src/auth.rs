//! The main types for web apps: [`Auth`], the signed-in [`User`], and [`SignIn`], the response that starts a sign-in.

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
/// If the settings are wrong, it answers every request with a page that says what to set. [`Auth::try_from_env`]
/// returns an error instead.
#[derive(Clone)]
pub struct Auth {
    pub(crate) web: Result<Arc<Web>, Arc<SettingsError>>,
    /// The path under which browsers see the app: `/app`, or empty.
    mount: Arc<str>,
}

impl Auth {
    /// Reads settings from `.env`, in the current directory or one of its parents, and from the process environment,
    /// which takes precedence. [`crate::settings`] lists the keys.
    #[must_use]
    pub fn from_env() -> Self {
        Self::or_page(Self::try_from_env())
    }

    /// Like [`Auth::from_env`], but returns an error if the settings are wrong.
    ///
    /// # Errors
    /// [`SettingsError`] with all problems at once.
    pub fn try_from_env() -> Result<Self, SettingsError> {
        Env::load()?.read(Self::try_from_map)
    }

    /// Reads settings from a map.
    #[must_use]
    pub fn from_map(map: &BTreeMap<String, String>) -> Self {
        Self::or_page(Self::try_from_map(map))
    }

    /// Like [`Auth::from_map`], but returns an error if the settings are wrong.
    ///
    /// # Errors
    /// [`SettingsError`] with all problems at once.
    pub fn try_from_map(map: &BTreeMap<String, String>) -> Result<Self, SettingsError> {
        let settings = Settings::from_map(map)?;
        let outside = outside(settings.authorities_file.as_deref())?;
        Ok(Self::with_outside(settings, outside))
    }

    /// Sign-in with these settings and a replacement for clock, random numbers and HTTP: for tests, proxies, or your
    /// own HTTP client.
    #[must_use]
    pub fn with_outside(settings: Settings, outside: Outside) -> Self {
        let mount = settings.paths.base().into();
        Self { web: Ok(Arc::new(Web::new(settings, outside))), mount }
    }

    /// Like [`Auth::from_map`], with a replacement for clock, random numbers and HTTP.
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

    /// The settings, or `None` if they are wrong.
    #[must_use]
    pub fn settings(&self) -> Option<&Settings> {
        self.web.as_ref().ok().map(|web| &web.settings)
    }

    /// Path of a link that starts a sign-in and returns to the home page.
    #[must_use]
    pub fn sign_in_url(&self) -> String {
        self.path(SIGN_IN)
    }

    /// Path of a link that starts a sign-in and returns to `place`, a path of this app. Any other value means the home
    /// page.
    #[must_use]
    pub fn sign_in_url_to(&self, place: &str) -> String {
        match (&self.web, Place::read(place)) {
            (Ok(web), Some(place)) => web.sign_in_to(&self.mount, &place.under(&self.mount), &[]),
            _ => self.sign_in_url(),
        }
    }

    /// Path of a link that signs the user out, in the app and at the provider.
    #[must_use]
    pub fn sign_out_url(&self) -> String {
        self.path(SIGN_OUT)
    }

    /// Path of a link to the edit-profile flow, or `None` if there is no such flow.
    #[must_use]
    pub fn edit_profile_url(&self) -> Option<String> {
        self.has(Purpose::EditProfile).then(|| self.path(EDIT_PROFILE))
    }

    /// Path of a link to the password-reset flow, or `None` if there is no such flow.
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

    /// Decides how to answer a request. Together with [`Visit::finish`], this is all that an adapter for a framework
    /// needs.
    pub async fn receive(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Outcome {
        self.receive_below("", method, uri, headers).await
    }

    /// Like [`Auth::receive`], for an app that its framework mounts under the path `nested` (`/app`) and that sees
    /// `uri` without that prefix.
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
    /// The request is for the app: pass it on with this visit, and call [`Visit::finish`] on the app's response.
    Continue(Visit),
    /// The request has been answered: send this response.
    Answer(Answer),
}

/// One request on its way through the app, with its user.
#[derive(Clone)]
pub struct Visit(pub(crate) Arc<Inside>);

pub(crate) struct Inside {
    pub(crate) web: Arc<Web>,
    pub(crate) live: Option<Arc<crate::session::Live>>,
    pub(crate) asked: Asked,
    /// True if the app asked for the user: then the response is for that user only.
    seen: AtomicBool,
    /// The body of a posted form.
    form: OnceLock<Bytes>,
}

impl Visit {
    /// Returns the signed-in user. If the ID token has expired, first asks the provider if the user may stay signed
    /// in.
    pub async fn user(&self) -> Option<User> {
        self.0.seen.store(true, Ordering::Relaxed);
        let live = self.0.web.still_welcome(self.0.live.clone()).await?;
        if live.state().ended {
            return None;
        }
        Some(User::new(self.clone(), live))
    }

    /// Returns the signed-in user.
    ///
    /// # Errors
    /// [`SignIn`] if no user is signed in.
    pub async fn require_user(&self) -> Result<User, SignIn> {
        match self.user().await {
            Some(user) => Ok(user),
            None => Err(self.demand(&Lack::Person).await),
        }
    }

    /// The response to a request that lacks a user or a permission.
    pub(crate) async fn demand(&self, lack: &Lack) -> SignIn {
        let Inside { web, asked, form, .. } = &*self.0;
        SignIn::new(web.demand(asked, lack, form.get().map(|form| &form[..])).await)
    }

    /// The sign-in as seen by this request: its links include the path that the app is mounted under.
    pub(crate) fn auth(&self) -> Auth {
        Auth { web: Ok(Arc::clone(&self.0.web)), mount: self.0.asked.mount.as_str().into() }
    }

    /// Returns true if the body is a form that can be kept while the user signs in. If so, pass the body to
    /// [`Visit::keep_form`]. Its size is limited.
    #[must_use]
    pub fn wants_form(&self) -> bool {
        self.0.asked.brings_form
    }

    /// Keeps a posted form. If the user has to sign in first, the page that says so can send the form again.
    pub fn keep_form(&self, body: Bytes) {
        // A second body would belong to the same request.
        let _ = self.0.form.set(body);
    }

    /// Completes the app's response. If the app asked for the user, the response is marked as private unless the app
    /// set its own cache headers, and the session cookie is updated if the session changed, or dropped if it ended. A
    /// response that a shared cache may store carries no cookie; the next response does.
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

/// `Set-Cookie` values that update the browser's session cookie.
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

/// An instruction rather than an error: send this response, and the browser returns with what is missing. Scripts get
/// a 401; during an outage, users get a page that says so.
#[derive(Debug, thiserror::Error)]
#[error("the request has to be answered by the sign-in ({})", .0.status())]
pub struct SignIn(Box<Answer>);

impl SignIn {
    pub(crate) fn new(answer: Answer) -> Self {
        Self(Box::new(answer))
    }

    /// The response to send.
    #[must_use]
    pub fn into_answer(self) -> Answer {
        *self.0
    }
}

/// The real environment, which also trusts the certificates of `CA_FILE`.
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
