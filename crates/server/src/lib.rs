//! The tenant on the network: an OpenID provider with B2C's user flows, pages, applications and users.
//!
//! The modules in the order of a sign-in. A module uses only those that its row in `crates/cli/tests/arrows/rooms.rs`
//! names.
//!
//! 1. [`router`] finds the endpoint for a URL.
//! 2. [`web`] reads the request and writes the answer.
//! 3. [`endpoints`] handle it: authorize, token, sign-out, discovery, userinfo.
//! 4. [`interaction`] runs a journey in the browser, and [`pages`] renders its pages.
//! 5. [`oauth`] has the parts that endpoints and journeys share: sessions, grants, tokens, the authorization response.
//! 6. [`app`] holds the running server's parts: store, registry, accounts, keys, mail.
//!
//! In addition: [`background`] jobs, the pages of [`dev`], and the table of [`leniency`].

pub mod router;

pub mod web;

pub mod endpoints;

pub mod interaction;
pub mod pages;

pub mod oauth;

pub mod app;

pub mod background;
pub mod dev;
pub mod leniency;
