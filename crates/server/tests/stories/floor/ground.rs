//! Steps that these tests share: redeem, refresh, request the claims.

use http::{Method, StatusCode};
use vestibule_testing::{
    ANN, Answer, Authorize, Browser, CALLBACK, FLOW, House, READ, STRICT1, VERIFIER, WEBAPP1, authorize, encode,
};

/// The redirect URI of the strict application.
pub(crate) const STRICT: &str = "https://strict.example/cb";

/// A request of the strict application.
pub(crate) fn strict() -> Authorize {
    authorize().with("client_id", STRICT1).with("redirect_uri", STRICT)
}

/// Redeems a code of an application with a secret; `change` replaces fields, or removes them if empty.
pub(crate) async fn redeem(house: &House, client_id: &str, code: &str, change: &[(&str, &str)]) -> Answer {
    let secret = house.secret(client_id);
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
    house.token(&fields).await
}

/// Refreshes for webapp1.
pub(crate) async fn refresh(house: &House, refresh_token: &str, more: &[(&str, &str)]) -> Answer {
    refresh_as(house, WEBAPP1, refresh_token, more).await
}

/// Refreshes for an application with a secret.
pub(crate) async fn refresh_as(house: &House, client_id: &str, refresh_token: &str, more: &[(&str, &str)]) -> Answer {
    let secret = house.secret(client_id);
    let mut fields =
        vec![("grant_type", "refresh_token"), ("client_id", client_id), ("client_secret", secret.as_str())];
    fields.push(("refresh_token", refresh_token));
    fields.extend_from_slice(more);
    house.token(&fields).await
}

/// Ann signs in to webapp1; returns its tokens.
pub(crate) async fn tokens(house: &House) -> Answer {
    let code = house.browser().sign_in(&authorize().with("scope", &format!("openid offline_access {READ}")), ANN).await;
    let answer = redeem(house, WEBAPP1, &code.code(), &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer
}

/// Ann signs in to the strict application; returns its tokens.
pub(crate) async fn strict_tokens(house: &House, browser: &mut Browser) -> Answer {
    let code = browser.sign_in(&strict(), ANN).await.carried(STRICT, '?')["code"].clone();
    let answer = redeem(house, STRICT1, &code, &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer
}

/// Requests the claims with an access token.
pub(crate) async fn userinfo(house: &House, token: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    house.send(Method::GET, &format!("{FLOW}/openid/v2.0/userinfo"), &[("authorization", &bearer)], "").await
}

/// The sign-out URL with these parameters.
pub(crate) fn logout(fields: &[(&str, &str)]) -> String {
    format!("{FLOW}/oauth2/v2.0/logout?{}", encode(fields))
}

/// Returns true if the browser gets a code without a page.
pub(crate) async fn is_signed_in(browser: &mut Browser) -> bool {
    browser.get(&authorize().with("prompt", "none").path()).await.carried(CALLBACK, '?').contains_key("code")
}
