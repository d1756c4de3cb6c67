//! What an application may have of what it asks (contract 2.3).

use crate::registry::{Application, Tenant};
use vestibule_protocol::error::Failure;
use vestibule_protocol::scope::Scopes;

/// Scopes granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// All of them, in full, in the order asked: what a token response's `scope` says.
    pub scopes: Scopes,
    /// `openid`: an ID token.
    pub openid: bool,
    /// `offline_access`: a refresh token.
    pub offline: bool,
    /// The API that an access token is for; none: no access token.
    pub resource: Option<Resource>,
}

/// The audience of an access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The API's client id: `aud`.
    pub client_id: String,
    /// Short scope names: `scp`. Empty: the application itself (its client id was the scope).
    pub scopes: Vec<String>,
}

/// Decide what `application` gets of `asked`, on behalf of a person.
///
/// # Errors
/// Contract 2.3: 90146, 90205, 90117, ….
pub fn decide(tenant: &Tenant, application: &Application, asked: &Scopes) -> Result<Granted, Failure> {
    let _ = (tenant, application, asked);
    Err(Failure::server_error())
}
