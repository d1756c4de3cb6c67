//! The response to each kind of requester: a page, a form, htmx, a script, a prefetch.

use crate::support::{app, parameter, world};
use http::{Method, Request, StatusCode};
use serde_json::Value;
use vestibule::testing::{Browser, FakeTenant, Page};

const PROVIDER: &str = "https://contoso.b2clogin.com/";

fn json(page: &Page) -> Value {
    serde_json::from_str(&page.body).expect("JSON")
}

fn header<'a>(page: &'a Page, name: &str) -> &'a str {
    page.headers.get(name).map(|value| value.to_str().expect("text")).unwrap_or_default()
}

/// The full link in a page that begins with this path.
fn link(page: &Page, path: &str) -> String {
    let (_, rest) = page.body.split_once(&format!("href=\"{path}")).expect("a link");
    let (rest, _) = rest.split_once('"').expect("its end");
    format!("{path}{rest}").replace("&amp;", "&")
}

/// A user whose refresh token is gone: the app lacks a permission, but the session exists.
async fn without_permission() -> (FakeTenant, Browser) {
    let (tenant, mut browser) = world();
    browser.get("/me").await;
    tenant.revoke_refresh_tokens();
    (tenant, browser)
}

#[tokio::test]
async fn a_form_posted_when_signed_out_is_kept_on_a_page_with_the_way_back() {
    let (_, mut browser) = world();
    let page = browser.post("/me?draft=1", &[("note", "a \"b\" <c>\r\nd & ü"), ("note", "e")]).await;
    assert_eq!((page.status, header(&page, "content-type")), (StatusCode::UNAUTHORIZED, "text/html; charset=utf-8"));
    assert!(page.body.contains("because you are not signed in"), "{}", page.body);
    assert!(page.body.contains("<form method=\"post\" action=\"/me?draft=1\">"), "{}", page.body);
    let first = "<input type=\"hidden\" name=\"note\" value=\"a &quot;b&quot; &lt;c&gt;\r\nd &amp; ü\">";
    assert!(page.body.contains(first) && page.body.contains("value=\"e\""), "{}", page.body);
    let back = browser.get(&link(&page, "/auth/sign-in")).await;
    assert_eq!(back.status, StatusCode::OK, "the new tab ends in the app");
    assert_eq!(browser.post("/me?draft=1", &[("note", "e")]).await.status, StatusCode::OK, "and the form is sent");
}

#[tokio::test]
async fn the_sign_in_for_a_form_comes_back_to_the_page_that_had_it() {
    let (_, mut browser) = world();
    let request = Request::post("/me").header("accept", "text/html").header("sec-fetch-mode", "navigate");
    let request = request.header("content-type", "multipart/form-data; boundary=x").header("content-length", 9);
    let page =
        browser.send_with(request.header("referer", "http://localhost:5000/orders/7?tab=2"), "x".repeat(9)).await;
    assert!(page.body.contains("Fill it in again"), "files are not kept: {}", page.body);
    assert_eq!(browser.get(&link(&page, "/auth/sign-in")).await.path, "/orders/7?tab=2");
}

#[tokio::test]
async fn a_form_of_another_site_is_not_made_one_of_ours() {
    let (_, mut browser) = world();
    let request = Request::post("/me").header("accept", "text/html").header("sec-fetch-mode", "navigate");
    let request = request.header("content-type", "application/x-www-form-urlencoded").header("content-length", 8);
    let page = browser.send_with(request.header("sec-fetch-site", "cross-site"), "to=evil1".to_owned()).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    assert!(!page.body.contains("evil1") && !page.body.contains("<form"), "{}", page.body);
}

#[tokio::test]
async fn forms_of_the_librarys_pages_may_lead_on_to_the_provider_and_come_from_this_app() {
    let (_, mut browser) = world();
    let not_sent = browser.post("/me", &[("a", "b")]).await;
    let question = browser.send(Request::get("/auth/sign-out").header("sec-fetch-site", "cross-site")).await;
    for page in [not_sent, question] {
        assert!(page.body.contains("<form"), "{}", page.body);
        // Chromium applies `form-action` to the redirects after a form.
        assert!(!header(&page, "content-security-policy").contains("form-action"), "{page:?}");
        assert_eq!(header(&page, "referrer-policy"), "same-origin", "else the form's Origin is null");
    }
}

