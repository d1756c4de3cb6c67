//! Providers other than B2C: Entra with its issuer template, and standard ones, which are checked strictly.

use crate::support::{app, parameter};
use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tower::ServiceExt;
use vestibule::{Auth, BoxFuture, Clock, Http, NoAnswer, Outside, Random};
use vestibule_protocol::jwt;
use vestibule_protocol::keys::SigningKey;

/// A provider with scripted responses.
#[derive(Clone)]
struct Scripted(Arc<Script>);

struct Script {
    document: Value,
    key: SigningKey,
    claims: Mutex<Value>,
    /// The `Authorization` header and the form of the last request for tokens.
    asked: Mutex<(Option<String>, String)>,
}

impl Http for Scripted {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, NoAnswer>> {
        let uri = request.uri().to_string();
        let body = if uri.ends_with("/.well-known/openid-configuration") {
            self.0.document.clone()
        } else if uri.ends_with("/keys") {
            // An odd key in a set does not hide the others.
            json!({ "keys": [{ "kty": "oct", "k": "AAAA" }, { "odd": true }, self.0.key.jwk(0)] })
        } else {
            let header = request.headers().get("authorization").map(|v| v.to_str().expect("text").to_owned());
            *self.0.asked.lock().expect("a lock") = (header, String::from_utf8_lossy(request.body()).into_owned());
            let claims = self.0.claims.lock().expect("a lock").clone();
            let token = jwt::sign(claims.as_object().expect("claims"), &self.0.key).expect("signed");
            json!({ "id_token": token, "access_token": "opaque", "token_type": "Bearer", "expires_in": 300 })
        };
        Box::pin(async move { Ok(Response::new(Bytes::from(body.to_string()))) })
    }
}

struct World {
    provider: Scripted,
    app: axum::Router,
}

impl World {
    fn new(settings: &[(&str, &str)], base: &str, issuer: &str, more: Value) -> Self {
        let mut document = json!({
            "issuer": issuer, "authorization_endpoint": format!("{base}/authorize"),
            "token_endpoint": format!("{base}/token"), "jwks_uri": format!("{base}/keys"),
        });
        document.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("an object"));
        let key = SigningKey::generate().expect("a key");
        let script = Script { document, key, claims: Mutex::new(Value::Null), asked: Mutex::default() };
        let provider = Scripted(Arc::new(script));
        let app_settings = [("CLIENT_ID", "the app"), ("CLIENT_SECRET", "a+b c")];
        let map: BTreeMap<String, String> =
            app_settings.iter().chain(settings).map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let http = Arc::new(provider.clone());
        let outside = Outside { http, clock: Clock::fixed(1_800_000_000), random: Random::seeded(1) };
        Self { provider, app: app(&Auth::from_map_with_outside(&map, outside)) }
    }

    async fn ask(&self, path: &str, cookie: &str) -> Response<Body> {
        let request = Request::get(path).header("cookie", cookie).body(Body::empty()).expect("a request");
        let Ok(response) = self.app.clone().oneshot(request).await;
        response
    }

    /// Signs in with these claims, and returns the status of the callback; `more` is added to the callback.
    async fn sign_in(&self, claims: Value, more: &str) -> StatusCode {
        let begun = self.ask("/me", "").await;
        let location = begun.headers()["location"].to_str().expect("text").to_owned();
        let cookie =
            begun.headers()["set-cookie"].to_str().expect("text").split(';').next().expect("a cookie").to_owned();
        let mut all = json!({
            "sub": "ann", "aud": "the app", "exp": 1_800_000_300, "nonce": parameter(&location, "nonce"),
        });
        all.as_object_mut().expect("an object").extend(claims.as_object().cloned().expect("an object"));
        *self.provider.0.claims.lock().expect("a lock") = all;
        let state = parameter(&location, "state").expect("a state");
        self.ask(&format!("/getAToken?code=c&state={state}{more}"), &cookie).await.status()
    }
}

const SIGNED_IN: StatusCode = StatusCode::SEE_OTHER;
const REFUSED: StatusCode = StatusCode::BAD_REQUEST;

