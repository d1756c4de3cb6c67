//! Invalid settings, all reported at once.

use crate::visit::{TENANT, custom, settings};
use serde_json::json;
use vestibule_journey::flow::{CustomAttribute, chain};

#[test]
fn every_mistake_is_said_in_one_sentence_that_names_the_key() {
    let attributes = json!([
        { "name": "displayNam" },
        { "name": "city", "label": "a\nb" },
        { "name": "city" },
        { "name": "state", "input": "Slider" },
        { "name": "country", "input": "DropdownSingleSelect" },
        { "name": "jobTitle", "input": "TextBox", "options": ["a"] },
        { "name": "extension_Teem" },
        { "name": "Team", "input": "CheckboxMultiSelect", "options": ["a,b", "", "c", "c"] },
        { "name": "Age", "options": ["one"] },
        { "name": "Member", "input": "TextBox" },
    ]);
    let settings = settings(
        "sign-up",
        json!({
            "attributes": attributes, "claims": ["displayNam", "emails", "emails", "extension_Aeg", "secret"],
            "password": { "custom": { "min": 3, "max": 300, "classes": 1 } }, "keep_me_signed_in_days": 91,
            "session_minutes": 14, "token_minutes": 4, "refresh_token_days": 30, "refresh_window_days": 7,
            "single_sign_on": "planet", "issuer": "me", "policy_claim": "pol", "subject": "email",
        }),
    );
    let said = chain(&settings, &custom(), TENANT).expect_err("mistakes").join("\n");
    insta::assert_snapshot!(said);
}

#[test]
fn only_flows_with_a_form_ask_for_attributes() {
    for kind in ["sign-in", "password-reset", "resource-owner"] {
        let settings = settings(kind, json!({ "attributes": [{ "name": "city" }] }));
        let said = chain(&settings, &[], TENANT).expect_err("a mistake");
        assert_eq!(said, ["attributes: a flow of this type asks for none; leave the list out"]);
    }
}

#[test]
fn a_custom_attribute_must_be_one() {
    let odd = |name: &str, data_type: &str| CustomAttribute {
        name: name.to_owned(),
        data_type: data_type.to_owned(),
        description: String::new(),
    };
    let settings = settings("sign-in", json!({ "claims": ["extension_a b", "extension_Size"] }));
    let said = chain(&settings, &[odd("a b", "String"), odd("Size", "Float")], TENANT).expect_err("mistakes");
    let expected = [
        "claims: extension_a b has a name that is not letters, digits and _",
        "claims: extension_Size has the type \"Float\"; it must be String, Boolean or Int",
    ];
    assert_eq!(said, expected);
}
