//! Requirements 9, 10 and 16: the OpenID Foundation's plans Config, Basic and Form Post, module by module, with a
//! strict application. Logout is in `sign_out`.

use super::ground::{STRICT, redeem, refresh_as, strict, strict_tokens, userinfo};
use axum::body::Body;
use base64::Engine as _;
use http::{Method, StatusCode, header};
use serde_json::{Map, Value};
use vestibule_protocol::jwt::{claims_unverified, verify};
use vestibule_testing::{
    ANN, Answer, Authorize, Browser, FLOW, House, MINUTE, NOW, STRICT1, TENANT, VERIFIER, WEBAPP2, authorize, encode,
};

async fn code(browser: &mut Browser, request: &Authorize) -> String {
    browser.sign_in(request, ANN).await.carried(STRICT, '?')["code"].clone()
}

/// Redeems the code, and returns the claims of the ID token.
async fn claims(house: &House, code: &str) -> Map<String, Value> {
    let answer = redeem(house, STRICT1, code, &[]).await;
    claims_unverified(&answer.member("id_token")).expect("a token")
}

async fn document(house: &House) -> Value {
    let path = format!("/oidc/{TENANT}/b2c_1_signupsignin1/v2.0/.well-known/openid-configuration");
    serde_json::from_str(&house.browser().get(&path).await.text).expect("JSON")
}

fn error_of(answer: &Answer) -> String {
    answer.carried(STRICT, '?')["error"].clone()
}

#[tokio::test]
async fn oidcc_discovery_endpoint_verification() {
    let house = House::dev().await;
    let document = document(&house).await;
    let issuer = format!("http://localhost:8400/oidc/{TENANT}/b2c_1_signupsignin1/v2.0/");
    assert_eq!(document["issuer"], issuer.as_str());
    for name in ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint", "end_session_endpoint"] {
        assert!(
            document[name].as_str().is_some_and(|url| url.starts_with("http://localhost:8400/")),
            "{name}: {document}"
        );
    }
    assert!(document["subject_types_supported"].as_array().is_some_and(|list| !list.is_empty()));
}

#[tokio::test]
async fn oidcc_discovery_endpoint_verification_lists_what_is_supported() {
    let document = document(&House::dev().await).await;
    let has = |name: &str, value: &str| document[name].as_array().is_some_and(|list| list.contains(&value.into()));
    assert!(has("response_types_supported", "code") && has("id_token_signing_alg_values_supported", "RS256"));
    let scopes = serde_json::json!(["openid", "offline_access", "profile", "email"]);
    assert_eq!(document["scopes_supported"], scopes, "of the claims that the flow gives");
    assert!(has("grant_types_supported", "refresh_token") && has("claims_supported", "email"));
    assert_eq!(document["claims_parameter_supported"], true);
    assert!(has("code_challenge_methods_supported", "S256"));
    assert!(!document.to_string().contains("\"none\""), "requirement 15");
    assert_eq!(document["request_uri_parameter_supported"], false, "left out it would mean true");
    assert_eq!(document["authorization_response_iss_parameter_supported"], true);
}

#[tokio::test]
async fn requirement_15_the_twin_of_rfc_8414_says_the_same() {
    let house = House::dev().await;
    let document = document(&house).await;
    let issuer = document["issuer"].as_str().and_then(|issuer| issuer.strip_prefix("http://localhost:8400/"));
    let issuer = issuer.expect("ours").trim_end_matches('/');
    let twin = house.browser().get(&format!("/.well-known/oauth-authorization-server/{issuer}")).await;
    assert_eq!(serde_json::from_str::<Value>(&twin.text).expect("JSON"), document);
    assert_eq!(twin.header("access-control-allow-origin"), Some("*"));
}

#[tokio::test]
async fn oidcc_jwks() {
    let house = House::dev().await;
    let uri = document(&house).await["jwks_uri"].as_str().expect("an address").to_owned();
    let keys: Value = serde_json::from_str(&house.browser().get(&uri).await.text).expect("JSON");
    for key in keys["keys"].as_array().expect("keys") {
        assert!(key["kty"] == "RSA" && key["use"] == "sig" && key["kid"].is_string(), "{key}");
        assert!(["d", "p", "q", "dp", "dq", "qi", "k"].iter().all(|part| key.get(*part).is_none()), "{key}");
    }
}

