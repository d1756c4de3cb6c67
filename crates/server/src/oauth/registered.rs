//! Checks an application's registration again when a journey ends: a journey takes up to an hour, and an administrator
//! may withdraw something in that time. Nothing is sent to an address that is no longer registered.

use super::grant::{ChallengeMethod, GrantBody, Obtained};
use super::request::{AuthorizationRequest, ResponseType, ReturnTo};
use super::visit::Visit;
use crate::web::answer::PageError;
use std::sync::Arc;
use vestibule_protocol::error::Failure;
use vestibule_tenant::registry::{Application, Platform, Tenant};

const ADVICE: &str = "Go back to the application and start again there. If that does not help, tell those who run it.";
const APPLICATION_GONE: PageError<'static> =
    PageError::bad(90018, "The application that sent you here is no longer registered.").advise(ADVICE);
const APPLICATION_DISABLED: PageError<'static> =
    PageError::bad(90092, "The application that sent you here was disabled.").advise(ADVICE);
const ADDRESS_GONE: PageError<'static> = PageError::bad(
    90006,
    "The address that this sign-in leads back to is no longer registered for the application that sent you here.",
)
.advise(ADVICE);

impl ReturnTo {
    /// Returns the application and the platform of the redirect URI, as they are registered now.
    ///
    /// # Errors
    /// The page for the person, if either was withdrawn.
    pub fn registered(&self, tenant: &Tenant) -> Result<(Arc<Application>, Platform), PageError<'static>> {
        let application = tenant.application(&self.client_id).ok_or(APPLICATION_GONE)?;
        if !application.enabled {
            return Err(APPLICATION_DISABLED);
        }
        let platform = application.redirect_uri(&self.redirect_uri).ok_or(ADDRESS_GONE)?.platform;
        Ok((application, platform))
    }
}

impl AuthorizationRequest {
    /// Checks that the application may get the response that it asked for.
    ///
    /// # Errors
    /// 90057, 90184, 99059.
    pub fn check_allowed(&self, application: &Application, platform: Platform) -> Result<(), Failure> {
        check_implicit(application, self.response)?;
        let method = self.challenge.as_ref().map(|(method, _)| *method);
        if self.response.code { check_challenge(application, platform, method) } else { Ok(()) }
    }
}

/// Checks that the application could still get the grant in the way that it got it.
///
/// # Errors
/// 90129 the redirect URI is no longer registered; 90224 the password grant is switched off.
pub fn check_obtained(visit: Visit<'_>, application: &Application, grant: &GrantBody) -> Result<(), Failure> {
    match &grant.obtained {
        Some(Obtained::RedirectUri(uri)) => check_redirect_uri(application, uri, grant.platform),
        Some(Obtained::Password) => check_password_grant(visit, application),
        None => Ok(()),
    }
}

/// Checks that a redirect URI is still registered on the same platform.
///
/// # Errors
/// 90129.
pub fn check_redirect_uri(application: &Application, uri: &str, platform: Platform) -> Result<(), Failure> {
    let registered = application.redirect_uri(uri);
    if registered.is_some_and(|uri| uri.platform == platform) { Ok(()) } else { Err(Failure::grant_revoked()) }
}

/// Checks that both policy and application allow the password grant.
///
/// # Errors
/// 90224, 90058.
pub fn check_password_grant(visit: Visit<'_>, application: &Application) -> Result<(), Failure> {
    if !visit.policy().relying_party.resource_owner {
        return Err(Failure::password_grant_disabled());
    }
    if application.public_client { Ok(()) } else { Err(Failure::public_client_disabled()) }
}

/// Checks that the application may get tokens from the authorization endpoint, if it asked for some.
///
/// # Errors
/// 90057.
pub fn check_implicit(application: &Application, response: ResponseType) -> Result<(), Failure> {
    let id_token = !response.id_token || application.implicit_id_token;
    let token = !response.token || application.implicit_access_token;
    if id_token && token { Ok(()) } else { Err(Failure::implicit_disabled()) }
}

/// Checks the challenge method of a code, or its absence (RFC 7636): required of every client without a secret; `plain`
/// only where the application allows it.
///
/// # Errors
/// 90184, 99059.
pub fn check_challenge(
    application: &Application,
    platform: Platform,
    method: Option<ChallengeMethod>,
) -> Result<(), Failure> {
    match method {
        None if platform != Platform::Web || application.require_pkce => Err(Failure::challenge_missing()),
        Some(ChallengeMethod::Plain) if !application.allow_plain_pkce => Err(Failure::challenge_method()),
        None | Some(_) => Ok(()),
    }
}
