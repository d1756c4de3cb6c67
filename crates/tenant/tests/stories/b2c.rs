//! What Microsoft Graph gives of an Azure AD B2C tenant, as registrations.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use vestibule_tenant::config::{B2cOptions, Config, IMPORTED, Imported, export, import_b2c};
use vestibule_tenant::registry::{Platform, redirect_uri};
use vestibule_testing::NOW;

/// The answers of a tenant, which the program's own story imports, too.
const GOOD: [(&str, &str); 6] = [
    ("organization.json", include_str!("../../../cli/tests/data/b2c/organization.json")),
    ("applications.json", include_str!("../../../cli/tests/data/b2c/applications.json")),
    ("b2cUserFlows.json", include_str!("../../../cli/tests/data/b2c/b2cUserFlows.json")),
    ("userFlowAttributes.json", include_str!("../../../cli/tests/data/b2c/userFlowAttributes.json")),
    ("keysets.json", include_str!("../../../cli/tests/data/b2c/keysets.json")),
    ("users.json", include_str!("../../../cli/tests/data/b2c/users.json")),
];

fn import(files: &[(&str, &str)]) -> Result<Imported, Vec<String>> {
    let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    let options = B2cOptions { now: NOW, ..B2cOptions::default() };
    import_b2c(&files.collect(), Vec::new(), &options)
}

/// The good answers, with this text for one of them.
fn with<'t>(file: &str, text: &'t str) -> Vec<(&'static str, &'t str)> {
    GOOD.iter().map(|(name, good)| (*name, if *name == file { text } else { *good })).collect()
}

/// Applications of the tenant that has these and nothing else, and what the report says is to be done.
fn applications(value: &Value) -> Imported {
    let text = json!({ "value": value }).to_string();
    import(&[GOOD[0], ("applications.json", text.as_str())]).expect("no mistakes")
}

#[test]
fn ids_of_tenant_applications_and_secrets_are_kept() {
    let tenant = import(&GOOD).expect("no mistakes").registrations;
    assert_eq!(tenant.tenant.id, "0b4c7e19-6d52-4f3a-8e21-9c75a1d0f846");
    let app = tenant.application("a96f3b07-58d1-4e2c-b04a-7f18d5c9e362").expect("web-app");
    assert_eq!(app.credentials[0].id, "d37a0e94-82fb-4c16-95b8-60c4f1d92ea7");
    assert_eq!((app.credentials.len(), app.credentials[0].hint.as_str()), (1, "Zq8"));
    assert_eq!(app.credentials[0].hash, "", "nobody has its value");
}

#[test]
fn declared_permissions_are_granted_if_the_operator_says_so() {
    let granted = |grant_admin_consent| {
        let files: BTreeMap<_, _> = GOOD.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        let options = B2cOptions { now: NOW, grant_admin_consent, ..B2cOptions::default() };
        let tenant = import_b2c(&files, Vec::new(), &options).expect("no mistakes").registrations;
        tenant.application_named("web-app").expect("web-app").permissions[0].consented_at
    };
    assert_eq!((granted(false), granted(true)), (None, Some(NOW)));
}

#[test]
fn a_file_of_the_wrong_shape_is_told_with_its_path() {
    let app = |more: &str| format!("{{\"value\":[{{\"appId\":\"a96f3b07-58d1-4e2c-b04a-7f18d5c9e362\",{more}}}]}}");
    for (text, told) in [
        (app("\"displayName\":7"), "applications.json: value[0].displayName: expected a text, found a number"),
        (app("\"x\":1"), "applications.json: value[0]: the member \"displayName\" is missing"),
        (
            app("\"displayName\":\"a\",\"spa\":{\"redirectUris\":[\"https://a.test/\",null]}"),
            "applications.json: value[0].spa.redirectUris[1]: expected a text, found nothing",
        ),
        (app("\"displayName\":\"a\",\"web\":[]"), "applications.json: value[0].web: expected an object, found a list"),
        ("{}".to_owned(), "applications.json: the member \"value\" is missing"),
        ("7".to_owned(), "applications.json: expected an object, found a number"),
    ] {
        assert_eq!(import(&with("applications.json", &text)).expect_err("mistakes"), [told]);
    }
}

#[test]
fn json_that_two_readers_would_read_differently_is_refused() {
    for (text, told) in [
        ("{\"value\":[],\"value\":[]}", "the key \"value\" is there twice at line 1"),
        ("{\"value\":[\"a\\u0000\"]}", "a text has the character U+0000 at line 1"),
        ("{\"value\":[]", "EOF while parsing an object at line 1"),
        (&"[".repeat(1_000_000), "recursion limit exceeded at line 1"),
        ("{\"value\":[],\"@odata.nextLink\":\"https://graph\"}", "follow @odata.nextLink"),
    ] {
        let mistakes = import(&with("keysets.json", text)).expect_err("mistakes");
        assert!(mistakes[0].starts_with("keysets.json: ") && mistakes[0].contains(told), "{mistakes:?}");
    }
}

