//! Requirements of other vendors' clients that no other suite covers (docs/compatibility.md, "What clients insist
//! on").

use super::requests::implicit;
use http::StatusCode;
use serde_json::Value;
use vestibule_protocol::digest::{from_base64url, half_hash};
use vestibule_protocol::jwt::claims_unverified;
use vestibule_testing::{
    ANN, Answer, Authorize, Browser, CALLBACK, FLOW, House, IMPLICIT1, LOCAL, READ, SECURE, SECURE_PORT, SPA1, TENANT,
    VERIFIER, WEBAPP1, authorize,
};

const IMPLICIT: &str = "https://implicit.example/cb";
const SPA: (&str, &str) = ("http://localhost:3000", "http://localhost:3000/");

/// Posts to the token endpoint of a policy, like a page at `origin`.
async fn token(house: &House, policy: &str, origin: &str, fields: &[(&str, &str)]) -> Answer {
    house.token_at(policy, fields, &[("origin", origin)]).await
}

fn json(answer: &Answer) -> Value {
    assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"), "{answer:?}");
    serde_json::from_str(&answer.text).expect("JSON")
}

#[tokio::test]
async fn an_unknown_tenant_or_policy_is_told_to_programs_in_json_that_any_page_reads() {
    let house = House::dev().await;
    for path in ["/contoso.onmicrosoft.com/B2C_1_nothing", "/nobody.onmicrosoft.com/B2C_1_signupsignin1"] {
        for end in ["v2.0/.well-known/openid-configuration", ".well-known/openid-configuration", "discovery/v2.0/keys"]
        {
            let answer = house.browser().get(&format!("{path}/{end}")).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}/{end}");
            let error = json(&answer);
            assert!(error["error_description"].as_str().is_some_and(|d| d.starts_with("AADB2C90022: ")), "{error}");
            assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{path}/{end}");
        }
    }
    let answer = token(&house, "B2C_1_nothing", SPA.0, &[("grant_type", "refresh_token")]).await;
    assert_eq!((answer.status, &json(&answer)["error"]), (StatusCode::NOT_FOUND, &Value::from("invalid_request")));
}

#[tokio::test]
async fn the_documents_issuer_is_that_of_both_tokens_to_the_byte_at_every_address() {
    let house = House::dev().await;
    for origin in [LOCAL, SECURE, SECURE_PORT] {
        let mut browser = Browser::new(house.router.clone(), origin);
        let document = json(&browser.get(&format!("{FLOW}/v2.0/.well-known/openid-configuration")).await);
        assert_eq!(document["issuer"], format!("{origin}/{TENANT}/v2.0/"));
        for name in ["authorization_endpoint", "token_endpoint", "end_session_endpoint", "jwks_uri"] {
            let url = document[name].as_str().expect("an address");
            assert!(url.starts_with(&format!("{origin}/")) && !url.contains('?'), "{name}: {url}");
        }
        let carried = browser.sign_in(&implicit("id_token token"), ANN).await.carried(IMPLICIT, '#');
        for name in ["id_token", "access_token"] {
            let claims = claims_unverified(&carried[name]).expect("a token");
            assert_eq!((&claims["iss"], &claims["ver"]), (&document["issuer"], &Value::from("1.0")), "{name}");
        }
        // For clients that require the issuer to match the document's URL.
        let by_issuer = format!("/oidc/{TENANT}/b2c_1_signupsignin1/v2.0/");
        let document = json(&browser.get(&format!("{by_issuer}.well-known/openid-configuration")).await);
        assert_eq!(document["issuer"], format!("{origin}{by_issuer}"));
    }
}

