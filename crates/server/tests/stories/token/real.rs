//! The demo's tenant with its real user flows: the password grant, refreshing, and the discovery document.

use super::at_hand::at_hand;
use super::ground::{self, Answer, Form, House, redemption};
use serde_json::{Value, json};
use std::sync::Arc;
use vestibule_journey::{Attributes, Value as Claim};
use vestibule_protocol::metadata::Metadata;
use vestibule_tenant::accounts::TenantInfo;
use vestibule_tenant::registry::{Platform, Tenant};
use vestibule_testing::{DEMO, Installation};

const PHONE: &str = "0d9f6a31-2b7c-4e8d-9f10-a1b2c3d4e5f6";
const ANN: &str = "a7d3f1c2-64b8-4e0f-8c95-1f2e7b9d4063";
const ROPC: &str = "B2C_1_ropc";
const MORE: &str = r#"
[[tenant.flow]]
name = "B2C_1_ropc"
type = "resource-owner"
claims = ["displayName", "emails", "objectId"]

[[tenant.application]]
name = "my-phone1"
client_id = "0d9f6a31-2b7c-4e8d-9f10-a1b2c3d4e5f6"
redirect_uris.public_client = ["http://localhost/native"]
allow_public_client_flows = true
permissions = ["my-api1/tasks.read"]
"#;

/// The demo, and its installation.
async fn demo() -> (House, Installation) {
    let installation = Installation::new().await;
    installation.dev(&format!("{DEMO}{MORE}")).await;
    (House::configured(&installation, ANN).await, installation)
}

async fn ask(house: &House, username: &str, password: &str) -> Answer {
    let scope = format!("openid {PHONE} offline_access");
    let form = Form::from([
        ("grant_type", "password"),
        ("client_id", PHONE),
        ("username", username),
        ("password", password),
        ("scope", &scope),
        ("response_type", "token id_token"),
    ]);
    house.token_at(ROPC, &form, &[]).await
}

async fn refresh(house: &House, policy: &str, token: &str) -> Answer {
    let form = Form::from([("grant_type", "refresh_token"), ("client_id", PHONE), ("refresh_token", token)]);
    house.token_at(policy, &form, &[]).await
}

async fn info(house: &House) -> TenantInfo {
    TenantInfo::from(&*contoso(house).await)
}

async fn contoso(house: &House) -> Arc<Tenant> {
    house.app.registry().tenant("contoso").await.expect("read").expect("contoso")
}

#[tokio::test]
async fn a_name_and_a_password_give_tokens() {
    let (house, _) = demo().await;
    let reply = ask(&house, "Ann@Contoso.test", "Ann-likes-tea-1").await.ok();
    let id = house.claims(&reply.member("id_token")).await;
    assert_eq!((id.get("sub"), id.get("oid")), (Some(&json!(ANN)), Some(&json!(ANN))));
    assert_eq!((id.get("name"), id.get("emails")), (Some(&json!("Ann Example")), Some(&json!(["ann@contoso.test"]))));
    assert_eq!((id.get("tfp"), id.get("auth_time")), (Some(&json!(ROPC)), Some(&json!(ground::START / 1000))));
    let access = house.claims(&reply.member("access_token")).await;
    assert_eq!(
        (access.get("aud"), access.get("azp"), access.get("scp")),
        (Some(&json!(PHONE)), Some(&json!(PHONE)), None)
    );
    assert_eq!(reply.json().get("refresh_token_expires_in"), Some(&json!(1_209_600)));
    assert!(house.audit().await.contains(&("token.password".to_owned(), "success".to_owned())));
}

#[tokio::test]
async fn refreshing_repeats_the_claims_of_the_sign_in_by_password() {
    let (house, _) = demo().await;
    let reply = ask(&house, "ann@contoso.test", "Ann-likes-tea-1").await.ok();
    let attributes = Attributes::from([("displayName".to_owned(), Claim::from("Anna"))]);
    house
        .manage()
        .users(house.app.accounts())
        .change(&info(&house).await, ANN, None, &attributes)
        .await
        .expect("renamed");
    house.clock.advance(60_000);
    let again = refresh(&house, ROPC, &reply.member("refresh_token")).await.ok();
    let claims = house.claims(&again.member("id_token")).await;
    assert_eq!(claims.get("name"), Some(&json!("Ann Example")));
    assert_eq!(claims.get("iat"), Some(&json!(ground::START / 1000 + 60)));
    assert_eq!(claims.get("auth_time"), Some(&json!(ground::START / 1000)));
}

