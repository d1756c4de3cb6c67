//! Forgotten passwords, and passwords that must be changed.

use crate::directory::{Memory, People as _};
use crate::visit::{Visit, claims, fields, flow};
use serde_json::json;
use vestibule_journey::{Event, PageKind, Value};

const NEW: [(&str, &str); 2] = [("newPassword", "Ann-likes-mint-9"), ("reenterPassword", "Ann-likes-mint-9")];

#[test]
fn a_forgotten_password_is_reset_within_the_sign_in() {
    let policy = flow("sign-up-sign-in", json!({ "claims": ["displayName", "objectId"] }));
    let mut world = Memory::ann_and_bob();
    let mut visit = Visit::new(&policy, &mut world);
    visit.page();
    visit.choose("ForgotPassword");
    let page = visit.page();
    assert_eq!(page.content_definition, "api.localaccountpasswordreset");
    assert_eq!(fields(&page), ["emailVerificationControl"]);
    visit.prove("ann@contoso.test");
    visit.submit(&[("email", "ann@contoso.test")]);
    assert_eq!(fields(&visit.page()), ["newPassword", "reenterPassword"]);
    visit.submit(&NEW);
    let issued = visit.token();
    assert!(issued.interactive);
    let expected = json!({ "sub": "ann-id", "oid": "ann-id", "name": "Ann Example", "isForgotPassword": true });
    assert_eq!(claims(&issued), expected);
    let session = visit.state.session.kept.clone();
    let again = Visit::again(&policy, &mut world, session).token();
    assert_eq!(claims(&again), json!({ "sub": "ann-id", "oid": "ann-id", "name": "Ann Example" }));
    let mut visit = Visit::new(&policy, &mut world);
    visit.page();
    visit.refused(&[("email", "ann@contoso.test"), ("password", "Ann-likes-tea-1")]);
    visit.submit(&[("email", "ann@contoso.test"), ("password", "Ann-likes-mint-9")]);
    visit.token();
}

#[test]
fn the_reset_flow_sets_a_password_and_signs_in() {
    let policy = flow("password-reset", json!({ "claims": ["emails"] }));
    let mut world = Memory::ann_and_bob();
    let mut visit = Visit::new(&policy, &mut world);
    visit.page();
    visit.prove("ann@contoso.test");
    visit.submit(&[("email", "ann@contoso.test")]);
    visit.page();
    visit.submit(&NEW);
    assert_eq!(claims(&visit.token()), json!({ "sub": "ann-id", "emails": ["ann@contoso.test"] }));
    assert_eq!(world.password("ann-id"), "Ann-likes-mint-9");
}

#[test]
fn a_reset_asks_in_spite_of_a_session_and_the_session_becomes_that_of_who_reset() {
    let sign_in = flow("sign-in", json!({}));
    let reset = flow("password-reset", json!({}));
    let mut world = Memory::ann_and_bob();
    let mut visit = Visit::new(&sign_in, &mut world);
    visit.sign_in("bob@contoso.test", "Bob-likes-rain-2");
    visit.token();
    let session = visit.state.session.kept.clone();
    let mut visit = Visit::again(&reset, &mut world, session);
    assert_eq!(fields(&visit.page()), ["emailVerificationControl"]);
    visit.prove("ann@contoso.test");
    visit.submit(&[("email", "ann@contoso.test")]);
    assert_eq!(fields(&visit.page()), ["newPassword", "reenterPassword"]);
    visit.submit(&NEW);
    assert_eq!(visit.token().subject.as_deref(), Some("ann-id"));
    let session = visit.state.session.kept.clone();
    assert_eq!(Visit::again(&sign_in, &mut world, session).token().subject.as_deref(), Some("ann-id"));
    assert_eq!(world.password("bob-id"), "Bob-likes-rain-2");
}

#[test]
fn ones_own_session_does_not_stand_in_for_the_proof() {
    let policy = flow("password-reset", json!({}));
    let sign_in = flow("sign-in", json!({}));
    let mut world = Memory::ann_and_bob();
    let mut visit = Visit::new(&sign_in, &mut world);
    visit.sign_in("ann@contoso.test", "Ann-likes-tea-1");
    visit.token();
    let session = visit.state.session.kept.clone();
    let mut visit = Visit::again(&policy, &mut world, session);
    visit.page();
    visit.refused(&[("email", "ann@contoso.test")]);
    visit.prove("ann@contoso.test");
    visit.submit(&[("email", "ann@contoso.test")]);
    visit.page();
    visit.submit(&NEW);
    assert!(visit.token().interactive);
    assert_eq!(world.password("ann-id"), "Ann-likes-mint-9");
}

#[test]
fn that_there_is_no_account_is_told_only_to_the_mailbox() {
    let policy = flow("password-reset", json!({}));
    let mut world = Memory::ann_and_bob();
    let mut visit = Visit::new(&policy, &mut world);
    visit.page();
    assert_eq!(visit.send_code("ann@contoso.test"), visit.send_code("eve@contoso.test"));
    assert_eq!(visit.refused(&[("email", "eve@contoso.test")]).id, "UserMessageIfClaimNotVerified");
    visit.prove("eve@contoso.test");
    assert_eq!(visit.refused(&[("email", "eve@contoso.test")]).id, "UserMessageIfClaimsPrincipalDoesNotExist");
}

#[test]
fn an_address_that_was_proven_opens_no_other_account() {
    let policy = flow("password-reset", json!({}));
    let mut world = Memory::ann_and_bob();
    let mut visit = Visit::new(&policy, &mut world);
    visit.page();
    visit.prove("bob@contoso.test");
    visit.event(Event::Submit(crate::visit::form(&[("email", "ann@contoso.test")])));
    if let vestibule_journey::Outcome::Page(page) = visit.event(Event::Continue)
        && fields(&page) == ["newPassword", "reenterPassword"]
    {
        visit.submit(&NEW);
    }
    assert_eq!(world.password("ann-id"), "Ann-likes-tea-1");
}

