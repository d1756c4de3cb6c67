//! Forged, altered and misdirected cookies, tokens and requests.

use crate::support::{app, parameter, world};
use http::StatusCode;
use proptest::prelude::*;
use serde_json::json;
use vestibule::testing::{Browser, FakeTenant, Page};

async fn after(alter: impl Fn(&mut serde_json::Map<String, serde_json::Value>) + Send + Sync + 'static) -> Page {
    let (tenant, mut browser) = world();
    tenant.alter_id_tokens(alter);
    browser.get("/me").await
}

fn assert_refused(page: &Page) {
    assert_eq!(page.status, StatusCode::BAD_REQUEST, "{}", page.body);
    assert!(page.body.contains("could not be verified"), "{}", page.body);
}

#[tokio::test]
async fn id_tokens_that_say_something_else_are_not_believed() {
    let set = |name: &'static str, value: serde_json::Value| {
        after(move |claims| {
            claims.insert(name.to_owned(), value.clone());
        })
    };
    assert_refused(&set("nonce", json!("another")).await);
    assert_refused(&set("iss", json!("https://evil.test/")).await);
    assert_refused(&set("aud", json!("another-app")).await);
    assert_refused(&set("exp", json!(1)).await);
    assert_refused(&set("nbf", json!(4_000_000_000_i64)).await);
    assert_refused(&set("azp", json!("another-app")).await);
    assert_refused(&set("tfp", json!("B2C_1_another")).await);
}

#[tokio::test]
async fn an_id_token_about_nobody_is_not_believed() {
    let page = after(|claims| claims.retain(|name, _| name != "sub" && name != "oid")).await;
    assert_refused(&page);
}

#[tokio::test]
async fn an_id_token_without_a_nonce_is_not_believed() {
    assert_refused(
        &after(|claims| {
            claims.remove("nonce");
        })
        .await,
    );
}

#[tokio::test]
async fn a_forged_state_begins_a_sign_in_of_ones_own() {
    let (tenant, mut browser) = world();
    let page = browser.step("/getAToken?code=stolen&state=forged").await;
    assert!(page.location().starts_with("https://contoso.b2clogin.com/"), "{}", page.location());
    assert_eq!(tenant.asked("token"), 0, "the code is not redeemed");
}

#[tokio::test]
async fn a_callback_in_another_browser_signs_nobody_in() {
    let (tenant, mut victim) = world();
    let mut attacker = victim.clone();
    let page = attacker.step("/me").await;
    let callback = attacker.resolve(page.location());
    victim.step(&callback).await;
    assert_eq!(victim.step("/").await.body, "nobody");
    assert_eq!(tenant.asked("token"), 0);
}

#[tokio::test]
async fn a_flow_cookie_of_one_attempt_does_not_serve_another() {
    let (_, mut browser) = world();
    let first = browser.step("/orders/1").await;
    let stolen: Vec<String> = browser.cookies.values().cloned().collect();
    browser.cookies.clear();
    browser.step("/orders/2").await;
    for value in browser.cookies.values_mut() {
        value.clone_from(&stolen[0]);
    }
    let callback = browser.resolve(first.location());
    let page = browser.step(&callback).await;
    assert!(page.location().starts_with("https://"), "it is begun again: {}", page.location());
}

#[tokio::test]
async fn the_answer_of_another_issuer_is_refused() {
    let (tenant, mut browser) = world();
    let page = browser.step("/me").await;
    let callback = browser.resolve(page.location());
    let page = browser.clone().step(&format!("{callback}&iss=https%3A%2F%2Fevil.test")).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert_eq!(tenant.asked("token"), 0);
    let (tenant, mut browser) = world();
    let page = browser.step("/me").await;
    let callback = browser.resolve(page.location());
    let issuer: String = url::form_urlencoded::byte_serialize(tenant.issuer().as_bytes()).collect();
    assert_eq!(browser.get(&format!("{callback}&iss={issuer}")).await.path, "/me");
}

#[tokio::test]
async fn doubled_parameters_are_refused() {
    let (_, mut browser) = world();
    let page = browser.step("/getAToken?code=a&code=b&state=c").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn nobody_is_sent_to_another_site() {
    for target in ["https://evil.test/", "//evil.test", "/\\evil.test", "/\t/evil.test", "javascript:alert(1)"] {
        let (_, mut browser) = world();
        let target: String = url::form_urlencoded::byte_serialize(target.as_bytes()).collect();
        let page = browser.get(&format!("/auth/sign-in?return_to={target}")).await;
        assert_eq!((page.status, page.path.chars().next()), (StatusCode::OK, Some('/')), "{target}");
        assert!(!page.path.contains("evil"), "{}", page.path);
    }
    let (_, mut browser) = world();
    let page = browser.step("//evil.test/me").await;
    assert!(!page.location().contains("evil.test"), "{}", page.location());
}

#[tokio::test]
async fn hostile_cookies_are_as_none() {
    let (_, mut browser) = world();
    browser.get("/me").await;
    let names: Vec<String> = browser.cookies.keys().cloned().collect();
    for value in ["", ".", "1.", "9.x", "1.AAAA", "3.AAAA", "-1.x"] {
        for name in &names {
            browser.cookies.insert(name.clone(), value.to_owned());
        }
        assert_eq!(browser.step("/").await.body, "nobody", "{value}");
    }
}

#[tokio::test]
async fn text_in_an_error_link_is_not_shown() {
    let (_, mut browser) = world();
    let page = browser.step("/me").await;
    let state = parameter(page.location(), "state").expect("a state");
    let page = browser
        .step(&format!(
            "/getAToken?state={state}&error=%3Cb%3Ex%3C%2Fb%3E&error_description=Call+555+and+tell+your+password"
        ))
        .await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(!page.body.contains("555") && !page.body.contains("<b>x"), "{}", page.body);
    assert!(page.headers["content-security-policy"].to_str().expect("text").contains("default-src 'none'"));
}

#[tokio::test]
async fn secrets_are_never_printed() {
    let tenant = FakeTenant::new();
    let auth = tenant.auth();
    let text = format!("{auth:?} {:?} {:?}", tenant.api(), Browser::new(&tenant, app(&auth)));
    assert!(!text.contains(&tenant.settings()["CLIENT_SECRET"]), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_callback_and_no_cookie_is_answered_by_a_server_error(
        query in "((state|code|error|error_description|iss)=[a-zA-Z0-9%+.]{0,12}&?){0,5}",
        cookie in "[ -:<-~]{0,60}",
        path in "/(getAToken|auth/sign-in|auth/sign-out|me|)",
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let (_, mut browser) = world();
            let name = browser.clone().step("/me").await.headers["set-cookie"].to_str().expect("text").to_owned();
            let name = name.split("-flow-").next().expect("a name").to_owned();
            browser.cookies.insert(name, cookie.replace(';', ""));
            let page = browser.step(&format!("{path}?{query}")).await;
            prop_assert!(!page.status.is_server_error(), "{} {}", page.status, page.body);
            Ok(())
        })?;
    }
}
