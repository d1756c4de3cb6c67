//! Attributes: names, types and limits.

use super::{House, house, key, texts};
use vestibule_journey::{Attributes, Directory, DirectoryError, Value, WriteMode};

const UPDATE: WriteMode = WriteMode { create: false, update: true };

async fn write(house: &House, id: &str, name: &str, value: Value) -> Result<Attributes, DirectoryError> {
    let attributes = Attributes::from([(name.to_owned(), value)]);
    house.world("t").write(&key("objectId", id), &attributes, UPDATE).await.map(|(user, _)| user)
}

#[tokio::test]
async fn row_104_each_attribute_has_its_limit() {
    let house = house().await;
    let alice = house.alice().await;
    for (name, max) in [
        ("displayName", 256),
        ("givenName", 64),
        ("surname", 64),
        ("city", 128),
        ("country", 128),
        ("state", 128),
        ("jobTitle", 128),
        ("postalCode", 40),
        ("streetAddress", 1024),
        ("extension_Team", 250),
    ] {
        let longest = "ü".repeat(max);
        let user = write(&house, alice.object_id(), name, longest.as_str().into()).await.expect(name);
        assert_eq!(user[name], longest.as_str().into(), "{name}");
        let refused = write(&house, alice.object_id(), name, "ü".repeat(max + 1).as_str().into()).await;
        let Err(DirectoryError::Refused { message, attribute }) = refused else { panic!("{name} is too long") };
        assert_eq!((message, attribute.as_str()), ("UserMessageIfInvalidInput", name));
    }
}

#[tokio::test]
async fn row_104_hostile_text_is_refused_or_inert() {
    let house = house().await;
    let alice = house.alice().await;
    for (name, text) in [
        ("displayName", "<script>alert(1)</script>"),
        ("displayName", "a\0b"),
        ("displayName", "line\nbreak"),
        ("givenName", "\u{202e}gnp.exe"),
        ("surname", "bell\u{7}"),
        ("city", &"x".repeat(100_000)),
        ("mail", "a@example.com\r\nBcc: b@example.com"),
        ("otherMails", "not an address"),
        ("accountEnabled", "perhaps"),
    ] {
        let refused = write(&house, alice.object_id(), name, text.into()).await;
        assert!(matches!(refused, Err(DirectoryError::Refused { .. })), "{name} {}", &text[..text.len().min(20)]);
    }
    for text in ["{{7*7}} ${jndi:ldap://x} {%raw%}", "O'Brien; DROP TABLE users;--", "שלום", "🙂"] {
        let user = write(&house, alice.object_id(), "displayName", text.into()).await.expect(text);
        assert_eq!(user["displayName"], text.into());
    }
}

#[tokio::test]
async fn requirement_22_what_the_directory_sets_stays_whatever_is_written() {
    let house = house().await;
    let alice = house.alice().await;
    let before = house.world("t").read(&key("objectId", alice.object_id())).await.expect("read").expect("found");
    for name in ["objectId", "userPrincipalName", "createdDateTime", "emails", "tenantId"] {
        let after = write(&house, alice.object_id(), name, "another".into()).await.expect(name);
        assert_eq!(after, before, "{name}");
    }
}

#[tokio::test]
async fn an_unknown_attribute_is_a_mistake_of_the_policy() {
    let house = house().await;
    let alice = house.alice().await;
    for name in ["email_verified", "role", "isAdmin", "extension_", "extension_a.b", "signInNames.phoneNumber"] {
        let refused = write(&house, alice.object_id(), name, "x".into()).await;
        let Err(DirectoryError::World(error)) = refused else { panic!("{name} is unknown") };
        assert!(error.to_string().contains(name), "{error}");
    }
    let read = house.world("t").read(&key("role", "admin")).await;
    assert!(read.is_err());
}

#[tokio::test]
async fn names_come_in_any_letter_case_and_go_out_in_one() {
    let house = house().await;
    let alice = house.alice().await;
    let id = alice.object_id();
    write(&house, id, "EXTENSION_Team", "red".into()).await.expect("first");
    write(&house, id, "extension_0123456789abcdef0123456789abcdef_team", "blue".into()).await.expect("second");
    let user = write(&house, id, "GIVENNAME", "Alice".into()).await.expect("third");
    assert_eq!(user["extension_Team"], "blue".into());
    assert_eq!(user["givenName"], "Alice".into());
    let user = house.world("t").read(&key("OBJECTID", &id.to_uppercase())).await.expect("read").expect("found");
    assert_eq!(user["objectId"], id.into());
    let upn = format!("{id}@contoso.onmicrosoft.com");
    assert_eq!(user["userPrincipalName"], upn.as_str().into());
    assert!(house.world("t").read(&key("userPrincipalName", &upn)).await.expect("read").is_some());
    assert!(
        house.world("t").read(&key("userPrincipalName", &format!("{id}@fabrikam.com"))).await.expect("read").is_none()
    );
}

