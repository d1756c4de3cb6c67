//! Rows 23 to 60 and 117: codes, verifiers and refresh tokens.

use super::ground::{redeem, refresh, refresh_as, strict, strict_tokens, tokens, userinfo};
use http::StatusCode;
use tokio::task::JoinSet;
use vestibule_tenant::manage::Actor;
use vestibule_testing::{
    ANN, CALLBACK, FLOW, House, READ, SPA1, STRICT1, TENANT, VERIFIER, WEBAPP1, WEBAPP2, authorize, encode,
};

const ANN_ID: &str = "a7d3f1c2-64b8-4e0f-8c95-1f2e7b9d4063";

async fn code(house: &House) -> String {
    house.browser().sign_in(&authorize(), ANN).await.code()
}

#[tokio::test]
async fn row_23_parallel_redemption_has_one_winner() {
    let house = std::sync::Arc::new(House::dev().await);
    let code = code(&house).await;
    let mut race = JoinSet::new();
    for _ in 0..12 {
        let (house, code) = (std::sync::Arc::clone(&house), code.clone());
        race.spawn(async move { redeem(&house, WEBAPP1, &code, &[]).await.status });
    }
    let all = race.join_all().await;
    assert_eq!(all.iter().filter(|status| **status == StatusCode::OK).count(), 1, "{all:?}");
    assert!(all.iter().all(|status| status.as_u16() < 500), "{all:?}");
}

#[tokio::test]
async fn row_24_a_replayed_code_ends_what_its_first_use_gave() {
    let house = House::dev().await;
    let code = house.browser().sign_in(&strict(), ANN).await.carried(super::ground::STRICT, '?')["code"].clone();
    let first = redeem(&house, STRICT1, &code, &[]).await;
    assert_eq!(userinfo(&house, &first.member("access_token")).await.status, StatusCode::OK);
    house.clock.advance(5_000);
    let again = redeem(&house, STRICT1, &code, &[]).await;
    assert_eq!((again.status, again.member("error").as_str()), (StatusCode::BAD_REQUEST, "invalid_grant"));
    assert_eq!(userinfo(&house, &first.member("access_token")).await.status, StatusCode::UNAUTHORIZED);
    let refused = refresh_as(&house, STRICT1, &first.member("refresh_token"), &[]).await;
    assert_eq!(refused.member("error"), "invalid_grant");
}

#[tokio::test]
async fn row_25_and_row_26_strangers_neither_use_nor_burn_a_code() {
    let house = House::dev().await;
    let code = code(&house).await;
    let foreign = redeem(&house, WEBAPP2, &code, &[]).await;
    assert_eq!(foreign.member("error"), "invalid_grant");
    for (name, value) in
        [("client_secret", "wrong"), ("client_secret", ""), ("redirect_uri", "https://two.example/signin-oidc")]
    {
        let refused = redeem(&house, WEBAPP1, &code, &[(name, value)]).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{name}: {}", refused.text);
    }
    let spa = redeem(&house, WEBAPP1, &code, &[("client_id", SPA1), ("client_secret", "")]).await;
    assert_eq!(spa.status, StatusCode::BAD_REQUEST);
    assert_eq!(redeem(&house, WEBAPP1, &code, &[]).await.status, StatusCode::OK, "its owner is not hurt");
}

#[tokio::test]
async fn row_27_a_code_lives_a_minute() {
    let house = House::dev().await;
    let (old, young) = (code(&house).await, code(&house).await);
    house.clock.advance(59_000);
    assert_eq!(redeem(&house, WEBAPP1, &young, &[]).await.status, StatusCode::OK);
    house.clock.advance(1_000);
    assert_eq!(redeem(&house, WEBAPP1, &old, &[]).await.member("error"), "invalid_grant");
}

