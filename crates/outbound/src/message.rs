//! The request in the form that is sent over the connection.

use crate::error::Kind;
use crate::request::{CORRELATION_HEADER, Request};
use crate::target::Target;
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http_body_util::Full;

const USER_AGENT: &str = concat!("vestibule/", env!("CARGO_PKG_VERSION"));

/// The caller's headers that are repeated after a redirect. Any other may be a credential, whatever its name.
const GO_ALONG: [HeaderName; 2] = [header::ACCEPT, header::ACCEPT_LANGUAGE];

/// The message for one hop, the first or a later one.
pub(crate) fn message(request: &Request, target: &Target, first: bool) -> Result<http::Request<Full<Bytes>>, Kind> {
    let unusable = |_| Kind::Request("its URL or its correlation id contains characters that HTTP does not allow");
    let mut message = http::Request::builder()
        .method(request.method.clone())
        .uri(target.path_and_query())
        .body(Full::new(if first { request.body.clone() } else { Bytes::new() }))
        .map_err(unusable)?;
    *message.headers_mut() = headers(request, first);
    let own = message.headers_mut();
    own.insert(header::HOST, HeaderValue::try_from(target.host_header()).map_err(|e| unusable(e.into()))?);
    own.insert(CORRELATION_HEADER, HeaderValue::try_from(&request.correlation_id).map_err(|e| unusable(e.into()))?);
    Ok(message)
}

fn headers(request: &Request, first: bool) -> HeaderMap {
    let mut headers = request.headers.clone();
    if !first {
        headers = GO_ALONG.into_iter().filter_map(|name| Some((name.clone(), headers.remove(name)?))).collect();
    }
    headers.entry(header::USER_AGENT).or_insert(HeaderValue::from_static(USER_AGENT));
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    headers
}
