//! Signing up.

use crate::directory::{Memory, People as _};
use crate::visit::{Visit, claims, control, field, fields, flow, is_proven};
use serde_json::json;
use vestibule_journey::{InputType, Policy, Request, Session, Value};

const ASKED: [&str; 3] = ["displayName", "givenName", "surname"];

fn asked() -> serde_json::Value {
    json!(ASKED.map(|name| json!({ "name": name, "required": name == "displayName" })))
}

#[test]
fn who_signs_up_is_asked_for_what_the_flow_says() {
    let more = json!({ "attributes": asked(), "claims": ["displayName", "emails", "newUser", "givenName"] });
    let policy = flow("sign-up-sign-in", more);
    let mut world = Memory::ann_and_bob();
    let mut visit = Visit::new(&policy, &mut world);
    visit.page();
    visit.sign_up_link();
    let page = visit.page();
    assert_eq!(page.content_definition, "api.localaccountsignup");
    let order = ["emailVerificationControl", "newPassword", "reenterPassword", "displayName", "givenName", "surname"];
    assert_eq!(fields(&page), order);
    assert_eq!(
        (control(&page).address.id.as_str(), control(&page).code.id.as_str()),
        ("email", "emailVerificationCode")
    );
    assert!(field(&page, "displayName").required && !field(&page, "givenName").required);
    assert!(page.show_cancel && page.show_continue);
}

#[test]
fn who_proves_an_address_gets_an_account_tokens_and_a_session() {
    let more = json!({ "attributes": asked(), "claims": ["displayName", "emails", "newUser", "givenName"] });
    let policy = flow("sign-up-sign-in", more);
    let mut world = Memory::ann_and_bob();
    let mut visit = Visit::new(&policy, &mut world);
    visit.page();
    visit.sign_up_link();
    visit.page();
    visit.prove("eve@contoso.test");
    assert!(is_proven(&visit.page()));
    visit.submit(&[
        ("email", "eve@contoso.test"),
        ("newPassword", "Eve-likes-fog-4"),
        ("reenterPassword", "Eve-likes-fog-4"),
        ("displayName", "Eve Example"),
        ("givenName", ""),
        ("surname", ""),
    ]);
    let issued = visit.token();
    let expected = json!({ "sub": "new-2", "name": "Eve Example", "emails": ["eve@contoso.test"], "newUser": true });
    assert_eq!(claims(&issued), expected);
    let session = visit.state.session.kept.clone();
    let issued = Visit::again(&policy, &mut world, session).token();
    assert_eq!(claims(&issued), json!({ "sub": "new-2", "name": "Eve Example", "emails": ["eve@contoso.test"] }));
    let mut visit = Visit::new(&policy, &mut world);
    visit.sign_in("eve@contoso.test", "Eve-likes-fog-4");
    assert_eq!(visit.token().subject.as_deref(), Some("new-2"));
}

#[test]
fn without_a_proven_address_there_is_no_account() {
    let policy = flow("sign-up", json!({}));
    let mut world = Memory::ann_and_bob();
    let mut visit = Visit::new(&policy, &mut world);
    visit.page();
    let values =
        [("email", "eve@contoso.test"), ("newPassword", "Eve-likes-fog-4"), ("reenterPassword", "Eve-likes-fog-4")];
    assert_eq!(visit.refused(&values).id, "UserMessageIfClaimNotVerified");
    visit.prove("dan@contoso.test");
    visit.refused(&values);
    assert_eq!(world.users.len(), 2);
}

#[test]
fn that_there_is_an_account_is_told_only_to_its_mailbox() {
    let policy = flow("sign-up", json!({}));
    let mut world = Memory::ann_and_bob();
    let mut visit = Visit::new(&policy, &mut world);
    visit.page();
    let known = visit.send_code("ann@contoso.test");
    assert_eq!(known, visit.send_code("eve@contoso.test"));
    let values =
        [("email", "ann@contoso.test"), ("newPassword", "Eve-likes-fog-4"), ("reenterPassword", "Eve-likes-fog-4")];
    assert_eq!(visit.refused(&values).id, "UserMessageIfClaimNotVerified");
    visit.prove("ann@contoso.test");
    assert_eq!(visit.refused(&values).id, "UserMessageIfClaimsPrincipalAlreadyExists");
    assert_eq!(world.password("ann-id"), "Ann-likes-tea-1");
}

