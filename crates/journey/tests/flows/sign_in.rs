//! Signing in.

use crate::directory::{Memory, People as _};
use crate::visit::{Visit, claims, field, fields, flow};
use serde_json::json;
use vestibule_journey::{Event, Forgot, InputType, PageKind, Request, Session, Value};

const ALL: [&str; 7] = ["displayName", "emails", "givenName", "surname", "objectId", "newUser", "identityProvider"];

#[test]
fn the_first_page_asks_for_address_and_password_and_links_to_the_rest() {
    let policy = flow("sign-up-sign-in", json!({ "claims": ALL }));
    let mut world = Memory::ann_and_bob();
    let mut visit = Visit::new(&policy, &mut world);
    let page = visit.page();
    assert_eq!((page.kind, page.content_definition.as_str()), (PageKind::Unified, "api.signuporsignin"));
    assert_eq!(fields(&page), ["email", "password"]);
    assert_eq!(field(&page, "email").input, InputType::EmailBox);
    assert!(page.sign_up && !page.keep_signed_in && page.choices.is_empty());
    assert_eq!(page.forgot, Some(Forgot::Exchange("ForgotPassword".to_owned())));
}

#[test]
fn who_knows_the_password_gets_the_claims_that_the_flow_returns() {
    let policy = flow("sign-up-sign-in", json!({ "claims": ALL }));
    let mut world = Memory::ann_and_bob();
    let mut visit = Visit::new(&policy, &mut world);
    visit.page();
    visit.submit(&[("email", "Ann@contoso.test"), ("password", "Ann-likes-tea-1")]);
    let issued = visit.token();
    assert!(issued.interactive);
    assert_eq!((issued.subject.as_deref(), issued.object_id.as_deref()), (Some("ann-id"), Some("ann-id")));
    let expected = json!({
        "sub": "ann-id", "oid": "ann-id", "name": "Ann Example", "given_name": "Ann", "family_name": "Example",
        "emails": ["ann@contoso.test"],
    });
    assert_eq!(claims(&issued), expected);
    assert!(!serde_json::to_string(&issued.bag).expect("a bag").contains("Ann-likes"), "no password is kept");
}

#[test]
fn a_wrong_password_and_an_unknown_address_are_told_alike() {
    let policy = flow("sign-in", json!({}));
    let mut world = Memory::ann_and_bob();
    let mut visit = Visit::new(&policy, &mut world);
    visit.page();
    let wrong = visit.refused(&[("email", "ann@contoso.test"), ("password", "Ann-likes-tea-2")]);
    let unknown = visit.refused(&[("email", "eve@contoso.test"), ("password", "Ann-likes-tea-2")]);
    assert_eq!(wrong, unknown);
    assert_eq!(wrong.id, "UserMessageIfInvalidPassword");
    assert_eq!(visit.page().items.len(), 2, "the page stays");
}

#[test]
fn a_disabled_account_cannot_sign_in() {
    let policy = flow("sign-in", json!({}));
    let mut world = Memory::ann_and_bob();
    world.set("ann-id", "accountEnabled", Value::Bool(false));
    let mut visit = Visit::new(&policy, &mut world);
    visit.page();
    let notice = visit.refused(&[("email", "ann@contoso.test"), ("password", "Ann-likes-tea-1")]);
    assert_eq!(notice.id, "UserMessageIfUserAccountDisabled");
}

#[test]
fn the_session_of_a_disabled_or_deleted_account_signs_nobody_in_and_another_person_can() {
    let policy = flow("sign-up-sign-in", json!({}));
    let mut world = Memory::ann_and_bob();
    let mut visit = Visit::new(&policy, &mut world);
    visit.sign_in("ann@contoso.test", "Ann-likes-tea-1");
    visit.token();
    let session = visit.state.session.kept.clone();
    world.set("ann-id", "accountEnabled", Value::Bool(false));
    assert_eq!(Visit::again(&policy, &mut world, session.clone()).page().kind, PageKind::Unified);
    world.users.remove(0);
    let mut visit = Visit::again(&policy, &mut world, session);
    visit.sign_in("bob@contoso.test", "Bob-likes-rain-2");
    let issued = visit.token();
    assert_eq!((issued.subject.as_deref(), issued.interactive), (Some("bob-id"), true));
}

