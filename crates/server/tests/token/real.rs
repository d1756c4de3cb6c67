//! The demo's tenant with its real user flows: the password grant, refreshing, what discovery says of them.

use crate::at_hand::at_hand;
use crate::ground::{self, Form, House, Reply, redemption};
use crate::tenant::{DEMO, Ground};
use serde_json::{Value, json};
use std::sync::Arc;
use vestibule_journey::{Attributes, Value as Claim};
use vestibule_protocol::metadata::Metadata;
use vestibule_server::app::App;
use vestibule_tenant::accounts::{AccountSettings, HashParams, TenantInfo};
use vestibule_tenant::clock::Clock;
use vestibule_tenant::manage::Actor;
use vestibule_tenant::registry::{Platform, Tenant};

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

/// The demo, and its folder for as long as it is needed.
async fn demo(name: &str) -> (House, Ground) {
    let place = Ground::new(name).await;
    place.dev(&format!("{DEMO}{MORE}")).await;
    let clock = Clock::fixed(ground::START);
    let hashing = HashParams { memory_kib: 64, passes: 1, lanes: 1 };
    let settings = AccountSettings { hashing, ..AccountSettings::default() };
    let options = ground::options(clock.clone());
    let app = App::start_with(options, settings, place.store.clone(), place.registry().await).await.expect("started");
    (House { app, store: place.store.clone(), clock, ann: ANN.to_owned() }, place)
}

async fn ask(house: &House, username: &str, password: &str) -> Reply {
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

async fn refresh(house: &House, policy: &str, token: &str) -> Reply {
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
async fn a_name_and_a_password_give_tokens_and_refreshing_repeats_their_claims() {
    let (house, _place) = demo("ropc").await;
    let reply = ask(&house, "Ann@Contoso.test", "Ann-likes-tea-1").await.ok();
    let id = house.claims(&reply.text("id_token")).await;
    assert_eq!((id.get("sub"), id.get("oid")), (Some(&json!(ANN)), Some(&json!(ANN))));
    assert_eq!((id.get("name"), id.get("emails")), (Some(&json!("Ann Example")), Some(&json!(["ann@contoso.test"]))));
    assert_eq!((id.get("tfp"), id.get("auth_time")), (Some(&json!(ROPC)), Some(&json!(ground::START / 1000))));
    let access = house.claims(&reply.text("access_token")).await;
    assert_eq!(
        (access.get("aud"), access.get("azp"), access.get("scp")),
        (Some(&json!(PHONE)), Some(&json!(PHONE)), None)
    );
    assert_eq!(reply.json().get("refresh_token_expires_in"), Some(&json!(1_209_600)));
    let attributes = Attributes::from([("displayName".to_owned(), Claim::from("Anna"))]);
    house
        .app
        .manage(Actor::Server)
        .users(house.app.accounts())
        .change(&info(&house).await, ANN, None, &attributes)
        .await
        .expect("renamed");
    house.clock.advance(60_000);
    let again = refresh(&house, ROPC, &reply.text("refresh_token")).await.ok();
    let claims = house.claims(&again.text("id_token")).await;
    assert_eq!(claims.get("name"), Some(&json!("Ann Example")));
    assert_eq!(claims.get("iat"), Some(&json!(ground::START / 1000 + 60)));
    assert_eq!(claims.get("auth_time"), Some(&json!(ground::START / 1000)));
    assert!(house.audit().await.contains(&("token.password".to_owned(), "success".to_owned())));
}

#[tokio::test]
async fn wrong_unknown_and_locked_are_told_the_same() {
    let (house, _place) = demo("ropc-wrong").await;
    let sentence = |reply: &Reply| reply.text("error_description").lines().next().expect("a line").to_owned();
    let wrong = ask(&house, "ann@contoso.test", "Bob-likes-rain-2").await;
    assert_eq!(wrong.error(), (90225, "access_denied".to_owned()));
    assert_eq!(house.audit().await, [("token.password".to_owned(), "AADB2C90225".to_owned())]);
    let unknown = ask(&house, "nobody@contoso.test", "Bob-likes-rain-2").await;
    assert_eq!(sentence(&unknown), sentence(&wrong));
    for attempt in 0..10 {
        ask(&house, "ann@contoso.test", &format!("guess number {attempt}")).await;
    }
    let locked = ask(&house, "ann@contoso.test", "Ann-likes-tea-1").await;
    assert_eq!(sentence(&locked), sentence(&wrong));
    house
        .app
        .manage(Actor::Server)
        .users(house.app.accounts())
        .set_enabled(&info(&house).await, "b18e5a94-3c7d-4f26-a0b1-92c64d8e7f35", false)
        .await
        .expect("off");
    let disabled = ask(&house, "bob@contoso.test", "Bob-likes-rain-2").await;
    assert_eq!(sentence(&disabled), sentence(&wrong));
}

#[tokio::test]
async fn the_refresh_journey_of_a_user_flow_reads_the_account_again() {
    let (house, _place) = demo("refresh-journey").await;
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
    let second = refresh(&house, policy, &first.text("refresh_token")).await.ok();
    let claims = house.claims(&second.text("id_token")).await;
    assert_eq!((claims.get("sub"), claims.get("name")), (Some(&json!(ANN)), Some(&json!("Ann of old"))));
    house.clock.advance(1);
    house
        .app
        .manage(Actor::Server)
        .users(house.app.accounts())
        .sign_out(&info(&house).await.id, ANN)
        .await
        .expect("revoked");
    let revoked = refresh(&house, policy, &second.text("refresh_token")).await;
    assert_eq!(revoked.error(), (90129, "invalid_grant".to_owned()));
}

#[tokio::test]
async fn discovery_tells_what_the_flows_give() {
    let (house, _place) = demo("documents").await;
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
async fn a_registration_that_changes_changes_the_document() {
    let (house, place) = demo("documents-change").await;
    let path = format!("/contoso.onmicrosoft.com/{}/v2.0/.well-known/openid-configuration", ground::POLICY);
    let issuer = async || house.get(&path).await.ok().json().get("issuer").and_then(Value::as_str).map(str::to_owned);
    let before = issuer().await.expect("an issuer");
    assert!(at_hand(&house, "localhost:8400", &path).await.is_some());
    let changed = DEMO.replacen("type = \"sign-up-sign-in\"", "type = \"sign-up-sign-in\"\nissuer = \"tfp\"", 1);
    place.dev(&format!("{changed}{MORE}")).await;
    house.app.registry().refresh().await.expect("read again");
    assert!(at_hand(&house, "localhost:8400", &path).await.is_none(), "what was kept is of the state before");
    let after = issuer().await.expect("an issuer");
    assert!(!before.contains("/tfp/") && after.contains("/tfp/"), "{before} {after}");
}