#[tokio::test]
async fn oidcc_server() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let carried = browser.sign_in(&strict(), ANN).await.carried(STRICT, '?');
    let issuer = document(&house).await["issuer"].clone();
    assert_eq!((carried["state"].as_str(), Value::from(carried["iss"].as_str())), ("a-state", issuer.clone()));
    let answer = redeem(&house, STRICT1, &carried["code"], &[]).await;
    assert_eq!((answer.header("cache-control"), answer.member("token_type").as_str()), (Some("no-store"), "Bearer"));
    let keys = house.app.keys().verifying(TENANT).await.expect("keys");
    let id = verify(&answer.member("id_token"), &keys).expect("our signature");
    assert_eq!((&id["iss"], &id["aud"], &id["nonce"]), (&issuer, &Value::from(STRICT1), &Value::from("a-nonce")));
    assert!(id["exp"].as_i64() > id["iat"].as_i64() && id["auth_time"].as_i64() == Some(NOW / 1000));
    assert!(id["sub"].as_str().is_some_and(|sub| !sub.is_empty() && sub.len() <= 255));
}

#[tokio::test]
async fn oidcc_response_type_missing_and_unknown() {
    let house = House::dev().await;
    let answer = house.browser().get(&strict().without("response_type").path()).await;
    assert_eq!(error_of(&answer), "invalid_request");
    let answer = house.browser().get(&strict().with("response_type", "foo").path()).await;
    assert_eq!(error_of(&answer), "unsupported_response_type");
}

#[tokio::test]
async fn what_an_error_says_is_of_the_characters_that_the_standard_has_for_it() {
    let house = House::dev().await;
    let silent = house.browser().get(&strict().with("prompt", "none").path()).await;
    let told = silent.carried(STRICT, '?')["error_description"].clone();
    let refused = redeem(&house, STRICT1, "no-code", &[]).await;
    for description in [told, refused.member("error_description")] {
        let is_legal = |c: char| matches!(c, ' '..='!' | '#'..='[' | ']'..='~');
        assert!(description.starts_with("AADB2C") && description.chars().all(is_legal), "{description:?}");
        assert!(description.contains("Correlation ID: "), "{description:?}");
    }
}

#[tokio::test]
async fn oidcc_scope_of_a_redemption_is_no_wider_than_the_sign_ins() {
    let house = House::dev().await;
    let code = code(&mut house.browser(), &strict().with("scope", "openid profile offline_access")).await;
    let mut answer = redeem(&house, STRICT1, &code, &[("scope", "openid profile email")]).await;
    for scope in ["openid email phone", "openid"] {
        assert!(!answer.member("scope").contains("email"), "{}", answer.text);
        let claims = userinfo(&house, &answer.member("access_token")).await.text;
        assert!(!claims.contains("email"), "{claims}");
        answer = refresh_as(&house, STRICT1, &answer.member("refresh_token"), &[("scope", scope)]).await;
    }
    assert!(!userinfo(&house, &answer.member("access_token")).await.text.contains("name"), "fewer are possible");
}

