//! Malicious policies and users.

use crate::stories::{chain, policy};
use crate::support::{GOOD, Memory, Person as _, form, request};
use proptest::prelude::*;
use vestibule_journey::{CompileOptions, Event, Outcome, Session, State, advance, compile};

/// A byte offset, moved back to the beginning of a character.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn events() -> impl Strategy<Value = Event> {
    let name = prop_oneof![
        Just("signInName"),
        Just("password"),
        Just("email"),
        Just("verificationCode"),
        Just("newPassword"),
        Just("reenterPassword"),
        Just("objectId"),
        Just("mustChange"),
        Just("isForgotPassword"),
    ];
    let value = prop_oneof![
        Just(""),
        Just("ada@example.com"),
        Just("eve@example.com"),
        Just("00000000-0000-4000-8000-000000000001"),
        Just("00000000"),
        Just("true"),
        Just("Guess1234"),
    ];
    let values = proptest::collection::vec((name, value), 0..6).prop_map(|values| form(&values));
    let control = prop_oneof![Just("emailVerificationControl"), Just("email"), Just("")];
    let action = prop_oneof![Just("SendCode"), Just("VerifyCode"), Just("Change"), Just("x")];
    let choice = prop_oneof![Just("ForgotPasswordExchange"), Just("ReadExchange"), Just("ChangeExchange"), Just("")];
    prop_oneof![
        3 => Just(Event::Continue),
        3 => values.clone().prop_map(Event::Submit),
        3 => (control, action, values).prop_map(|(control, action, form)| Event::Act {
            control: control.to_owned(), action: action.to_owned(), form
        }),
        2 => choice.prop_map(|choice| Event::Choose(choice.to_owned())),
        1 => Just(Event::SignUp),
        1 => Just(Event::ForgotPassword),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_damage_to_a_policy_makes_the_compiler_panic(
        from in 0usize..30_000,
        length in 0usize..400,
        instead in "(<|>|\"|Id=\"|</InputClaims>|<TechnicalProfile Id=\"User-Read\">|é|-1|99999999999|\\{|\\PC){0,6}",
    ) {
        let mut chain = chain("SignIn", "");
        let text = &mut chain[0].text;
        let (from, to) = (boundary(text, from), boundary(text, from + length));
        text.replace_range(from.min(to)..to, &instead);
        let _ = compile(&chain, &CompileOptions::default());
    }

    #[test]
    fn nobody_gets_a_token_without_a_password_or_a_code(events in proptest::collection::vec(events(), 1..40)) {
        let policy = policy("SignIn");
        let mut world = Memory::new();
        world.person("ada@example.com", &[]);
        let mut state = State::new(&policy, request(), Session::default());
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        for event in events {
            let outcome = runtime.block_on(advance(&policy, &mut state, event, &mut world)).expect("the world works");
            prop_assert!(!matches!(outcome, Outcome::Token(_)), "{:#?}", state.trace);
            if matches!(outcome, Outcome::Failed { .. }) {
                break;
            }
        }
        prop_assert_eq!(world.users[0]["password"].text(), GOOD);
        prop_assert_eq!(world.writes, 0);
        prop_assert!(world.mails.len() <= 30, "{}", world.mails.len());
    }
}
