//! Rows 37 to 39 and 44: tokens that we did not sign are rejected everywhere.

use super::ground::{STRICT, is_signed_in, logout, redeem, strict, strict_tokens, userinfo};
use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::hmac;
use base64::Engine as _;
use http::StatusCode;
use serde_json::{Value, json};
use vestibule_protocol::digest::{base64url, from_base64url};
use vestibule_protocol::jwt::{claims_unverified, header, sign};
use vestibule_protocol::keys::SigningKey;
use vestibule_tenant::keys::Note;
use vestibule_testing::{ANN, BOB, Browser, House, TENANT, WEBAPP1, authorize};

/// The public key in X.509 form, from its modulus.
fn spki(modulus: &[u8]) -> Vec<u8> {
    let components = aws_lc_rs::rsa::PublicKeyComponents { n: modulus, e: &[1, 0, 1] };
    let der: PublicKeyX509Der<'_> = components.as_der().expect("a public key");
    der.as_ref().to_vec()
}

/// Base64 in lines of 64 characters.
fn folded(bytes: &[u8]) -> String {
    let text = base64::prelude::BASE64_STANDARD.encode(bytes);
    text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\n")
}

/// Every forgery of the row, with the claims of a token of ours.
pub(super) async fn forgeries(house: &House, real: &str) -> Vec<(String, String)> {
    forgeries_with_keys_at(house, real, "http://127.0.0.1:9/keys").await
}

/// The same, with headers that name the URL of a key pointing to this one.
async fn forgeries_with_keys_at(house: &House, real: &str, keys_at: &str) -> Vec<(String, String)> {
    let claims = claims_unverified(real).expect("a token");
    let payload = base64url(Value::Object(claims.clone()).to_string().as_bytes());
    let published: Value =
        serde_json::from_slice(&house.app.keys().published(TENANT).await.expect("keys")).expect("JSON");
    let jwk = published["keys"][0].clone();
    let kid = jwk["kid"].as_str().expect("a kid").to_owned();
    let join = |header: &Value, signature: &[u8]| {
        format!("{}.{payload}.{}", base64url(header.to_string().as_bytes()), base64url(signature))
    };
    let mut all = Vec::new();
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        all.push((format!("alg {alg}"), join(&json!({ "alg": alg, "kid": kid }), b"")));
    }
    let modulus = jwk["n"].as_str().expect("n");
    let raw = from_base64url(modulus).expect("base64url");
    let spki = spki(&raw);
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", folded(&spki));
    for (what, secret) in [
        ("the PEM", pem.as_bytes().to_vec()),
        ("the PEM without its last line feed", pem.trim_end().as_bytes().to_vec()),
        ("the DER", spki),
        ("n", modulus.as_bytes().to_vec()),
        ("its bytes", raw),
        ("the JWK", jwk.to_string().into_bytes()),
        ("nothing", Vec::new()),
    ] {
        let header = json!({ "alg": "HS256", "kid": kid });
        let message = format!("{}.{payload}", base64url(header.to_string().as_bytes()));
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), message.as_bytes());
        all.push((format!("HS256 by {what}"), format!("{message}.{}", base64url(tag.as_ref()))));
    }
    let stranger = SigningKey::generate().expect("a key");
    let own = serde_json::to_value(stranger.jwk(0)).expect("JSON");
    let by_stranger = |header: Value| {
        let message = format!("{}.{payload}", base64url(header.to_string().as_bytes()));
        let signature = stranger.sign(message.as_bytes()).expect("signed");
        format!("{message}.{}", base64url(&signature))
    };
    all.push(("a key of one's own".to_owned(), sign(&claims, &stranger).expect("signed")));
    all.push(("our kid".to_owned(), by_stranger(json!({ "alg": "RS256", "kid": kid }))));
    all.push(("no kid".to_owned(), by_stranger(json!({ "alg": "RS256" }))));
    all.push(("jwk".to_owned(), by_stranger(json!({ "alg": "RS256", "kid": kid, "jwk": own }))));
    for name in ["jku", "x5u"] {
        all.push((name.to_owned(), by_stranger(json!({ "alg": "RS256", "kid": kid, name: keys_at }))));
    }
    all.push(("x5c".to_owned(), by_stranger(json!({ "alg": "RS256", "kid": kid, "x5c": [folded(b"a certificate")] }))));
    for kid in ["../../dev/null", "' OR 1=1 --", "\u{0}", "/etc/hostname"] {
        all.push((format!("kid {kid:?}"), by_stranger(json!({ "alg": "RS256", "kid": kid }))));
    }
    all.push(("crit".to_owned(), by_stranger(json!({ "alg": "RS256", "kid": kid, "crit": ["exp"] }))));
    all.push(("a zero ECDSA signature".to_owned(), join(&json!({ "alg": "ES256", "kid": kid }), &[0; 64])));
    let mut parts = real.split('.');
    let (header, signature) = (parts.next().expect("a header"), parts.nth(1).expect("a signature"));
    let mut changed = claims;
    changed.insert("name".to_owned(), json!("Somebody Else"));
    let changed = base64url(Value::Object(changed).to_string().as_bytes());
    all.push(("another payload".to_owned(), format!("{header}.{changed}.{signature}")));
    all.push(("no signature".to_owned(), format!("{header}.{payload}.")));
    all
}

