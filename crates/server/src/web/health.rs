//! The probes: whether the process lives, and whether it can work. They answer at any host and tell nothing else.

use crate::app::App;
use crate::web::answer;
use axum::body::Body;
use http::{Response, StatusCode, header};

/// The answer, if the path is a probe.
pub async fn handle(app: &App, path: &str) -> Option<Response<Body>> {
    let status = match path {
        "/healthz" => StatusCode::OK,
        "/readyz" => match app.store().ping().await {
            Ok(()) => StatusCode::OK,
            Err(error) => {
                tracing::warn!(%error, "not ready");
                StatusCode::SERVICE_UNAVAILABLE
            }
        },
        _ => return None,
    };
    let text = if status == StatusCode::OK { "ok\n" } else { "the store does not answer\n" };
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, http::HeaderValue::from_static("text/plain; charset=utf-8"));
    answer::private(&mut response);
    Some(response)
}
