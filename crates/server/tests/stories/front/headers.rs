//! Headers added by a stranger: invalid ones do not hide ours, and single-value headers may occur only once.

use axum::body::Body;
use http::{HeaderValue, Method, Request, StatusCode, Version};
use vestibule_server::endpoints::discovery::cached;
use vestibule_tenant::origin::Peer;
use vestibule_testing::{ANN, Answer, Browser, CALLBACK, FLOW, House, authorize, encode};

/// Cookies that other programs on the same host may leave in a browser.
const FOREIGN: [&[u8]; 4] = [b"city=Z\xfcrich", "city=Zürich".as_bytes(), b"\xff\xfe=1", b"noise"];

/// A request whose single `Cookie` line contains the foreign cookie before and after the browser's own.
async fn send(browser: &mut Browser, foreign: &[u8], method: Method, path: &str, body: &[(&str, &str)]) -> Answer {
    let mut line = foreign.to_vec();
    for (name, value) in &browser.cookies {
        line.extend_from_slice(format!("; {name}={value}").as_bytes());
    }
    line.extend_from_slice(&[&b"; "[..], foreign].concat());
    let request =
        browser.stranger().request(method, path).header("cookie", HeaderValue::from_bytes(&line).expect("bytes"));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    browser.send(request.body(Body::from(encode(body))).expect("a request")).await
}

#[tokio::test]
async fn a_foreign_cookie_beyond_ascii_leaves_sign_in_single_sign_on_and_sign_out_alone() {
    let house = House::dev().await;
    for foreign in FOREIGN {
        let mut browser = house.browser();
        let page = browser.get(&authorize().path()).await;
        let (csrf, name) = (page.csrf(), page.sign_in_name());
        let fields = [("request_type", "RESPONSE"), ("csrf_token", &csrf), (&name, ANN.0), ("password", ANN.1)];
        let taken = send(&mut browser, foreign, Method::POST, &page.url("/SelfAsserted", &[]), &fields).await;
        let next = taken.location().expect("the journey goes on");
        send(&mut browser, foreign, Method::GET, &next, &[]).await.code();
        let silent = authorize().with("prompt", "none").path();
        send(&mut browser, foreign, Method::GET, &silent, &[]).await.code();
        let out = format!("{FLOW}/oauth2/v2.0/logout?post_logout_redirect_uri={CALLBACK}");
        assert_eq!(send(&mut browser, foreign, Method::GET, &out, &[]).await.location().as_deref(), Some(CALLBACK));
        assert!(!browser.cookies.keys().any(|name| name.contains("-sso-")), "{foreign:?}");
    }
}

#[tokio::test]
async fn a_foreign_entry_of_accept_language_hides_no_other() {
    let house = House::dev().await;
    let request = house.browser().request(Method::GET, &authorize().path());
    let value = HeaderValue::from_bytes(b"fr\xe9, de;q=0.9").expect("bytes");
    let request = request.header("accept-language", value).body(Body::empty()).expect("a request");
    assert!(house.browser().send(request).await.text.contains("<html lang=\"de\""));
}

/// A GET of the discovery document with these additional headers.
fn document(more: &[(&str, &[u8])]) -> Request<Body> {
    let mut request = Request::builder().uri(format!("{FLOW}/v2.0/.well-known/openid-configuration"));
    for (name, value) in more {
        request = request.header(*name, HeaderValue::from_bytes(value).expect("bytes"));
    }
    request.body(Body::empty()).expect("a request")
}

#[tokio::test]
async fn a_request_names_one_host() {
    let house = House::dev().await;
    let ours: (&str, &[u8]) = ("host", b"localhost:8400");
    let peer = Peer { ip: "127.0.0.1".parse().expect("an address"), tls: false };
    house.get(document(&[]).uri().path()).await.ok();
    let cases: [&[(&str, &[u8])]; 5] = [
        &[],
        &[ours, ours],
        &[ours, ("host", b"evil.test")],
        &[("host", b"evil.test"), ours],
        &[("host", b"localhost\xfc:8400")],
    ];
    for hosts in cases {
        assert!(cached::answer(&house.app, &document(hosts), peer).is_none(), "{hosts:?}");
        assert_eq!(house.browser().send(document(hosts)).await.status, StatusCode::BAD_REQUEST, "{hosts:?}");
    }
    for path in ["/healthz", "/readyz", "/_static/vestibule.css", "/"] {
        let request = Request::builder().uri(path).header("host", "localhost:8400").header("host", "localhost:8400");
        let answer = house.browser().send(request.body(Body::empty()).expect("a request")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
    }
}

#[tokio::test]
async fn over_http_2_the_host_header_says_the_same_as_the_authority() {
    let house = House::dev().await;
    for (host, status) in [("localhost:8400", StatusCode::OK), ("evil.test", StatusCode::BAD_REQUEST)] {
        let mut request = document(&[("host", host.as_bytes())]);
        *request.uri_mut() = format!("http://localhost:8400{}", request.uri()).parse().expect("an address");
        *request.version_mut() = Version::HTTP_2;
        assert_eq!(house.browser().send(request).await.status, status, "{host}");
    }
}

#[tokio::test]
async fn a_header_with_one_value_comes_once_and_is_ascii() {
    let house = House::dev().await;
    let origin: &[u8] = b"http://localhost:8400";
    let values: [(&str, &[u8]); 5] = [
        ("authorization", b"Bearer x"),
        ("content-type", b"application/x-www-form-urlencoded"),
        ("origin", origin),
        ("sec-fetch-site", b"same-origin"),
        ("x-csrf-token", b"x"),
    ];
    let host: (&str, &[u8]) = ("host", b"localhost:8400");
    for (name, value) in values {
        house.browser().send(document(&[host, (name, value)])).await.ok();
        for second in [(name, value), (name, &b"x"[..])] {
            let answer = house.browser().send(document(&[host, (name, value), second])).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name}");
        }
        let beyond = house.browser().send(document(&[host, (name, b"\xfc")])).await;
        assert_eq!(beyond.status, StatusCode::BAD_REQUEST, "{name}");
    }
}

#[tokio::test]
async fn a_form_whose_origin_cannot_be_read_is_not_one_of_ours() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = browser.get(&authorize().path()).await;
    let (csrf, name) = (page.csrf(), page.sign_in_name());
    let fields = [("request_type", "RESPONSE"), ("csrf_token", &csrf), (&name, ANN.0), ("password", ANN.1)];
    for header in ["origin", "sec-fetch-site"] {
        let request = browser.request(Method::POST, &page.url("/SelfAsserted", &[]));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let request = request.header(header, HeaderValue::from_bytes(b"http://ev\xefl.test").expect("bytes"));
        let answer = browser.send(request.body(Body::from(encode(&fields))).expect("a request")).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::BAD_REQUEST, None), "{header}");
    }
    browser.sign_in_at(&page, ANN, &[]).await.code();
}
