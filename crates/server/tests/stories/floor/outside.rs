//! Rows 53 to 62, 70 to 72 and 83: claims of a request about its origin, and what a response reveals about us.

use super::ground::{STRICT, logout, strict_tokens};
use axum::body::Body;
use http::{Method, StatusCode};
use std::collections::BTreeSet;
use vestibule_testing::{ANN, BOB, Browser, CALLBACK, FLOW, House, TENANT, authorize};

const DISCOVERY: &str = "/contoso.onmicrosoft.com/B2C_1_signupsignin1/v2.0/.well-known/openid-configuration";

#[tokio::test]
async fn row_49_a_planted_session_is_not_the_one_that_is_used() {
    let house = House::dev().await;
    let mut attacker = house.browser();
    attacker.sign_in(&authorize(), BOB).await.code();
    let planted = attacker.cookies.clone();
    let mut victim = house.browser();
    victim.cookies = planted.clone();
    victim.sign_in(&authorize().with("prompt", "login"), ANN).await.code();
    let session = |cookies: &std::collections::BTreeMap<String, String>| -> BTreeSet<String> {
        cookies.iter().filter(|(name, _)| name.contains("vestibule-sso-")).map(|(_, value)| value.clone()).collect()
    };
    assert!(session(&victim.cookies).is_disjoint(&session(&planted)), "a new id at login");
    assert!(!super::ground::is_signed_in(&mut attacker).await, "and the old one is dead");
}

#[tokio::test]
async fn row_56_no_answer_says_what_program_gave_it() {
    let house = House::serve().await;
    let mut browser = house.secure_browser();
    for path in [authorize().path(), DISCOVERY.to_owned(), logout(&[]), "/x".to_owned(), "/healthz".to_owned()] {
        let answer = browser.get(&path).await;
        for name in ["server", "x-powered-by", "via"] {
            assert!(answer.header(name).is_none(), "{path}: {name}");
        }
        assert!(!answer.text.contains(env!("CARGO_PKG_VERSION")), "{path}: {}", answer.text);
    }
}

#[tokio::test]
async fn row_70_addresses_come_from_the_configuration_alone() {
    let house = House::serve().await;
    let forwarded = [
        ("x-forwarded-host", "evil.test"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-port", "444"),
        ("x-forwarded-prefix", "/evil.test"),
        ("forwarded", "host=evil.test;proto=https"),
        ("x-original-url", "/evil.test"),
        ("x-rewrite-url", "/evil.test"),
        ("x-host", "evil.test"),
        ("x-forwarded-for", "10.9.8.7"),
    ];
    let plain = house.browser().get(DISCOVERY).await;
    for (name, value) in forwarded {
        for path in [DISCOVERY.to_owned(), authorize().path(), authorize().with("prompt", "none").path(), logout(&[])] {
            let mut browser = house.browser();
            let request = browser.request(Method::GET, &path).header(name, value).body(Body::empty());
            let answer = browser.send(request.expect("a request")).await;
            assert!(!answer.text.contains("evil") && !answer.text.contains("10.9.8.7"), "{name}: {path}");
            assert!(!answer.location().unwrap_or_default().contains("evil"), "{name}: {path}");
            if path == DISCOVERY {
                assert_eq!(answer.text, plain.text, "{name}");
            }
        }
    }
    for host in ["evil.test", "localhost:8400.evil.test", "localhost:8401", "localhost:8400@evil.test", "", "localhost"]
    {
        let mut browser = Browser::new(house.router.clone(), &format!("http://{host}"));
        let answer = browser.get(&authorize().path()).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::MISDIRECTED_REQUEST, None), "{host}");
        assert!(!answer.text.contains("evil"), "{host}: {}", answer.text);
    }
    let mut browser = house.browser();
    let request = Browser::new(house.router.clone(), "http://evil.test").request(Method::GET, "/");
    let absolute = request.uri(format!("http://evil.test{DISCOVERY}")).body(Body::empty()).expect("a request");
    assert_eq!(browser.send(absolute).await.status, StatusCode::MISDIRECTED_REQUEST);
}

#[tokio::test]
async fn row_70_a_mail_says_nothing_that_the_request_said_of_itself() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = browser.get(&authorize().path()).await;
    let page = browser.press(&page, "unified", &[("local", "signup")]).await;
    let action = page.text.split("data-control=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a control");
    let path = page.url(&format!("/SelfAsserted/DisplayControlAction/vbeta/{action}/SendCode"), &[]);
    let request = browser
        .request(Method::POST, &path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-csrf-token", page.settings()["csrf"].as_str().expect("a value"))
        .header("x-forwarded-host", "evil.test")
        .header("forwarded", "host=evil.test")
        .header("x-original-url", "http://evil.test/")
        .body(Body::from("email=zoe%40contoso.test"));
    assert_eq!(browser.send(request.expect("a request")).await.status, StatusCode::OK);
    let mails = house.app.mailer().newest(TENANT, Some("zoe@contoso.test"), 1).await.expect("the outbox");
    let mail = format!("{:?}", mails.first().expect("a mail"));
    assert!(!mail.contains("evil"), "{mail}");
}

