//! Everything that is withdrawn, disabled or deleted stops working at the next request, at any stage: a journey on a
//! page, an unredeemed code, a refresh token (also within its grace period), single sign-on, userinfo.

use super::ground::{STRICT, redeem, refresh_as, strict, strict_tokens, userinfo};
use vestibule_tenant::accounts::TenantInfo;
use vestibule_tenant::registry::{Application, Platform};
use vestibule_testing::{
    ANN, Answer, Authorize, Browser, CALLBACK, House, IMPLICIT1, NATIVE1, READ, STRICT1, TENANT, VERIFIER, WEBAPP1,
    authorize,
};

const ANN_ID: &str = "a7d3f1c2-64b8-4e0f-8c95-1f2e7b9d4063";
const API: &str = "f8c0e2a4-5d1b-4c39-9a76-2be18d40c7f3";
const EDIT: &str = "B2C_1_profile_editing";
const NEW_PASSWORD: &str = "Kite-over-Harbour-7";

/// Ann and an application, with everything in progress.
struct Underway {
    house: House,
    browser: Browser,
    page: Answer,
    code: String,
    used: String,
    refresh: String,
    access: String,
}

/// The results that the application still gets: for the open page, the code, the refresh token, the used one,
/// `prompt=none`, and userinfo.
type Given = [&'static str; 6];

const NOTHING: Given = [""; 6];
/// The results without a withdrawal.
const EVERYTHING: Given = ["code", "id refresh", "id refresh", "id refresh", "code", "claims"];

impl Underway {
    async fn begin() -> Self {
        let house = House::dev().await;
        let mut browser = house.browser();
        let used = strict_tokens(&house, &mut browser).await.member("refresh_token");
        let tokens = refresh_as(&house, STRICT1, &used, &[]).await;
        let code = browser.get(&strict().path()).await.carried(STRICT, '?')["code"].clone();
        let page = browser.get(&strict().at(EDIT).path()).await;
        assert!(page.is_page("SelfAsserted"), "{}", page.text);
        house.clock.advance(1000);
        let (refresh, access) = (tokens.member("refresh_token"), tokens.member("access_token"));
        Self { house, browser, page, code, used, refresh, access }
    }

    /// The results now.
    async fn given(mut self) -> Given {
        self.house.app.registry().refresh().await.expect("read again");
        let of_page = code(&self.browser.submit(&self.page, &[("displayName", "Ann Again")]).await);
        let of_code = tokens(&redeem(&self.house, STRICT1, &self.code, &[]).await);
        let of_used = tokens(&refresh_as(&self.house, STRICT1, &self.used, &[]).await);
        let of_refresh = tokens(&refresh_as(&self.house, STRICT1, &self.refresh, &[]).await);
        let silent = code(&self.browser.get(&strict().with("prompt", "none").path()).await);
        let claims = userinfo(&self.house, &self.access).await.status.is_success();
        [of_page, of_code, of_refresh, of_used, silent, if claims { "claims" } else { "" }]
    }

    async fn change(self, edit: impl Fn(&mut Application)) -> Self {
        self.house.manage().change_application(TENANT, STRICT1, None, edit).await.expect("changed");
        self
    }

    async fn info(&self) -> TenantInfo {
        let tenant = self.house.app.registry().tenant("contoso").await.expect("read").expect("a tenant");
        TenantInfo::from(tenant.as_ref())
    }
}

fn code(answer: &Answer) -> &'static str {
    match answer.parameter(STRICT, "code") {
        Some(_) => "code",
        None => "",
    }
}

fn tokens(answer: &Answer) -> &'static str {
    let Ok(json) = serde_json::from_str::<serde_json::Value>(&answer.text) else { return "" };
    match (json.get("id_token").is_some(), json.get("refresh_token").is_some()) {
        (true, true) => "id refresh",
        (true, false) => "id",
        (false, _) => "",
    }
}

#[tokio::test]
async fn without_a_withdrawal_everything_goes_on() {
    assert_eq!(Underway::begin().await.given().await, EVERYTHING);
}

#[tokio::test]
async fn a_disabled_application_gets_nothing_more() {
    assert_eq!(Underway::begin().await.change(|app| app.enabled = false).await.given().await, NOTHING);
}

#[tokio::test]
async fn a_deleted_application_gets_nothing_more() {
    let underway = Underway::begin().await;
    underway.house.manage().delete_application(TENANT, STRICT1, None).await.expect("deleted");
    assert_eq!(underway.given().await, NOTHING);
}

#[tokio::test]
async fn an_address_that_is_no_longer_registered_gets_nothing_more() {
    let elsewhere = |app: &mut Application| app.redirect_uris[0].uri = "https://strict.example/elsewhere".to_owned();
    assert_eq!(Underway::begin().await.change(elsewhere).await.given().await, NOTHING);
}

