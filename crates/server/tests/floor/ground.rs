//! What the stories of the floor do over and over: redeem, refresh, ask for the claims.

use super::browser::{Answer, Browser, encode};
pub(crate) use super::secret;
use super::{ANN, Authorize, CALLBACK, House, STRICT1, WEBAPP1, authorize};
use axum::body::Body;
use http::{Method, StatusCode, header};
use serde_json::Value;

/// RFC 7636 appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const FLOW: &str = "/contoso.onmicrosoft.com/B2C_1_signupsignin1";
/// Where the application that is served by the letter gets its answers.
pub(crate) const STRICT: &str = "https://strict.example/cb";
pub(crate) const READ: &str = "https://contoso.onmicrosoft.com/tasks-api/tasks.read";

/// A request of the application that is served by the letter of OpenID Connect.
pub(crate) fn strict() -> Authorize {
    authorize().with("client_id", STRICT1).with("redirect_uri", STRICT)
}

/// Post a form to the token endpoint of a flow.
pub(crate) async fn token_at(house: &House, flow: &str, fields: &[(&str, &str)]) -> Answer {
    let mut client = house.browser();
    let request = client
        .request(Method::POST, &format!("/contoso.onmicrosoft.com/{flow}/oauth2/v2.0/token"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    client.send(request.body(Body::from(encode(fields))).expect("a request")).await
}

pub(crate) async fn token(house: &House, fields: &[(&str, &str)]) -> Answer {
    token_at(house, "B2C_1_signupsignin1", fields).await
}

/// Redeem a code of an application with a secret; `change` replaces fields, or takes them away where empty.
pub(crate) async fn redeem(house: &House, client_id: &str, code: &str, change: &[(&str, &str)]) -> Answer {
    let secret = secret(house, client_id);
    let redirect_uri = if client_id == STRICT1 { STRICT } else { CALLBACK };
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("client_id", client_id),
        ("client_secret", secret.as_str()),
        ("code", code),
        ("code_verifier", VERIFIER),
        ("redirect_uri", redirect_uri),
    ];
    for (name, value) in change {
        fields.retain(|(n, _)| n != name);
        if !value.is_empty() {
            fields.push((name, value));
        }
    }
    token(house, &fields).await
}

/// Refresh for webapp1.
pub(crate) async fn refresh(house: &House, refresh_token: &str, more: &[(&str, &str)]) -> Answer {
    refresh_as(house, WEBAPP1, refresh_token, more).await
}

/// Refresh for an application with a secret.
pub(crate) async fn refresh_as(house: &House, client_id: &str, refresh_token: &str, more: &[(&str, &str)]) -> Answer {
    let secret = secret(house, client_id);
    let mut fields =
        vec![("grant_type", "refresh_token"), ("client_id", client_id), ("client_secret", secret.as_str())];
    fields.push(("refresh_token", refresh_token));
    fields.extend_from_slice(more);
    token(house, &fields).await
}

/// A member of an answer in JSON.
pub(crate) fn member(answer: &Answer, name: &str) -> String {
    let value: Value = serde_json::from_str(&answer.text).unwrap_or_else(|_| panic!("JSON: {answer:?}"));
    value[name].as_str().unwrap_or_else(|| panic!("{name}: {answer:?}")).to_owned()
}

/// Ann signs in to webapp1; its tokens.
pub(crate) async fn tokens(house: &House) -> Answer {
    let code = house.browser().sign_in(&authorize().with("scope", &format!("openid offline_access {READ}")), ANN).await;
    let answer = redeem(house, WEBAPP1, &code.code(), &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer
}

/// Ann signs in to the application that is served by the letter; its tokens.
pub(crate) async fn strict_tokens(house: &House, browser: &mut Browser) -> Answer {
    let code = browser.sign_in(&strict(), ANN).await.carried(STRICT, '?')["code"].clone();
    let answer = redeem(house, STRICT1, &code, &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer
}

/// Ask for the claims with an access token.
pub(crate) async fn userinfo(house: &House, token: &str) -> Answer {
    let mut client = house.browser();
    let request = client
        .request(Method::GET, &format!("{FLOW}/openid/v2.0/userinfo"))
        .header(header::AUTHORIZATION, format!("Bearer {token}"));
    client.send(request.body(Body::empty()).expect("a request")).await
}

/// The sign-out address with these parameters.
pub(crate) fn logout(fields: &[(&str, &str)]) -> String {
    format!("{FLOW}/oauth2/v2.0/logout?{}", encode(fields))
}

/// Whether the browser gets a code without a page.
pub(crate) async fn is_signed_in(browser: &mut Browser) -> bool {
    browser.get(&authorize().with("prompt", "none").path()).await.carried(CALLBACK, '?').contains_key("code")
}
