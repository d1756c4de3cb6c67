//! Floods of authorization requests: each session, and each network without one, has a rate limit.

use http::{Method, StatusCode};
use vestibule_server::app::counters::WINDOW;
use vestibule_server::endpoints::authorize::budget::{OF_SESSION, OF_SOURCE};
use vestibule_testing::{ANN, Answer, BOB, CALLBACK, House, authorize};

/// A house behind a proxy that reports where requests come from.
async fn house() -> House {
    House::builder().with(|options| options.trusted_proxies.push("127.0.0.1".to_owned())).open().await
}

async fn ask(house: &House, from: &str, path: &str) -> Answer {
    house.send(Method::GET, path, &[("x-forwarded-for", from)], "").await
}

#[tokio::test]
async fn a_session_is_answered_silently_only_so_often() {
    let house = house().await;
    let (mut anns, mut bobs) = (house.browser(), house.browser());
    anns.sign_in(&authorize(), ANN).await.code();
    bobs.sign_in(&authorize(), BOB).await.code();
    let silent = authorize().with("prompt", "none").path();
    for _ in 0..OF_SESSION {
        anns.get(&silent).await.code();
    }
    let refused = anns.get(&silent).await;
    assert_eq!(refused.error(), ("temporarily_unavailable".to_owned(), "90035".to_owned()));
    assert_eq!(anns.get(&authorize().path()).await.status, StatusCode::TOO_MANY_REQUESTS, "a loop of redirects ends");
    bobs.get(&silent).await.code();
    house.clock.advance(WINDOW);
    anns.get(&silent).await.code();
}

#[tokio::test]
async fn a_network_without_a_session_begins_only_so_many_sign_ins() {
    let house = house().await;
    let silent = authorize().with("prompt", "none").path();
    for _ in 0..OF_SOURCE {
        assert!(ask(&house, "2001:db8::1", &silent).await.location().is_some());
    }
    for from in ["2001:db8::1", "2001:db8::2"] {
        let refused = ask(&house, from, &authorize().path()).await;
        assert_eq!((refused.status, refused.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, Some("301")));
        assert!(refused.headers.get("set-cookie").is_none(), "no journey begins");
    }
    for from in ["192.0.2.1", "2001:db8:0:1::1"] {
        assert!(ask(&house, from, &authorize().path()).await.is_page("Unified"), "{from}");
    }
}

#[tokio::test]
async fn what_is_refused_anyway_costs_nobody_their_budget() {
    let house = house().await;
    let wrong = authorize().with("redirect_uri", "https://evil.test/").path();
    for _ in 0..=OF_SOURCE {
        assert_eq!(ask(&house, "192.0.2.1", &wrong).await.status, StatusCode::BAD_REQUEST);
    }
    assert!(ask(&house, "192.0.2.1", &authorize().path()).await.is_page("Unified"));
    assert!(
        ask(&house, "192.0.2.1", &authorize().with("prompt", "none").path())
            .await
            .location()
            .is_some_and(|to| to.starts_with(CALLBACK))
    );
}
