//! The portal's style sheet and script, cached by browsers for good: their addresses carry a hash of the content.

use axum::body::Body;
use http::{HeaderValue, Response, header};
use vestibule_protocol::digest::sha256_base64url;
use vestibule_server::web::answer;

const FILES: [(&str, &str, &str); 2] = [
    ("css", "text/css; charset=utf-8", include_str!("../assets/portal.css")),
    ("js", "text/javascript; charset=utf-8", include_str!("../assets/portal.js")),
];

/// The address of the file of this kind: `css` or `js`.
pub(crate) fn url(kind: &str) -> String {
    let text = FILES.iter().find(|(known, ..)| *known == kind).map(|(_, _, text)| *text).unwrap_or_default();
    let hash = sha256_base64url(text.as_bytes());
    format!("/portal/-/static/{}.{kind}", hash.get(..12).unwrap_or_default())
}

/// The file of this name.
pub(crate) fn file(name: &str) -> Response<Body> {
    let found = FILES.iter().find(|(kind, ..)| url(kind).rsplit('/').next() == Some(name));
    let Some((_, kind, text)) = found else { return answer::not_found() };
    let mut response = Response::new(Body::from(*text));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
