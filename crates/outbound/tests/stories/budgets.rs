//! The limit of requests per server.

use crate::support::{Server, failure, get, patient, settings};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::mpsc;
use vestibule_outbound::{Budget, BusyReason, Client, Clock, Kind, Settings};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

fn client(budget: Budget, clock: Clock) -> Client {
    Client::new(Settings { budget, clock, ..settings(patient()) }).expect("a client")
}

fn reason(kind: Kind) -> BusyReason {
    match kind {
        Kind::Busy { why, .. } => why,
        kind => panic!("{kind}"),
    }
}

/// A server that never answers, and reports when a request has arrived.
async fn silent() -> (Server, mpsc::UnboundedReceiver<()>) {
    let (come, came) = mpsc::unbounded_channel();
    let server = Server::start(move |stream| {
        let come = come.clone();
        async move {
            let _open = stream;
            come.send(()).expect("a story that listens");
            std::future::pending().await
        }
    })
    .await;
    (server, came)
}

#[tokio::test]
async fn a_request_too_many_at_once_is_refused_and_others_go_on() {
    let (busy, mut came) = silent().await;
    let idle = Server::says(OK).await;
    let client = client(Budget { at_once: 1, ..Budget::default() }, Clock::system());
    let first = tokio::spawn({
        let (client, request) = (client.clone(), get(&busy.url("/")));
        async move { client.send(request).await }
    });
    came.recv().await.expect("the first request");
    assert_eq!(reason(failure(&client, get(&busy.url("/"))).await), BusyReason::AtOnce);
    assert!(client.send(get(&idle.url("/"))).await.is_ok(), "another server has a budget of its own");
    first.abort();
}

#[tokio::test]
async fn a_caller_that_gives_up_frees_its_place() {
    let (server, mut came) = silent().await;
    let client = client(Budget { at_once: 1, ..Budget::default() }, Clock::system());
    for _ in 0..2 {
        tokio::select! {
            answer = client.send(get(&server.url("/"))) => panic!("{answer:?}"),
            request = came.recv() => request.expect("a request"),
        }
    }
}

#[tokio::test]
async fn a_window_that_is_full_refuses_until_the_next_one() {
    let server = Server::says(OK).await;
    let time = Arc::new(AtomicU64::new(0));
    let clock = Arc::clone(&time);
    let budget = Budget { per_window: 2, window_ms: 1000, ..Budget::default() };
    let client = client(budget, Clock::new(move || clock.load(Ordering::Relaxed)));
    for _ in 0..2 {
        assert!(client.send(get(&server.url("/"))).await.is_ok());
    }
    let full = BusyReason::Window { window_ms: 1000, retry_after_ms: 1000 };
    assert_eq!(reason(failure(&client, get(&server.url("/"))).await), full);
    time.store(1000, Ordering::Relaxed);
    assert!(client.send(get(&server.url("/"))).await.is_ok());
}