#[tokio::test]
async fn each_response_type_gives_its_members_by_default_in_the_fragment() {
    let house = House::dev().await;
    let both = ["access_token", "expires_in", "id_token", "iss", "scope", "state", "token_type"];
    for (response_type, members) in [
        ("id_token", &["id_token", "iss", "state"][..]),
        ("token", &["access_token", "expires_in", "iss", "scope", "state", "token_type"]),
        ("id_token token", &both),
        ("token id_token", &both),
        ("code id_token", &["code", "id_token", "iss", "state"]),
        ("code token", &["access_token", "code", "expires_in", "iss", "scope", "state", "token_type"]),
    ] {
        let carried = house.browser().sign_in(&implicit(response_type), ANN).await.carried(IMPLICIT, '#');
        assert_eq!(carried.keys().collect::<Vec<_>>(), members, "{response_type}");
        if let Some(scope) = carried.get("scope") {
            assert!(scope.split(' ').any(|one| one == READ), "in full, else msal 1 never finds it: {scope}");
            assert!(carried["expires_in"].parse::<u32>().is_ok() && carried["token_type"] == "Bearer");
        }
        let Some(token) = carried.get("id_token") else { continue };
        let claims = claims_unverified(token).expect("a token");
        assert_eq!(claims.get("c_hash"), carried.get("code").map(|c| Value::from(half_hash(c))).as_ref());
        assert_eq!(claims.get("at_hash"), carried.get("access_token").map(|t| Value::from(half_hash(t))).as_ref());
        assert_eq!((&claims["aud"], &claims["nonce"]), (&Value::from(IMPLICIT1), &Value::from("a-nonce")));
    }
}

#[tokio::test]
async fn a_state_is_as_sent_in_every_mode_and_in_errors() {
    let house = House::dev().await;
    // As MSAL and Auth.js write it: long, with a vertical bar.
    let state = format!("{}|user-state", "eyJpZCI6Ik".repeat(150));
    let request = authorize().with("state", &state);
    let mut browser = house.browser();
    let by_query = browser.sign_in(&request, ANN).await.carried(CALLBACK, '?');
    let by_fragment = browser.get(&request.clone().with("response_mode", "fragment").path()).await;
    assert_eq!((&by_query["state"], &by_fragment.carried(CALLBACK, '#')["state"]), (&state, &state));
    let posted = browser.get(&request.clone().with("response_mode", "form_post").path()).await;
    assert!(posted.text.contains(&format!("name='state' value='{state}'")), "{}", posted.text);
    let mut stranger = house.browser();
    let silent = stranger.get(&request.clone().with("prompt", "none").path()).await.carried(CALLBACK, '?');
    assert_eq!((silent["error"].as_str(), &silent["state"]), ("interaction_required", &state));
    let refused = stranger.get(&request.clone().with("response_type", "codes").path()).await;
    assert_eq!(refused.carried(CALLBACK, '?')["state"], state);
    let page = stranger.get(&request.path()).await;
    let form = stranger.press(&page, "unified", &[("local", "signup")]).await;
    let cancelled = stranger.press(&form, "cancelled", &[]).await.carried(CALLBACK, '?');
    assert_eq!((&cancelled["error_description"][..11], &cancelled["state"]), ("AADB2C90091", &state));
}

#[tokio::test]
async fn a_nonce_comes_back_as_sent_and_an_empty_one_is_none() {
    let house = House::dev().await;
    let odd = "nonce of form_post: ä+/=%20";
    let claims = async |request: Authorize| {
        let carried = house.browser().sign_in(&request, ANN).await.carried(CALLBACK, '?');
        let secret = house.secret(WEBAPP1);
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", WEBAPP1),
            ("client_secret", &secret),
            ("code", &carried["code"]),
            ("code_verifier", VERIFIER),
            ("redirect_uri", CALLBACK),
        ];
        let answer = token(&house, "B2C_1_signupsignin1", LOCAL, &fields).await;
        claims_unverified(json(&answer)["id_token"].as_str().expect("a token")).expect("a token")
    };
    assert_eq!(claims(authorize().with("nonce", odd)).await["nonce"], odd);
    assert!(!claims(authorize().with("nonce", "")).await.contains_key("nonce"));
    assert!(!claims(authorize().without("nonce")).await.contains_key("nonce"));
}

#[tokio::test]
async fn a_silent_answer_may_come_inside_a_frame_and_a_popup_is_not_cut_off() {
    let house = House::dev().await;
    let mut browser = house.secure_browser();
    browser.sign_in(&authorize(), ANN).await.code();
    for (request, joint) in [(authorize(), '?'), (authorize().with("response_mode", "fragment"), '#')] {
        let answer = browser.get(&request.with("prompt", "none").path()).await;
        assert!(answer.carried(CALLBACK, joint).contains_key("code"));
        for name in ["x-frame-options", "content-security-policy", "cross-origin-opener-policy"] {
            assert!(answer.headers.get(name).is_none(), "{name}");
        }
    }
    let page = browser.get(&authorize().with("prompt", "login").path()).await;
    assert!(page.is_page("Unified") && page.headers.get("cross-origin-opener-policy").is_none());
}

