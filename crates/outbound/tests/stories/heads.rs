//! Response heads: slow, huge, cut off, and not HTTP.

use crate::support::{SHORT, Server, client, failure, failure_of, get, patient};
use std::time::Duration;
use vestibule_outbound::{Kind, Limits, MAX_HEADER_BYTES, Part, Phase};

fn too_large() -> Kind {
    Kind::TooLarge { part: Part::Headers, limit: MAX_HEADER_BYTES }
}

fn too_late() -> Kind {
    Kind::TimedOut { phase: Phase::Headers, limit: SHORT }
}

async fn in_a_hurry(server: &Server) -> Kind {
    failure(&client(Limits { headers: SHORT, ..patient() }), get(&server.url("/"))).await
}

#[tokio::test]
async fn a_server_that_says_nothing_is_left() {
    let server = Server::start(|stream| async move {
        let _open = stream;
        std::future::pending().await
    })
    .await;
    assert_eq!(in_a_hurry(&server).await, too_late());
}

#[tokio::test]
async fn headers_that_come_in_drops_are_late_as_a_whole() {
    let server = Server::repeats("HTTP/1.1 200 OK\r\nx-slow: ", b"a", Duration::from_millis(5)).await;
    assert_eq!(in_a_hurry(&server).await, too_late());
}

#[tokio::test]
async fn interim_answers_without_end_are_no_answer() {
    let server = Server::repeats("", b"HTTP/1.1 103 Early Hints\r\n\r\n", Duration::from_millis(1)).await;
    assert_eq!(in_a_hurry(&server).await, too_late());
}

#[tokio::test]
async fn a_header_without_end_is_too_large() {
    let server = Server::repeats("HTTP/1.1 200 OK\r\nx-huge: ", &[b'a'; 4096], Duration::ZERO).await;
    assert_eq!(failure(&client(patient()), get(&server.url("/"))).await, too_large());
}

#[tokio::test]
async fn huge_headers_are_too_large() {
    let head = format!("HTTP/1.1 200 OK\r\nx-huge: {}\r\n\r\n", "a".repeat(MAX_HEADER_BYTES));
    assert_eq!(failure_of(head).await, too_large());
}

#[tokio::test]
async fn many_headers_are_too_large() {
    let head = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(500));
    assert_eq!(failure_of(head).await, too_large());
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_no_answer() {
    for begin in ["", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\ncontent-type: text"] {
        let kind = failure_of(begin).await;
        assert!(matches!(&kind, Kind::Answer(why) if why.contains("closed")), "{begin}: {kind}");
    }
}

#[tokio::test]
async fn what_is_not_http_is_no_answer() {
    for text in ["SSH-2.0-OpenSSH_9.6\r\n", "HTTP/1.1 abc OK\r\n\r\n", "HTTP/1.1 101 Changed\r\nupgrade: x\r\n\r\n"] {
        let kind = failure_of(text).await;
        assert!(matches!(kind, Kind::Answer(_)), "{text}: {kind}");
    }
}
