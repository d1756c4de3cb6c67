//! Programs that nobody here wrote sign in against the tenant as they do against Azure AD B2C.

#![cfg(feature = "clients")]

#[path = "clients/identity_flask.rs"]
mod identity_flask;
