//! An in-memory tenant for the tests of applications: real keys and tokens, no network, no waiting.
//!
//! ```
//! # #[cfg(feature = "axum")] {
//! use axum::{Router, routing::get};
//! use vestibule::testing::{Browser, FakeTenant};
//! use vestibule::User;
//!
//! let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
//! runtime.block_on(async {
//!     let tenant = FakeTenant::new();
//!     let app = Router::new().route("/", get(|user: User| async move { format!("Welcome {}", user.name()) }));
//!     let mut browser = Browser::new(&tenant, tenant.auth().install(app));
//!     assert_eq!(browser.get("/").await.body, "Welcome Ann Lee");
//! });
//! # }
//! ```
//!
//! To an application, it behaves like Azure AD B2C: policies, an issuer without a policy, no access token without an
//! API's scope, rotating refresh tokens, codes that are accepted once, AADB2C codes. It is strict: a real tenant
//! accepts everything that it accepts. Mistakes in a test cause a panic.

#[cfg(feature = "axum")]
mod browser;
mod endpoints;
mod tokens;

#[cfg(feature = "axum")]
pub use browser::{Browser, Page};
pub use tokens::Person;

use crate::outside::{BoxFuture, Clock, Http, NoAnswer, Outside, Random};
use crate::{Api, ApiSettings, Auth};
use bytes::Bytes;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use vestibule_protocol::keys::SigningKey;

/// The tenant's apparent address.
pub const ORIGIN: &str = "https://contoso.b2clogin.com";
/// Client id of the web app.
pub const WEB_APP: &str = "6731de76-14a6-49ae-97bc-6eba6914391e";
/// Client id of the API.
pub const API: &str = "0f3c1a52-7a3e-4f0e-9b43-8f2f6c1d9a10";
/// The prefix of the API's scopes.
pub const API_URI: &str = "https://contoso.onmicrosoft.com/tasks-api";
/// Names of the user flows: sign-in, edit profile, reset password.
pub const FLOWS: [&str; 3] = ["B2C_1_signupsignin1", "B2C_1_profile_editing", "B2C_1_reset_password"];

const SECRET: &str = "fake~secret.of-the-fake-tenant";
const TENANT_ID: &str = "775527ff-9a37-4307-8b3d-cc311f58d925";
const REDIRECT_URI: &str = "http://localhost:5000/getAToken";
/// The initial time of the clock, in seconds since the epoch.
const START: i64 = 1_800_000_000;

/// An in-memory tenant. Clones share their state.
#[derive(Clone)]
pub struct FakeTenant(Arc<Inside>);

struct Inside {
    clock: Clock,
    random: Random,
    state: Mutex<State>,
}

/// Changes the claims of tokens before they are signed.
type Alteration = Arc<dyn Fn(&mut Map<String, Value>) + Send + Sync>;

struct State {
    /// The user at the browser.
    person: Person,
    /// True if that user has a session at the tenant.
    signed_in: bool,
    /// The name that the user will type into the edit-profile page.
    new_name: Option<String>,
    /// The error that the next page returns instead of a code.
    next_error: Option<u32>,
    consents: bool,
    down: bool,
    keys: Vec<Arc<SigningKey>>,
    alteration: Option<Alteration>,
    /// Registered redirect URIs.
    redirect_uris: Vec<String>,
    codes: HashMap<String, Grant>,
    refresh_tokens: HashMap<String, Grant>,
    asked: BTreeMap<&'static str, u32>,
}

/// The grant behind a code or a refresh token.
#[derive(Clone)]
struct Grant {
    policy: String,
    redirect_uri: String,
    nonce: Option<String>,
    challenge: String,
    scope: String,
    person: Person,
}

impl Default for FakeTenant {
    fn default() -> Self {
        Self::new()
    }
}

impl FakeTenant {
    /// A tenant with one user, Ann Lee, who completes every page.
    #[must_use]
    pub fn new() -> Self {
        let state = State {
            person: Person::new("Ann Lee"),
            signed_in: false,
            new_name: None,
            next_error: None,
            consents: true,
            down: false,
            keys: vec![key(0)],
            alteration: None,
            redirect_uris: vec![REDIRECT_URI.to_owned()],
            codes: HashMap::new(),
            refresh_tokens: HashMap::new(),
            asked: BTreeMap::new(),
        };
        let inside = Inside { clock: Clock::fixed(START), random: Random::seeded(1), state: Mutex::new(state) };
        Self(Arc::new(inside))
    }

    /// The web app's settings, as in its `.env`.
    #[must_use]
    pub fn settings(&self) -> BTreeMap<String, String> {
        let scope = format!("{API_URI}/tasks.read");
        map(&[
            ("B2C_TENANT_NAME", "contoso"),
            ("CLIENT_ID", WEB_APP),
            ("CLIENT_SECRET", SECRET),
            ("SIGNUPSIGNIN_USER_FLOW", FLOWS[0]),
            ("EDITPROFILE_USER_FLOW", FLOWS[1]),
            ("RESETPASSWORD_USER_FLOW", FLOWS[2]),
            ("REDIRECT_URI", REDIRECT_URI),
            ("ENDPOINT", "http://localhost:6000/hello"),
            ("SCOPE", &scope),
        ])
    }

