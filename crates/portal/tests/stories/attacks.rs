//! The attacks of docs/portal.md, by the number of their row.

use crate::ground::{ADMIN, Desk, Ground};
use http::Method;
use vestibule_portal::routes::{Access, ROUTES, Route};
use vestibule_tenant::manage::Role;
use vestibule_testing::{Browser, SECURE, TENANT, WEBAPP1};

const READER: &str = "reader@vestibule.test";

/// The address of a route, with objects of the demo's tenant.
fn address(route: &Route) -> String {
    let ids = [("{tenant}", "contoso"), ("{app}", WEBAPP1), ("{flow}", "B2C_1_signupsignin1")];
    let known = ids.iter().fold(route.path.to_owned(), |path, (name, value)| path.replace(name, value));
    known.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect::<Vec<_>>().join("/")
}

fn guarded() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().filter(|route| route.access != Access::Anyone)
}

async fn reader(ground: &Ground) -> Desk {
    ground.make(ADMIN, Role::Administrator, None).await;
    ground.make(READER, Role::Reader, None).await;
    ground.sign_in(READER).await
}

#[tokio::test]
async fn row_1_no_route_answers_without_a_session() {
    let ground = Ground::new().await;
    for route in guarded() {
        let (mut browser, address) = (ground.browser(), address(route));
        let answer =
            if route.method == Method::GET { browser.get(&address).await } else { browser.post(&address, &[]).await };
        let location = answer.location().unwrap_or_default();
        assert!(answer.status == 303 && location.starts_with("/_admin/B2C_1_portal/"), "{route:?}: {}", answer.status);
    }
}

