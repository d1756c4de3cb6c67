//! The wire between a tenant and its clients. It has no I/O, no clock and no randomness of its own.
//!
//! Both sides of the wire (the tenant and the library) build and read the same things with this crate: URLs, scopes,
//! tokens, keys, PKCE, discovery documents and error codes, in the spelling of Azure AD B2C.

pub mod digest;
pub mod error;
pub mod json;
pub mod jwt;
pub mod keys;
pub mod metadata;
pub mod pkce;
pub mod scope;
pub mod urls;

/// The largest difference between the clocks of two nodes, milliseconds. A time further in the future was written
/// before a clock was put back: we cannot tell how old it is, so we treat it as expired.
pub const MOST_SKEW: i64 = 5 * 60 * 1000;
