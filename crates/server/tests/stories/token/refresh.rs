//! Refresh tokens: rotated at each use, repeatable for 30 seconds; later reuse revokes the grant.

use super::ground::{
    House, READ, SECRET, SPA, SPA_URI, TENANT, VERIFIER, WEB, WEB_URI, WRITE, house, redemption, refreshing,
    tenant_info,
};
use serde_json::Value;
use vestibule_protocol::pkce;
use vestibule_server::oauth::grant::{ChallengeMethod, GrantBody};
use vestibule_tenant::registry::Platform;

const DAY: i64 = 24 * 60 * 60 * 1000;

async fn start(house: &House) -> String {
    house.signed_in(&["openid", "offline_access"]).await.member("refresh_token")
}

async fn refused(house: &House, token: &str, code: u32) {
    assert_eq!(house.token(&refreshing(token)).await.token_error(), (code, "invalid_grant".to_owned()));
}

#[tokio::test]
async fn a_refresh_gives_new_tokens_with_the_old_claims_and_no_nonce() {
    let house = house().await;
    let first = house.signed_in(&["openid", "offline_access", READ]).await;
    house.clock.advance(1000 * 1000);
    let second = house.token(&refreshing(&first.member("refresh_token"))).await.ok();
    assert_ne!(first.member("refresh_token"), second.member("refresh_token"));
    let (mut old, mut new) =
        (house.claims(&first.member("id_token")).await, house.claims(&second.member("id_token")).await);
    assert_eq!(new.get("iat").and_then(Value::as_i64), old.get("iat").and_then(Value::as_i64).map(|t| t + 1000));
    assert!(new.get("nonce").is_none());
    for changed in ["iat", "nbf", "exp", "nonce", "at_hash"] {
        old.remove(changed);
        new.remove(changed);
    }
    assert_eq!(old, new);
}

#[tokio::test]
async fn wider_and_narrower_scopes_are_granted_within_the_permissions() {
    let house = house().await;
    let mut token = start(&house).await;
    for (scope, granted) in [
        (
            format!("{READ} {WRITE} offline_access openid profile"),
            format!("{READ} {WRITE} offline_access openid profile"),
        ),
        (READ.to_owned(), format!("{READ} openid offline_access")),
        ("offline_access openid profile".to_owned(), "offline_access openid profile".to_owned()),
        (WEB.to_owned(), format!("{WEB} openid offline_access")),
    ] {
        let mut form = refreshing(&token);
        form.insert("scope", &scope);
        let reply = house.token(&form).await.ok();
        assert_eq!(reply.member("scope"), granted);
        assert_eq!(reply.json().get("access_token").is_some(), !scope.starts_with("offline"), "{scope}");
        assert!(reply.json().get("id_token").is_some());
        token = reply.member("refresh_token");
        // Beyond the grace period.
        house.clock.advance(31_000);
    }
    let mut form = refreshing(&token);
    form.insert("scope", "https://contoso.onmicrosoft.com/tasks-api/tasks.secret");
    assert_eq!(house.token(&form).await.token_error().0, 90205);
    house.token(&refreshing(&token)).await.ok();
}

#[tokio::test]
async fn a_second_use_within_thirty_seconds_gets_the_same_answer() {
    let house = house().await;
    let token = start(&house).await;
    let first = house.token(&refreshing(&token)).await.ok();
    house.clock.advance(30_000);
    let second = house.token(&refreshing(&token)).await.ok();
    assert_eq!(first.text, second.text);
    house.token(&refreshing(&first.member("refresh_token"))).await.ok();
}

#[tokio::test]
async fn two_apis_that_race_get_their_own_access_tokens_and_one_refresh_token() {
    let house = house().await;
    let token = start(&house).await;
    let mut form = refreshing(&token);
    form.insert("scope", READ);
    let first = house.token(&form).await.ok();
    let notes = "https://contoso.onmicrosoft.com/notes-api/notes.read";
    form.insert("scope", notes);
    let second = house.token(&form).await.ok();
    assert_eq!(second.member("scope"), format!("{notes} openid offline_access"));
    assert_ne!(first.member("access_token"), second.member("access_token"));
    assert_eq!(first.member("refresh_token"), second.member("refresh_token"));
}

#[tokio::test]
async fn row_45_a_later_second_use_ends_the_family() {
    let house = house().await;
    let token = start(&house).await;
    let first = house.token(&refreshing(&token)).await.ok();
    house.clock.advance(30_001);
    refused(&house, &token, 90129).await;
    refused(&house, &first.member("refresh_token"), 90129).await;
    let audit = house.audit().await;
    assert!(audit.contains(&("token.refreshTokenReused".to_owned(), "grantRevoked".to_owned())), "{audit:?}");
}