#[test]
fn a_disabled_account_cannot_be_reset() {
    let policy = flow("password-reset", json!({}));
    let mut world = Memory::ann_and_bob();
    world.set("ann-id", "accountEnabled", Value::Bool(false));
    let mut visit = Visit::new(&policy, &mut world);
    visit.page();
    visit.prove("ann@contoso.test");
    let notice = visit.refused(&[("email", "ann@contoso.test")]);
    assert_eq!(notice.id, "UserMessageIfClaimsTransformationBooleanValueIsNotEqual");
}

#[test]
fn by_user_name_a_reset_needs_the_address_of_the_account() {
    let policy = flow("password-reset", json!({ "sign_in_with": "username" }));
    let address = [("strongAuthenticationEmailAddress", "Cleo@contoso.test")];
    let mut world = Memory::with(&[
        ("cleo", "cleo-id", "Cleo-likes-sun-3", &address),
        ("dora", "dora-id", "Dora-likes-ice-5", &[]),
        ("fred", "fred-id", "Fred-likes-fog-7", &address),
    ]);
    world.set("fred-id", "accountEnabled", Value::Bool(false));
    let mut visit = Visit::new(&policy, &mut world);
    assert_eq!(fields(&visit.page()), ["UserId", "emailVerificationControl"]);
    visit.prove("eve@contoso.test");
    let mut refused = |name| visit.refused(&[("UserId", name), ("email", "eve@contoso.test")]);
    let unknown = refused("eve");
    assert_eq!(unknown.text.as_deref(), Some("We can't seem to find your account."));
    for known in ["cleo", "dora", "fred"] {
        assert_eq!(refused(known), unknown, "another address, none, disabled");
    }
    let mut visit = Visit::new(&policy, &mut world);
    visit.page();
    visit.prove("cleo@contoso.test");
    visit.submit(&[("UserId", "Cleo"), ("email", "cleo@contoso.test")]);
    visit.page();
    visit.submit(&NEW);
    assert_eq!(visit.token().subject.as_deref(), Some("cleo-id"));
    assert_eq!(world.password("cleo-id"), "Ann-likes-mint-9");
}

#[test]
fn a_password_that_must_be_changed_is_changed_after_the_right_old_one() {
    let policy = flow("sign-in", json!({ "claims": ["displayName"] }));
    let mut world = Memory::ann_and_bob();
    world.set("ann-id", "forceChangePasswordNextSignIn", Value::Bool(true));
    let mut visit = Visit::new(&policy, &mut world);
    visit.page();
    visit.refused(&[("email", "ann@contoso.test"), ("password", "wrong")]);
    visit.submit(&[("email", "ann@contoso.test"), ("password", "Ann-likes-tea-1")]);
    let page = visit.page();
    assert_eq!(page.content_definition, "api.localaccountpasswordchange");
    assert_eq!(fields(&page), ["newPassword", "reenterPassword"]);
    visit.submit(&NEW);
    assert_eq!(claims(&visit.token()), json!({ "sub": "ann-id", "name": "Ann Example" }));
    assert_eq!(world.by_id("ann-id")["forceChangePasswordNextSignIn"], Value::Bool(false));
    let mut visit = Visit::new(&policy, &mut world);
    visit.sign_in("ann@contoso.test", "Ann-likes-mint-9");
    visit.token();
}

#[test]
fn who_cancels_a_forced_change_is_not_signed_in_and_keeps_the_old_password() {
    let policy = flow("sign-in", json!({}));
    let mut world = Memory::ann_and_bob();
    world.set("ann-id", "forceChangePasswordNextSignIn", Value::Bool(true));
    let mut visit = Visit::new(&policy, &mut world);
    visit.sign_in("ann@contoso.test", "Ann-likes-tea-1");
    visit.page();
    assert_eq!(visit.failure(Event::Cancel), (90091, "access_denied"));
    assert_eq!(world.password("ann-id"), "Ann-likes-tea-1");
    assert_eq!(world.by_id("ann-id")["forceChangePasswordNextSignIn"], Value::Bool(true));
}

#[test]
fn where_it_may_not_be_changed_it_is_refused() {
    let policy = flow("sign-in", json!({ "forced_password_reset": false }));
    let mut world = Memory::ann_and_bob();
    world.set("ann-id", "forceChangePasswordNextSignIn", Value::Bool(true));
    let mut visit = Visit::new(&policy, &mut world);
    visit.page();
    let notice = visit.refused(&[("email", "ann@contoso.test"), ("password", "Ann-likes-tea-1")]);
    assert_eq!(notice.id, "UserMessageIfPasswordExpired");
    assert_eq!(visit.page().kind, PageKind::Unified);
}

#[test]
fn a_reset_also_does_what_a_forced_change_asks_for() {
    let policy = flow("sign-in", json!({}));
    let mut world = Memory::ann_and_bob();
    world.set("ann-id", "forceChangePasswordNextSignIn", Value::Bool(true));
    let mut visit = Visit::new(&policy, &mut world);
    visit.page();
    visit.choose("ForgotPassword");
    visit.page();
    visit.prove("ann@contoso.test");
    visit.submit(&[("email", "ann@contoso.test")]);
    visit.page();
    visit.submit(&NEW);
    visit.token();
    assert_eq!(world.by_id("ann-id")["forceChangePasswordNextSignIn"], Value::Bool(false));
}
