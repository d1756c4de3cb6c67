//! The token endpoint (contract 2.4).

use crate::answer;
use crate::app::App;
use crate::request::Call;
use crate::target::Target;
use axum::body::Body;
use http::Response;

/// Answer a request to the token endpoint, preflight requests of single-page applications too.
pub async fn handle(app: &App, call: &Call, target: &Target) -> Response<Body> {
    let _ = (app, call, target);
    answer::not_found()
}
