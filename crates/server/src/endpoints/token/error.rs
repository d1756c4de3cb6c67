//! An error of the token endpoint: the OAuth error, its status, and when to retry.

use http::StatusCode;
use vestibule_protocol::error::Failure;
use vestibule_store::StoreError;

/// An error response of the token endpoint (RFC 6749 section 5.2).
#[derive(Debug)]
pub(super) struct TokenError {
    /// The OAuth error and its AADB2C code.
    pub(super) failure: Failure,
    /// The HTTP status, unless the client must be challenged.
    pub(super) status: StatusCode,
    /// Seconds to wait before a retry.
    pub(super) retry_after: Option<i64>,
}

impl TokenError {
    /// 429, with a retry after `retry_after` seconds.
    pub(super) fn too_many(retry_after: i64) -> Self {
        let message = "There are too many requests at this moment. Please wait for some time and try again.";
        let failure = Failure::new(90244, "temporarily_unavailable", message);
        Self { failure, status: StatusCode::TOO_MANY_REQUESTS, retry_after: Some(retry_after) }
    }
}

impl From<Failure> for TokenError {
    fn from(failure: Failure) -> Self {
        let (status, retry_after) = match failure.error {
            "temporarily_unavailable" => (StatusCode::SERVICE_UNAVAILABLE, Some(1)),
            "server_error" => (StatusCode::INTERNAL_SERVER_ERROR, None),
            _ => (StatusCode::BAD_REQUEST, None),
        };
        Self { failure, status, retry_after }
    }
}

impl From<StoreError> for TokenError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store failed at the token endpoint");
        match error {
            StoreError::Refused => Failure::grant_expired().into(),
            StoreError::Unavailable(_) | StoreError::Conflict => Failure::busy().into(),
            StoreError::Damaged(_) => Failure::server_error().into(),
        }
    }
}