#[tokio::test]
async fn the_form_reaches_the_app_as_it_was_when_somebody_is_signed_in() {
    use axum::routing::post;
    let tenant = FakeTenant::new();
    let echo = |_: vestibule::User, body: String| async move { body };
    let app = axum::Router::new().route("/echo", post(echo)).route("/", axum::routing::get(|| async { "" }));
    let mut browser = Browser::new(&tenant, tenant.auth().install(app));
    browser.get("/auth/sign-in").await;
    assert_eq!(browser.post("/echo", &[("a", "1 2"), ("b", "ü")]).await.body, "a=1+2&b=%C3%BC");
}

#[tokio::test]
async fn a_missing_permission_is_not_told_as_nobody() {
    let (_, mut browser) = without_permission().await;
    let page = browser.send(Request::get("/read").header("sec-fetch-mode", "cors")).await;
    assert_eq!((page.status, &json(&page)["error"]), (StatusCode::UNAUTHORIZED, &Value::from("interaction_required")));
    assert!(!page.body.contains("Nobody"), "{}", page.body);
    assert_eq!(json(&page)["scope"], "https://contoso.onmicrosoft.com/tasks-api/tasks.read");
    let sign_in = json(&page)["sign_in"].as_str().expect("a path").to_owned();
    let begun = browser.step(&sign_in).await;
    let scope = parameter(begun.location(), "scope").expect("scopes");
    assert!(scope.contains("tasks.read"), "the way asks for what is missing: {scope}");
}

#[tokio::test]
async fn a_form_that_lacks_a_permission_says_so() {
    let tenant = FakeTenant::new();
    let send = |user: vestibule::User| async move {
        user.token(&["https://contoso.onmicrosoft.com/tasks-api/tasks.read"]).await.map(|_| "sent")
    };
    let app = axum::Router::new().route("/", axum::routing::get(|| async { "" }).post(send));
    let mut browser = Browser::new(&tenant, tenant.auth().install(app));
    browser.get("/auth/sign-in").await;
    tenant.revoke_refresh_tokens();
    let page = browser.post("/", &[("note", "kept")]).await;
    assert!(page.body.contains("needs your permission") && page.body.contains("kept"), "{}", page.body);
    assert!(!page.body.contains("not signed in"), "{}", page.body);
    browser.get(&link(&page, "/auth/sign-in")).await;
    assert_eq!(browser.post("/", &[("note", "kept")]).await.body, "sent");
}

#[tokio::test]
async fn scopes_in_a_link_are_those_that_the_app_asked_for() {
    let (_, mut browser) = world();
    for ask in ["https%3A%2F%2Fevil.test%2Fall", "AAAA", ""] {
        let begun = browser.step(&format!("/auth/sign-in?ask={ask}")).await;
        assert_eq!(parameter(begun.location(), "scope").as_deref(), Some("openid offline_access"), "{ask}");
    }
}

#[tokio::test]
async fn htmx_is_led_to_the_sign_in_and_back_to_the_page_it_is_on() {
    let (tenant, mut browser) = world();
    let htmx = |request: http::request::Builder| {
        request.header("hx-request", "true").header("hx-current-url", "http://localhost:5000/orders/7?tab=2")
    };
    for request in [Request::get("/me"), Request::post("/me")] {
        let page = browser.send(htmx(request)).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED);
        assert_eq!(header(&page, "hx-redirect"), "/auth/sign-in?return_to=%2Forders%2F7%3Ftab%3D2");
    }
    assert_eq!(tenant.asked("discovery"), 0, "the sign-in begins when the browser goes there");
    let page = browser.send(htmx(Request::get("/me").header("hx-boosted", "true"))).await;
    let back = header(&page, "hx-redirect").to_owned();
    assert_eq!(browser.get(&back).await.path, "/me", "a boosted link comes back to where it leads");
}

#[tokio::test]
async fn htmx_is_led_to_the_provider_from_the_links_of_the_sign_in() {
    let (_, mut browser) = world();
    let htmx = |path: &str| Request::get(path).header("hx-request", "true").header("sec-fetch-site", "same-origin");
    let page = browser.send(htmx("/auth/sign-in")).await;
    assert!(page.status == StatusCode::OK && header(&page, "hx-redirect").starts_with(PROVIDER), "{page:?}");
    browser.get("/me").await;
    let page = browser.send(htmx("/auth/sign-out")).await;
    assert!(header(&page, "hx-redirect").contains("/logout?"), "{page:?}");
    assert_eq!(browser.step("/").await.body, "nobody");
}

