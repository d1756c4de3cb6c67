//! The redirect URI decides where secrets are sent: all attacks of security.md section 1, rows 1 to 22.

use http::StatusCode;
use vestibule_testing::{ANN, Authorize, CALLBACK, House, STRICT1, WEBAPP1, authorize};

/// None of these URLs has a result: no redirect, no code, no sign-in page, no link, no journey.
async fn nothing_for(tricks: &[&str]) {
    let house = House::dev().await;
    for trick in tricks {
        refused(&house, &authorize(), trick).await;
    }
}

/// The same for an application at https://two.example/signin-oidc.
async fn nothing_at_https(tricks: &[&str]) {
    let house = House::dev().await;
    for trick in tricks {
        refused(&house, &authorize().of_webapp2(), trick).await;
    }
}

async fn refused(house: &House, request: &Authorize, trick: &str) {
    let answer = house.browser().get(&request.clone().with("redirect_uri", trick).path()).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{trick:?}: {}", answer.text);
    assert_eq!(answer.location(), None, "{trick:?}");
    assert!(answer.text.contains("AADB2C90006"), "{trick:?}: {}", answer.text);
    assert!(!answer.text.contains("<a ") && !answer.text.contains("evil"), "row 18, {trick:?}: {}", answer.text);
    assert!(answer.headers.get("set-cookie").is_none(), "{trick:?}: no journey begins");
}

#[tokio::test]
async fn row_1_and_row_18_another_host_gets_an_error_page_without_links() {
    let hosts = [
        "http://evil.test/getAToken",
        "http://localhost:5000.evil.test/getAToken",
        "http://localhost.evil.test:5000/getAToken",
        "http://evil.test/http://localhost:5000/getAToken",
        "http://evillocalhost:5000/getAToken",
        "http://evil.localhost:5000/getAToken",
        "http://localhostevil:5000/getAToken",
    ];
    nothing_for(&hosts).await;
}

#[tokio::test]
async fn row_2_user_information_is_refused() {
    let users = [
        "http://localhost:5000@evil.test/getAToken",
        "http://evil.test@localhost:5000/getAToken",
        "http://localhost:x@evil.test/getAToken",
        "http://localhost:5000%40evil.test/getAToken",
        "http://@localhost:5000/getAToken",
    ];
    nothing_for(&users).await;
}

#[tokio::test]
async fn row_3_backslashes_are_refused() {
    let backslashes = [
        "http://evil.test\\@localhost:5000/getAToken",
        "http://localhost:5000\\evil.test/getAToken",
        "http:\\\\localhost:5000/getAToken",
    ];
    nothing_for(&backslashes).await;
}

#[tokio::test]
async fn row_4_nothing_is_normalised() {
    let spellings = [
        "http://localhost.:5000/getAToken",
        "http://LOCALHOST:5000/getAToken",
        "HTTP://localhost:5000/getAToken",
        "http://localhost:5000/getatoken",
        "http://localhost:5000/GETATOKEN",
    ];
    nothing_for(&spellings).await;
}

#[tokio::test]
async fn row_5_slashes_parents_and_semicolons_are_refused() {
    let paths = [
        "http://localhost:5000/getAToken/",
        "http://localhost:5000//getAToken",
        "http://localhost:5000/",
        "http://localhost:5000",
        "http://localhost:5000/get",
        "http://localhost:5000/getATokenevil",
        "http://localhost:5000/getAToken/evil",
        "http://localhost:5000/getAToken;x",
    ];
    nothing_for(&paths).await;
}

#[tokio::test]
async fn row_6_path_traversal_is_refused_plain_and_encoded_once_and_twice() {
    let traversals = [
        "http://localhost:5000/x/../getAToken",
        "http://localhost:5000/getAToken/../evil",
        "http://localhost:5000/x/%2e%2e/getAToken",
        "http://localhost:5000/getAToken/..%2fevil",
        "http://localhost:5000/x/%252e%252e/getAToken",
    ];
    nothing_for(&traversals).await;
}

#[tokio::test]
async fn row_7_an_encoded_letter_is_another_letter() {
    nothing_for(&["http://localhost:5000/getAToke%6e", "http://localhost:5000/%67etAToken"]).await;
}

#[tokio::test]
async fn row_8_no_query_or_fragment_is_added_be_it_empty() {
    let added = [
        "http://localhost:5000/getAToken?x=1",
        "http://localhost:5000/getAToken?",
        "http://localhost:5000/getAToken#x",
        "http://localhost:5000/getAToken#",
    ];
    nothing_for(&added).await;
}

#[tokio::test]
async fn row_9_port_and_scheme_are_part_of_the_address() {
    let plain = [
        "http://localhost/getAToken",
        "http://localhost:80/getAToken",
        "http://localhost:5001/getAToken",
        "http://localhost:05000/getAToken",
        "https://localhost:5000/getAToken",
        "//localhost:5000/getAToken",
        "/getAToken",
    ];
    nothing_for(&plain).await;
    let secure = [
        "https://two.example:443/signin-oidc",
        "https://two.example:8443/signin-oidc",
        "http://two.example/signin-oidc",
        "http://two.example:443/signin-oidc",
        "//two.example/signin-oidc",
        "/signin-oidc",
    ];
    nothing_at_https(&secure).await;
}

#[tokio::test]
async fn row_10_schemes_that_run_are_refused() {
    let schemes = ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,hello", "vbscript:x", "file:///etc"];
    nothing_for(&schemes).await;
}

