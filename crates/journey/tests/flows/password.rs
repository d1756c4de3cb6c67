//! Password rules.

use crate::directory::{Memory, People as _};
use crate::visit::{Visit, field, flow};
use serde_json::{Value as Json, json};
use vestibule_journey::{Outcome, Request, Session};

/// The passwords that the rule accepts, and its messages for the others.
fn taken(rule: Json, passwords: &[&str]) -> (Vec<bool>, String) {
    let policy = flow("sign-up", json!({ "password": rule, "email_verification": false }));
    let mut said = String::new();
    let mut takes = |password: &&str| {
        let mut world = Memory::default();
        let mut visit = Visit::new(&policy, &mut world);
        visit.page();
        let values = [("email", "eve@contoso.test"), ("newPassword", *password), ("reenterPassword", *password)];
        match visit.event(vestibule_journey::Event::Submit(crate::visit::form(&values))) {
            Outcome::Accepted => true,
            Outcome::Refused(notice) => {
                assert_eq!(notice.claim.as_deref(), Some("newPassword"));
                said = notice.text.unwrap_or_default();
                false
            }
            other => panic!("{other:?}"),
        }
    };
    (passwords.iter().map(&mut takes).collect(), said)
}

#[test]
fn strong_is_three_kinds_of_eight_or_any_fifteen() {
    let long = "x".repeat(257);
    let longest = format!("{}Aa1", "x".repeat(253));
    let passwords = [
        "Aa1aaaa",
        "Aa1aaaaa",
        "aa1!aaaa",
        "AA1!AAAA",
        "Aa!aaaaa",
        "Éé1éééé€",
        "aaaaaaaa",
        "aaaaaaa1",
        "aaaaaaaaaaaaaa",
    ];
    let (takes, said) = taken(json!("strong"), &passwords);
    assert_eq!(takes, [false, true, true, true, true, true, false, false, false]);
    assert!(said.starts_with("Use at least 8 characters of three kinds"), "{said}");
    let (takes, _) = taken(json!("strong"), &["correct horse battery", "aaaaaaaaaaaaaaa", &longest, &long]);
    assert_eq!(takes, [true, true, true, false]);
}

#[test]
fn simple_is_eight_to_sixty_four_of_anything() {
    let (longest, long) = ("x".repeat(64), "x".repeat(65));
    let (takes, said) = taken(json!("simple"), &["aaaaaaa", "aaaaaaaa", &longest, &long]);
    assert_eq!((takes, said.as_str()), (vec![false, true, true, false], "Use 8 to 64 characters."));
}

#[test]
fn a_rule_of_ones_own_says_what_it_wants() {
    let pin = json!({ "custom": { "min": 4, "max": 6, "digits_only": true } });
    let (takes, said) = taken(pin.clone(), &["1234", "123456", "123", "1234567", "12a4"]);
    assert_eq!(takes, [true, true, false, false, false]);
    assert_eq!(said, "Use digits only.");
    let kinds = json!({ "custom": { "min": 6, "max": 20, "classes": 4 } });
    let (takes, said) = taken(kinds, &["aA1!aa", "aA1aaa", "aA1!a"]);
    assert_eq!((takes, said.as_str()), (vec![true, false, false], "Use 6 to 20 characters."));
    let policy = flow("sign-up", json!({ "password": pin }));
    let german = Request { languages: vec!["de-AT".to_owned()], ..Request::default() };
    let mut world = Memory::default();
    let page = Visit::asking(&policy, &mut world, german, Session::default()).page();
    assert_eq!(field(&page, "newPassword").help, "4 bis 6 Zeichen verwenden. Nur Ziffern verwenden.");
}

#[test]
fn the_rule_holds_wherever_a_password_is_set() {
    let mut world = Memory::ann_and_bob();
    let policy = flow("password-reset", json!({ "password": "simple" }));
    let mut visit = Visit::new(&policy, &mut world);
    visit.page();
    visit.prove("ann@contoso.test");
    visit.submit(&[("email", "ann@contoso.test")]);
    visit.page();
    let both = |a, b| [("newPassword", a), ("reenterPassword", b)];
    assert_eq!(visit.refused(&both("short", "short")).claim.as_deref(), Some("newPassword"));
    assert_eq!(visit.refused(&both("long enough", "long enougj")).id, "error_passwordEntryMismatch");
    assert_eq!(visit.refused(&both("Password1234", "Password1234")).id, "UserMessageIfPasswordBanned");
    visit.submit(&both("long enough", "long enough"));
    visit.token();
}
