//! Edge cases of HTTP: HEAD, hosts that are similar to ours, and the targets of forms.

use http::{HeaderMap, Method, StatusCode};
use vestibule_testing::{ANN, Answer, Authorize, CALLBACK, House, LOCAL, NATIVE1, STORIES, WEBAPP1, authorize, encode};

/// A path of every endpoint that answers GET.
fn paths() -> Vec<String> {
    let flow = "/contoso.onmicrosoft.com/B2C_1_signupsignin1";
    let below = [
        "/v2.0/.well-known/openid-configuration",
        "/.well-known/openid-configuration",
        "/discovery/v2.0/keys",
        "/discovery/keys",
        "/oauth2/v2.0/authorize",
        "/oauth2/authorize",
        "/oauth2/v2.0/token",
        "/oauth2/token",
        "/oauth2/v2.0/logout",
        "/oauth2/logout",
        "/openid/v2.0/userinfo",
        "/oauth2/authresp",
        "/SelfAsserted",
        "/SelfAsserted/DisplayControlAction/vbeta/control/SendCode",
        "/api/CombinedSigninAndSignup/confirmed",
        "/api/CombinedSigninAndSignup/unified",
        "/api/SelfAsserted/error",
        "/client/perftrace",
    ];
    let mut all: Vec<String> = below.iter().map(|path| format!("{flow}{path}")).collect();
    all.extend([
        authorize().path(),
        authorize().with("prompt", "none").path(),
        authorize().with("scope", "").path(),
        format!("{flow}/oauth2/v2.0/logout?{}", encode([("post_logout_redirect_uri", CALLBACK)])),
        "/contoso.onmicrosoft.com/oauth2/authresp".to_owned(),
        "/contoso.onmicrosoft.com/B2C_1_nothing/oauth2/v2.0/authorize".to_owned(),
    ]);
    let others = ["/", "/_dev", "/_dev/", "/_dev/outbox", "/_dev/outbox.json", "/_dev/clock", "/_dev/nothing"];
    let more = ["/healthz", "/readyz", "/_static/vestibule.css", "/_static/nothing", "/nothing", "/a/b/c/d"];
    all.extend(others.iter().chain(&more).map(|path| (*path).to_owned()));
    all
}

/// The headers without those that differ between requests.
fn steady(answer: &Answer) -> HeaderMap {
    let mut headers = answer.headers.clone();
    for name in ["x-ms-request-id", "set-cookie", "content-security-policy", "content-length", "location"] {
        headers.remove(name);
    }
    headers
}

#[tokio::test]
async fn head_is_answered_as_get_without_the_body() {
    let house = House::dev().await;
    for path in paths() {
        let got = house.get(&path).await;
        let head = house.send(Method::HEAD, &path, &[], "").await;
        assert_eq!((head.status, steady(&head)), (got.status, steady(&got)), "{path}");
        assert!(head.text.is_empty(), "{path}: {}", head.text);
        let length = head.header("content-length").and_then(|length| length.parse::<usize>().ok());
        assert!(got.text.is_empty() || length.is_some_and(|length| length > 0), "{path}: {length:?}");
        assert_eq!(head.headers.contains_key("location"), got.headers.contains_key("location"), "{path}");
    }
}

#[tokio::test]
async fn a_method_that_is_not_taken_is_told_those_that_are() {
    let house = House::dev().await;
    for path in [authorize().path(), "/contoso/B2C_1_signupsignin1/oauth2/v2.0/logout".to_owned()] {
        let answer = house.send(Method::PUT, &path, &[], "").await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(answer.header("allow"), Some("GET, HEAD, POST"), "{path}");
    }
}

#[tokio::test]
async fn an_address_that_differs_by_its_scheme_or_port_is_told_so() {
    let house = House::serve().await;
    let forwarded = ("x-forwarded-proto", "https");
    for (host, headers, sentence) in [
        ("login.contoso.test", &[][..], "configured with https, and the request came by http"),
        ("login.contoso.test", &[forwarded][..], "trusted_proxies must name it"),
        ("localhost", &[][..], "configured with another port"),
        ("elsewhere.test", &[][..], "No tenant is configured for this address."),
    ] {
        let mut all = vec![("host", host)];
        all.extend_from_slice(headers);
        let mut browser = house.browser();
        let mut request = http::Request::builder().method(Method::GET).uri("/healthy");
        for (name, value) in all {
            request = request.header(name, value);
        }
        let answer = browser.send(request.body(axum::body::Body::empty()).expect("a request")).await;
        assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST, "{host}");
        assert!(answer.text.contains(sentence), "{host}: {}", answer.text);
    }
}

/// The `form-action` of a page.
fn form_action(page: &Answer) -> &str {
    let policy = page.header("content-security-policy").expect("a policy");
    policy.split("; ").find_map(|directive| directive.strip_prefix("form-action ")).expect("form-action")
}

