//! The LocalAccounts starter packs, plain and with display controls, from the first page to the token's claims.
//! They are read from the folder that `VESTIBULE_STARTERPACK` names.

use crate::support::{
    GOOD, Memory, Person as _, Usual as _, Visit, claims, compiled, control, ids, pack_chain, request, starter_pack,
};
use vestibule_journey::outcome::ControlState;
use vestibule_journey::{
    Code, CompileOptions, Entry, Event, Forgot, InputType, Item, Page, PageKind, Policy, Problem, Request, Session,
    Severity, Source, Value, check,
};

/// Both variants of a relying-party file.
fn both(leaf: &str) -> Vec<Policy> {
    let Some(folder) = starter_pack() else { return Vec::new() };
    let variants = [folder.join("LocalAccounts"), folder.join("Display Controls Starterpack").join("LocalAccounts")];
    variants.iter().map(|folder| compiled(&pack_chain(folder, leaf))).collect()
}

const SIGN_UP: [(&str, &str); 5] = [
    ("newPassword", GOOD),
    ("reenterPassword", GOOD),
    ("displayName", "Zoe"),
    ("givenName", "Zoë"),
    ("surname", "Lund"),
];

#[test]
fn the_first_page_is_the_packs() {
    for policy in both("SignUpOrSignin") {
        let mut world = Memory::new();
        let page = Visit::new(&policy, &mut world, Session::default()).page();
        assert_eq!((page.kind, page.content_definition.as_str()), (PageKind::Unified, "api.signuporsignin"));
        assert_eq!(ids(&page), ["signInName", "password"]);
        assert!(page.sign_up);
        assert_eq!(page.forgot, Some(Forgot::Legacy));
        let Item::Field(name) = &page.items[0] else { panic!("no input") };
        assert_eq!((name.value.as_deref(), name.label.as_str()), (Some("hint@example.com"), "Email Address"));
    }
}

/// Follows the link to the sign-up, and returns its page.
fn at_sign_up(visit: &mut Visit<'_>) -> Page {
    visit.page();
    visit.accepted(Event::SignUp);
    visit.page()
}

#[test]
fn a_stranger_proves_an_address_before_anything_else_counts() {
    for policy in both("SignUpOrSignin") {
        let mut world = Memory::new();
        let mut visit = Visit::new(&policy, &mut world, Session::default());
        let page = at_sign_up(&mut visit);
        assert_eq!((page.kind, page.content_definition.as_str()), (PageKind::SelfAsserted, "api.localaccountsignup"));
        assert_eq!(page.strings["button_continue"], "Create");
        assert_eq!(page.items.len(), 6, "{:?}", ids(&page));
        let unproven = visit.refused(&[&[("email", "zoe@example.com")][..], &SIGN_UP].concat());
        assert_eq!(unproven.id, "UserMessageIfClaimNotVerified");
        visit.prove(&page, "zoe@example.com");
        let page = visit.page();
        assert!(matches!(&page.items[0], Item::Control(c)
            if c.state == ControlState::Verified && c.address.value.as_deref() == Some("zoe@example.com")));
    }
}

#[test]
fn a_stranger_signs_up_and_is_signed_in() {
    for policy in both("SignUpOrSignin") {
        let mut world = Memory::new();
        let mut visit = Visit::new(&policy, &mut world, Session::default());
        let page = at_sign_up(&mut visit);
        visit.prove(&page, "zoe@example.com");
        visit.submit(&SIGN_UP);
        let issued = visit.token();
        let user = world.user("zoe@example.com").expect("made");
        assert_eq!(user["password"].text(), GOOD);
        assert_eq!(user["passwordPolicies"].text(), "DisablePasswordExpiration");
        let id = user["objectId"].text();
        assert_eq!((issued.subject.as_deref(), issued.object_id.as_deref()), (Some(id.as_str()), Some(id.as_str())));
        assert!(issued.interactive);
        let claims = claims(&issued);
        let names = ["name", "given_name", "family_name", "email"].map(|name| claims[name].clone());
        assert_eq!(names, ["Zoe", "Zoë", "Lund", "zoe@example.com"]);
        assert_eq!(claims["tid"], "11111111-1111-4111-8111-111111111111");
        assert!(!issued.bag.values().any(|value| value.text() == GOOD));
    }
}

