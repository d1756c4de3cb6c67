//! What only `dev` has, on loopback: home page, outbox, clock.

use crate::answer;
use crate::app::App;
use crate::request::Call;
use axum::body::Body;
use http::Response;

/// Whether the path is one of these.
#[must_use]
pub fn is_dev(path: &str) -> bool {
    path == "/" || path.starts_with("/_dev/") || path == "/_dev"
}

/// Answer the request.
pub async fn handle(app: &App, call: &Call) -> Response<Body> {
    let _ = (app, call);
    answer::not_found()
}
