//! The log: sign-ins and sign-outs, and why they fail.

use crate::support::{Log, world};
use serde_json::json;
use vestibule::testing::Person;

fn with_groups(count: usize) -> Person {
    let groups: Vec<String> = (0..count).map(|n| format!("{n:08x}-64b7-4d9d-8f3c-0f9b2a3ce5a3")).collect();
    Person::new("Ann Lee").with("groups", json!(groups))
}

#[tokio::test]
async fn a_sign_in_and_a_sign_out_have_a_line_each() {
    let (log, _collecting) = Log::start();
    let (_, mut browser) = world();
    browser.get("/me").await;
    let text = log.text();
    assert!(text.contains("a person signed in object_id=\"oid-"), "{text}");
    assert!(!text.contains("Ann") && !text.contains("ann.lee"), "an id, no name: {text}");
    browser.get("/auth/sign-out").await;
    assert!(log.text().contains("a person signed out object_id=\"oid-"), "{}", log.text());
}

#[tokio::test]
async fn a_session_that_proxies_may_not_let_through_is_told_once_by_numbers() {
    let (log, _collecting) = Log::start();
    let (tenant, mut browser) = world();
    tenant.sit_down(with_groups(40));
    assert_eq!(browser.get("/me").await.body, "Ann Lee ann.lee@example.com");
    let text = log.text();
    assert!(text.contains("bytes of cookies") && text.contains("proxy_buffer_size 16k"), "{text}");
    assert!(text.contains("groups (1561 bytes)"), "{text}");
    browser.get("/auth/sign-in").await;
    assert_eq!(log.text().matches("bytes of cookies").count(), 1);
}

#[tokio::test]
async fn a_session_that_does_not_fit_into_cookies_is_told_by_numbers_to_person_and_log() {
    let (log, _collecting) = Log::start();
    let (tenant, mut browser) = world();
    tenant.sit_down(with_groups(150));
    let page = browser.get("/me").await;
    let numbers = "bytes, and cookies hold 10800 of them";
    assert!(page.body.contains(numbers), "{}", page.body);
    assert!(log.text().contains(numbers) && log.text().contains("groups (5851 bytes)"), "{}", log.text());
}

#[tokio::test]
async fn a_small_session_is_no_reason_to_warn() {
    let (log, _collecting) = Log::start();
    let (_, mut browser) = world();
    browser.get("/me").await;
    assert!(!log.text().contains("WARN"), "{}", log.text());
}
