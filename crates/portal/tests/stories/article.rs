//! The steps of the article (docs/b2c.md, "App registrations"), by the pages of the portal.

use crate::ground::{Desk, Ground};
use vestibule_testing::Answer;

const APPS: &str = "/portal/fabrikam/applications";

/// Where a page led to, without what it says about the change.
fn place(answer: &Answer) -> String {
    let location = answer.location().unwrap_or_else(|| panic!("a redirect: {} {}", answer.status, answer.text));
    location.split('?').next().expect("a path").to_owned()
}

async fn fabrikam(desk: &mut Desk) {
    let made = desk.post("/portal/-/tenants", &[("name", "fabrikam"), ("display_name", "Fabrikam")]).await;
    assert_eq!(place(&made), "/portal/fabrikam");
}

/// Register an application; its page.
async fn register(desk: &mut Desk, name: &str, redirect_uri: &str) -> String {
    let form = [("name", name), ("platform", "web"), ("redirect_uri", redirect_uri), ("consent", "true")];
    place(&desk.post(&format!("{APPS}/new"), &form).await)
}

#[tokio::test]
async fn three_user_flows_are_created_and_one_of_each_type_is_found() {
    let ground = Ground::new().await;
    let mut desk = ground.admin().await;
    fabrikam(&mut desk).await;
    for (kind, name) in [
        ("sign-up-sign-in", "signupsignin1"),
        ("profile-editing", "profileediting1"),
        ("password-reset", "passwordreset1"),
    ] {
        let form = [("type", kind), ("name", name), ("return", "objectId")];
        let made = desk.post("/portal/fabrikam/user-flows/new", &form).await;
        assert_eq!(place(&made), format!("/portal/fabrikam/user-flows/B2C_1_{name}"));
    }
    let list = desk.get("/portal/fabrikam/user-flows").await.ok();
    for label in ["Sign up and sign in", "Profile editing", "Password reset"] {
        assert!(list.text.contains(label), "{label}");
    }
    let document = "/fabrikam.onmicrosoft.com/B2C_1_signupsignin1/v2.0/.well-known/openid-configuration";
    assert_eq!(ground.browser().get(document).await.status, 200);
}

#[tokio::test]
async fn a_client_secret_is_shown_once_and_works() {
    let ground = Ground::new().await;
    let mut desk = ground.admin().await;
    fabrikam(&mut desk).await;
    let app = register(&mut desk, "webapp1", "http://localhost:5000/getAToken").await;
    let secrets = format!("{app}/secrets");
    let shown = desk.post(&secrets, &[("description", "clientsecret1"), ("expires", "180")]).await.ok();
    let value = shown.text.split("CLIENT_SECRET=").nth(1).and_then(|rest| rest.split_whitespace().next());
    let value = value.expect("the secret in the .env").to_owned();
    assert_eq!(shown.header("cache-control"), Some("no-store"));
    let again = desk.get(&secrets).await.ok();
    assert!(!again.text.contains(&value) && again.text.contains("clientsecret1"));
    let tenant = ground.house.app.registry().tenant("fabrikam").await.expect("read").expect("a tenant");
    let application = tenant.application_named("webapp1").expect("an application");
    let now = ground.house.app.now();
    assert_eq!(application.check_secret(&value, now), vestibule_tenant::registry::SecretCheck::Right);
}

#[tokio::test]
async fn scopes_are_exposed_permitted_and_consented_to() {
    let ground = Ground::new().await;
    let mut desk = ground.admin().await;
    fabrikam(&mut desk).await;
    let app = register(&mut desk, "webapp1", "http://localhost:5000/getAToken").await;
    let api = register(&mut desk, "my-api1", "").await;
    let uri = "https://fabrikam.onmicrosoft.com/tasks-api";
    desk.submit(&format!("{api}/expose"), &format!("{api}/expose"), &[("app_id_uri", uri)]).await;
    let scope = [("scope_name", "tasks.read"), ("scope_display_name", "Read access"), ("scope_description", "Reads")];
    desk.submit(&format!("{api}/expose"), &format!("{api}/scopes"), &scope).await;
    let page = format!("{app}/permissions");
    let key = format!("delegated {} tasks.read", api.rsplit('/').next().expect("an id"));
    desk.submit(&page, &page, &[("permission", &key)]).await;
    assert!(desk.get(&page).await.text.contains("Not granted"));
    desk.post(&format!("{app}/consent"), &[("granted", "true")]).await;
    let text = desk.get(&page).await.ok().text;
    assert!(text.contains("Granted for Fabrikam") && text.contains(&format!("{uri}/tasks.read")), "{text}");
}

#[tokio::test]
async fn what_is_wrong_stands_at_its_field_and_what_was_typed_stays() {
    let ground = Ground::new().await;
    let mut desk = ground.admin().await;
    let form = [("name", "webapp9"), ("platform", "web"), ("redirect_uri", "http://example.com/cb")];
    let page = desk.post("/portal/contoso/applications/new", &form).await;
    assert_eq!(page.status, 422);
    assert!(page.text.contains("<title>Error: Register an application"), "{}", page.text);
    assert!(page.text.contains("href=\"#redirect_uri\"") && page.text.contains("must begin with https://"));
    assert!(page.text.contains("value=\"http://example.com/cb\"") && page.text.contains("value=\"webapp9\""));
}

#[tokio::test]
async fn changes_of_a_user_flow_are_shown_before_they_are_made() {
    let ground = Ground::new().await;
    let mut desk = ground.admin().await;
    let flow = "/portal/contoso/user-flows/B2C_1_signupsignin1";
    let fields = [
        ("token_minutes", "35"),
        ("refresh_token_days", "14"),
        ("refresh_window_days", "90"),
        ("session_minutes", "1440"),
        ("keep_me_signed_in_days", "0"),
        ("session_rolling", "true"),
        ("return", "objectId"),
    ];
    let check = desk.submit(flow, flow, &fields).await.ok();
    assert!(check.text.contains("token_minutes") && check.text.contains("Nothing has changed yet"), "{}", check.text);
    assert!(!desk.get(flow).await.ok().text.contains("value=\"35\""));
    let done = desk.submit(flow, flow, &[fields.as_slice(), &[("confirmed", "true")]].concat()).await;
    assert_eq!(place(&done), flow);
    assert!(desk.get(flow).await.ok().text.contains("value=\"35\""));
}
