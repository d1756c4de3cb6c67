//! The trace of a request contains no secrets.

use crate::support::{Server, client, get, patient, settings};
use http::header::{AUTHORIZATION, HOST, HeaderValue};
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use tracing::Dispatch;
use vestibule_outbound::{Class, Client, Clock, Kind, Networks, Request, Settings};

/// The lines of the log.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("a lock").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Collects everything that this thread logs, at all levels.
    fn listen(&self) -> tracing::subscriber::DefaultGuard {
        // With a single subscriber, filters set by other tests' threads would apply here too.
        static SECOND: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(tracing_subscriber::registry()));
        LazyLock::force(&SECOND);
        let log = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(move || log.clone())
            .finish();
        tracing::subscriber::set_default(subscriber)
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("a lock").clone()).expect("text")
    }
}

/// A request with a secret in each place that may contain one.
fn with_secrets(server: &Server) -> Request {
    let url = server.url("/token?code=secret#secret").parse().expect("a URL");
    let allowed = Networks::parse(["127.0.0.1"]).expect("networks");
    Request::new(Class::Token, http::Method::POST, url, "b7c1-4f")
        .header(AUTHORIZATION, HeaderValue::from_static("Bearer secret"))
        .body("client_secret=secret")
        .allow(Arc::new(allowed))
}

#[tokio::test]
async fn the_correlation_id_is_sent_and_is_on_the_log_line() {
    let server = Server::says("HTTP/1.1 200 OK\r\n\r\n").await;
    let log = Log::default();
    let _listening = log.listen();
    client(patient()).send(with_secrets(&server)).await.expect("an answer");
    assert!(server.seen()[0].contains("x-correlation-id: b7c1-4f\r\n"), "{:?}", server.seen());
    let text = log.text();
    let line = text.lines().find(|line| line.contains("outgoing request")).expect("a line");
    for part in ["b7c1-4f", "class=\"token\"", "path=\"/token\"", "status=200", "outcome=\"answered\""] {
        assert!(line.contains(part), "{part} is missing: {line}");
    }
}

#[tokio::test]
async fn nothing_recorded_contains_a_secret() {
    let log = Log::default();
    let _listening = log.listen();
    let server = Server::says("HTTP/1.1 200 OK\r\nset-cookie: secret\r\ncontent-length: 6\r\n\r\nsecret").await;
    let answer = client(patient()).send(with_secrets(&server)).await.expect("an answer");
    let broken = Server::says("HTTP/1.1 secret\r\nsecret: secret\r\n\r\nsecret").await;
    let error = client(patient()).send(with_secrets(&broken)).await.expect_err("a failure");
    let request = with_secrets(&server);
    let recorded = format!("{request:?} {answer:?} {error} {error:?} {}", log.text());
    assert!(!recorded.contains("secret"), "{recorded}");
    assert!(server.seen()[0].contains("secret"), "the server got them");
}

#[tokio::test]
async fn a_trace_tells_what_happened() {
    let server = Server::says("HTTP/1.1 503 Busy\r\ncontent-length: 5\r\n\r\nlater").await;
    let time = AtomicU64::new(0);
    let clock = Clock::new(move || time.fetch_add(7, Ordering::Relaxed));
    let client = Client::new(Settings { clock, ..settings(patient()) }).expect("a client");
    let trace = client.send(get(&server.url("/users/1?q=x"))).await.expect("an answer").trace;
    assert_eq!((trace.method.as_str(), trace.path.as_str()), ("GET", "/users/1"));
    assert_eq!((trace.target, trace.address), (server.address.to_string(), Some(server.address)));
    assert_eq!((trace.status, trace.bytes, trace.outcome), (Some(503), 5, "answered"));
    assert!(trace.milliseconds >= 7 && trace.correlation_id == "story-1");
}

#[tokio::test]
async fn the_trace_of_a_failure_says_how_far_it_came() {
    let server = Server::says("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf").await;
    let trace = client(patient()).send(get(&server.url("/"))).await.expect_err("a failure").trace;
    assert_eq!((trace.status, trace.bytes, trace.outcome), (Some(200), 4, "bad_answer"));
}

#[tokio::test]
async fn a_call_that_is_given_up_is_logged() {
    let log = Log::default();
    let _listening = log.listen();
    let server = Server::says("HTTP/1.1 200 OK\r\n\r\n").await;
    let client = client(patient());
    let mut call = Box::pin(client.send(get(&server.url("/"))));
    let waker = std::task::Waker::noop();
    assert!(call.as_mut().poll(&mut std::task::Context::from_waker(waker)).is_pending());
    drop(call);
    assert!(log.text().contains("outcome=\"cancelled\""), "{}", log.text());
}

#[tokio::test]
async fn a_request_cannot_set_what_is_the_clients() {
    let refused = [
        get("http://127.0.0.1/").header(HOST, HeaderValue::from_static("evil.test")),
        Request::new(Class::Rest, http::Method::GET, "https://a.test/".parse().expect("a URL"), "two\r\nlines"),
        Request::new(Class::Rest, http::Method::CONNECT, "https://a.test/".parse().expect("a URL"), "id"),
    ];
    for request in refused {
        let error = client(patient()).send(request).await.expect_err("a refusal");
        assert!(matches!(error.kind, Kind::Request(_)) && !error.trace.correlation_id.contains('\n'), "{error}");
    }
}
