//! A declared key means the same everywhere: in the file, in its JSON Schema, in the reference, and in the
//! registration.

mod commands;
mod texts;
mod validator;

use super::config::EVERY_KEY;
use serde_json::{Value, json};
use std::fmt::Write as _;
use vestibule_tenant::config::file::ApplicationConfig;
use vestibule_tenant::config::file::sections;
use vestibule_tenant::config::schema::{Fallback, Key, Kind};
use vestibule_tenant::config::{Config, json_schema};
use vestibule_tenant::registry::{Application, Platform, RedirectUri};
use vestibule_testing::DEMO;

/// An application with these lines.
fn application(lines: &str) -> ApplicationConfig {
    let text = format!("[[tenant]]\nname = \"contoso\"\n[[tenant.application]]\nname = \"webapp1\"\n{lines}");
    let mut config = Config::parse("vestibule.toml", &text).expect("no mistakes");
    config.tenants.remove(0).applications.remove(0)
}

/// A new application with these lines, as it is stored.
fn registered(lines: &str) -> Value {
    let mut to = Application::default();
    application(lines).overlay(&mut to);
    serde_json::to_value(to).expect("JSON")
}

/// The keys of a table.
fn keys(header: &str) -> impl Iterator<Item = &'static Key> {
    sections().into_iter().filter(move |section| section.header == header).flat_map(|section| section.keys)
}

/// Every key of a table that has a default, set to it.
fn defaults(header: &str) -> String {
    let mut lines = String::new();
    for key in keys(header) {
        if let Fallback::Is(value) = key.default {
            writeln!(lines, "{} = {value}", key.name).expect("a string");
        }
    }
    lines
}

#[test]
fn a_new_application_has_the_defaults_of_the_reference() {
    assert_eq!(registered(&defaults("[[tenant.application]]")), registered(""));
}

#[test]
fn a_new_flow_has_the_defaults_of_the_reference() {
    let flow = |lines: &str| {
        let head = "[[tenant]]\nname = \"contoso\"\n[[tenant.flow]]\nname = \"B2C_1_signin\"\ntype = \"sign-in\"\n";
        let config = Config::parse("vestibule.toml", &format!("{head}{lines}")).expect("no mistakes");
        config.tenants[0].flows[0].clone()
    };
    assert_eq!(flow(&defaults("[[tenant.flow]]")), flow(""));
}

#[test]
fn every_switch_of_an_application_changes_what_is_registered() {
    // A secret and the consent to permissions are separate records.
    let elsewhere = ["demo_secret", "grant_admin_consent"];
    let switches = keys("[[tenant.application]]").filter(|key| matches!(key.kind, Kind::Bool | Kind::OneOf(_)));
    for key in switches.filter(|key| !elsewhere.contains(&key.name)) {
        let other = key.example_value().expect("another value");
        assert_ne!(registered(&format!("{} = {other}", key.name)), registered(""), "{}", key.name);
    }
}

#[test]
fn what_the_file_does_not_name_stays() {
    let mut to =
        Application { require_pkce: true, logout_url: Some("https://a.test/".to_owned()), ..Application::default() };
    application("allow_plain_pkce = true").overlay(&mut to);
    assert!(to.require_pkce && to.allow_plain_pkce);
    assert_eq!(to.logout_url.as_deref(), Some("https://a.test/"));
}

#[test]
fn redirect_uris_are_replaced_by_platform_and_in_one_order() {
    let uri = |platform, uri: &str| RedirectUri { uri: uri.to_owned(), platform };
    let spa = uri(Platform::Spa, "https://spa.test/");
    let before = vec![spa.clone(), uri(Platform::Web, "https://old.test/")];
    let mut to = Application { redirect_uris: before, ..Application::default() };
    application("redirect_uris.web = [\"https://b.test/\", \"https://a.test/\"]").overlay(&mut to);
    assert_eq!(to.redirect_uris, [uri(Platform::Web, "https://b.test/"), uri(Platform::Web, "https://a.test/"), spa]);
}

/// The errors of the JSON Schema for a file; empty if it is valid.
fn against(text: &str) -> Vec<String> {
    let file: Value = toml::from_str(text).expect("TOML");
    validator::against(&json_schema(), &file, "")
}