#[tokio::test]
async fn the_page_that_asked_can_read_every_error_of_the_token_endpoint() {
    let house = House::dev().await;
    let spa = [("client_id", SPA1), ("redirect_uri", SPA.1), ("code_verifier", VERIFIER)];
    let unknown = ("client_id", "11111111-1111-4111-8111-111111111111");
    for (fields, code) in [
        (&[("grant_type", "authorization_code"), ("code", "unknown")][..], "90080"),
        (&[("grant_type", "refresh_token"), ("refresh_token", "unknown")], "90080"),
        (&[("grant_type", "authorization_code")], "90083"),
        (&[("grant_type", "device_code")], "90086"),
        (&[("grant_type", "refresh_token"), unknown], "90122"),
        (&[("grant_type", "client_credentials"), ("scope", "x")], "90079"),
        (&[], "90083"),
    ] {
        let mut all = spa.to_vec();
        all.extend_from_slice(fields);
        let answer = token(&house, "B2C_1_signupsignin1", SPA.0, &all).await;
        let error = json(&answer);
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{error}");
        assert_eq!(error["error_description"].as_str().map(|d| &d[6..11]), Some(code), "{fields:?}");
        assert_eq!(answer.header("access-control-allow-origin"), Some(SPA.0), "{fields:?}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    let answer = token(&house, "B2C_1_signupsignin1", SPA.0, &[("grant_type", "refresh_token"), unknown]).await;
    assert_eq!((json(&answer)["error"].as_str(), answer.status), (Some("invalid_client"), StatusCode::BAD_REQUEST));
    assert_eq!(answer.header("access-control-allow-origin"), Some(SPA.0), "whose it is cannot be told");
}

#[tokio::test]
async fn the_own_client_id_as_scope_gives_a_token_for_the_application_itself() {
    let house = House::dev().await;
    let request = authorize()
        .with("client_id", SPA1)
        .with("redirect_uri", SPA.1)
        .with("scope", &format!("openid offline_access {SPA1}"))
        .with("client_info", "1");
    let carried = house.browser().sign_in(&request, ANN).await.carried(SPA.1, '?');
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", SPA1),
        ("client_info", "1"),
        ("code", &carried["code"]),
        ("code_verifier", VERIFIER),
        ("redirect_uri", SPA.1),
    ];
    let answer = json(&token(&house, "B2C_1_signupsignin1", SPA.0, &fields).await);
    let claims = claims_unverified(answer["access_token"].as_str().expect("a token")).expect("a token");
    assert_eq!((&claims["aud"], &claims["azp"]), (&Value::from(SPA1), &Value::from(SPA1)));
    assert_eq!(answer["scope"], format!("openid offline_access {SPA1}"));
    // Both responses identify the account in the same way.
    assert_eq!(answer["client_info"], carried["client_info"]);
    let info = from_base64url(&carried["client_info"]).expect("base64url");
    let info: Value = serde_json::from_slice(&info).expect("JSON");
    assert_eq!(info["uid"], format!("{}-b2c_1_signupsignin1", claims["oid"].as_str().expect("an id")));
}

#[tokio::test]
async fn cookies_have_names_and_values_that_no_parser_trips_over() {
    let house = House::dev().await;
    for mut browser in [house.browser(), house.secure_browser()] {
        let page = browser.get(&authorize().path()).await;
        let page = browser.sign_in_at(&page, (ANN.0, "Not-the-password-1"), &[]).await;
        browser.sign_in_at(&page, ANN, &[]).await.code();
        browser.get(&format!("{FLOW}/oauth2/v2.0/logout")).await;
        let plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        for line in &browser.set_cookies {
            let (name, rest) = line.split_once('=').expect("a cookie");
            let value = rest.split(';').next().unwrap_or_default();
            assert!(plain(name) && plain(value), "{line}");
        }
        assert!(browser.set_cookies.len() > 3, "{:?}", browser.set_cookies);
    }
}
