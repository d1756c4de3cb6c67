//! How an application authenticates, and which pages may read the response across origins.

use super::ground::{
    Answer, DISABLED, Form, House, NATIVE, POLICY, SECRET, SPA, SPA_ORIGIN, SPA_URI, WEB, WEB_URI, house, redemption,
};
use http::{Method, StatusCode};

const URL: &str = "/contoso.onmicrosoft.com/B2C_1_signupsignin1/oauth2/v2.0/token";

fn basic(id: &str, secret: &str) -> String {
    use base64::Engine as _;
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{id}:{secret}")))
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Redeems a new code of webapp1 with this header.
async fn with_header(house: &House, header: &str) -> Answer {
    let code = house.code(WEB, &["openid"]).await;
    let mut form = redemption(WEB, WEB_URI, &code);
    form.remove("client_secret");
    form.remove("client_id");
    house.token_at(POLICY, &form, &[("authorization", header)]).await
}

#[tokio::test]
async fn basic_is_taken_form_encoded_and_raw() {
    let house = house().await;
    with_header(&house, &basic(WEB, SECRET)).await.ok();
    with_header(&house, &basic(&encoded(WEB), &encoded(SECRET))).await.ok();
    with_header(&house, &basic(WEB, SECRET).replace("Basic", "basic")).await.ok();
}

#[tokio::test]
async fn requirement_13_a_wrong_secret_is_challenged_only_where_basic_was_sent() {
    let house = house().await;
    let by_header = with_header(&house, &basic(WEB, "wrong")).await;
    assert_eq!(
        (by_header.status, by_header.token_error()),
        (StatusCode::UNAUTHORIZED, (90081, "invalid_client".to_owned()))
    );
    assert_eq!(
        by_header.header("www-authenticate"),
        Some("Basic realm=\"contoso.onmicrosoft.com\", charset=\"UTF-8\"")
    );
    for garbage in ["Basic !", "Basic bm8gY29sb24="] {
        assert_eq!(with_header(&house, garbage).await.status, StatusCode::UNAUTHORIZED);
    }
    let code = house.code(WEB, &["openid"]).await;
    for wrong in ["wrong", "an-old-secret"] {
        let mut form = redemption(WEB, WEB_URI, &code);
        form.insert("client_secret", wrong);
        let reply = house.token(&form).await;
        assert_eq!((reply.status, reply.token_error().0), (StatusCode::BAD_REQUEST, 90081));
        assert_eq!(reply.header("www-authenticate"), None);
    }
}

#[tokio::test]
async fn row_42_two_ways_at_once_are_refused() {
    let house = house().await;
    let code = house.code(WEB, &["openid"]).await;
    let header = basic(WEB, SECRET);
    let both = house.token_at(POLICY, &redemption(WEB, WEB_URI, &code), &[("authorization", &header)]).await;
    assert_eq!(both.token_error(), (90122, "invalid_request".to_owned()));
    let mut other = redemption(WEB, WEB_URI, &code);
    other.remove("client_secret");
    other.insert("client_id", SPA);
    let other = house.token_at(POLICY, &other, &[("authorization", &header)]).await;
    assert_eq!(other.token_error(), (90122, "invalid_request".to_owned()));
    let mut form = redemption(WEB, WEB_URI, &code);
    form.insert("client_assertion", "e30.e30.");
    form.insert("client_assertion_type", vestibule_testing::signer::JWT_BEARER);
    assert_eq!(house.token(&form).await.token_error(), (90122, "invalid_request".to_owned()));
}

#[tokio::test]
async fn an_empty_password_is_no_secret() {
    let house = house().await;
    let code = house.code(SPA, &["openid"]).await;
    let header = basic(SPA, "");
    house.token_at(POLICY, &redemption(SPA, SPA_URI, &code), &[("authorization", &header)]).await.ok();
}

#[tokio::test]
async fn row_95_guessing_secrets_ends_in_429_and_the_right_one_still_works() {
    let house = house().await;
    let guess = Form::from([("grant_type", "client_credentials"), ("client_id", WEB), ("client_secret", "guess")]);
    for _ in 0..20 {
        assert_eq!(house.token(&guess).await.token_error().0, 90081);
    }
    let limited = house.token(&guess).await;
    assert_eq!((limited.status, limited.token_error().0), (StatusCode::TOO_MANY_REQUESTS, 90244));
    assert_eq!(limited.header("retry-after"), Some("300"));
    house.signed_in(&["openid"]).await;
    house.clock.advance(5 * 60 * 1000);
    assert_eq!(house.token(&guess).await.token_error().0, 90081);
    let wrong = house.audit().await.into_iter().filter(|(event, _)| event == "application.authenticate");
    assert!(wrong.clone().all(|(_, outcome)| outcome == "AADB2C90081"));
    assert_eq!(wrong.count(), 21);
}

#[tokio::test]
async fn unknown_and_disabled_clients_are_told_so() {
    let house = house().await;
    for (client, code, error) in [
        ("", 90008, "invalid_request"),
        ("00000000-0000-4000-8000-000000000000", 90018, "invalid_client"),
        (DISABLED, 90092, "unauthorized_client"),
    ] {
        let form = Form::from([("grant_type", "client_credentials"), ("client_id", client)]);
        assert_eq!(house.token(&form).await.token_error(), (code, error.to_owned()));
    }
}

#[tokio::test]
async fn only_pages_of_single_page_applications_read_answers_and_errors() {
    let house = house().await;
    let code = house.code(SPA, &["openid"]).await;
    let form = redemption(SPA, SPA_URI, &code);
    for (origin, allowed) in
        [(SPA_ORIGIN, true), ("https://evil.test", false), ("null", false), ("http://localhost:5000", false)]
    {
        let mut wrong = form.clone();
        wrong.insert("code", "wrong");
        let reply = house.token_at(POLICY, &wrong, &[("origin", origin)]).await;
        assert_eq!(reply.header("access-control-allow-origin"), allowed.then_some(origin));
        assert_eq!(reply.header("vary"), Some("Origin"));
        assert_eq!(reply.header("access-control-allow-credentials"), None);
    }
    let reply = house.token_at(POLICY, &form, &[("origin", SPA_ORIGIN)]).await.ok();
    assert_eq!(reply.header("access-control-allow-origin"), Some(SPA_ORIGIN));
    // Another application's page cannot read webapp1's response.
    let code = house.code(WEB, &["openid"]).await;
    let reply = house.token_at(POLICY, &redemption(WEB, WEB_URI, &code), &[("origin", SPA_ORIGIN)]).await.ok();
    assert_eq!(reply.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn a_preflight_is_answered_for_those_pages() {
    let house = house().await;
    let asked = |origin| {
        [("origin", origin), ("access-control-request-method", "POST"), ("access-control-request-headers", "x-a")]
    };
    let reply = house.send(Method::OPTIONS, URL, &asked(SPA_ORIGIN), "").await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT);
    assert_eq!(reply.header("access-control-allow-origin"), Some(SPA_ORIGIN));
    assert_eq!(reply.header("access-control-allow-methods"), Some("POST"));
    assert_eq!(reply.header("access-control-allow-headers"), Some("x-a"));
    let reply = house.send(Method::OPTIONS, URL, &asked("https://evil.test"), "").await;
    assert_eq!(reply.header("access-control-allow-origin"), None);
    assert_eq!(reply.header("access-control-allow-headers"), None);
}

#[tokio::test]
async fn the_password_grant_needs_a_policy_and_an_application_that_allow_it() {
    let house = house().await;
    let ask = |client| {
        let pairs =
            [("grant_type", "password"), ("username", "ann@contoso.test"), ("password", "x"), ("scope", "openid")];
        let mut form = Form::from(pairs);
        form.insert("client_id", client);
        form
    };
    for (policy, client, code) in [(POLICY, NATIVE, 90224), ("B2C_1_ropc", WEB, 90058)] {
        let refused = house.token_at(policy, &ask(client), &[]).await;
        assert_eq!(refused.token_error(), (code, "unauthorized_client".to_owned()), "{policy} {client}");
    }
    let mut code = ask(NATIVE);
    code.insert("response_type", "code");
    assert_eq!(house.token_at("B2C_1_ropc", &code, &[]).await.token_error().0, 90013);
    let mut nameless = ask(NATIVE);
    nameless.remove("username");
    assert_eq!(house.token_at("B2C_1_ropc", &nameless, &[]).await.token_error().0, 90083);
}