#[tokio::test]
async fn the_successor_kept_for_a_second_use_is_sealed() {
    let house = house().await;
    let token = start(&house).await;
    let successor = house.token(&refreshing(&token)).await.ok().member("refresh_token");
    let hash = vestibule_protocol::digest::sha256_base64url(token.as_bytes());
    let (record, _) = house.store().refresh_peek(TENANT, &hash).await.expect("read").expect("there");
    let kept = house.store().successor(&hash, record.used_at.expect("used")).await.expect("read").expect("there");
    assert!(!kept.contains(&successor), "{kept}");
}

#[tokio::test]
async fn strangers_cannot_use_or_end_a_refresh_token() {
    let house = house().await;
    let token = start(&house).await;
    assert_eq!(house.token_at("B2C_1_other", &refreshing(&token), &[]).await.token_error().0, 90088);
    let mut spa = refreshing(&token);
    spa.insert("client_id", SPA);
    spa.remove("client_secret");
    assert_eq!(house.token(&spa).await.token_error().0, 90279);
    let mut bare = refreshing(&token);
    bare.remove("client_secret");
    assert_eq!(house.token(&bare).await.token_error().0, 90079);
    let as_code = house.token(&redemption(WEB, super::ground::WEB_URI, &token)).await;
    assert_eq!(as_code.token_error().0, 90080);
    refused(&house, "unknown", 90080).await;
    house.token(&refreshing(&token)).await.ok();
}

#[tokio::test]
async fn requirement_7_a_token_ends_after_fourteen_days_and_its_family_after_ninety() {
    let house = house().await;
    let mut token = start(&house).await;
    for _ in 0..6 {
        house.clock.advance(14 * DAY - 1);
        let reply = house.token(&refreshing(&token)).await.ok();
        token = reply.member("refresh_token");
    }
    // 84 days have passed; the window closes after 90.
    house.clock.advance(6 * DAY + 6);
    refused(&house, &token, 90080).await;
    let idle = start(&house).await;
    house.clock.advance(14 * DAY);
    refused(&house, &idle, 90080).await;
}

#[tokio::test]
async fn a_single_page_application_refreshes_for_a_day() {
    let house = house().await;
    let code = house.code(SPA, &["openid", "offline_access"]).await;
    let first = house.token(&redemption(SPA, SPA_URI, &code)).await.ok();
    let ends = |reply: &super::ground::Answer| reply.json().get("refresh_token_expires_in").and_then(Value::as_i64);
    assert_eq!(ends(&first), Some(86_400));
    house.clock.advance(DAY / 2);
    let token = first.member("refresh_token");
    let mut form = refreshing(&token);
    form.insert("client_id", SPA);
    form.insert("client_secret", SECRET);
    assert_eq!(house.token(&form).await.token_error().0, 90084);
    form.remove("client_secret");
    let second = house.token(&form).await.ok();
    assert_eq!(ends(&second), Some(43_200));
    house.clock.advance(DAY / 2);
    let token = second.member("refresh_token");
    form.insert("refresh_token", &token);
    assert_eq!(house.token(&form).await.token_error().0, 90080);
}

#[tokio::test]
async fn requirement_21_a_grant_counts_as_long_as_the_credentials_behind_it() {
    let house = house().await;
    let typed_before = house.issued();
    house.clock.advance(1);
    house.manage().users(house.app.accounts()).sign_out(TENANT, &house.ann).await.expect("revoked");
    house.clock.advance(1);
    let grant = GrantBody { issued: typed_before, ..house.grant(Platform::Web, &["openid", "offline_access"]) };
    let challenge = Some((ChallengeMethod::S256, pkce::challenge(VERIFIER)));
    let code = house.code_for(WEB, &grant, WEB_URI, challenge).await;
    assert_eq!(house.token(&redemption(WEB, WEB_URI, &code)).await.token_error(), (90129, "invalid_grant".to_owned()));
}

#[tokio::test]
async fn the_account_is_read_again() {
    let house = house().await;
    let (one, two) = (start(&house).await, start(&house).await);
    house.clock.advance(1);
    house.manage().users(house.app.accounts()).sign_out(TENANT, &house.ann).await.expect("revoked");
    refused(&house, &one, 90129).await;
    house.manage().users(house.app.accounts()).set_enabled(&tenant_info(), &house.ann, false).await.expect("disabled");
    refused(&house, &two, 90128).await;
    house.manage().users(house.app.accounts()).set_enabled(&tenant_info(), &house.ann, true).await.expect("enabled");
    let three = start(&house).await;
    house.manage().users(house.app.accounts()).delete(TENANT, &house.ann).await.expect("deleted");
    assert_eq!(house.token(&refreshing(&three)).await.token_error().1, "invalid_grant");
}
