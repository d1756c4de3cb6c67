//! Rows 40 to 43: only the key of a registered certificate proves an application, and for what it signed.

use super::forgery::forgeries;
use super::ground::{redeem, strict, strict_tokens};
use aws_lc_rs::hmac;
use http::StatusCode;
use serde_json::{Value, json};
use vestibule_protocol::digest::base64url;
use vestibule_testing::signer::{JWT_BEARER, SIGNER, Signer, msal_claims};
use vestibule_testing::{ANN, Answer, House, NOW, STRICT1, WEBAPP1};

const CERTIFIED: &str = "77777777-0c47-4a15-b9e8-61d7a2f05c94";
const ONCE: &str = "88888888-0c47-4a15-b9e8-61d7a2f05c94";
const ENDPOINT: &str = "http://localhost:8400/contoso.onmicrosoft.com/b2c_1_signupsignin1/oauth2/v2.0/token";

/// With an application that has a certificate and no secret, and another that takes each assertion once.
async fn house() -> House {
    let application = |name: &str, client_id: &str, more: &str| {
        let pem = &SIGNER.pem;
        format!(
            "[[tenant.application]]\nname = \"{name}\"\nclient_id = \"{client_id}\"\n\
             permissions = [\"roles-api/tasks.sync\"]\ncertificates = [\"\"\"\n{pem}\"\"\"]\n{more}\n"
        )
    };
    let api = "[[tenant.application]]\nname = \"roles-api\"\napp_id_uri = \"https://contoso.onmicrosoft.com/roles\"\n\
               app_role = [{ value = \"tasks.sync\" }]\n";
    let certified = application("certified1", CERTIFIED, "");
    let once = application("once1", ONCE, "single_use_assertions = true");
    House::builder().dev().configure(&format!("{api}{certified}{once}")).open().await
}

async fn itself(house: &House, client_id: &str, assertion: &str) -> Answer {
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", client_id),
        ("scope", "https://contoso.onmicrosoft.com/roles/.default"),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", assertion),
    ];
    house.token(&fields).await
}

fn is_refused(answer: &Answer, what: &str) {
    let error = (answer.status, answer.member("error"));
    assert_eq!(error, (StatusCode::BAD_REQUEST, "invalid_client".to_owned()), "{what}: {answer:?}");
}

/// The row's forgeries again, as an attacker who knows the certificate would make them.
fn with_the_certificate(claims: &Value) -> Vec<(String, String)> {
    let certificate = SIGNER.certificate();
    let payload = base64url(claims.to_string().as_bytes());
    let join = |header: &Value, signature: &[u8]| {
        format!("{}.{payload}.{}", base64url(header.to_string().as_bytes()), base64url(signature))
    };
    let mut all = Vec::new();
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        all.push((format!("alg {alg}"), join(&json!({ "alg": alg, "x5t": certificate.x5t }), b"")));
    }
    for (what, key) in [("PEM", SIGNER.pem.clone().into_bytes()), ("DER", certificate.der.clone())] {
        let header = json!({ "alg": "HS256", "x5t": certificate.x5t });
        let message = format!("{}.{payload}", base64url(header.to_string().as_bytes()));
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), message.as_bytes());
        all.push((format!("HS256 by the {what}"), format!("{message}.{}", base64url(tag.as_ref()))));
    }
    all.push(("a zero ECDSA signature".to_owned(), join(&json!({ "alg": "ES256", "x5t": certificate.x5t }), &[0; 64])));
    let stranger = Signer::rsa();
    let chain = stranger.pem.lines().filter(|line| !line.starts_with('-')).collect::<String>();
    for more in [
        json!({ "x5c": [chain] }),
        json!({ "x5u": "http://127.0.0.1:9/certificate" }),
        json!({ "jku": "http://127.0.0.1:9/keys" }),
        json!({ "jwk": { "kty": "RSA", "e": "AQAB", "n": "AQAB" } }),
        json!({ "kid": stranger.certificate().x5t }),
        json!({ "alg": "PS256" }),
    ] {
        let mut header = SIGNER.x5t();
        header.as_object_mut().expect("a header").extend(more.as_object().expect("members").clone());
        all.push((format!("a stranger's {more}"), stranger.sign(&header, claims)));
    }
    all.push(("a stranger's x5t".to_owned(), stranger.sign(&stranger.x5t(), claims)));
    all.push((
        "crit, by the right key".to_owned(),
        SIGNER.sign(&json!({ "alg": "RS256", "x5t": certificate.x5t, "crit": ["exp"] }), claims),
    ));
    all
}

