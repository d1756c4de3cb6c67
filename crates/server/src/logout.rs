//! Sign-out (contract section 8).

use crate::answer;
use crate::app::App;
use crate::request::Call;
use crate::target::Target;
use axum::body::Body;
use http::Response;

/// Answer the request.
pub async fn handle(app: &App, call: &Call, target: &Target) -> Response<Body> {
    let _ = (app, call, target);
    answer::not_found()
}