#[test]
fn a_member_signs_in_by_the_right_password_only() {
    for policy in both("SignUpOrSignin") {
        let mut world = Memory::new();
        let id = world.person("ada@example.com", &[]);
        let mut visit = Visit::new(&policy, &mut world, Session::default());
        visit.page();
        let wrong = visit.refused(&[("signInName", "ada@example.com"), ("password", "Wrong123!")]);
        assert_eq!((wrong.id.as_str(), wrong.code), ("UserMessageIfInvalidPassword", Some(90054)));
        assert_eq!(wrong.text.as_deref(), Some("Your password is incorrect."));
        let empty = visit.refused(&[("signInName", "ada@example.com")]);
        assert_eq!((empty.id.as_str(), empty.claim.as_deref()), ("requiredField_password", Some("password")));
        visit.submit(&[("signInName", "ada@example.com"), ("password", GOOD)]);
        let issued = visit.token();
        assert_eq!(issued.subject.as_deref(), Some(id.as_str()));
        assert_eq!(claims(&issued)["name"], "Ada");
    }
}

#[test]
fn a_session_serves_a_member_the_next_time() {
    for policy in both("SignUpOrSignin") {
        let mut world = Memory::new();
        let id = world.person("ada@example.com", &[]);
        let mut visit = Visit::new(&policy, &mut world, Session::default());
        visit.page();
        visit.submit(&[("signInName", "ada@example.com"), ("password", GOOD)]);
        visit.token();
        let session = visit.state.session.kept.clone();
        let mut again = Visit::new(&policy, &mut world, session.clone());
        let issued = again.token();
        assert_eq!(issued.subject.as_deref(), Some(id.as_str()));
        assert!(!issued.interactive, "the session stood in");

        let fresh = Request { fresh_login: true, ..request() };
        let mut asked = Visit::with(&policy, &mut world, session.clone(), fresh);
        assert_eq!(asked.page().kind, PageKind::Unified);

        world.users[0].insert("accountEnabled".to_owned(), Value::Bool(false));
        let mut disabled = Visit::new(&policy, &mut world, session);
        assert_eq!(disabled.page().kind, PageKind::Unified, "a session of somebody disabled is dropped");
        let refused = disabled.refused(&[("signInName", "ada@example.com"), ("password", GOOD)]);
        assert_eq!((refused.id.as_str(), refused.code), ("UserMessageIfUserAccountDisabled", Some(90111)));
    }
}

#[test]
fn an_address_that_is_taken_is_told_after_it_is_proven() {
    for policy in both("SignUpOrSignin") {
        let mut world = Memory::new();
        world.person("ada@example.com", &[]);
        let mut visit = Visit::new(&policy, &mut world, Session::default());
        visit.page();
        visit.accepted(Event::SignUp);
        let page = visit.page();
        visit.prove(&page, "ada@example.com");
        let taken = visit.refused(&SIGN_UP);
        assert_eq!((taken.id.as_str(), taken.code), ("UserMessageIfClaimsPrincipalAlreadyExists", Some(90001)));
        assert!(taken.text.expect("localized").starts_with("A user with the specified ID already exists"));
        assert_eq!(visit.world.user("ada@example.com").expect("still")["displayName"].text(), "Ada");
    }
}

#[test]
fn a_form_of_a_sign_up_is_checked_field_by_field() {
    for policy in both("SignUpOrSignin") {
        let mut world = Memory::new();
        let mut visit = Visit::new(&policy, &mut world, Session::default());
        visit.page();
        visit.accepted(Event::SignUp);
        let page = visit.page();
        let (control, field, _) = control(&page);
        let malformed = visit.act(&control, "SendCode", &[(&field, "no address")]).expect_err("refused");
        assert_eq!(malformed.text.as_deref(), Some("Please enter a valid email address."));
        visit.prove(&page, "zoe@example.com");
        let weak = visit.refused(&[("newPassword", "weak"), ("reenterPassword", "weak")]);
        assert_eq!((weak.id.as_str(), weak.claim.as_deref()), ("UserMessageIfIncorrectPattern", Some("newPassword")));
        assert!(weak.text.expect("help").starts_with("8-16 characters"));
        let other = visit.refused(&[("newPassword", GOOD), ("reenterPassword", "Passw0rd?")]);
        assert_eq!(other.id, "error_passwordEntryMismatch");
        let banned = visit.refused(&[("newPassword", "Banned123!"), ("reenterPassword", "Banned123!")]);
        assert_eq!((banned.id.as_str(), banned.claim.as_deref()), ("UserMessageIfPasswordBanned", Some("newPassword")));
        let swapped = visit.refused(&[("email", "eve@example.com"), ("newPassword", GOOD), ("reenterPassword", GOOD)]);
        assert_eq!(swapped.id, "UserMessageIfClaimNotVerified");
        assert_eq!(visit.world.writes, 0);
    }
}

