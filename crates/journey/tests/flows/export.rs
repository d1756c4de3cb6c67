//! User flows exported as custom policies.

use crate::directory::Memory;
use crate::visit::{TENANT, Visit, compiled, custom, field, settings};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use vestibule_journey::flow::chain;
use vestibule_journey::{CompileOptions, Source, compile};

/// Settings that use many of the features.
fn rich(kind: &str) -> vestibule_journey::flow::FlowSettings {
    let attributes = json!([
        { "name": "displayName", "label": "Name & <title>", "required": true },
        { "name": "country", "options": ["Chile", "Peru"] },
        { "name": "extension_Team" },
        { "name": "extension_Member" },
    ]);
    let asks = ["sign-up-sign-in", "sign-up", "profile-editing"].contains(&kind);
    let more = json!({
        "name": "B2C_1_signupsignin1", "attributes": if asks { attributes } else { json!([]) },
        "claims": ["displayName", "emails", "objectId", "newUser", "identityProvider", "extension_Age"],
        "password": { "custom": { "min": 12, "max": 64, "classes": 3 } }, "keep_me_signed_in_days": 30,
    });
    settings(kind, more)
}

#[test]
fn an_exported_flow_reads_well() {
    let chain = chain(&rich("sign-up-sign-in"), &custom(), TENANT).expect("the settings are right");
    let names: Vec<&str> = chain.iter().map(|source| source.name.as_str()).collect();
    assert_eq!(names, ["B2C_1A_VestibuleBase.xml", "B2C_1A_VestibuleEmail.xml", "B2C_1_signupsignin1.xml"]);
    insta::assert_snapshot!(chain[2].text);
}

#[test]
fn exported_files_compile_to_the_same_policy() {
    let kinds = ["sign-up-sign-in", "sign-up", "sign-in", "profile-editing", "password-reset", "resource-owner"];
    for kind in kinds {
        for names in ["email", "username"] {
            let mut settings = rich(kind);
            settings.sign_in_with = serde_json::from_value(json!(names)).expect("a word");
            let policy = compiled(&settings);
            // As users keep them: files by name, each of which names its base.
            let chain = chain(&settings, &custom(), TENANT).expect("the settings are right");
            let kept: Vec<Source> = chain
                .iter()
                .map(|source| Source { name: format!("mine/{}", source.name), text: source.text.clone() })
                .collect();
            for pair in kept.windows(2) {
                let id = pair[0].name.trim_start_matches("mine/").trim_end_matches(".xml");
                assert!(pair[1].text.contains(&format!("<PolicyId>{id}</PolicyId>")));
                assert!(pair[0].text.contains(&format!("PolicyId=\"{id}\"")));
            }
            let again = compile(&kept, &CompileOptions::default()).expect("they compile").policy;
            assert_eq!((again.hash, again.id), (policy.hash, policy.id));
        }
    }
}

#[test]
fn two_flows_differ_by_their_settings() {
    let of = |more: Json| compiled(&settings("sign-in", more)).hash;
    assert_ne!(of(json!({})), of(json!({ "token_minutes": 61 })));
    assert_eq!(of(json!({})), of(json!({ "token_minutes": 60 })));
}

/// Texts that would be markup, a resolver, or a terminator.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[ -~]{0,12}",
        "\\PC{0,6}",
        Just("]]>".to_owned()),
        Just("<!--".to_owned()),
        Just("--><x a='".to_owned()),
        Just("\"/>&amp;&#x0;".to_owned()),
        Just("{OIDC:Password}".to_owned()),
        Just("<!DOCTYPE a [<!ENTITY b 'c'>]>&b;".to_owned()),
    ];
    prop::collection::vec(piece, 1..5).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn labels_and_options_come_back_as_they_are(label in hostile(), option in hostile(), about in hostile()) {
        let mut own = custom();
        own[0].description = about.clone();
        let attributes = json!([
            { "name": "displayName", "label": label },
            { "name": "extension_Team", "options": [option] },
        ]);
        let settings = settings("sign-up", json!({ "attributes": attributes }));
        let Ok(chain) = chain(&settings, &own, TENANT) else {
            // Only text that cannot be shown at all is rejected.
            prop_assert!(option.trim().is_empty() || [&label, &option].iter().any(|t| t.chars().any(char::is_control)));
            return Ok(());
        };
        let policy = compile(&chain, &CompileOptions::default()).map_err(|p| TestCaseError::fail(format!("{p:?}")))?.policy;
        let mut world = Memory::default();
        let page = Visit::new(&policy, &mut world).page();
        let expected = if label.trim().is_empty() { "Display Name" } else { label.trim() };
        prop_assert_eq!(&field(&page, "displayName").label, expected);
        let shown = &field(&page, "extension_Team").options;
        prop_assert_eq!(shown, &vec![(option.trim().to_owned(), option.trim().to_owned())]);
    }

    #[test]
    fn no_name_breaks_out_of_the_file(name in hostile(), domain in hostile()) {
        let mut settings = settings("sign-in", json!({}));
        settings.name = name.clone();
        let chain = chain(&settings, &[], &domain).expect("names are checked elsewhere");
        for source in &chain {
            let document = roxmltree::Document::parse(&source.text).expect("well-formed");
            let root = document.root_element();
            prop_assert_eq!(root.tag_name().name(), "TrustFrameworkPolicy");
            prop_assert_eq!(root.attribute("TenantId").map(str::len), Some(domain.len()));
        }
        let leaf = roxmltree::Document::parse(&chain[2].text).expect("well-formed");
        prop_assert_eq!(leaf.root_element().attribute("PolicyId"), Some(name.as_str()));
    }
}
