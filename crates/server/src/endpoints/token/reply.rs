//! The responses of the token endpoint: tokens (RFC 6749 section 5.1) or an error (section 5.2).

use super::client;
use super::error::TokenError;
use crate::oauth::mint::{self, Mint};
use crate::oauth::target::Target;
use crate::oauth::visit::Visit;
use crate::web::answer;
use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header};
use serde::Serialize;
use serde_json::json;
use vestibule_journey::{Issued, Value};
use vestibule_protocol::digest::base64url;
use vestibule_protocol::error::{Failure, one_line};
use vestibule_store::RefreshRecord;

/// The token response; members in B2C's order, numbers as numbers.
#[derive(Clone, Debug, Serialize)]
pub(super) struct TokenResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) access_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id_token: Option<String>,
    pub(super) token_type: String,
    pub(super) not_before: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expires_in: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expires_on: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) resource: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id_token_expires_in: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) profile_info: Option<String>,
    pub(super) scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) refresh_token_expires_in: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) client_info: Option<String>,
}

/// A new refresh token, not stored yet.
pub(super) struct Fresh {
    pub(super) token: String,
    pub(super) record: RefreshRecord,
}

/// Makes the tokens for a user's grant.
pub(super) async fn tokens(mint: Mint<'_>, grant_id: &str, client_info: bool) -> Result<TokenResponse, Failure> {
    let (granted, issued) = (mint.granted, &mint.grant.issued);
    let access = mint.access_token_under(Some(grant_id)).await?;
    let access_text = access.as_ref().map(|token| token.text.as_str());
    let id = if granted.openid { Some(mint.id_token(None, access_text).await?) } else { None };
    Ok(TokenResponse {
        token_type: "Bearer".to_owned(),
        not_before: access.as_ref().or(id.as_ref()).map_or(mint.at / 1000, |t| t.not_before),
        expires_in: access.as_ref().map(|t| t.expires_in),
        expires_on: access.as_ref().map(|t| t.not_before + t.expires_in),
        resource: access.as_ref().and(granted.resource.as_ref()).map(|r| r.client_id.clone()),
        access_token: access.map(|t| t.text),
        id_token_expires_in: id.as_ref().map(|t| t.expires_in),
        profile_info: id.as_ref().map(|_| profile_info(mint.target, issued)),
        id_token: id.map(|t| t.text),
        scope: granted.scopes.to_string(),
        refresh_token: None,
        refresh_token_expires_in: None,
        client_info: if client_info { mint::client_info(mint.target, issued) } else { None },
    })
}

impl TokenResponse {
    /// Adds a refresh token issued at `now`, if there is one.
    pub(super) fn with_refresh_token(self, fresh: Option<Fresh>, now: i64) -> Self {
        match fresh {
            Some(Fresh { token, record }) => self.with(token, record.expires_at, now),
            None => self,
        }
    }

    /// Adds this refresh token, issued at `now`; times in milliseconds.
    pub(super) fn with(self, refresh_token: String, expires_at: i64, now: i64) -> Self {
        let refresh_token_expires_in = Some((expires_at - now) / 1000);
        Self { refresh_token: Some(refresh_token), refresh_token_expires_in, ..self }
    }
}

/// Returns `profile_info`: a few claims for clients that do not decode the ID token.
fn profile_info(target: &Target, issued: &Issued) -> String {
    let claim = |name: &str| issued.claims.iter().find(|(n, _)| n == name).map(|(_, value)| Value::text(value));
    let info = json!({
        "ver": "1.0",
        "tid": target.tenant.id,
        "sub": null,
        "name": claim("name"),
        "preferred_username": null,
        "idp": claim("idp"),
    });
    base64url(info.to_string().as_bytes())
}

/// Answers with tokens.
pub(super) fn given(answer: &TokenResponse) -> Response<Body> {
    answer::json(StatusCode::OK, answer)
}

/// Answers with an error, and logs it. 401 with a challenge only if the client used `Authorization: Basic`.
pub(super) fn refused(visit: Visit<'_>, refusal: &TokenError) -> Response<Body> {
    let TokenError { failure, status, retry_after } = refusal;
    let client_id = client::named(visit.call);
    tracing::info!(
        correlation_id = visit.call.correlation_id,
        policy = visit.target.flow.name,
        client_id,
        code = failure.code,
        error = failure.error,
        "the token endpoint refused"
    );
    let challenge = failure.error == "invalid_client" && client::is_basic(visit.call);
    let description = failure.description(&visit.call.correlation_id, visit.now());
    let application = client_id.and_then(|id| visit.tenant().application(&id));
    let strict = application.is_some_and(|application| application.is_strict());
    let description = if strict { one_line(&description) } else { description };
    let body = json!({ "error": failure.error, "error_description": description });
    let mut response = answer::json(if challenge { StatusCode::UNAUTHORIZED } else { *status }, &body);
    let headers = response.headers_mut();
    if challenge {
        let realm = format!("Basic realm=\"{}\", charset=\"UTF-8\"", visit.tenant().domain);
        headers.extend(HeaderValue::from_str(&realm).ok().map(|value| (header::WWW_AUTHENTICATE, value)));
    }
    if let Some(seconds) = retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
    }
    if failure.code == Failure::post_only().code {
        headers.insert(header::ALLOW, HeaderValue::from_static("POST, OPTIONS"));
    }
    response
}
