//! The API from a caller's point of view.

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt;
use vestibule::testing::{FakeTenant, WEB_APP};

async fn ask(tenant: &FakeTenant, path: &str, token: Option<String>) -> (StatusCode, Value) {
    let mut request = Request::get(path);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let request = request.body(Body::empty()).expect("a request");
    let Ok(response) = vestibule_webapi::router(&tenant.api()).oneshot(request).await;
    let status = response.status();
    let body = to_bytes(response.into_body(), 10_000).await.expect("a body");
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

#[tokio::test]
async fn a_caller_with_the_scope_is_greeted_by_name() {
    let tenant = FakeTenant::new();
    let (status, body) = ask(&tenant, "/hello", Some(tenant.access_token(&["tasks.read"]))).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["greeting"], "Hello Ann Lee");
    assert_eq!((&body["scopes"], &body["application"]), (&json!(["tasks.read"]), &json!(WEB_APP)));
}

#[tokio::test]
async fn others_are_not() {
    let tenant = FakeTenant::new();
    assert_eq!(ask(&tenant, "/hello", None).await.0, StatusCode::UNAUTHORIZED);
    let write = tenant.access_token(&["tasks.write"]);
    assert_eq!(ask(&tenant, "/hello", Some(write)).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_public_route_is_open() {
    assert_eq!(ask(&FakeTenant::new(), "/public", None).await.0, StatusCode::OK);
}
