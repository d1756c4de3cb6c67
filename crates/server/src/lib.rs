//! The tenant: an OpenID provider with B2C's user flows, pages, applications and users.
//!
//! Read it in the order a sign-in takes: `router`, `tenant`, `authorize`, `interaction`, `pages`, `directory`,
//! `session`, `respond`, `token`, `keys`.

pub mod answer;
pub mod app;
pub mod assets;
pub mod authorize;
pub mod background;
pub mod browser;
pub mod clock;
pub mod config;
pub mod dev;
pub mod directory;
pub mod discovery;
pub mod grant;
pub mod health;
pub mod interaction;
pub mod keys;
pub mod leniency;
pub mod logout;
pub mod mail;
pub mod mint;
pub mod origin;
pub mod pages;
pub mod registry;
pub mod request;
pub mod respond;
pub mod router;
pub mod scopes;
pub mod seal;
pub mod session;
pub mod store;
pub mod target;
pub mod token;
pub mod userinfo;
