//! The time of the credentials that a journey relies on.

use crate::directory::{Memory, NOW, People as _};
use crate::visit::{TENANT, Visit, compiled_chain, custom, flow, settings};
use serde_json::json;
use vestibule_journey::flow::chain;
use vestibule_journey::{Policy, Session, Value};

const MINUTE: i64 = 60_000;
const NEW: [(&str, &str); 2] = [("newPassword", "Bob-likes-mint-9"), ("reenterPassword", "Bob-likes-mint-9")];

/// Ann's session.
fn session(policy: &Policy, world: &mut Memory) -> Session {
    let mut visit = Visit::new(policy, world);
    visit.sign_in("ann@contoso.test", "Ann-likes-tea-1");
    visit.token();
    visit.state.session.kept.clone()
}

/// Verifies Bob's mailbox, up to the page for the new password.
fn bob_proves_his_mailbox(visit: &mut Visit<'_>) {
    visit.page();
    visit.prove("bob@contoso.test");
    visit.submit(&[("email", "bob@contoso.test")]);
    visit.page();
}

#[test]
fn a_password_counts_from_before_its_check_so_that_a_reset_meanwhile_comes_after_it() {
    let policy = flow("sign-in", json!({}));
    let mut world = Memory::ann_and_bob();
    world.slow = MINUTE;
    let mut visit = Visit::new(&policy, &mut world);
    visit.sign_in("ann@contoso.test", "Ann-likes-tea-1");
    assert_eq!(visit.token().signed_in_at, Some(NOW));
    assert_eq!(visit.world.now, NOW + MINUTE);
}

#[test]
fn a_password_counts_for_whom_the_journey_learns_of_only_later() {
    let settings = settings("profile-editing", json!({ "attributes": [{ "name": "displayName" }] }));
    let mut chain = chain(&settings, &custom(), TENANT).expect("the settings are right");
    let by_id = r#"<InputClaim ClaimTypeReferenceId="objectId" Required="true" />"#;
    let by_name = r#"<InputClaim ClaimTypeReferenceId="email" PartnerClaimType="signInNames.emailAddress" />"#;
    let output = r#"<OutputClaim ClaimTypeReferenceId="objectId" />"#;
    let base = &mut chain.iter_mut().find(|source| source.text.contains(by_id)).expect("the base").text;
    for (part, from, to) in [
        ("TechnicalProfile Id=\"SelfAsserted-LocalAccountSignin\"", output, String::new()),
        ("TechnicalProfile Id=\"AAD-UserReadUsingObjectId\"", by_id, by_name.to_owned()),
        ("TechnicalProfile Id=\"AAD-UserReadUsingObjectId\"", "<OutputClaims>", format!("<OutputClaims>{output}")),
        ("UserJourney Id=\"ProfileEdit\"", "<Value>objectId</Value>", "<Value>email</Value>".to_owned()),
    ] {
        let rest = base.split_off(base.find(part).expect("the part"));
        assert!(rest.contains(from), "{part}");
        base.push_str(&rest.replacen(from, &to, 1));
    }
    let policy = compiled_chain(&chain);
    let mut world = Memory::ann_and_bob();
    world.slow = MINUTE;
    let mut visit = Visit::new(&policy, &mut world);
    visit.sign_in("ann@contoso.test", "Ann-likes-tea-1");
    assert_eq!(visit.state.person(&policy), None);
    visit.page();
    assert_eq!(
        (visit.state.person(&policy).as_deref(), visit.state.signed_in_at(&policy)),
        (Some("ann-id"), Some(NOW))
    );
}

#[test]
fn a_session_counts_from_its_own_sign_in_on() {
    let policy = flow("sign-in", json!({}));
    let mut world = Memory::ann_and_bob();
    let session = session(&policy, &mut world);
    let mut visit = Visit::again(&policy, &mut world, session);
    visit.state.session.since = Some(NOW - MINUTE);
    let issued = visit.token();
    assert_eq!((issued.signed_in_at, issued.interactive), (Some(NOW - MINUTE), false));
}

#[test]
fn a_new_password_counts_from_when_it_was_chosen() {
    let policy = flow("password-reset", json!({}));
    let mut world = Memory::ann_and_bob();
    let mut visit = Visit::new(&policy, &mut world);
    bob_proves_his_mailbox(&mut visit);
    assert_eq!(
        (visit.state.person(&policy).as_deref(), visit.state.signed_in_at(&policy)),
        (Some("bob-id"), Some(NOW))
    );
    visit.world.now = NOW + MINUTE;
    visit.submit(&NEW);
    assert_eq!(visit.token().signed_in_at, Some(NOW + MINUTE));
}

#[test]
fn the_session_of_one_says_nothing_of_another_who_proves_a_mailbox_in_the_same_browser() {
    let sign_in = flow("sign-in", json!({}));
    let reset = flow("password-reset", json!({}));
    let mut world = Memory::ann_and_bob();
    let anns = session(&sign_in, &mut world);
    let mut visit = Visit::again(&reset, &mut world, anns);
    visit.state.session.since = Some(NOW - MINUTE);
    bob_proves_his_mailbox(&mut visit);
    assert_eq!((visit.state.person(&reset).as_deref(), visit.state.signed_in_at(&reset)), (Some("bob-id"), Some(NOW)));
}

#[test]
fn whoever_signs_up_counts_from_the_making_of_the_account() {
    let policy = flow("sign-up", json!({}));
    let mut world = Memory::ann_and_bob();
    let mut visit = Visit::new(&policy, &mut world);
    visit.page();
    visit.prove("eve@contoso.test");
    visit.world.now = NOW + MINUTE;
    let more =
        [("email", "eve@contoso.test"), ("newPassword", "Eve-likes-ice-3"), ("reenterPassword", "Eve-likes-ice-3")];
    visit.submit(&more);
    assert_eq!(visit.token().signed_in_at, Some(NOW + MINUTE));
}

#[test]
fn a_clock_that_is_a_little_ahead_elsewhere_does_not_keep_anybody_out() {
    let policy = flow("sign-in", json!({}));
    let mut world = Memory::ann_and_bob();
    for (ended, counts) in [("2026-01-02T03:06:05Z", NOW + 2 * MINUTE), ("2026-01-02T03:16:05Z", NOW)] {
        world.set("ann-id", "refreshTokensValidFromDateTime", Value::from(ended));
        let mut visit = Visit::new(&policy, &mut world);
        visit.sign_in("ann@contoso.test", "Ann-likes-tea-1");
        assert_eq!(visit.token().signed_in_at, Some(counts), "{ended}");
    }
}
