//! Headers, cookies and probes (docs/security-floor.md, requirements 23 to 25).

use axum::body::Body;
use http::{Method, StatusCode};
use vestibule_testing::{ANN, Answer, Browser, House, authorize};

fn is_hardened(what: &str, page: &Answer) {
    let header = |name: &str| page.header(name).unwrap_or_else(|| panic!("{what}: {name}"));
    let policy = header("content-security-policy");
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"), "{what}: {policy}");
    assert!(!policy.contains("unsafe"), "{what}: {policy}");
    assert_eq!(header("x-frame-options"), "DENY", "{what}");
    assert_eq!(header("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(header("cache-control"), "no-store", "{what}");
    assert!(["same-origin", "strict-origin"].contains(&header("referrer-policy")), "{what}");
    assert!(header("permissions-policy").contains("camera=()"), "{what}");
    assert!(page.headers.get("cross-origin-opener-policy").is_none(), "{what}: pop-ups are watched by their openers");
    assert!(page.headers.get("access-control-allow-origin").is_none(), "{what}");
    assert!(page.headers.get("server").is_none() && page.headers.get("x-powered-by").is_none(), "{what}");
    assert_eq!(header("content-type"), "text/html; charset=utf-8", "{what}");
}

#[tokio::test]
async fn row_53_and_row_54_every_page_carries_its_headers() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = browser.get(&authorize().path()).await;
    let policy = page.header("content-security-policy").expect("a policy").to_owned();
    assert!(policy.contains("form-action 'self' http://localhost:5000;"), "{policy}");
    is_hardened("sign-in", &page);
    is_hardened("sign-up", &browser.press(&page, "unified", &[("local", "signup")]).await);
    is_hardened("refused", &browser.sign_in_at(&page, (ANN.0, "wrong"), &[]).await);
    is_hardened("error", &browser.get(&authorize().with("redirect_uri", "x").path()).await);
    is_hardened("no tenant", &browser.get("/nobody/B2C_1_x/oauth2/v2.0/authorize").await);
    is_hardened("no policy", &browser.get("/contoso/B2C_1_x/oauth2/v2.0/authorize").await);
    is_hardened("nothing", &browser.get("/a/b/c/d").await);
    is_hardened("sign-out", &browser.get("/contoso/B2C_1_signupsignin1/oauth2/v2.0/logout").await);
    is_hardened("form post", &house.browser().sign_in(&authorize().with("response_mode", "form_post"), ANN).await);
    is_hardened("home", &browser.get("/").await);
    is_hardened("outbox", &browser.get("/_dev/outbox").await);
}

#[tokio::test]
async fn a_silent_redirect_may_happen_inside_a_frame() {
    let house = House::dev().await;
    let answer = house.browser().get(&authorize().with("prompt", "none").path()).await;
    assert_eq!(answer.status, StatusCode::FOUND);
    assert!(answer.headers.get("x-frame-options").is_none());
    assert!(answer.headers.get("content-security-policy").is_none());
}

#[tokio::test]
async fn row_57_cookies_are_as_narrow_as_the_address_allows() {
    let house = House::serve().await;
    let mut browser = house.secure_browser();
    let page = browser.get(&authorize().path()).await;
    assert_eq!(page.header("strict-transport-security"), Some("max-age=31536000"));
    browser.sign_in_at(&page, ANN, &[]).await.code();
    assert!(browser.set_cookies.iter().any(|line| line.starts_with("__Host-vestibule-sso-")));
    assert!(browser.set_cookies.iter().any(|line| line.starts_with("__Host-vestibule-device=")));
    for line in &browser.set_cookies {
        assert!(line.contains("; Secure") && line.contains("; HttpOnly") && line.contains("; Path=/"), "{line}");
        assert!(!line.contains("Domain"), "{line}");
        let cross = ["x-ms-cpim-", "-sso-", "-browser"].iter().any(|name| line.contains(name));
        assert!(line.contains(if cross { "SameSite=None" } else { "SameSite=Lax" }), "{line}");
    }
}

#[tokio::test]
async fn row_57_cookies_without_tls_are_as_narrow_as_that_allows() {
    let mut plain = House::serve().await.browser();
    let page = plain.get(&authorize().path()).await;
    assert!(page.headers.get("strict-transport-security").is_none());
    plain.sign_in_at(&page, ANN, &[]).await.code();
    for line in &plain.set_cookies {
        assert!(line.contains("SameSite=Lax") && line.contains("HttpOnly"), "{line}");
        assert!(!line.contains("Secure") && !line.starts_with("__Host-"), "{line}");
    }
}

#[tokio::test]
async fn probes_and_static_files_answer_at_any_host() {
    let house = House::serve().await;
    let mut stranger = Browser::new(house.router.clone(), "http://10.1.2.3");
    assert_eq!(stranger.get("/healthz").await.status, StatusCode::OK);
    assert_eq!(stranger.get("/readyz").await.status, StatusCode::OK);
    assert_eq!(stranger.get(&authorize().path()).await.status, StatusCode::MISDIRECTED_REQUEST);
    let page = house.browser().get(&authorize().path()).await;
    let path =
        page.text.split("href=\"/_static/vestibule.css").nth(1).and_then(|t| t.split('"').next()).expect("a link");
    let path = format!("/_static/vestibule.css{path}");
    let file = stranger.get(&path).await;
    assert_eq!(file.header("cache-control"), Some("public, max-age=31536000, immutable"));
    let tag = file.header("etag").expect("a tag").to_owned();
    let request =
        stranger.request(Method::GET, &path).header("if-none-match", tag).body(Body::empty()).expect("a request");
    assert_eq!(stranger.send(request).await.status, StatusCode::NOT_MODIFIED);
    assert_eq!(stranger.get("/_static/../Cargo.toml").await.status, StatusCode::NOT_FOUND);
    house.app.store().close().await;
    assert_eq!(stranger.get("/healthz").await.status, StatusCode::OK);
    assert_eq!(stranger.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn row_72_methods_that_an_endpoint_does_not_take_are_405() {
    let house = House::dev().await;
    for method in [Method::PUT, Method::DELETE, Method::TRACE, Method::PATCH] {
        for path in [authorize().path(), "/contoso/B2C_1_signupsignin1/oauth2/v2.0/logout".to_owned()] {
            let mut browser = house.browser();
            let request = browser.request(method.clone(), &path).header("x-http-method-override", "GET");
            let answer = browser.send(request.body(Body::empty()).expect("a request")).await;
            assert_eq!(
                (answer.status, answer.header("allow")),
                (StatusCode::METHOD_NOT_ALLOWED, Some("GET, HEAD, POST"))
            );
        }
    }
}

#[tokio::test]
async fn row_78_what_is_too_large_is_refused_at_once() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let long = authorize().with("state", &"x".repeat(9000)).path();
    assert_eq!(browser.get(&long).await.status, StatusCode::URI_TOO_LONG);
    let path = "/contoso/B2C_1_signupsignin1/SelfAsserted";
    let answer = browser.post(path, &[("password", &"x".repeat(1_000_000))]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}
