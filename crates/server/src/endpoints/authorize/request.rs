//! Reads and checks an authorization request.
//!
//! The application and its redirect URI come first: an error there is shown to the user, because redirecting to an
//! unverified address would make this an open redirector (RFC 6749 section 4.1.2.1). Any other error goes to the
//! application.

use super::claims::{self, AskedClaims};
use crate::oauth::grant::ChallengeMethod;
use crate::oauth::mint;
use crate::oauth::registered::check_implicit;
use crate::oauth::request::{AuthorizationRequest, ResponseMode, ResponseType, ReturnTo, illegal_scope};
use crate::oauth::scopes;
use crate::oauth::target::{OTHER_PROFILE, Target};
use crate::oauth::visit::Visit;
use crate::web::answer::PageError;
use crate::web::request::{Call, Params};
use http::{Method, StatusCode};
use serde_json::Value;
use std::sync::Arc;
use vestibule_protocol::digest::from_base64url;
use vestibule_protocol::error::Failure;
use vestibule_protocol::jwt::claims_unverified;
use vestibule_protocol::pkce;
use vestibule_protocol::scope::Scopes;
use vestibule_tenant::registry::{Application, Platform};

/// The largest `max_age`, in seconds: a year.
const LONGEST_AGE: i64 = 366 * 86_400;

/// `prompt`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    /// `none`: no page may be shown.
    pub none: bool,
    /// `login`: the user must give credentials again.
    pub login: bool,
}

/// A request that passed all checks.
#[derive(Debug)]
pub struct ValidRequest {
    /// The application.
    pub application: Arc<Application>,
    /// The application's request.
    pub authorization: AuthorizationRequest,
    /// `prompt`.
    pub prompt: Prompt,
    /// `max_age`, seconds.
    pub max_age: Option<i64>,
}

