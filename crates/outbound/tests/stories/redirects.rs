//! Redirects: loops, other hosts, private addresses, credentials.

use crate::support::{Script, Server, client, failure, failure_of, get, patient};
use http::header::{ACCEPT, AUTHORIZATION, COOKIE, HeaderName, HeaderValue};
use tokio::io::AsyncWriteExt;
use vestibule_outbound::{Class, Kind, MAX_REDIRECTS, Request, Special};

fn redirect_to(location: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n")
}

/// Redirects the first request to `/next`, and answers the others.
async fn once() -> Server {
    let first = std::sync::atomic::AtomicBool::new(true);
    Server::start(move |mut stream| {
        let redirects = first.swap(false, std::sync::atomic::Ordering::Relaxed);
        let answer = if redirects { redirect_to("/next?state=1") } else { "HTTP/1.1 200 OK\r\n\r\nok".into() };
        async move { stream.write_all(answer.as_bytes()).await.expect("an answer") }
    })
    .await
}

fn refusal(kind: Kind) -> (String, &'static str) {
    match kind {
        Kind::Redirect { to, why } => (to, why),
        kind => panic!("{kind}"),
    }
}

#[tokio::test]
async fn a_redirect_is_refused_unless_the_caller_allows_it() {
    let server = once().await;
    let (to, why) = refusal(failure(&client(patient()), get(&server.url("/"))).await);
    assert_eq!((to, why), (server.url("/next"), "this caller follows no redirects"));
}

#[tokio::test]
async fn a_redirect_within_the_origin_is_followed_without_credentials() {
    let server = once().await;
    let secret = HeaderValue::from_static("secret");
    let mut request = get(&server.url("/")).redirects(1).header(ACCEPT, HeaderValue::from_static("text/plain"));
    for name in [AUTHORIZATION, COOKIE, HeaderName::from_static("x-api-key")] {
        request = request.header(name, secret.clone());
    }
    let answer = client(patient()).send(request).await.expect("an answer");
    assert_eq!((answer.body.as_ref(), answer.trace.redirects, answer.trace.path.as_str()), (&b"ok"[..], 1, "/next"));
    let second = &server.seen()[1];
    assert!(second.starts_with("GET /next?state=1 HTTP/1.1\r\n") && !second.contains("secret"), "{second}");
    assert!(second.contains("x-correlation-id: story-1") && second.contains("accept: text/plain"), "{second}");
}

#[tokio::test]
async fn a_loop_ends() {
    let server = Server::says(redirect_to("/")).await;
    let (_, why) = refusal(failure(&client(patient()), get(&server.url("/")).redirects(200)).await);
    assert_eq!(why, "that is one redirect too many");
    assert_eq!(server.seen().len(), usize::from(MAX_REDIRECTS) + 1);
}

#[tokio::test]
async fn a_redirect_never_leaves_its_origin() {
    let other = Server::says("HTTP/1.1 200 OK\r\n\r\n").await;
    for location in [other.url("/"), "http://localhost/".into(), "https://127.0.0.1/".into(), "//evil.test/".into()] {
        let server = Server::says(redirect_to(&location)).await;
        let (_, why) = refusal(failure(&client(patient()), get(&server.url("/")).redirects(3)).await);
        assert_eq!(why, "that is another scheme, host or port", "{location}");
    }
    assert!(other.seen().is_empty());
}

#[tokio::test]
async fn a_redirect_to_a_private_address_is_refused() {
    for location in ["http://10.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http://[::1]/"] {
        let server = Server::says(redirect_to(location)).await;
        let (to, _) = refusal(failure(&client(patient()), get(&server.url("/")).redirects(3)).await);
        assert!(to.starts_with("http://"), "{to}");
    }
}

#[tokio::test]
async fn each_hop_is_checked_anew() {
    let server = once().await;
    let names = Script::new(&[&["127.0.0.1"], &["10.0.0.1"]]);
    let request = get(&format!("http://api.test:{}/", server.address.port())).redirects(1);
    let kind = failure(&names.client(), request).await;
    assert!(matches!(kind, Kind::Address { why: Special::Private, .. }), "{kind}");
    assert_eq!((names.asked().len(), server.seen().len()), (2, 1));
}

#[tokio::test]
async fn a_post_is_not_repeated_elsewhere() {
    let server = once().await;
    let url = server.url("/").parse().expect("a URL");
    let allowed = vestibule_outbound::Networks::parse(["127.0.0.1"]).expect("networks");
    let request = Request::new(Class::Rest, http::Method::POST, url, "story-1").body("{}").redirects(3);
    let (_, why) = refusal(failure(&client(patient()), request.allow(allowed.into())).await);
    assert_eq!(why, "only GET and HEAD are repeated at another address");
}

#[tokio::test]
async fn a_redirect_without_one_usable_location_is_no_answer() {
    for locations in
        ["", "location: /a\r\nlocation: /b\r\n", "location: ftp://a.test/\r\n", "location: http://u:p@a.test/\r\n"]
    {
        let kind = failure_of(format!("HTTP/1.1 307 Moved\r\n{locations}\r\n")).await;
        assert!(matches!(&kind, Kind::Answer(why) if why.contains("Location")), "{locations}: {kind}");
    }
}