#[test]
fn an_attribute_that_is_not_asked_for_is_not_taken() {
    let policy = flow("sign-up", json!({ "attributes": asked(), "claims": ["displayName", "city", "jobTitle"] }));
    let mut world = Memory::default();
    let mut visit = Visit::new(&policy, &mut world);
    visit.page();
    visit.prove("eve@contoso.test");
    visit.submit(&[
        ("email", "eve@contoso.test"),
        ("newPassword", "Eve-likes-fog-4"),
        ("reenterPassword", "Eve-likes-fog-4"),
        ("displayName", "Eve"),
        ("city", "Rome"),
        ("objectId", "ann-id"),
        ("newUser", "false"),
    ]);
    assert_eq!(claims(&visit.token()), json!({ "sub": "new-0", "name": "Eve" }));
    assert_eq!(world.users[0].get("city"), None);
}

#[test]
fn verification_can_be_switched_off() {
    let policy = flow("sign-up", json!({ "email_verification": false }));
    let mut world = Memory::ann_and_bob();
    let mut visit = Visit::new(&policy, &mut world);
    assert_eq!(fields(&visit.page()), ["email", "newPassword", "reenterPassword"]);
    let with = |email| [("email", email), ("newPassword", "Eve-likes-fog-4"), ("reenterPassword", "Eve-likes-fog-4")];
    assert_eq!(visit.refused(&with("ann@contoso.test")).id, "UserMessageIfClaimsPrincipalAlreadyExists");
    visit.submit(&with("eve@contoso.test"));
    assert_eq!(visit.token().subject.as_deref(), Some("new-2"));
    assert!(world.mails.is_empty());
}

#[test]
fn a_user_name_comes_with_a_proven_address_for_resets() {
    let policy = flow("sign-up", json!({ "sign_in_with": "username", "claims": ["emails"] }));
    let mut world = Memory::with(&[("cleo", "cleo-id", "Cleo-likes-sun-3", &[])]);
    let mut visit = Visit::new(&policy, &mut world);
    let page = visit.page();
    assert_eq!(fields(&page), ["UserId", "emailVerificationControl", "newPassword", "reenterPassword"]);
    visit.prove("eve@contoso.test");
    let with = |name| {
        [
            ("UserId", name),
            ("email", "eve@contoso.test"),
            ("newPassword", "Eve-likes-fog-4"),
            ("reenterPassword", "Eve-likes-fog-4"),
        ]
    };
    assert_eq!(visit.refused(&with("-eve")).claim.as_deref(), Some("UserId"));
    assert_eq!(visit.refused(&with("CLEO")).id, "UserMessageIfClaimsPrincipalAlreadyExists");
    visit.submit(&with("eve"));
    assert_eq!(claims(&visit.token()), json!({ "sub": "new-1", "emails": ["eve@contoso.test"] }));
    assert_eq!(world.users[1]["strongAuthenticationEmailAddress"], Value::from("eve@contoso.test"));
    assert_eq!(world.users[1]["signInNames.userName"], Value::from("eve"));
}

/// A sign-up that collects an attribute of every type.
fn every_type() -> Policy {
    let attributes = json!([
        { "name": "displayName", "label": "What shall we call you?", "required": true },
        { "name": "country", "input": "DropdownSingleSelect", "options": ["Chile", "Peru & more"] },
        { "name": "extension_Team", "input": "CheckboxMultiSelect", "options": ["red", "blue", "green"] },
        { "name": "Age" },
        { "name": "extension_Member", "label": "Are you a member?" },
        { "name": "jobTitle", "input": "DateTimeDropdown" },
    ]);
    let returned = ["country", "extension_Team", "extension_Age", "extension_Member", "jobTitle"];
    flow("sign-up", json!({ "attributes": attributes, "claims": returned }))
}

