//! The protocol between a tenant and its clients. This crate has no I/O, clock or random generator of its own.
//!
//! The tenant and the library both use it to build and parse the same things: URLs, scopes, tokens, keys, PKCE,
//! discovery documents and error codes, in Azure AD B2C's spelling.

pub mod digest;
pub mod error;
pub mod json;
pub mod jwt;
pub mod keys;
pub mod metadata;
pub mod pkce;
pub mod scope;
pub mod urls;

/// The maximum difference between the clocks of two nodes, in milliseconds. A time further in the future was written
/// before a clock was set back: we cannot tell how old it is, so we treat it as expired.
pub const MOST_SKEW: i64 = 5 * 60 * 1000;
