//! The tenant on the network: an OpenID provider with B2C's user flows, pages, applications and users.
//!
//! Read it in the order of a sign-in: `router` finds the handler, `web` reads the request and writes the answer, `oauth`
//! speaks the protocol, `interaction` runs a journey in the browser and `pages` shows it.

pub mod app;
pub mod background;
pub mod router;

pub mod interaction;
pub mod oauth;
pub mod pages;
pub mod web;

pub mod dev;
pub mod leniency;
