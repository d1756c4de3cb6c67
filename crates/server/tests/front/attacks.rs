//! The redirect URI decides where secrets go: every trick of security.md section 1, rows 1 to 22.

use super::{CALLBACK, STRICT1, WEBAPP1, authorize, house};
use http::StatusCode;

/// Addresses that are not the registered one, and that somebody may hope are taken for it.
const TRICKS: &[&str] = &[
    // 1: another host, suffix, prefix, glued
    "http://evil.test/getAToken",
    "http://localhost:5000.evil.test/getAToken",
    "http://evil.test/http://localhost:5000/getAToken",
    "http://localhost:5000/getATokenevil",
    // 2: user information
    "http://localhost:5000@evil.test/getAToken",
    "http://evil.test@localhost:5000/getAToken",
    "http://localhost:x@evil.test/getAToken",
    "http://localhost:5000%40evil.test/getAToken",
    // 3: backslashes
    "http://evil.test\\@localhost:5000/getAToken",
    "http://localhost:5000\\evil.test/getAToken",
    // 4: dot, case
    "http://localhost.:5000/getAToken",
    "http://LOCALHOST:5000/getAToken",
    "HTTP://localhost:5000/getAToken",
    "http://localhost:5000/getatoken",
    // 5: slashes, parents, semicolons
    "http://localhost:5000/getAToken/",
    "http://localhost:5000//getAToken",
    "http://localhost:5000/",
    "http://localhost:5000/get",
    "http://localhost:5000/getAToken;x",
    // 6, 7: traversal and encoding
    "http://localhost:5000/x/../getAToken",
    "http://localhost:5000/x/%2e%2e/getAToken",
    "http://localhost:5000/x/%252e%252e/getAToken",
    "http://localhost:5000/getAToke%6e",
    // 8: query and fragment
    "http://localhost:5000/getAToken?x=1",
    "http://localhost:5000/getAToken?",
    "http://localhost:5000/getAToken#x",
    "http://localhost:5000/getAToken#",
    // 9: port and scheme
    "http://localhost/getAToken",
    "http://localhost:80/getAToken",
    "http://localhost:05000/getAToken",
    "https://localhost:5000/getAToken",
    "//localhost:5000/getAToken",
    "/getAToken",
    // 10: schemes that run
    "javascript:alert(1)",
    "data:text/html,hello",
    // 11: blanks and control characters
    " http://localhost:5000/getAToken",
    "http://localhost:5000/getAToken ",
    "http://localhost:5000/getA\tToken",
    "http://localhost:5000/getAToken\n",
    "http://localhost:5000/getAToken\r\nSet-Cookie: x=y",
    // 12: look-alikes
    "http://lоcalhost:5000/getAToken",
    "http://localhost\u{3002}evil.test/getAToken",
    "http://[::1%25eth0]:5000/getAToken",
    // 13: loopback literals, wildcard
    "http://127.0.0.1:5000/getAToken",
    "http://*.evil.test/getAToken",
    // 14: several
    "http://localhost:5000/getAToken,http://evil.test/",
    "http://localhost:5000/getAToken http://evil.test/",
    // 19: another application's
    "https://two.example/signin-oidc",
];

#[tokio::test]
async fn an_address_that_is_not_registered_gets_nothing_at_all() {
    let house = house("tricks").await;
    for trick in TRICKS {
        let answer = house.browser().get(&authorize().with("redirect_uri", trick).path()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{trick:?}: {}", answer.text);
        assert_eq!(answer.location(), None, "{trick:?}");
        assert!(answer.text.contains("AADB2C90006"), "{trick:?}: {}", answer.text);
        assert!(!answer.text.contains("<a ") && !answer.text.contains("evil"), "{trick:?}: {}", answer.text);
        assert!(answer.headers.get("set-cookie").is_none(), "{trick:?}: no journey begins");
    }
}

#[tokio::test]
async fn bytes_that_are_no_text_are_refused_before_anything_is_looked_at() {
    let house = house("bytes").await;
    for bad in ["%00", "%ff", "%c0%ae", "%ed%a0%80"] {
        let path = authorize().path() + "&redirect_uri=http://localhost:5000/getAToken" + bad;
        let answer = house.browser().get(&path).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::BAD_REQUEST, None), "{bad}");
    }
}