#[test]
fn attributes_of_every_type_are_asked_for_as_set() {
    let policy = every_type();
    let mut world = Memory::default();
    let mut visit = Visit::new(&policy, &mut world);
    let page = visit.page();
    let shown: Vec<(&str, &str, InputType)> = ["displayName", "country", "extension_Team", "extension_Age"]
        .into_iter()
        .chain(["extension_Member", "jobTitle"])
        .map(|id| field(&page, id))
        .map(|field| (field.id.as_str(), field.label.as_str(), field.input))
        .collect();
    let expected = [
        ("displayName", "What shall we call you?", InputType::TextBox),
        ("country", "Country/Region", InputType::DropdownSingleSelect),
        ("extension_Team", "Team", InputType::CheckboxMultiSelect),
        ("extension_Age", "Age", InputType::TextBox),
        ("extension_Member", "Are you a member?", InputType::RadioSingleSelect),
        ("jobTitle", "Job Title", InputType::DateTimeDropdown),
    ];
    assert_eq!(shown, expected);
    assert_eq!(field(&page, "extension_Team").help, "Where you play.");
    assert_eq!(field(&page, "country").options[1], ("Peru & more".to_owned(), "Peru & more".to_owned()));
    assert_eq!(field(&page, "extension_Member").options[0], ("true".to_owned(), "Yes".to_owned()));
}

#[test]
fn attributes_of_every_type_keep_their_type() {
    let policy = every_type();
    let mut world = Memory::default();
    let mut visit = Visit::new(&policy, &mut world);
    visit.page();
    visit.prove("eve@contoso.test");
    let with = |age: &'static str, country: &'static str| {
        [
            ("email", "eve@contoso.test"),
            ("newPassword", "Eve-likes-fog-4"),
            ("reenterPassword", "Eve-likes-fog-4"),
            ("displayName", "Eve"),
            ("country", country),
            ("extension_Team", "red,green"),
            ("extension_Age", age),
            ("extension_Member", "true"),
            ("jobTitle", "1815-12-10"),
        ]
    };
    assert_eq!(visit.refused(&with("old", "Chile")).claim.as_deref(), Some("extension_Age"));
    assert_eq!(visit.refused(&with("42", "Narnia")).claim.as_deref(), Some("country"));
    visit.submit(&with("42", "Peru & more"));
    let expected = json!({
        "sub": "new-0", "country": "Peru & more", "extension_Team": "red,green", "extension_Age": 42,
        "extension_Member": true, "jobTitle": "1815-12-10",
    });
    assert_eq!(claims(&visit.token()), expected);
    assert_eq!(world.users[0]["extension_Age"], Value::Int(42));
}

#[test]
fn people_read_the_words_of_the_flow_in_their_language() {
    let policy = flow("sign-up", json!({ "attributes": [{ "name": "Member" }] }));
    let mut world = Memory::default();
    let german = Request { languages: vec!["de".to_owned()], ..Request::default() };
    let mut visit = Visit::asking(&policy, &mut world, german, Session::default());
    let page = visit.page();
    assert_eq!(field(&page, "extension_Member").options[0], ("true".to_owned(), "Ja".to_owned()));
    assert!(field(&page, "newPassword").help.starts_with("Mindestens 8 Zeichen aus drei Arten"));
    let values = [("email", "eve@contoso.test"), ("newPassword", "short"), ("reenterPassword", "short")];
    visit.prove("eve@contoso.test");
    assert!(visit.refused(&values).text.is_some_and(|text| text.starts_with("Mindestens 8 Zeichen")));
}

#[test]
fn a_required_attribute_must_be_filled() {
    let policy = flow("sign-up", json!({ "attributes": asked() }));
    let mut world = Memory::default();
    let mut visit = Visit::new(&policy, &mut world);
    visit.page();
    visit.prove("eve@contoso.test");
    let notice = visit.refused(&[
        ("email", "eve@contoso.test"),
        ("newPassword", "Eve-likes-fog-4"),
        ("reenterPassword", "Eve-likes-fog-4"),
        ("displayName", ""),
    ]);
    assert_eq!(notice.claim.as_deref(), Some("displayName"));
    assert!(world.users.is_empty());
}

#[test]
fn the_sign_up_flow_signs_in_who_has_a_session() {
    let policy = flow("sign-up", json!({}));
    let sign_in = flow("sign-in", json!({}));
    let mut world = Memory::ann_and_bob();
    let mut visit = Visit::new(&sign_in, &mut world);
    visit.sign_in("ann@contoso.test", "Ann-likes-tea-1");
    visit.token();
    let session = visit.state.session.kept.clone();
    assert_ne!(session, Session::default());
    assert_eq!(Visit::again(&policy, &mut world, session).token().subject.as_deref(), Some("ann-id"));
}
