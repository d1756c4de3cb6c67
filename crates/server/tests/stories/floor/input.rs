//! Rows 63 to 82: maliciously crafted input at every URL.

use super::ground::{STRICT, logout};
use axum::body::Body;
use http::{Method, StatusCode, header};
use vestibule_protocol::digest::base64url;
use vestibule_testing::{ANN, CALLBACK, FLOW, House, WEBAPP1, authorize};

const PARAMETERS: &[&str] = &[
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "prompt",
    "max_age",
    "login_hint",
    "domain_hint",
    "ui_locales",
    "id_token_hint",
    "acr_values",
    "claims",
    "display",
    "code_challenge",
    "code_challenge_method",
    "client_info",
    "p",
    "error",
    "error_description",
    "x",
];

#[tokio::test]
async fn row_63_and_row_65_no_parameter_becomes_markup_or_a_sentence() {
    let house = House::dev().await;
    let mark = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>Call +1 555 0100";
    for name in PARAMETERS {
        let answer = house.browser().get(&authorize().with(name, mark).path()).await;
        assert!(answer.status.as_u16() < 500, "{name}");
        assert!(
            !answer.text.contains("<script>alert") && !answer.text.contains("<img src=x"),
            "{name}: {}",
            answer.text
        );
        if !["login_hint", "state"].contains(name) {
            assert!(!answer.text.contains("555 0100"), "{name}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn row_64_no_path_becomes_markup() {
    let house = House::dev().await;
    let mark = "%3Cscript%3Ealert(1)%3C/script%3E";
    for path in [
        format!("/{mark}"),
        format!("/{mark}/B2C_1_signupsignin1/oauth2/v2.0/authorize"),
        format!("/contoso.onmicrosoft.com/{mark}/oauth2/v2.0/authorize"),
        format!("{FLOW}/api/{mark}/confirmed"),
        format!("{FLOW}/{mark}"),
        format!("/_static/{mark}"),
    ] {
        let answer = house.browser().get(&path).await;
        assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
        assert!(!answer.text.contains("<script>alert"), "{path}: {}", answer.text);
    }
}

#[tokio::test]
async fn row_64_no_state_becomes_markup_in_the_form_that_is_posted_home() {
    let house = House::dev().await;
    for state in ["'><script>alert(1)</script>", "\"><script>alert(1)</script>", "</form><script>alert(1)</script>"] {
        let posted = authorize().with("response_mode", "form_post").with("state", state);
        for answer in [
            house.browser().sign_in(&posted, ANN).await,
            house.browser().get(&posted.with("prompt", "none").path()).await,
        ] {
            assert!(answer.text.contains("name='state'"), "{}", answer.text);
            assert!(!answer.text.contains("<script>alert"), "{}", answer.text);
            assert_eq!(answer.text.matches("</form>").count(), 1, "{}", answer.text);
        }
    }
}

#[tokio::test]
async fn row_67_no_parameter_becomes_a_header() {
    let house = House::dev().await;
    for line in [
        "x\r\nSet-Cookie: evil=1",
        "x\nSet-Cookie: evil=1",
        "x\rSet-Cookie: evil=1",
        "\u{560d}\u{560a}Set-Cookie: evil=1",
    ] {
        for name in ["state", "nonce", "scope", "login_hint", "ui_locales"] {
            let answer = house.browser().get(&authorize().with(name, line).with("prompt", "none").path()).await;
            let evil = |value: &http::HeaderValue| value.as_bytes().starts_with(b"evil");
            assert!(!answer.headers.get_all("set-cookie").iter().any(evil), "{name}");
            assert!(answer.status.as_u16() < 500, "{name}: {}", answer.status);
        }
    }
}

/// Values with a special meaning to databases, templates, shells and parsers.
const HOSTILE: [&str; 12] = [
    "' OR '1'='1",
    "'; DROP TABLE users; --",
    "1; SELECT pg_sleep(10)",
    "{\"$ne\": null}",
    "\u{feff}x",
    "\u{202e}evil",
    "\u{1f600}",
    "%",
    "%zz",
    "../../../etc/hostname",
    "${jndi:ldap://127.0.0.1/x}",
    "{{7*7}}",
];

#[tokio::test]
async fn row_68_and_row_69_hostile_values_are_client_errors_or_harmless() {
    let house = House::dev().await;
    for value in HOSTILE {
        for name in PARAMETERS {
            let answer = house.browser().get(&authorize().with(name, value).path()).await;
            assert!(answer.status.as_u16() < 500, "{name}={value}: {}", answer.status);
            assert!(!answer.text.contains("syntax error"), "{name}={value}");
        }
        for name in
            ["grant_type", "client_id", "client_secret", "code", "code_verifier", "refresh_token", "redirect_uri"]
        {
            let mut fields = vec![("grant_type", "authorization_code"), ("client_id", WEBAPP1), ("code", "x")];
            fields.retain(|(n, _)| *n != name);
            fields.push((name, value));
            let answer = house.token(&fields).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name}={value}");
        }
        let answer =
            house.browser().get(&logout(&[("id_token_hint", value), ("post_logout_redirect_uri", value)])).await;
        assert!(answer.status.as_u16() < 500 && answer.location().is_none(), "{value}");
    }
    for raw in ["%00", "%ff", "%c0%ae", "%ed%a0%80", "%f4%90%80%80"] {
        for name in ["client_id", "redirect_uri", "scope", "state", "nonce", "login_hint", "ui_locales", "y"] {
            let request = authorize().without(name).path();
            for path in [request, logout(&[("x", "y")]), format!("{FLOW}/oauth2/v2.0/token?x=y")] {
                let answer = house.browser().get(&format!("{path}&{name}={raw}")).await;
                assert_eq!((answer.status, answer.location()), (StatusCode::BAD_REQUEST, None), "{path} {name}={raw}");
            }
        }
    }
}

#[tokio::test]
async fn row_68_names_and_passwords_are_no_part_of_a_query_to_the_store() {
    let house = House::dev().await;
    for value in ["' OR '1'='1", "ann@contoso.test' --", "'; SELECT pg_sleep(10); --", "{\"$gt\": \"\"}", "\\'; x"] {
        for (name, password) in [(value, ANN.1), (ANN.0, value), (value, value)] {
            let page = house.browser().sign_in(&authorize(), (name, password)).await;
            assert!(page.is_page("Unified"), "{name} {password}: {}", page.text);
            assert!(!page.text.contains("syntax error") && !page.text.contains("sqlite"), "{}", page.text);
        }
    }
    house.browser().sign_in(&authorize(), ANN).await.code();
}

#[tokio::test]
async fn row_73_other_content_types_are_not_read() {
    let house = House::dev().await;
    let xml = "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/hostname\">]><a>&b;</a>";
    let json = "{\"grant_type\":\"client_credentials\"}";
    for (kind, body) in
        [("application/json", json), ("application/xml", xml), ("text/plain", "grant_type=password"), ("", "a=b")]
    {
        for path in ["/oauth2/v2.0/token", "/oauth2/v2.0/authorize", "/SelfAsserted"] {
            let mut browser = house.browser();
            let mut request = browser.request(Method::POST, &format!("{FLOW}{path}"));
            if !kind.is_empty() {
                request = request.header(header::CONTENT_TYPE, kind);
            }
            let answer = browser.send(request.body(Body::from(body)).expect("a request")).await;
            assert!(answer.status.is_client_error(), "{kind} {path}: {}", answer.status);
        }
    }
}

#[tokio::test]
async fn row_74_and_row_75_no_path_leads_out_of_the_table_of_addresses() {
    let house = House::serve().await;
    for path in [
        "/.env",
        "/.git/config",
        "/metrics",
        "/debug/pprof",
        "/server-status",
        "/_static/../Cargo.toml",
        "/_static/%2e%2e/Cargo.toml",
        "/_static/..%2f..%2fetc%2fhostname",
        "/../../etc/hostname",
        "/_dev/outbox",
        "/_dev/clock",
        "//evil.test/",
        "/contoso.onmicrosoft.com/B2C_1_signupsignin1/v2.0/.well-known/openid-configuration/..",
        "/contoso.onmicrosoft.com/B2C_1_signupsignin1/v2.0/.well-known%2fopenid-configuration",
        "/contoso.onmicrosoft.com/B2C_1_signupsignin1/v2.0/.well-known/openid-configuration;x",
        "/contoso.onmicrosoft.com/..%2fother/v2.0/.well-known/openid-configuration",
    ] {
        let answer = house.browser().get(path).await;
        assert!(answer.status.is_client_error() && answer.location().is_none(), "{path}: {}", answer.status);
        assert!(!answer.text.contains("panicked") && !answer.text.contains("src/"), "row 76: {path}");
    }
}

#[tokio::test]
async fn row_78_too_much_is_refused_at_once() {
    let house = House::dev().await;
    let many = "a=1&".repeat(101);
    assert_eq!(house.browser().get(&format!("{}&{many}", authorize().path())).await.status, StatusCode::BAD_REQUEST);
    let post = |body: String| {
        let mut browser = house.browser();
        let request = browser
            .request(Method::POST, &format!("{FLOW}/oauth2/v2.0/token"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .expect("a request");
        async move { browser.send(request).await.status }
    };
    assert_eq!(post("a=1&".repeat(15_000)).await, StatusCode::BAD_REQUEST);
    assert_eq!(post("a&".repeat(50_000)).await, StatusCode::PAYLOAD_TOO_LARGE);
    // Names whose hashes collide in an unseeded table (32 bits of DJB2): there are too many before any table is built.
    let colliding = |n: u32| (0..8).map(|bit| if n >> bit & 1 == 1 { "bb" } else { "cA" }).collect::<String>();
    let names: Vec<String> = (0..256).map(|n| format!("{}=1", colliding(n))).collect();
    assert_eq!(post(names.join("&")).await, StatusCode::BAD_REQUEST);
    assert_eq!(post("x".repeat(20 * 1024 * 1024)).await, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(post(format!("password={}", "x".repeat(1_000_000))).await, StatusCode::PAYLOAD_TOO_LARGE, "row 82");
    house.browser().sign_in(&authorize(), ANN).await.code();
}

#[tokio::test]
async fn row_79_deep_and_odd_json_in_tokens_is_no_token() {
    let house = House::dev().await;
    let header = base64url(br#"{"alg":"RS256","kid":"x"}"#);
    let payloads =
        ["[".repeat(4_000), "{\"a\":".repeat(1_000), "{\"exp\":1e999}".to_owned(), "{\"iss\":1,\"iss\":2}".to_owned()];
    for payload in payloads {
        let token = format!("{header}.{}.AAAA", base64url(payload.as_bytes()));
        let answer =
            house.browser().get(&logout(&[("id_token_hint", &token), ("post_logout_redirect_uri", STRICT)])).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::OK, None), "{}", &payload[..10]);
        assert_eq!(super::ground::userinfo(&house, &token).await.status, StatusCode::UNAUTHORIZED);
    }
    // As deep as a form may be long, and deeper: 100,000 levels exceed the size limit of a body.
    for (depth, status) in [(40_000, StatusCode::OK), (100_000, StatusCode::PAYLOAD_TOO_LARGE)] {
        let token = format!("{header}.{}.AAAA", base64url("[".repeat(depth).as_bytes()));
        let answer = house.browser().post(&logout(&[]), &[("id_token_hint", &token)]).await;
        assert_eq!((answer.status, answer.location()), (status, None), "{depth}");
    }
    for claims in ["[".repeat(3_000), "{\"id_token\":".repeat(300), "{\"id_token\":1e999}".to_owned()] {
        let page = house.browser().get(&authorize().with("claims", &claims).path()).await;
        assert!(page.status.as_u16() < 500, "{}: {}", &claims[..10], page.status);
    }
}

#[tokio::test]
async fn row_80_compressed_requests_are_not_read() {
    let house = House::dev().await;
    for encoding in ["gzip", "deflate", "br", "zstd", "gzip, gzip"] {
        let mut browser = house.browser();
        let request = browser
            .request(Method::POST, &format!("{FLOW}/oauth2/v2.0/token"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::CONTENT_ENCODING, encoding)
            .body(Body::from("a=b"))
            .expect("a request");
        assert_eq!(browser.send(request).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{encoding}");
    }
}

#[tokio::test]
async fn requirement_8_state_comes_back_untouched_up_to_two_thousand_bytes() {
    let house = House::dev().await;
    for state in ["x".repeat(2048), "ä雪\u{1f600}".repeat(200), "a+b%20c&d=e#f?g \u{7f}".to_owned()] {
        let answer = house.browser().sign_in(&authorize().with("state", &state), ANN).await;
        assert_eq!(answer.carried(CALLBACK, '?')["state"], state);
    }
}
