//! Providers inside a private network, and the clock of a development tenant.

use crate::support::{app, parameter};
use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use tower::ServiceExt;
use vestibule::{Api, ApiSettings, Auth, BoxFuture, Clock, Http, NoAnswer, Outside, Random, Settings};
use vestibule_protocol::jwt;
use vestibule_protocol::keys::SigningKey;

/// A provider whose document uses the address `outside`, and that records where it was contacted.
#[derive(Clone)]
struct Provider(Arc<Inside>);

struct Inside {
    outside: &'static str,
    key: SigningKey,
    /// Claims of the next token.
    claims: Mutex<Value>,
    asked: Mutex<Vec<String>>,
    /// The number of seconds that its clock is ahead.
    ahead: AtomicI64,
}

impl Provider {
    fn new(outside: &'static str) -> Self {
        let key = SigningKey::generate().expect("a key");
        let inside =
            Inside { outside, key, claims: Mutex::new(json!({})), asked: Mutex::default(), ahead: AtomicI64::new(0) };
        Self(Arc::new(inside))
    }

    fn answer(&self, url: &str) -> Value {
        let Inside { outside, key, claims, ahead, .. } = &*self.0;
        if url.ends_with("/_dev/clock") {
            return json!({ "now": "x", "offset_seconds": ahead.load(Ordering::Relaxed) });
        }
        if url.ends_with("/keys") {
            return json!({ "keys": [key.jwk(0)] });
        }
        if url.ends_with("/token") {
            let claims = claims.lock().expect("a lock").clone();
            return json!({ "id_token": jwt::sign(claims.as_object().expect("claims"), key).expect("signed") });
        }
        json!({
            "issuer": outside, "authorization_endpoint": format!("{outside}/authorize"),
            "token_endpoint": format!("{outside}/token"), "jwks_uri": format!("{outside}/keys"),
        })
    }

    fn outside(&self, clock: Clock) -> Outside {
        Outside { http: Arc::new(self.clone()), clock, random: Random::seeded(1) }
    }

    fn asked(&self) -> Vec<String> {
        self.0.asked.lock().expect("a lock").clone()
    }
}

impl Http for Provider {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, NoAnswer>> {
        let url = request.uri().to_string();
        self.0.asked.lock().expect("a lock").push(url.clone());
        let body = self.answer(&url).to_string();
        Box::pin(async move { Ok(Response::new(Bytes::from(body))) })
    }
}

