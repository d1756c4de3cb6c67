//! Editing a profile.

use crate::directory::{Memory, People as _};
use crate::visit::{Visit, claims, field, fields, flow};
use serde_json::json;
use vestibule_journey::{Event, PageKind, Value};

fn editing() -> vestibule_journey::Policy {
    let attributes = json!([{ "name": "displayName", "required": true }, { "name": "city" }, { "name": "Age" }]);
    let more = json!({ "attributes": attributes, "claims": ["displayName", "city", "extension_Age", "givenName"] });
    flow("profile-editing", more)
}

#[test]
fn after_signing_in_the_form_is_filled_and_tokens_carry_what_was_changed() {
    let policy = editing();
    let mut world = Memory::ann_and_bob();
    world.set("ann-id", "extension_Age", Value::Int(41));
    let mut visit = Visit::new(&policy, &mut world);
    let page = visit.page();
    assert_eq!((page.kind, page.sign_up), (PageKind::Unified, false));
    visit.submit(&[("email", "ann@contoso.test"), ("password", "Ann-likes-tea-1")]);
    let page = visit.page();
    assert_eq!(page.content_definition, "api.selfasserted.profileupdate");
    assert_eq!(fields(&page), ["displayName", "city", "extension_Age"]);
    let value = |id| field(&page, id).value.clone().unwrap_or_default();
    assert_eq!(
        (value("displayName"), value("city"), value("extension_Age")),
        ("Ann Example".into(), "Bonn".into(), "41".into())
    );
    visit.submit(&[("displayName", "Ann E."), ("city", "Rome"), ("extension_Age", "42"), ("givenName", "Eve")]);
    let expected =
        json!({ "sub": "ann-id", "name": "Ann E.", "city": "Rome", "extension_Age": 42, "given_name": "Ann" });
    assert_eq!(claims(&visit.token()), expected);
    assert_eq!(world.by_id("ann-id")["city"], Value::from("Rome"));
    assert_eq!(world.by_id("ann-id")["givenName"], Value::from("Ann"));
}

#[test]
fn a_session_leads_straight_to_the_form_and_cancelling_changes_nothing() {
    let policy = editing();
    let sign_in = flow("sign-up-sign-in", json!({}));
    let mut world = Memory::ann_and_bob();
    let mut visit = Visit::new(&sign_in, &mut world);
    visit.sign_in("ann@contoso.test", "Ann-likes-tea-1");
    visit.token();
    let session = visit.state.session.kept.clone();
    let mut visit = Visit::again(&policy, &mut world, session);
    assert_eq!(fields(&visit.page()), ["displayName", "city", "extension_Age"]);
    assert_eq!(visit.failure(Event::Cancel), (90091, "access_denied"));
    assert_eq!(world.by_id("ann-id")["city"], Value::from("Bonn"));
}

#[test]
fn an_emptied_field_clears_the_attribute() {
    let policy = editing();
    let mut world = Memory::ann_and_bob();
    world.set("ann-id", "extension_Age", Value::Int(41));
    let mut visit = Visit::new(&policy, &mut world);
    visit.sign_in("ann@contoso.test", "Ann-likes-tea-1");
    visit.page();
    visit.submit(&[("displayName", "Ann"), ("city", ""), ("extension_Age", "")]);
    assert_eq!(claims(&visit.token()), json!({ "sub": "ann-id", "name": "Ann", "given_name": "Ann" }));
    assert_eq!(world.by_id("ann-id").get("city"), None);
    assert_eq!(world.by_id("ann-id").get("extension_Age"), None);
}

#[test]
fn a_whole_number_has_32_bits() {
    let policy = editing();
    let mut world = Memory::ann_and_bob();
    world.set("ann-id", "extension_Age", Value::Int(41));
    let mut visit = Visit::new(&policy, &mut world);
    visit.sign_in("ann@contoso.test", "Ann-likes-tea-1");
    visit.page();
    for typed in ["99999999999", "2147483648", "-2147483649", "4.5", "four"] {
        let notice = visit.refused(&[("displayName", "Ann"), ("extension_Age", typed)]);
        assert_eq!(notice.claim.as_deref(), Some("extension_Age"), "{typed}");
    }
    assert_eq!(world.by_id("ann-id")["extension_Age"], Value::Int(41));
}