#[tokio::test]
async fn row_40_41_43_forged_assertions_prove_no_application() {
    let house = house().await;
    let now = NOW / 1000;
    let claims = msal_claims(CERTIFIED, ENDPOINT, NOW);
    let real = SIGNER.sign(&SIGNER.x5t(), &claims);
    assert_eq!(itself(&house, CERTIFIED, &real).await.status, StatusCode::OK, "the rightful one");

    let mut all = forgeries(&house, &real).await;
    all.extend(with_the_certificate(&claims));
    let with = |name: &str, value: Value| {
        let mut other = claims.clone();
        other[name] = value;
        (format!("row 41: another {name}"), SIGNER.sign(&SIGNER.x5t(), &other))
    };
    all.extend([
        with("exp", json!(now - 1)),
        with("exp", json!(now + 365 * 24 * 3600)),
        with("nbf", json!(now + 3600)),
        with("iat", json!(now + 3600)),
        with("aud", json!("https://other.example/token")),
        with("sub", json!(WEBAPP1)),
        with("iss", json!(WEBAPP1)),
    ]);
    let tokens = strict_tokens(&house, &mut house.browser()).await;
    all.push(("row 43: an ID token".to_owned(), tokens.member("id_token")));
    all.push(("row 43: an access token".to_owned(), tokens.member("access_token")));
    for (what, forged) in all {
        is_refused(&itself(&house, CERTIFIED, &forged).await, &what);
    }
    assert_eq!(itself(&house, CERTIFIED, &real).await.status, StatusCode::OK, "as often as MSAL sends it");
}

#[tokio::test]
async fn row_41_a_replayed_assertion_is_refused_where_it_works_once() {
    let house = house().await;
    let now = NOW / 1000;
    let mut claims = msal_claims(ONCE, ENDPOINT, NOW);
    (claims["iat"], claims["exp"]) = (json!(now), json!(now + 300));
    let real = SIGNER.sign(&SIGNER.x5t(), &claims);
    assert_eq!(itself(&house, ONCE, &real).await.status, StatusCode::OK);
    is_refused(&itself(&house, ONCE, &real).await, "the same again");
    is_refused(&itself(&house, ONCE, &SIGNER.sign(&json!({ "alg": "PS256" }), &claims)).await, "its jti again");
    is_refused(&itself(&house, ONCE, &SIGNER.msal(ONCE, ENDPOINT, NOW)).await, "ten minutes");
}

#[tokio::test]
async fn row_42_another_way_than_the_registered_one_proves_nothing() {
    let house = house().await;
    let secret = house.secret(WEBAPP1);
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", CERTIFIED),
        ("client_secret", secret.as_str()),
        ("scope", "https://contoso.onmicrosoft.com/roles/.default"),
    ];
    is_refused(&house.token(&fields).await, "a secret of who has a certificate");
    let code = house.browser().sign_in(&strict(), ANN).await.carried(super::ground::STRICT, '?')["code"].clone();
    let assertion = SIGNER.msal(STRICT1, ENDPOINT, NOW);
    let instead = [("client_secret", ""), ("client_assertion_type", JWT_BEARER), ("client_assertion", &assertion)];
    is_refused(&redeem(&house, STRICT1, &code, &instead).await, "an assertion of who has a secret");
    assert_eq!(redeem(&house, STRICT1, &code, &[]).await.status, StatusCode::OK, "and the code is still good");
}
