//! Codes: mailed, expired, exhausted, single-use; and one-time passwords.

use crate::stories::{chain, policy};
use crate::support::{Memory, Person as _, Usual as _, Visit, claims, compiled, control};
use vestibule_journey::outcome::ControlState;
use vestibule_journey::{Event, Item, Policy, Session};

const ADA: &str = "ada@example.com";

/// A visit that waits for the code of a control, with the control's id and the ids of its address and its code.
fn at_reset<'a>(policy: &'a Policy, world: &'a mut Memory) -> (Visit<'a>, (String, String, String)) {
    world.person(ADA, &[]);
    let mut visit = Visit::new(policy, world, Session::default());
    visit.page();
    visit.accepted(Event::ForgotPassword);
    let control = control(&visit.page());
    (visit, control)
}

/// Sends Ada a code, and returns it.
fn send(visit: &mut Visit<'_>, (id, address, _): &(String, String, String)) -> String {
    assert_eq!(visit.act(id, "SendCode", &[(address, ADA)]).expect("sent").id, "success_send_code_msg");
    visit.world.last_code()
}

/// Enters a code for Ada; returns the id of the notice.
fn verify(
    visit: &mut Visit<'_>,
    (id, address, code): &(String, String, String),
    typed: &str,
) -> Result<String, String> {
    visit.act(id, "VerifyCode", &[(address, ADA), (code, typed)]).map(|n| n.id).map_err(|n| n.id)
}

#[test]
fn codes_of_a_control_run_out_of_tries() {
    let (policy, mut world) = (policy("SignIn"), Memory::new());
    let (mut visit, control) = at_reset(&policy, &mut world);
    let refused = |id: &str| Err(id.to_owned());
    let early = verify(&mut visit, &control, "12345678");
    assert_eq!(early, refused("UserMessageIfChallengeExpired"), "nothing was sent");
    let code = send(&mut visit, &control);
    assert!(code.len() == 8 && code.bytes().all(|b| b.is_ascii_digit()), "{code}");
    let first = verify(&mut visit, &control, "x");
    assert_eq!(first, refused("UserMessageIfVerificationFailedRetryAllowed"));
    assert_eq!(verify(&mut visit, &control, "y"), refused("UserMessageIfVerificationFailedNoRetry"));
    let spent = verify(&mut visit, &control, &code);
    assert_eq!(spent, refused("UserMessageIfVerificationFailedNoRetry"), "the tries are spent");
}

/// The ways in which users and programs write the code `12345678`.
fn spellings(code: &str) -> Vec<String> {
    let (first, second) = code.split_at(code.len() / 2);
    let wide = |zero: u32| {
        let digit = |c: char| char::from_u32(zero + c.to_digit(10).expect("a digit")).expect("a character");
        code.chars().map(digit).collect::<String>()
    };
    let apart: String = code.chars().flat_map(|c| [c, ' ']).collect();
    let joined = [" ", "  ", "-", " - ", "\t", "\u{a0}", "\u{202f}", "\u{2009}", "\u{2011}", "\u{2013}", "\u{200b}"];
    let mut all: Vec<String> = joined.iter().map(|joint| format!("{first}{joint}{second}")).collect();
    all.extend([format!("\u{feff}{code}\r\n"), format!("\u{2068}{code}\u{2069}"), apart]);
    all.extend([0xff10, 0x660, 0x6f0, 0x966].map(wide));
    all
}

#[test]
fn a_code_is_taken_with_the_blanks_dashes_and_digits_that_people_write() {
    let policy = policy("SignIn");
    for n in 0..spellings("12345678").len() {
        let mut world = Memory::new();
        let (mut visit, control) = at_reset(&policy, &mut world);
        let code = send(&mut visit, &control);
        let typed = spellings(&code)[n].clone();
        assert_eq!(verify(&mut visit, &control, &typed).as_deref(), Ok("success_verify_code_msg"), "{typed:?}");
    }
}

#[test]
fn a_code_with_another_character_in_it_is_wrong() {
    let policy = policy("SignIn");
    for decoration in ["x", "0", "+", "/", "\u{37e}"] {
        let mut world = Memory::new();
        let (mut visit, control) = at_reset(&policy, &mut world);
        let code = send(&mut visit, &control);
        assert!(verify(&mut visit, &control, &format!("{code}{decoration}")).is_err(), "{decoration:?}");
    }
}

#[test]
fn codes_of_a_control_expire_and_are_used_once() {
    let (policy, mut world) = (policy("SignIn"), Memory::new());
    let (mut visit, control) = at_reset(&policy, &mut world);
    let expired = Err("UserMessageIfChallengeExpired".to_owned());
    let code = send(&mut visit, &control);
    visit.world.now += 300_000;
    assert_eq!(verify(&mut visit, &control, &code), expired);
    let code = send(&mut visit, &control);
    let (id, address, input) = &control;
    let other = visit.act(id, "VerifyCode", &[(address, "eve@example.com"), (input, &code)]);
    assert_eq!(other.expect_err("another address").id, "UserMessageIfChallengeExpired");
    assert_eq!(verify(&mut visit, &control, &code), Ok("success_verify_code_msg".to_owned()));
    assert_eq!(verify(&mut visit, &control, &code), expired, "a code is used once");
}

#[test]
fn a_control_sends_three_codes_and_no_more() {
    let (policy, mut world) = (policy("SignIn"), Memory::new());
    let (mut visit, control) = at_reset(&policy, &mut world);
    for _ in 0..3 {
        send(&mut visit, &control);
    }
    let fourth = visit.act(&control.0, "SendCode", &[(&control.1, ADA)]).expect_err("three codes are enough");
    assert_eq!(fourth.id, "UserMessageIfThrottled");
    assert_eq!(visit.world.mails.len(), 3);
}

