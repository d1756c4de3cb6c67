//! The face of the library for web apps: [`Auth`], the [`User`] it finds, and [`SignIn`], the way to become one.

use crate::outside::{Internet, Outside};
use crate::page::{self, Answer};
use crate::personal;
use crate::place::Place;
use crate::settings::{Problem, Purpose, Settings, SettingsError, load_env};
use crate::user::User;
use crate::web::{Asked, EDIT_PROFILE, RESET_PASSWORD, SIGN_IN, SIGN_OUT, Web, sign_in_to};
use http::{HeaderMap, Method, Uri};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Sign-in for a web app. Clones are one.
///
/// With wrong settings it answers every request by a page that says what to set; [`Auth::try_from_env`] refuses them
/// instead.
#[derive(Clone)]
pub struct Auth(Result<Arc<Web>, Arc<SettingsError>>);

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
        Self::try_from_map(&load_env()?)
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

    /// Sign-in with settings at hand and another outside than the real one: for tests, proxies, a client of one's own.
    #[must_use]
    pub fn with_outside(settings: Settings, outside: Outside) -> Self {
        Self(Ok(Arc::new(Web::new(settings, outside))))
    }

    /// As [`Auth::from_map`], with another outside than the real one.
    #[must_use]
    pub fn from_map_with_outside(map: &BTreeMap<String, String>, outside: Outside) -> Self {
        Self::or_page(Settings::from_map(map).map(|settings| Self::with_outside(settings, outside)))
    }

    fn or_page(auth: Result<Self, SettingsError>) -> Self {
        auth.unwrap_or_else(|error| {
            tracing::error!(%error, "the app cannot sign anybody in");
            Self(Err(Arc::new(error)))
        })
    }

    /// The settings; none when they are wrong.
    #[must_use]
    pub fn settings(&self) -> Option<&Settings> {
        self.0.as_ref().ok().map(|web| &web.settings)
    }

    /// Path of a link that signs in and comes back to the home page.
    #[must_use]
    pub fn sign_in_url(&self) -> &'static str {
        SIGN_IN
    }

    /// Path of a link that signs in and comes back to `place`, a path of this app; anything else means the home page.
    #[must_use]
    pub fn sign_in_url_to(&self, place: &str) -> String {
        sign_in_to(&Place::read(place).unwrap_or_else(Place::home))
    }

    /// Path of a link that signs out, here and at the provider.
    #[must_use]
    pub fn sign_out_url(&self) -> &'static str {
        SIGN_OUT
    }

    /// Path of a link to the edit-profile flow; none without such a flow.
    #[must_use]
    pub fn edit_profile_url(&self) -> Option<&'static str> {
        self.0.as_ref().ok().filter(|web| web.has(Purpose::EditProfile)).map(|_| EDIT_PROFILE)
    }

    /// Path of a link to the password-reset flow; none without such a flow.
    #[must_use]
    pub fn reset_password_url(&self) -> Option<&'static str> {
        self.0.as_ref().ok().filter(|web| web.has(Purpose::ResetPassword)).map(|_| RESET_PASSWORD)
    }

    /// What to do with a request: all that an adapter to a framework needs.
    pub async fn receive(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Outcome {
        let web = match &self.0 {
            Ok(web) => web,
            Err(error) => return Outcome::Answer(page::configuration(error)),
        };
        let live = match web.receive(method, uri, headers).await {
            Ok(live) => live,
            Err(answer) => return Outcome::Answer(*answer),
        };
        let asked = Asked::of(method, uri, headers, &web.settings.redirect_uri);
        Outcome::Continue(Visit(Arc::new(Inside { web: Arc::clone(web), live, asked, seen: AtomicBool::new(false) })))
    }
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Auth").field(&self.settings()).finish()
    }
}

/// What to do with a request.
#[derive(Debug)]
pub enum Outcome {
    /// It is the app's: go on with this, and call [`Visit::finish`] on the answer.
    Continue(Visit),
    /// It is answered.
    Answer(Answer),
}

/// One request on its way through the app, with who is signed in.
#[derive(Clone)]
pub struct Visit(pub(crate) Arc<Inside>);

pub(crate) struct Inside {
    pub(crate) web: Arc<Web>,
    pub(crate) live: Option<Arc<crate::session::Live>>,
    pub(crate) asked: Asked,
    /// Whether the app asked who is there: then the answer is for that person only.
    seen: AtomicBool,
}

impl Visit {
    /// Returns who is signed in. When the ID token has run out, the provider is asked first whether the person may stay.
    pub async fn user(&self) -> Option<User> {
        self.0.seen.store(true, Ordering::Relaxed);
        let live = self.0.web.still_welcome(self.0.live.clone()).await?;
        if live.state().ended {
            return None;
        }
        Some(User::new(self.clone(), live))
    }

    /// Who is signed in, or the way there.
    ///
    /// # Errors
    /// [`SignIn`] when nobody is.
    pub async fn require_user(&self) -> Result<User, SignIn> {
        match self.user().await {
            Some(user) => Ok(user),
            None => Err(SignIn::new(self.0.web.demand(&self.0.asked, Vec::new()).await)),
        }
    }

    /// Completes the app's answer, if the app asked who is there: no shared cache keeps it unless the app says
    /// otherwise, and a session that changed is written, or dropped if it ended. An answer that a shared cache may keep
    /// carries no cookie; the next one does.
    pub fn finish(&self, headers: &mut HeaderMap) {
        let Inside { web, live, asked, seen } = &*self.0;
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
    kept.write(&web.cookies, &web.sealer, &asked.jar).unwrap_or_else(|| {
        tracing::error!("the renewed tokens are too long for cookies; the browser keeps the old ones");
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
        problems: vec![Problem {
            key: "CA_FILE".to_owned(),
            wrong: format!("cannot be read: {error}"),
            fix: "Set the path of a PEM file, or remove the line.".to_owned(),
        }],
    })?;
    Ok(Outside { http: Arc::new(Internet::trusting(pem)), ..Outside::default() })
}
