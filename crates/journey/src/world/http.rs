//! Outgoing HTTP: one request and its whole response.

use std::fmt;
use std::future::Future;

/// The part of the engine that sends a request. It selects the timeouts, which the world enforces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A provider's token endpoint: 10 seconds in total.
    Token,
    /// A provider's user info (claims) endpoint: 10 seconds in total.
    UserInfo,
    /// A provider's discovery document or keys: 5 seconds in total.
    Metadata,
    /// A REST profile of a custom policy: 10 seconds per attempt, 30 seconds in total.
    Rest,
    /// An API connector of a user flow: 20 seconds, and one retry.
    Connector,
}

/// The method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
}

/// One request. `Debug` shows neither headers nor body nor query, since they may contain secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// The part of the engine that sends it.
    pub caller: Caller,
    /// The method.
    pub method: Method,
    /// The absolute URL, `https` or `http`. The world decides which hosts may be called.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body; empty if there is none.
    pub body: Vec<u8>,
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.url.split('?').next().unwrap_or_default();
        f.debug_struct("HttpRequest")
            .field("caller", &self.caller)
            .field("method", &self.method)
            .field("url", &url)
            .finish_non_exhaustive()
    }
}

/// The whole response, whatever its status. Redirects are not followed.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body. The world limits its size.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// The value of the first header with this lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns true if the status is one of 200 to 299.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpResponse").field("status", &self.status).finish_non_exhaustive()
    }
}

/// The reason why there is no response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The caller's timeout expired.
    #[error("the other side did not answer in time")]
    Timeout,
    /// The connection or TLS handshake failed, or the connection broke.
    #[error("the other side cannot be reached: {0}")]
    Unreachable(String),
    /// The URL is invalid, or its host may not be called.
    #[error("the address must not be called: {0}")]
    Forbidden(String),
    /// The response is larger than the world accepts.
    #[error("the response is too large")]
    TooLarge,
    /// This world does not send requests.
    #[error("outgoing HTTP is not available here")]
    NotAvailable,
}

/// Outgoing HTTP.
pub trait Http: Send {
    /// Sends one request and returns the whole response.
    fn send(&mut self, request: HttpRequest) -> impl Future<Output = Result<HttpResponse, HttpError>> + Send;
}