#[test]
fn requirement_19_a_code_is_drawn_from_the_worlds_randomness_and_kept_as_a_salted_hash() {
    let policy = policy("Prove");
    let mut drawn = Vec::new();
    for seed in [1, 2, 3, 3] {
        let mut world = Memory { seed, ..Memory::new() };
        let mut visit = Visit::new(&policy, &mut world, Session::default());
        visit.page();
        visit.act("email", "SendCode", &[("email", "ada@example.com")]).expect("sent");
        let code = visit.world.last_code();
        let state = serde_json::to_value(&visit.state).expect("plain data");
        let kept = &state["page"]["codes"]["ada@example.com"];
        let (salt, hash) = (kept["salt"].as_str().expect("a salt"), kept["hash"].as_str().expect("a hash"));
        assert!(salt.len() >= 22 && hash.len() == 43, "128 bits, and SHA-256: {kept}");
        assert!(!state.to_string().contains(&code), "the code itself is nowhere: {state}");
        drawn.push((code, salt.to_owned()));
    }
    assert_ne!(drawn[0], drawn[1]);
    assert_ne!(drawn[1].1, drawn[2].1, "each has a salt of its own");
    assert_eq!(drawn[2], drawn[3], "nothing but the world's randomness goes in");
}

#[test]
fn a_verified_email_claim_is_shown_as_a_control() {
    let policy = policy("Prove");
    let mut world = Memory::new();
    let mut visit = Visit::new(&policy, &mut world, Session::default());
    let page = visit.page();
    let Item::Control(shown) = &page.items[0] else { panic!("no control") };
    assert!(shown.classic && shown.id == "email" && shown.state == ControlState::Initial);
    assert_eq!(shown.code.id, "email_ver_input");
}

#[test]
fn a_verified_email_claim_says_why_no_code_is_sent() {
    let policy = policy("Prove");
    let mut world = Memory::new();
    let mut visit = Visit::new(&policy, &mut world, Session::default());
    visit.page();
    let odd = visit.act("email", "SendCode", &[("email", "two words@x")]).expect_err("refused");
    assert_eq!((odd.id.as_str(), odd.claim.as_deref()), ("ver_incorrect_format", Some("email")));
    visit.world.throttled = true;
    let busy = visit.act("email", "SendCode", &[("claim_value", "zoe@example.com")]).expect_err("refused");
    assert_eq!(busy.id, "ver_fail_throttled");
}

#[test]
fn a_verified_email_claim_has_codes_of_its_own() {
    let policy = policy("Prove");
    let mut world = Memory::new();
    let mut visit = Visit::new(&policy, &mut world, Session::default());
    visit.page();
    let sent = visit.act("EMAIL", "sendcode", &[("claim_value", "zoe@example.com")]).expect("sent");
    assert_eq!(sent.id, "ver_info_msg");
    let Item::Control(shown) = visit.page().items.remove(0) else { panic!("no control") };
    assert_eq!((shown.state, shown.address.value.as_deref()), (ControlState::Sent, Some("zoe@example.com")));
    let wrong = visit.act("email", "VerifyCode", &[("user_input", "000000")]).expect_err("wrong");
    assert_eq!((wrong.id.as_str(), wrong.claim.as_deref()), ("ver_fail_retry", Some("email_ver_input")));
    let code = visit.world.last_code();
    let proven = visit.act("email", "VerifyCode", &[("user_input", &code)]).expect("proven");
    assert_eq!(proven.id, "ver_success_msg");
}

#[test]
fn another_address_of_a_verified_email_claim_is_another_proof() {
    let policy = policy("Prove");
    let mut world = Memory::new();
    let mut visit = Visit::new(&policy, &mut world, Session::default());
    let page = visit.page();
    visit.prove(&page, "zoe@example.com");
    visit.act("email", "Change", &[]).expect("changed");
    assert_eq!(visit.refused(&[("email", "zoe@example.com")]).id, "UserMessageIfClaimNotVerified");
    visit.prove(&page, "zoe@example.com");
    visit.act("email", "SendCode", &[("email", "eve@example.com")]).expect("sent");
    assert_eq!(visit.refused(&[("email", "zoe@example.com")]).id, "UserMessageIfClaimNotVerified");
    visit.prove(&page, "eve@example.com");
    visit.submit(&[]);
    assert_eq!(claims(&visit.token())["email"], "eve@example.com");
}

#[test]
fn one_time_passwords_are_made_reused_and_checked_in_validation_lists() {
    let policy = compiled(&chain("Otp", r#"<OutputClaim ClaimTypeReferenceId="otp" />"#));
    let mut world = Memory::new();
    let mut visit = Visit::new(&policy, &mut world, Session::default());
    visit.page();
    let wrong = visit.refused(&[("verificationCode", "ABC")]);
    assert_eq!(wrong.id, "UserMessageIfInvalidCode");
    // The policy issues the code as a claim; the test can know it only from there.
    let state = serde_json::to_value(&visit.state).expect("plain data");
    let code = state["bag"]["otp"].as_str().expect("a code").to_owned();
    assert!(code.len() == 12 && code.bytes().all(|byte| byte.is_ascii_uppercase()), "{code}");
    assert_eq!(state["page"]["codes"]["hint@example.com"]["made"], 2, "made twice, the same both times");
    visit.submit(&[("verificationCode", &code)]);
    assert_eq!(claims(&visit.token())["otp"], code);
    assert!(visit.world.mails.is_empty(), "the list ends at the code that is right");
}
