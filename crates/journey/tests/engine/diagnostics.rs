//! The messages for authors of invalid policies.

use crate::stories::chain;
use vestibule_journey::{CompileOptions, Problem, Source, compile};

fn told(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("{problem}\n")).collect()
}

/// The problems of a chain, warnings too.
pub(crate) fn problems(chain: &[Source], options: &CompileOptions) -> String {
    match compile(chain, options) {
        Ok(compiled) => format!("compiles\n{}", told(&compiled.warnings)),
        Err(problems) => told(&problems),
    }
}

/// The chain of a journey with a text of its base replaced.
pub(crate) fn with(journey: &str, from: &str, to: &str) -> [Source; 2] {
    let mut chain = chain(journey, "");
    assert!(chain[0].text.contains(from), "{from}");
    chain[0].text = chain[0].text.replacen(from, to, 1);
    chain
}

#[test]
fn every_mistake_is_told_at_once_with_its_line_and_the_nearest_name() {
    let [base, _] = chain("SignIn", "");
    let bad = Source { name: "Bad.xml".to_owned(), text: include_str!("policies/Bad.xml").to_owned() };
    insta::assert_snapshot!(problems(&[base, bad], &CompileOptions::default()));
}

#[test]
fn a_sound_policy_is_told_only_what_the_tenant_must_have() {
    insta::assert_snapshot!(problems(&chain("SignIn", ""), &CompileOptions::default()));
}

#[test]
fn key_containers_are_compared_with_those_that_exist() {
    let of = |names: &[&str]| CompileOptions {
        tenant: Some("contoso.onmicrosoft.com".to_owned()),
        key_containers: Some(names.iter().map(|name| (*name).to_owned()).collect()),
    };
    assert_eq!(
        problems(&chain("SignIn", ""), &of(&["TokenSigningKeyContainer", "TokenEncryptionKeyContainer"])),
        "compiles\n"
    );
    let missing = problems(&chain("SignIn", ""), &of(&["B2C_1A_TokenSigningKey"]));
    assert!(missing.contains("warning: the tenant has no key container B2C_1A_TokenSigningKeyContainer"), "{missing}");
}

#[test]
fn another_tenant_is_an_error_when_one_is_named_and_odd_when_the_files_differ() {
    let fabrikam = CompileOptions { tenant: Some("fabrikam.onmicrosoft.com".to_owned()), key_containers: None };
    let named = problems(&chain("SignIn", ""), &fabrikam);
    assert!(named.contains("SignIn.xml:1: error: this names the tenant contoso.onmicrosoft.com"), "{named}");
    let mixed = with("SignIn", "TenantId=\"contoso", "TenantId=\"fabrikam");
    let odd = problems(&mixed, &CompileOptions::default());
    assert!(odd.starts_with("compiles\nBase.xml:3: warning: this names the tenant fabrikam"), "{odd}");
}

#[test]
fn files_that_do_not_belong_together_are_told() {
    let [base, leaf] = chain("SignIn", "");
    let none = CompileOptions::default();
    assert!(problems(&[], &none).contains("there is no policy file"));
    assert!(problems(std::slice::from_ref(&leaf), &none).contains("the base policy B2C_1A_Base is missing"));
    assert!(problems(std::slice::from_ref(&base), &none).contains("needs a RelyingParty"));
    let backwards = problems(&[leaf.clone(), base.clone()], &none);
    assert!(backwards.contains("this policy names no base, but B2C_1A_SignIn was given"), "{backwards}");
    let many: Vec<Source> = std::iter::repeat_n(base, 11).collect();
    assert!(problems(&many, &none).contains("at most 10 files"));
    let torn =
        Source { name: "Torn.xml".to_owned(), text: "<TrustFrameworkPolicy>\n<a>\n</TrustFrameworkPolicy>".to_owned() };
    assert!(problems(&[torn.clone(), torn], &none).starts_with("Torn.xml:3: error: this is not well-formed XML"));
}

#[test]
fn only_what_is_reached_must_be_supported() {
    let rest = r#"Handler="Web.TPEngine.Providers.RestfulProvider, Web.TPEngine""#;
    let saml = r#"<TechnicalProfile Id="Idle"><DisplayName>Idle</DisplayName><Protocol Name="SAML2" /></TechnicalProfile><TechnicalProfile Id="Way-North">"#;
    let none = CompileOptions::default();
    let idle = with("SignIn", r#"<TechnicalProfile Id="Way-North">"#, saml);
    assert!(problems(&idle, &none).starts_with("compiles"));
    let claims = r#"Handler="Web.TPEngine.Providers.ClaimsTransformationProtocolProvider, Web.TPEngine, Version=1.0.0.0, Culture=neutral, PublicKeyToken=null""#;
    let reached = problems(&with("Choose", claims, rest), &none);
    let message = "not supported: Way-North cannot run: this version does not support REST services [P901]";
    assert!(reached.contains(message), "{reached}");
    assert!(problems(&with("SignIn", claims, rest), &none).starts_with("compiles"));
}

#[test]
fn a_journey_must_come_to_an_end() {
    let send = r#"<OrchestrationStep Order="1" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="JwtIssuer" />"#;
    let endless = problems(&with("Choose", send, ""), &CompileOptions::default());
    assert!(endless.contains("the journey Choose has no SendClaims step"), "{endless}");
}
