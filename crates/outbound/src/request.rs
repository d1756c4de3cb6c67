//! A caller's request.

use crate::class::Class;
use crate::error::{Kind, Part};
use crate::networks::Networks;
use crate::redirect::MAX_REDIRECTS;
use bytes::Bytes;
use http::Method;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// The header that carries the correlation id.
pub const CORRELATION_HEADER: HeaderName = HeaderName::from_static("x-correlation-id");

/// The maximum length of a correlation id, in bytes of printable ASCII.
pub const MAX_CORRELATION_ID_BYTES: usize = 128;

/// The maximum body size of a request, in bytes.
pub const MAX_REQUEST_BODY_BYTES: usize = 256 * 1024;

/// The maximum size of a request's headers, names and values together, in bytes.
pub const MAX_REQUEST_HEADER_BYTES: usize = 32 * 1024;

/// Headers that the client sets itself, or that belong to one connection (RFC 9110, section 7.6.1).
const OWN_HEADERS: [HeaderName; 13] = [
    header::ACCEPT_ENCODING,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::EXPECT,
    header::HOST,
    HeaderName::from_static("keep-alive"),
    header::PROXY_AUTHORIZATION,
    HeaderName::from_static("proxy-connection"),
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    CORRELATION_HEADER,
];

/// One request to another server.
#[derive(Clone)]
pub struct Request {
    pub(crate) class: Class,
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) correlation_id: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) allowed: Arc<Networks>,
    pub(crate) redirects: u8,
    pub(crate) within: Option<Duration>,
}

impl Request {
    /// A request without headers and body that may reach only public addresses and follows no redirects.
    ///
    /// `correlation_id` is sent in [`CORRELATION_HEADER`] and included in the log line: 1 to
    /// [`MAX_CORRELATION_ID_BYTES`] bytes of printable ASCII.
    #[must_use]
    pub fn new(class: Class, method: Method, url: Url, correlation_id: impl Into<String>) -> Self {
        Self {
            class,
            method,
            url,
            correlation_id: correlation_id.into(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            allowed: Arc::default(),
            redirects: 0,
            within: None,
        }
    }

    /// Adds a header. Values never appear in logs and traces.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// Sets the body, of at most [`MAX_REQUEST_BODY_BYTES`]. The caller has to add its `Content-Type`.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets the private networks that the tenant may call. These may also be called without TLS.
    #[must_use]
    pub fn allow(mut self, networks: Arc<Networks>) -> Self {
        self.allowed = networks;
        self
    }

    /// Follows up to `count` redirects, at most [`MAX_REDIRECTS`], of GET and HEAD within the same origin. Of the
    /// caller's headers, only `Accept` and `Accept-Language` are repeated.
    #[must_use]
    pub fn redirects(mut self, count: u8) -> Self {
        self.redirects = count.min(MAX_REDIRECTS);
        self
    }

    /// Ends the call within `time` if that is less than its class allows. For callers with one deadline for several
    /// calls.
    #[must_use]
    pub fn within(mut self, time: Duration) -> Self {
        self.within = Some(time);
        self
    }

    pub(crate) fn valid_correlation_id(&self) -> Option<&str> {
        let id = self.correlation_id.as_str();
        let length = (1..=MAX_CORRELATION_ID_BYTES).contains(&id.len());
        (length && id.bytes().all(|byte| byte.is_ascii_graphic())).then_some(id)
    }

    /// Checks everything except the URL, which [`Target`](crate::target::Target) checks for each hop.
    pub(crate) fn check(&self) -> Result<(), Kind> {
        self.valid_correlation_id().ok_or(Kind::Request("its correlation id is not 1 to 128 printable characters"))?;
        if matches!(self.method, Method::CONNECT | Method::TRACE) {
            return Err(Kind::Request("its method is CONNECT or TRACE"));
        }
        if OWN_HEADERS.iter().any(|own| self.headers.contains_key(own)) {
            return Err(Kind::Request("it has a header that the client sets itself, such as Host or Content-Length"));
        }
        self.check_size()
    }

    fn check_size(&self) -> Result<(), Kind> {
        let headers: usize = self.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        if headers > MAX_REQUEST_HEADER_BYTES {
            return Err(Kind::TooLarge { part: Part::Request, limit: MAX_REQUEST_HEADER_BYTES });
        }
        if self.body.len() > MAX_REQUEST_BODY_BYTES {
            return Err(Kind::TooLarge { part: Part::Request, limit: MAX_REQUEST_BODY_BYTES });
        }
        Ok(())
    }
}

/// Without query, headers and body, which may contain secrets.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("class", &self.class)
            .field("method", &self.method)
            .field("host", &self.url.host_str())
            .field("path", &self.url.path())
            .field("correlation_id", &self.correlation_id)
            .finish_non_exhaustive()
    }
}
