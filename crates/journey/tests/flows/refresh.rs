//! Refreshing tokens.

use crate::directory::{Memory, NOW, People as _};
use crate::visit::{Visit, claims, flow};
use serde_json::json;
use vestibule_journey::{Entry, Event, Issued, Policy, Request, Session, Value};

fn signed_in(policy: &Policy, world: &mut Memory) -> Issued {
    let mut visit = Visit::new(policy, world);
    visit.sign_in("ann@contoso.test", "Ann-likes-tea-1");
    visit.token()
}

fn refreshing<'a>(policy: &'a Policy, world: &'a mut Memory, grant: &Issued) -> Visit<'a> {
    let entry = Entry::Refresh { bag: grant.bag.clone(), issued_at: NOW };
    let request = Request { entry, ..Request::default() };
    Visit::asking(policy, world, request, Session::default())
}

#[test]
fn refreshed_tokens_repeat_the_claims_of_the_sign_in() {
    let more = json!({ "claims": ["displayName", "emails", "objectId", "city", "newUser"] });
    for kind in ["sign-up-sign-in", "sign-in"] {
        let policy = flow(kind, more.clone());
        let mut world = Memory::ann_and_bob();
        let grant = signed_in(&policy, &mut world);
        world.set("ann-id", "city", Value::from("Rome"));
        let again = refreshing(&policy, &mut world, &grant).token();
        assert_eq!(claims(&again), claims(&grant));
        assert_eq!((again.subject, again.object_id), (grant.subject, grant.object_id));
    }
}

#[test]
fn what_a_sign_up_and_a_reset_and_a_password_grant_began_refreshes_too() {
    let more = json!({ "claims": ["emails", "newUser"], "email_verification": false });
    let mut world = Memory::ann_and_bob();
    let policy = flow("sign-up", more.clone());
    let mut visit = Visit::new(&policy, &mut world);
    visit.page();
    let both = [("newPassword", "Eve-likes-fog-4"), ("reenterPassword", "Eve-likes-fog-4")];
    visit.submit(&[[("email", "eve@contoso.test")].as_slice(), &both].concat());
    let grant = visit.token();
    let again = refreshing(&policy, &mut world, &grant).token();
    assert_eq!(claims(&again), json!({ "sub": "new-2", "emails": ["eve@contoso.test"], "newUser": true }));

    let policy = flow("password-reset", more.clone());
    let mut visit = Visit::new(&policy, &mut world);
    visit.page();
    visit.prove("ann@contoso.test");
    visit.submit(&[("email", "ann@contoso.test")]);
    visit.page();
    visit.submit(&both);
    let grant = visit.token();
    assert_eq!(claims(&refreshing(&policy, &mut world, &grant).token()), claims(&grant));

    let policy = flow("resource-owner", more);
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let resolvers = [pair("oidc:username", "bob@contoso.test"), pair("oidc:password", "Bob-likes-rain-2")].into();
    let request = Request { resolvers, ..Request::default() };
    let grant = Visit::asking(&policy, &mut world, request, Session::default()).token();
    assert_eq!(claims(&refreshing(&policy, &mut world, &grant).token()), claims(&grant));
    world.set("bob-id", "accountEnabled", Value::Bool(false));
    assert_eq!(refreshing(&policy, &mut world, &grant).failure(Event::Continue).0, 90128);
}

#[test]
fn a_deleted_or_disabled_account_refreshes_no_more() {
    let policy = flow("sign-in", json!({}));
    let mut world = Memory::ann_and_bob();
    let grant = signed_in(&policy, &mut world);
    world.set("ann-id", "accountEnabled", Value::Bool(false));
    assert_eq!(refreshing(&policy, &mut world, &grant).failure(Event::Continue).0, 90128);
    world.users.clear();
    assert_eq!(refreshing(&policy, &mut world, &grant).failure(Event::Continue).0, 90128);
}

#[test]
fn tokens_from_before_a_revocation_refresh_no_more() {
    let policy = flow("sign-in", json!({}));
    let mut world = Memory::ann_and_bob();
    let grant = signed_in(&policy, &mut world);
    world.set("ann-id", "refreshTokensValidFromDateTime", Value::from("2026-01-02T03:04:05Z"));
    refreshing(&policy, &mut world, &grant).token();
    world.set("ann-id", "refreshTokensValidFromDateTime", Value::from("2026-01-02T03:04:15Z"));
    assert_eq!(refreshing(&policy, &mut world, &grant).failure(Event::Continue).0, 90129);
}
