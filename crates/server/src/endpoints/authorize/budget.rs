//! Limits how often a session, or a network without one, may request a sign-in, so that a flood can neither fill the
//! store with journeys and grants nor crowd out other users.

use super::request::ValidRequest;
use crate::app::counters::seconds_left;
use crate::oauth::session::BrowserSession;
use crate::oauth::visit::Visit;
use crate::web::answer::PageError;
use crate::web::source::source;
use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header};
use vestibule_protocol::error::Failure;

/// Requests per single sign-on session in five minutes.
pub const OF_SESSION: u32 = 500;
/// Requests without a session per source address in five minutes; an IPv6 /64 counts as one address.
pub const OF_SOURCE: u32 = 2000;

const SPENT: PageError<'static> = PageError {
    status: StatusCode::TOO_MANY_REQUESTS,
    code: None,
    message: "Too many sign-ins were begun here within a few minutes.",
    advice: Some("Please wait five minutes and try again."),
};

/// Counts a request. Returns true if it may be answered.
pub(super) fn allows(visit: Visit<'_>, session: Option<&BrowserSession>) -> bool {
    let (key, limit) = match session {
        Some(found) => (format!("session {}", found.record.id_hash), OF_SESSION),
        None => (format!("source {}", source(visit.call.ip)), OF_SOURCE),
    };
    visit.app.counters().allow(key, limit, visit.now())
}

/// The response to a request over the limit: to the user, or silently to the application.
pub(super) fn spent(visit: Visit<'_>, request: &ValidRequest) -> Response<Body> {
    tracing::warn!(correlation_id = visit.call.correlation_id, ip = %visit.call.ip, "too many authorization requests");
    if request.prompt.none {
        return request.authorization.to.failure(visit, &Failure::busy());
    }
    let mut response = visit.error_page(SPENT);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds_left(visit.now())));
    response
}
