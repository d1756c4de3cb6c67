//! Responses: HTML, JSON, redirects, and the headers that all of them have.

use crate::app::App;
use crate::pages::{ErrorPage, content_security_policy};
use crate::web::request::Call;
use axum::body::Body;
use http::{HeaderName, HeaderValue, Method, Response, StatusCode, header};
use vestibule_tenant::origin::OriginInfo;

/// `Strict-Transport-Security`, for a year.
const HSTS: &str = "max-age=31536000";

/// An error for the error page.
#[derive(Clone, Copy, Debug)]
pub struct PageError<'a> {
    /// The status.
    pub status: StatusCode,
    /// The number of the AADB2C code, if B2C has one for this error.
    pub code: Option<u32>,
    /// One sentence. It never contains text from the request.
    pub message: &'a str,
    /// What to do; `None` for the default advice in the page's language.
    pub advice: Option<&'a str>,
}

impl<'a> PageError<'a> {
    /// An error in the request: 400.
    #[must_use]
    pub const fn bad(code: u32, message: &'a str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: Some(code), message, advice: None }
    }

    /// Sets specific advice.
    #[must_use]
    pub const fn advise(self, advice: &'a str) -> Self {
        Self { advice: Some(advice), ..self }
    }
}

/// An error on our side. Log the cause before answering with this.
pub const BROKEN: PageError<'static> = PageError {
    status: StatusCode::INTERNAL_SERVER_ERROR,
    code: Some(90037),
    message: "Something failed on our side.",
    advice: Some("Please try again. If it happens again, tell the operator the correlation id below."),
};

/// The store or another part is unavailable at the moment.
pub const BUSY: PageError<'static> = PageError {
    status: StatusCode::SERVICE_UNAVAILABLE,
    code: Some(90035),
    message: "The service is temporarily unavailable.",
    advice: Some("Please try again in a few minutes."),
};

/// An empty 404.
#[must_use]
pub fn not_found() -> Response<Body> {
    status(StatusCode::NOT_FOUND)
}

/// An empty response.
#[must_use]
pub fn status(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// The response to a method that an endpoint does not support.
#[must_use]
pub fn method_not_allowed(allow: &'static str) -> Response<Body> {
    let mut response = status(StatusCode::METHOD_NOT_ALLOWED);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
    response
}

/// JSON that must not be cached.
#[must_use]
pub fn json(status: StatusCode, value: &impl serde::Serialize) -> Response<Body> {
    let text = serde_json::to_vec(value).unwrap_or_default();
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    set(&mut response, header::CONTENT_TYPE, "application/json; charset=utf-8");
    private(&mut response);
    response
}

/// A page that must not be cached or framed and loads nothing foreign. For `nonce` and `form_targets` see
/// [`content_security_policy`].
#[must_use]
pub fn html(status: StatusCode, text: String, nonce: &str, form_targets: &[String]) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    set(&mut response, header::CONTENT_TYPE, "text/html; charset=utf-8");
    private(&mut response);
    set(&mut response, header::CONTENT_SECURITY_POLICY, &content_security_policy(nonce, form_targets));
    set(&mut response, header::X_FRAME_OPTIONS, "DENY");
    // Not `no-referrer`: with it, browsers send `Origin: null` with our own forms. To other sites, `same-origin` sends
    // nothing.
    set(&mut response, header::REFERRER_POLICY, "same-origin");
    // No Cross-Origin-Opener-Policy: applications that sign in with a pop-up must still see its URL.
    set(&mut response, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(
        &mut response,
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    );
    response
}

/// A redirect that must not be cached. After a POST it is 303, so that the browser does not send the form again (RFC
/// 9700 section 4.12).
#[must_use]
pub fn redirect(method: &Method, location: &str) -> Response<Body> {
    let found = if method == Method::POST { StatusCode::SEE_OTHER } else { StatusCode::FOUND };
    let Ok(location) = HeaderValue::from_str(location) else { return status(StatusCode::INTERNAL_SERVER_ERROR) };
    let mut response = status(found);
    response.headers_mut().insert(header::LOCATION, location);
    private(&mut response);
    set(&mut response, header::REFERRER_POLICY, "no-referrer");
    response
}

/// The error page; `tenant_name` is empty if the tenant is not known. The error is logged.
#[must_use]
pub fn error_page(app: &App, call: &Call, tenant_name: &str, error: PageError<'_>) -> Response<Body> {
    error_page_in(app, call, &call.languages(), tenant_name, error)
}

/// The same in the first of these languages that is supported.
#[must_use]
pub fn error_page_in(
    app: &App,
    call: &Call,
    languages: &[String],
    tenant_name: &str,
    error: PageError<'_>,
) -> Response<Body> {
    let PageError { status, code, message, advice } = error;
    tracing::info!(correlation_id = call.correlation_id, code, sentence = message, "an error page is shown");
    let page = ErrorPage {
        code,
        message,
        advice,
        correlation_id: &call.correlation_id,
        at: app.now(),
        tenant_name,
        languages,
    };
    html(status, app.pages().error(&page), "", &[])
}

/// Makes browsers stay with https (RFC 6797). Never in `dev`: browsers would apply it to all of localhost.
pub fn add_hsts(app: &App, origin: &OriginInfo, response: &mut Response<Body>) {
    if origin.secure && app.dev().is_none() {
        set(response, header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
}

/// Adds a cookie.
pub fn cookie(response: &mut Response<Body>, cookie: &cookie::Cookie<'_>) {
    if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// Forbids caching and content sniffing.
pub fn private(response: &mut Response<Body>) {
    set(response, header::CACHE_CONTROL, "no-store");
    set(response, header::PRAGMA, "no-cache");
    set(response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
}

fn set(response: &mut Response<Body>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