#[tokio::test]
async fn a_prefetch_begins_no_sign_in_and_ends_none() {
    let (tenant, mut browser) = world();
    browser.get("/me").await;
    let signed_in = browser.clone();
    browser.cookies.clear();
    for (name, value) in [("sec-purpose", "prefetch;prerender"), ("purpose", "prefetch"), ("x-moz", "prefetch")] {
        for path in ["/me", "/auth/sign-in", "/auth/edit-profile", "/auth/reset-password", "/auth/sign-out"] {
            let page = browser.send(Request::get(path).header(name, value).header("sec-fetch-mode", "navigate")).await;
            assert_eq!((page.status, page.location()), (StatusCode::UNAUTHORIZED, ""), "{path} {name}");
            assert!(browser.cookies.is_empty(), "{path} {name}");
        }
    }
    let mut browser = signed_in;
    browser.send(Request::get("/auth/sign-out").header("purpose", "prefetch")).await;
    assert_eq!(browser.send(Request::get("/me").header("purpose", "prefetch")).await.status, StatusCode::OK);
    assert_eq!((tenant.asked("authorize"), tenant.asked("logout")), (1, 0));
}

#[tokio::test]
async fn head_changes_nothing() {
    let (tenant, mut browser) = world();
    let page = browser.step("/me").await;
    let callback = browser.resolve(page.location());
    let head = |path: &str| Request::builder().method(Method::HEAD).uri(path.to_owned());
    browser.send(head(&callback)).await;
    assert_eq!(tenant.asked("token"), 0, "a code is not redeemed by HEAD");
    assert_eq!(browser.get(&callback).await.path, "/me");
    browser.send(head("/auth/sign-out")).await;
    assert_eq!(browser.step("/").await.body, "Ann Lee");
    let page = browser.send(head("/auth/sign-in")).await;
    assert!(page.status.is_success() && page.body.is_empty());
    browser.cookies.clear();
    let page = browser.send(head("/me")).await;
    assert!(page.location().starts_with(PROVIDER) && page.body.is_empty(), "as GET, without a body");
}

#[tokio::test]
async fn a_web_socket_and_an_event_stream_are_told_in_json() {
    let (_, mut browser) = world();
    let web_socket = Request::get("/me").header("upgrade", "websocket").header("connection", "upgrade");
    let stream = Request::get("/me").header("accept", "text/event-stream");
    for request in [web_socket, stream] {
        let page = browser.send(request).await;
        assert_eq!((page.status, &json(&page)["error"]), (StatusCode::UNAUTHORIZED, &Value::from("sign_in_required")));
        assert!(browser.cookies.is_empty());
    }
}

#[tokio::test]
async fn an_outage_and_wrong_settings_are_told_to_scripts_in_json() {
    let (tenant, mut browser) = without_permission().await;
    tenant.go_down();
    let script = |path: &str| Request::get(path).header("sec-fetch-mode", "cors");
    let page = browser.send(script("/read")).await;
    assert_eq!((page.status, header(&page, "retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "30"));
    assert_eq!(json(&page)["error"], "temporarily_unavailable");
    let wrong = vestibule::Auth::from_map(&std::collections::BTreeMap::new());
    let page = Browser::new(&tenant, app(&wrong)).send(script("/me")).await;
    assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(json(&page)["error_description"].as_str().is_some_and(|text| text.contains("CLIENT_ID is missing")));
}

#[tokio::test]
async fn a_method_that_an_address_does_not_take_is_answered_with_those_that_it_takes() {
    let (_, mut browser) = world();
    for (path, allowed) in
        [("/getAToken", "GET, HEAD"), ("/auth/sign-in", "GET, HEAD"), ("/auth/sign-out", "GET, HEAD, POST")]
    {
        let page = browser.send(Request::delete(path)).await;
        assert_eq!((page.status, header(&page, "allow")), (StatusCode::METHOD_NOT_ALLOWED, allowed), "{path}");
    }
}
