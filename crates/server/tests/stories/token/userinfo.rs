//! UserInfo for strict applications.

use super::ground::{Form, House, ORIGIN, POLICY, STRICT, TENANT, WEB, house, redemption};
use http::{Method, StatusCode};
use serde_json::json;

const URL: &str = "/contoso.onmicrosoft.com/B2C_1_signupsignin1/openid/v2.0/userinfo";
const CB: &str = "https://strict.test/cb";

fn strict(code: &str) -> Form<'_> {
    let mut form = redemption(STRICT, CB, code);
    form.insert("client_secret", "strict-secret");
    form
}

async fn bearer(house: &House, method: Method, token: &str) -> super::ground::Answer {
    house.send(method, URL, &[("authorization", &format!("Bearer {token}"))], "").await
}

#[tokio::test]
async fn an_access_token_opens_the_claims_by_get_and_post() {
    let house = house().await;
    let code = house.code(STRICT, &["openid", "profile", "email"]).await;
    let reply = house.token(&strict(&code)).await.ok();
    let token = reply.member("access_token");
    let claims = house.claims(&reply.member("id_token")).await;
    assert_eq!(claims.get("iss"), Some(&json!(format!("{ORIGIN}/oidc/{TENANT}/{}/v2.0/", POLICY.to_lowercase()))));
    let email = "ann@contoso.test";
    let expected = json!({"sub": house.ann, "name": "Ann", "email": email, "emails": [email], "oid": house.ann});
    for method in [Method::GET, Method::POST] {
        let reply = bearer(&house, method, &token).await.ok();
        assert_eq!(reply.json(), expected);
        assert_eq!(reply.header("cache-control"), Some("no-store"));
    }
    let form = [("content-type", "application/x-www-form-urlencoded")];
    house.send(Method::POST, URL, &form, &format!("access_token={token}")).await.ok();
}

#[tokio::test]
async fn requirement_12_everything_else_is_challenged() {
    let house = house().await;
    let missing = house.get(URL).await;
    assert_eq!(missing.status, StatusCode::UNAUTHORIZED);
    assert_eq!(missing.header("www-authenticate"), Some("Bearer realm=\"contoso.onmicrosoft.com\""));
    let code = house.code(STRICT, &["openid", "offline_access"]).await;
    let reply = house.token(&strict(&code)).await.ok();
    let access = reply.member("access_token");
    assert_eq!(house.get(&format!("{URL}?access_token={access}")).await.status, StatusCode::UNAUTHORIZED);
    let of_web = house.signed_in(&["openid", WEB]).await.member("access_token");
    let none = format!("{}.{}.", "eyJhbGciOiJub25lIn0", access.split('.').nth(1).expect("a payload"));
    for token in [&reply.member("id_token"), &reply.member("refresh_token"), &of_web, &none, &format!("{access}x")] {
        let refused = bearer(&house, Method::GET, token).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{token}");
        assert!(refused.header("www-authenticate").is_some_and(|c| c.contains("error=\"invalid_token\"")));
    }
    let elsewhere = URL.replace("signupsignin1", "other");
    let header = format!("Bearer {access}");
    let refused = house.send(Method::GET, &elsewhere, &[("authorization", &header)], "").await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(house.send(Method::DELETE, URL, &[], "").await.status, StatusCode::METHOD_NOT_ALLOWED);
    house.clock.advance(3600 * 1000);
    assert_eq!(bearer(&house, Method::GET, &access).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn it_ends_with_the_grant() {
    let house = house().await;
    let code = house.code(STRICT, &["openid"]).await;
    let token = house.token(&strict(&code)).await.ok().member("access_token");
    bearer(&house, Method::GET, &token).await.ok();
    assert_eq!(house.token(&strict(&code)).await.token_error().0, 90080);
    assert_eq!(bearer(&house, Method::GET, &token).await.status, StatusCode::UNAUTHORIZED);
}
