//! Cached documents and keys: equal to the uncached response, and never out of date.

use super::ground::{Answer, House, TENANT, house};
use axum::body::{Body, to_bytes};
use http::Request;
use std::net::{IpAddr, Ipv4Addr};
use vestibule_server::endpoints::discovery::cached;
use vestibule_tenant::keys::{Begin, Note};
use vestibule_tenant::origin::Peer;

const DOCUMENT: &str = "/contoso.onmicrosoft.com/B2C_1_signupsignin1/v2.0/.well-known/openid-configuration";
const KEYS: &str = "/contoso.onmicrosoft.com/b2c_1_signupsignin1/discovery/v2.0/keys";

pub(crate) async fn at_hand(house: &House, host: &str, path: &str) -> Option<Answer> {
    let request = Request::get(path).header("host", host).body(Body::empty()).expect("a request");
    let response = cached::answer(&house.app, &request, Peer { ip: IpAddr::V4(Ipv4Addr::LOCALHOST), tls: false })?;
    let (parts, body) = response.into_parts();
    let text = to_bytes(body, usize::MAX).await.expect("a body");
    Some(Answer { status: parts.status, headers: parts.headers, text: String::from_utf8_lossy(&text).into_owned() })
}

#[tokio::test]
async fn what_was_answered_once_is_at_hand_and_the_same() {
    let house = house().await;
    for path in [DOCUMENT, KEYS] {
        assert!(at_hand(&house, "localhost:8400", path).await.is_none(), "nobody asked yet");
        let mut long = house.get(path).await.ok();
        long.headers.remove("x-ms-request-id");
        let short = at_hand(&house, "LOCALHOST:8400", path).await.expect("at hand").ok();
        assert_eq!((short.headers, short.text), (long.headers, long.text));
    }
}

#[tokio::test]
async fn a_request_with_a_body_goes_the_long_way() {
    let house = house().await;
    house.get(DOCUMENT).await.ok();
    for (name, value) in [("transfer-encoding", "chunked"), ("content-length", "4")] {
        let request = Request::get(DOCUMENT).header("host", "localhost:8400").header(name, value);
        let request = request.body(Body::empty()).expect("a request");
        let peer = Peer { ip: IpAddr::V4(Ipv4Addr::LOCALHOST), tls: false };
        assert!(cached::answer(&house.app, &request, peer).is_none(), "{name}");
    }
}

#[tokio::test]
async fn each_origin_has_its_own() {
    let house = house().await;
    house.get(DOCUMENT).await.ok();
    assert!(at_hand(&house, "tenant.localhost", DOCUMENT).await.is_none());
    assert!(at_hand(&house, "evil.test", DOCUMENT).await.is_none());
}

#[tokio::test]
async fn strangers_cannot_fill_it() {
    let house = house().await;
    for path in [
        DOCUMENT.replace("B2C_1_signupsignin1", "b2c_1_SIGNUPSIGNIN1"),
        DOCUMENT.replace("contoso.on", "CONTOSO.on"),
        DOCUMENT.replace("/v2.0", "//v2.0"),
        DOCUMENT.replace("openid", "OpenID"),
        format!("{DOCUMENT}?one"),
        "/contoso/v2.0/.well-known/openid-configuration?p=B2C_1_signupsignin1".to_owned(),
    ] {
        house.get(&path).await.ok();
        assert!(at_hand(&house, "localhost:8400", &path).await.is_none(), "{path}");
    }
}

#[tokio::test]
async fn after_a_second_the_long_way_looks_for_changes() {
    let house = house().await;
    for path in [DOCUMENT, KEYS] {
        house.get(path).await.ok();
        assert!(at_hand(&house, "localhost:8400", path).await.is_some());
        house.clock.advance(1000);
        assert!(at_hand(&house, "localhost:8400", path).await.is_none(), "{path}");
    }
}

#[tokio::test]
async fn a_new_key_is_in_the_next_answer() {
    let house = house().await;
    house.get(KEYS).await.ok();
    let kid = house.app.keys().rotate(TENANT, Begin::AtOnce, &Note::server()).await.expect("a key");
    let keys = at_hand(&house, "localhost:8400", KEYS).await.expect("at hand");
    assert!(keys.text.contains(&kid), "{}", keys.text);
}
