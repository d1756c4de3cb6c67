//! The parts of OpenID Connect and OAuth 2.0 that several endpoints share.
//!
//! In the order of a sign-in: the URL's [`target`], the [`visit`], the authorization [`request`], the [`scopes`]
//! granted, the browser's [`session`], the [`grant`], its tokens ([`mint`]), the authorization response ([`issue`],
//! [`respond`]). [`account`] and [`registered`] check later that all of this is still valid.

pub mod account;
pub mod grant;
pub mod id_token_hint;
pub mod issue;
pub mod mint;
pub mod registered;
pub mod request;
pub mod resolvers;
pub mod respond;
pub mod scopes;
pub mod session;
pub mod standard_claims;
pub mod target;
pub mod visit;
