//! Cookies and caching: responses that a shared cache may store, and responses for one user.

use crate::support::{app, world};
use axum::Router;
use axum::routing::get;
use http::header::{CACHE_CONTROL, SET_COOKIE, VARY};
use vestibule::User;
use vestibule::testing::{Browser, FakeTenant, Page};

const FOREVER: &str = "public, max-age=31536000";

/// An app with a public style sheet, a page that caches may store although it asks for the user, and a page for one
/// user.
fn cached_app(tenant: &FakeTenant) -> Browser {
    let app = Router::new()
        .route("/app.css", get(|| async { ([(CACHE_CONTROL, FOREVER)], "body {}") }))
        .route("/news", get(|_: Option<User>| async { ([(CACHE_CONTROL, FOREVER)], "news") }))
        .route("/me", get(|user: User| async move { user.name() }))
        .route("/again", get(|user: User| async move { ([(CACHE_CONTROL, "no-cache")], user.name()) }));
    Browser::new(tenant, tenant.auth().install(app))
}

fn header<'a>(page: &'a Page, name: &http::HeaderName) -> Option<&'a str> {
    page.headers.get(name).map(|value| value.to_str().expect("text"))
}

#[tokio::test]
async fn a_file_that_anybody_may_keep_neither_renews_a_session_nor_carries_its_cookie() {
    let tenant = FakeTenant::new();
    let mut browser = cached_app(&tenant);
    browser.get("/me").await;
    tenant.wait(3601);
    let page = browser.step("/app.css").await;
    assert_eq!((header(&page, &SET_COOKIE), header(&page, &VARY)), (None, None));
    assert_eq!(header(&page, &CACHE_CONTROL), Some(FOREVER));
    assert_eq!(tenant.asked("token"), 1, "the provider is not asked for the sake of a style sheet");
    assert!(header(&browser.step("/me").await, &SET_COOKIE).is_some(), "the page that asks renews");
}

#[tokio::test]
async fn a_page_that_caches_may_keep_carries_no_cookie_though_the_app_asked_who_is_there() {
    let tenant = FakeTenant::new();
    let mut browser = cached_app(&tenant);
    browser.get("/me").await;
    tenant.wait(3601);
    let page = browser.step("/news").await;
    assert_eq!((header(&page, &SET_COOKIE), header(&page, &VARY)), (None, Some("Cookie")));
    assert_eq!(tenant.asked("token"), 2, "it is renewed");
    assert!(header(&browser.step("/me").await, &SET_COOKIE).is_some(), "the next page brings the new cookie");
    assert_eq!(tenant.asked("token"), 2, "and renews nothing again");
}

#[tokio::test]
async fn a_cookie_that_cannot_be_read_is_not_dropped_by_an_answer_that_caches_keep() {
    let tenant = FakeTenant::new();
    let mut browser = cached_app(&tenant);
    browser.get("/me").await;
    browser.cookies.values_mut().for_each(|value| "1.AAAA".clone_into(value));
    for path in ["/app.css", "/news"] {
        assert_eq!(header(&browser.step(path).await, &SET_COOKIE), None, "{path}");
    }
}

#[tokio::test]
async fn a_page_for_one_person_says_so_to_every_cache() {
    let tenant = FakeTenant::new();
    let mut browser = cached_app(&tenant);
    let page = browser.get("/me").await;
    assert_eq!((header(&page, &CACHE_CONTROL), header(&page, &VARY)), (Some("private, no-store"), Some("Cookie")));
    let page = browser.get("/again").await;
    let all: Vec<_> = page.headers.get_all(CACHE_CONTROL).iter().collect();
    assert_eq!(all, ["no-cache", "private"]);
}

#[tokio::test]
async fn every_answer_of_the_sign_in_itself_is_kept_by_nobody() {
    let (tenant, mut browser) = world();
    for path in ["/me", "/auth/sign-in", "/auth/edit-profile", "/getAToken", "/auth/sign-out"] {
        let page = browser.step(path).await;
        assert_eq!(header(&page, &CACHE_CONTROL), Some("no-store"), "{path}");
    }
    tenant.go_down();
    let page = Browser::new(&tenant, app(&tenant.auth())).step("/me").await;
    assert_eq!(header(&page, &CACHE_CONTROL), Some("no-store"));
}
