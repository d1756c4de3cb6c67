//! The liveness and readiness probes. They answer at any host and reveal nothing else. docs/reliability.md, "Behind a
//! proxy", explains their use.

use crate::app::App;
use crate::web::answer;
use axum::body::Body;
use http::{Response, StatusCode, header};
use vestibule_tenant::trouble::News;

/// The response, if the path is a probe.
pub async fn handle(app: &App, path: &str) -> Option<Response<Body>> {
    let status = match path {
        "/healthz" => StatusCode::OK,
        "/readyz" => ready(app).await,
        _ => return None,
    };
    let text = if status == StatusCode::OK { "ok\n" } else { "the store does not answer\n" };
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, http::HeaderValue::from_static("text/plain; charset=utf-8"));
    answer::private(&mut response);
    Some(response)
}

/// Asks the store for a writable connection. Logs only when the result changes, not for each probe.
async fn ready(app: &App) -> StatusCode {
    let answer = app.store().ping().await;
    match app.readiness().note(answer.as_ref().err().map(ToString::to_string)) {
        News::Cause(error) => tracing::warn!(error, "not ready"),
        News::Over => tracing::info!("ready again"),
        News::None => {}
    }
    if answer.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}