#[tokio::test]
async fn oidcc_userinfo_get_and_post_header_and_post_body() {
    let house = House::dev().await;
    let tokens = strict_tokens(&house, &mut house.browser()).await;
    let (access, id) = (tokens.member("access_token"), claims_unverified(&tokens.member("id_token")).expect("a token"));
    let path = format!("{FLOW}/openid/v2.0/userinfo");
    let mut answers = vec![userinfo(&house, &access).await];
    let mut browser = house.browser();
    let bearer = browser.request(Method::POST, &path).header(header::AUTHORIZATION, format!("Bearer {access}"));
    answers.push(browser.send(bearer.body(Body::empty()).expect("a request")).await);
    answers.push(browser.post(&path, &[("access_token", &access)]).await);
    for answer in answers {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        let claims: Value = serde_json::from_str(&answer.text).expect("JSON");
        assert_eq!((&claims["sub"], &claims["name"]), (&id["sub"], &id["name"]));
        assert_eq!(answer.header("cache-control"), Some("no-store"), "requirement 12");
    }
    let query = house.browser().get(&format!("{path}?access_token={access}")).await;
    assert_eq!(query.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn oidcc_ensure_request_without_nonce_succeeds_for_code_flow() {
    let house = House::dev().await;
    let code = code(&mut house.browser(), &strict().without("nonce")).await;
    assert!(!claims(&house, &code).await.contains_key("nonce"));
}

#[tokio::test]
async fn oidcc_scope_profile_email_address_phone_all_and_other_order() {
    let house = House::dev().await;
    let names = &["family_name", "given_name", "name"];
    for (scope, claims, expected) in [
        ("openid", "", &[][..]),
        ("openid profile", "", names),
        ("openid email", "", &["email", "emails"]),
        ("openid address", "", &[]),
        ("openid phone", "", &[]),
        ("email phone openid address profile", "", &["email", "emails", "family_name", "given_name", "name"]),
        ("openid", "{\"userinfo\":{\"name\":null,\"email\":null,\"iss\":null,\"x\":null}}", &["email", "name"]),
    ] {
        let code = code(&mut house.browser(), &strict().with("scope", scope).with("claims", claims)).await;
        let answer = redeem(&house, STRICT1, &code, &[]).await;
        let answer = userinfo(&house, &answer.member("access_token")).await;
        let claims: Map<String, Value> = serde_json::from_str(&answer.text).expect("claims");
        let given: Vec<&str> = claims.keys().map(String::as_str).filter(|n| !["sub", "oid"].contains(n)).collect();
        assert_eq!((answer.status, given.as_slice()), (StatusCode::OK, expected), "{scope}");
        assert!(claims.contains_key("sub"), "{scope}");
    }
}

#[tokio::test]
async fn by_the_letter_malformed_claims_are_an_error_and_as_in_b2c_they_are_ignored() {
    let house = House::dev().await;
    for claims in [
        "x",
        "[]",
        "\"name\"",
        "{",
        r#"{"userinfo":["name"]}"#,
        r#"{"userinfo":{"name":true}}"#,
        r#"{"id_token":"name"}"#,
        r#"{"id_token":{"name":{"essential":"yes"}}}"#,
        r#"{"id_token":{"sub":{"value":1}}}"#,
    ] {
        let answer = house.browser().get(&strict().with("claims", claims).path()).await;
        assert_eq!(error_of(&answer), "invalid_request", "{claims}");
        let page = house.browser().get(&authorize().with("claims", claims).path()).await;
        assert!(page.is_page("Unified"), "{claims}: {}", page.text);
    }
}

#[tokio::test]
async fn claims_that_name_a_subject_are_answered_by_nobody_but_them() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let first = code(&mut browser, &strict()).await;
    let ann = claims(&house, &first).await["sub"].as_str().expect("a subject").to_owned();
    for member in ["id_token", "userinfo"] {
        let naming = |sub: &str| strict().with("claims", &format!(r#"{{"{member}":{{"sub":{{"value":"{sub}"}}}}}}"#));
        let silent = browser.get(&naming(&ann).with("prompt", "none").path()).await;
        assert!(silent.carried(STRICT, '?').contains_key("code"), "{member}");
        let other = naming("00000000-0000-4000-8000-000000000000");
        let silent = browser.get(&other.clone().with("prompt", "none").path()).await;
        assert_eq!(error_of(&silent), "interaction_required", "{member}");
        let page = browser.get(&other.path()).await;
        assert_eq!(error_of(&browser.sign_in_at(&page, ANN, &[]).await), "login_required", "{member}");
    }
}

#[tokio::test]
async fn claims_of_the_id_token_are_in_it_under_their_standard_names() {
    let house = House::dev().await;
    for (asked, given) in [(r#"{"id_token":{"email":{"essential":true},"x":null}}"#, true), ("{}", false)] {
        let code = code(&mut house.browser(), &strict().with("scope", "openid").with("claims", asked)).await;
        let claims = claims(&house, &code).await;
        assert_eq!(claims.get("email"), given.then(|| Value::from(ANN.0)).as_ref(), "{asked}");
        assert!(!claims.contains_key("x"), "{asked}");
    }
}

#[tokio::test]
async fn an_essential_acr_that_is_never_given_is_a_failed_sign_in() {
    let house = House::dev().await;
    let asked = |request: &str| strict().with("claims", &format!(r#"{{"id_token":{{"acr":{request}}}}}"#)).path();
    for unmet in [r#"{"essential":true,"value":"2"}"#, r#"{"essential":true,"values":["2","3"]}"#] {
        let answer = house.browser().get(&asked(unmet)).await;
        assert_eq!(error_of(&answer), "unmet_authentication_requirements", "{unmet}");
    }
    for voluntary in ["null", r#"{"values":["2"]}"#, r#"{"essential":true}"#] {
        assert!(house.browser().get(&asked(voluntary)).await.is_page("Unified"), "{voluntary}");
    }
}

#[tokio::test]
async fn oidcc_what_need_not_be_supported_is_ignored() {
    let house = House::dev().await;
    let cases = [
        ("display", "page"),
        ("display", "popup"),
        ("extra", "foobar"),
        ("acr_values", "1 2"),
        ("ui_locales", "se"),
        ("ui_locales", "fr-CA fr en"),
        ("claims_locales", "se"),
        ("claims", "{\"id_token\":{\"name\":{\"essential\":true}},\"userinfo\":{\"name\":null}}"),
        ("login_hint", "ann@contoso.test"),
        ("id_token_hint", "x"),
    ];
    for (name, value) in cases {
        let code = code(&mut house.browser(), &strict().with(name, value)).await;
        assert_eq!(claims(&house, &code).await["name"], "Ann Example", "{name}={value}");
    }
}

#[tokio::test]
async fn oidcc_prompt_login() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let first = code(&mut browser, &strict()).await;
    let first = claims(&house, &first).await;
    house.clock.advance(2_000);
    let page = browser.get(&strict().with("prompt", "login").path()).await;
    assert!(page.is_page("Unified"), "asked again");
    let again = browser.sign_in_at(&page, ANN, &[]).await.carried(STRICT, '?')["code"].clone();
    let again = claims(&house, &again).await;
    assert_eq!(again["sub"], first["sub"]);
    assert_eq!(again["auth_time"].as_i64(), first["auth_time"].as_i64().map(|at| at + 2));
}

#[tokio::test]
async fn oidcc_prompt_none_not_logged_in_and_logged_in() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let silent = strict().with("prompt", "none");
    let refused = browser.get(&silent.path()).await;
    assert!(["login_required", "interaction_required"].contains(&error_of(&refused).as_str()));
    let first = code(&mut browser, &strict()).await;
    let first = claims(&house, &first).await;
    house.clock.advance(2_000);
    let answer = browser.get(&silent.path()).await;
    let again = claims(&house, &answer.carried(STRICT, '?')["code"]).await;
    assert_eq!((&again["sub"], &again["auth_time"]), (&first["sub"], &first["auth_time"]));
    for (name, value) in [("max_age", "1"), ("max_age", "0")] {
        let old = browser.get(&silent.clone().with(name, value).path()).await;
        assert!(["login_required", "interaction_required"].contains(&error_of(&old).as_str()), "{name}={value}");
    }
    let both = browser.get(&strict().with("prompt", "none login").path()).await;
    assert_eq!(error_of(&both), "invalid_request");
}

#[tokio::test]
async fn requirement_9_a_silent_request_never_shows_a_page_whatever_else_it_asks() {
    let house = House::dev().await;
    let mut known = house.browser();
    code(&mut known, &strict()).await;
    let besides = [
        ("display", "popup"),
        ("max_age", "0"),
        ("max_age", "10000"),
        ("ui_locales", "de"),
        ("login_hint", "bob@contoso.test"),
        ("id_token_hint", "x.y.z"),
        ("acr_values", "1 2"),
        ("claims", "{\"id_token\":{\"acr\":{\"essential\":true,\"values\":[\"9\"]}}}"),
        ("claims", "{"),
        ("domain_hint", "example.test"),
        ("response_mode", "fragment"),
        ("scope", "openid https://contoso.onmicrosoft.com/nothing/here"),
        ("prompt", "none login"),
        ("prompt", "none consent"),
        ("prompt", "NONE"),
        ("p", "B2C_1_signupsignin1"),
    ];
    for (name, value) in besides {
        let request = strict().with("prompt", "none").with(name, value);
        for browser in [&mut known, &mut house.browser()] {
            let answer = browser.get(&request.path()).await;
            let home = answer.location().is_some_and(|location| location.starts_with(STRICT));
            assert!(answer.status == StatusCode::FOUND && home, "{name}={value}: {} {}", answer.status, answer.text);
        }
    }
}

#[tokio::test]
async fn oidcc_max_age_1_and_10000() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let first = code(&mut browser, &strict()).await;
    let first = claims(&house, &first).await;
    house.clock.advance(2_000);
    let silent = browser.get(&strict().with("max_age", "10000").path()).await;
    let same = claims(&house, &silent.carried(STRICT, '?')["code"]).await;
    assert_eq!((&same["auth_time"], &same["sub"]), (&first["auth_time"], &first["sub"]));
    for age in ["1", "0"] {
        let page = browser.get(&strict().with("max_age", age).path()).await;
        assert!(page.is_page("Unified"), "max_age={age}");
        let again = browser.sign_in_at(&page, ANN, &[]).await.carried(STRICT, '?')["code"].clone();
        assert_eq!(claims(&house, &again).await["auth_time"].as_i64(), Some(NOW / 1000 + 2));
    }
}

#[tokio::test]
async fn oidcc_id_token_hint() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let first = code(&mut browser, &strict()).await;
    let token = redeem(&house, STRICT1, &first, &[]).await.member("id_token");
    house.clock.advance(120 * MINUTE);
    let answer = browser.get(&strict().with("prompt", "none").with("id_token_hint", &token).path()).await;
    let again = claims(&house, &answer.carried(STRICT, '?')["code"]).await;
    assert_eq!(again["sub"], claims_unverified(&token).expect("a token")["sub"], "an old hint is good");
}

#[tokio::test]
async fn oidcc_redirect_uri_missing_unregistered_and_with_a_query() {
    let house = House::dev().await;
    let added = format!("{STRICT}?foo=bar");
    for uri in ["", "https://strict.example/other", &added, "https://strict.example/cb/", "https://STRICT.example/cb"] {
        let answer = house.browser().get(&strict().with("redirect_uri", uri).path()).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::BAD_REQUEST, None), "{uri}");
    }
}

