//! Applications that prove themselves by certificates: what MSAL sends is taken, in every grant, and nothing else.

use super::ground::{
    Answer, CERTIFIED, DAEMON, Form, House, ONCE, ORIGIN, POLICY, READ, SECRET, SPA, SPA_URI, TENANT, WEB, WEB_URI,
    house, redemption,
};
use http::StatusCode;
use serde_json::{Value, json};
use vestibule_testing::signer::{JWT_BEARER, SIGNER, Signer, msal_claims};

/// The token endpoint as MSAL reads it from the discovery document.
fn endpoint() -> String {
    format!("{ORIGIN}/contoso.onmicrosoft.com/b2c_1_signupsignin1/oauth2/v2.0/token")
}

fn itself<'a>(client_id: &'a str, assertion: &'a str) -> Form<'a> {
    Form::from([
        ("grant_type", "client_credentials"),
        ("client_id", client_id),
        ("scope", "https://contoso.onmicrosoft.com/tasks-api/.default"),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", assertion),
    ])
}

async fn send(house: &House, client_id: &str, header: &Value, claims: &Value) -> Answer {
    house.token(&itself(client_id, &SIGNER.sign(header, claims))).await
}

fn claims(house: &House) -> Value {
    msal_claims(CERTIFIED, &endpoint(), house.clock.now())
}

/// The claims with some replaced, or taken away where null.
fn but(mut claims: Value, change: Value) -> Value {
    let all = claims.as_object_mut().expect("claims");
    for (name, value) in change.as_object().expect("changes") {
        all.insert(name.clone(), value.clone());
    }
    all.retain(|_, value| !value.is_null());
    claims
}

async fn told(house: &House) -> usize {
    let refused = ("application.authenticate".to_owned(), "AADB2C90017".to_owned());
    house.audit().await.into_iter().filter(|entry| *entry == refused).count()
}

#[tokio::test]
async fn what_msal_sends_works_and_the_token_says_how_it_was_got() {
    let house = house().await;
    let certificate = SIGNER.certificate();
    let chain = "MIIC\nnewlines\n";
    for header in [
        SIGNER.x5t(),
        json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": format!("{}=", certificate.x5t_s256), "x5c": [chain] }),
        json!({ "alg": "RS256", "x5t": certificate.x5t, "x5t#S256": certificate.x5t_s256, "kid": "of my own" }),
        json!({ "alg": "RS256", "kid": certificate.x5t }),
        json!({ "alg": "PS256", "kid": certificate.x5t_s256 }),
        json!({ "alg": "PS256", "kid": certificate.fingerprint() }),
        json!({ "alg": "RS256" }),
        json!({ "alg": "RS256", "typ": "client-authentication+jwt" }),
    ] {
        let reply = send(&house, CERTIFIED, &header, &claims(&house)).await.ok();
        let token = house.claims(&reply.member("access_token")).await;
        assert_eq!((&token["azp"], &token["azpacr"]), (&json!(CERTIFIED), &json!("2")), "{header}");
    }
    // msal-node: whole numbers, nbf in the place of iat.
    let now = house.clock.now() / 1000;
    let node = but(claims(&house), json!({ "iat": null, "nbf": now, "exp": now + 600 }));
    send(&house, CERTIFIED, &SIGNER.x5t(), &node).await.ok();
}

#[tokio::test]
async fn every_grant_takes_it_where_it_takes_a_secret() {
    let house = house().await;
    let assertion = SIGNER.msal(CERTIFIED, &endpoint(), house.clock.now());
    let with = |mut form: Form<'static>| {
        form.extend([("client_id", CERTIFIED), ("client_assertion_type", JWT_BEARER)]);
        form
    };
    let code = house.code(CERTIFIED, &["openid", "offline_access", READ]).await;
    let mut form = redemption(CERTIFIED, WEB_URI, &code);
    assert_eq!(house.token(&form).await.token_error(), (90079, "invalid_request".to_owned()), "nothing is no proof");
    form.extend([("client_assertion_type", JWT_BEARER), ("client_assertion", assertion.as_str())]);
    let tokens = house.token(&form).await.ok();
    // MSAL keeps the assertion that it made, and sends it again with the refresh token.
    let refresh_token = tokens.member("refresh_token");
    let mut form = with(Form::from([("grant_type", "refresh_token")]));
    form.extend([("refresh_token", refresh_token.as_str()), ("client_assertion", assertion.as_str())]);
    let tokens = house.token(&form).await.ok();
    // RFC 7521 section 4.2: who it is of may stand in the assertion alone.
    let refresh_token = tokens.member("refresh_token");
    form.insert("refresh_token", &refresh_token);
    form.remove("client_id");
    house.token(&form).await.ok();
    let mut form = with(Form::from([
        ("grant_type", "password"),
        ("username", "ann@contoso.test"),
        ("password", "Kite-over-Harbour-7"),
        ("scope", READ),
    ]));
    let ropc = endpoint().replace("b2c_1_signupsignin1", "b2c_1_ropc");
    let assertion = SIGNER.msal(CERTIFIED, &ropc, house.clock.now());
    form.insert("client_assertion", &assertion);
    // The policy is empty, so this error shows that the application was authenticated.
    assert_eq!(house.token_at("B2C_1_ropc", &form, &[]).await.token_error().0, 90040);
    form.insert("client_assertion", "e30.e30.e30");
    assert_eq!(house.token_at("B2C_1_ropc", &form, &[]).await.token_error().0, 90017);
}

