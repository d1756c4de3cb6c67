//! Error responses of an API: RFC 6750 section 3 in the header, RFC 9457 in the body.

use crate::page::{self, Answer};
use crate::settings::SettingsError;
use http::header::{HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode};
use serde_json::json;

/// The response to a request that is rejected.
#[derive(Clone, Debug)]
pub struct Refusal {
    status: StatusCode,
    /// The `error` code of RFC 6750, if there is one.
    error: Option<&'static str>,
    sentence: String,
    scope: Option<String>,
}

impl Refusal {
    fn new(status: StatusCode, error: Option<&'static str>, sentence: &str) -> Self {
        Self { status, error, sentence: sentence.to_owned(), scope: None }
    }

    pub(crate) fn no_token() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, None, "Send an access token as Authorization: Bearer.")
    }

    pub(crate) fn malformed(sentence: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Some("invalid_request"), sentence)
    }

    pub(crate) fn invalid(sentence: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, Some("invalid_token"), sentence)
    }

    pub(crate) fn insufficient(need: &str) -> Self {
        let sentence = format!("The token does not allow {need}.");
        Self { scope: Some(need.to_owned()), ..Self::new(StatusCode::FORBIDDEN, Some("insufficient_scope"), &sentence) }
    }

    pub(crate) fn outage() -> Self {
        let sentence = "The keys of the sign-in service cannot be had at the moment. Try again in a minute.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, None, sentence)
    }

    pub(crate) fn misconfigured(error: &SettingsError) -> Self {
        tracing::error!(%error, "the API lets nobody in");
        let keys: Vec<&str> = error.problems.iter().map(|p| p.key.as_str()).collect();
        let sentence = format!("This API is not configured. Look at its log, and at {} of .env.", keys.join(", "));
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, None, &sentence)
    }

    /// The response to send.
    #[must_use]
    pub fn into_answer(self) -> Answer {
        let title = self.status.canonical_reason().unwrap_or_default();
        let mut body = json!({ "title": title, "status": self.status.as_u16(), "detail": self.sentence });
        if let Some(error) = self.error {
            body["error"] = error.into();
        }
        let mut answer = page::json(self.status, "application/problem+json", &body);
        self.headers(answer.headers_mut());
        answer
    }

    fn headers(&self, headers: &mut HeaderMap) {
        match self.status {
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("30"));
            }
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::BAD_REQUEST => {
                if let Ok(challenge) = HeaderValue::from_str(&self.challenge()) {
                    headers.insert(WWW_AUTHENTICATE, challenge);
                }
            }
            _ => {}
        }
    }

    fn challenge(&self) -> String {
        let quoted = |text: &str| text.replace(['"', '\\'], "'");
        let error =
            self.error.map(|error| format!(r#"error="{error}", error_description="{}""#, quoted(&self.sentence)));
        let scope = self.scope.as_deref().map(|scope| format!(r#"scope="{}""#, quoted(scope)));
        let parts: Vec<String> = error.into_iter().chain(scope).collect();
        if parts.is_empty() { "Bearer".to_owned() } else { format!("Bearer {}", parts.join(", ")) }
    }
}