#[tokio::test]
async fn pages_may_lead_to_the_redirect_uri_and_to_nothing_else() {
    let uris = [
        ("http://localhost:5000/app", "'self' http://localhost:5000"),
        ("http://127.0.0.1:9195/cb", "'self' http://127.0.0.1:9195"),
        ("http://[::1]:9195/cb", "'self' http:"),
        ("com.example.app:/cb", "'self' com.example.app:"),
        ("msal55555555-0c47-4a15-b9e8-61d7a2f05c94://auth", "'self' msal55555555-0c47-4a15-b9e8-61d7a2f05c94:"),
        ("urn:ietf:wg:oauth:2.0:oob", "'self' urn:"),
    ];
    let list: Vec<&str> = uris.iter().map(|(uri, _)| *uri).collect();
    let native = STORIES
        .replace("\"com.example.app://auth\"", &list.iter().map(|u| format!("{u:?}")).collect::<Vec<_>>().join(", "));
    let house = House::builder().dev().with_stories(&native).open().await;
    for (uri, sources) in uris {
        let request = authorize().with("client_id", NATIVE1).with("redirect_uri", uri);
        let mut browser = house.browser();
        let page = browser.get(&request.path()).await;
        assert_eq!(form_action(&page), sources, "{uri}");
        let done = browser.sign_in_at(&page, ANN, &[]).await;
        assert!(done.location().is_some_and(|to| to.starts_with(uri)), "{uri}: {:?}", done.location());
    }
}

#[tokio::test]
async fn the_question_before_a_sign_out_may_lead_to_where_it_goes_back() {
    let house = House::dev().await;
    let mut browser = house.browser();
    browser.sign_in(&authorize(), ANN).await.code();
    let asked = encode([("post_logout_redirect_uri", "https://two.example/bye")]);
    let question = browser.get(&format!("/contoso/B2C_1_signupsignin1/oauth2/v2.0/logout?{asked}")).await;
    assert_eq!(form_action(&question), "'self' https://two.example");
}

#[tokio::test]
async fn a_browser_posts_a_form_to_web_addresses_only() {
    let house = House::dev().await;
    let request = authorize().with("response_mode", "form_post");
    let native = request.with("client_id", NATIVE1).with("redirect_uri", "com.example.app://auth");
    let answer = house.browser().get(&native.path()).await;
    assert_eq!(&answer.carried("com.example.app://auth", '?')["error_description"][..11], "AADB2C90014");
}

/// Requests, and the codes for them in Microsoft's list
/// (<https://learn.microsoft.com/azure/active-directory-b2c/error-codes>).
fn mistakes() -> Vec<(Authorize, &'static str)> {
    vec![
        (
            authorize().with("scope", "openid,offline_access"),
            "AADB2C99005: The request contains an invalid scope parameter which includes an illegal character ','.",
        ),
        (
            authorize().with("scope", "openid|x"),
            "AADB2C99005: The request contains an invalid scope parameter which includes an illegal character '|'.",
        ),
        (authorize().without("scope"), "AADB2C90010: The request does not contain a scope parameter."),
        (
            authorize().with("scope", "offline_access profile"),
            "AADB2C90115: When requesting the 'code' response_type, the scope parameter must include a resource or client ID for access tokens, and 'openid' for ID tokens. Additionally include 'offline_access' for refresh tokens.",
        ),
        (
            authorize().with("scope", "openid tasks.read"),
            "AADB2C90117: The scope 'tasks.read' provided in the request is not supported.",
        ),
        (
            authorize().with("response_type", "codes"),
            "AADB2C90013: The requested response type 'codes' provided in the request is not supported.",
        ),
        (
            authorize().with("response_mode", "okay"),
            "AADB2C90014: The requested response mode 'okay' provided in the request is not supported.",
        ),
        (
            authorize().without("response_type"),
            "AADB2C90083: The request is missing required parameter: response_type.",
        ),
        (
            authorize().with("prompt", "admin_consent"),
            "AADB2C90043: The prompt included in the request contains invalid values. Expected 'none', 'login', 'consent' or 'select_account'.",
        ),
        (
            authorize().with("max_age", "-1"),
            "AADB2C90120: The max age parameter '-1' specified in the request is invalid. Max age must be an integer between '0' and '31622400' inclusive.",
        ),
    ]
}

#[tokio::test]
async fn the_texts_of_microsofts_list_stand_behind_their_codes() {
    let house = House::dev().await;
    for (request, sentence) in mistakes() {
        let carried = house.browser().get(&request.path()).await.carried(CALLBACK, '?');
        assert_eq!(carried["error_description"].lines().next(), Some(sentence));
    }
}

#[tokio::test]
async fn an_address_after_sign_out_that_is_no_address_is_told_so() {
    let house = House::dev().await;
    let asked = encode([("client_id", WEBAPP1), ("post_logout_redirect_uri", "nonsense")]);
    let logout = format!("/contoso/B2C_1_signupsignin1/oauth2/v2.0/logout?{asked}");
    let mut browser = house.browser();
    browser.sign_in(&authorize(), ANN).await.code();
    let answer = browser.get(&logout).await;
    assert!(answer.status == StatusCode::BAD_REQUEST && answer.text.contains("AADB2C90067"), "{}", answer.text);
    assert!(!answer.text.contains(LOCAL));
}