fn settings(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let own = [("CLIENT_ID", "app"), ("CLIENT_SECRET", "secret"), ("AUDIENCE", "app")];
    own.iter().chain(pairs).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// Signs in with a token that is valid for an hour from `now`; returns the status of the callback.
async fn sign_in(provider: &Provider, auth: &Auth, now: i64) -> StatusCode {
    let router = app(auth);
    let ask = async |path: &str, cookie: &str| {
        let request = Request::get(path).header("cookie", cookie).body(Body::empty()).expect("a request");
        let Ok(response) = router.clone().oneshot(request).await;
        response
    };
    let begun = ask("/me", "").await;
    let location = begun.headers()["location"].to_str().expect("text").to_owned();
    let cookie = begun.headers()["set-cookie"].to_str().expect("text").split(';').next().expect("a cookie").to_owned();
    *provider.0.claims.lock().expect("a lock") = json!({
        "iss": provider.0.outside, "sub": "ann", "aud": "app", "nbf": now, "iat": now, "exp": now + 3600,
        "nonce": parameter(&location, "nonce"),
    });
    let state = parameter(&location, "state").expect("a state");
    ask(&format!("/getAToken?code=c&state={state}"), &cookie).await.status()
}

#[test]
fn a_provider_that_speaks_http_is_taken_by_an_explicit_setting_only() {
    for authority in ["http://keycloak:8080/realms/a", "http://vestibule:8400"] {
        let plain = settings(&[("OIDC_AUTHORITY", authority)]);
        let error = Settings::from_map(&plain).expect_err("http is for this machine");
        assert!(error.problems[0].fix.contains("VESTIBULE_HTTP_HOSTS"), "{error}");
        let mut named = plain.clone();
        named.insert("VESTIBULE_HTTP_HOSTS".to_owned(), "keycloak vestibule:8400".to_owned());
        assert!(Settings::from_map(&named).is_ok() && ApiSettings::from_map(&named).is_ok());
    }
}

#[tokio::test]
async fn a_provider_inside_is_signed_in_to() {
    let named = settings(&[("OIDC_AUTHORITY", "http://keycloak:8080/realms/a"), ("VESTIBULE_HTTP_HOSTS", "keycloak")]);
    let provider = Provider::new("http://keycloak:8080/realms/a");
    let auth = Auth::from_map_with_outside(&named, provider.outside(Clock::fixed(1_800_000_000)));
    assert_eq!(sign_in(&provider, &auth, 1_800_000_000).await, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_app_reaches_the_provider_inside_and_browsers_outside() {
    let issuer = "http://localhost:8080/realms/a";
    let named = settings(&[("OIDC_AUTHORITY", issuer), ("VESTIBULE_BACKCHANNEL_URL", "http://keycloak:8080")]);
    let provider = Provider::new(issuer);
    let auth = Auth::from_map_with_outside(&named, provider.outside(Clock::fixed(1_800_000_000)));
    assert_eq!(sign_in(&provider, &auth, 1_800_000_000).await, StatusCode::SEE_OTHER);
    let asked = provider.asked();
    assert!(asked.len() == 3 && asked.iter().all(|url| url.starts_with("http://keycloak:8080/realms/a/")), "{asked:?}");
}

#[tokio::test]
async fn a_document_that_leads_to_another_plain_host_is_still_refused() {
    let named = settings(&[("OIDC_AUTHORITY", "http://keycloak:8080/a"), ("VESTIBULE_HTTP_HOSTS", "keycloak:8080")]);
    let provider = Provider::new("http://evil:8080/a");
    let auth = Auth::from_map_with_outside(&named, provider.outside(Clock::fixed(1_800_000_000)));
    let request = Request::get("/me").body(Body::empty()).expect("a request");
    let Ok(response) = app(&auth).oneshot(request).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn an_app_that_follows_the_development_clock_believes_tokens_of_an_hour_from_now() {
    let issuer = "http://localhost:8400";
    let (provider, now) = (Provider::new(issuer), Clock::system().now());
    let plain = settings(&[("OIDC_AUTHORITY", issuer)]);
    let follows = settings(&[("OIDC_AUTHORITY", issuer), ("VESTIBULE_CLOCK_URL", "http://localhost:8400/_dev/clock")]);
    let auth = |map: &_| Auth::from_map_with_outside(map, provider.outside(Clock::system()));
    let (left, following) = (auth(&plain), auth(&follows));
    for hours in [1, 24, 0, -2] {
        provider.0.ahead.store(hours * 3600, Ordering::Relaxed);
        let there = now + hours * 3600;
        assert_eq!(sign_in(&provider, &following, there).await, StatusCode::SEE_OTHER, "{hours} hours ahead");
        let alone = if hours == 0 { StatusCode::SEE_OTHER } else { StatusCode::BAD_REQUEST };
        assert_eq!(sign_in(&provider, &left, there).await, alone, "{hours} hours ahead, and nobody follows");
    }
}

#[tokio::test]
async fn an_api_follows_the_development_clock_too() {
    let issuer = "http://localhost:8400";
    let (provider, now) = (Provider::new(issuer), Clock::system().now() + 3600);
    provider.0.ahead.store(3600, Ordering::Relaxed);
    let map = settings(&[("OIDC_AUTHORITY", issuer), ("VESTIBULE_CLOCK_URL", "http://localhost:8400/_dev/clock")]);
    let api = Api::from_map_with_outside(&map, provider.outside(Clock::system()));
    let claims = json!({ "iss": issuer, "aud": "app", "sub": "ann", "scope": "read", "nbf": now, "exp": now + 3600 });
    let token = jwt::sign(claims.as_object().expect("claims"), &provider.0.key).expect("signed");
    let request = Request::get("/").header("authorization", format!("Bearer {token}")).body(()).expect("a request");
    assert!(api.caller(request.headers()).await.is_ok());
}
