//! SIGTERM with requests in flight: each is answered, and the program ends well.

use crate::server::Ground;
use crate::steps;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use vestibule_testing::mail_server::MailServer;

const BODY: &str = "request_type=RESPONSE&email=nobody%40contoso.test&password=Wrong-guess-1";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_under_way_is_answered_before_it_stops() {
    let mail = MailServer::start().await;
    let ground = Ground::sqlite(mail.port);
    let mut server = ground.start();
    let mut under_way = Vec::new();
    for number in 1..=8 {
        let mut browser = server.browser(number);
        let page = steps::opens(&mut browser, "login").await.expect("an answer");
        let mut stream = TcpStream::connect(("127.0.0.1", server.port)).await.expect("a connection");
        let head = browser.head(&page, "/SelfAsserted", BODY.len());
        stream.write_all(head.as_bytes()).await.expect("sent");
        let mut told = [0; 25];
        stream.read_exact(&mut told).await.expect("an interim answer");
        assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");
        under_way.push(stream);
    }
    server.tell_to_stop();
    while TcpStream::connect(("127.0.0.1", server.port)).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // The server accepts no new connections but answers the requests that have begun.
    for mut stream in under_way {
        stream.write_all(BODY.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with('}'), "{answer}");
    }
    assert!(server.ended_well(), "{}", server.log());
}
