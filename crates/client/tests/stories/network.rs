//! The real network, over loopback: requests sent, and responses rejected.

use axum::Router;
use axum::response::Redirect;
use axum::routing::get;
use bytes::Bytes;
use http::{Request, StatusCode};
use tokio::net::TcpListener;
use vestibule::{Http, Internet, MAX_ANSWER_BYTES, NoAnswer};

async fn server() -> String {
    let app = Router::new()
        .route("/", get(|headers: http::HeaderMap| async move { format!("{:?}", headers.get("user-agent")) }))
        .route("/away", get(|| async { Redirect::to("/") }))
        .route("/endless", get(|| async { "x".repeat(MAX_ANSWER_BYTES + 1) }));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}")
}

async fn ask(url: String) -> Result<http::Response<Bytes>, NoAnswer> {
    Internet::default().send(Request::get(url).body(Bytes::new()).expect("a request")).await
}

#[tokio::test]
async fn answers_come_as_they_are_and_redirects_are_not_followed() {
    let server = server().await;
    let answer = ask(format!("{server}/")).await.expect("an answer");
    assert!(String::from_utf8_lossy(answer.body()).contains("vestibule/"), "{answer:?}");
    assert_eq!(ask(format!("{server}/away")).await.expect("an answer").status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn endless_answers_are_cut_off() {
    let error = ask(format!("{}/endless", server().await)).await.expect_err("too long");
    assert!(error.to_string().contains("longer than"), "{error}");
}

#[tokio::test]
async fn a_refused_connection_says_why() {
    let free = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    let error = ask(format!("http://{free}/")).await.expect_err("nobody is there");
    assert!(error.to_string().contains("onnection refused"), "{error}");
}