#[test]
fn the_json_schema_takes_the_demo_and_a_file_with_every_key() {
    assert_eq!(against(DEMO), Vec::<String>::new());
    assert_eq!(against(EVERY_KEY), Vec::<String>::new());
}

#[test]
fn the_json_schema_refuses_a_misspelt_key() {
    let text = "[[tenant]]\nname = \"contoso\"\n[[tenant.application]]\nname = \"webapp1\"\nrequire_pcke = true\n";
    assert_eq!(against(text), [".tenant[0].application[0].require_pcke: unknown"]);
}

#[test]
fn what_the_json_schema_refuses_the_program_refuses_too() {
    let tenant = "[[tenant]]\nname = \"contoso\"\n";
    for wrong in [
        "[[tenant]]\nname = \"Contoso\"".to_owned(),
        "[[tenant]]\nname = \"contoso-\"".to_owned(),
        "[[tenant]]\nid = \"775527ff-9a37-4307-8b3d-cc311f58d925\"".to_owned(),
        format!("{tenant}id = \"775527FF-9A37-4307-8B3D-CC311F58D925\""),
        format!("{tenant}code_lifetime_secs = 30"),
        format!("{tenant}[[tenant.attribute]]\nname = \"1st\"\ntype = \"String\""),
        format!("{tenant}[[tenant.attribute]]\nname = \"first\"\ntype = \"Text\""),
        format!("{tenant}[[tenant.flow]]\nname = \"signin\"\ntype = \"sign-in\""),
        format!(
            "{tenant}[[tenant.flow]]\nname = \"B2C_1_x\"\ntype = \"sign-in\"\npassword = {{ custom = {{ min = 2, max = 8 }} }}"
        ),
        format!("{tenant}[[tenant.application]]\nname = \"a/b\""),
        format!("{tenant}[[tenant.application]]\nname = \"a\"\nsecret_env = \"hunter2 and more\""),
        format!("{tenant}[[tenant.application]]\nname = \"a\"\nopenid_permissions = [\"profile\"]"),
        format!(
            "{tenant}[[tenant.application]]\nname = \"a\"\napp_id_uri = \"https://a.test/\"\nscope = [{{ name = \"x\" }}]"
        ),
        format!(
            "{tenant}[[tenant.application]]\nname = \"a\"\napp_id_uri = \"https://a.test/b\"\nscope = [{{ name = \"x y\" }}]"
        ),
        format!("{tenant}[[tenant.user]]\nusername = \"-ann\"\npassword = \"Ann-likes-tea-1\""),
        "[[origin]]\nurl = \"https://login.contoso.com/\"".to_owned(),
    ] {
        assert!(!against(&wrong).is_empty(), "the schema takes {wrong}");
        assert!(Config::parse("vestibule.toml", &wrong).is_err(), "the program takes {wrong}");
    }
}

#[test]
fn every_example_of_a_key_is_a_value_that_it_takes() {
    let schema = json_schema();
    for key in sections().into_iter().flat_map(|section| section.keys) {
        let tables = matches!(key.kind, Kind::Table(_) | Kind::Tables(_));
        assert!(tables || key.example_value().is_some(), "{} has no example", key.name);
    }
    let mut seen = 0;
    every_property(&schema, &mut |property| {
        for example in property["examples"].as_array().into_iter().flatten().chain(property.get("default")) {
            seen += 1;
            assert_eq!(validator::against(property, example, ""), Vec::<String>::new());
        }
    });
    assert!(seen > 150, "{seen} examples and defaults");
}

/// Visits every schema of a key, at any depth.
fn every_property(schema: &Value, visit: &mut impl FnMut(&Value)) {
    let inner = schema["anyOf"].as_array().into_iter().flatten().chain(schema.get("items"));
    inner.for_each(|schema| every_property(schema, visit));
    for property in schema["properties"].as_object().into_iter().flat_map(|properties| properties.values()) {
        visit(property);
        every_property(property, visit);
    }
}

#[test]
fn an_editor_is_shown_what_the_reference_says() {
    let schema = json_schema();
    let pkce =
        &schema["properties"]["tenant"]["items"]["properties"]["application"]["items"]["properties"]["require_pkce"];
    let meaning = "Require PKCE from confidential applications too. Public applications must always use it.";
    assert_eq!(*pkce, json!({ "type": "boolean", "description": meaning, "default": false, "examples": [true] }));
}