#[test]
fn a_tenant_whose_domain_nothing_says_is_asked_for() {
    let mistakes = import(&[("keysets.json", "[]")]).expect_err("a mistake").join("\n");
    assert!(mistakes.contains("put organization.json beside the other files"), "{mistakes}");
}

#[test]
fn two_applications_of_one_name_are_told_apart() {
    let app = |id: u8| json!({ "appId": format!("a96f3b07-58d1-4e2c-b04a-7f18d5c9e3{id:02}"), "displayName": "App" });
    let Imported { registrations, report } = applications(&json!([app(1), app(2), app(3)]));
    let names: Vec<&String> = registrations.applications.values().map(|app| &app.name).collect();
    assert_eq!(names, ["App", "App (2)", "App (3)"]);
    assert!(report.to_string().contains("two applications are named \"App\": the second is \"App (2)\" now"));
}

#[test]
fn what_management_refuses_is_left_out_and_said() {
    let app = json!({
        "appId": "a96f3b07-58d1-4e2c-b04a-7f18d5c9e362", "displayName": "App",
        "web": { "redirectUris": ["http://a.test/", "https://b.test/", "https://c.test/#x"], "logoutUrl": "nowhere" },
        "api": { "oauth2PermissionScopes": [{ "id": "1", "value": "a b" }, { "id": "2", "value": "read" }] },
    });
    let Imported { registrations, report } = applications(&json!([app]));
    let app = registrations.application_named("App").expect("App");
    assert_eq!(app.redirect_uris.iter().map(|uri| uri.uri.as_str()).collect::<Vec<_>>(), ["https://b.test/"]);
    assert_eq!((app.logout_url.as_ref(), app.scopes.len(), app.scopes[0].name.as_str()), (None, 1, "read"));
    let said = report.to_string();
    for part in ["http://a.test/", "https://c.test/#x", "nowhere", "a b", "api://a96f3b07"] {
        assert!(said.contains(part), "{part} in {said}");
    }
}

#[test]
fn a_hundred_thousand_of_anything_are_read_and_cut_to_what_is_allowed() {
    let uris: Vec<String> = (0..100_000).map(|n| format!("https://a.test/{n}")).collect();
    let secret = |n: u32| json!({ "keyId": format!("a96f3b07-58d1-4e2c-b04a-{n:012}"), "endDateTime": null });
    let secrets: Vec<Value> = (0..100_000).map(secret).collect();
    let app = json!({
        "appId": "a96f3b07-58d1-4e2c-b04a-7f18d5c9e362", "displayName": "App",
        "spa": { "redirectUris": uris }, "passwordCredentials": secrets,
    });
    let app = applications(&json!([app])).registrations.applications.into_values().next().expect("App");
    assert_eq!((app.redirect_uris.len(), app.credentials.len()), (redirect_uri::MOST, 10));
    assert_eq!(app.redirect_uris[0].platform, Platform::Spa);
}

/// The JSON pointers of everything in a value, outermost first.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, item)| places(item, &format!("{at}/{i}"), found));
        }
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| places(member, &format!("{at}/{name}"), found));
        }
        _ => {}
    }
}

/// Something else than what was there.
fn anything() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(|text| Value::from(text.replace('\0', ""))),
        "[ -~]{0,20}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!([{ "id": "x" }, "y"])),
    ]
}

proptest! {
    #[test]
    fn a_damaged_answer_gives_a_sentence_or_a_file_that_is_taken(
        file in 0..GOOD.len(),
        damage in prop::collection::vec((any::<Index>(), anything()), 1..4),
    ) {
        let mut value: Value = serde_json::from_str(GOOD[file].1).expect("JSON");
        for (at, other) in damage {
            let mut found = Vec::new();
            places(&value, "", &mut found);
            if let Some(place) = value.pointer_mut(at.get::<String>(&found)) {
                *place = other;
            }
        }
        match import(&with(GOOD[file].0, &value.to_string())) {
            Ok(imported) => {
                let text = export(IMPORTED, &[imported.registrations]).text;
                let taken = Config::parse("vestibule.toml", &text);
                prop_assert!(taken.is_ok(), "{}\n{text}", taken.expect_err("refused"));
            }
            Err(mistakes) => prop_assert!(mistakes.iter().all(|mistake| mistake.contains(": "))),
        }
    }
}