#[tokio::test]
async fn row_11_blanks_and_control_characters_are_refused() {
    let blanks = [
        " http://localhost:5000/getAToken",
        "http://localhost:5000/getAToken ",
        "http://localhost:5000/get AToken",
        "http://localhost:5000/getA\tToken",
        "http://localhost:5000/getAToken\n",
        "http://localhost:5000/getAToken\r\nSet-Cookie: x=y",
    ];
    nothing_for(&blanks).await;
}

#[tokio::test]
async fn row_12_look_alikes_are_refused() {
    let alikes = [
        // The second letter is Cyrillic.
        "http://l\u{43e}calhost:5000/getAToken",
        "http://xn--lcalhost-2ih:5000/getAToken",
        "http://localhost\u{3002}evil.test/getAToken",
        "http://[::1%25eth0]:5000/getAToken",
    ];
    nothing_for(&alikes).await;
}

#[tokio::test]
async fn row_13_loopback_and_wildcards_are_refused() {
    nothing_for(&["http://127.0.0.1:5000/getAToken", "http://[::1]:5000/getAToken"]).await;
    let secure = [
        "http://localhost/signin-oidc",
        "https://localhost/signin-oidc",
        "http://127.0.0.1/signin-oidc",
        "http://127.0.0.1:51234/signin-oidc",
        "http://[::1]/signin-oidc",
        "https://*.example/signin-oidc",
        "https://*.two.example/signin-oidc",
        "https://evil.two.example/signin-oidc",
    ];
    nothing_at_https(&secure).await;
}

#[tokio::test]
async fn row_14_several_addresses_in_one_value_are_refused() {
    let several = [
        "http://localhost:5000/getAToken,http://evil.test/",
        "http://localhost:5000/getAToken http://evil.test/",
        "http://evil.test/ http://localhost:5000/getAToken",
        "http://localhost:5000/getAToken;http://evil.test/",
    ];
    nothing_for(&several).await;
}

#[tokio::test]
async fn row_19_another_applications_address_is_refused() {
    nothing_for(&["https://two.example/signin-oidc", "https://strict.example/cb"]).await;
    nothing_at_https(&[CALLBACK]).await;
}

#[tokio::test]
async fn row_11_and_row_69_bytes_that_are_no_text_are_refused_before_anything_is_looked_at() {
    let house = House::dev().await;
    for bad in ["%00", "%ff", "%c0%ae", "%ed%a0%80"] {
        let path = authorize().path() + "&redirect_uri=http://localhost:5000/getAToken" + bad;
        let answer = house.browser().get(&path).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::BAD_REQUEST, None), "{bad}");
    }
}

#[tokio::test]
async fn row_15_and_row_16_and_row_17_who_asks_and_where_to_must_be_named_once() {
    let house = House::dev().await;
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
        // Row 17: the redirect URI is checked first, whatever else is wrong.
        (authorize().with("redirect_uri", evil).with("response_type", "x").without("scope").path(), "AADB2C90006"),
        (authorize().with("redirect_uri", evil).with("prompt", "none").path(), "AADB2C90006"),
    ];
    for (path, code) in cases {
        let answer = house.browser().get(&path).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::BAD_REQUEST, None), "{path}");
        assert!(answer.text.contains(code), "{path}: {}", answer.text);
        assert!(!answer.text.contains("evil"), "{path}: {}", answer.text);
    }
    // Next to the correct parameter, an odd spelling is an unknown parameter.
    for odd in ["redirect_uri[]", "Redirect_Uri", "redirect.uri", "redirect_uri[0]", "redirect%20uri"] {
        let mut browser = house.browser();
        let page = browser.get(&format!("{}&{odd}={evil}", authorize().path())).await;
        assert!(!page.text.contains("evil"), "{odd}: {}", page.text);
        browser.sign_in_at(&page, ANN, &[]).await.code();
    }
}

#[tokio::test]
async fn row_22_of_a_posted_request_the_form_counts() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let request = authorize();
    let path = format!("/contoso.onmicrosoft.com/{}/oauth2/v2.0/authorize", request.flow);
    let fields: Vec<(&str, &str)> = request.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let page = browser.post(&format!("{path}?redirect_uri=http://evil.test/&state=other"), &fields).await;
    assert!(page.is_page("Unified"), "{}", page.text);
    let answer = browser.sign_in_at(&page, ANN, &[]).await;
    assert_eq!(answer.carried(CALLBACK, '?')["state"], "a-state");
    assert_eq!(answer.status, StatusCode::FOUND);
}

#[tokio::test]
async fn requirement_10_a_request_object_is_refused_by_its_exact_error() {
    let house = House::dev().await;
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
async fn row_67_hostile_values_of_state_come_back_encoded_and_nowhere_else() {
    let house = House::dev().await;
    for state in ["x\r\nSet-Cookie: a=b", "\u{560a}x", "\"><script>alert(1)</script>", "a&error=b#c", "ä\u{202e}ö"] {
        let answer = house.browser().get(&authorize().with("state", state).with("prompt", "none").path()).await;
        let carried = answer.carried(CALLBACK, '?');
        assert_eq!((carried["state"].as_str(), carried["error"].as_str()), (state, "interaction_required"));
        assert!(answer.headers.get("set-cookie").is_none());
        let page = house.browser().get(&authorize().with("state", state).with("login_hint", state).path()).await;
        assert!(!page.text.contains("<script>alert"), "{}", page.text);
    }
}
