//! Bearer protection of an API.

use axum::Router;
use axum::body::Body;
use axum::routing::{get, post};
use http::{HeaderMap, Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt;
use vestibule::testing::{FakeTenant, Person, WEB_APP};
use vestibule::{Api, Caller, Forbidden, Need};
use vestibule_protocol::digest::{base64url, from_base64url};

fn app(api: &Api) -> Router {
    let role = Router::new().route("/admin", get(|| async { "admin" })).route_layer(api.require_role("Admin"));
    Router::new()
        .route("/hello", get(|caller: Caller| async move { caller.claim::<String>("name").unwrap_or_default() }))
        .route("/write", post(write))
        .route_layer(api.require("tasks.read"))
        .merge(role)
        .route("/public", get(|| async { "open" }))
        .route("/forgotten", get(|_: Caller| async { "closed" }))
}

async fn write(caller: Caller) -> Result<&'static str, Forbidden> {
    caller.require("https://contoso.onmicrosoft.com/tasks-api/tasks.write")?;
    Ok("written")
}

async fn ask(tenant: &FakeTenant, request: http::request::Builder) -> (StatusCode, HeaderMap, String) {
    let request = request.body(Body::empty()).expect("a request");
    let Ok(response) = app(&tenant.api()).oneshot(request).await;
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, 100_000).await.expect("a body");
    (parts.status, parts.headers, String::from_utf8_lossy(&bytes).into_owned())
}

async fn hello(tenant: &FakeTenant, token: &str) -> (StatusCode, String) {
    let request = Request::get("/hello").header("authorization", format!("Bearer {token}"));
    let (status, headers, _) = ask(tenant, request).await;
    let challenge = headers.get("www-authenticate").map(|v| v.to_str().expect("text").to_owned());
    (status, challenge.unwrap_or_default())
}

#[tokio::test]
async fn a_token_with_the_scope_gets_in() {
    let tenant = FakeTenant::new();
    let token = tenant.access_token(&["tasks.read"]);
    let request = Request::get("/hello").header("authorization", format!("bearer {token}"));
    let (status, _, body) = ask(&tenant, request).await;
    assert_eq!((status, body.as_str()), (StatusCode::OK, "Ann Lee"));
    assert_eq!(ask(&tenant, Request::get("/public")).await.0, StatusCode::OK);
}