#[tokio::test]
async fn row_1_programs_get_401() {
    let ground = Ground::new().await;
    let request = ground.browser().request(Method::GET, "/portal/contoso/users").header("accept", "application/json");
    let answer = ground.browser().send(request.body(axum::body::Body::empty()).expect("a request")).await;
    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn row_2_a_reader_changes_nothing_and_the_attempt_is_in_the_audit_log() {
    let ground = Ground::new().await;
    let mut desk = reader(&ground).await;
    for route in guarded().filter(|route| route.access == Access::Administrator) {
        let address = address(route);
        let answer =
            if route.method == Method::GET { desk.get(&address).await } else { desk.post(&address, &[]).await };
        assert_eq!(answer.status, 403, "{route:?}");
    }
    assert!(ground.house.audit().await.contains(&("portal.change".to_owned(), "forbidden".to_owned())));
}

#[tokio::test]
async fn row_2_a_reader_sees_pages_without_forms_that_change() {
    let ground = Ground::new().await;
    let mut desk = reader(&ground).await;
    let app = format!("/portal/contoso/applications/{WEBAPP1}");
    for page in [
        "/portal/contoso".to_owned(),
        "/portal/contoso/applications".to_owned(),
        app.clone(),
        format!("{app}/authentication"),
        format!("{app}/secrets"),
        format!("{app}/permissions"),
        format!("{app}/expose"),
        "/portal/contoso/user-flows/B2C_1_signupsignin1".to_owned(),
        "/portal/contoso/attributes".to_owned(),
        "/portal/-/administrators".to_owned(),
        "/portal/-/tenants".to_owned(),
    ] {
        let text = desk.get(&page).await.ok().text;
        assert_eq!(text.matches("method=\"post\"").count(), 1, "only the sign-out: {page}");
    }
}

#[tokio::test]
async fn rows_3_and_13_a_users_session_of_a_tenant_opens_nothing() {
    let ground = Ground::new().await;
    let mut browser = ground.browser();
    browser.sign_in(&vestibule_testing::authorize(), vestibule_testing::ANN).await;
    assert!(browser.cookies.keys().any(|name| name.contains("sso")));
    assert_eq!(browser.get("/portal/contoso").await.status, 303);
}

#[tokio::test]
async fn rows_4_and_5_another_tenants_administrator_finds_nothing() {
    let ground = Ground::new().await;
    let mut all = ground.admin().await;
    all.post("/portal/-/tenants", &[("name", "fabrikam")]).await;
    let other = ground.house.app.registry().tenant("fabrikam").await.expect("read").expect("a tenant").id.clone();
    ground.make("other@vestibule.test", Role::Administrator, Some(&other)).await;
    let mut desk = ground.sign_in("other@vestibule.test").await;
    desk.get("/portal/fabrikam").await.ok();
    let missing = desk.get("/portal/nothing/applications").await;
    for route in guarded().filter(|route| route.path.contains("{tenant}") || route.path.contains("administrators")) {
        let address = address(route);
        let answer =
            if route.method == Method::GET { desk.get(&address).await } else { desk.post(&address, &[]).await };
        assert_eq!((answer.status, missing.status.as_u16()), (http::StatusCode::NOT_FOUND, 404), "{route:?}");
    }
    let foreign = desk.get(&format!("/portal/fabrikam/applications/{WEBAPP1}")).await;
    assert_eq!(foreign.status, 404, "an id of another tenant");
}

#[tokio::test]
async fn row_6_a_form_from_elsewhere_changes_nothing() {
    let ground = Ground::new().await;
    let mut desk = ground.admin().await;
    let path = "/portal/contoso/attributes";
    let (csrf, form) = (desk.csrf.clone(), [("name", "Planted"), ("data_type", "Int")]);
    assert_eq!(desk.browser.post(path, &form).await.status, 403, "no value");
    assert_eq!(desk.browser.post(path, &[form.as_slice(), &[("csrf", "x")]].concat()).await.status, 403, "another's");
    let body = vestibule_testing::encode([("csrf", csrf.as_str()), ("name", "Planted"), ("data_type", "Int")]);
    for (name, value) in [("origin", "null"), ("origin", "https://evil.test"), ("sec-fetch-site", "cross-site")] {
        let request = desk.browser.request(Method::POST, path).header(name, value);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = desk.browser.send(request.body(body.clone().into()).expect("a request")).await;
        assert_eq!(answer.status, 403, "{name}: {value}");
    }
    let request = desk.browser.request(Method::POST, path).header("content-type", "text/plain");
    assert_eq!(desk.browser.send(request.body(body.into()).expect("a request")).await.status, 403);
    assert!(!desk.get(path).await.text.contains("Planted"));
}

#[tokio::test]
async fn row_7_a_route_takes_its_methods_only() {
    let ground = Ground::new().await;
    let mut desk = ground.admin().await;
    assert_eq!(desk.get(&format!("/portal/contoso/applications/{WEBAPP1}/consent")).await.status, 405);
    assert_eq!(desk.post("/portal/contoso/audit", &[]).await.status, 405);
    let request = desk.browser.request(Method::DELETE, "/portal/contoso/users");
    assert_eq!(desk.browser.send(request.body(axum::body::Body::empty()).expect("a request")).await.status, 405);
}

#[tokio::test]
async fn rows_8_17_and_50_every_page_is_uncached_unframed_and_loads_only_its_own_files() {
    let ground = Ground::new().await;
    let mut desk = ground.admin().await;
    for route in guarded().filter(|route| route.method == Method::GET) {
        let answer = desk.get(&address(route)).await;
        let policy = answer.header("content-security-policy").unwrap_or_default();
        if answer.status != 303 {
            assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"), "{route:?}");
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{route:?}");
        }
    }
}

#[tokio::test]
async fn row_11_the_last_administrator_stays() {
    let ground = Ground::new().await;
    let id = ground.make(ADMIN, Role::Administrator, None).await;
    ground.make(READER, Role::Reader, None).await;
    let mut desk = ground.sign_in(ADMIN).await;
    for (act, form) in [("remove", &[][..]), ("role", &[("role", "reader")][..])] {
        let answer = desk.post(&format!("/portal/-/administrators/{id}/{act}"), form).await;
        assert!(answer.status == 422 && answer.text.contains("last Administrator"), "{act}: {}", answer.text);
    }
    desk.get("/portal/-/administrators").await.ok();
}

#[tokio::test]
async fn row_17_a_secret_is_in_no_log_of_changes() {
    let ground = Ground::new().await;
    let mut desk = ground.admin().await;
    let secrets = format!("/portal/contoso/applications/{WEBAPP1}/secrets");
    let shown = desk.post(&secrets, &[("description", "s1"), ("expires", "90")]).await.ok();
    let value = shown.text.split("CLIENT_SECRET=").nth(1).and_then(|r| r.split_whitespace().next()).expect("it");
    let audit = desk.get("/portal/contoso/audit").await.ok();
    assert!(audit.text.contains("application.update") && !audit.text.contains(value));
}

#[tokio::test]
async fn row_19_what_people_typed_is_text_on_every_page() {
    let ground = Ground::new().await;
    let mut desk = ground.admin().await;
    let script = "\"><script>alert(1)</script>";
    let name = [("name", script), ("platform", "web"), ("redirect_uri", script)];
    let answers = [
        desk.post("/portal/contoso/applications/new", &name).await,
        desk.post("/portal/contoso/attributes", &[("name", script), ("data_type", "Int"), ("description", script)])
            .await,
        desk.get(&format!("/portal/contoso/users?q={}", "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E")).await,
        desk.get(&format!("/portal/contoso/audit?actor={}", "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E")).await,
    ];
    for answer in answers {
        assert!(!answer.text.contains("<script>alert"), "{}", answer.text);
    }
}

#[tokio::test]
async fn row_22_addresses_that_run_code_are_refused() {
    let ground = Ground::new().await;
    let mut desk = ground.admin().await;
    let page = format!("/portal/contoso/applications/{WEBAPP1}/authentication");
    let action = format!("/portal/contoso/applications/{WEBAPP1}/redirect-uris");
    for uri in ["javascript:alert(1)", "data:text/html,x", "https://a.test/#x", "https://*.a.test/cb", "app:/cb"] {
        let answer = desk.submit(&page, &action, &[("platform", "web"), ("redirect_uri", uri)]).await;
        assert_eq!(answer.status, 422, "{uri}");
    }
}

#[tokio::test]
async fn rows_29_and_30_no_search_and_no_cursor_breaks_a_list() {
    let ground = Ground::new().await;
    let mut desk = ground.admin().await;
    let long = "x".repeat(3000);
    for text in ["%25", "_", "'", "%22", "%E2%80%AE", "(a%2B)%2B%24", long.as_str()] {
        desk.get(&format!("/portal/contoso/users?q={text}")).await.ok();
        desk.get(&format!("/portal/contoso/users?after={text}")).await.ok();
        desk.get(&format!("/portal/contoso/applications?q={text}&after={text}")).await.ok();
        desk.get(&format!("/portal/contoso/audit?before={text}&user={text}")).await.ok();
    }
}

#[tokio::test]
async fn row_32_of_two_who_save_one_object_the_second_is_told() {
    let ground = Ground::new().await;
    let mut desk = ground.admin().await;
    let action = format!("/portal/contoso/applications/{WEBAPP1}/name");
    let old = [("name", "first"), ("version", "1")];
    assert_eq!(desk.post(&action, &old).await.status, 303);
    let late = desk.post(&action, &[("name", "second"), ("version", "1")]).await;
    assert!(late.status == 409 && late.text.contains("Somebody else changed this"), "{}", late.text);
}

#[tokio::test]
async fn row_38_the_portal_answers_at_its_own_origin_only() {
    let ground = Ground::new().await;
    let router = vestibule_portal::router(ground.house.app.clone(), Some(ground.portal.clone()));
    let mut elsewhere = Browser::new(router, SECURE);
    for path in ["/portal", "/portal/contoso", "/_admin/B2C_1_portal/v2.0/.well-known/openid-configuration"] {
        assert_eq!(elsewhere.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn row_39_names_of_the_servers_own_paths_are_refused() {
    let ground = Ground::new().await;
    let mut desk = ground.admin().await;
    for name in ["portal", "graph", "_dev", "_admin", "a.b", "a/b", "..", "%2e%2e", "static"] {
        let answer = desk.post("/portal/-/tenants", &[("name", name), ("domain", "x.test")]).await;
        assert_eq!(answer.status, 422, "{name}");
    }
}

#[tokio::test]
async fn row_41_a_rotation_that_is_clicked_again_changes_nothing() {
    let ground = Ground::new().await;
    let mut desk = ground.admin().await;
    let path = "/portal/contoso/signing-keys";
    assert_eq!(desk.post(path, &[]).await.status, 303);
    let count = ground.house.store().list_signing_keys(TENANT).await.expect("keys").len();
    for _ in 0..9 {
        assert_eq!(desk.post(path, &[]).await.status, 422);
    }
    assert_eq!(ground.house.store().list_signing_keys(TENANT).await.expect("keys").len(), count);
}

#[tokio::test]
async fn row_42_what_is_built_in_is_nobodys_to_change() {
    let ground = Ground::new().await;
    let mut desk = ground.admin().await;
    for path in ["/portal/_admin", "/portal/_admin/applications", "/portal/_admin/user-flows/B2C_1_portal"] {
        assert_eq!(desk.get(path).await.status, 404, "{path}");
    }
    assert!(!desk.get("/portal/-/tenants").await.text.contains("_admin"));
}

#[tokio::test]
async fn row_53_a_form_without_end_is_refused() {
    let ground = Ground::new().await;
    let mut desk = ground.admin().await;
    let fields: Vec<(String, String)> = (0..200).map(|n| (format!("f{n}"), "x".to_owned())).collect();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(desk.post("/portal/contoso/attributes", &fields).await.status, 400);
}

#[test]
fn row_54_no_route_changes_anything_by_get() {
    let changes = ["remove", "delete", "enabled", "consent", "password", "sign-out"];
    for route in ROUTES.iter().filter(|route| route.method == Method::GET) {
        let end = route.path.rsplit('/').next().expect("a part");
        // Pages that ask before a deletion have the address of the deletion.
        let asks = ROUTES.iter().any(|other| other.path == route.path && other.method == Method::POST);
        assert!(!changes.contains(&end) || asks, "{route:?}");
    }
}

#[test]
fn rows_20_24_47_51_and_52_what_is_not_offered_has_no_route() {
    for word in ["import", "export", "providers", "connectors", "impersonate", "branding", "templates", "languages"] {
        assert!(!ROUTES.iter().any(|route| route.path.contains(word)), "{word} has a route: test its rows");
    }
}

#[tokio::test]
async fn row_12_no_attribute_gives_a_role() {
    let ground = Ground::new().await;
    let mut desk = ground.admin().await;
    for name in ["role", "administrator", "portalRole"] {
        desk.post("/portal/contoso/attributes", &[("name", name), ("data_type", "String")]).await;
    }
    let form = [("sign_in_name", "eve@contoso.test"), ("role", "administrator"), ("extension_role", "administrator")];
    desk.post("/portal/contoso/users/new", &form).await.ok();
    let list = desk.get("/portal/-/administrators").await.ok();
    assert!(!list.text.contains("eve@contoso.test"));
}

#[tokio::test]
async fn row_15_no_page_makes_a_first_administrator() {
    let ground = Ground::new().await;
    for route in ROUTES.iter().filter(|route| route.access == Access::Anyone) {
        let address = address(route);
        let answer = if route.method == Method::GET {
            ground.browser().get(&address).await
        } else {
            ground.browser().post(&address, &[("email", ADMIN), ("password", "Correct-horse-battery-9")]).await
        };
        assert!(answer.status == 400 || route.path.ends_with("sign-out"), "{route:?}: {}", answer.status);
    }
    assert!(ground.portal.first_link(&ground.house.app).await.expect("read").is_some(), "still nobody");
}

#[tokio::test]
async fn row_21_the_page_after_the_sign_in_is_of_the_portal() {
    let ground = Ground::new().await;
    ground.make(ADMIN, Role::Administrator, None).await;
    for path in ["/portal/x?next=https://evil.test", "/portal//evil.test", "/portal/..//evil.test"] {
        let mut browser = ground.browser();
        let page = browser.get(path).await;
        if page.status == 303 {
            let page = browser.follow(page).await;
            let back = browser.sign_in_at(&page, (ADMIN, crate::ground::PASSWORD), &[]).await;
            let next = back.text.split("url=").nth(1).and_then(|rest| rest.split('"').next()).expect("an address");
            assert!(next.starts_with("/portal"), "{path}: {next}");
        }
    }
}

#[tokio::test]
async fn row_33_what_was_deleted_cannot_be_saved() {
    let ground = Ground::new().await;
    let mut desk = ground.admin().await;
    let app = format!("/portal/contoso/applications/{WEBAPP1}");
    let gone = desk.post(&format!("{app}/delete"), &[("typed", "webapp1")]).await;
    assert_eq!(gone.status, 303, "{}", gone.text);
    assert_eq!(desk.post(&format!("{app}/name"), &[("name", "late"), ("version", "1")]).await.status, 409);
    assert_eq!(desk.get(&app).await.status, 404);
}

#[tokio::test]
async fn row_34_a_form_that_is_sent_twice_has_one_effect() {
    let ground = Ground::new().await;
    let mut desk = ground.admin().await;
    let form = [("name", "twice"), ("platform", "web"), ("consent", "true")];
    assert_eq!(desk.post("/portal/contoso/applications/new", &form).await.status, 303);
    let again = desk.post("/portal/contoso/applications/new", &form).await;
    assert!(again.status == 422 && again.text.contains("another application named"), "{}", again.text);
}

#[tokio::test]
async fn row_35_links_name_the_configured_origin() {
    let ground = Ground::new().await;
    let mut desk = ground.admin().await;
    let csrf = desk.csrf.clone();
    let request =
        desk.browser.request(Method::POST, "/portal/-/administrators").header("x-forwarded-host", "evil.test");
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let body = vestibule_testing::encode([("csrf", csrf.as_str()), ("role", "reader")]);
    let shown = desk.browser.send(request.body(body.into()).expect("a request")).await.ok();
    assert!(shown.text.contains("http://localhost:8400/portal/-/invitations/") && !shown.text.contains("evil.test"));
}

#[tokio::test]
async fn row_36_an_unknown_administrator_and_a_wrong_password_look_alike() {
    let ground = Ground::new().await;
    ground.make(ADMIN, Role::Administrator, None).await;
    let mut said = Vec::new();
    for name in [ADMIN, "nobody@vestibule.test"] {
        let mut browser = ground.browser();
        let page = browser.get("/portal").await;
        let page = browser.follow(page).await;
        let refused = browser.sign_in_at(&page, (name, "Wrong-password-here-1"), &[]).await;
        let error = refused.text.split("class=\"error pageLevel\"").nth(1).and_then(|r| r.split("</p>").next());
        said.push(error.expect("an error").to_owned());
    }
    assert_eq!(said[0], said[1]);
}

#[tokio::test]
async fn row_37_wrong_passwords_lock_an_administrator_out() {
    let ground = Ground::new().await;
    ground.make(ADMIN, Role::Administrator, None).await;
    let mut browser = ground.browser();
    let page = browser.get("/portal").await;
    let mut page = browser.follow(page).await;
    for n in 0..11 {
        page = browser.sign_in_at(&page, (ADMIN, &format!("Wrong-password-{n}-x")), &[]).await;
    }
    let locked = browser.sign_in_at(&page, (ADMIN, crate::ground::PASSWORD), &[]).await;
    assert!(locked.is_page("Unified"), "the right password is refused too: {}", locked.text);
}

#[tokio::test]
async fn row_40_an_application_that_is_disabled_stops_at_once() {
    let ground = Ground::new().await;
    let mut desk = ground.admin().await;
    let mut user = ground.browser();
    let page = user.get(&vestibule_testing::authorize().path()).await.ok();
    let app = format!("/portal/contoso/applications/{WEBAPP1}");
    desk.submit(&app, &format!("{app}/enabled"), &[("enabled", "false")]).await;
    let end = user.sign_in_at(&page, vestibule_testing::ANN, &[]).await;
    assert!(end.location().is_none() && end.status == 400, "{}", end.text);
}

#[test]
fn row_44_no_route_changes_the_audit_log() {
    assert!(!ROUTES.iter().any(|route| route.path.contains("audit") && route.method != Method::GET));
}

#[test]
fn every_row_of_the_document_names_tests_that_exist() {
    let sources = ["article", "attacks", "people", "sign_in"]
        .map(|name| std::fs::read_to_string(format!("tests/stories/{name}.rs")).expect("a source"))
        .join("");
    let document = std::fs::read_to_string("../../docs/portal.md").expect("the document");
    let rows: Vec<&str> =
        document.lines().filter(|l| l.split('|').nth(1).is_some_and(|n| n.trim().parse::<u8>().is_ok())).collect();
    assert_eq!(rows.len(), 56);
    for row in rows.iter().filter(|row| !row.contains("(browser stories)")) {
        let tests = row.rsplit('|').nth(1).expect("a cell");
        for name in tests.split('`').skip(1).step_by(2) {
            assert!(sources.contains(&format!("fn {name}()")), "there is no test {name}");
        }
    }
}

#[test]
fn row_17_the_log_has_no_secret_of_an_invitation() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let ground = Ground::new().await;
        let link = ground.portal.first_link(&ground.house.app).await.expect("read").expect("a link");
        let path = link.trim_start_matches("http://localhost:8400");
        let logged = vestibule_server::router::Face::logged(&*ground.portal, path);
        assert_eq!(logged, "/portal/-/invitations/…");
    });
}