#[tokio::test]
async fn wrong_unknown_and_locked_are_told_the_same() {
    let (house, _) = demo().await;
    let sentence = |reply: &Answer| reply.member("error_description").lines().next().expect("a line").to_owned();
    let wrong = ask(&house, "ann@contoso.test", "Bob-likes-rain-2").await;
    assert_eq!(wrong.token_error(), (90225, "access_denied".to_owned()));
    assert_eq!(house.audit().await, [("token.password".to_owned(), "AADB2C90225".to_owned())]);
    let unknown = ask(&house, "nobody@contoso.test", "Bob-likes-rain-2").await;
    assert_eq!(sentence(&unknown), sentence(&wrong));
    for attempt in 0..10 {
        ask(&house, "ann@contoso.test", &format!("guess number {attempt}")).await;
    }
    let locked = ask(&house, "ann@contoso.test", "Ann-likes-tea-1").await;
    assert_eq!(sentence(&locked), sentence(&wrong));
    house
        .manage()
        .users(house.app.accounts())
        .set_enabled(&info(&house).await, "b18e5a94-3c7d-4f26-a0b1-92c64d8e7f35", false)
        .await
        .expect("off");
    let disabled = ask(&house, "bob@contoso.test", "Bob-likes-rain-2").await;
    assert_eq!(sentence(&disabled), sentence(&wrong));
}

#[tokio::test]
async fn the_refresh_journey_of_a_user_flow_reads_the_account_again() {
    let (house, _) = demo().await;
    let policy = ground::POLICY;
    let flow = contoso(&house).await.flow(policy).await.expect("compiled").expect("the flow");
    assert!(flow.policy.relying_party.refresh_journey.is_some());
    let mut grant = house.grant(Platform::PublicClient, &["openid", "offline_access"]);
    for (claim, value) in [("objectid", ANN), ("displayname", "Ann of old"), ("identityprovider", "local")] {
        grant.issued.bag.insert(claim.to_owned(), value.into());
    }
    let challenge = Some((
        vestibule_server::oauth::grant::ChallengeMethod::S256,
        vestibule_protocol::pkce::challenge(ground::VERIFIER),
    ));
    let code = house.code_for(PHONE, &grant, ground::NATIVE_URI, challenge).await;
    let first = house.token(&redemption(PHONE, ground::NATIVE_URI, &code)).await.ok();
    let second = refresh(&house, policy, &first.member("refresh_token")).await.ok();
    let claims = house.claims(&second.member("id_token")).await;
    assert_eq!((claims.get("sub"), claims.get("name")), (Some(&json!(ANN)), Some(&json!("Ann of old"))));
    house.clock.advance(1);
    house.manage().users(house.app.accounts()).sign_out(&info(&house).await.id, ANN).await.expect("revoked");
    let revoked = refresh(&house, policy, &second.member("refresh_token")).await;
    assert_eq!(revoked.token_error(), (90129, "invalid_grant".to_owned()));
}

#[tokio::test]
async fn discovery_tells_what_the_flows_give() {
    let (house, _) = demo().await;
    let read = async |policy: &str| {
        let path = format!("/contoso.onmicrosoft.com/{policy}/v2.0/.well-known/openid-configuration");
        let document: Metadata = serde_json::from_str(&house.get(&path).await.ok().text).expect("a document");
        document
    };
    let sign_in = read(ground::POLICY).await;
    let expected = [
        "sub",
        "name",
        "emails",
        "given_name",
        "family_name",
        "oid",
        "newUser",
        "idp",
        "isForgotPassword",
        "iss",
        "iat",
        "exp",
        "aud",
        "acr",
        "nonce",
        "auth_time",
    ];
    assert_eq!(sign_in.claims_supported, expected);
    assert!(sign_in.end_session_endpoint.is_some());
    assert_eq!(read(ROPC).await.end_session_endpoint, None);
}

#[tokio::test]
async fn a_password_grant_that_is_switched_off_refreshes_no_more() {
    let (house, _installation) = demo().await;
    let first = ask(&house, "ann@contoso.test", "Ann-likes-tea-1").await.ok();
    let second = refresh(&house, ROPC, &first.member("refresh_token")).await.ok();
    house.manage().change_application(ground::TENANT, PHONE, None, |app| app.public_client = false).await.expect("off");
    house.app.registry().refresh().await.expect("read again");
    assert_eq!(refresh(&house, ROPC, &second.member("refresh_token")).await.token_error().0, 90058);
}

#[tokio::test]
async fn a_registration_that_changes_changes_the_document() {
    let (house, installation) = demo().await;
    let path = format!("/contoso.onmicrosoft.com/{}/v2.0/.well-known/openid-configuration", ground::POLICY);
    let issuer = async || house.get(&path).await.ok().json().get("issuer").and_then(Value::as_str).map(str::to_owned);
    let before = issuer().await.expect("an issuer");
    assert!(at_hand(&house, "localhost:8400", &path).await.is_some());
    let changed = DEMO.replacen("type = \"sign-up-sign-in\"", "type = \"sign-up-sign-in\"\nissuer = \"tfp\"", 1);
    installation.dev(&format!("{changed}{MORE}")).await;
    house.app.registry().refresh().await.expect("read again");
    assert!(at_hand(&house, "localhost:8400", &path).await.is_none(), "what was kept is of the state before");
    let after = issuer().await.expect("an issuer");
    assert!(!before.contains("/tfp/") && after.contains("/tfp/"), "{before} {after}");
}