#[tokio::test]
async fn no_token_is_a_bare_challenge() {
    let tenant = FakeTenant::new();
    let (status, headers, body) = ask(&tenant, Request::get("/hello")).await;
    assert_eq!((status, headers["www-authenticate"].to_str().ok()), (StatusCode::UNAUTHORIZED, Some("Bearer")));
    assert_eq!(headers["content-type"], "application/problem+json");
    let body: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!((body["status"].as_i64(), body.get("error")), (Some(401), None));
    let basic = Request::get("/hello").header("authorization", "Basic YTpi");
    assert_eq!(ask(&tenant, basic).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_token_without_the_scope_is_forbidden() {
    let tenant = FakeTenant::new();
    let (status, challenge) = hello(&tenant, &tenant.access_token(&["tasks.write", "tasks.reader"])).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(
        challenge,
        r#"Bearer error="insufficient_scope", error_description="The token does not allow tasks.read.", scope="tasks.read""#
    );
}

#[tokio::test]
async fn a_handler_may_ask_for_more() {
    let tenant = FakeTenant::new();
    let post = |scopes: &[&str]| {
        let token = tenant.access_token(scopes);
        Request::post("/write").header("authorization", format!("Bearer {token}"))
    };
    assert_eq!(ask(&tenant, post(&["tasks.read"])).await.0, StatusCode::FORBIDDEN);
    assert_eq!(ask(&tenant, post(&["tasks.read", "tasks.write"])).await.0, StatusCode::OK);
}

#[tokio::test]
async fn roles_are_apart_from_scopes() {
    let tenant = FakeTenant::new();
    let ask_admin = async |token: String| {
        let request = Request::get("/admin").header("authorization", format!("Bearer {token}"));
        ask(&tenant, request).await.0
    };
    assert_eq!(ask_admin(tenant.access_token(&["Admin"])).await, StatusCode::FORBIDDEN);
    let token = tenant.access_token_with(&[], |claims| {
        claims.insert("roles".to_owned(), json!(["Admin"]));
    });
    assert_eq!(ask_admin(token).await, StatusCode::OK);
}

#[tokio::test]
async fn a_route_without_a_layer_stays_closed() {
    let tenant = FakeTenant::new();
    assert_eq!(ask(&tenant, Request::get("/forgotten")).await.0, StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn row_43_claims_that_do_not_fit_are_refused() {
    let tenant = FakeTenant::new();
    let refused = async |name: &str, value: Value| {
        let token = tenant.access_token_with(&["tasks.read"], |claims| {
            claims.insert(name.to_owned(), value.clone());
        });
        let (status, challenge) = hello(&tenant, &token).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{name}");
        assert!(challenge.starts_with(r#"Bearer error="invalid_token""#), "{challenge}");
    };
    refused("iss", json!("https://evil.test/")).await;
    refused("aud", json!(WEB_APP)).await;
    refused("exp", json!(1)).await;
    refused("exp", json!("never")).await;
    refused("nbf", json!(4_000_000_000_i64)).await;
    refused("tfp", json!("B2C_1_another")).await;
}

#[tokio::test]
async fn lifetime_has_a_leeway_of_two_minutes() {
    let tenant = FakeTenant::new();
    let token = tenant.access_token(&["tasks.read"]);
    tenant.wait(3600 + 100);
    assert_eq!(hello(&tenant, &token).await.0, StatusCode::OK);
    tenant.wait(30);
    assert_eq!(hello(&tenant, &token).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn forged_signatures_are_refused() {
    let tenant = FakeTenant::new();
    let token = tenant.access_token(&["tasks.read"]);
    let parts: Vec<&str> = token.split('.').collect();
    let kid = tenant.key().kid().to_owned();
    let header = |alg: &str| base64url(json!({ "alg": alg, "kid": kid, "typ": "JWT" }).to_string().as_bytes());
    let mut forged = vec![format!("{}.{}.", parts[0], parts[1]), "".to_owned(), "a.b.c".to_owned()];
    for alg in ["none", "None", "NONE", "HS256", "HS512", "ES256", "PS256"] {
        forged.push(format!("{}.{}.{}", header(alg), parts[1], parts[2]));
        forged.push(format!("{}.{}.", header(alg), parts[1]));
    }
    // Signed with a public value as the key: the modulus.
    let modulus = tenant.key().jwk(0).n.expect("a modulus");
    let secret = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &from_base64url(&modulus).expect("base64url"));
    let message = format!("{}.{}", header("HS256"), parts[1]);
    forged.push(format!("{message}.{}", base64url(aws_lc_rs::hmac::sign(&secret, message.as_bytes()).as_ref())));
    // Signed with another key under the right name.
    let other = vestibule_protocol::keys::SigningKey::generate().expect("a key");
    let message = format!("{}.{}", parts[0], parts[1]);
    forged.push(format!("{message}.{}", base64url(&other.sign(message.as_bytes()).expect("signed"))));
    // With the key in the header.
    let own = json!({ "alg": "RS256", "kid": other.kid(), "jwk": other.jwk(0), "jku": "https://evil.test/keys" });
    let message = format!("{}.{}", base64url(own.to_string().as_bytes()), parts[1]);
    forged.push(format!("{message}.{}", base64url(&other.sign(message.as_bytes()).expect("signed"))));
    for token in forged {
        let request = Request::get("/hello").header("authorization", format!("Bearer {token}"));
        let (status, ..) = ask(&tenant, request).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{token}");
    }
}

#[tokio::test]
async fn row_43_an_id_token_is_no_access_token() {
    let tenant = FakeTenant::new();
    let token = tenant.access_token_with(&[], |claims| {
        claims.remove("scp");
        claims.remove("azp");
    });
    let request = Request::get("/").header("authorization", format!("Bearer {token}")).body(()).expect("a request");
    let refusal = tenant.api().caller(request.headers()).await.expect_err("no access token");
    assert_eq!(refusal.into_answer().status(), StatusCode::UNAUTHORIZED);
}

/// The statuses of a route that needs a role, one that needs any token, and one that needs a scope, for a token at an
/// API that shares the web app's registration.
async fn at_a_shared_registration(tenant: &FakeTenant, token: &str) -> [u16; 3] {
    let mut settings = tenant.api_settings();
    settings.insert("AUDIENCE".to_owned(), WEB_APP.to_owned());
    let api = Api::with_outside(vestibule::ApiSettings::from_map(&settings).expect("settings"), tenant.outside());
    let request = Request::get("/").header("authorization", format!("Bearer {token}")).body(()).expect("a request");
    let mut statuses = [0; 3];
    let needs = [Need::Role("Admin".to_owned()), Need::Token, Need::Scope("tasks.read".to_owned())];
    for (status, need) in statuses.iter_mut().zip(needs) {
        let answer = api.admit(request.headers(), &need).await.map_err(|refusal| refusal.into_answer().status());
        *status = answer.map_or_else(|status| status.as_u16(), |_| 200);
    }
    statuses
}

#[tokio::test]
async fn an_id_token_opens_no_route_of_an_api_that_shares_the_web_apps_registration() {
    let tenant = FakeTenant::new();
    // A custom policy may put any of these into both tokens.
    let person = Person::new("Ann Lee").with("roles", json!(["Admin"])).with("appid", json!(WEB_APP));
    tenant.sit_down(person.with("client_id", json!(WEB_APP)).with("nonce", json!("n")));
    assert_eq!(at_a_shared_registration(&tenant, &tenant.id_token()).await, [401, 401, 401]);
}

#[tokio::test]
async fn an_access_token_for_the_application_itself_opens_what_it_allows() {
    let tenant = FakeTenant::new();
    let own = |roles: Value| {
        tenant.access_token_with(&[], |claims| {
            claims.extend([("aud".to_owned(), json!(WEB_APP)), ("roles".to_owned(), roles.clone())]);
            claims.insert("nonce".to_owned(), json!("n"));
            claims.remove("scp");
        })
    };
    assert_eq!(at_a_shared_registration(&tenant, &own(json!(["Admin"]))).await, [200, 200, 403]);
    assert_eq!(at_a_shared_registration(&tenant, &own(json!(["Reader"]))).await, [403, 200, 403]);
}

#[tokio::test]
async fn two_authorization_headers_are_malformed() {
    let tenant = FakeTenant::new();
    let token = tenant.access_token(&["tasks.read"]);
    let one = format!("Bearer {token}");
    let (status, headers, _) =
        ask(&tenant, Request::get("/hello").header("authorization", &one).header("authorization", &one)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(headers["www-authenticate"].to_str().expect("text").contains("invalid_request"));
}

#[tokio::test]
async fn issuers_may_be_listed() {
    let tenant = FakeTenant::new();
    let mut settings = tenant.api_settings();
    settings.insert("ISSUERS".to_owned(), "https://a.test/ https://b.test/".to_owned());
    let api = Api::with_outside(vestibule::ApiSettings::from_map(&settings).expect("settings"), tenant.outside());
    let accepts = async |issuer: &str| {
        let token = tenant.access_token_with(&["tasks.read"], |claims| {
            claims.insert("iss".to_owned(), json!(issuer));
        });
        let request = Request::get("/").header("authorization", format!("Bearer {token}")).body(()).expect("a request");
        api.caller(request.headers()).await.is_ok()
    };
    assert!(accepts("https://a.test/").await && accepts("https://b.test/").await);
    assert!(!accepts(&tenant.issuer()).await);
}

#[tokio::test]
async fn a_misconfigured_api_lets_nobody_in() {
    let api = Api::from_map(&std::collections::BTreeMap::new());
    let request = Request::get("/hello").body(Body::empty()).expect("a request");
    let Ok(response) = app(&api).oneshot(request).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
}
