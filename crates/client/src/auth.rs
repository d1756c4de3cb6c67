//! The face of the library for web apps: [`Auth`], the [`User`] it finds, and [`SignIn`], the way to become one.

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

/// Sign-in for a web app. Clones are one.
///
/// With wrong settings it answers every request by a page that says what to set; [`Auth::try_from_env`] refuses them
/// instead.
#[derive(Clone)]
pub struct Auth {
    pub(crate) web: Result<Arc<Web>, Arc<SettingsError>>,
    /// The path under which browsers find the app: `/app`, or nothing.
    mount: Arc<str>,
}

impl Auth {
    /// Settings from `.env` in this folder or one above, under the process environment, which wins; for the keys see
    /// [`crate::settings`].
    #[must_use]
    pub fn from_env() -> Self {
        Self::or_page(Self::try_from_env())
    }

    /// As [`Auth::from_env`], strictly.
    ///
    /// # Errors
    /// [`SettingsError`] with every problem at once.
    pub fn try_from_env() -> Result<Self, SettingsError> {
        Env::load()?.read(Self::try_from_map)
    }

    /// Settings from a map.
    #[must_use]
    pub fn from_map(map: &BTreeMap<String, String>) -> Self {
        Self::or_page(Self::try_from_map(map))
    }

    /// As [`Auth::from_map`], strictly.
    ///
    /// # Errors
    /// [`SettingsError`] with every problem at once.
    pub fn try_from_map(map: &BTreeMap<String, String>) -> Result<Self, SettingsError> {
        let settings = Settings::from_map(map)?;
        let outside = outside(settings.authorities_file.as_deref())?;
        Ok(Self::with_outside(settings, outside))
    }

    /// Sign-in with the given settings and another outside than the real one: for tests, proxies, or your own HTTP
    /// client.
    #[must_use]
    pub fn with_outside(settings: Settings, outside: Outside) -> Self {
        let mount = settings.paths.base().into();
        Self { web: Ok(Arc::new(Web::new(settings, outside))), mount }
    }

    /// As [`Auth::from_map`], with another outside than the real one.
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

    /// The settings; none when they are wrong.
    #[must_use]
    pub fn settings(&self) -> Option<&Settings> {
        self.web.as_ref().ok().map(|web| &web.settings)
    }

    /// Path of a link that signs in and comes back to the home page.
    #[must_use]
    pub fn sign_in_url(&self) -> String {
        self.path(SIGN_IN)
    }

    /// Path of a link that signs in and comes back to `place`, a path of this app; anything else means the home page.
    #[must_use]
    pub fn sign_in_url_to(&self, place: &str) -> String {
        match (&self.web, Place::read(place)) {
            (Ok(web), Some(place)) => web.sign_in_to(&self.mount, &place.under(&self.mount), &[]),
            _ => self.sign_in_url(),
        }
    }

    /// Path of a link that signs out, here and at the provider.
    #[must_use]
    pub fn sign_out_url(&self) -> String {
        self.path(SIGN_OUT)
    }

    /// Path of a link to the edit-profile flow; none without such a flow.
    #[must_use]
    pub fn edit_profile_url(&self) -> Option<String> {
        self.has(Purpose::EditProfile).then(|| self.path(EDIT_PROFILE))
    }

    /// Path of a link to the password-reset flow; none without such a flow.
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

    /// As [`Auth::receive`], for an app that its framework mounts under the folder `nested` (`/app`), which is taken
    /// off `uri`.
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

/// What the adapter does with a request.
#[derive(Debug)]
pub enum Outcome {
    /// It is the app's: go on with this, and call [`Visit::finish`] on the answer.
    Continue(Visit),
    /// It is answered.
    Answer(Answer),
}

/// One request on its way through the app, with its user.
#[derive(Clone)]
pub struct Visit(pub(crate) Arc<Inside>);

pub(crate) struct Inside {
    pub(crate) web: Arc<Web>,
    pub(crate) live: Option<Arc<crate::session::Live>>,
    pub(crate) asked: Asked,
    /// True if the app asked who is there: then the answer is for that person only.
    seen: AtomicBool,
    /// The body of a posted form.
    form: OnceLock<Bytes>,
}

impl Visit {
    /// Returns the user who is signed in. If the ID token has expired, the provider is asked first whether the user
    /// still may be.
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

    /// The answer to a request that lacks something.
    pub(crate) async fn demand(&self, lack: &Lack) -> SignIn {
        let Inside { web, asked, form, .. } = &*self.0;
        SignIn::new(web.demand(asked, lack, form.get().map(|form| &form[..])).await)
    }

    /// The sign-in as this request finds it: its links lead below the folder that the app is mounted under.
    pub(crate) fn auth(&self) -> Auth {
        Auth { web: Ok(Arc::clone(&self.0.web)), mount: self.0.asked.mount.as_str().into() }
    }

    /// Returns true if the body is a form that can be kept while a person signs in: give it to [`Visit::keep_form`]
    /// then. It is short.
    #[must_use]
    pub fn wants_form(&self) -> bool {
        self.0.asked.brings_form
    }

    /// Keeps a posted form: if the person has to sign in first, the page that says so can send it again.
    pub fn keep_form(&self, body: Bytes) {
        // A second one is the same request's.
        let _ = self.0.form.set(body);
    }

    /// Completes the app's answer, if the app asked who is there: no shared cache keeps it unless the app says
    /// otherwise, and a session that changed is written, or dropped if it ended. An answer that a shared cache may keep
    /// carries no cookie; the next one does.
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

/// Not so much an error as an instruction: send this answer, and the browser comes back with what is missing. For
/// scripts it is a 401, during an outage a page that says so.
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
