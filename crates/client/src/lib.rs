//! Sign-in for web apps and bearer protection for APIs: Azure AD B2C, Entra, a Vestibule tenant, any OpenID provider.
//!
//! # A web app
//!
//! The settings are those of the article's `.env`; see [`settings`]. Asking for a [`User`] protects a route.
//!
//! ```no_run
//! # #[cfg(feature = "axum")] mod app {
//! use axum::{Router, routing::get};
//! use vestibule::{Auth, SignIn, User};
//!
//! async fn home(user: Option<User>, auth: Auth) -> String {
//!     match user {
//!         Some(user) => format!("Welcome {}. Sign out: {}", user.name(), auth.sign_out_url()),
//!         None => format!("Sign in: {}", auth.sign_in_url()),
//!     }
//! }
//!
//! async fn orders(user: User) -> Result<String, SignIn> {
//!     // When the permission is missing, `?` sends the browser for it, and back to this page.
//!     let token = user.token(&["https://contoso.onmicrosoft.com/tasks-api/tasks.read"]).await?;
//!     Ok(format!("Authorization: {}", token.authorization()))
//! }
//!
//! pub fn app() -> Router {
//!     Auth::from_env().install(Router::new().route("/", get(home)).route("/orders", get(orders)))
//! }
//! # }
//! ```
//!
//! [`Auth::install`] adds the path of `REDIRECT_URI`, and `/auth/sign-in`, `/auth/sign-out`, `/auth/edit-profile` and
//! `/auth/reset-password`. A whole group of routes is protected by
//! `.route_layer(axum::middleware::from_extractor::<User>())`.
//!
//! The app may be mounted under a path: `Router::new().nest("/app", auth.install(app))` with a `REDIRECT_URI` below
//! `/app`. If a proxy strips the path, set `VESTIBULE_BASE_PATH=/app` as well. Two sign-ins in one app need
//! different `REDIRECT_URI`s and `VESTIBULE_AUTH_PATH`s.
//!
//! # Kinds of requests, and their answers
//!
//! | request without a user or a permission | answer |
//! |---|---|
//! | a user opens a page | 303 to the provider, and back to the page |
//! | a user posts a form | 401, a page that holds a short form until it can be sent, and a link to the sign-in |
//! | htmx | 401 with `HX-Redirect` to the sign-in, and back to the page it is on |
//! | a script, an image, a WebSocket | 401 in JSON: `sign_in_required` or `interaction_required`, and `sign_in`, the path to lead the browser to |
//! | the browser prefetches a page | 401; the sign-in begins at the click |
//!
//! During an outage they all get 503, as a page or in JSON.
//!
//! # An API
//!
//! ```no_run
//! # #[cfg(feature = "axum")] mod api {
//! use axum::{Router, routing::{get, post}};
//! use vestibule::{Api, Caller, Forbidden};
//!
//! async fn list(caller: Caller) -> String {
//!     format!("tasks of {}", caller.object_id())
//! }
//!
//! async fn add(caller: Caller) -> Result<&'static str, Forbidden> {
//!     caller.require("tasks.write")?;
//!     Ok("added")
//! }
//!
//! pub fn app() -> Router {
//!     let api = Api::from_env();
//!     Router::new().route("/tasks", get(list).post(add)).route_layer(api.require("tasks.read"))
//! }
//! # }
//! ```
//!
//! # What it does by itself
//!
//! - Code flow with PKCE, `state` and `nonce`, always; ID tokens are fully verified. Several tabs may sign in at once;
//!   a repeated, late or lost callback starts the sign-in again, once.
//! - The session is an encrypted cookie, split into several if necessary: it needs no store and is valid on every node
//!   and after a restart. It lasts twelve hours. When the ID token has expired and the app asks for the user, it is
//!   renewed at the provider, so a user whose access was revoked is signed out within the hour. Access tokens stay in
//!   memory and are refreshed when needed, once for many requests.
//! - The cookies hold 10,800 bytes: the ID token of a person in about 100 groups, by their ids. With more, nobody can
//!   sign in, and the page and the log give the numbers. Above 3,500 bytes, as for about 20 groups, the log says what
//!   a proxy needs: nginx answers 502 with its default buffers.
//! - A response for which the app asked for the user is `private, no-store` unless the app says otherwise, varies by
//!   `Cookie`, and brings the session's cookies only if no shared cache may keep it.
//! - Discovery and keys are fetched when first needed, again when a token names a key that is not known, and kept while
//!   the provider is down.
//! - With invalid settings every request gets a page that says what to set.
//!
//! # Another framework
//!
//! [`Auth::receive`] takes method, URI and headers, and says *go on* or gives a whole answer ([`Auth::receive_below`]
//! where the framework mounts the app under a path); [`Visit::finish`] completes the app's answer. [`Api::admit`] does
//! the same for an API. The adapter for axum uses only these.
//!
//! # Tests of an application
//!
//! With the feature `testing`, `testing::FakeTenant` stands for the tenant: no network, no browser, no waiting.

#[cfg(feature = "axum")]
mod adapter;
mod api;
mod auth;
mod cookies;
mod outside;
mod page;
mod pending;
mod personal;
mod place;
mod provider;
mod requester;
mod seal;
mod session;
pub mod settings;
#[cfg(feature = "testing")]
pub mod testing;
mod user;
mod web;

#[cfg(feature = "axum")]
pub use adapter::{Guard, Guarded, NoUser, NotInstalled, Unguarded};
pub use api::{Api, Caller, Forbidden, Need, Refusal};
pub use auth::{Auth, Outcome, SignIn, Visit};
pub use outside::{BoxFuture, Clock, Http, Internet, MAX_ANSWER_BYTES, NoAnswer, Outside, Random, TIMEOUT};
pub use page::Answer;
pub use settings::{ApiSettings, Problem, Settings, SettingsError};
pub use user::{AccessToken, User};