#[tokio::test]
async fn the_audience_is_the_endpoint_as_it_was_asked_or_the_issuer() {
    let house = house().await;
    let issuer = format!("{ORIGIN}/{TENANT}/v2.0/");
    let own = [endpoint(), endpoint().replace("b2c_1", "B2C_1"), issuer.clone()];
    for audience in own.iter().map(|one| json!(one)).chain([json!([issuer])]) {
        send(&house, CERTIFIED, &SIGNER.x5t(), &but(claims(&house), json!({ "aud": audience }))).await.ok();
    }
    for audience in [
        json!(null),
        json!(ORIGIN),
        json!(format!("https://evil.test/{TENANT}/v2.0/")),
        json!(endpoint().replace("b2c_1_signupsignin1", "b2c_1_other")),
        json!(endpoint().replace("oauth2", "x/../oauth2")),
        json!([endpoint(), "https://other.test/token"]),
        json!([]),
        json!(CERTIFIED),
        json!(1),
    ] {
        let reply = send(&house, CERTIFIED, &SIGNER.x5t(), &but(claims(&house), json!({ "aud": audience }))).await;
        assert_eq!(reply.token_error(), (90017, "invalid_client".to_owned()), "{audience}");
    }
}

#[tokio::test]
async fn times_and_names_that_do_not_fit_are_refused_with_the_reason() {
    let house = house().await;
    let now = house.clock.now() / 1000;
    for (change, reason) in [
        (json!({ "exp": now }), "expired"),
        (json!({ "exp": null }), "no exp"),
        (json!({ "exp": "9999999999" }), "exp is no number"),
        (json!({ "exp": now + 661, "iat": null }), "longer than 600 seconds"),
        (json!({ "exp": now + 31_536_000 }), "longer than 600 seconds"),
        (json!({ "exp": now + 60, "iat": now - 31_536_000 }), "longer than 600 seconds"),
        (json!({ "exp": now + 60, "nbf": now - 31_536_000 }), "longer than 600 seconds"),
        (json!({ "iat": now + 61 }), "future"),
        (json!({ "nbf": now + 61 }), "future"),
        (json!({ "nbf": "now" }), "nbf is no number"),
        (json!({ "exp": 1e300 }), "longer"),
        (json!({ "sub": WEB }), "iss and sub"),
        (json!({ "iss": WEB }), "iss and sub"),
        (json!({ "sub": null }), "iss and sub"),
        (json!({ "iss": WEB, "sub": WEB }), "iss and sub"),
        (json!({ "jti": null }), "no jti"),
        (json!({ "jti": "" }), "no jti"),
    ] {
        let reply = send(&house, CERTIFIED, &SIGNER.x5t(), &but(claims(&house), change.clone())).await;
        assert_eq!(
            (reply.status, reply.token_error()),
            (StatusCode::BAD_REQUEST, (90017, "invalid_client".to_owned())),
            "{change}"
        );
        assert!(reply.member("error_description").contains(reason), "{change}: {reply:?}");
    }
    for fits in [json!({ "iat": now + 59 }), json!({ "nbf": now - 30, "exp": now + 599 }), json!({ "iat": null })] {
        send(&house, CERTIFIED, &SIGNER.x5t(), &but(claims(&house), fits)).await.ok();
    }
    let upper = CERTIFIED.to_uppercase();
    send(&house, &upper, &SIGNER.x5t(), &but(claims(&house), json!({ "iss": upper, "sub": upper }))).await.ok();
}

#[tokio::test]
async fn the_audit_log_is_told_of_refusals_but_not_flooded() {
    let house = house().await;
    for _ in 0..25 {
        let wrong = send(&house, CERTIFIED, &SIGNER.x5t(), &json!({})).await;
        assert_eq!(wrong.token_error(), (90017, "invalid_client".to_owned()));
    }
    assert_eq!(told(&house).await, 20);
}

