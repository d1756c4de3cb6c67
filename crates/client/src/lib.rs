//! Sign-in for web apps and bearer protection for APIs: Azure AD B2C, Entra, a Vestibule tenant, any OpenID provider.

#[cfg(feature = "axum")]
mod adapter;
mod api;
mod auth;
mod cookies;
mod outside;
mod page;
mod pending;
mod place;
mod provider;
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