#[tokio::test]
async fn custom_attributes_keep_their_type_and_their_number() {
    let house = house().await;
    let alice = house.alice().await;
    let id = alice.object_id();
    for value in [Value::Bool(true), Value::Int(7), Value::List(vec!["a".to_owned()]), "text".into()] {
        let user = write(&house, id, "extension_Any", value.clone()).await.expect("stored");
        assert_eq!(user["extension_Any"], value);
    }
    let most: Attributes = (0..99).map(|n| (format!("extension_N{n}"), Value::Int(n))).collect();
    let mut world = house.world("t");
    world.write(&key("objectId", id), &most, UPDATE).await.expect("a hundred in all");
    let refused = write(&house, id, "extension_OneMore", Value::Int(1)).await;
    assert!(matches!(refused, Err(DirectoryError::Refused { .. })));
}

#[tokio::test]
async fn emails_are_the_sign_in_address_and_the_others_each_once() {
    let house = house().await;
    let alice = house.alice().await;
    let others = Value::List(vec!["b@Example.com".to_owned(), "ALICE@example.com".to_owned()]);
    let user = write(&house, alice.object_id(), "otherMails", others).await.expect("stored");
    let expected = Value::List(vec!["Alice@example.com".to_owned(), "b@example.com".to_owned()]);
    assert_eq!(user["emails"], expected);
    assert_eq!(user["signInNames"], "Alice@example.com".into());
}

#[tokio::test]
async fn empty_text_and_delete_clear_an_attribute() {
    let house = house().await;
    let alice = house.alice().await;
    let id = alice.object_id();
    write(&house, id, "city", "Rome".into()).await.expect("stored");
    assert!(!write(&house, id, "city", " ".into()).await.expect("cleared").contains_key("city"));
    write(&house, id, "extension_Team", "red".into()).await.expect("stored");
    let mut world = house.world("t");
    world.delete(&key("objectId", id), Some(&["extension_team".to_owned()])).await.expect("deleted");
    let user = world.read(&key("objectId", id)).await.expect("read").expect("found");
    assert!(!user.contains_key("extension_Team"));
    for kept in ["objectId", "displayName", "password", "signInNames.emailAddress"] {
        let refused = world.delete(&key("objectId", id), Some(&[kept.to_owned()])).await;
        assert!(refused.is_err(), "{kept}");
    }
    world.delete(&key("objectId", id), None).await.expect("the user goes");
    assert!(world.read(&key("objectId", id)).await.expect("read").is_none());
    assert!(matches!(world.delete(&key("objectId", id), None).await, Err(DirectoryError::DoesNotExist)));
}

#[tokio::test]
async fn a_new_user_without_a_name_for_people_is_called_unknown() {
    let house = house().await;
    let attributes = texts(&[("city", "Rome")]);
    let create = WriteMode { create: true, update: true };
    let (user, new) = house.world("t").write(&key("signInNames", "zoe"), &attributes, create).await.expect("made");
    assert!(new);
    assert_eq!(user["displayName"], "unknown".into());
    assert_eq!(user["createdDateTime"], "2026-09-21T14:13:20Z".into());
    assert_eq!(user["accountEnabled"], Value::Bool(true));
}

#[tokio::test]
async fn a_custom_attribute_takes_values_of_its_own_type_only() {
    let house = house().await;
    let id = house.alice().await.object_id().to_owned();
    for (name, good, bad) in [
        ("extension_Member", Value::Bool(true), Value::from("hello")),
        ("extension_Member", Value::Bool(false), Value::Int(1)),
        ("extension_Score", Value::Int(-2_147_483_648), Value::Int(99_999_999_999)),
        ("extension_Score", Value::Int(2_147_483_647), Value::from("5")),
        ("extension_Team", Value::from("5"), Value::Int(5)),
        ("extension_Team", Value::from("true"), Value::Bool(true)),
        ("extension_Team", Value::from("a,b"), Value::List(vec!["a".to_owned()])),
        ("city", Value::from("Rome"), Value::Bool(true)),
        ("postalCode", Value::from("12345"), Value::Int(12345)),
        ("extension_0123456789abcdef0123456789abcdef_member", Value::Bool(true), Value::from("true")),
    ] {
        write(&house, &id, name, good).await.expect(name);
        let refused = write(&house, &id, name, bad.clone()).await;
        let Err(DirectoryError::Refused { message, .. }) = refused else { panic!("{name} took {bad:?}") };
        assert_eq!(message, "UserMessageIfInvalidInput");
    }
}

#[tokio::test]
async fn an_empty_text_clears_an_attribute_of_any_type() {
    let house = house().await;
    let id = house.alice().await.object_id().to_owned();
    for (name, value) in [
        ("extension_Member", Value::Bool(true)),
        ("extension_Score", Value::Int(5)),
        ("extension_Team", Value::from("blue")),
        ("city", Value::from("Rome")),
    ] {
        write(&house, &id, name, value).await.expect(name);
        let user = write(&house, &id, name, Value::from("")).await.expect(name);
        assert!(!user.contains_key(name), "{name}");
    }
}

#[tokio::test]
async fn administrators_too_write_values_of_the_attributes_type_only() {
    let house = house().await;
    let id = house.alice().await.object_id().to_owned();
    let change = Attributes::from([("extension_Member".to_owned(), Value::from("hello"))]);
    let refused = house.users().change(&house.tenant, &id, None, &change).await;
    assert!(matches!(refused, Err(vestibule_tenant::accounts::UserError::Refused { .. })), "{refused:?}");
}