#[tokio::test]
async fn row_37_and_row_44_a_forged_access_token_opens_nothing() {
    let house = House::dev().await;
    let real = strict_tokens(&house, &mut house.browser()).await.member("access_token");
    assert_eq!(userinfo(&house, &real).await.status, StatusCode::OK);
    for (what, forged) in forgeries(&house, &real).await {
        let refused = userinfo(&house, &forged).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{what}");
        assert!(refused.header("www-authenticate").is_some_and(|c| c.contains("invalid_token")), "{what}");
    }
}

#[tokio::test]
async fn row_38_a_forged_hint_is_not_believed() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let tokens = strict_tokens(&house, &mut browser).await;
    let real = tokens.member("id_token");
    let mut all = forgeries(&house, &real).await;
    all.push(("row 43: an access token".to_owned(), tokens.member("access_token")));
    all.push(("no token".to_owned(), "x.y.z".to_owned()));
    for (what, forged) in all {
        let fields = [("id_token_hint", forged.as_str()), ("post_logout_redirect_uri", STRICT)];
        let answer = browser.clone().get(&logout(&fields)).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::OK, None), "{what}: a question, nothing else");
        assert!(is_signed_in(&mut browser).await, "{what}");
    }
    let fields = [("id_token_hint", real.as_str()), ("post_logout_redirect_uri", STRICT)];
    assert_eq!(browser.get(&logout(&fields)).await.location().as_deref(), Some(STRICT));
}

/// Ann's ID token for the strict application, and a browser in which she is signed in.
async fn hinted(house: &House) -> (Browser, String) {
    let mut browser = house.browser();
    let hint = strict_tokens(house, &mut browser).await.member("id_token");
    (browser, hint)
}

/// The result of a silent request of the strict application with this hint: `code`, or the error.
async fn silent(browser: &mut Browser, hint: &str) -> String {
    let request = strict().with("prompt", "none").with("id_token_hint", hint);
    let carried = browser.get(&request.path()).await.carried(STRICT, '?');
    carried.get("error").cloned().unwrap_or_else(|| if carried.contains_key("code") { "code" } else { "" }.to_owned())
}

#[tokio::test]
async fn row_38_a_silent_request_with_a_hint_that_is_not_ours_gets_no_code() {
    let house = House::dev().await;
    let (mut browser, hint) = hinted(&house).await;
    assert_eq!(silent(&mut browser, &hint).await, "code");
    let mut all = forgeries(&house, &hint).await;
    let tokens = strict_tokens(&house, &mut house.browser()).await;
    all.push(("row 43: an access token".to_owned(), tokens.member("access_token")));
    all.extend(["x", "x.y.z", "a b"].map(|text| (text.to_owned(), text.to_owned())));
    for (what, forged) in all {
        assert_eq!(silent(&mut browser, &forged).await, "login_required", "{what}");
        // Applications in B2C mode are rejected in the same way.
        let request = authorize().with("prompt", "none").with("id_token_hint", &forged);
        assert_eq!(
            browser.get(&request.path()).await.error(),
            ("login_required".to_owned(), "90210".to_owned()),
            "{what}"
        );
    }
    assert_eq!(silent(&mut browser, &hint).await, "code", "and Ann is still signed in");
}

