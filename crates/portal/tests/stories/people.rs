//! Users, by the pages of the portal.

use crate::ground::Ground;
use vestibule_testing::{ANN, authorize};

const NEW: &str = "/portal/contoso/users/new";

#[tokio::test]
async fn a_user_is_created_with_a_password_that_is_shown_once() {
    let ground = Ground::new().await;
    let mut desk = ground.admin().await;
    let form = [("sign_in_method", "email"), ("sign_in_name", "eve@contoso.test"), ("display_name", "Eve")];
    let shown = desk.post(NEW, &form).await.ok();
    assert!(shown.text.contains("Temporary password"), "{}", shown.text);
    let twice = desk.post(NEW, &form).await;
    assert!(twice.status == 422 && twice.text.contains("Another user signs in with this name"), "{}", twice.text);
    let list = desk.get("/portal/contoso/users?q=eve").await.ok();
    assert!(list.text.contains("eve@contoso.test") && list.text.contains("Must change the password"));
}

#[tokio::test]
async fn a_blocked_user_cannot_sign_in_until_it_is_unblocked() {
    let ground = Ground::new().await;
    let mut desk = ground.admin().await;
    let list = desk.get("/portal/contoso/users?q=ann").await.ok();
    let user = list.text.split("href=\"/portal/contoso/users/").nth(1).and_then(|r| r.split('"').next());
    let user = list
        .text
        .split("/portal/contoso/users/")
        .find(|r| r.len() > 36 && r.as_bytes()[8] == b'-')
        .map_or(user, |r| r.get(..36));
    let path = format!("/portal/contoso/users/{}", user.expect("an id"));
    for (enabled, arrives) in [("false", false), ("true", true)] {
        desk.submit(&path, &format!("{path}/enabled"), &[("enabled", enabled)]).await;
        let end = ground.browser().sign_in(&authorize(), ANN).await;
        assert_eq!(end.location().is_some(), arrives, "{enabled}: {}", end.text);
    }
}

#[tokio::test]
async fn the_demos_administrator_goes_before_other_machines_reach_the_portal() {
    let ground = Ground::new().await;
    let new = vestibule_tenant::manage::NewAdministrator {
        email: "demo@vestibule.test".to_owned(),
        name: "Demo".to_owned(),
        password: crate::ground::PASSWORD.to_owned(),
    };
    let app = &ground.house.app;
    ground.portal.demo_administrator(app, &new).await.expect("made");
    let mut desk = ground.sign_in("demo@vestibule.test").await;
    ground.portal.remove_demo_administrator(app).await.expect("removed");
    assert_eq!(desk.get("/portal/contoso").await.status, 303);
    assert!(ground.portal.first_link(app).await.expect("read").is_some(), "a link takes its place");
}