#[tokio::test]
async fn oidcc_request_objects_are_refused_by_their_error() {
    let house = House::dev().await;
    let answer = house.browser().get(&strict().with("request", "eyJhbGciOiJub25lIn0.e30.").path()).await;
    assert_eq!(
        (error_of(&answer).as_str(), answer.carried(STRICT, '?')["state"].as_str()),
        ("request_not_supported", "a-state")
    );
    let answer = house.browser().get(&strict().with("request_uri", "https://strict.example/r").path()).await;
    assert_eq!(error_of(&answer), "request_uri_not_supported");
    // The response mode and state may be inside the object.
    let object = unsigned("{\"response_mode\":\"form_post\",\"state\":\"inside\"}");
    let answer = house.browser().get(&strict().without("state").with("request", &object).path()).await;
    assert_eq!(answer.status, StatusCode::OK, "a form that submits itself");
    assert!(answer.text.contains("request_not_supported") && answer.text.contains("inside"), "{}", answer.text);
    let nul = unsigned("{\"state\":\"a\\u0000b\"}");
    let twice = format!("{}&request={object}", strict().without("state").with("request", &object).path());
    for path in [strict().without("state").with("request", &nul).path(), twice] {
        let carried = house.browser().get(&path).await.carried(STRICT, '?');
        assert!(!carried.contains_key("state"), "{carried:?}");
    }
    let answer = house.browser().get(&strict().with("request", &object).path()).await;
    assert!(answer.text.contains("a-state"), "what stands outside counts first: {}", answer.text);
}

