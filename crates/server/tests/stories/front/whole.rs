//! A whole sign-in, from the first request to the tokens of the application.

use serde_json::Value;
use vestibule_protocol::jwt::claims_unverified;
use vestibule_tenant::accounts::identity;
use vestibule_tenant::manage::Actor;
use vestibule_testing::{
    ANN, Answer, BOB, Browser, CALLBACK, House, IMPLICIT1, MINUTE, SPA1, STRICT1, TENANT, VERIFIER, WEBAPP1, authorize,
};

async fn token(house: &House, origin: Option<&str>, fields: &[(&str, &str)]) -> Answer {
    let origin = origin.map(|origin| ("origin", origin));
    house.token_at("b2c_1_signupsignin1", fields, origin.as_slice()).await
}

pub(super) fn json(answer: &Answer) -> Value {
    answer.clone().ok().json()
}

#[tokio::test]
async fn the_articles_web_app_gets_a_name_a_token_for_its_api_and_a_refresh() {
    let house = House::dev().await;
    let code = house.browser().sign_in(&authorize(), ANN).await.code();
    let secret = house.secret(WEBAPP1);
    let common = [("client_id", WEBAPP1), ("client_secret", secret.as_str()), ("client_info", "1")];
    let mut fields = common.to_vec();
    fields.extend([
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("code_verifier", VERIFIER),
        ("redirect_uri", CALLBACK),
        ("scope", "offline_access openid profile"),
    ]);
    let got = json(&token(&house, None, &fields).await);
    let claims = claims_unverified(got["id_token"].as_str().expect("a token")).expect("a token");
    assert_eq!((claims["name"].as_str(), claims["nonce"].as_str()), (Some("Ann Example"), Some("a-nonce")));
    assert_eq!((claims["tfp"].as_str(), claims["aud"].as_str()), (Some("B2C_1_signupsignin1"), Some(WEBAPP1)));
    assert_eq!(claims["emails"], serde_json::json!([ANN.0]));
    let scope = "https://contoso.onmicrosoft.com/tasks-api/tasks.read offline_access openid profile";
    let mut fields = common.to_vec();
    fields.extend([
        ("grant_type", "refresh_token"),
        ("refresh_token", got["refresh_token"].as_str().expect("a token")),
        ("scope", scope),
    ]);
    let got = json(&token(&house, None, &fields).await);
    let access = claims_unverified(got["access_token"].as_str().expect("a token")).expect("a token");
    assert_eq!(access["scp"], "tasks.read");
}

#[tokio::test]
async fn a_single_page_application_redeems_across_origins_without_a_secret() {
    let house = House::dev().await;
    let (origin, callback) = ("http://localhost:3000", "http://localhost:3000/");
    let request = authorize().with("client_id", SPA1).with("redirect_uri", callback).with("response_mode", "fragment");
    let code = house.browser().sign_in(&request, ANN).await.carried(callback, '#')["code"].clone();
    let fields = [
        ("client_id", SPA1),
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("code_verifier", VERIFIER),
        ("redirect_uri", callback),
    ];
    let answer = token(&house, Some(origin), &fields).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
    assert!(json(&answer)["id_token"].is_string());
}

#[tokio::test]
async fn the_answer_names_the_issuer_of_its_tokens() {
    let house = House::dev().await;
    let callback = "https://strict.example/cb";
    let request = authorize().with("client_id", STRICT1).with("redirect_uri", callback);
    let carried = house.secure_browser().sign_in(&request, ANN).await.carried(callback, '?');
    let iss = format!("https://login.contoso.test/oidc/{TENANT}/b2c_1_signupsignin1/v2.0/");
    assert_eq!(carried["iss"], iss);
    let secret = house.secret(STRICT1);
    let fields = [
        ("client_id", STRICT1),
        ("client_secret", secret.as_str()),
        ("grant_type", "authorization_code"),
        ("code", carried["code"].as_str()),
        ("code_verifier", VERIFIER),
        ("redirect_uri", callback),
    ];
    let got = json(&token(&house, None, &fields).await);
    assert_eq!(claims_unverified(got["id_token"].as_str().expect("a token")).expect("a token")["iss"], iss.as_str());
}

/// A user whose password must be changed.
const CAROL: (&str, &str) = ("carol@contoso.test", "Carol-likes-snow-3");

/// Carol signs in, up to the page for her new password.
async fn carols_new_password(browser: &mut Browser) -> Answer {
    let page = browser.get(&authorize().path()).await;
    let form = browser.sign_in_at(&page, CAROL, &[]).await;
    assert!(form.is_page("SelfAsserted") && form.fields().contains(&"newPassword".to_owned()), "{}", form.text);
    form
}