#[tokio::test]
async fn row_28_one_kind_of_token_is_not_taken_for_another() {
    let house = House::dev().await;
    let given = tokens(&house).await;
    let (access, id, again) = (given.member("access_token"), given.member("id_token"), given.member("refresh_token"));
    let fresh = code(&house).await;
    for other in [&access, &id, &again] {
        assert_eq!(redeem(&house, WEBAPP1, other, &[]).await.member("error"), "invalid_grant");
    }
    for other in [&access, &id, &fresh] {
        assert_eq!(refresh(&house, other, &[]).await.member("error"), "invalid_grant");
    }
    for other in [&access, &id, &again, &fresh] {
        assert_eq!(
            userinfo(&house, other).await.status,
            StatusCode::UNAUTHORIZED,
            "of another API, or no access token"
        );
    }
    assert_eq!(redeem(&house, WEBAPP1, &fresh, &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn row_29_a_changed_code_is_refused() {
    let house = House::dev().await;
    let code = code(&house).await;
    let last = if code.ends_with('A') { "B" } else { "A" };
    let swapped: String = code
        .chars()
        .map(|c| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
        .collect();
    let changed = [
        format!("{}{last}", &code[..code.len() - 1]),
        format!("{code}="),
        format!("{code} "),
        format!(" {code}"),
        format!("{code}\0"),
        code[1..].to_owned(),
        swapped,
    ];
    for bad in &changed {
        assert_eq!(redeem(&house, WEBAPP1, bad, &[]).await.status, StatusCode::BAD_REQUEST, "{bad:?}");
    }
    assert_eq!(redeem(&house, WEBAPP1, &code, &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn row_30_codes_cannot_be_guessed() {
    let house = House::dev().await;
    let mut browser = house.browser();
    browser.sign_in(&authorize(), ANN).await.code();
    let mut codes: Vec<Vec<u8>> = Vec::new();
    for _ in 0..24 {
        codes.push(browser.get(&authorize().path()).await.code().into_bytes());
    }
    let varying = (0..43).filter(|at| codes.iter().any(|code| code[*at] != codes[0][*at])).count();
    assert!(codes.iter().all(|code| code.len() >= 43) && varying >= 40, "{varying} characters vary");
}

#[tokio::test]
async fn row_32_and_row_33_only_the_verifier_opens_a_challenged_code() {
    let house = House::dev().await;
    let code = code(&house).await;
    let wrong =
        [String::new(), VERIFIER[1..].to_owned(), VERIFIER.to_uppercase(), "x".repeat(43), format!("{VERIFIER}=")];
    for bad in &wrong {
        let refused = redeem(&house, WEBAPP1, &code, &[("code_verifier", bad)]).await;
        assert_eq!(refused.member("error"), "invalid_grant", "{bad:?}");
    }
    assert_eq!(redeem(&house, WEBAPP1, &code, &[]).await.status, StatusCode::OK, "a wrong verifier burns nothing");

    let bare = authorize().without("code_challenge").without("code_challenge_method");
    let bare = house.browser().sign_in(&bare, ANN).await.code();
    let stripped = redeem(&house, WEBAPP1, &bare, &[]).await;
    assert_eq!(stripped.member("error"), "invalid_grant", "somebody took the challenge away");
    assert_eq!(redeem(&house, WEBAPP1, &bare, &[("code_verifier", "")]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn row_36_every_answer_names_who_gives_it() {
    let house = House::dev().await;
    let iss = format!("http://localhost:8400/{}/v2.0/", TENANT);
    assert_eq!(house.browser().sign_in(&authorize(), ANN).await.carried(CALLBACK, '?')["iss"], iss);
    let refused = house.browser().get(&authorize().with("prompt", "none").path()).await;
    assert_eq!(refused.carried(CALLBACK, '?')["iss"], iss);
    let fragment = authorize().with("response_mode", "fragment");
    assert_eq!(house.browser().sign_in(&fragment, ANN).await.carried(CALLBACK, '#')["iss"], iss);
    let posted = house.browser().sign_in(&authorize().with("response_mode", "form_post"), ANN).await;
    assert!(posted.text.contains("name='iss'"), "{}", posted.text);
}

#[tokio::test]
async fn row_45_a_refresh_token_used_again_ends_its_family_and_the_claims() {
    let house = House::dev().await;
    let first = strict_tokens(&house, &mut house.browser()).await;
    let old = first.member("refresh_token");
    let second = refresh_as(&house, STRICT1, &old, &[]).await;
    let (access, next) = (second.member("access_token"), second.member("refresh_token"));
    assert_eq!(userinfo(&house, &access).await.status, StatusCode::OK);
    house.clock.advance(31_000);
    for dead in [&old, &next] {
        assert_eq!(refresh_as(&house, STRICT1, dead, &[]).await.member("error"), "invalid_grant");
    }
    for dead in [&first.member("access_token"), &access] {
        assert_eq!(userinfo(&house, dead).await.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn row_46_parallel_refreshes_give_one_successor() {
    let house = std::sync::Arc::new(House::dev().await);
    let old = tokens(&house).await.member("refresh_token");
    let mut race = JoinSet::new();
    for _ in 0..10 {
        let (house, old) = (std::sync::Arc::clone(&house), old.clone());
        race.spawn(async move { refresh(&house, &old, &[]).await });
    }
    let mut successors = Vec::new();
    for answer in race.join_all().await {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        successors.push(answer.member("refresh_token"));
    }
    successors.dedup();
    assert_eq!(successors.len(), 1);
    house.clock.advance(31_000);
    assert_eq!(refresh(&house, &old, &[]).await.member("error"), "invalid_grant");
    assert_eq!(
        refresh(&house, &successors[0], &[]).await.member("error"),
        "invalid_grant",
        "row 45: the family is dead"
    );
}

#[tokio::test]
async fn row_47_a_refresh_token_serves_its_application_within_its_permissions() {
    let house = House::dev().await;
    let token = tokens(&house).await.member("refresh_token");
    let foreign = house.secret(WEBAPP2);
    let own = house.secret(WEBAPP1);
    let base = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
    for who in [
        vec![("client_id", WEBAPP2), ("client_secret", foreign.as_str())],
        vec![("client_id", WEBAPP1)],
        vec![("client_id", WEBAPP1), ("client_secret", "wrong")],
        vec![("client_id", SPA1)],
    ] {
        let fields: Vec<(&str, &str)> = base.iter().copied().chain(who).collect();
        assert_eq!(house.token(&fields).await.status, StatusCode::BAD_REQUEST);
    }
    let who = [("client_id", WEBAPP1), ("client_secret", own.as_str())];
    let fields: Vec<(&str, &str)> = base.iter().copied().chain(who).collect();
    let other_flow = house.token_at("B2C_1_legacy", &fields, &[]).await;
    assert_eq!(other_flow.member("error"), "invalid_grant", "row 117");
    let beyond = READ.replace("tasks.read", "tasks.everything");
    assert_eq!(refresh(&house, &token, &[("scope", &beyond)]).await.status, StatusCode::BAD_REQUEST);
    let wider = READ.replace("tasks.read", "tasks.write");
    let again = refresh(&house, &token, &[("scope", &wider)]).await;
    assert_eq!(again.status, StatusCode::OK, "a permission it has");
    house.app.manage(Actor::Server).users(house.app.accounts()).sign_out(TENANT, ANN_ID).await.expect("revoked");
    let revoked = refresh(&house, &again.member("refresh_token"), &[]).await;
    assert_eq!(revoked.member("error"), "invalid_grant", "after revocation");
}

#[tokio::test]
async fn row_60_and_row_61_after_a_form_the_browser_is_sent_on_without_it() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = browser.get(&authorize().path()).await;
    let csrf = page.settings()["csrf"].as_str().expect("a value").to_owned();
    let name = page.sign_in_name();
    let fields = [("request_type", "RESPONSE"), ("csrf_token", csrf.as_str()), (&name, ANN.0), ("password", ANN.1)];
    let answer = browser.post(&page.url("/SelfAsserted", &[]), &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let next = answer.location().expect("an address");
    assert!(!next.contains(ANN.1) && !next.contains("ann%40"), "row 61: {next}");
    let home = browser.get(&next).await;
    assert_eq!((home.status, home.header("referrer-policy")), (StatusCode::FOUND, Some("no-referrer")));
}

/// A second tenant in the same house; its application has the same client id and redirect URI as one of the first's.
const FABRIKAM: &str = r#"
[[tenant]]
name = "fabrikam"

[[tenant.flow]]
name = "B2C_1_signupsignin1"
type = "sign-up-sign-in"
claims = ["displayName", "emails", "objectId"]

[[tenant.application]]
name = "strict1"
client_id = "44444444-0c47-4a15-b9e8-61d7a2f05c94"
redirect_uris.web = ["https://strict.example/cb"]
openid = "strict"
demo_secret = true

[[tenant.user]]
email = "ann@contoso.test"
password = "Ann-likes-tea-1"
"#;

#[tokio::test]
async fn row_117_what_one_tenant_gives_is_nothing_at_another() {
    let house = House::builder().dev().configure(FABRIKAM).open().await;
    let at_fabrikam = |path: &str| path.replace("/contoso.onmicrosoft.com/", "/fabrikam.onmicrosoft.com/");
    let mut browser = house.browser();
    let page = browser.get(&at_fabrikam(&strict().path())).await;
    let code = browser.sign_in_at(&page, ANN, &[]).await.carried(super::ground::STRICT, '?')["code"].clone();
    assert_eq!(redeem(&house, STRICT1, &code, &[]).await.member("error"), "invalid_grant", "a code");
    let secret = house.secret(STRICT1);
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", STRICT1),
        ("client_secret", secret.as_str()),
        ("code", code.as_str()),
        ("code_verifier", VERIFIER),
        ("redirect_uri", super::ground::STRICT),
    ];
    let given = browser.post(&at_fabrikam(&format!("{FLOW}/oauth2/v2.0/token")), &fields).await;
    let access = given.member("access_token");
    assert_eq!(userinfo(&house, &access).await.status, StatusCode::UNAUTHORIZED, "signed by another tenant's key");
    let refused = refresh_as(&house, STRICT1, &given.member("refresh_token"), &[]).await;
    assert_eq!(refused.member("error"), "invalid_grant", "a refresh token");
    let silent = browser.get(&strict().with("prompt", "none").path()).await;
    assert_eq!(silent.carried(super::ground::STRICT, '?')["error"], "interaction_required", "a session");
    let id = given.member("id_token");
    let hint = [("id_token_hint", id.as_str()), ("post_logout_redirect_uri", super::ground::STRICT)];
    let mut contoso = house.browser();
    contoso.sign_in(&strict(), ANN).await;
    let question = contoso.get(&super::ground::logout(&hint)).await;
    assert_eq!((question.status, question.location()), (StatusCode::OK, None), "a hint");
}

#[tokio::test]
async fn row_117_a_code_of_one_flow_is_not_good_at_another() {
    let house = House::dev().await;
    let code = code(&house).await;
    let secret = house.secret(WEBAPP1);
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", WEBAPP1),
        ("client_secret", secret.as_str()),
        ("code", code.as_str()),
        ("code_verifier", VERIFIER),
        ("redirect_uri", CALLBACK),
    ];
    assert_eq!(house.token_at("B2C_1_legacy", &fields, &[]).await.member("error"), "invalid_grant");
    let by_query = format!("{FLOW}/oauth2/v2.0/token?{}", encode(&fields));
    assert_eq!(
        house.browser().post(&by_query, &[]).await.status,
        StatusCode::BAD_REQUEST,
        "row 22: nothing of a query"
    );
    assert_eq!(house.token(&fields).await.status, StatusCode::OK);
}
