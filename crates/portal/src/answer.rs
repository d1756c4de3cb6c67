//! The portal's answers: pages with their headers, redirects, and what is said when something cannot be done.

use crate::Portal;
use crate::view::Shell;
use axum::body::Body;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::json;
use vestibule_server::app::App;
use vestibule_server::web::answer;
use vestibule_server::web::request::Call;
use vestibule_store::StoreError;
use vestibule_tenant::accounts::UserError;
use vestibule_tenant::manage::ManageError;
use vestibule_tenant::registry::RegistryError;

/// Nothing from elsewhere, nothing inline.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
                      form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The answer of a handler.
pub(crate) type Answer = Result<Response<Body>, Problem>;

/// Why there is no page.
#[derive(Debug)]
pub(crate) enum Problem {
    /// No such object, or none that this administrator may know of.
    NotFound,
    /// The administrator may not do this.
    Forbidden,
    /// The form was not sent by our page.
    Foreign,
    /// The object was changed since the form was shown.
    Changed,
    /// A sentence: the request cannot be understood.
    Bad(&'static str),
    /// A sentence: the rules of management refuse it.
    Refused(String),
    /// The method is not one that the address takes.
    Method(&'static str),
    /// The store, or another part, failed.
    Failed(String),
}

impl From<ManageError> for Problem {
    fn from(error: ManageError) -> Self {
        match error {
            ManageError::NotFound(_) => Self::NotFound,
            ManageError::Stale { .. } => Self::Changed,
            ManageError::Refused(refusals) => Self::Refused(refusals.to_string()),
            ManageError::Taken => Self::Refused(ManageError::Taken.to_string()),
            other => Self::Failed(other.to_string()),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<RegistryError> for Problem {
    fn from(error: RegistryError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<UserError> for Problem {
    fn from(error: UserError) -> Self {
        match error {
            UserError::NotFound => Self::NotFound,
            UserError::Stale { .. } => Self::Changed,
            UserError::AlreadyExists | UserError::Refused { .. } => Self::Refused(error.to_string()),
            other => Self::Failed(other.to_string()),
        }
    }
}

impl Problem {
    /// The page that says it.
    pub(crate) fn page(self, portal: &Portal, app: &App, call: &Call) -> Response<Body> {
        let (status, heading, text, advice) = match self {
            Self::Method(allow) => return answer::method_not_allowed(allow),
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "There is nothing here",
                "No page or object has this address, or your role does not reach it.".to_owned(),
                "Go back to the start page and look for it from there.",
            ),
            Self::Forbidden => (
                StatusCode::FORBIDDEN,
                "Your role does not allow this",
                "Only an Administrator may make this change; you are signed in as a Reader.".to_owned(),
                "Ask an administrator to do it, or to give you the role.",
            ),
            Self::Foreign => (
                StatusCode::FORBIDDEN,
                "This form did not come from a page of the portal",
                "Nothing was changed. The page may have been open since before you signed in again.".to_owned(),
                "Open the page again and repeat the change.",
            ),
            Self::Changed => (
                StatusCode::CONFLICT,
                "Somebody else changed this in between",
                "Nothing was changed by you: the page that you filled in shows an older version.".to_owned(),
                "Go back, reload the page to see how it is now, and repeat your change.",
            ),
            Self::Bad(text) => {
                (StatusCode::BAD_REQUEST, "The request cannot be understood", text.to_owned(), "Go back and try again.")
            }
            Self::Refused(text) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "This change is not possible", text, "Go back and correct it.")
            }
            Self::Failed(cause) => {
                tracing::error!(correlation_id = call.correlation_id, cause, "a page of the portal failed");
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    "Something failed on our side",
                    "The change may or may not have been made.".to_owned(),
                    "Look whether it was made, and try again. The log has the cause under the correlation id.",
                )
            }
        };
        let values = json!({
            "heading": heading,
            "text": text,
            "advice": advice,
            "correlation_id": call.correlation_id,
            "yours": [],
            "theirs": [],
        });
        let page = Shell::bare(app, heading);
        html(status, portal.view.render("message.html", page, values))
    }
}

/// A page: never cached, never framed.
pub(crate) fn html(status: StatusCode, text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    answer::private(&mut response);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    for (name, value) in [
        ("cross-origin-resource-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

/// 303 to a page of the portal.
pub(crate) fn see(path: &str) -> Response<Body> {
    answer::redirect(&http::Method::POST, path)
}