#[tokio::test]
async fn who_must_choose_a_new_password_does_so_on_the_way() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let form = carols_new_password(&mut browser).await;
    let silent = browser.get(&authorize().with("prompt", "none").path()).await;
    assert_eq!(silent.error().1, "90077", "nobody is signed in yet");
    let new = "Snow-on-the-hills-33";
    assert!(!browser.submit(&form, &[("newPassword", new), ("reenterPassword", new)]).await.code().is_empty());
    assert!(!house.browser().sign_in(&authorize(), (CAROL.0, new)).await.code().is_empty());
}

#[tokio::test]
async fn requirement_21_a_password_typed_before_sessions_were_ended_lets_nobody_choose_a_new_one() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let form = carols_new_password(&mut browser).await;
    house.clock.advance(MINUTE);
    let name = identity::email(CAROL.0).expect("an address");
    let user = house.app.accounts().user_by_name(TENANT, &name).await.expect("read").expect("a user");
    house
        .app
        .manage(Actor::Server)
        .users(house.app.accounts())
        .sign_out(TENANT, user.object_id())
        .await
        .expect("revoked");
    let new = "Snow-on-the-hills-33";
    let asked = browser.submit(&form, &[("newPassword", new), ("reenterPassword", new)]).await;
    assert!(asked.is_page("Unified"), "{}", asked.text);
    assert!(house.browser().sign_in(&authorize(), (CAROL.0, new)).await.is_page("Unified"), "the old one stands");
}

#[tokio::test]
async fn the_language_that_was_asked_for_stays() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = browser.get(&authorize().with("ui_locales", "de-AT en").path()).await;
    assert!(page.text.contains("<html lang=\"de\">"), "{}", page.text);
    let again = browser.sign_in_at(&page, (ANN.0, "wrong"), &[]).await;
    assert!(again.text.contains("<html lang=\"de\">"), "{}", again.text);
}

#[tokio::test]
async fn a_login_hint_fills_the_name_in() {
    let house = House::dev().await;
    let page = house.browser().get(&authorize().with("login_hint", "ann@contoso.test").path()).await;
    assert!(page.text.contains("value=\"ann@contoso.test\""), "{}", page.text);
}

#[tokio::test]
async fn a_policy_without_pages_does_not_open_in_a_browser() {
    let house = House::dev().await;
    let answer = house.browser().get(&authorize().at("B2C_1_ropc").path()).await;
    assert_eq!(answer.error(), ("unsupported_response_type".to_owned(), "90013".to_owned()));
}

#[tokio::test]
async fn a_hint_for_another_person_is_not_answered_silently() {
    let house = House::dev().await;
    let callback = "https://implicit.example/cb";
    let hinted =
        authorize().with("client_id", IMPLICIT1).with("redirect_uri", callback).with("response_type", "id_token");
    let bobs = house.browser().sign_in(&hinted, BOB).await.carried(callback, '#')["id_token"].clone();
    let mut browser: Browser = house.browser();
    let own = browser.sign_in(&hinted, ANN).await.carried(callback, '#')["id_token"].clone();
    let silent = |hint: &str| hinted.clone().with("prompt", "none").with("id_token_hint", hint).path();
    assert!(browser.get(&silent(&own)).await.carried(callback, '#').contains_key("id_token"));
    for (hint, error) in [(&*bobs, "interaction_required"), ("eyJhbGciOiJub25lIn0.e30.", "login_required")] {
        assert_eq!(browser.get(&silent(hint)).await.carried(callback, '#')["error"], error);
    }
}

#[tokio::test]
async fn row_99_an_owner_on_a_known_device_gets_in_while_strangers_are_locked_out() {
    let house = House::dev().await;
    let mut owner = house.browser();
    owner.sign_in(&authorize(), ANN).await.code();
    let mut stranger = house.browser();
    let mut page = stranger.get(&authorize().path()).await;
    for n in 0..12 {
        page = stranger.sign_in_at(&page, (ANN.0, &format!("Wrong-guess-number-{n}")), &[]).await;
        assert!(page.is_page("Unified"));
    }
    assert!(stranger.sign_in_at(&page, ANN, &[]).await.is_page("Unified"), "locked");
    let page = owner.get(&authorize().with("prompt", "login").path()).await;
    assert!(!owner.sign_in_at(&page, ANN, &[]).await.code().is_empty());
}

#[tokio::test]
async fn what_runs_besides_requests_stops_when_told() {
    let house = House::dev().await;
    let stop = tokio_util::sync::CancellationToken::new();
    let background = tokio::spawn({
        let (app, stop) = (house.app.clone(), stop.clone());
        async move { vestibule_server::background::run(&app, stop).await }
    });
    stop.cancel();
    background.await.expect("stopped");
}
