//! Settings: valid ones of every kind; invalid ones, all reported at once, as a page and as an error.

use crate::support::app;
use http::StatusCode;
use std::collections::BTreeMap;
use vestibule::testing::{Browser, FakeTenant};
use vestibule::{Auth, Settings};

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

const APP: [(&str, &str); 2] = [("CLIENT_ID", "id"), ("CLIENT_SECRET", "secret")];

fn problems(pairs: &[(&str, &str)]) -> Vec<String> {
    let settings = Settings::from_map(&map(&[&APP[..], pairs].concat()));
    settings.err().map(|e| e.problems.iter().map(|p| format!("{} {}", p.key, p.wrong)).collect()).unwrap_or_default()
}

#[tokio::test]
async fn a_page_says_all_that_is_wrong_at_once_and_repeats_no_value() {
    let settings = map(&[
        ("B2C_TENANT_NAME", "<tenant name>"),
        ("CLIENT_SECERT", "hush"),
        ("CLIENT_ID", "6731de76"),
        ("REDIRECT_URI", "http://app.contoso.com/"),
        ("SCOPE", "öffnen"),
    ]);
    let tenant = FakeTenant::new();
    let page = Browser::new(&tenant, app(&Auth::from_map(&settings))).step("/").await;
    assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!page.body.contains("hush"));
    insta::assert_snapshot!("configuration", without_style(&page.body));
}

/// The page without its style sheet.
fn without_style(html: &str) -> String {
    let (before, rest) = html.split_once("<style>").expect("a style sheet");
    let (_, after) = rest.split_once("</style>").expect("its end");
    format!("{before}{after}").replace("<li>", "\n<li>")
}

#[tokio::test]
async fn error_pages_are_plain_and_safe() {
    let (tenant, mut browser) = crate::support::world();
    tenant.next_page_ends_in(90205);
    let refused = browser.get("/orders/1?a=%22%3E").await;
    insta::assert_snapshot!("refused", without_style(&refused.body));
    tenant.go_down();
    browser.cookies.clear();
    let mut fresh = Browser::new(&tenant, app(&tenant.auth()));
    insta::assert_snapshot!("unavailable", without_style(&fresh.step("/me").await.body));
}

#[tokio::test]
async fn pages_that_come_before_a_sign_in_are_plain_too() {
    let (_, mut browser) = crate::support::world();
    let kept = browser.post("/me?draft=1", &[("note", "<b>\"x\"</b>")]).await;
    insta::assert_snapshot!("form_kept", without_style(&kept.body));
    let upload = http::Request::post("/me").header("sec-fetch-mode", "navigate");
    let lost = browser.send(upload.header("content-type", "multipart/form-data; boundary=x")).await;
    insta::assert_snapshot!("form_not_kept", without_style(&lost.body));
    let long = browser.step(&format!("/me?{}", "x".repeat(2001))).await;
    insta::assert_snapshot!("long_address", without_style(&long.body));
    let question = http::Request::get("/auth/sign-out").header("sec-fetch-site", "cross-site");
    insta::assert_snapshot!("sign_out_question", without_style(&browser.send(question).await.body));
}

#[test]
fn strict_reading_refuses_what_the_page_would_tell() {
    let error = Auth::try_from_map(&map(&[])).expect_err("nothing is set");
    let keys: Vec<&str> = error.problems.iter().map(|p| p.key.as_str()).collect();
    assert_eq!(keys, ["B2C_TENANT_NAME", "CLIENT_ID", "CLIENT_SECRET"]);
}

#[test]
fn every_kind_of_provider_can_be_named() {
    let flow = ("SIGNUPSIGNIN_USER_FLOW", "B2C_1_susi");
    let good: [&[(&str, &str)]; 9] = [
        &[("B2C_TENANT_NAME", "contoso"), flow],
        &[("B2C_TENANT_NAME", "contoso.onmicrosoft.com"), flow],
        &[("B2C_TENANT_NAME", "contoso"), ("B2C_TENANT_URL", "http://localhost:8400"), flow],
        &[("B2C_TENANT_URL", "https://login.contoso.com/775527ff-9a37-4307-8b3d-cc311f58d925"), flow],
        &[("AUTHORITY", "https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_susi")],
        &[("AUTHORITY", "https://login.microsoftonline.com/common")],
        &[("AUTHORITY", "https://contoso.ciamlogin.com")],
        &[("OIDC_AUTHORITY", "https://accounts.example.com/realms/a/")],
        &[("OIDC_AUTHORITY", "http://127.0.0.1:8080/.well-known/openid-configuration")],
    ];
    for pairs in good {
        assert_eq!(problems(pairs), Vec::<String>::new(), "{pairs:?}");
    }
}

#[test]
fn contradictions_and_odd_values_are_named() {
    let flow = ("SIGNUPSIGNIN_USER_FLOW", "B2C_1_susi");
    let bad: [(&[(&str, &str)], &str); 9] = [
        (&[("B2C_TENANT_NAME", "contoso")], "SIGNUPSIGNIN_USER_FLOW is missing"),
        (
            &[("B2C_TENANT_NAME", "contoso"), flow, ("AUTHORITY", "https://a.test/b")],
            "AUTHORITY contradicts B2C_TENANT_NAME: both say who signs people in",
        ),
        (
            &[("OIDC_AUTHORITY", "https://a.test"), flow],
            "SIGNUPSIGNIN_USER_FLOW is for Azure AD B2C, and OIDC_AUTHORITY names a provider without user flows",
        ),
        (&[("OIDC_AUTHORITY", "http://a.test")], "OIDC_AUTHORITY is no https address"),
        (&[("AUTHORITY", "https://contoso.b2clogin.com/contoso.onmicrosoft.com")], "AUTHORITY names no user flow"),
        (&[("AUTHORITY", "https://login.microsoftonline.com")], "AUTHORITY names no tenant"),
        (&[("B2C_TENANT_NAME", "https://contoso.com"), flow], "B2C_TENANT_NAME is no tenant name"),
        (
            &[("OIDC_AUTHORITY", "https://a.test"), ("REDIRECT_URI", "https://app.test/")],
            "REDIRECT_URI needs a path of its own, without a query or fragment",
        ),
        (&[("OIDC_AUTHORITY", "https://a.test"), ("ENDPOINT", "ftp://a")], "ENDPOINT is no http or https URL"),
    ];
    for (pairs, problem) in bad {
        assert_eq!(problems(pairs), [problem], "{pairs:?}");
    }
}

#[test]
fn scopes_are_read_as_the_article_writes_them() {
    let scope = |text: &str| {
        let pairs = [&APP[..], &[("OIDC_AUTHORITY", "https://a.test"), ("SCOPE", text)]].concat();
        Settings::from_map(&map(&pairs)).expect("settings").scope().to_vec()
    };
    let both = ["https://c.test/api/read", "https://c.test/api/write"];
    assert_eq!(scope("https://c.test/api/read https://c.test/api/write"), both);
    assert_eq!(scope("https://c.test/api/read,https://c.test/api/write"), both);
    assert_eq!(scope(r#"["https://c.test/api/read", https://c.test/api/write"]"#), both);
    assert_eq!(scope(""), [""; 0]);
}
