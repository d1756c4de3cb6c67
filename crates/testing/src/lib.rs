//! Set-up shared by the tests of all crates: a running tenant, a browser, signed assertions, a mail server.
//!
//! A test begins with one line: `let house = House::dev().await;`. Only tests depend on this crate.

#![expect(clippy::missing_panics_doc, reason = "everything here panics where a story cannot go on")]

mod answer;
mod authorize;
mod browser;
mod house;
mod installation;
pub mod mail_server;
pub mod signer;

pub use answer::Answer;
pub use authorize::{Authorize, authorize};
pub use browser::{Browser, Disconnected, encode};
pub use house::{House, HouseBuilder, cheap_hashes, options};
pub use installation::{DEMO, Installation, STORIES};

/// 1 January 2026, in milliseconds: the time when a house opens, unless its builder says otherwise.
pub const NOW: i64 = 1_767_225_600_000;
/// A minute in milliseconds.
pub const MINUTE: i64 = 60_000;
/// The id of the demo's tenant.
pub const TENANT: &str = "775527ff-9a37-4307-8b3d-cc311f58d925";
/// The flow that most tests sign in with.
pub const POLICY: &str = "B2C_1_signupsignin1";
/// The address of that flow.
pub const FLOW: &str = "/contoso.onmicrosoft.com/B2C_1_signupsignin1";
/// The demo's web application.
pub const WEBAPP1: &str = "3f2b8d6e-0c47-4a15-b9e8-61d7a2f05c94";
/// Another web application.
pub const WEBAPP2: &str = "22222222-0c47-4a15-b9e8-61d7a2f05c94";
/// A single-page application.
pub const SPA1: &str = "c1a94f70-7be2-4d58-8f03-9e5d26b17a48";
/// A web application with the implicit grant.
pub const IMPLICIT1: &str = "33333333-0c47-4a15-b9e8-61d7a2f05c94";
/// A web application with `openid = "strict"`.
pub const STRICT1: &str = "44444444-0c47-4a15-b9e8-61d7a2f05c94";
/// A native application.
pub const NATIVE1: &str = "55555555-0c47-4a15-b9e8-61d7a2f05c94";
/// The redirect URI of [`WEBAPP1`].
pub const CALLBACK: &str = "http://localhost:5000/getAToken";
/// The redirect URI of [`WEBAPP2`].
pub const CALLBACK2: &str = "https://two.example/signin-oidc";
/// Ann's sign-in name and password.
pub const ANN: (&str, &str) = ("ann@contoso.test", "Ann-likes-tea-1");
/// Bob's sign-in name and password.
pub const BOB: (&str, &str) = ("bob@contoso.test", "Bob-likes-rain-2");
/// The PKCE verifier of RFC 7636 appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// The challenge of [`VERIFIER`].
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// A permission of the demo's API.
pub const READ: &str = "https://contoso.onmicrosoft.com/tasks-api/tasks.read";
/// The address without TLS; each address has its own issuer.
pub const LOCAL: &str = "http://localhost:8400";
/// The address with TLS.
pub const SECURE: &str = "https://login.contoso.test";
/// The address with TLS and a port.
pub const SECURE_PORT: &str = "https://login.contoso.test:9443";