#[tokio::test]
async fn a_journey_to_an_address_that_is_no_longer_registered_ends_at_a_page() {
    let mut underway = Underway::begin().await.change(|app| app.redirect_uris.clear()).await;
    underway.house.app.registry().refresh().await.expect("read again");
    for action in ["confirmed", "cancelled"] {
        let answer = underway.browser.press(&underway.page, action, &[]).await;
        assert!(answer.location().is_none() && answer.text.contains("AADB2C90006"), "{}", answer.text);
    }
}

#[tokio::test]
async fn what_was_given_at_an_address_of_another_platform_counts_no_more() {
    let moved = |app: &mut Application| app.redirect_uris[0].platform = Platform::Spa;
    let given = Underway::begin().await.change(moved).await.given().await;
    assert_eq!(given[1..4], ["", "", ""]);
}

#[tokio::test]
async fn an_application_without_openid_gets_nothing_more() {
    let withdrawn = |app: &mut Application| app.openid_permissions.retain(|scope| scope != "openid");
    assert_eq!(Underway::begin().await.change(withdrawn).await.given().await, NOTHING);
}

#[tokio::test]
async fn an_application_without_offline_access_refreshes_no_more() {
    let withdrawn = |app: &mut Application| app.openid_permissions.retain(|scope| scope != "offline_access");
    let given = Underway::begin().await.change(withdrawn).await.given().await;
    assert_eq!(given, ["code", "id", "", "", "code", "claims"]);
}

#[tokio::test]
async fn a_removed_secret_redeems_and_refreshes_nothing() {
    let underway = Underway::begin().await.change(|app| app.credentials.clear()).await;
    assert_eq!(underway.given().await, ["code", "", "", "", "code", "claims"]);
}

#[tokio::test]
async fn an_expired_secret_redeems_and_refreshes_nothing() {
    let expired = |app: &mut Application| app.credentials.iter_mut().for_each(|one| one.expires_at = Some(1));
    assert_eq!(Underway::begin().await.change(expired).await.given().await, ["code", "", "", "", "code", "claims"]);
}

#[tokio::test]
async fn an_application_that_is_no_longer_strict_has_no_userinfo() {
    let given = Underway::begin().await.change(|app| app.openid = Default::default()).await.given().await;
    assert_eq!(given[5], "");
}

#[tokio::test]
async fn a_deleted_flow_gives_nothing_more() {
    let underway = Underway::begin().await;
    for flow in [vestibule_testing::POLICY, EDIT] {
        underway.house.manage().delete_flow(TENANT, flow, None).await.expect("deleted");
    }
    assert_eq!(underway.given().await, NOTHING);
}

#[tokio::test]
async fn a_blocked_person_is_given_nothing_more() {
    let underway = Underway::begin().await;
    let (manage, info) = (underway.house.manage(), underway.info().await);
    manage.users(underway.house.app.accounts()).set_enabled(&info, ANN_ID, false).await.expect("blocked");
    assert_eq!(underway.given().await, NOTHING);
}

#[tokio::test]
async fn a_deleted_person_is_given_nothing_more() {
    let underway = Underway::begin().await;
    let manage = underway.house.manage();
    manage.users(underway.house.app.accounts()).delete(TENANT, ANN_ID).await.expect("deleted");
    assert_eq!(underway.given().await, NOTHING);
}

#[tokio::test]
async fn a_new_password_ends_what_the_old_one_opened() {
    let underway = Underway::begin().await;
    let (manage, info) = (underway.house.manage(), underway.info().await);
    let users = manage.users(underway.house.app.accounts());
    users.set_password(&info, ANN_ID, NEW_PASSWORD, false).await.expect("set");
    assert_eq!(underway.given().await, NOTHING);
}

#[tokio::test]
async fn ended_sessions_give_nothing_more() {
    let underway = Underway::begin().await;
    let manage = underway.house.manage();
    manage.users(underway.house.app.accounts()).sign_out(TENANT, ANN_ID).await.expect("ended");
    assert_eq!(underway.given().await, NOTHING);
}

#[tokio::test]
async fn a_token_that_came_straight_from_authorize_opens_no_claims_of_a_deleted_person() {
    let house = House::dev().await;
    let implicit = |app: &mut Application| app.implicit_access_token = true;
    house.manage().change_application(TENANT, STRICT1, None, implicit).await.expect("changed");
    house.app.registry().refresh().await.expect("read again");
    let request = strict().with("response_type", "token").without("code_challenge").without("code_challenge_method");
    let token = house.browser().sign_in(&request, ANN).await.carried(STRICT, '#')["access_token"].clone();
    assert!(userinfo(&house, &token).await.status.is_success());
    house.clock.advance(1000);
    house.manage().users(house.app.accounts()).delete(TENANT, ANN_ID).await.expect("deleted");
    assert_eq!(userinfo(&house, &token).await.status, http::StatusCode::UNAUTHORIZED);
}

/// The article's application, whose access tokens are for an API: a page, a code and a refresh token.
struct ForApi {
    house: House,
    browser: Browser,
    page: Answer,
    code: String,
    refresh: String,
}

