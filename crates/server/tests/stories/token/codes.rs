//! Redeeming codes: the contents of the tokens, and who may redeem what.

use super::ground::{
    API, NATIVE, NATIVE_URI, ORIGIN, POLICY, READ, SECRET, SPA, SPA_URI, START, TENANT, VERIFIER, WEB, WEB_URI, WRITE,
    house, redemption, refreshing,
};
use http::StatusCode;
use serde_json::{Value, json};
use vestibule_protocol::digest::{from_base64url, half_hash};
use vestibule_protocol::scope::Scopes;
use vestibule_protocol::urls::Form;
use vestibule_protocol::{jwt, pkce};
use vestibule_server::oauth::grant::ChallengeMethod;
use vestibule_server::oauth::mint::Mint;
use vestibule_server::oauth::scopes::decide;
use vestibule_server::oauth::target::Target;
use vestibule_tenant::registry::Platform;

const NOW: i64 = START / 1000;

#[tokio::test]
async fn the_answer_has_every_member_of_the_contract() {
    let house = house().await;
    let reply = house.signed_in(&["openid", "offline_access", READ]).await;
    let answer = reply.json();
    let number = |name: &str| answer.get(name).and_then(Value::as_i64);
    assert_eq!(answer.get("token_type"), Some(&json!("Bearer")));
    assert_eq!((number("not_before"), number("expires_in")), (Some(NOW), Some(3600)));
    assert_eq!((number("expires_on"), number("id_token_expires_in")), (Some(NOW + 3600), Some(3600)));
    assert_eq!(answer.get("resource"), Some(&json!(API)));
    assert_eq!(answer.get("scope"), Some(&json!(format!("openid offline_access {READ}"))));
    assert_eq!(number("refresh_token_expires_in"), Some(1_209_600));
    assert!(answer.get("client_info").is_none());
    assert_eq!(house.audit().await, [("token.redeemCode".to_owned(), "success".to_owned())]);
}

#[tokio::test]
async fn the_answer_says_whose_it_is_and_is_not_cached() {
    let reply = house().await.signed_in(&["openid", "offline_access", READ]).await;
    let info = from_base64url(&reply.member("profile_info")).expect("base64url");
    let info: Value = serde_json::from_slice(&info).expect("JSON");
    assert_eq!(
        info,
        json!({"ver": "1.0", "tid": TENANT, "sub": null, "name": "Ann", "preferred_username": null, "idp": null})
    );
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(reply.header("pragma"), Some("no-cache"));
}

#[tokio::test]
async fn id_token_and_access_token_say_what_the_contract_says() {
    let house = house().await;
    let reply = house.signed_in(&["openid", READ, WRITE]).await;
    let (id, access) = (reply.member("id_token"), reply.member("access_token"));
    let header = jwt::header(&id).expect("a header");
    assert_eq!((header.alg.as_str(), header.typ.as_deref()), ("RS256", Some("JWT")));
    assert_eq!(header.kid.as_deref(), Some(house.app.keys().signing(TENANT).await.expect("a key").kid()));
    let common = json!({
        "ver": "1.0", "iss": format!("{ORIGIN}/{TENANT}/v2.0/"), "sub": house.ann, "oid": house.ann,
        "exp": NOW + 3600, "nbf": NOW, "iat": NOW, "auth_time": NOW - 5, "tfp": POLICY, "nonce": "a-nonce",
        "name": "Ann", "emails": ["ann@contoso.test"],
    });
    let with = |more: Value| {
        let mut all = common.as_object().expect("claims").clone();
        all.extend(more.as_object().expect("claims").clone());
        all
    };
    assert_eq!(house.claims(&id).await, with(json!({"aud": WEB, "at_hash": half_hash(&access)})));
    assert_eq!(house.claims(&access).await, with(json!({"aud": API, "azp": WEB, "scp": "tasks.read tasks.write"})));
}

#[tokio::test]
async fn an_id_token_beside_a_code_and_a_token_vouches_for_both() {
    let house = house().await;
    let tenant = house.app.registry().tenant("contoso").await.expect("read").expect("contoso");
    let flow = tenant.flow(POLICY).await.expect("compiled").expect("the flow");
    let application = tenant.application(WEB).expect("webapp1");
    let asked = Scopes::parse(&format!("openid {READ}")).expect("legal");
    let granted = decide(&tenant, &application, &asked).expect("granted");
    let target = Target { tenant, flow, written: "contoso".to_owned(), form: Form::Path, v1: false };
    let grant = house.grant(Platform::Web, &["openid", READ]);
    let mint = Mint {
        app: &house.app,
        target: &target,
        application: &application,
        grant: &grant,
        granted: &granted,
        at: house.app.now(),
    };
    let access = mint.access_token().await.expect("signed").expect("an API was granted").text;
    let claims = house.claims(&mint.id_token(Some("the code"), Some(&access)).await.expect("signed").text).await;
    assert_eq!(claims.get("c_hash"), Some(&json!(half_hash("the code"))));
    assert_eq!(claims.get("at_hash"), Some(&json!(half_hash(&access))));
}

