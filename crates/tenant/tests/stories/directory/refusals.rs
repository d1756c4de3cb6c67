//! Rejected sign-ins in the audit log: with source and request, and limited in number so that they cannot fill it.

use super::{GOOD, House, MINUTE, from, house};
use vestibule_store::AuditRecord;
use vestibule_tenant::accounts::{Checked, Visitor};

const ALICE: &str = "alice@example.com";

async fn entries(house: &House, event: &str) -> Vec<AuditRecord> {
    let mut found = house.store.list_audit(&house.tenant.id, None, None, 500).await.expect("read");
    found.retain(|entry| entry.event == event);
    found
}

/// A request from this address.
fn request(ip: [u8; 4]) -> Visitor {
    let (correlation_id, client_id) = (Some("a-request".to_owned()), Some("an-app".to_owned()));
    Visitor { correlation_id, client_id, ..from(ip) }
}

#[tokio::test]
async fn a_wrong_password_is_in_the_audit_log_with_address_request_and_application() {
    let house = house().await;
    let alice = house.alice().await;
    house.check_from(ALICE, "wrong", &request([192, 0, 2, 1])).await;
    let found = entries(&house, "user.signIn").await;
    let [entry] = found.as_slice() else { panic!("one entry: {found:?}") };
    assert_eq!((entry.outcome.as_str(), entry.count), ("wrongPassword", 1));
    assert_eq!(entry.object_id.as_deref(), Some(alice.object_id()));
    assert_eq!(entry.correlation_id.as_deref(), Some("a-request"));
    assert_eq!(entry.client_id.as_deref(), Some("an-app"));
    assert_eq!(entry.detail, r#"{"address":"192.0.2.1"}"#);
}

#[tokio::test]
async fn the_same_failure_is_one_row_a_minute_with_a_count() {
    let house = house().await;
    house.alice().await;
    house.clock.advance(MINUTE - house.clock.now() % MINUTE);
    for n in 0..7 {
        house.check_from(ALICE, &format!("wrong {n}"), &request([192, 0, 2, 1])).await;
        house.clock.advance(1000);
    }
    house.check_from(ALICE, "wrong", &request([192, 0, 2, 2])).await;
    house.clock.advance(MINUTE);
    house.check_from(ALICE, "wrong again", &request([192, 0, 2, 1])).await;
    let counts: Vec<i64> = entries(&house, "user.signIn").await.iter().map(|entry| entry.count).collect();
    assert_eq!(counts, [1, 1, 7], "another minute, another source, the same");
}

#[tokio::test]
async fn guesses_at_names_without_an_account_are_one_row_a_minute_for_each_source() {
    let house = house().await;
    for n in 0..50 {
        house.check_from(&format!("person{n}@example.com"), "Summer2026!", &request([192, 0, 2, 1])).await;
    }
    let found = entries(&house, "user.signIn").await;
    let [entry] = found.as_slice() else { panic!("one entry: {found:?}") };
    assert_eq!((entry.outcome.as_str(), entry.count, &entry.object_id), ("unknownUser", 50, &None));
}

#[tokio::test]
async fn a_lockout_is_in_the_audit_log_once_with_its_end() {
    let house = house().await;
    let alice = house.alice().await;
    for n in 0..14 {
        house.check_from(ALICE, &format!("wrong {n}"), &request([192, 0, 2, 1])).await;
    }
    let found = entries(&house, "user.lockout").await;
    let [entry] = found.as_slice() else { panic!("one entry: {found:?}") };
    assert_eq!(entry.object_id.as_deref(), Some(alice.object_id()));
    assert_eq!(entry.correlation_id.as_deref(), Some("a-request"));
    let until = r#"{"address":"192.0.2.1","knownBrowsers":false,"until":"2026-09-21 14:14:20Z"}"#;
    assert_eq!(entry.detail, until);
    let locked = entries(&house, "user.signIn").await;
    let locked = locked.iter().find(|entry| entry.outcome == "locked").expect("refused while locked");
    assert_eq!(locked.count, 4);
}

#[tokio::test]
async fn every_way_to_be_refused_has_an_outcome_of_its_own() {
    let house = house().await;
    let alice = house.alice().await;
    let made = house.users().give_temporary_password(&house.tenant, alice.object_id()).await.expect("given");
    house.clock.advance(8 * 24 * 60 * MINUTE);
    assert!(matches!(house.check(ALICE, &made.password).await, Checked::Expired));
    house.users().set_password(&house.tenant, alice.object_id(), GOOD, false).await.expect("set");
    house.users().set_enabled(&house.tenant, alice.object_id(), false).await.expect("blocked");
    assert!(matches!(house.check(ALICE, GOOD).await, Checked::Disabled));
    house.check("nobody@example.com", GOOD).await;
    let mut outcomes: Vec<String> = entries(&house, "user.signIn").await.into_iter().map(|e| e.outcome).collect();
    outcomes.sort();
    assert_eq!(outcomes, ["disabled", "passwordExpired", "unknownUser"]);
}