#[test]
fn a_session_signs_in_without_a_page_in_every_flow_of_the_tenant_unless_asked_afresh() {
    let policy = flow("sign-up-sign-in", json!({ "claims": ALL }));
    let mut world = Memory::ann_and_bob();
    let mut visit = Visit::new(&policy, &mut world);
    visit.sign_in("ann@contoso.test", "Ann-likes-tea-1");
    visit.token();
    let session = visit.state.session.kept.clone();
    for kind in ["sign-up-sign-in", "sign-in"] {
        let policy = flow(kind, json!({ "claims": ALL }));
        let mut visit = Visit::again(&policy, &mut world, session.clone());
        let issued = visit.token();
        assert!(!issued.interactive);
        assert_eq!(claims(&issued)["name"], "Ann Example");
    }
    let fresh = Request { fresh_login: true, ..Request::default() };
    let mut visit = Visit::asking(&policy, &mut world, fresh, session);
    assert_eq!(fields(&visit.page()), ["email", "password"]);
    visit.submit(&[("email", "bob@contoso.test"), ("password", "Bob-likes-rain-2")]);
    assert_eq!(visit.token().subject.as_deref(), Some("bob-id"));
    let session = visit.state.session.kept.clone();
    assert_eq!(Visit::again(&policy, &mut world, session).token().subject.as_deref(), Some("bob-id"));
}

#[test]
fn a_sign_in_flow_has_no_way_to_sign_up() {
    let policy = flow("sign-in", json!({}));
    let mut world = Memory::ann_and_bob();
    let mut visit = Visit::new(&policy, &mut world);
    assert!(!visit.page().sign_up);
    visit.sign_up_link();
    assert_eq!(visit.page().kind, PageKind::Unified);
    visit.choose("SignUpExchange");
    assert_eq!(visit.page().kind, PageKind::Unified);
}

#[test]
fn the_hint_of_the_application_is_filled_in() {
    let policy = flow("sign-in", json!({}));
    let mut world = Memory::ann_and_bob();
    let resolvers = [("oidc:loginhint".to_owned(), "ann@contoso.test".to_owned())].into();
    let request = Request { resolvers, ..Request::default() };
    let mut visit = Visit::asking(&policy, &mut world, request, Session::default());
    assert_eq!(field(&visit.page(), "email").value.as_deref(), Some("ann@contoso.test"));
}

#[test]
fn cancelling_and_the_older_forgot_link_end_at_the_application() {
    let policy = flow("sign-up-sign-in", json!({ "self_service_reset": false }));
    let mut world = Memory::ann_and_bob();
    let mut visit = Visit::new(&policy, &mut world);
    let page = visit.page();
    assert_eq!((page.forgot, page.choices.len()), (Some(Forgot::Legacy), 0));
    visit.choose("ForgotPassword");
    assert_eq!(visit.page().kind, PageKind::Unified, "there is no reset inside");
    assert_eq!(visit.failure(Event::ForgotPassword), (90118, "access_denied"));
    let mut visit = Visit::new(&policy, &mut world);
    visit.page();
    visit.sign_up_link();
    visit.page();
    assert_eq!(visit.failure(Event::Cancel), (90091, "access_denied"));
}

#[test]
fn user_names_sign_in_where_the_flow_says_so() {
    let policy = flow("sign-in", json!({ "sign_in_with": "username", "claims": ["displayName", "emails"] }));
    let mails = [("displayName", "Cleo")];
    let mut world = Memory::with(&[("cleo", "cleo-id", "Cleo-likes-sun-3", &mails)]);
    world.set("cleo-id", "otherMails", Value::List(vec!["cleo@contoso.test".to_owned()]));
    let mut visit = Visit::new(&policy, &mut world);
    assert_eq!(fields(&visit.page()), ["UserId", "password"]);
    visit.submit(&[("UserId", "Cleo"), ("password", "Cleo-likes-sun-3")]);
    let expected = json!({ "sub": "cleo-id", "name": "Cleo", "emails": ["cleo@contoso.test"] });
    assert_eq!(claims(&visit.token()), expected);
}

#[test]
fn the_resource_owner_flow_answers_without_a_page() {
    let policy = flow("resource-owner", json!({ "claims": ["displayName", "objectId"] }));
    assert!(policy.relying_party.resource_owner);
    let mut world = Memory::ann_and_bob();
    let ask = |name: &str, password: &str, world: &mut Memory| {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let resolvers = [pair("oidc:username", name), pair("oidc:password", password)].into();
        let request = Request { resolvers, ..Request::default() };
        let mut visit = Visit::asking(&policy, world, request, Session::default());
        match visit.event(Event::Continue) {
            vestibule_journey::Outcome::Token(issued) => Ok(claims(&issued)),
            vestibule_journey::Outcome::Failed { code, error, .. } => Err((code, error)),
            other => panic!("{other:?}"),
        }
    };
    let expected = json!({ "sub": "ann-id", "oid": "ann-id", "name": "Ann Example" });
    assert_eq!(ask("ann@contoso.test", "Ann-likes-tea-1", &mut world), Ok(expected));
    let wrong = Err((90225, "access_denied"));
    assert_eq!(ask("ann@contoso.test", "wrong", &mut world), wrong);
    assert_eq!(ask("eve@contoso.test", "wrong", &mut world), wrong);
    world.set("ann-id", "forceChangePasswordNextSignIn", Value::Bool(true));
    assert!(ask("ann@contoso.test", "Ann-likes-tea-1", &mut world).is_err(), "it must be changed first");
}
