//! Response bodies: slow, endless, with a wrong length, compressed, and cut off.

use crate::support::{AFTER_OTHERS, Server, client, failure, failure_of, get, patient};
use std::time::Duration;
use vestibule_outbound::{Class, Kind, Limits, MAX_BODY_BYTES, MAX_REQUEST_BODY_BYTES, Part, Phase};

const TOO_LARGE: Kind = Kind::TooLarge { part: Part::Body, limit: MAX_BODY_BYTES };

#[tokio::test]
async fn a_body_that_comes_in_drops_is_late_as_a_whole() {
    let server =
        Server::repeats("HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n", b"a", Duration::from_millis(5)).await;
    let impatient = client(Limits { whole: AFTER_OTHERS, ..patient() });
    let kind = failure(&impatient, get(&server.url("/"))).await;
    assert_eq!(kind, Kind::TimedOut { phase: Phase::Body, limit: AFTER_OTHERS });
}

#[tokio::test]
async fn a_caller_may_have_less_time_than_its_class() {
    let server = Server::repeats("HTTP/1.1 200 OK\r\n\r\n", b"a", Duration::from_millis(5)).await;
    let kind = failure(&client(patient()), get(&server.url("/")).within(AFTER_OTHERS)).await;
    assert_eq!(kind, Kind::TimedOut { phase: Phase::Body, limit: AFTER_OTHERS });
}

#[tokio::test]
async fn a_body_without_end_is_too_large() {
    for begin in ["HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 500 Oops\r\ntransfer-encoding: chunked\r\n\r\n"] {
        let server = Server::repeats(begin, "4\r\naaaa\r\n".repeat(500), Duration::ZERO).await;
        assert_eq!(failure(&client(patient()), get(&server.url("/"))).await, TOO_LARGE, "{begin}");
    }
}

#[tokio::test]
async fn a_length_that_is_too_large_is_refused_before_the_body_comes() {
    let server = Server::start(|mut stream| async move {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", MAX_BODY_BYTES + 1);
        tokio::io::AsyncWriteExt::write_all(&mut stream, head.as_bytes()).await.expect("a head");
        std::future::pending().await
    })
    .await;
    assert_eq!(failure(&client(patient()), get(&server.url("/"))).await, TOO_LARGE);
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_is_read() {
    let server = Server::says(format!("HTTP/1.1 200 OK\r\n\r\n{}", "a".repeat(MAX_BODY_BYTES))).await;
    let answer = client(patient()).send(get(&server.url("/"))).await.expect("an answer");
    assert_eq!(answer.body.len(), MAX_BODY_BYTES);
    assert_eq!(answer.trace.bytes, MAX_BODY_BYTES);
}

#[tokio::test]
async fn a_body_shorter_than_its_length_is_no_answer() {
    for answer in [
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    ] {
        let kind = failure_of(answer).await;
        assert!(matches!(&kind, Kind::Answer(why) if why.contains("closed before")), "{kind}");
    }
}

#[tokio::test]
async fn a_body_longer_than_its_length_ends_at_its_length() {
    let server = Server::says("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nthatmore").await;
    let answer = client(patient()).send(get(&server.url("/"))).await.expect("an answer");
    assert_eq!(answer.body, "that");
}

#[tokio::test]
async fn two_lengths_are_no_answer() {
    let kind = failure_of("HTTP/1.1 200 OK\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\nthat!").await;
    assert!(matches!(kind, Kind::Answer(_)), "{kind}");
}

#[tokio::test]
async fn a_compressed_answer_is_refused_unread() {
    for coding in ["content-encoding: gzip", "content-encoding: identity, br", "transfer-encoding: gzip, chunked"] {
        let kind = failure_of(format!("HTTP/1.1 200 OK\r\n{coding}\r\n\r\n\u{1f}bomb")).await;
        assert!(matches!(&kind, Kind::Answer(why) if why.contains("compressed") || why.contains("encoding")), "{kind}");
    }
}

#[tokio::test]
async fn no_compression_is_offered() {
    let server = Server::says("HTTP/1.1 200 OK\r\ncontent-encoding: identity\r\n\r\nplain").await;
    let answer = client(patient()).send(get(&server.url("/"))).await.expect("an answer");
    assert_eq!(answer.body, "plain");
    assert!(server.seen()[0].contains("accept-encoding: identity\r\n"), "{:?}", server.seen());
}

#[tokio::test]
async fn huge_trailers_are_no_answer() {
    let begin = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx-trailer: ";
    let server = Server::repeats(begin, &[b'a'; 4096], Duration::ZERO).await;
    let kind = failure(&client(patient()), get(&server.url("/"))).await;
    assert!(matches!(kind, Kind::TooLarge { part: Part::Headers, .. } | Kind::Answer(_)), "{kind}");
}

#[tokio::test]
async fn a_request_that_is_too_large_is_not_sent() {
    let server = Server::says("HTTP/1.1 200 OK\r\n\r\n").await;
    let kind = failure(&client(patient()), get(&server.url("/")).body(vec![0; MAX_REQUEST_BODY_BYTES + 1])).await;
    assert_eq!(kind, Kind::TooLarge { part: Part::Request, limit: MAX_REQUEST_BODY_BYTES });
    assert!(kind.is_before_sending() && server.seen().is_empty());
}

#[test]
fn every_class_has_its_time() {
    let seconds = |class| Limits::of(class).whole.as_secs();
    assert_eq!([Class::Connector, Class::Rest, Class::Token].map(seconds), [20, 10, 10]);
    assert_eq!([Class::UserInfo, Class::Metadata, Class::Sms].map(seconds), [10, 5, 10]);
}