/// The reason why the request does not start a journey.
#[derive(Debug)]
pub enum AuthorizeError {
    /// Shown to the user alone: the application is not identified, or its redirect URI is not registered.
    ErrorPage(PageError<'static>),
    /// Sent to the application.
    Redirect(Box<ReturnTo>, Failure),
}

impl AuthorizeError {
    const fn page(code: u32, message: &'static str) -> Self {
        let advice = "The application that sent you here is set up wrongly; tell those who run it.";
        Self::ErrorPage(PageError::bad(code, message).advise(advice))
    }
}

/// Returns the request's parameters. For a POST, only the form is used: a link must not add to it.
#[must_use]
pub fn params(call: &Call) -> &Params {
    if call.method == Method::POST { &call.body } else { &call.query }
}

/// Reads and checks the request.
///
/// # Errors
/// [`AuthorizeError`]
pub fn read(visit: Visit<'_>) -> Result<ValidRequest, AuthorizeError> {
    if visit.call.method == Method::POST && !visit.call.is_form {
        let problem = PageError::bad(90122, "The request's form cannot be read.");
        return Err(AuthorizeError::ErrorPage(PageError { status: StatusCode::UNSUPPORTED_MEDIA_TYPE, ..problem }));
    }
    let params = params(visit.call);
    let application = application(params, visit.target)?;
    let (redirect_uri, platform) = redirect_uri(params, &application)?;
    let response = params.get("response_type").and_then(ResponseType::parse);
    let default = response.unwrap_or_default().default_mode();
    // A rejected request object is reported using its own `response_mode` and `state`: the redirect URI is verified.
    let object = params.get("request").filter(|_| !params.repeated("request"));
    let object = object.and_then(|object| claims_unverified(object).ok()).unwrap_or_default();
    let inside = |name| object.get(name).and_then(Value::as_str).filter(|text| !text.contains('\0'));
    let asked_mode = params.get("response_mode").or_else(|| inside("response_mode")).map(ResponseMode::parse);
    let mode = asked_mode.flatten().filter(|m| m.fits(response.unwrap_or_default(), &redirect_uri));
    let to = ReturnTo {
        client_id: application.client_id.clone(),
        redirect_uri,
        mode: mode.unwrap_or(default),
        state: params.get("state").or_else(|| inside("state")).filter(|_| !params.repeated("state")).map(str::to_owned),
        issuer: mint::issuer(visit.target, &application, &visit.call.origin.public),
        language: visit.language(),
        strict: application.is_strict(),
    };
    let mode_refused = asked_mode.is_some() && mode.is_none();
    check(visit.target, params, &application, platform, response, mode_refused)
        .map(|checked| ValidRequest {
            authorization: AuthorizationRequest { to: to.clone(), ..checked.authorization(params) },
            application,
            prompt: checked.prompt,
            max_age: checked.max_age,
        })
        .map_err(|failure| AuthorizeError::Redirect(Box::new(to), failure))
}

fn application(params: &Params, target: &Target) -> Result<Arc<Application>, AuthorizeError> {
    if params.repeated("client_id") {
        return Err(AuthorizeError::page(90122, "The request names the application more than once (client_id)."));
    }
    let id = params
        .get("client_id")
        .ok_or(AuthorizeError::page(90008, "The request does not contain a client ID parameter."))?;
    let unknown =
        AuthorizeError::page(90018, "The client id provided in the request is not registered in this tenant.");
    let application = target.tenant.application(id).ok_or(unknown)?;
    if !application.enabled {
        return Err(AuthorizeError::page(
            90092,
            "The provided application is disabled. Please enable it and try again.",
        ));
    }
    if target.is_of_another_profile(&application) {
        return Err(AuthorizeError::page(90122, OTHER_PROFILE));
    }
    Ok(application)
}

fn redirect_uri(params: &Params, application: &Application) -> Result<(String, Platform), AuthorizeError> {
    if application.redirect_uris.is_empty() {
        return Err(AuthorizeError::page(90007, "The application has no registered redirect URIs."));
    }
    if params.repeated("redirect_uri") {
        return Err(AuthorizeError::page(90122, "The request names more than one redirect URI."));
    }
    let Some(uri) = params.get("redirect_uri") else {
        return Err(AuthorizeError::page(90006, "The request does not contain a redirect URI (redirect_uri)."));
    };
    let message = "The redirect URI provided in the request is not registered for the client id.";
    let registered = application.redirect_uri(uri).ok_or(AuthorizeError::page(90006, message))?;
    Ok((uri.to_owned(), registered.platform))
}

/// The parameters that passed [`check`].
struct Checked {
    response: ResponseType,
    prompt: Prompt,
    max_age: Option<i64>,
    challenge: Option<(ChallengeMethod, String)>,
    claims: AskedClaims,
}

impl Checked {
    fn authorization(&self, params: &Params) -> AuthorizationRequest {
        let own = |name| params.get(name).map(str::to_owned);
        AuthorizationRequest {
            to: ReturnTo::default(),
            response: self.response,
            scope: own("scope").unwrap_or_default(),
            nonce: own("nonce"),
            userinfo_claims: self.claims.userinfo.clone(),
            id_token_claims: self.claims.id_token.clone(),
            person: self.claims.person.clone(),
            challenge: self.challenge.clone(),
            client_info: params.get("client_info") == Some("1"),
        }
    }
}

fn check(
    target: &Target,
    params: &Params,
    application: &Application,
    platform: Platform,
    response: Option<ResponseType>,
    mode_refused: bool,
) -> Result<Checked, Failure> {
    // Applies to unknown parameters too (RFC 6749 section 3.1), because a policy may read them.
    if params.has_repeated() {
        let message = "The request contains a parameter more than once.";
        return Err(Failure::new(90122, "invalid_request", message));
    }
    if params.get("request").is_some() {
        return Err(Failure::new(90122, "request_not_supported", "The 'request' parameter is not supported."));
    }
    if params.get("request_uri").is_some() {
        return Err(Failure::new(90122, "request_uri_not_supported", "The 'request_uri' parameter is not supported."));
    }
    let Some(response) = response else {
        return Err(match params.get("response_type") {
            None => Failure::parameter_missing("response_type"),
            Some(asked) => Failure::response_type_unsupported(asked),
        });
    };
    if mode_refused {
        return Err(Failure::response_mode_unsupported(params.get("response_mode").unwrap_or_default()));
    }
    if target.flow.policy.relying_party.resource_owner {
        let message = "This policy has no pages: it answers the password grant at the token endpoint only.";
        return Err(Failure::new(90013, "unsupported_response_type", message));
    }
    check_implicit(application, response)?;
    scope(target, params, application, response)?;
    let challenge = challenge(params, application, platform, response)?;
    if response.id_token && params.get("nonce").is_none() {
        return Err(Failure::parameter_missing("nonce"));
    }
    let claims = claims::read(params, target, application.is_strict())?;
    Ok(Checked { response, prompt: prompt(params)?, max_age: max_age(params)?, challenge, claims })
}

fn scope(target: &Target, params: &Params, application: &Application, response: ResponseType) -> Result<(), Failure> {
    let text = params.get("scope").ok_or_else(Failure::scope_missing)?;
    let scopes = Scopes::parse(text).map_err(illegal_scope)?;
    if response.id_token && !scopes.has("openid") {
        return Err(Failure::openid_missing());
    }
    let granted = scopes::decide(&target.tenant, application, &scopes).map_err(|failure| {
        let only_code = response.code && !response.token;
        if only_code && failure == Failure::resource_missing() { Failure::code_for_nothing() } else { failure }
    })?;
    if response.token && granted.resource.is_none() {
        return Err(Failure::resource_missing());
    }
    Ok(())
}

/// Checks PKCE (RFC 7636): required of every client without a secret; `plain` only where the application allows it.
fn challenge(
    params: &Params,
    application: &Application,
    platform: Platform,
    response: ResponseType,
) -> Result<Option<(ChallengeMethod, String)>, Failure> {
    let method = params.get("code_challenge_method");
    let Some(challenge) = params.get("code_challenge") else {
        let must = platform != Platform::Web || application.require_pkce;
        let malformed = method.is_some() || params.iter().any(|(name, _)| name == "code_challenge");
        return if response.code && (must || malformed) { Err(Failure::challenge_missing()) } else { Ok(None) };
    };
    let malformed = || Failure::new(90183, "invalid_request", "The supplied code_challenge is malformed.");
    match method {
        Some("S256") => match from_base64url(challenge) {
            Some(bytes) if bytes.len() == 32 => Ok(Some((ChallengeMethod::S256, challenge.to_owned()))),
            _ => Err(malformed()),
        },
        Some("plain") | None if application.allow_plain_pkce => {
            if pkce::well_formed(challenge) {
                Ok(Some((ChallengeMethod::Plain, challenge.to_owned())))
            } else {
                Err(malformed())
            }
        }
        _ => Err(Failure::challenge_method()),
    }
}

fn prompt(params: &Params) -> Result<Prompt, Failure> {
    let mut prompt = Prompt::default();
    let words: Vec<&str> = params.get("prompt").unwrap_or_default().split(' ').filter(|w| !w.is_empty()).collect();
    let known = words.iter().all(|word| match *word {
        "none" => {
            prompt.none = true;
            true
        }
        "login" => {
            prompt.login = true;
            true
        }
        // Ignored as in B2C: an administrator consents, not the user, and there is no account picker.
        "consent" | "select_account" => true,
        _ => false,
    });
    if known && !(prompt.none && words.len() > 1) {
        return Ok(prompt);
    }
    let message = "The prompt included in the request contains invalid values. Expected 'none', 'login', 'consent' or \
                   'select_account'.";
    Err(Failure::new(90043, "invalid_request", message))
}

fn max_age(params: &Params) -> Result<Option<i64>, Failure> {
    let Some(text) = params.get("max_age") else { return Ok(None) };
    match text.parse::<i64>().ok().filter(|age| (0..=LONGEST_AGE).contains(age)) {
        Some(age) => Ok(Some(age)),
        None => Err(Failure::max_age_invalid(text, LONGEST_AGE)),
    }
}
