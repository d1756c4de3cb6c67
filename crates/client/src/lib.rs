//! Sign-in for web apps and bearer protection for APIs, with Azure AD B2C, Entra, a Vestibule tenant, or any OpenID
//! provider.
//!
//! # A web app
//!
//! The settings are those of the article's `.env`; see [`settings`]. A handler that takes a [`User`] protects its
//! route.
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
//! `/auth/reset-password`. To protect a whole group of routes, add
//! `.route_layer(axum::middleware::from_extractor::<User>())`.
//!
//! The app may be nested under a path: `Router::new().nest("/app", auth.install(app))` with a `REDIRECT_URI` below
//! `/app`. If a proxy strips the path, set `VESTIBULE_BASE_PATH=/app` as well. Two sign-ins in one app need different
//! `REDIRECT_URI`s and `VESTIBULE_AUTH_PATH`s.
//!
//! # How requests without a user are answered
//!
//! | no user is signed in, or a permission is missing | response |
//! |---|---|
//! | the user opens a page | 303 to the provider, and back to the page |
//! | the user posts a form | 401, with a page that holds a short form until it can be sent, and a link to the sign-in |
//! | htmx | 401 with `HX-Redirect` to the sign-in, and back to the current page |
//! | a script, an image, a WebSocket | 401 in JSON: `sign_in_required` or `interaction_required`, and `sign_in`, the path to send the browser to |
//! | the browser prefetches a page | 401; the sign-in begins when the user clicks |
//!
//! During an outage, all of these get a 503, as a page or in JSON.
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
//! # What the library does
//!
//! - Always uses the code flow with PKCE, `state` and `nonce`, and verifies ID tokens completely. Several tabs may
//!   sign in at once. A callback that is repeated, late or lost starts the sign-in again, once.
//! - Keeps the session in an encrypted cookie, split into pieces if necessary: it needs no store, works on every node,
//!   and survives a restart. A session lasts twelve hours. When the ID token has expired and the app asks for the
//!   user, the session is renewed at the provider, so that a user whose access was revoked is signed out within the
//!   hour. Access tokens stay in memory; they are refreshed when needed, once for many requests.
//! - The cookies hold 10,800 bytes: the ID token of a user in about 100 groups, given by their ids. With more, the
//!   user cannot sign in, and the page and the log state the numbers. Above 3,500 bytes, or about 20 groups, the log
//!   says what a proxy needs: nginx answers 502 with its default buffers.
//! - Marks every response for which the app asked for the user as `private, no-store`, unless the app sets its own
//!   cache headers, adds `Vary: Cookie`, and sets the session's cookies only if no shared cache may store the
//!   response.
//! - Fetches discovery document and keys when they are first needed, again when a token names an unknown key, and
//!   keeps them while the provider is down.
//! - Answers with a page that says what to set if the settings are wrong.
//!
//! # Other frameworks
//!
//! [`Auth::receive`] takes method, URI and headers, and either passes the request on or returns a complete response.
//! Use [`Auth::receive_below`] if the framework mounts the app under a path. [`Visit::finish`] completes the app's
//! response. [`Api::admit`] does the same for an API. The axum adapter uses only these functions.
//!
//! # Testing your application
//!
//! With the feature `testing`, `testing::FakeTenant` replaces the tenant: no network, no browser, no waiting.

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
