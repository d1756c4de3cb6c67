//! Discovery documents and published keys: in B2C's form for every URL form, for everyone, from the cache.

use super::ground::{ORIGIN, TENANT, house};
use http::{Method, StatusCode};
use serde_json::Value;
use vestibule_protocol::keys::Jwks;
use vestibule_protocol::metadata::Metadata;

const WELL_KNOWN: &str = "v2.0/.well-known/openid-configuration";

fn read(text: &str) -> Metadata {
    serde_json::from_str(text).expect("a document")
}

#[tokio::test]
async fn the_document_has_b2cs_members_in_b2cs_order() {
    let house = house().await;
    let reply = house.get(&format!("/contoso.onmicrosoft.com/B2C_1_SignUpSignIn1/{WELL_KNOWN}")).await.ok();
    let base = format!("{ORIGIN}/contoso.onmicrosoft.com/b2c_1_signupsignin1");
    let expected = format!(
        r#"{{"issuer":"{ORIGIN}/{TENANT}/v2.0/","authorization_endpoint":"{base}/oauth2/v2.0/authorize","token_endpoint":"{base}/oauth2/v2.0/token","end_session_endpoint":"{base}/oauth2/v2.0/logout","jwks_uri":"{base}/discovery/v2.0/keys","response_modes_supported":["query","fragment","form_post"],"response_types_supported":["code","code id_token","code token","code id_token token","id_token","id_token token","token","token id_token"],"scopes_supported":["openid"],"subject_types_supported":["pairwise"],"id_token_signing_alg_values_supported":["RS256"],"token_endpoint_auth_methods_supported":["client_secret_post","client_secret_basic"],"claims_supported":["name","emails","oid","sub","iss","iat","exp","aud","acr","nonce","auth_time"]}}"#
    );
    assert_eq!(reply.text, expected);
}

#[tokio::test]
async fn endpoints_repeat_the_form_and_the_spelling_of_the_request() {
    let house = house().await;
    let p = "b2c_1_signupsignin1";
    for (path, token) in [
        (
            format!("/contoso.onmicrosoft.com/{WELL_KNOWN}?p=B2C_1_signupsignin1"),
            format!("/contoso.onmicrosoft.com/oauth2/v2.0/token?p={p}"),
        ),
        (format!("/{TENANT}/B2C_1_signupsignin1/{WELL_KNOWN}"), format!("/{TENANT}/{p}/oauth2/v2.0/token")),
        (format!("/contoso/{p}/{WELL_KNOWN}"), format!("/contoso/{p}/oauth2/v2.0/token")),
        (
            format!("/CONTOSO.onmicrosoft.com/{p}//{WELL_KNOWN}"),
            format!("/CONTOSO.onmicrosoft.com/{p}/oauth2/v2.0/token"),
        ),
        (
            format!("/tfp/contoso.onmicrosoft.com/{p}/{WELL_KNOWN}"),
            format!("/tfp/contoso.onmicrosoft.com/{p}/oauth2/v2.0/token"),
        ),
        // passport-azure-ad sends the policy twice.
        (format!("/contoso/B2C_1_signupsignin1/{WELL_KNOWN}?p={p}"), format!("/contoso/{p}/oauth2/v2.0/token")),
    ] {
        // Twice: the second response is the cached one.
        for _ in 0..2 {
            let document = read(&house.get(&path).await.ok().text);
            assert_eq!(document.token_endpoint, format!("{ORIGIN}{token}"), "{path}");
            assert_eq!(document.issuer, format!("{ORIGIN}/{TENANT}/v2.0/"), "{path}");
        }
    }
}

#[tokio::test]
async fn the_older_document_has_its_own_shape() {
    let house = house().await;
    let path = "/contoso.onmicrosoft.com/B2C_1_signupsignin1/.well-known/openid-configuration";
    let document = read(&house.get(path).await.ok().text);
    let base = format!("{ORIGIN}/contoso.onmicrosoft.com/b2c_1_signupsignin1");
    assert_eq!(document.issuer, format!("{ORIGIN}/{TENANT}/"));
    assert_eq!(document.authorization_endpoint, format!("{base}/oauth2/authorize"));
    assert_eq!(document.token_endpoint, format!("{base}/oauth2/token"));
    assert_eq!(document.end_session_endpoint, Some(format!("{base}/oauth2/logout")));
    assert_eq!(document.jwks_uri, format!("{base}/discovery/keys"));
    let keys = house.get("/contoso.onmicrosoft.com/b2c_1_signupsignin1/discovery/keys").await.ok();
    assert_eq!(serde_json::from_str::<Jwks>(&keys.text).expect("a key set").keys.len(), 1);
}

