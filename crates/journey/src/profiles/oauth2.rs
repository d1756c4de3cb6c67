//! `Protocol Name="OAuth2"`: a provider to which the browser is redirected. The engine redeems the authorization code
//! for an access token, and uses that to read the user's claims (RFC 6749 section 4.1, with PKCE as in RFC 7636).
//!
//! Metadata: <https://learn.microsoft.com/azure/active-directory-b2c/oauth2-technical-profile>.

mod authorize;
mod claims;
mod fault;
mod token;

use super::{Claims, Kind, Settings};
use crate::event::Form;
use crate::policy::model::Profile;
use crate::run::Run;
use crate::run::claims::Frame;
use crate::run::stop::Stop;
use crate::state::position::Away;
use crate::{Method, ReturnUris, World};

/// Metadata that changes the requests and that this engine does not support.
const UNSUPPORTED: [&str; 5] = [
    "AdditionalRequestQueryParameters",
    "ClientIdParamName",
    "ClientSecretParamName",
    "ExtraParamsInAccessTokenEndpointResponse",
    "ExtraParamsInClaimsEndpointRequest",
];

/// The settings. Texts may contain claims resolvers.
#[derive(Debug)]
pub(crate) struct OAuth2 {
    client_id: String,
    authorization_endpoint: String,
    /// `AccessTokenEndpoint`
    token_endpoint: String,
    /// `HttpBinding`: the method at the token endpoint.
    token_method: Method,
    /// True if the client authenticates with a header (`client_secret_basic`) instead of request parameters.
    basic: bool,
    scope: Option<String>,
    /// The key container of the key `client_secret`.
    secret: Option<String>,
    /// `ResponseErrorCodeParamName`: a response member, besides `error`, that signals a failure.
    error_member: Option<String>,
    claims_endpoint: Option<ClaimsEndpoint>,
    /// `ResolveJsonPathsInJsonTokens`: partner names such as `name.first` are paths into objects and arrays.
    resolves_paths: bool,
    /// `UsePolicyInRedirectUri`
    policy_in_return_uri: bool,
}

/// The endpoint from which the user's claims are read.
#[derive(Debug)]
struct ClaimsEndpoint {
    url: String,
    /// The query parameter for the access token; without one, the token is sent in the `Authorization` header.
    token_parameter: Option<String>,
    /// `ClaimsEndpointFormatName` and `ClaimsEndpointFormat`: a parameter such as `format=json`.
    format: Option<(String, String)>,
    /// `UserAgentForClaimsExchange`
    user_agent: Option<String>,
}

pub(super) fn compile(settings: &mut Settings<'_, '_>) -> Option<Kind> {
    refuse_unsupported(settings);
    let authentications = &[("client_secret_post", false), ("client_secret_basic", true)];
    let truths = &[("true", true), ("1", true), ("false", false), ("0", false)];
    Some(Kind::OAuth2(Box::new(OAuth2 {
        client_id: settings.required("client_id").unwrap_or_default(),
        authorization_endpoint: endpoint(settings, "authorization_endpoint").unwrap_or_default(),
        token_endpoint: endpoint(settings, "AccessTokenEndpoint").unwrap_or_default(),
        token_method: settings
            .one_of("HttpBinding", &[("POST", Method::Post), ("GET", Method::Get)])
            .unwrap_or(Method::Post),
        basic: settings.one_of("token_endpoint_auth_method", authentications).unwrap_or(false),
        scope: settings.text("scope").map(str::to_owned),
        secret: secret(settings),
        error_member: settings.text("ResponseErrorCodeParamName").map(str::to_owned),
        claims_endpoint: claims_endpoint(settings),
        resolves_paths: settings.flag("ResolveJsonPathsInJsonTokens") == Some(true),
        policy_in_return_uri: settings.one_of("UsePolicyInRedirectUri", truths).unwrap_or(false),
    })))
}

/// Reports metadata that this engine does not support.
fn refuse_unsupported(settings: &mut Settings<'_, '_>) {
    for key in UNSUPPORTED {
        if settings.text(key).is_some() {
            settings.unsupported(key);
        }
    }
    settings.one_of("ClaimsResponseFormat", &[("json", ())]);
    settings.one_of("response_types", &[("code", ())]);
}

/// A mandatory absolute URL.
fn endpoint(settings: &mut Settings<'_, '_>, key: &str) -> Option<String> {
    let url = settings.required(key)?;
    check_url(settings, key, &url);
    Some(url)
}

fn check_url(settings: &mut Settings<'_, '_>, key: &str, url: &str) {
    if !["https://", "http://"].iter().any(|scheme| url.starts_with(scheme)) {
        settings.error(key, format!("{key} is a URL that begins with https://, not {url}"));
    }
}

fn claims_endpoint(settings: &mut Settings<'_, '_>) -> Option<ClaimsEndpoint> {
    let url = settings.text("ClaimsEndpoint")?.to_owned();
    check_url(settings, "ClaimsEndpoint", &url);
    let transmissions = &[("AuthorizationHeader", true), ("QueryString", false), ("Query", false)];
    let by_header = settings.one_of("BearerTokenTransmissionMethod", transmissions) == Some(true);
    let parameter = settings.text("ClaimsEndpointAccessTokenName").filter(|_| !by_header);
    let format = settings.text("ClaimsEndpointFormatName").zip(settings.text("ClaimsEndpointFormat"));
    Some(ClaimsEndpoint {
        url,
        token_parameter: parameter.map(str::to_owned),
        format: format.map(|(name, value)| (name.to_owned(), value.to_owned())),
        user_agent: settings.text("UserAgentForClaimsExchange").map(str::to_owned),
    })
}

/// The key container of `client_secret`. A public client has none: PKCE alone protects its code.
fn secret(settings: &Settings<'_, '_>) -> Option<String> {
    let mut keys = settings.element.list("CryptographicKeys", "Key");
    let key = keys.find(|key| key.attr("Id").is_some_and(|id| id.eq_ignore_ascii_case("client_secret")))?;
    key.attr("StorageReferenceId").filter(|container| !container.is_empty()).map(str::to_owned)
}

impl OAuth2 {
    /// The redirect URI that is registered with the provider.
    pub(super) fn return_uri<'u>(&self, uris: &'u ReturnUris) -> &'u str {
        if self.policy_in_return_uri { &uris.policy } else { &uris.tenant }
    }

    /// Redeems the code after the browser has returned, and returns the user's claims.
    pub(super) async fn arrival<W: World>(
        &self,
        run: &mut Run<'_, '_, W>,
        profile: &Profile,
        away: &Away,
        answer: &Form,
        frame: &mut Frame,
    ) -> Result<Claims, Stop> {
        let code = authorize::code(answer)?;
        let token = self.redeem(run, profile, away, code).await?;
        let mut claims = match &self.claims_endpoint {
            Some(endpoint) => self.fetch(run, endpoint, &token).await?,
            None => claims::claims_of(&token.members, self.resolves_paths),
        };
        claims.extend(token.resolvers());
        frame.interactive = true;
        Ok(claims)
    }
}
