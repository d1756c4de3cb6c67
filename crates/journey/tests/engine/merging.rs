//! A step of a child policy is merged into its parent's.

use crate::stories::chain;
use crate::support::{Memory, Usual as _, Visit, compiled, ids};
use vestibule_journey::{CompileOptions, Session, Source, compile};

/// The chain of `SignIn` with these steps in the relying party's file.
fn with_steps(steps: &str) -> [Source; 2] {
    let journey = format!(
        r#"<UserJourneys><UserJourney Id="SignIn"><OrchestrationSteps>{steps}</OrchestrationSteps></UserJourney></UserJourneys><RelyingParty>"#
    );
    chain("SignIn", "").map(|mut source| {
        source.text = source.text.replacen("<RelyingParty>", &journey, 1);
        source
    })
}

#[test]
fn a_step_that_names_only_another_profile_keeps_its_parents_choices() {
    let step = r#"<OrchestrationStep Order="1" Type="CombinedSignInAndSignUp" ContentDefinitionReferenceId="api.signuporsignin"><ClaimsExchanges><ClaimsExchange Id="LocalExchange" TechnicalProfileReferenceId="Page-SignInStrict" /></ClaimsExchanges></OrchestrationStep>"#;
    let policy = compiled(&with_steps(step));
    let mut world = Memory::new();
    let page = Visit::new(&policy, &mut world, Session::default()).page();
    assert_eq!(ids(&page), ["signInName", "password"]);
    assert_eq!(page.choices.len(), 1, "the other choice of the parent's step is still there");
}

#[test]
fn a_step_that_adds_an_exchange_is_refused_as_in_b2c() {
    let step = r#"<OrchestrationStep Order="5" Type="ClaimsExchange"><ClaimsExchanges><ClaimsExchange Id="Other" TechnicalProfileReferenceId="Way-North" /></ClaimsExchanges></OrchestrationStep>"#;
    let problems = compile(&with_steps(step), &CompileOptions::default()).expect_err("it is refused");
    let message = "this step has 2 claims exchanges: the step before it must let one of them be chosen";
    assert!(problems.iter().any(|problem| problem.message == message), "{problems:?}");
}
