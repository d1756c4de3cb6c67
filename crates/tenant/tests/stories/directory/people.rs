//! How administrators manage users, and the audit log of it.

use super::{GOOD, House, house, texts};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use vestibule_journey::Value;
use vestibule_tenant::accounts::{Checked, UserError};

/// The audit events about users with their details, oldest first.
async fn audit(house: &House) -> Vec<(String, Json)> {
    let entries = house.store.list_audit(&house.tenant.id, None, None, 100).await.expect("read");
    let told = |detail: &str| serde_json::from_str(detail).expect("JSON");
    entries.iter().rev().map(|entry| (entry.event.clone(), told(&entry.detail))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_read_the_same_version_one_sets_the_password() {
    let house = Arc::new(house().await);
    let alice = house.alice().await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..6 {
        let (house, alice) = (Arc::clone(&house), alice.clone());
        tasks.spawn(async move {
            let password = texts(&[("password", &format!("Teapot-on-Sunday-{n}{n}"))]);
            house.users().change(&house.tenant, alice.object_id(), Some(alice.version()), &password).await
        });
    }
    let answers = tasks.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert!(answers.iter().all(|answer| matches!(answer, Ok(_) | Err(UserError::Stale { .. }))), "{answers:?}");
}

#[tokio::test]
async fn an_administrator_ends_a_lockout() {
    let house = house().await;
    let alice = house.alice().await;
    for n in 0..10 {
        house.check("alice@example.com", &format!("guess {n}")).await;
    }
    assert!(matches!(house.check("alice@example.com", GOOD).await, Checked::Locked));
    house.users().unlock(&house.tenant.id, alice.object_id()).await.expect("unlocked");
    assert!(matches!(house.check("alice@example.com", GOOD).await, Checked::Right(_)));
    assert!(audit(&house).await.contains(&("user.unlock".to_owned(), json!({}))));
}

#[tokio::test]
async fn the_audit_log_names_the_fields_of_a_change_and_shows_no_personal_value() {
    let house = house().await;
    let alice = house.alice().await;
    let mut change = texts(&[("city", "Rome"), ("signInNames.emailAddress", "amelia@example.org")]);
    change.insert("accountEnabled".to_owned(), Value::Bool(false));
    house.users().change(&house.tenant, alice.object_id(), None, &change).await.expect("changed");
    let entries = audit(&house).await;
    let (_, detail) = entries.iter().find(|(event, _)| event == "user.update").expect("an entry");
    let expected = json!([
        { "field": "accountEnabled", "before": true, "after": false },
        { "field": "city" },
        { "field": "signInNames.emailAddress", "before": "A…@example.com", "after": "a…@example.org" },
    ]);
    assert_eq!(detail["fields"], expected);
}

#[tokio::test]
async fn a_change_is_one_entry_with_what_ends_by_it() {
    let house = house().await;
    let alice = house.alice().await;
    let users = house.users();
    users.set_password(&house.tenant, alice.object_id(), "Teapot-on-Sunday-33", true).await.expect("set");
    users.set_enabled(&house.tenant, alice.object_id(), false).await.expect("blocked");
    users.set_enabled(&house.tenant, alice.object_id(), true).await.expect("let in");
    let entries = audit(&house).await;
    let mut events: Vec<&str> = entries.iter().map(|(event, _)| event.as_str()).collect();
    events.sort_unstable();
    assert_eq!(events, ["user.create", "user.revokeSessions", "user.setPassword", "user.update", "user.update"]);
    let (_, detail) = entries.iter().find(|(event, _)| event == "user.setPassword").expect("an entry");
    let flag = json!([{ "field": "forceChangePasswordNextSignIn", "before": false, "after": true }]);
    assert_eq!(detail["fields"], flag);
}
