//! ID tokens and access tokens (contract section 3).

use crate::app::App;
use crate::grant::GrantBody;
use crate::registry::Application;
use crate::scopes::Granted;
use crate::target::Target;
use vestibule_protocol::error::Failure;

/// What tokens are made from.
#[derive(Clone, Copy)]
pub struct Mint<'a> {
    /// The tenant's parts.
    pub app: &'a App,
    /// Tenant and flow.
    pub target: &'a Target,
    /// Whom they are for.
    pub application: &'a Application,
    /// Who signed in, and how.
    pub grant: &'a GrantBody,
    /// What was granted.
    pub granted: &'a Granted,
}

/// A signed token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The compact form.
    pub text: String,
    /// `nbf`, seconds since the epoch.
    pub not_before: i64,
    /// Lifetime, seconds.
    pub expires_in: i64,
}

impl Mint<'_> {
    /// The access token, if a resource was granted.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub async fn access_token(&self) -> Result<Option<Token>, Failure> {
        Err(Failure::server_error())
    }

    /// The ID token. `code` and `access_token` travel in the same response: `c_hash`, `at_hash`.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub async fn id_token(&self, code: Option<&str>, access_token: Option<&str>) -> Result<Token, Failure> {
        let _ = (code, access_token);
        Err(Failure::server_error())
    }
}