    /// The API's settings.
    #[must_use]
    pub fn api_settings(&self) -> BTreeMap<String, String> {
        map(&[("B2C_TENANT_NAME", "contoso"), ("SIGNUPSIGNIN_USER_FLOW", FLOWS[0]), ("AUDIENCE", API)])
    }

    /// An environment that consists of this tenant; the clock stands still until [`FakeTenant::wait`].
    #[must_use]
    pub fn outside(&self) -> Outside {
        Outside { http: Arc::new(self.clone()), clock: self.0.clock.clone(), random: self.0.random.clone() }
    }

    /// Sign-in with this tenant.
    #[must_use]
    pub fn auth(&self) -> Auth {
        Auth::from_map_with_outside(&self.settings(), self.outside())
    }

    /// Protection of an API with tokens of this tenant.
    ///
    /// # Panics
    /// Never: the settings are [`FakeTenant::api_settings`].
    #[must_use]
    pub fn api(&self) -> Api {
        match ApiSettings::from_map(&self.api_settings()) {
            Ok(settings) => Api::with_outside(settings, self.outside()),
            Err(error) => panic!("the fake tenant's own settings: {error}"),
        }
    }

    /// Registers another redirect URI for the web app, in addition to `http://localhost:5000/getAToken`.
    pub fn register(&self, redirect_uri: &str) {
        self.state().redirect_uris.push(redirect_uri.to_owned());
    }

    /// Replaces the user at the browser. The session at the tenant is dropped.
    pub fn sit_down(&self, person: Person) {
        let mut state = self.state();
        state.person = person;
        state.signed_in = false;
    }

    /// Sets the name that the user will type into the edit-profile page.
    pub fn will_type_name(&self, name: &str) {
        self.state().new_name = Some(name.to_owned());
    }

    /// Makes the next page end with this AADB2C error: 90091 for Cancel, 90118 for the older forgot-password link.
    pub fn next_page_ends_in(&self, code: u32) {
        self.state().next_error = Some(code);
    }

    /// From now on, the user refuses consent to the API's permissions.
    pub fn refuse_consent(&self) {
        self.state().consents = false;
    }

    /// Drops the browser's session at the tenant.
    pub fn forget_session(&self) {
        self.state().signed_in = false;
    }

    /// Revokes all refresh tokens.
    pub fn revoke_refresh_tokens(&self) {
        self.state().refresh_tokens.clear();
    }

    /// Advances the clock by this many seconds.
    pub fn wait(&self, seconds: i64) {
        self.0.clock.advance(seconds);
    }

    /// Signs with a new key from now on; the old one is no longer published.
    pub fn rotate_keys(&self) {
        let mut state = self.state();
        let next = key(state.keys.len());
        state.keys.push(next);
    }

    /// Answers no request until [`FakeTenant::come_back`].
    pub fn go_down(&self) {
        self.state().down = true;
    }

    /// Answers requests again.
    pub fn come_back(&self) {
        self.state().down = false;
    }

    /// From now on, changes the claims of every ID token before it is signed.
    pub fn alter_id_tokens(&self, alteration: impl Fn(&mut Map<String, Value>) + Send + Sync + 'static) {
        self.state().alteration = Some(Arc::new(alteration));
    }

    /// The number of requests to an endpoint: `discovery`, `keys`, `token`, `authorize`, `logout`.
    #[must_use]
    pub fn asked(&self, endpoint: &str) -> u32 {
        self.state().asked.get(endpoint).copied().unwrap_or_default()
    }

    fn count(&self, endpoint: &'static str) {
        *self.state().asked.entry(endpoint).or_default() += 1;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Http for FakeTenant {
    fn send(&self, request: http::Request<Bytes>) -> BoxFuture<'_, Result<http::Response<Bytes>, NoAnswer>> {
        Box::pin(async move {
            // Yields to other tasks, as a real network would.
            tokio::task::yield_now().await;
            if self.state().down {
                self.count("nobody");
                return Err(NoAnswer("the fake tenant is down".to_owned()));
            }
            Ok(self.answer(&request))
        })
    }
}

impl std::fmt::Debug for FakeTenant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FakeTenant")
    }
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// All tests of a process share the same keys, because generating one takes time.
fn key(number: usize) -> Arc<SigningKey> {
    static KEYS: [OnceLock<Arc<SigningKey>>; 3] = [const { OnceLock::new() }; 3];
    let make = || match SigningKey::generate() {
        Ok(key) => Arc::new(key),
        Err(error) => panic!("no key could be made: {error}"),
    };
    KEYS.get(number).map_or_else(make, |slot| Arc::clone(slot.get_or_init(make)))
}
