//! A journey in the browser: its pages, their forms, and the page API (custom-policies 5).

use crate::answer;
use crate::app::App;
use crate::request::Call;
use crate::target::Target;
use axum::body::Body;
use http::Response;
use vestibule_protocol::urls::Route;

/// Answer the request.
pub async fn handle(app: &App, call: &Call, target: &Target, route: &Route<'_>) -> Response<Body> {
    let _ = (app, call, route, target);
    answer::not_found()
}
