//! The discovery documents and the published keys, answered from memory (contract 1.3, 1.4).

use crate::answer;
use crate::app::App;
use crate::request::Call;
use crate::target::Target;
use axum::body::Body;
use http::Response;

/// The document of `Endpoint::Discovery`, or with `target.v1` the older one.
pub async fn document(app: &App, call: &Call, target: &Target) -> Response<Body> {
    let _ = (app, call, target);
    answer::not_found()
}

/// The keys.
pub async fn keys(app: &App, call: &Call, target: &Target) -> Response<Body> {
    let _ = (app, call, target);
    answer::not_found()
}
