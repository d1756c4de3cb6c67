//! OpenID Connect and OAuth 2.0 as B2C speaks them: authorize, token, sign-out, documents.

pub mod authorize;
pub mod discovery;
pub mod grant;
pub mod logout;
pub mod mint;
pub mod respond;
pub mod scopes;
pub mod session;
pub mod target;
pub mod token;
pub mod userinfo;