/// An unsigned request object.
fn unsigned(claims: &str) -> String {
    let part = |text: &str| vestibule_protocol::digest::base64url(text.as_bytes());
    format!("{}.{}.", part("{\"alg\":\"none\"}"), part(claims))
}

#[tokio::test]
async fn oidcc_ensure_request_object_with_redirect_uri() {
    let house = House::dev().await;
    let inside = |uri: &str| {
        unsigned(&format!("{{\"redirect_uri\":\"{uri}\",\"response_type\":\"code\",\"client_id\":\"{STRICT1}\"}}"))
    };
    for uri in [STRICT, "https://evil.example/cb"] {
        let answer = house.browser().get(&strict().with("request", &inside(uri)).path()).await;
        assert_eq!(error_of(&answer), "request_not_supported", "{uri}");
        let bare = strict().without("redirect_uri").with("request", &inside(uri));
        let answer = house.browser().get(&bare.path()).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::BAD_REQUEST, None), "{uri}");
    }
}

#[tokio::test]
async fn oidcc_claims_essential() {
    let house = House::dev().await;
    let request = strict().with("scope", "openid").with("claims", "{\"userinfo\":{\"name\":{\"essential\":true}}}");
    let code = code(&mut house.browser(), &request).await;
    let access = redeem(&house, STRICT1, &code, &[]).await.member("access_token");
    assert_eq!(userinfo(&house, &access).await.member("name"), "Ann Example");
}

