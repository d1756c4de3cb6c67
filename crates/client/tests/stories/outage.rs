//! The tenant is down, starts slowly, or changes its keys.

use crate::support::world;
use http::{Request, StatusCode};

#[tokio::test]
async fn the_app_runs_without_the_tenant_and_signs_in_when_it_is_back() {
    let (tenant, mut browser) = world();
    tenant.go_down();
    assert_eq!(browser.step("/").await.body, "nobody");
    let page = browser.step("/me").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(page.headers["retry-after"], "30");
    assert!(page.body.contains("cannot be reached at the moment"), "{}", page.body);
    tenant.come_back();
    assert_eq!(browser.get("/me").await.status, StatusCode::OK);
}

#[tokio::test]
async fn many_first_callers_fetch_once() {
    let (tenant, browser) = world();
    let ask = || {
        let mut browser = browser.clone();
        async move { browser.step("/me").await.status }
    };
    let all = tokio::join!(ask(), ask(), ask(), ask());
    assert_eq!(all, (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER, StatusCode::SEE_OTHER, StatusCode::SEE_OTHER));
    assert_eq!(tenant.asked("discovery"), 1);
}

#[tokio::test]
async fn people_stay_signed_in_through_an_outage() {
    let (tenant, mut browser) = world();
    browser.get("/me").await;
    tenant.go_down();
    tenant.wait(3 * 3600);
    assert_eq!(browser.step("/me").await.status, StatusCode::OK);
    let tried = tenant.asked("nobody");
    assert_eq!(browser.step("/me").await.status, StatusCode::OK);
    assert_eq!(tenant.asked("nobody"), tried, "a tenant that is down is not asked at each request");
    assert_eq!(browser.step("/read").await.status, StatusCode::SERVICE_UNAVAILABLE);
    tenant.come_back();
    tenant.wait(61);
    assert!(browser.step("/read").await.body.starts_with("ey"));
}

#[tokio::test]
async fn a_sign_in_goes_on_after_the_keys_changed() {
    let (tenant, mut browser) = world();
    browser.get("/me").await;
    tenant.rotate_keys();
    tenant.wait(3601);
    assert_eq!(browser.step("/me").await.status, StatusCode::OK);
    browser.cookies.clear();
    assert_eq!(browser.get("/me").await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_outage_in_the_middle_of_a_sign_in_is_a_page() {
    let (tenant, mut browser) = world();
    let page = browser.step("/me").await;
    let callback = browser.resolve(page.location());
    tenant.go_down();
    assert_eq!(browser.step(&callback).await.status, StatusCode::SERVICE_UNAVAILABLE);
    tenant.come_back();
    assert_eq!(browser.get("/me").await.status, StatusCode::OK);
}

#[tokio::test]
async fn people_can_sign_out_during_an_outage() {
    let (tenant, mut browser) = world();
    browser.get("/me").await;
    tenant.go_down();
    tenant.wait(2 * 3600);
    browser.step("/auth/sign-out").await;
    assert_eq!(browser.step("/").await.body, "nobody");
}

#[tokio::test]
async fn an_api_goes_on_with_the_keys_it_has() {
    let (tenant, _) = world();
    let api = tenant.api();
    let headers = |token: &str| {
        let request = Request::get("/").header("authorization", format!("Bearer {token}"));
        request.body(()).expect("a request").headers().clone()
    };
    tenant.go_down();
    let refusal = api.caller(&headers(&tenant.access_token(&["tasks.read"]))).await.expect_err("no keys yet");
    assert_eq!(refusal.into_answer().status(), StatusCode::SERVICE_UNAVAILABLE);
    tenant.come_back();
    assert!(api.caller(&headers(&tenant.access_token(&["tasks.read"]))).await.is_ok());
    tenant.go_down();
    tenant.wait(3 * 3600);
    assert!(api.caller(&headers(&tenant.access_token(&["tasks.read"]))).await.is_ok());
}

#[tokio::test]
async fn unknown_keys_do_not_make_an_api_hammer_the_tenant() {
    let (tenant, _) = world();
    let api = tenant.api();
    let good = tenant.access_token(&["tasks.read"]);
    let ask = async |token: &str| {
        let request = Request::get("/").header("authorization", format!("Bearer {token}"));
        api.caller(request.body(()).expect("a request").headers()).await.is_ok()
    };
    assert!(ask(&good).await);
    let forged = {
        let header = vestibule_protocol::digest::base64url(br#"{"alg":"RS256","kid":"unknown"}"#);
        format!("{header}{}", &good[good.find('.').expect("a dot")..])
    };
    for _ in 0..20 {
        assert!(!ask(&forged).await);
    }
    assert_eq!(tenant.asked("keys"), 2, "the first fetch, and one for the unknown key");
    tenant.wait(61);
    tenant.rotate_keys();
    assert!(ask(&tenant.access_token(&["tasks.read"])).await, "a real new key is found");
}
