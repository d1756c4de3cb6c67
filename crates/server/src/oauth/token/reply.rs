//! What the token endpoint says: tokens or why not (contract 2.4).

use super::client;
use crate::app::App;
use crate::oauth::mint::{self, Mint};
use crate::oauth::target::Target;
use crate::web::answer;
use crate::web::request::Call;
use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header};
use serde::Serialize;
use serde_json::json;
use vestibule_journey::{Issued, Value};
use vestibule_protocol::digest::base64url;
use vestibule_protocol::error::{Failure, one_line};
use vestibule_store::{RefreshRecord, StoreError};

/// The token response; members in B2C's order, numbers as numbers.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Answer {
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

/// A refresh token that is about to be given.
pub(super) struct Fresh {
    pub(super) token: String,
    pub(super) record: RefreshRecord,
}

/// Make the tokens for a person's grant.
pub(super) async fn tokens(mint: Mint<'_>, grant_id: &str, client_info: bool) -> Result<Answer, Failure> {
    let (granted, issued) = (mint.granted, &mint.grant.issued);
    let access = mint.access_token_under(Some(grant_id)).await?;
    let access_text = access.as_ref().map(|token| token.text.as_str());
    let id = if granted.openid { Some(mint.id_token(None, access_text).await?) } else { None };
    Ok(Answer {
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

impl Answer {
    /// The same with a refresh token that is given at `now`.
    pub(super) fn with_refresh_token(self, fresh: Option<Fresh>, now: i64) -> Self {
        match fresh {
            Some(Fresh { token, record }) => self.with(token, record.expires_at, now),
            None => self,
        }
    }

    /// The same with this refresh token, given at `now`; times in milliseconds.
    pub(super) fn with(self, refresh_token: String, expires_at: i64, now: i64) -> Self {
        let refresh_token_expires_in = Some((expires_at - now) / 1000);
        Self { refresh_token: Some(refresh_token), refresh_token_expires_in, ..self }
    }
}

/// `profile_info`: a few claims for clients that do not open the ID token.
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

/// Why there are no tokens.
#[derive(Debug)]
pub(super) struct Refusal {
    failure: Failure,
    status: StatusCode,
    /// Seconds after which to try again.
    retry_after: Option<i64>,
}

impl Refusal {
    /// 429.
    pub(super) fn too_many(retry_after: i64) -> Self {
        let message = "There are too many requests at this moment. Please wait for some time and try again.";
        let failure = Failure::new(90244, "temporarily_unavailable", message);
        Self { failure, status: StatusCode::TOO_MANY_REQUESTS, retry_after: Some(retry_after) }
    }

    /// What the application hears.
    pub(super) fn failure(&self) -> &Failure {
        &self.failure
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        let (status, retry_after) = match failure.error {
            "temporarily_unavailable" => (StatusCode::SERVICE_UNAVAILABLE, Some(1)),
            "server_error" => (StatusCode::INTERNAL_SERVER_ERROR, None),
            _ => (StatusCode::BAD_REQUEST, None),
        };
        Self { failure, status, retry_after }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store failed at the token endpoint");
        match error {
            StoreError::Refused => Failure::grant_expired().into(),
            StoreError::Unavailable(_) | StoreError::Conflict => Failure::busy().into(),
            StoreError::Damaged(_) => Failure::server_error().into(),
        }
    }
}

/// Tokens.
pub(super) fn given(answer: &Answer) -> Response<Body> {
    answer::json(StatusCode::OK, answer)
}

/// An error, told to the log. 401 with a challenge only where the client came with `Authorization: Basic`.
pub(super) fn refused(app: &App, call: &Call, target: &Target, refusal: &Refusal) -> Response<Body> {
    let Refusal { failure, status, retry_after } = refusal;
    let client_id = client::named(call);
    tracing::info!(
        correlation_id = call.correlation_id,
        policy = target.flow.name,
        client_id,
        code = failure.code,
        error = failure.error,
        "the token endpoint refused"
    );
    let challenge = failure.error == "invalid_client" && client::is_basic(call);
    let description = failure.description(&call.correlation_id, app.now());
    let application = client_id.and_then(|id| target.tenant.application(&id));
    let strict = application.is_some_and(|application| application.is_strict());
    let description = if strict { one_line(&description) } else { description };
    let body = json!({ "error": failure.error, "error_description": description });
    let mut response = answer::json(if challenge { StatusCode::UNAUTHORIZED } else { *status }, &body);
    let headers = response.headers_mut();
    if challenge {
        let realm = format!("Basic realm=\"{}\", charset=\"UTF-8\"", target.tenant.domain);
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