#[tokio::test]
async fn the_policys_settings_decide_on_issuer_subject_and_policy_claim() {
    let house = house().await;
    for (policy, issuer, claim, sub) in [
        ("B2C_1A_tfp", format!("{ORIGIN}/tfp/{TENANT}/b2c_1a_tfp/v2.0/"), "acr", house.ann.as_str()),
        ("B2C_1_nosub", format!("{ORIGIN}/{TENANT}/v2.0/"), "tfp", "Not supported currently. Use oid claim."),
    ] {
        let mut grant = house.grant(Platform::Web, &["openid", READ]);
        grant.policy = policy.to_owned();
        let code = house.code_for(WEB, &grant, WEB_URI, Some((ChallengeMethod::S256, pkce::challenge(VERIFIER)))).await;
        let reply = house.token_at(policy, &redemption(WEB, WEB_URI, &code), &[]).await.ok();
        let claims = house.claims(&reply.member("id_token")).await;
        assert_eq!(claims.get("iss"), Some(&json!(issuer)));
        assert_eq!((claims.get(claim), claims.get("sub")), (Some(&json!(policy)), Some(&json!(sub))));
    }
}

#[tokio::test]
async fn a_policys_claim_never_stands_in_for_the_protocols() {
    let house = house().await;
    let mut grant = house.grant(Platform::Web, &["openid"]);
    for name in ["iss", "aud", "exp", "azp", "scp", "at_hash", "tfp", "ver", "sub"] {
        grant.issued.claims.push((name.to_owned(), "forged".into()));
    }
    grant.issued.claims.push(("empty".to_owned(), "".into()));
    let code = house.code_for(WEB, &grant, WEB_URI, Some((ChallengeMethod::S256, pkce::challenge(VERIFIER)))).await;
    let reply = house.token(&redemption(WEB, WEB_URI, &code)).await.ok();
    let claims = house.claims(&reply.member("id_token")).await;
    assert!(!claims.values().any(|v| v == "forged"), "{claims:?}");
    assert!(claims.get("azp").is_none() && claims.get("empty").is_none());
}

#[tokio::test]
async fn a_sign_in_without_an_api_gives_no_access_token() {
    let house = house().await;
    let mut form = redemption(WEB, WEB_URI, "");
    let code = house.code(WEB, &["openid", "profile"]).await;
    form.insert("code", &code);
    form.insert("scope", "offline_access openid profile");
    form.insert("client_info", "1");
    let reply = house.token(&form).await.ok();
    let answer = reply.json();
    for absent in ["access_token", "expires_in", "expires_on", "resource", "refresh_token"] {
        assert!(answer.get(absent).is_none(), "{absent}");
    }
    assert_eq!(reply.member("scope"), "openid profile");
    let info = from_base64url(&reply.member("client_info")).expect("base64url");
    let info: Value = serde_json::from_slice(&info).expect("JSON");
    assert_eq!(info, json!({"uid": format!("{}-b2c_1_signupsignin1", house.ann), "utid": TENANT}));
}

#[tokio::test]
async fn a_redemption_without_a_scope_means_what_was_granted() {
    let house = house().await;
    let reply = house.signed_in(&["openid", READ]).await;
    assert_eq!(reply.member("scope"), format!("openid {READ}"));
    let code = house.code(WEB, &["openid", READ]).await;
    let mut form = redemption(WEB, WEB_URI, &code);
    form.insert("scope", WRITE);
    assert_eq!(house.token(&form).await.ok().member("scope"), format!("{WRITE} openid"));
}

#[tokio::test]
async fn a_code_works_once_and_its_replay_ends_what_it_gave() {
    let house = house().await;
    let code = house.code(WEB, &["openid", "offline_access"]).await;
    let first = house.token(&redemption(WEB, WEB_URI, &code)).await.ok();
    let replay = house.token(&redemption(WEB, WEB_URI, &code)).await;
    assert_eq!((replay.status, replay.token_error()), (StatusCode::BAD_REQUEST, (90080, "invalid_grant".to_owned())));
    let refresh = house.token(&refreshing(&first.member("refresh_token"))).await;
    assert_eq!(refresh.token_error(), (90129, "invalid_grant".to_owned()));
    let audit = house.audit().await;
    assert!(audit.contains(&("token.codeReplayed".to_owned(), "grantRevoked".to_owned())), "{audit:?}");
}