#[tokio::test]
async fn row_76_an_error_says_what_to_do_and_names_itself_and_tells_nothing_of_our_inside() {
    let house = House::serve().await;
    let mut answers = vec![
        house.browser().get(&authorize().with("redirect_uri", "http://evil.test/").path()).await,
        house.browser().get(&authorize().without("client_id").path()).await,
        house.browser().get("/nobody/B2C_1_x/oauth2/v2.0/authorize").await,
        house.browser().get(&format!("{}&y=%ff", authorize().path())).await,
        house.browser().get(&format!("{FLOW}/api/x/confirmed?tx=x")).await,
    ];
    let mut known = house.browser();
    known.sign_in(&authorize(), ANN).await.code();
    house.app.store().close().await;
    for path in [authorize().path(), authorize().with("prompt", "none").path(), logout(&[]), format!("{FLOW}/x")] {
        answers.push(known.get(&path).await);
    }
    answers.push(house.token(&[("grant_type", "authorization_code"), ("client_id", "x")]).await);
    for answer in answers {
        let text = answer.text.to_lowercase();
        assert!(answer.status.is_client_error() || answer.status == StatusCode::SERVICE_UNAVAILABLE, "{answer:?}");
        for inside in ["sqlite", "select ", "panicked", "src/", ".rs:", "backtrace", "pool"] {
            assert!(!text.contains(inside), "{inside}: {}", answer.text);
        }
        let named = ["correlation id", "correlation_id", "trace id"].iter().any(|word| text.contains(word));
        assert!(named || answer.header("x-ms-request-id").is_some(), "{answer:?}");
    }
}

#[tokio::test]
async fn row_71_other_origins_read_nothing_that_is_a_persons() {
    let house = House::dev().await;
    let access = strict_tokens(&house, &mut house.browser()).await.member("access_token");
    for origin in ["http://evil.test", "null", "http://localhost:3000.evil.test", "http://localhost:5000"] {
        for path in
            [authorize().path(), logout(&[]), format!("{FLOW}/SelfAsserted"), format!("{FLOW}/openid/v2.0/userinfo")]
        {
            for method in [Method::GET, Method::OPTIONS] {
                let mut browser = house.browser();
                let request = browser
                    .request(method.clone(), &path)
                    .header("origin", origin)
                    .header("access-control-request-method", "POST")
                    .header("authorization", format!("Bearer {access}"));
                let answer = browser.send(request.body(Body::empty()).expect("a request")).await;
                assert!(answer.header("access-control-allow-origin").is_none(), "{origin} {method} {path}");
                assert!(answer.header("access-control-allow-credentials").is_none(), "{origin} {method} {path}");
            }
        }
    }
    let mut browser = house.browser();
    let request = browser.request(Method::GET, DISCOVERY).header("origin", "http://evil.test").body(Body::empty());
    let document = browser.send(request.expect("a request")).await;
    assert_eq!(document.header("access-control-allow-origin"), Some("*"), "metadata is for everyone");
    assert!(document.header("access-control-allow-credentials").is_none());
}

#[tokio::test]
async fn row_83_a_request_uri_is_fetched_from_nowhere() {
    let house = House::dev().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("set");
    let port = listener.local_addr().expect("an address").port();
    let targets = [
        format!("http://127.0.0.1:{port}/r"),
        format!("http://localhost:{port}/r"),
        format!("http://[::1]:{port}/r"),
        format!("http://2130706433:{port}/r"),
        format!("http://0x7f.1:{port}/r"),
        format!("http://0:{port}/r"),
        "file:///etc/hostname".to_owned(),
        format!("gopher://127.0.0.1:{port}/r"),
    ];
    for target in targets {
        let answer = house.browser().get(&authorize().with("request_uri", &target).path()).await;
        assert_eq!(answer.carried(CALLBACK, '?')["error"], "request_uri_not_supported", "{target}");
    }
    assert!(listener.accept().is_err(), "nobody came");
}

#[tokio::test]
async fn row_120_a_silent_answer_goes_to_the_registered_address_only() {
    let house = House::dev().await;
    let mut browser = house.browser();
    browser.sign_in(&authorize(), ANN).await.code();
    let silent = authorize().with("prompt", "none");
    assert!(!browser.get(&silent.path()).await.code().is_empty());
    let evil = browser.get(&silent.clone().with("redirect_uri", "http://evil.test/").path()).await;
    assert_eq!((evil.status, evil.location()), (StatusCode::BAD_REQUEST, None));
    let foreign = browser.get(&silent.with("redirect_uri", STRICT).path()).await;
    assert_eq!((foreign.status, foreign.location()), (StatusCode::BAD_REQUEST, None), "row 19");
}

#[tokio::test]
async fn requirement_28_what_cannot_be_done_now_is_told_with_a_time_to_come_back() {
    let house = House::dev().await;
    house.app.store().close().await;
    let answer = house.browser().get(&authorize().path()).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.header("retry-after").is_some(), "{answer:?}");
}