#[test]
fn a_forgotten_password_is_reset_with_the_mailbox() {
    for policy in both("PasswordReset") {
        let mut world = Memory::new();
        let id = world.person("ada@example.com", &[("password", "Old12345!".into())]);
        let mut visit = Visit::new(&policy, &mut world, Session::default());
        let page = visit.page();
        assert_eq!(page.items.len(), 1, "{:?}", ids(&page));
        visit.prove(&page, "nobody@example.com");
        let unknown = visit.refused(&[]);
        assert_eq!(unknown.id, "UserMessageIfClaimsPrincipalDoesNotExist");
        let (control, _, _) = control(&page);
        visit.act(&control, "Change", &[]).expect("changed");
        visit.prove(&page, "ada@example.com");
        visit.submit(&[]);
        let page = visit.page();
        assert_eq!(ids(&page), ["newPassword", "reenterPassword"]);
        visit.submit(&[("newPassword", GOOD), ("reenterPassword", GOOD)]);
        let issued = visit.token();
        assert_eq!(issued.subject.as_deref(), Some(id.as_str()));
        assert_eq!(claims(&issued)["email"], "ada@example.com");
        assert_eq!(world.user("ada@example.com").expect("Ada")["password"].text(), GOOD);
    }
}

#[test]
fn a_disabled_person_cannot_reset() {
    for policy in both("PasswordReset") {
        let mut world = Memory::new();
        world.person("ada@example.com", &[("accountEnabled", Value::Bool(false))]);
        let mut visit = Visit::new(&policy, &mut world, Session::default());
        let page = visit.page();
        visit.prove(&page, "ada@example.com");
        let locked = visit.refused(&[]);
        assert_eq!(locked.id, "UserMessageIfClaimsTransformationBooleanValueIsNotEqual");
        assert!(locked.text.expect("localized").contains("locked"));
    }
}

#[test]
fn a_profile_is_edited_prefilled_and_an_empty_field_keeps_what_it_had() {
    for policy in both("ProfileEdit") {
        let mut world = Memory::new();
        let id = world.person("ada@example.com", &[]);
        let mut visit = Visit::new(&policy, &mut world, Session::default());
        let page = visit.page();
        assert_eq!(page.content_definition, "api.localaccountsignin", "one provider only: no choice to make");
        visit.submit(&[("signInName", "ada@example.com"), ("password", GOOD)]);
        let page = visit.page();
        let values: Vec<_> = page
            .items
            .iter()
            .map(|item| match item {
                Item::Field(field) => (field.id.clone(), field.value.clone(), field.input),
                Item::Control(control) => panic!("{}", control.id),
            })
            .collect();
        let text = |id: &str, value: &str| (id.to_owned(), Some(value.to_owned()), InputType::TextBox);
        assert_eq!(values, [text("givenName", "Ada"), text("surname", "King")]);
        visit.submit(&[("givenName", "Augusta"), ("surname", ""), ("objectId", "someone-else"), ("displayName", "x")]);
        let issued = visit.token();
        assert_eq!(issued.subject.as_deref(), Some(id.as_str()));
        let user = world.user("ada@example.com").expect("Ada");
        assert_eq!(user["givenName"].text(), "Augusta");
        assert_eq!(user["surname"].text(), "King", "the page does not allow claims without a value");
        assert_eq!(user["displayName"].text(), "Ada", "the page did not ask for it");
    }
}

