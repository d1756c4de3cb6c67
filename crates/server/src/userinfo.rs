//! UserInfo, for applications that are served by the letter of OpenID Connect (contract 1.2, OpenID Connect Core 5.3).

use crate::answer;
use crate::app::App;
use crate::grant::GrantBody;
use crate::keys::KeysError;
use crate::mint::{GRANT, PROTOCOL};
use crate::registry::OpenidProfile;
use crate::request::Call;
use crate::store::StoreError;
use crate::target::Target;
use crate::token::cors;
use axum::body::Body;
use http::{HeaderValue, Method, Response, StatusCode, header};
use serde_json::{Map, Value};
use vestibule_protocol::jwt::{self, Expect};
use vestibule_protocol::scope::{self, Scopes};

/// Why there are no claims.
enum Refused {
    /// No token was sent: the challenge names no error (RFC 6750 section 3.1).
    Missing,
    /// The request is malformed.
    Request,
    /// The token is not one of ours, not for here, or has ended.
    Token,
    /// Something failed on our side.
    Broken,
}

impl From<KeysError> for Refused {
    fn from(error: KeysError) -> Self {
        tracing::error!(%error, "userinfo cannot verify tokens");
        Self::Broken
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store failed at userinfo");
        Self::Broken
    }
}

/// Answer a request for the claims of the person behind an access token.
pub async fn handle(app: &App, call: &Call, target: &Target) -> Response<Body> {
    let mut response = match call.method {
        Method::OPTIONS => return cors::preflight(call, target, "GET, POST"),
        Method::GET | Method::POST => match claims(app, call, target).await {
            Ok(claims) => answer::json(StatusCode::OK, &claims),
            Err(refused) => refuse(target, &refused),
        },
        _ => {
            let mut response = answer::status(StatusCode::METHOD_NOT_ALLOWED);
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, POST, OPTIONS"));
            response
        }
    };
    cors::allow(&mut response, call, target, None);
    response
}

async fn claims(app: &App, call: &Call, target: &Target) -> Result<Map<String, Value>, Refused> {
    let token = bearer(call)?;
    let keys = app.keys().verifying(&target.tenant.id).await?;
    let mut claims = jwt::verify(token, &keys).map_err(|_| Refused::Token)?;
    let named = check(app, call, target, &claims).await?;
    let named_by = target.flow.policy.relying_party.tokens.policy_claim;
    let granted = claims.get("scp").and_then(Value::as_str).and_then(|scp| Scopes::parse(scp).ok()).unwrap_or_default();
    let is_asked = |name: &String| scope::of_claim(name).is_none_or(|s| granted.has(s)) || named.contains(name);
    let is_of_the_token = |name: &String| *name == named_by || PROTOCOL.contains(&name.as_str());
    claims.retain(|name, _| name == "sub" || (is_asked(name) && !is_of_the_token(name)));
    Ok(claims)
}

/// The token, sent in one of two ways (RFC 6750 section 2; never in the query).
fn bearer(call: &Call) -> Result<&str, Refused> {
    let in_header = match call.header(header::AUTHORIZATION.as_str()) {
        Some(text) => {
            let (scheme, token) = text.split_once(' ').ok_or(Refused::Request)?;
            scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim())
        }
        None => None,
    };
    if call.body.repeated("access_token") {
        return Err(Refused::Request);
    }
    match (in_header, call.body.get("access_token").filter(|_| call.method == Method::POST)) {
        (Some(_), Some(_)) => Err(Refused::Request),
        (Some(token), None) | (None, Some(token)) => Ok(token),
        (None, None) => Err(Refused::Missing),
    }
}

/// Whether this is an access token of this policy, for an application that has userinfo, under a grant that counts: the
/// claims that were asked for by name.
async fn check(app: &App, call: &Call, target: &Target, claims: &Map<String, Value>) -> Result<Vec<String>, Refused> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).ok_or(Refused::Token);
    // ID tokens have no `azp`, and an API's token another audience than its bearer.
    let client_id = text("azp")?;
    let application = target.tenant.application(client_id).filter(|a| a.enabled && a.openid == OpenidProfile::Strict);
    let application = application.ok_or(Refused::Token)?;
    let issuers = [target.endpoints(call).issuer(true)];
    let audiences = [application.client_id.clone()];
    let expect = Expect { issuers: &issuers, audiences: &audiences, now: app.now() / 1000, leeway: 0 };
    expect.check(claims).map_err(|_| Refused::Token)?;
    // A token that came straight from authorize has no grant to end with.
    let Ok(grant) = text(GRANT) else { return Ok(Vec::new()) };
    let grant = app.store().grant(&target.tenant.id, grant).await?;
    let grant = grant.filter(|g| g.revoked_at.is_none()).ok_or(Refused::Token)?;
    let body: GrantBody = serde_json::from_str(&grant.body).map_err(|error| StoreError::Damaged(error.into()))?;
    Ok(body.userinfo)
}

fn refuse(target: &Target, refused: &Refused) -> Response<Body> {
    let realm = &target.tenant.domain;
    let (status, challenge) = match refused {
        Refused::Missing => (StatusCode::UNAUTHORIZED, format!("Bearer realm=\"{realm}\"")),
        Refused::Request => (StatusCode::BAD_REQUEST, error(realm, "invalid_request", "The request is malformed.")),
        Refused::Token => {
            let description = "The access token is not valid here, or has ended.";
            (StatusCode::UNAUTHORIZED, error(realm, "invalid_token", description))
        }
        Refused::Broken => {
            let mut response = answer::status(StatusCode::SERVICE_UNAVAILABLE);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            return response;
        }
    };
    let mut response = answer::status(status);
    let headers = response.headers_mut();
    headers.extend(HeaderValue::from_str(&challenge).ok().map(|value| (header::WWW_AUTHENTICATE, value)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn error(realm: &str, error: &str, description: &str) -> String {
    format!("Bearer realm=\"{realm}\", error=\"{error}\", error_description=\"{description}\"")
}
