//! The pages that only `dev` has: home page, outbox, clock.

use axum::body::Body;
use http::{Method, StatusCode, header};
use serde_json::{Value, json};
use vestibule_tenant::mail::Mail;
use vestibule_tenant::origin::Peer;
use vestibule_testing::{ANN, Answer, House, NOW, TENANT, authorize};

#[tokio::test]
async fn the_home_page_shows_where_to_begin() {
    let house = House::dev().await;
    let page = house.browser().get("/").await;
    for text in
        ["contoso.onmicrosoft.com", "B2C_1_signupsignin1", ANN.0, ANN.1, "B2C_TENANT_NAME=contoso", "/_dev/outbox"]
    {
        assert!(page.text.contains(text), "{text}: {}", page.text);
    }
    let url = page.text.split("href=\"").find(|t| t.contains("/b2c_1_signupsignin1/oauth2/v2.0/authorize"));
    let url = url.and_then(|t| t.split('"').next()).expect("a link").replace("&amp;", "&").replace("&#x2f;", "/");
    assert!(house.browser().get(&url).await.is_page("Unified"), "{url}");
}

async fn mail(house: &House, to: &str, code: &str) {
    let mail = Mail { subject: format!("Code for {to}"), text: format!("It is {code}"), html: String::new() };
    house.app.mailer().enqueue(TENANT, to, &mail, Some(code), code).await.expect("taken");
}

#[tokio::test]
async fn the_outbox_is_read_by_people_and_programs() {
    let house = House::dev().await;
    mail(&house, "one@contoso.test", "111111").await;
    house.clock.advance(1000);
    mail(&house, "two@contoso.test", "222222").await;
    let mut browser = house.browser();
    let page = browser.get("/_dev/outbox").await;
    assert!(page.text.find("222222") < page.text.find("111111"), "newest first");
    let list = |answer: Answer| serde_json::from_str::<Value>(&answer.text).expect("JSON");
    let all = list(browser.get("/_dev/outbox.json").await);
    assert_eq!((all[0]["code"].as_str(), all[1]["to"].as_str()), (Some("222222"), Some("one@contoso.test")));
    let one = list(browser.get("/_dev/outbox?format=json&to=ONE@contoso.test").await);
    assert_eq!((one.as_array().map(Vec::len), one[0]["sent_at"].as_str()), (Some(1), Some("2026-01-01T00:00:00Z")));
    let newest = list(browser.get("/_dev/outbox.json?to=two@contoso.test&wait=5").await);
    let id = newest[0]["id"].as_str().expect("an id").to_owned();
    let wait = async { list(browser.get(&format!("/_dev/outbox.json?to=two@contoso.test&wait=30&after={id}")).await) };
    let send = async {
        tokio::task::yield_now().await;
        mail(&house, "two@contoso.test", "333333").await;
    };
    let (waited, ()) = tokio::join!(wait, send);
    assert_eq!(waited[0]["code"], "333333");
}

#[tokio::test]
async fn the_clock_is_moved_by_form_and_json() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let now = |answer: Answer| serde_json::from_str::<Value>(&answer.text).expect("JSON");
    let moved = now(browser.post("/_dev/clock", &[("advance_seconds", "90")]).await);
    assert_eq!((moved["now"].as_i64(), moved["offset_seconds"].as_i64()), (Some(NOW + 90_000), Some(90)));
    let request = browser
        .request(Method::POST, "/_dev/clock")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(json!({ "advance_seconds": -30 }).to_string()))
        .expect("a request");
    assert_eq!(now(browser.send(request).await)["offset_seconds"], 60);
    assert_eq!(now(browser.get("/_dev/clock").await)["offset_seconds"], 60);
    assert_eq!(now(browser.post("/_dev/clock", &[("advance", "reset")]).await)["offset_seconds"], 0);
    for bad in ["", "soon", "99999999999999999999", "1.5"] {
        assert_eq!(browser.post("/_dev/clock", &[("advance_seconds", bad)]).await.status, StatusCode::BAD_REQUEST);
    }
    let request = browser
        .request(Method::POST, "/_dev/clock")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ORIGIN, "http://evil.test")
        .body(Body::from("advance_seconds=90"))
        .expect("a request");
    assert_eq!(browser.send(request).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn only_this_machine_sees_it_and_only_in_dev() {
    let house = House::dev().await;
    for path in ["/", "/_dev/outbox", "/_dev/clock"] {
        let mut request = house.browser().request(Method::GET, path).body(Body::empty()).expect("a request");
        request.extensions_mut().insert(Peer { ip: "10.0.0.9".parse().expect("an address"), tls: false });
        let response = tower::ServiceExt::oneshot(house.router.clone(), request).await.expect("an answer");
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{path}");
    }
    let production = House::serve().await;
    for path in ["/", "/_dev/outbox", "/_dev/clock"] {
        assert_eq!(production.browser().get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert!(production.browser().get(&authorize().path()).await.is_page("Unified"));
}