#[tokio::test]
async fn policies_publish_what_they_have() {
    let house = house().await;
    let ropc = read(&house.get(&format!("/contoso/B2C_1_ropc/{WELL_KNOWN}")).await.ok().text);
    assert_eq!(ropc.end_session_endpoint, None);
    let tfp = read(&house.get(&format!("/contoso/B2C_1A_tfp/{WELL_KNOWN}")).await.ok().text);
    assert_eq!(tfp.issuer, format!("{ORIGIN}/tfp/{TENANT}/b2c_1a_tfp/v2.0/"));
    // The URL for strict applications: the issuer matches it.
    let strict = read(&house.get(&format!("/oidc/{TENANT}/b2c_1_signupsignin1/{WELL_KNOWN}")).await.ok().text);
    assert_eq!(strict.issuer, format!("{ORIGIN}/oidc/{TENANT}/b2c_1_signupsignin1/v2.0/"));
    assert_eq!(strict.code_challenge_methods_supported, ["S256"]);
    assert_eq!(
        strict.userinfo_endpoint,
        Some(format!("{ORIGIN}/oidc/{TENANT}/b2c_1_signupsignin1/openid/v2.0/userinfo"))
    );
    assert_eq!(
        strict.token_endpoint_auth_methods_supported,
        ["client_secret_post", "client_secret_basic", "private_key_jwt"]
    );
    assert_eq!(strict.token_endpoint_auth_signing_alg_values_supported, ["RS256", "PS256", "ES256"]);
    assert!(strict.authorization_response_iss_parameter_supported);
}

#[tokio::test]
async fn an_alias_publishes_the_canonical_address() {
    let house = house().await;
    let path = format!("http://tenant.localhost/contoso/B2C_1_signupsignin1/{WELL_KNOWN}");
    let document = read(&house.get(&path).await.ok().text);
    assert_eq!(document.issuer, format!("{ORIGIN}/{TENANT}/v2.0/"));
}

#[tokio::test]
async fn requirement_15_anyone_may_read_and_keep_them_and_nobody_may_write() {
    let house = house().await;
    for path in [
        format!("/contoso/B2C_1_signupsignin1/{WELL_KNOWN}"),
        "/contoso/B2C_1_signupsignin1/discovery/v2.0/keys".to_owned(),
    ] {
        let reply = house.send(Method::GET, &path, &[("origin", "https://anyone.test")], "").await.ok();
        assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
        assert_eq!(reply.header("access-control-allow-credentials"), None);
        assert_eq!(reply.header("cache-control"), Some("public, max-age=3600"));
        assert_eq!(reply.header("content-type"), Some("application/json; charset=utf-8"));
        let head = house.send(Method::HEAD, &path, &[], "").await.ok();
        assert_eq!((head.text.len(), head.header("content-length")), (0, Some(reply.text.len().to_string().as_str())));
        let asked = [("origin", "https://anyone.test"), ("access-control-request-headers", "x-client-sku")];
        let preflight = house.send(Method::OPTIONS, &path, &asked, "").await;
        assert_eq!(preflight.status, StatusCode::NO_CONTENT);
        assert_eq!(preflight.header("access-control-allow-headers"), Some("x-client-sku"));
        assert_eq!(house.send(Method::POST, &path, &[], "").await.status, StatusCode::METHOD_NOT_ALLOWED);
    }
}

#[tokio::test]
async fn keys_are_published_as_b2c_does() {
    let house = house().await;
    let reply = house.get("/contoso.onmicrosoft.com/discovery/v2.0/keys?p=B2C_1_signupsignin1").await.ok();
    let keys = reply.json().get("keys").and_then(Value::as_array).cloned().expect("keys");
    let key = keys[0].as_object().expect("a key");
    assert_eq!(key.get("use"), Some(&Value::from("sig")));
    assert_eq!(key.get("kty"), Some(&Value::from("RSA")));
    assert_eq!(key.get("e"), Some(&Value::from("AQAB")));
    assert!(key.get("kid").is_some() && key.get("nbf").is_some() && key.get("n").is_some() && key.get("d").is_none());
}

#[tokio::test]
async fn an_unknown_tenant_or_policy_has_no_document() {
    let house = house().await;
    for path in ["/fabrikam/B2C_1_signupsignin1", "/contoso/B2C_1_nothing", "/contoso"] {
        assert_eq!(house.get(&format!("{path}/{WELL_KNOWN}")).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}
