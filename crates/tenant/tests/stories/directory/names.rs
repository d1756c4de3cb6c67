//! Names: one account for one mailbox, whatever it is made to look like.

use super::{GOOD, house, key, texts};
use proptest::prelude::*;
use vestibule_journey::{Directory, WriteMode};
use vestibule_tenant::accounts::{Checked, UserError, identity};

#[test]
fn requirement_20_an_address_has_one_form() {
    for (typed, expected) in [
        ("alice@example.com", "alice@example.com"),
        ("  Alice@Example.COM\t", "alice@example.com"),
        ("ａｌｉｃｅ＠ｅｘａｍｐｌｅ．ｃｏｍ", "alice@example.com"),
        ("alice@example。com", "alice@example.com"),
        ("\u{a0}alice@example.com\u{a0}", "alice@example.com"),
        ("al\u{212a}e@example.com", "alke@example.com"),
        ("first.last+tag@sub.example.co.uk", "first.last+tag@sub.example.co.uk"),
        ("alice@bücher.example", "alice@xn--bcher-kva.example"),
        ("alice@XN--BCHER-KVA.example", "alice@xn--bcher-kva.example"),
        ("root@localhost", "root@localhost"),
    ] {
        assert_eq!(identity::email(typed).map(|name| name.key).as_deref(), Some(expected), "{typed:?}");
    }
}

#[test]
fn row_112_what_only_looks_like_an_address_is_refused() {
    for typed in [
        "",
        "alice",
        "@example.com",
        "alice@",
        "alice@example.com.",
        "alice@example.com\u{3002}",
        "alice@.example.com",
        "alice@example..com",
        "alice.@example.com",
        ".alice@example.com",
        "al..ice@example.com",
        "al ice@example.com",
        "alice\0@example.com",
        "alice@example.com\nbcc: eve@example.com",
        "alice\r\n@example.com",
        "аlice@example.com",
        "al\u{131}ce@example.com",
        "alice\u{200b}@example.com",
        "alice@exam ple.com",
        "alice@ex%61mple.com",
        "alice@[127.0.0.1]",
        "alice@127.0.0.1",
        "alice@-example.com",
        "\"alice bob\"@example.com",
        "a@b@example.com",
        "alice@example.com,eve@example.com",
        "<alice@example.com>",
        "alice@exa_mple.com",
    ] {
        assert_eq!(identity::email(typed), None, "{typed:?}");
    }
    assert_eq!(identity::email(&format!("{}@example.com", "a".repeat(65))), None);
    assert_eq!(identity::email(&format!("a@{}.com", "b".repeat(64))), None);
    assert_eq!(identity::email(&"a".repeat(1_000_000)), None);
}

#[test]
fn a_user_name_is_letters_digits_underscore_and_hyphen() {
    for good in ["a", "Alice", "0xff", "a_b-c", &"a".repeat(64)] {
        assert!(identity::user_name(good).is_some(), "{good}");
    }
    for bad in ["", "-a", "_a", "a b", "a.b", "älice", "a@b", "аlice", &"a".repeat(65)] {
        assert!(identity::user_name(bad).is_none(), "{bad}");
    }
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
