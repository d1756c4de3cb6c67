//! UserInfo (OpenID Connect Core section 5.3), for applications set to `openid = "strict"`.

use super::cors;
use crate::oauth::account::{Standing, standing};
use crate::oauth::mint::{GRANT, PROTOCOL, USERINFO};
use crate::oauth::registered::check_obtained;
use crate::oauth::standard_claims::add_standard;
use crate::oauth::target::Target;
use crate::oauth::visit::Visit;
use crate::web::answer;
use crate::web::request::Call;
use axum::body::Body;
use http::{HeaderValue, Method, Response, StatusCode, header};
use serde_json::{Map, Value};
use std::sync::Arc;
use vestibule_protocol::jwt::{self, Expect};
use vestibule_protocol::scope::of_claim;
use vestibule_store::StoreError;
use vestibule_tenant::keys::KeysError;
use vestibule_tenant::registry::Application;

/// The reason why userinfo returns no claims.
enum UserInfoError {
    /// The request has no token: the challenge names no error (RFC 6750 section 3.1).
    Missing,
    /// The request is malformed.
    Request,
    /// The token is not ours, is for another audience, or has expired.
    Token,
    /// Something failed on our side.
    Broken,
}

impl From<KeysError> for UserInfoError {
    fn from(error: KeysError) -> Self {
        tracing::error!(%error, "userinfo cannot verify tokens");
        Self::Broken
    }
}

impl From<StoreError> for UserInfoError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store failed at userinfo");
        Self::Broken
    }
}

/// Answers with the claims of the access token's user.
pub async fn handle(visit: Visit<'_>) -> Response<Body> {
    let mut response = match visit.call.method {
        Method::OPTIONS => return cors::preflight(visit, "GET, POST"),
        Method::GET | Method::POST => match claims(visit).await {
            Ok(claims) => answer::json(StatusCode::OK, &claims),
            Err(refused) => refuse(visit.target, &refused),
        },
        _ => {
            let mut response = answer::status(StatusCode::METHOD_NOT_ALLOWED);
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, POST, OPTIONS"));
            response
        }
    };
    cors::allow(&mut response, visit, None);
    response
}

async fn claims(visit: Visit<'_>) -> Result<Map<String, Value>, UserInfoError> {
    let token = bearer(visit.call)?;
    let keys = visit.app.keys().verifying(visit.tenant_id()).await?;
    let mut claims = jwt::verify(token, &keys).map_err(|_| UserInfoError::Token)?;
    check(visit, &claims).await?;
    // A token from an earlier version has no such claim and gets all claims.
    let asked = claims.remove(USERINFO);
    add_standard(&mut claims);
    let has = |kind: &str, name: &str| match &asked {
        Some(asked) => asked[kind].as_array().is_some_and(|all| all.iter().any(|one| one == name)),
        None => true,
    };
    let is_asked = |name: &str| of_claim(name).is_none_or(|scope| has("scopes", scope)) || has("claims", name);
    let named_by = visit.policy().relying_party.tokens.policy_claim;
    let is_of_the_token = |name: &str| name == named_by || PROTOCOL.contains(&name);
    claims.retain(|name, _| name == "sub" || (is_asked(name) && !is_of_the_token(name)));
    Ok(claims)
}

/// Reads the token from the header or the form (RFC 6750 sections 2.1 and 2.2), never from the query.
fn bearer(call: &Call) -> Result<&str, UserInfoError> {
    let in_header = match call.header(header::AUTHORIZATION.as_str()) {
        Some(text) => {
            let (scheme, token) = text.split_once(' ').ok_or(UserInfoError::Request)?;
            scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim())
        }
        None => None,
    };
    if call.body.repeated("access_token") {
        return Err(UserInfoError::Request);
    }
    match (in_header, call.body.get("access_token").filter(|_| call.method == Method::POST)) {
        (Some(_), Some(_)) => Err(UserInfoError::Request),
        (Some(token), None) | (None, Some(token)) => Ok(token),
        (None, None) => Err(UserInfoError::Missing),
    }
}

/// Checks that this is an access token of this policy, for an application with userinfo, under a grant that is not
/// revoked.
async fn check(visit: Visit<'_>, claims: &Map<String, Value>) -> Result<(), UserInfoError> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).ok_or(UserInfoError::Token);
    // ID tokens have no `azp`, and an API's token another audience than its bearer.
    let client_id = text("azp")?;
    let has_userinfo = |a: &Arc<Application>| a.enabled && a.is_strict() && a.has_openid_permission("openid");
    let application = visit.tenant().application(client_id).filter(has_userinfo).ok_or(UserInfoError::Token)?;
    let issuers = [visit.target.endpoints(visit.call).issuer_openid()];
    let audiences = [application.client_id.clone()];
    let expect = Expect { issuers: &issuers, audiences: &audiences, now: visit.now() / 1000, leeway: 0 };
    expect.check(claims).map_err(|_| UserInfoError::Token)?;
    check_account(visit, claims).await?;
    // A token that came straight from authorize has no grant to end with.
    let Ok(grant) = text(GRANT) else { return Ok(()) };
    let grant = visit.app.store().grant(visit.tenant_id(), grant).await?;
    let grant = grant.filter(|g| g.revoked_at.is_none()).ok_or(UserInfoError::Token)?;
    let body = serde_json::from_str(&grant.body).map_err(|cause| StoreError::Damaged(cause.into()))?;
    check_obtained(visit, &application, &body).map_err(|_| UserInfoError::Token)
}

/// Checks that the account may still use the token. A token from an earlier version does not name the account.
async fn check_account(visit: Visit<'_>, claims: &Map<String, Value>) -> Result<(), UserInfoError> {
    let given = claims.get(USERINFO).unwrap_or(&Value::Null);
    let (Some(account), Some(since)) = (given["account"].as_str(), given["since"].as_i64()) else { return Ok(()) };
    match standing(visit, account, since).await? {
        Standing::Good => Ok(()),
        Standing::Gone | Standing::Ended => Err(UserInfoError::Token),
    }
}

fn refuse(target: &Target, refused: &UserInfoError) -> Response<Body> {
    let realm = &target.tenant.domain;
    let (status, challenge) = match refused {
        UserInfoError::Missing => (StatusCode::UNAUTHORIZED, format!("Bearer realm=\"{realm}\"")),
        UserInfoError::Request => {
            (StatusCode::BAD_REQUEST, error(realm, "invalid_request", "The request is malformed."))
        }
        UserInfoError::Token => {
            let description = "The access token is not valid here, or has ended.";
            (StatusCode::UNAUTHORIZED, error(realm, "invalid_token", description))
        }
        UserInfoError::Broken => {
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
