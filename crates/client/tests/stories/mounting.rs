//! Apps that are not at the root of their host, two sign-ins in one app, and long URLs.

use crate::support::{Log, app, parameter, world};
use axum::Router;
use axum::routing::get;
use http::StatusCode;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use vestibule::testing::{Browser, FakeTenant, Page};
use vestibule::{Auth, User};

/// Sign-in with a tenant where this redirect URI is registered, with these additional settings.
fn auth(tenant: &FakeTenant, redirect_path: &str, more: &[(&str, &str)]) -> Auth {
    let redirect_uri = format!("http://localhost:5000{redirect_path}");
    tenant.register(&redirect_uri);
    let mut settings: BTreeMap<String, String> = tenant.settings();
    settings.insert("REDIRECT_URI".to_owned(), redirect_uri);
    settings.extend(more.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
    Auth::from_map_with_outside(&settings, tenant.outside())
}

/// An app that shows its links.
fn linked_app(auth: &Auth) -> Router {
    let links = |user: Option<User>, auth: Auth| async move {
        let name = user.map_or_else(|| "nobody".to_owned(), |user| user.name());
        format!("{name} {} {} {}", auth.sign_in_url(), auth.sign_in_url_to("/me"), auth.sign_out_url())
    };
    let app = Router::new().route("/", get(links)).route("/me", get(|user: User| async move { user.name() }));
    auth.install(app)
}

/// Goes through a proxy that strips `/app`, and follows all redirects.
async fn through_proxy(browser: &mut Browser, path: &str) -> Page {
    let mut path = path.to_owned();
    for _ in 0..10 {
        let own = path.strip_prefix("/app").expect("the browser stays below /app").to_owned();
        let page = browser.step(&own).await;
        if !page.status.is_redirection() {
            return Page { path, ..page };
        }
        path = browser.resolve(page.location());
    }
    panic!("the redirects do not end at {path}");
}

#[tokio::test]
async fn a_nested_app_signs_in_and_comes_back() {
    let tenant = FakeTenant::new();
    let auth = auth(&tenant, "/app/getAToken", &[]);
    let mut browser = Browser::new(&tenant, Router::new().nest("/app", linked_app(&auth)));
    let page = browser.get("/app/me?tab=2").await;
    assert_eq!((page.path.as_str(), page.body.as_str()), ("/app/me?tab=2", "Ann Lee"));
    let page = browser.get("/app").await;
    assert_eq!(page.body, "Ann Lee /app/auth/sign-in /app/auth/sign-in?return_to=%2Fapp%2Fme /app/auth/sign-out");
    let page = browser.get("/app/auth/sign-out").await;
    assert_eq!((page.path.as_str(), page.body.starts_with("nobody")), ("/app", true));
    assert_eq!(browser.get("/app/auth/sign-in?return_to=/me").await.path, "/app/me");
}

#[tokio::test]
async fn an_app_nested_twice_and_one_with_everything_inside_work_as_well() {
    let tenant = FakeTenant::new();
    let deep = auth(&tenant, "/a/b/getAToken", &[]);
    let router = Router::new().nest("/a", Router::new().nest("/b", linked_app(&deep)));
    assert_eq!(Browser::new(&tenant, router).get("/a/b/me").await.path, "/a/b/me");
    let outer = auth(&tenant, "/getAToken", &[]);
    let inner = Router::new().route("/me", get(|user: User| async move { user.name() }));
    let router = outer.install(Router::new().nest("/app", inner));
    assert_eq!(Browser::new(&tenant, router).get("/app/me").await.path, "/app/me");
}

#[tokio::test]
async fn a_nested_app_whose_redirect_uri_leads_elsewhere_says_so_before_anybody_is_sent_away() {
    let (log, _collecting) = Log::start();
    let tenant = FakeTenant::new();
    let auth = auth(&tenant, "/getAToken", &[]);
    let page = Browser::new(&tenant, Router::new().nest("/app", linked_app(&auth))).step("/app/me").await;
    assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
    let fix = "Set REDIRECT_URI=http://localhost:5000/app/getAToken";
    assert!(page.body.contains(fix) && log.text().contains(fix), "{} {}", page.body, log.text());
}

#[tokio::test]
async fn an_app_behind_a_proxy_that_takes_off_its_path_works_by_a_setting() {
    let tenant = FakeTenant::new();
    let auth = auth(&tenant, "/app/getAToken", &[("VESTIBULE_BASE_PATH", "/app")]);
    let mut browser = Browser::new(&tenant, linked_app(&auth));
    let page = through_proxy(&mut browser, "/app/me?tab=2").await;
    assert_eq!((page.path.as_str(), page.body.as_str()), ("/app/me?tab=2", "Ann Lee"));
    let links = "Ann Lee /app/auth/sign-in /app/auth/sign-in?return_to=%2Fapp%2Fme /app/auth/sign-out";
    assert_eq!(through_proxy(&mut browser, "/app/").await.body, links);
    let page = through_proxy(&mut browser, "/app/auth/sign-out").await;
    assert_eq!((page.path.as_str(), page.body.starts_with("nobody")), ("/app/", true));
    assert_eq!(through_proxy(&mut browser, "/app/auth/sign-in?return_to=/me").await.path, "/app/me");
}

#[tokio::test]
async fn without_the_setting_the_sign_in_ends_well_and_the_log_says_what_to_set() {
    let (log, _collecting) = Log::start();
    let tenant = FakeTenant::new();
    let auth = auth(&tenant, "/app/getAToken", &[]);
    let mut browser = Browser::new(&tenant, linked_app(&auth));
    let page = through_proxy(&mut browser, "/app/me").await;
    assert_eq!((page.path.as_str(), page.body.as_str()), ("/app/me", "Ann Lee"));
    assert!(log.text().contains("Set VESTIBULE_BASE_PATH=/app"), "{}", log.text());
    browser.cookies.clear();
    assert_eq!(browser.step("/getAToken?code=c&state=s").await.status, StatusCode::NOT_FOUND);
    assert!(log.text().contains("where nobody answers"), "{}", log.text());
}

#[tokio::test]
async fn a_redirect_uri_with_folders_is_no_mount() {
    let tenant = FakeTenant::new();
    let auth = auth(&tenant, "/signin/oidc/back", &[]);
    let mut browser = Browser::new(&tenant, linked_app(&auth));
    assert_eq!(browser.get("/me").await.path, "/me");
    assert_eq!(browser.get("/").await.body, "Ann Lee /auth/sign-in /auth/sign-in?return_to=%2Fme /auth/sign-out");
}

#[tokio::test]
async fn two_sign_ins_in_one_app_have_paths_and_sessions_of_their_own() {
    let tenant = FakeTenant::new();
    let customers = auth(&tenant, "/getAToken", &[]);
    let flow = ("SIGNUPSIGNIN_USER_FLOW", "B2C_1_profile_editing");
    let staff = auth(&tenant, "/staff/getAToken", &[("VESTIBULE_AUTH_PATH", "/staff/auth"), flow]);
    let name = |user: User| async move { user.name() };
    let inside = staff.install(Router::new().route("/staff", get(name)));
    let app = customers.install(Router::new().route("/", get(name))).merge(inside);
    let mut browser = Browser::new(&tenant, app);
    assert_eq!(browser.get("/").await.path, "/");
    let begun = browser.step("/staff").await;
    assert!(begun.location().contains("/b2c_1_profile_editing/"), "no session of the other: {}", begun.location());
    assert_eq!(browser.follow(begun).await.path, "/staff");
    assert_eq!(browser.cookies.len(), 2, "{:?}", browser.cookies.keys());
    assert!(browser.step("/staff/auth/sign-out").await.location().contains("/b2c_1_profile_editing/"));
    assert_eq!(browser.step("/").await.status, StatusCode::OK, "the other session goes on");
}

#[test]
fn two_sign_ins_with_the_same_paths_are_refused_at_the_start() {
    let tenant = FakeTenant::new();
    let (first, second) = (auth(&tenant, "/getAToken", &[]), auth(&tenant, "/other/getAToken", &[]));
    let around = catch_unwind(AssertUnwindSafe(|| second.install(first.install(Router::<()>::new()))));
    let beside =
        catch_unwind(AssertUnwindSafe(|| first.install(Router::<()>::new()).merge(second.install(Router::new()))));
    assert!(around.is_err() && beside.is_err());
}

#[tokio::test]
async fn a_long_query_is_come_back_to() {
    let (_, mut browser) = world();
    let path = format!("/orders/7?ids={}", "1,".repeat(900));
    assert_eq!(browser.get(&path).await.path, path);
    assert!(browser.cookies.values().all(|value| value.len() < 4000));
}

#[tokio::test]
async fn a_query_that_is_too_long_to_come_back_to_is_told_and_not_lost() {
    let (tenant, mut browser) = world();
    let path = format!("/orders/7?ids={}", "1,".repeat(2000));
    let page = browser.step(&path).await;
    assert_eq!((page.status, tenant.asked("authorize")), (StatusCode::UNAUTHORIZED, 0));
    assert!(page.body.contains("too long to come back to") && page.body.contains("href=\"\""), "{}", page.body);
    browser.get("/auth/sign-in?return_to=%2F").await;
    assert_eq!(browser.step(&path).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_longest_place_and_the_scopes_fit_into_one_cookie() {
    let tenant = FakeTenant::new();
    let app = app(&tenant.auth());
    let mut browser = Browser::new(&tenant, app);
    browser.get("/me").await;
    tenant.revoke_refresh_tokens();
    let begun = browser.step(&format!("/write?q={}", "x".repeat(1990))).await;
    assert!(parameter(begun.location(), "scope").is_some_and(|scope| scope.contains("tasks.write")));
    let cookie = begun.headers["set-cookie"].to_str().expect("text");
    assert!(cookie.split(';').next().is_some_and(|pair| pair.len() <= 4096), "{} bytes", cookie.len());
}
