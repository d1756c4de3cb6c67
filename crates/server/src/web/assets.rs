//! The static files of the pages. Browsers may cache them forever, since their URLs contain a hash of their content.

use crate::pages;
use crate::web::answer;
use axum::body::Body;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use vestibule_protocol::digest::sha256_base64url;

/// The response, if the path is that of a static file.
#[must_use]
pub fn handle(request: &Request<Body>) -> Option<Response<Body>> {
    let path = request.uri().path();
    if !path.starts_with("/_static/") {
        return None;
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return Some(answer::method_not_allowed("GET, HEAD"));
    }
    let Some((kind, bytes)) = pages::asset(path) else { return Some(answer::not_found()) };
    let tag = format!("\"{}\"", sha256_base64url(bytes));
    let known = request.headers().get(header::IF_NONE_MATCH).is_some_and(|have| have.as_bytes() == tag.as_bytes());
    let mut response = if known { answer::status(StatusCode::NOT_MODIFIED) } else { Response::new(Body::from(bytes)) };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    Some(response)
}