#[tokio::test]
async fn who_asks_and_where_to_must_be_named_once() {
    let house = house("once").await;
    let evil = "http://evil.test/";
    let cases = [
        (authorize().without("client_id").path(), "AADB2C90008"),
        (authorize().with("client_id", "11111111-1111-4111-8111-111111111111").path(), "AADB2C90018"),
        (authorize().with("client_id", "66666666-0c47-4a15-b9e8-61d7a2f05c94").path(), "AADB2C90092"),
        (authorize().with("client_id", "f8c0e2a4-5d1b-4c39-9a76-2be18d40c7f3").path(), "AADB2C90007"),
        (authorize().without("redirect_uri").path(), "AADB2C90006"),
        (authorize().with("redirect_uri", "").path(), "AADB2C90006"),
        (format!("{}&redirect_uri={evil}", authorize().path()), "AADB2C90122"),
        (format!("{}&redirect_uri={CALLBACK}", authorize().path()), "AADB2C90122"),
        (format!("{}&client_id={WEBAPP1}", authorize().path()), "AADB2C90122"),
        (format!("{}&redirect_uri[]={evil}", authorize().without("redirect_uri").path()), "AADB2C90006"),
        (format!("{}&Redirect_Uri={evil}", authorize().without("redirect_uri").path()), "AADB2C90006"),
        (format!("{}&redirect.uri={evil}", authorize().without("redirect_uri").path()), "AADB2C90006"),
        // Row 17: whatever else is wrong.
        (authorize().with("redirect_uri", evil).with("response_type", "x").without("scope").path(), "AADB2C90006"),
        (authorize().with("redirect_uri", evil).with("prompt", "none").path(), "AADB2C90006"),
    ];
    for (path, code) in cases {
        let answer = house.browser().get(&path).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::BAD_REQUEST, None), "{path}");
        assert!(answer.text.contains(code), "{path}: {}", answer.text);
        assert!(!answer.text.contains("evil"), "{path}: {}", answer.text);
    }
}

#[tokio::test]
async fn of_a_posted_request_the_form_counts() {
    let house = house("posted").await;
    let mut browser = house.browser();
    let request = authorize();
    let path = format!("/contoso.onmicrosoft.com/{}/oauth2/v2.0/authorize", request.flow);
    let fields: Vec<(&str, &str)> = request.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let page = browser.post(&format!("{path}?redirect_uri=http://evil.test/&state=other"), &fields).await;
    assert!(page.is_page("Unified"), "{}", page.text);
    let answer = browser.sign_in_at(&page, super::ANN, &[]).await;
    assert_eq!(answer.carried(CALLBACK, '?')["state"], "a-state");
    assert_eq!(answer.status, StatusCode::FOUND);
}

#[tokio::test]
async fn a_request_object_is_refused_by_its_exact_error() {
    let house = house("objects").await;
    for client in [WEBAPP1, STRICT1] {
        let callback = if client == STRICT1 { "https://strict.example/cb" } else { CALLBACK };
        let request = authorize().with("client_id", client).with("redirect_uri", callback);
        let answer = house.browser().get(&request.clone().with("request", "eyJhbGciOiJub25lIn0.e30.").path()).await;
        assert_eq!(answer.carried(callback, '?')["error"], "request_not_supported");
        let answer = house.browser().get(&request.with("request_uri", "http://127.0.0.1/x").path()).await;
        assert_eq!(answer.carried(callback, '?')["error"], "request_uri_not_supported");
    }
}

#[tokio::test]
async fn hostile_values_of_state_come_back_encoded_and_nowhere_else() {
    let house = house("hostile").await;
    for state in ["x\r\nSet-Cookie: a=b", "\u{560a}x", "\"><script>alert(1)</script>", "a&error=b#c", "ä\u{202e}ö"] {
        let answer = house.browser().get(&authorize().with("state", state).with("prompt", "none").path()).await;
        let carried = answer.carried(CALLBACK, '?');
        assert_eq!((carried["state"].as_str(), carried["error"].as_str()), (state, "interaction_required"));
        assert!(answer.headers.get("set-cookie").is_none());
        let page = house.browser().get(&authorize().with("state", state).with("login_hint", state).path()).await;
        assert!(!page.text.contains("<script>alert"), "{}", page.text);
    }
}
