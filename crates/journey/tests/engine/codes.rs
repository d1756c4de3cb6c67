//! Codes: mailed, expired, run out of, used once; and one-time passwords.

use crate::stories::{chain, policy};
use crate::support::{Memory, Visit, claims, compiled, control};
use vestibule_journey::outcome::ControlState;
use vestibule_journey::{Event, Item, Session};

#[tokio::test]
async fn codes_of_a_control_expire_run_out_of_tries_and_are_used_once() {
    let policy = policy("SignIn");
    let mut world = Memory::new();
    world.person("ada@example.com", &[]);
    let mut visit = Visit::new(&policy, &mut world, Session::default());
    visit.page().await;
    visit.accepted(Event::ForgotPassword).await;
    let page = visit.page().await;
    let (id, address, code) = control(&page);
    let ada = [(address.as_str(), "ada@example.com")];
    let typed = |text: &str| vec![(address.clone(), "ada@example.com".to_owned()), (code.clone(), text.to_owned())];
    macro_rules! verify {
        ($text:expr) => {{
            let values = typed($text);
            let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            visit.act(&id, "VerifyCode", &values).await.map(|n| n.id).map_err(|n| n.id)
        }};
    }
    assert_eq!(verify!("12345678"), Err("UserMessageIfChallengeExpired".to_owned()), "nothing was sent");
    assert_eq!(visit.act(&id, "SendCode", &ada).await.expect("sent").id, "success_send_code_msg");
    let first = visit.world.last_code();
    assert!(first.len() == 8 && first.bytes().all(|b| b.is_ascii_digit()), "{first}");
    assert_eq!(verify!("x"), Err("UserMessageIfVerificationFailedRetryAllowed".to_owned()));
    assert_eq!(verify!("y"), Err("UserMessageIfVerificationFailedNoRetry".to_owned()));
    assert_eq!(verify!(&first), Err("UserMessageIfVerificationFailedNoRetry".to_owned()), "the tries are spent");

    visit.act(&id, "SendCode", &ada).await.expect("sent again");
    visit.world.now += 300_000;
    let second = visit.world.last_code();
    assert_eq!(verify!(&second), Err("UserMessageIfChallengeExpired".to_owned()));

    visit.act(&id, "SendCode", &ada).await.expect("sent a third time");
    let third = visit.world.last_code();
    let other = visit.act(&id, "VerifyCode", &[(&address, "eve@example.com"), (&code, &third)]).await;
    assert_eq!(other.expect_err("another address").id, "UserMessageIfChallengeExpired");
    assert_eq!(verify!(&third), Ok("success_verify_code_msg".to_owned()));
    assert_eq!(verify!(&third), Err("UserMessageIfChallengeExpired".to_owned()), "a code is used once");
    let fourth = visit.act(&id, "SendCode", &ada).await.expect_err("three codes are enough");
    assert_eq!(fourth.id, "UserMessageIfThrottled");
    assert_eq!(visit.world.mails.len(), 3);
}

#[tokio::test]
async fn requirement_19_a_code_is_drawn_from_the_worlds_randomness_and_kept_as_a_salted_hash() {
    let policy = policy("Prove");
    let mut drawn = Vec::new();
    for seed in [1, 2, 3, 3] {
        let mut world = Memory { seed, ..Memory::new() };
        let mut visit = Visit::new(&policy, &mut world, Session::default());
        visit.page().await;
        visit.act("email", "SendCode", &[("email", "ada@example.com")]).await.expect("sent");
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

#[tokio::test]
async fn a_verified_email_claim_has_codes_of_its_own() {
    let policy = policy("Prove");
    let mut world = Memory::new();
    let mut visit = Visit::new(&policy, &mut world, Session::default());
    let page = visit.page().await;
    let Item::Control(shown) = &page.items[0] else { panic!("no control") };
    assert!(shown.classic && shown.id == "email" && shown.state == ControlState::Initial);
    assert_eq!(shown.code.id, "email_ver_input");
    let odd = visit.act("email", "SendCode", &[("email", "two words@x")]).await.expect_err("refused");
    assert_eq!((odd.id.as_str(), odd.claim.as_deref()), ("ver_incorrect_format", Some("email")));
    visit.world.throttled = true;
    let busy = visit.act("email", "SendCode", &[("claim_value", "zoe@example.com")]).await.expect_err("refused");
    assert_eq!(busy.id, "ver_fail_throttled");
    visit.world.throttled = false;
    let sent = visit.act("EMAIL", "sendcode", &[("claim_value", "zoe@example.com")]).await.expect("sent");
    assert_eq!(sent.id, "ver_info_msg");
    let Item::Control(shown) = visit.page().await.items.remove(0) else { panic!("no control") };
    assert_eq!((shown.state, shown.address.value.as_deref()), (ControlState::Sent, Some("zoe@example.com")));
    let wrong = visit.act("email", "VerifyCode", &[("user_input", "000000")]).await.expect_err("wrong");
    assert_eq!((wrong.id.as_str(), wrong.claim.as_deref()), ("ver_fail_retry", Some("email_ver_input")));
    let code = visit.world.last_code();
    let proven = visit.act("email", "VerifyCode", &[("user_input", &code)]).await.expect("proven");
    assert_eq!(proven.id, "ver_success_msg");
    // Another address is another proof.
    visit.act("email", "Change", &[]).await.expect("changed");
    assert_eq!(visit.refused(&[("email", "zoe@example.com")]).await.id, "UserMessageIfClaimNotVerified");
    visit.prove(&page, "zoe@example.com").await;
    visit.act("email", "SendCode", &[("email", "eve@example.com")]).await.expect("sent");
    assert_eq!(visit.refused(&[("email", "zoe@example.com")]).await.id, "UserMessageIfClaimNotVerified");
    visit.prove(&page, "eve@example.com").await;
    visit.submit(&[]).await;
    assert_eq!(claims(&visit.token().await)["email"], "eve@example.com");
}

#[tokio::test]
async fn one_time_passwords_are_made_reused_and_checked_in_validation_lists() {
    let policy = compiled(&chain("Otp", r#"<OutputClaim ClaimTypeReferenceId="otp" />"#));
    let mut world = Memory::new();
    let mut visit = Visit::new(&policy, &mut world, Session::default());
    visit.page().await;
    let wrong = visit.refused(&[("verificationCode", "ABC")]).await;
    assert_eq!(wrong.id, "UserMessageIfInvalidCode");
    // The policy issues the code as a claim; only so the story can know it.
    let state = serde_json::to_value(&visit.state).expect("plain data");
    let code = state["bag"]["otp"].as_str().expect("a code").to_owned();
    assert!(code.len() == 12 && code.bytes().all(|byte| byte.is_ascii_uppercase()), "{code}");
    assert_eq!(state["page"]["codes"]["hint@example.com"]["made"], 2, "made twice, the same both times");
    visit.submit(&[("verificationCode", &code)]).await;
    assert_eq!(claims(&visit.token().await)["otp"], code);
    assert!(visit.world.mails.is_empty(), "the list ends at the code that is right");
}
