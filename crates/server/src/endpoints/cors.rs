//! Cross-origin requests (CORS): allowed for pages of single-page applications only, never with credentials.

use crate::oauth::visit::Visit;
use crate::web::answer;
use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header};
use vestibule_tenant::registry::{Application, Platform};

/// Answers a preflight request. It does not name the client, so any single-page application of the tenant may ask.
pub(crate) fn preflight(visit: Visit<'_>, methods: &'static str) -> Response<Body> {
    let mut response = answer::status(StatusCode::NO_CONTENT);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(methods));
    if allow(&mut response, visit, None) {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
        if let Some(asked) = visit.call.headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
        }
    }
    response
}

/// Lets the calling page read the response if its origin is that of a single-page redirect URI of the application
/// `client_id`, or of any application if `client_id` is `None`. Returns true if it may.
pub(crate) fn allow(response: &mut Response<Body>, visit: Visit<'_>, client_id: Option<&str>) -> bool {
    response.headers_mut().append(header::VARY, HeaderValue::from_static("Origin"));
    let Some(value) = visit.call.headers.get(header::ORIGIN) else { return false };
    let Ok(origin) = value.to_str() else { return false };
    let allowed = match client_id.and_then(|id| visit.tenant().application(id)) {
        Some(application) => is_page_of(&application, origin),
        None => visit.tenant().applications().any(|application| is_page_of(application, origin)),
    };
    if allowed {
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, value.clone());
    }
    allowed
}

fn is_page_of(application: &Application, origin: &str) -> bool {
    let mut pages = application.redirect_uris.iter().filter(|r| r.platform == Platform::Spa);
    application.enabled && pages.any(|page| page.origin().is_some_and(|own| own == origin))
}