#[tokio::test]
async fn nobody_else_can_use_or_spoil_a_code() {
    let house = house().await;
    let code = house.code(WEB, &["openid", "offline_access"]).await;
    let mut wrong_secret = redemption(WEB, WEB_URI, &code);
    wrong_secret.insert("client_secret", "wrong");
    let mut wrong_verifier = redemption(WEB, WEB_URI, &code);
    let other = "a".repeat(43);
    wrong_verifier.insert("code_verifier", &other);
    let mut no_verifier = redemption(WEB, WEB_URI, &code);
    no_verifier.remove("code_verifier");
    let mut wrong_scope = redemption(WEB, WEB_URI, &code);
    wrong_scope.insert("scope", "https://graph.microsoft.com/User.Read");
    for (form, error) in [
        (&wrong_secret, 90081),
        (&wrong_verifier, 90183),
        (&no_verifier, 90182),
        (&wrong_scope, 90117),
        (&redemption(WEB, "http://localhost:5000/other", &code), 90287),
        (&redemption(SPA, SPA_URI, &code), 90279),
    ] {
        assert_eq!(house.token(form).await.token_error().0, error, "{form:?}");
    }
    let elsewhere = house.token_at("B2C_1_other", &redemption(WEB, WEB_URI, &code), &[]).await;
    assert_eq!(elsewhere.token_error().0, 90088);
    let mut changed = redemption(WEB, WEB_URI, &code);
    let altered = format!("{code}=");
    changed.insert("code", &altered);
    assert_eq!(house.token(&changed).await.token_error().0, 90080);
    let owner = house.token(&redemption(WEB, WEB_URI, &code)).await.ok();
    // A stranger's repeated attempt does not affect the owner either.
    assert_eq!(house.token(&wrong_verifier).await.token_error().0, 90183);
    house.token(&refreshing(&owner.member("refresh_token"))).await.ok();
}

#[tokio::test]
async fn a_code_lives_a_minute() {
    let house = house().await;
    let code = house.code(WEB, &["openid"]).await;
    house.clock.advance(60_000);
    assert_eq!(house.token(&redemption(WEB, WEB_URI, &code)).await.token_error(), (90080, "invalid_grant".to_owned()));
}

#[tokio::test]
async fn a_verifier_for_a_code_without_challenge_means_that_somebody_took_it_away() {
    let house = house().await;
    let code = house.code_for(WEB, &house.grant(Platform::Web, &["openid"]), WEB_URI, None).await;
    let mut form = redemption(WEB, WEB_URI, &code);
    assert_eq!(house.token(&form).await.token_error().0, 90182);
    form.remove("code_verifier");
    house.token(&form).await.ok();
    // If no secret identifies the owner of the code, there must have been a challenge.
    let code = house.code_for(SPA, &house.grant(Platform::Spa, &["openid"]), SPA_URI, None).await;
    let mut form = redemption(SPA, SPA_URI, &code);
    form.remove("code_verifier");
    assert_eq!(house.token(&form).await.token_error().0, 99059);
}

#[tokio::test]
async fn row_42_the_platform_of_the_redirect_uri_decides_on_the_secret() {
    let house = house().await;
    for (client, uri) in [(SPA, SPA_URI), (NATIVE, NATIVE_URI)] {
        let code = house.code(client, &["openid"]).await;
        let mut form = redemption(client, uri, &code);
        form.insert("client_secret", SECRET);
        assert_eq!(house.token(&form).await.token_error(), (90084, "invalid_request".to_owned()));
        form.remove("client_secret");
        house.token(&form).await.ok();
    }
    let code = house.code(WEB, &["openid"]).await;
    let mut form = redemption(WEB, WEB_URI, &code);
    form.remove("client_secret");
    assert_eq!(house.token(&form).await.token_error(), (90079, "invalid_request".to_owned()));
}

#[tokio::test]
async fn a_disabled_or_deleted_person_gets_no_tokens() {
    let house = house().await;
    let code = house.code(WEB, &["openid"]).await;
    house
        .manage()
        .users(house.app.accounts())
        .set_enabled(&super::ground::tenant_info(), &house.ann, false)
        .await
        .expect("disabled");
    assert_eq!(house.token(&redemption(WEB, WEB_URI, &code)).await.token_error().0, 90128);
}
