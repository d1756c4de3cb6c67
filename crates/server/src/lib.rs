//! The tenant: an OpenID provider with B2C's user flows, pages, applications and users.
//!
//! Read it in the order a sign-in takes: `router`, `tenant`, `authorize`, `interaction`, `pages`, `directory`,
//! `session`, `respond`, `token`, `keys`.

pub mod app;
pub mod clock;
pub mod config;
pub mod directory;
pub mod mail;
pub mod origin;
pub mod pages;
pub mod registry;
pub mod seal;
pub mod store;
