//! Names: one account per mailbox, however the address is disguised.

use super::{GOOD, house, key, texts};
use proptest::prelude::*;
use vestibule_journey::{Directory, WriteMode};
use vestibule_tenant::accounts::{Checked, UserError, identity};

/// The text typed and the address it stands for: a table shared with the tests of pages and journeys.
#[derive(serde::Deserialize)]
struct Address {
    typed: String,
    address: Option<String>,
}

#[derive(serde::Deserialize)]
struct UserNames {
    names: Vec<String>,
    others: Vec<String>,
}

fn addresses() -> Vec<Address> {
    serde_json::from_str(include_str!("../../../../journey/tests/values/addresses.json")).expect("the table")
}

#[test]
fn requirement_20_an_address_has_one_form() {
    for Address { typed, address } in addresses() {
        let key = address.map(|address| address.to_ascii_lowercase());
        assert_eq!(identity::email(&typed).map(|name| name.key), key, "{typed:?}");
    }
}

#[test]
fn row_112_what_only_looks_like_an_address_is_refused() {
    for typed in ["", "alice\0@example.com", "alice\r\n@example.com", "alice@example.com\nbcc: eve@example.com"] {
        assert_eq!(identity::email(typed), None, "{typed:?}");
    }
    assert_eq!(identity::email(&"a".repeat(1_000_000)), None);
}

#[test]
fn mail_can_go_to_every_address_that_an_account_can_have() {
    for address in addresses().into_iter().filter_map(|one| one.address) {
        let parsed: Result<lettre::Address, _> = address.parse();
        assert!(parsed.is_ok(), "{address}");
    }
}

#[test]
fn a_user_name_is_letters_digits_underscore_and_hyphen() {
    let UserNames { names, others } =
        serde_json::from_str(include_str!("../../../../journey/tests/values/user_names.json")).expect("the table");
    assert!(names.iter().all(|name| identity::user_name(name).is_some()));
    assert!(others.iter().all(|other| identity::user_name(other).is_none()));
}

proptest! {
    #[test]
    fn a_name_is_its_own_canonical_form_and_plain(text in r"\PC{0,40}@?\PC{0,40}") {
        if let Some(name) = identity::sign_in_name(&text) {
            prop_assert!(name.key.bytes().all(|b| b.is_ascii_graphic() && !b.is_ascii_uppercase()), "{:?}", name.key);
            for again in [&name.key, &name.typed] {
                let again = identity::sign_in_name(again).map(|name| name.key);
                prop_assert_eq!(again.as_deref(), Some(name.key.as_str()));
            }
        }
    }
}

#[tokio::test]
async fn row_102_no_disguise_makes_a_second_account() {
    let house = house().await;
    house.alice().await;
    for disguise in ["ALICE@EXAMPLE.COM", " alice@example.com ", "ａlice@example.com", "alice@EXAMPLE。com"] {
        let made = house.person(disguise, Some(GOOD)).await;
        assert!(matches!(made, Err(UserError::AlreadyExists)), "{disguise}");
    }
    for refused in ["alice@example.com.", "аlice@example.com", "alice\0@example.com"] {
        let made = house.person(refused, Some(GOOD)).await;
        assert!(matches!(made, Err(UserError::Refused { .. })), "{refused}");
    }
}

#[tokio::test]
async fn requirement_20_a_look_alike_domain_is_another_account_and_never_the_first_one() {
    let house = house().await;
    let alice = house.alice().await;
    // The first letter of the domain is Cyrillic.
    let other = house.person("alice@еxample.com", Some("Lantern-under-Bridge-8")).await.expect("another mailbox");
    assert_ne!(other.object_id(), alice.object_id());
    assert!(matches!(house.check("alice@еxample.com", GOOD).await, Checked::Wrong));
    assert!(matches!(house.check("alice@example.com", GOOD).await, Checked::Right(_)));
}

#[tokio::test]
async fn one_signs_in_by_address_or_user_name_in_any_letter_case() {
    let house = house().await;
    let names = [("signInNames.emailAddress", "Zoe@example.com"), ("signInNames.userName", "Zoe_1")];
    let mut attributes = texts(&names);
    attributes.insert("password".to_owned(), GOOD.into());
    let mut world = house.world("t");
    let create = WriteMode { create: true, update: false };
    world.write(&key("signInNames.userName", "Zoe_1"), &attributes, create).await.expect("made");
    for name in ["zoe@EXAMPLE.com", "ZOE_1", " zoe_1 "] {
        assert!(matches!(house.check(name, GOOD).await, Checked::Right(_)), "{name}");
    }
    for name in ["zoe", "zoe_1@example.com", "zoe@example.com.", ""] {
        assert!(matches!(house.check(name, GOOD).await, Checked::Unknown), "{name}");
    }
    for (attribute, value) in
        [("signInNames", "ZOE_1"), ("signinnames.username", "zoe_1"), ("signInNames", "zoe@example.com")]
    {
        let found = world.read(&key(attribute, value)).await.expect("read").expect("found");
        assert_eq!(found["signInNames.emailAddress"], "Zoe@example.com".into());
        assert_eq!(found["signInNames.userName"], "Zoe_1".into());
    }
}
