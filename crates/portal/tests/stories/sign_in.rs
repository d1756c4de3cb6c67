//! Signing in to the portal: the session, the fresh sign-in, the invitation.

use crate::ground::{ADMIN, Ground, PASSWORD, csrf};
use vestibule_tenant::manage::Role;
use vestibule_testing::MINUTE;

#[tokio::test]
async fn row_9_a_session_ends_by_time_by_sign_out_and_by_the_loss_of_the_role() {
    let ground = Ground::new().await;
    ground.make("other@vestibule.test", Role::Administrator, None).await;
    let id = ground.make(ADMIN, Role::Administrator, None).await;
    let mut desk = ground.sign_in(ADMIN).await;
    ground.house.clock.advance(31 * MINUTE);
    assert_eq!(desk.get("/portal/contoso").await.status, 303);

    let mut desk = ground.sign_in(ADMIN).await;
    let cookies = desk.browser.cookies.clone();
    desk.post("/portal/-/sign-out", &[]).await.ok();
    desk.browser.cookies = cookies;
    assert_eq!(desk.get("/portal/contoso").await.status, 303);

    let mut desk = ground.sign_in(ADMIN).await;
    let mut other = ground.sign_in("other@vestibule.test").await;
    other.post(&format!("/portal/-/administrators/{id}/remove"), &[]).await;
    assert_eq!(desk.get("/portal/contoso").await.status, 303);
}

#[tokio::test]
async fn row_10_of_two_cookies_of_one_name_neither_counts() {
    let ground = Ground::new().await;
    let mut desk = ground.admin().await;
    let value = desk.browser.cookies["vestibule-portal"].clone();
    let line = format!("vestibule-portal={value}; vestibule-portal={value}x");
    let request = desk.browser.stranger().request(http::Method::GET, "/portal/contoso").header("cookie", line);
    let answer = desk.browser.send(request.body(axum::body::Body::empty()).expect("a request")).await;
    assert_eq!(answer.status, 303);
}

#[tokio::test]
async fn row_14_an_invitation_is_good_once_for_one_browser() {
    let ground = Ground::new().await;
    let link = ground.portal.first_link(&ground.house.app).await.expect("read").expect("nobody is there yet");
    let (mut first, mut second) = (ground.browser(), ground.browser());
    assert!(first.get(&link).await.ok().text.contains("<form"), "opening the link uses nothing up");
    second.get(&link).await.ok();
    assert_eq!(first.post(&link, &[]).await.status, 303);
    assert_eq!(second.post(&link, &[]).await.status, 400, "the second browser is too late");
    let account = format!("{link}/account");
    let short = first.post(&account, &[("email", ADMIN), ("name", "A"), ("password", "short")]).await;
    assert!(short.status == 422 && short.text.contains("at least 15 characters"), "{}", short.text);
    assert_eq!(first.post(&account, &[("email", ADMIN), ("name", "A"), ("password", PASSWORD)]).await.status, 303);
    assert_eq!(first.post(&account, &[("email", "b@c.test"), ("name", "B"), ("password", PASSWORD)]).await.status, 400);
    ground.sign_in(ADMIN).await;
    assert!(ground.portal.first_link(&ground.house.app).await.expect("read").is_none(), "no other first link");
}

#[tokio::test]
async fn row_14_an_invitation_ends_after_fifteen_minutes() {
    let ground = Ground::new().await;
    let link = ground.portal.first_link(&ground.house.app).await.expect("read").expect("a link");
    ground.house.clock.advance(16 * MINUTE);
    assert_eq!(ground.browser().get(&link).await.status, 400);
    assert_eq!(ground.browser().get("/portal/-/invitations/guessed").await.status, 400);
}