#[tokio::test]
async fn a_standard_provider_is_asked_as_the_standard_says() {
    let world =
        World::new(&[("OIDC_AUTHORITY", "https://op.test/a")], "https://op.test/a", "https://op.test/a", json!({}));
    assert_eq!(world.sign_in(json!({ "iss": "https://op.test/a" }), "").await, SIGNED_IN);
    let (header, form) = world.provider.0.asked.lock().expect("a lock").clone();
    // "the+app:a%2Bb+c": both parts are form-encoded (RFC 6749 section 2.3.1).
    assert_eq!(header.as_deref(), Some("Basic dGhlK2FwcDphJTJCYitj"));
    assert!(!form.contains("client_secret"), "{form}");
    let begun = world.ask("/me", "").await;
    let location = begun.headers()["location"].to_str().expect("text");
    assert_eq!(
        parameter(location, "scope").as_deref(),
        Some("openid profile email"),
        "no offline_access unless listed"
    );
}

#[tokio::test]
async fn a_standard_provider_must_be_the_issuer_that_was_named() {
    let named = [("OIDC_AUTHORITY", "https://op.test/a")];
    let other = World::new(&named, "https://op.test/a", "https://evil.test", json!({}));
    assert_eq!(other.ask("/me", "").await.status(), StatusCode::SERVICE_UNAVAILABLE);
    let world = World::new(&named, "https://op.test/a", "https://op.test/a", json!({}));
    assert_eq!(world.sign_in(json!({ "iss": "https://op.test/a/" }), "").await, REFUSED);
    let plain = World::new(&named, "http://op.test/a", "https://op.test/a", json!({}));
    assert_eq!(plain.ask("/me", "").await.status(), StatusCode::SERVICE_UNAVAILABLE, "endpoints must be https");
}

#[tokio::test]
async fn a_provider_that_names_itself_in_answers_must_always_do_so() {
    let says = json!({ "authorization_response_iss_parameter_supported": true });
    let world = World::new(&[("OIDC_AUTHORITY", "https://op.test")], "https://op.test", "https://op.test", says);
    let claims = json!({ "iss": "https://op.test" });
    assert_eq!(world.sign_in(claims.clone(), "").await, REFUSED);
    assert_eq!(world.sign_in(claims.clone(), "&iss=https%3A%2F%2Fevil.test").await, REFUSED);
    assert_eq!(world.sign_in(claims, "&iss=https%3A%2F%2Fop.test").await, SIGNED_IN);
}

#[tokio::test]
async fn entra_fills_its_issuer_template_by_the_tokens_tenant() {
    let base = "https://login.microsoftonline.com/common";
    let issuer = "https://login.microsoftonline.com/{tenantid}/v2.0";
    let world = World::new(&[("AUTHORITY", base)], base, issuer, json!({}));
    let of = |tenant: &str| format!("https://login.microsoftonline.com/{tenant}/v2.0");
    assert_eq!(world.sign_in(json!({ "tid": "t1", "iss": of("t1") }), "").await, SIGNED_IN);
    assert_eq!(world.sign_in(json!({ "tid": "t1", "iss": of("t2") }), "").await, REFUSED);
    assert_eq!(world.sign_in(json!({ "iss": of("t1") }), "").await, REFUSED);
    assert_eq!(world.sign_in(json!({ "tid": "t1/x", "iss": of("t1/x") }), "").await, REFUSED);
    let form = world.provider.0.asked.lock().expect("a lock").1.clone();
    assert!(form.contains("client_secret=a%2Bb+c"), "Microsoft takes the secret in the form: {form}");
}

#[tokio::test]
async fn external_id_speaks_for_a_custom_domain() {
    let base = "https://login.contoso.com/775527ff";
    let issuer = "https://775527ff.ciamlogin.com/775527ff/v2.0";
    let world = World::new(&[("OIDC_AUTHORITY", base)], base, issuer, json!({}));
    assert_eq!(world.sign_in(json!({ "iss": issuer }), "").await, SIGNED_IN);
}