#[tokio::test]
async fn oidcc_login_hint() {
    let house = House::dev().await;
    let page = house.browser().get(&strict().with("login_hint", "bob@example.com").path()).await;
    assert!(page.is_page("Unified") && page.text.contains("value=\"bob@example.com\""), "{}", page.text);
}

#[tokio::test]
async fn oidcc_codereuse_and_after_30_seconds() {
    let house = House::dev().await;
    for later in [0, 30_000] {
        let code = code(&mut house.browser(), &strict()).await;
        let first = redeem(&house, STRICT1, &code, &[]).await;
        house.clock.advance(later);
        assert_eq!(redeem(&house, STRICT1, &code, &[]).await.member("error"), "invalid_grant");
        assert_eq!(userinfo(&house, &first.member("access_token")).await.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn oidcc_ensure_post_request_succeeds() {
    let house = House::dev().await;
    let request = strict();
    let fields: Vec<(&str, &str)> = request.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let mut browser = house.browser();
    let page = browser.post(&format!("{FLOW}/oauth2/v2.0/authorize"), &fields).await;
    assert!(browser.sign_in_at(&page, ANN, &[]).await.carried(STRICT, '?').contains_key("code"));
}

#[tokio::test]
async fn oidcc_server_client_secret_basic_and_post() {
    let house = House::dev().await;
    let code = code(&mut house.browser(), &strict()).await;
    let basic =
        format!("Basic {}", base64::prelude::BASE64_STANDARD.encode(format!("{STRICT1}:{}", house.secret(STRICT1))));
    let fields =
        [("grant_type", "authorization_code"), ("code", &code), ("code_verifier", VERIFIER), ("redirect_uri", STRICT)];
    let mut client = house.browser();
    let request = client
        .request(Method::POST, &format!("{FLOW}/oauth2/v2.0/token"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::AUTHORIZATION, basic)
        .body(Body::from(encode(&fields)))
        .expect("a request");
    let answer = client.send(request).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
}

#[tokio::test]
async fn oidcc_refresh_token() {
    let house = House::dev().await;
    let first = strict_tokens(&house, &mut house.browser()).await;
    house.clock.advance(2_000);
    let again = refresh_as(&house, STRICT1, &first.member("refresh_token"), &[]).await;
    let (a, b) = (&first, &again);
    let claims = |answer: &Answer| claims_unverified(&answer.member("id_token")).expect("a token");
    for name in ["iss", "sub", "aud", "auth_time"] {
        assert_eq!(claims(a)[name], claims(b)[name], "{name}");
    }
    assert!(claims(b)["iat"].as_i64() > claims(a)["iat"].as_i64());
    assert_eq!(userinfo(&house, &b.member("access_token")).await.status, StatusCode::OK);
    let foreign = refresh_as(&house, WEBAPP2, &b.member("refresh_token"), &[]).await;
    assert_eq!(foreign.member("error"), "invalid_grant");
}

#[tokio::test]
async fn form_post_answers_by_a_form_that_submits_itself() {
    let house = House::dev().await;
    let posted = strict().with("response_mode", "form_post");
    let page = house.browser().sign_in(&posted, ANN).await;
    assert_eq!(page.status, StatusCode::OK);
    for part in ["method='post'", "name='code'", "name='state'", "name='iss'", "strict.example"] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(
        policy.contains("'nonce-") && !policy.contains("unsafe-inline") && policy.contains("https://strict.example")
    );
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let given = page.text.split("name='code' value='").nth(1).and_then(|rest| rest.split('\'').next()).expect("a code");
    assert_eq!(claims(&house, given).await["nonce"], "a-nonce");
    let old = redeem(&house, STRICT1, given, &[]).await;
    assert_eq!(old.member("error"), "invalid_grant");
    let refused = house.browser().get(&posted.with("prompt", "none").path()).await;
    assert!(refused.text.contains("name='error'") && refused.text.contains("name='state'"), "{}", refused.text);
}