#[tokio::test]
async fn row_16_a_secret_needs_a_fresh_sign_in_and_the_form_waits_for_it() {
    let ground = Ground::new().await;
    let mut desk = ground.admin().await;
    ground.house.clock.advance(6 * MINUTE);
    let secrets = format!("/portal/contoso/applications/{}/secrets", vestibule_testing::WEBAPP1);
    let again = desk.post(&secrets, &[("description", "waited"), ("expires", "90")]).await;
    let page = desk.browser.follow(again).await;
    let back = desk.browser.sign_in_at(&page, (ADMIN, PASSWORD), &[]).await.ok();
    let next = back.text.split("url=").nth(1).and_then(|rest| rest.split('"').next()).expect("an address").to_owned();
    let question = desk.get(&next).await.ok();
    assert!(next.starts_with("/portal/-/resume/") && !question.text.contains("CLIENT_SECRET"), "{}", question.text);
    desk.csrf = csrf(&question);
    let shown = desk.post(&next, &[]).await.ok();
    assert!(shown.text.contains("CLIENT_SECRET=") && shown.text.contains("waited"), "{}", shown.text);
    assert_eq!(desk.post(&next, &[]).await.status, 404, "it is used up");
}

#[tokio::test]
async fn row_16_somebody_elses_sign_in_is_no_proof() {
    let ground = Ground::new().await;
    ground.make("other@vestibule.test", Role::Administrator, None).await;
    let mut desk = ground.admin().await;
    ground.house.clock.advance(6 * MINUTE);
    let again = desk.post("/portal/contoso/signing-keys", &[]).await;
    let page = desk.browser.follow(again).await;
    let back = desk.browser.sign_in_at(&page, ("other@vestibule.test", PASSWORD), &[]).await;
    assert!(back.status == 400 && back.text.contains("Somebody else signed in"), "{}", back.text);
}

#[tokio::test]
async fn a_page_that_was_asked_for_is_there_after_the_sign_in() {
    let ground = Ground::new().await;
    ground.make(ADMIN, Role::Administrator, None).await;
    let mut browser = ground.browser();
    let page = browser.get("/portal/contoso/users?q=ann").await;
    let page = browser.follow(page).await;
    let back = browser.sign_in_at(&page, (ADMIN, PASSWORD), &[]).await.ok();
    assert!(back.text.contains("/portal/contoso/users?q=ann"), "{}", back.text);
    assert!(!csrf(&browser.get("/portal/contoso/users?q=ann").await.ok()).is_empty());
}

#[tokio::test]
async fn an_invitation_ends_with_the_right_of_its_maker_and_with_the_first_administrator() {
    let ground = Ground::new().await;
    let (one, two) =
        (ground.portal.first_link(&ground.house.app).await, ground.portal.first_link(&ground.house.app).await);
    let (one, two) = (one.expect("read").expect("a link"), two.expect("read").expect("a link"));
    let mut browser = ground.browser();
    browser.post(&one, &[]).await;
    browser.post(&format!("{one}/account"), &[("email", ADMIN), ("name", "A"), ("password", PASSWORD)]).await;
    assert_eq!(ground.browser().get(&two).await.status, 400, "nobody else is the first");

    let other = ground.make("other@vestibule.test", Role::Administrator, None).await;
    let mut maker = ground.sign_in("other@vestibule.test").await;
    let page = maker.post("/portal/-/administrators", &[("role", "administrator")]).await.ok();
    let link = page.text.split("http://localhost:8400/portal/-/invitations/").nth(1).and_then(|r| r.split('<').next());
    let link = format!("/portal/-/invitations/{}", link.expect("a link"));
    ground.browser().get(&link).await.ok();
    let mut desk = ground.sign_in(ADMIN).await;
    desk.post(&format!("/portal/-/administrators/{other}/remove"), &[]).await;
    assert_eq!(ground.browser().get(&link).await.status, 400);
}

#[tokio::test]
async fn a_role_of_one_tenant_never_becomes_one_of_all() {
    let ground = Ground::new().await;
    let reader = ground.make("reader@vestibule.test", Role::Reader, Some(vestibule_testing::TENANT)).await;
    let mut desk = ground.admin().await;
    let answer = desk.post(&format!("/portal/-/administrators/{reader}/role"), &[("role", "administrator")]).await;
    assert_eq!(answer.status, 422);
    assert_eq!(ground.sign_in("reader@vestibule.test").await.get("/portal/-/administrators").await.status, 404);
}