#[tokio::test]
async fn only_a_registered_certificate_within_its_dates_counts() {
    let house = house().await;
    let stranger = Signer::rsa();
    let refused = |reply: Answer, reason: &str| {
        assert_eq!(reply.token_error(), (90017, "invalid_client".to_owned()));
        assert!(reply.member("error_description").contains(reason), "{reply:?}");
    };
    for (header, reason) in [
        (stranger.x5t(), "thumbprint"),
        (SIGNER.x5t(), "signature"),
        (json!({ "alg": "RS256" }), "signature"),
        (json!({ "alg": "RS256", "kid": "../../dev/null" }), "thumbprint"),
        (json!({ "alg": "RS256", "x5t": SIGNER.certificate().x5t, "x5t#S256": "else" }), "thumbprint"),
    ] {
        let forged = stranger.sign(&header, &claims(&house));
        refused(house.token(&itself(CERTIFIED, &forged)).await, reason);
    }
    for (alg, typ) in [("RS384", "JWT"), ("HS256", "JWT"), ("RS256", "at+jwt"), ("RS256", "logout+jwt")] {
        let header = json!({ "alg": alg, "typ": typ });
        assert_eq!(send(&house, CERTIFIED, &header, &claims(&house)).await.token_error().0, 90017, "{alg} {typ}");
    }
    let p256 = super::registered::P256.sign(&json!({ "alg": "ES256" }), &claims(&house));
    house.token(&itself(CERTIFIED, &p256)).await.ok();
    // A year later the certificates are out of date.
    house.clock.advance(365 * 24 * 60 * 60 * 1000);
    refused(send(&house, CERTIFIED, &SIGNER.x5t(), &claims(&house)).await, "expired or is not valid yet");
}

#[tokio::test]
async fn who_takes_assertions_once_takes_each_once_and_for_five_minutes() {
    let house = house().await;
    let now = house.clock.now() / 1000;
    let short = |jti: &str| but(msal_claims(ONCE, &endpoint(), 0), json!({ "exp": now + 300, "iat": now, "jti": jti }));
    send(&house, ONCE, &SIGNER.x5t(), &short("a")).await.ok();
    send(&house, ONCE, &SIGNER.x5t(), &short("b")).await.ok();
    let again = send(&house, ONCE, &json!({ "alg": "PS256" }), &short("a")).await;
    assert_eq!(again.token_error(), (90017, "invalid_client".to_owned()));
    assert!(again.member("error_description").contains("used before"), "{again:?}");
    let long = send(&house, ONCE, &SIGNER.x5t(), &msal_claims(ONCE, &endpoint(), house.clock.now())).await;
    assert!(long.member("error_description").contains("longer than 300 seconds"), "{long:?}");
    // One that is refused is not used up.
    send(&house, ONCE, &SIGNER.x5t(), &but(short("c"), json!({ "aud": "else" }))).await.token_error();
    send(&house, ONCE, &SIGNER.x5t(), &short("c")).await.ok();
    let copies = futures(&house, &SIGNER.sign(&SIGNER.x5t(), &short("d"))).await;
    assert_eq!(copies.iter().filter(|status| **status == StatusCode::OK).count(), 1, "{copies:?}");
}

/// Twelve copies of one assertion at once.
async fn futures(house: &House, assertion: &str) -> Vec<StatusCode> {
    let mut racing = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let (house, assertion) = (house.clone(), assertion.to_owned());
        racing.spawn(async move { house.token(&itself(ONCE, &assertion)).await.status });
    }
    racing.join_all().await
}

#[tokio::test]
async fn another_way_than_the_registered_one_is_refused() {
    let house = house().await;
    let now = house.clock.now();
    let secret = Form::from([
        ("grant_type", "client_credentials"),
        ("client_id", CERTIFIED),
        ("client_secret", SECRET),
        ("scope", "https://contoso.onmicrosoft.com/tasks-api/.default"),
    ]);
    assert_eq!(house.token(&secret).await.token_error(), (90081, "invalid_client".to_owned()));
    for client_id in [DAEMON, WEB] {
        let assertion = SIGNER.msal(client_id, &endpoint(), now);
        assert_eq!(
            house.token(&itself(client_id, &assertion)).await.token_error(),
            (90039, "invalid_client".to_owned())
        );
    }
    let code = house.code(SPA, &["openid"]).await;
    let assertion = SIGNER.msal(SPA, &endpoint(), now);
    let mut form = redemption(SPA, SPA_URI, &code);
    form.extend([("client_assertion_type", JWT_BEARER), ("client_assertion", assertion.as_str())]);
    assert_eq!(house.token(&form).await.token_error(), (90039, "invalid_client".to_owned()));

    let assertion = SIGNER.msal(CERTIFIED, &endpoint(), now);
    let mut form = itself(CERTIFIED, &assertion);
    form.insert("client_secret", SECRET);
    assert_eq!(house.token(&form).await.token_error(), (90122, "invalid_request".to_owned()), "two ways at once");
    form.remove("client_secret");
    for wrong in ["", "jwt-bearer", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"] {
        form.insert("client_assertion_type", wrong);
        assert_eq!(house.token(&form).await.token_error(), (90016, "invalid_client".to_owned()), "{wrong}");
    }
    form.insert("client_assertion_type", JWT_BEARER);
    form.insert("client_assertion", "");
    assert_eq!(house.token(&form).await.token_error(), (90083, "invalid_request".to_owned()));
    form.insert("client_assertion", "x.y.z");
    assert_eq!(house.token_at(POLICY, &form, &[]).await.token_error(), (90017, "invalid_client".to_owned()));
    form.remove("client_id");
    assert_eq!(house.token(&form).await.token_error(), (90008, "invalid_request".to_owned()));
}