impl ForApi {
    async fn begin() -> Self {
        let house = House::dev().await;
        let mut browser = house.browser();
        let request = authorize().with("scope", &format!("openid offline_access {READ}"));
        let first = browser.sign_in(&request, ANN).await.code();
        let refresh = redeem(&house, WEBAPP1, &first, &[]).await.member("refresh_token");
        let code = browser.get(&request.path()).await.code();
        let page = browser.get(&request.with("prompt", "login").path()).await;
        Self { house, browser, page, code, refresh }
    }

    /// Returns true for each access token for the API that is issued: for the page, the code, the refresh token.
    async fn given(mut self) -> [bool; 3] {
        self.house.app.registry().refresh().await.expect("read again");
        let has = |answer: &Answer| answer.text.contains("\"access_token\"");
        let end = self.browser.sign_in_at(&self.page, ANN, &[]).await;
        let of_page = match end.parameter(vestibule_testing::CALLBACK, "code") {
            Some(code) => has(&redeem(&self.house, WEBAPP1, &code, &[]).await),
            None => false,
        };
        let of_code = has(&redeem(&self.house, WEBAPP1, &self.code, &[]).await);
        let of_refresh = has(&super::ground::refresh(&self.house, &self.refresh, &[("scope", READ)]).await);
        [of_page, of_code, of_refresh]
    }
}

#[tokio::test]
async fn a_withdrawn_consent_gives_no_more_tokens_for_the_api() {
    let under_way = ForApi::begin().await;
    under_way.house.manage().set_consent(TENANT, WEBAPP1, None, false).await.expect("withdrawn");
    assert_eq!(under_way.given().await, [false; 3]);
}

#[tokio::test]
async fn a_removed_permission_gives_no_more_tokens_for_the_api() {
    let under_way = ForApi::begin().await;
    let manage = under_way.house.manage();
    manage.change_application(TENANT, WEBAPP1, None, |app| app.permissions.clear()).await.expect("removed");
    assert_eq!(under_way.given().await, [false; 3]);
}

#[tokio::test]
async fn a_disabled_scope_or_api_gives_no_more_tokens() {
    let disabled_scope = |api: &mut Application| api.scopes.iter_mut().for_each(|scope| scope.enabled = false);
    let disabled_api = |api: &mut Application| api.enabled = false;
    for edit in [disabled_scope, disabled_api] as [fn(&mut Application); 2] {
        let under_way = ForApi::begin().await;
        under_way.house.manage().change_application(TENANT, API, None, edit).await.expect("changed");
        assert_eq!(under_way.given().await, [false; 3]);
    }
}

/// Opens the sign-in page of `request`, withdraws something from the application, and signs in. Returns the error.
async fn error_after(request: &Authorize, callback: &str, mode: char, edit: impl Fn(&mut Application)) -> String {
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = browser.get(&request.path()).await;
    let client_id = &request.fields["client_id"];
    house.manage().change_application(TENANT, client_id, None, edit).await.expect("changed");
    house.app.registry().refresh().await.expect("read again");
    browser.sign_in_at(&page, ANN, &[]).await.carried(callback, mode)["error"].clone()
}

#[tokio::test]
async fn a_page_open_while_the_implicit_grant_is_switched_off_gives_no_token() {
    let callback = "https://implicit.example/cb";
    let request = authorize().with("client_id", IMPLICIT1).with("redirect_uri", callback);
    let request = request.with("response_type", "id_token").with("scope", "openid");
    let error = error_after(&request, callback, '#', |app| app.implicit_id_token = false).await;
    assert_eq!(error, "unauthorized_client");
    let request = request.with("response_type", "token").with("scope", &format!("openid {READ}"));
    let error = error_after(&request, callback, '#', |app| app.implicit_access_token = false).await;
    assert_eq!(error, "unauthorized_client");
}

#[tokio::test]
async fn a_page_open_while_pkce_becomes_required_gives_no_code_without_it() {
    let request = authorize().without("code_challenge").without("code_challenge_method");
    let error = error_after(&request, CALLBACK, '?', |app| app.require_pkce = true).await;
    assert_eq!(error, "invalid_request");
    let plain = authorize().with("client_id", NATIVE1).with("redirect_uri", "http://127.0.0.1/cb");
    let plain = plain.with("code_challenge", VERIFIER).with("code_challenge_method", "plain");
    let error = error_after(&plain, "http://127.0.0.1/cb", '?', |app| app.allow_plain_pkce = false).await;
    assert_eq!(error, "invalid_request");
}

#[tokio::test]
async fn a_code_without_a_challenge_is_not_redeemed_once_pkce_is_required() {
    let house = House::dev().await;
    let request = authorize().without("code_challenge").without("code_challenge_method");
    let code = house.browser().sign_in(&request, ANN).await.code();
    house.manage().change_application(TENANT, WEBAPP1, None, |app| app.require_pkce = true).await.expect("changed");
    house.app.registry().refresh().await.expect("read again");
    assert_eq!(redeem(&house, WEBAPP1, &code, &[("code_verifier", "")]).await.token_error().0, 99059);
}