#[tokio::test]
async fn row_38_a_hint_that_was_issued_to_another_application_or_signed_with_a_revoked_key_gets_no_code() {
    let house = House::dev().await;
    let (mut browser, hint) = hinted(&house).await;
    let foreign = browser.get(&authorize().path()).await.code();
    let foreign = redeem(&house, WEBAPP1, &foreign, &[]).await.member("id_token");
    assert_eq!(silent(&mut browser, &foreign).await, "login_required");
    let request = authorize().with("prompt", "none");
    browser.get(&request.clone().with("id_token_hint", &foreign).path()).await.code();
    assert_eq!(browser.get(&request.with("id_token_hint", &hint).path()).await.error().1, "90210");
    let kid = header(&hint).expect("a header").kid.expect("a kid");
    assert!(house.app.keys().revoke(TENANT, &kid, &Note::server()).await.expect("revoked"));
    assert_eq!(silent(&mut browser, &hint).await, "login_required");
}

#[tokio::test]
async fn oidcc_a_hint_about_somebody_else_is_answered_by_nobody_but_them() {
    let house = House::dev().await;
    let (_, anns) = hinted(&house).await;
    let mut bobs = house.browser();
    bobs.sign_in(&strict(), BOB).await;
    assert_eq!(silent(&mut bobs, &anns).await, "interaction_required");
    let page = bobs.get(&strict().with("id_token_hint", &anns).path()).await;
    assert!(page.is_page("Unified"), "Bob's session does not answer: {}", page.text);
    let refused = bobs.sign_in_at(&page, BOB, &[]).await.carried(STRICT, '?');
    assert_eq!((refused["error"].as_str(), refused.contains_key("code")), ("login_required", false));
    let page = bobs.get(&strict().with("id_token_hint", &anns).path()).await;
    assert!(bobs.sign_in_at(&page, ANN, &[]).await.carried(STRICT, '?').contains_key("code"));
}

#[tokio::test]
async fn row_38_by_the_letter_a_hint_that_is_not_ours_asks_again() {
    let house = House::dev().await;
    let (mut browser, hint) = hinted(&house).await;
    assert!(browser.get(&strict().with("id_token_hint", &hint).path()).await.carried(STRICT, '?').contains_key("code"));
    assert!(browser.get(&strict().with("id_token_hint", "x.y.z").path()).await.is_page("Unified"));
    // As in B2C, whose user flows do not read the hint.
    browser.get(&authorize().with("id_token_hint", "x.y.z").path()).await.code();
}

#[tokio::test]
async fn row_84_a_token_that_says_where_its_key_is_has_it_fetched_from_nowhere() {
    let house = House::dev().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("set");
    let keys_at = format!("http://{}/keys", listener.local_addr().expect("an address"));
    let tokens = strict_tokens(&house, &mut house.browser()).await;
    let access = tokens.member("access_token");
    for (what, forged) in forgeries_with_keys_at(&house, &access, &keys_at).await {
        assert_eq!(userinfo(&house, &forged).await.status, StatusCode::UNAUTHORIZED, "{what}");
        house.browser().get(&logout(&[("id_token_hint", &forged)])).await;
        house.browser().get(&authorize().with("id_token_hint", &forged).path()).await;
    }
    assert!(listener.accept().is_err(), "nobody came");
}

#[tokio::test]
async fn row_39_forged_request_objects_are_refused_as_all_are() {
    let house = House::dev().await;
    let real = strict_tokens(&house, &mut house.browser()).await.member("id_token");
    for (what, forged) in forgeries(&house, &real).await {
        let answer = house.browser().get(&strict().with("request", &forged).path()).await;
        assert_eq!(answer.carried(STRICT, '?')["error"], "request_not_supported", "{what}");
    }
}