#[test]
fn a_refresh_reads_the_user_again() {
    for policy in both("SignUpOrSignin") {
        let mut world = Memory::new();
        let id = world.person("ada@example.com", &[]);
        let refresh = |issued_at: i64| Request {
            entry: Entry::Refresh { bag: [("objectid".to_owned(), Value::from(id.as_str()))].into(), issued_at },
            ..request()
        };
        let now = crate::support::START;
        world.users[0].insert("displayName".to_owned(), "Countess".into());
        let issued = Visit::with(&policy, &mut world, Session::default(), refresh(now)).token();
        assert_eq!(claims(&issued)["name"], "Countess");
        assert_eq!(issued.subject.as_deref(), Some(id.as_str()));
        let old = 1_600_000_000_000;
        let failed = Visit::with(&policy, &mut world, Session::default(), refresh(old)).failed(Event::Continue);
        assert_eq!((failed.0, failed.1), (90129, "invalid_grant"));
        world.users[0].insert("accountEnabled".to_owned(), Value::Bool(false));
        let failed = Visit::with(&policy, &mut world, Session::default(), refresh(now)).failed(Event::Continue);
        assert_eq!((failed.0, failed.1), (90128, "invalid_grant"));
        world.users.clear();
        let failed = Visit::with(&policy, &mut world, Session::default(), refresh(now)).failed(Event::Continue);
        assert_eq!((failed.0, failed.1), (90128, "invalid_grant"));
    }
}

#[test]
fn cancel_and_the_old_forgot_link_end_the_journey() {
    for policy in both("SignUpOrSignin") {
        let mut world = Memory::new();
        let mut visit = Visit::new(&policy, &mut world, Session::default());
        visit.page();
        assert_eq!(visit.failed(Event::ForgotPassword).0, 90118);
        let mut visit = Visit::new(&policy, &mut world, Session::default());
        visit.page();
        visit.accepted(Event::SignUp);
        visit.page();
        assert_eq!(visit.failed(Event::Cancel).0, 90091);
    }
}

/// The unsupported features that the packs' other policies need are reported, and nothing else.
#[test]
fn every_policy_of_the_packs_compiles_or_names_what_is_not_supported() {
    let Some(folder) = starter_pack() else { return };
    for pack in ["SocialAccounts", "SocialAndLocalAccounts", "SocialAndLocalAccountsWithMfa", "LocalAccounts"] {
        for place in [folder.join(pack), folder.join("Display Controls Starterpack").join(pack)] {
            for leaf in ["SignUpOrSignin", "ProfileEdit", "PasswordReset"] {
                if !place.join(format!("{leaf}.xml")).exists() {
                    continue;
                }
                let problems = check(&pack_chain(&place, leaf), &CompileOptions::default());
                let odd = |problem: &&Problem| {
                    matches!(problem.severity, Severity::Error) || problem.code == Some(Code::Order)
                };
                let odd: Vec<String> = problems.iter().filter(odd).map(ToString::to_string).collect();
                assert!(odd.is_empty(), "{}/{leaf}: {odd:#?}", place.display());
            }
        }
    }
}

#[test]
fn a_password_is_changed_by_who_knows_the_old_one() {
    let Some(folder) = starter_pack() else { return };
    let read = |name: &str| {
        let text = std::fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        Source { name: name.to_owned(), text }
    };
    let scenario = "scenarios/password-change";
    // The pack's own extensions file has the client_id without which Azure AD B2C rejects the scenario.
    let mut base = read("LocalAccounts/TrustFrameworkBase.xml");
    let comment = r#"<!-- <Item Key="grant_type">password</Item> -->"#;
    base.text = base.text.replacen(comment, r#"<Item Key="client_id">proxy</Item>"#, 1);
    let policy = compiled(&[
        base,
        read(&format!("{scenario}/TrustFrameworkExtensions.xml")),
        read(&format!("{scenario}/PasswordChange.xml")),
    ]);
    let mut world = Memory::new();
    world.person("ada@example.com", &[]);
    let mut visit = Visit::new(&policy, &mut world, Session::default());
    visit.page();
    visit.submit(&[("signInName", "ada@example.com"), ("password", GOOD)]);
    assert_eq!(ids(&visit.page()), ["oldPassword", "newPassword", "reenterPassword"]);
    let new = [("newPassword", "Newer123"), ("reenterPassword", "Newer123")];
    let wrong = visit.refused(&[&[("oldPassword", "Guess123")][..], &new].concat());
    assert_eq!(wrong.id, "UserMessageIfInvalidPassword");
    assert_eq!(visit.world.writes, 0);
    visit.submit(&[&[("oldPassword", GOOD)][..], &new].concat());
    visit.token();
    assert_eq!(world.user("ada@example.com").expect("Ada")["password"].text(), "Newer123");
}
