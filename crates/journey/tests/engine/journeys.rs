//! Nested journeys, and states stored by another version.

use crate::stories::{chain, policy};
use crate::support::{Memory, Usual as _, Visit, compiled};
use vestibule_journey::{CompileOptions, FORMAT, Session, Source, State, StateError, compile};

/// The end of the journey `Prove` in the base.
const END: &str = r#"<OrchestrationStep Order="2" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="JwtIssuer" />
      </OrchestrationSteps>
    </UserJourney>
    <UserJourney Id="Otp">"#;

/// The journey `Prove`, whose end calls these sub-journeys instead of `Finish`.
fn with_subs(called: &str, subs: &str) -> [Source; 2] {
    let chain = chain("Prove", "");
    assert!(chain[0].text.contains(END));
    chain.map(|mut source| {
        let call = END.replace(
            r#"<OrchestrationStep Order="2" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="JwtIssuer" />"#,
            &step(2, called),
        );
        source.text = source.text.replace(END, &call).replace("<SubJourneys>", &format!("<SubJourneys>{subs}"));
        source
    })
}

fn step(order: u32, called: &str) -> String {
    let candidate = format!(r#"<JourneyList><Candidate SubJourneyReferenceId="{called}" /></JourneyList>"#);
    format!(r#"<OrchestrationStep Order="{order}" Type="InvokeSubJourney">{candidate}</OrchestrationStep>"#)
}

/// A sub-journey of one step that calls another.
fn sub(id: &str, called: &str) -> String {
    let steps = step(1, called);
    format!(r#"<SubJourney Id="{id}" Type="Call"><OrchestrationSteps>{steps}</OrchestrationSteps></SubJourney>"#)
}

fn messages(chain: &[Source]) -> Vec<String> {
    let problems = compile(chain, &CompileOptions::default()).expect_err("it is refused");
    problems.into_iter().map(|problem| problem.message).collect()
}

fn runs(policy: &vestibule_journey::Policy) {
    let mut world = Memory::new();
    let mut visit = Visit::new(policy, &mut world, Session::default());
    let page = visit.page();
    visit.prove(&page, "ada@example.com");
    visit.submit(&[]);
    visit.token();
}

#[test]
fn a_sub_journey_may_call_another_and_have_the_id_of_a_user_journey() {
    runs(&compiled(&with_subs("Prove", &(sub("Prove", "Outer") + &sub("Outer", "Finish")))));
}

#[test]
fn a_sub_journey_that_leads_to_itself_is_refused() {
    let told = messages(&with_subs("Outer", &(sub("Outer", "Inner") + &sub("Inner", "Outer"))));
    assert!(told.contains(&"the sub-journey Outer leads to itself".to_owned()), "{told:?}");
}

#[test]
fn sub_journeys_are_nested_eight_deep_at_most() {
    let nested = |depth: u32| {
        let called = |at: u32| if at == depth { "Finish".to_owned() } else { format!("Sub{}", at + 1) };
        (1..=depth).map(|at| sub(&format!("Sub{at}"), &called(at))).collect::<String>()
    };
    assert!(compile(&with_subs("Sub1", &nested(6)), &CompileOptions::default()).is_ok());
    let told = messages(&with_subs("Sub1", &nested(7)));
    assert!(told.contains(&"the calls of the sub-journey Sub1 are nested more than 8 deep".to_owned()), "{told:?}");
}

#[test]
fn a_state_of_another_format_is_told_from_a_damaged_one() {
    let policy = policy("Prove");
    let json =
        serde_json::to_string(&State::new(&policy, crate::support::request(), Session::default())).expect("JSON");
    assert!(State::read(&json).is_ok());
    let other = json.replacen(&format!("\"format\":{FORMAT}"), "\"format\":99", 1);
    assert!(matches!(State::read(&other), Err(StateError::OtherFormat { found: 99 })));
    assert!(serde_json::from_str::<State>(&other).expect_err("not read").to_string().contains("format 99"));
    assert!(matches!(State::read("{}"), Err(StateError::OtherFormat { found: 1 })), "before there were numbers");
    assert!(matches!(State::read("[1"), Err(StateError::Damaged(_))));
}
