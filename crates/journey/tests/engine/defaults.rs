//! `DefaultValue` and `AlwaysUseDefaultValue` of claims, in every kind of profile and list, with the claims resolvers
//! that they may contain (<https://learn.microsoft.com/azure/active-directory-b2c/technicalprofiles#input-claims>).

use super::small::{Profile, Small, transformation};
use crate::support::{Memory, Usual as _, Visit, claims, ids};
use std::collections::BTreeMap;
use vestibule_journey::{InputType, Issued, Item, Policy, Session};

const ALWAYS: &str = "AlwaysUseDefaultValue=\"true\"";
const INCLUDED: &str = "IncludeClaimResolvingInClaimsHandling=true";

fn token(policy: &Policy) -> Issued {
    Visit::new(policy, &mut Memory::new(), Session::default()).token()
}

fn of(issued: &Issued) -> BTreeMap<String, String> {
    claims(issued)
        .into_iter()
        .filter(|(name, _)| *name != "sub")
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// A profile that sets the claim `tier` before the profile under test runs.
fn earlier() -> String {
    Profile { outputs: &["tier DefaultValue=\"silver\""], ..Profile::default() }.transforming("Earlier")
}

/// Writes `tier {0}` into the claim `seen`.
fn note() -> String {
    transformation("Note", "FormatStringClaim", &["inputClaim=tier"], &["stringFormat=tier {0}"], &["outputClaim=seen"])
}

const CLAIMS: &[(&str, &str, &str)] =
    &[("tier", "string", ""), ("seen", "string", ""), ("checked", "string", ""), ("nick", "string", "TextBox")];

fn transforming(profile: &Profile<'_>, steps: &[&str]) -> Policy {
    let profiles = [earlier(), profile.transforming("Tested")];
    Small { claims: CLAIMS, transformations: &[note()], profiles: &profiles, steps, outputs: &["tier", "seen"] }
        .policy()
}

#[test]
fn the_default_of_an_input_claim_is_seen_by_a_transforming_profile_and_gone_afterwards() {
    let default = "tier DefaultValue=\"gold\"";
    let profile = Profile { inputs: &[default], outputs: &["seen"], after: &["Note"], ..Profile::default() };
    let policy = transforming(&profile, &["Tested"]);
    assert_eq!(of(&token(&policy)), map(&[("seen", "tier gold")]), "an input claim is no output claim");
    let policy = transforming(&Profile { outputs: &["tier", "seen"], ..profile }, &["Tested"]);
    assert_eq!(of(&token(&policy)), map(&[("seen", "tier gold"), ("tier", "gold")]));
}

#[test]
fn the_default_of_an_input_claim_replaces_a_value_only_always() {
    let inputs = ["tier DefaultValue=\"gold\"".to_owned(), format!("tier DefaultValue=\"gold\" {ALWAYS}")];
    for (input, seen) in inputs.iter().zip(["tier silver", "tier gold"]) {
        let profile = Profile { inputs: &[input], outputs: &["seen"], after: &["Note"], ..Profile::default() };
        let policy = transforming(&profile, &["Earlier", "Tested"]);
        assert_eq!(of(&token(&policy)), map(&[("seen", seen), ("tier", "silver")]), "{input}");
    }
}

#[test]
fn the_default_of_an_output_claim_replaces_a_value_only_always() {
    let outputs = ["tier DefaultValue=\"gold\"".to_owned(), format!("tier DefaultValue=\"gold\" {ALWAYS}")];
    for (output, tier) in outputs.iter().zip(["silver", "gold"]) {
        let profile = Profile { outputs: &[output], ..Profile::default() };
        assert_eq!(of(&token(&transforming(&profile, &["Earlier", "Tested"]))), map(&[("tier", tier)]), "{output}");
        assert_eq!(of(&token(&transforming(&profile, &["Tested"]))), map(&[("tier", "gold")]), "{output}");
    }
}

#[test]
fn a_default_of_a_directory_profile_stands_in_for_a_missing_attribute_only() {
    let outputs = [
        "tier PartnerClaimType=\"level\" DefaultValue=\"gold\"".to_owned(),
        format!("tier PartnerClaimType=\"level\" DefaultValue=\"gold\" {ALWAYS}"),
    ];
    for (output, steps, level, tier) in [
        (&outputs[0], &["Tested"][..], None, "gold"),
        (&outputs[0], &["Tested"][..], Some("bronze"), "bronze"),
        (&outputs[0], &["Earlier", "Tested"][..], None, "silver"),
        (&outputs[1], &["Earlier", "Tested"][..], Some("bronze"), "gold"),
    ] {
        let key = "objectId DefaultValue=\"ada\"";
        let read = Profile { metadata: &["Operation=Read"], inputs: &[key], outputs: &[output], ..Profile::default() };
        let read = read.with("Tested", "Web.TPEngine.Providers.AzureActiveDirectoryProvider", &[]);
        let profiles = [earlier(), read];
        let policy =
            Small { claims: CLAIMS, profiles: &profiles, steps, outputs: &["tier"], ..Small::default() }.policy();
        let mut world = Memory::new();
        world.add(
            "ada",
            "ada@example.com",
            "Passw0rd!",
            &level.map(|level| ("level", level.into())).into_iter().collect::<Vec<_>>(),
        );
        let issued = Visit::new(&policy, &mut world, Session::default()).token();
        assert_eq!(of(&issued), map(&[("tier", tier)]), "{output} {steps:?} {level:?}");
    }
}

/// A page that asks for `nick` and has an input claim `tier` that it does not show. Its validation profile copies
/// `tier` to `checked`, its transformation notes it.
fn page(input: &str, outputs: &[&str]) -> Policy {
    let copy = transformation("Copy", "CopyClaim", &["inputClaim=tier"], &[], &["outputClaim=checked"]);
    let check = Profile { outputs: &["checked"], after: &["Copy"], ..Profile::default() };
    let page = Profile { inputs: &[input], outputs, validations: &["Check"], after: &["Note"], ..Profile::default() };
    let profiles = [earlier(), check.transforming("Check"), page.page("Page")];
    let outputs = &["tier", "seen", "checked", "nick"];
    Small { claims: CLAIMS, transformations: &[note(), copy], profiles: &profiles, steps: &["Page"], outputs }.policy()
}

#[test]
fn the_default_of_an_input_claim_that_a_page_does_not_show_is_seen_by_all_that_follows() {
    let seen = [("checked", "gold"), ("nick", "Ada"), ("seen", "tier gold")];
    let with_tier = [&seen[..], &[("tier", "gold")]].concat();
    for (outputs, wanted) in [(&["nick", "checked"][..], &seen[..]), (&["nick", "checked", "tier"][..], &with_tier[..])]
    {
        let policy = page("tier DefaultValue=\"gold\"", outputs);
        let mut world = Memory::new();
        let mut visit = Visit::new(&policy, &mut world, Session::default());
        assert_eq!(ids(&visit.page()), ["nick"]);
        visit.submit(&[("nick", "Ada"), ("tier", "platinum")]);
        assert_eq!(of(&visit.token()), map(wanted), "{outputs:?}");
    }
}

/// Microsoft's unit test of `AllowGenerationOfClaimsWithNullValues`: a page with a prefilled field and an empty one;
/// afterwards, the test checks which claims exist.
fn nulls(metadata: &[&str]) -> Policy {
    let claims = &[
        ("string1", "string", "TextBox"),
        ("string2", "string", "TextBox"),
        ("exists1", "boolean", ""),
        ("exists2", "boolean", ""),
    ];
    let exists = |id: &str, claim: &str, output: &str| transformation(id, "DoesClaimExist", &[claim], &[], &[output]);
    let prefilled = &["string1 DefaultValue=\"123\""];
    let page = Profile { metadata, inputs: prefilled, outputs: &["string1", "string2"], ..Profile::default() };
    let result = Profile { outputs: &["exists1", "exists2"], after: &["Exists1", "Exists2"], ..Profile::default() };
    Small {
        claims,
        transformations: &[
            exists("Exists1", "inputClaim=string1", "outputClaim=exists1"),
            exists("Exists2", "inputClaim=string2", "outputClaim=exists2"),
        ],
        profiles: &[page.page("Page"), result.transforming("Result")],
        steps: &["Page", "Result"],
        outputs: &["string1", "string2", "exists1", "exists2"],
    }
    .policy()
}

#[test]
fn an_emptied_field_takes_the_value_away_only_where_the_page_allows_claims_without_one() {
    let kept = [("exists1", "True"), ("exists2", "False"), ("string1", "123")];
    let gone = [("exists1", "False"), ("exists2", "False")];
    let allowed = "AllowGenerationOfClaimsWithNullValues=true";
    let refused = "AllowGenerationOfClaimsWithNullValues=false";
    for (metadata, wanted) in [(&[][..], &kept[..]), (&[refused][..], &kept[..]), (&[allowed][..], &gone[..])] {
        let policy = nulls(metadata);
        let mut world = Memory::new();
        let mut visit = Visit::new(&policy, &mut world, Session::default());
        let page = visit.page();
        let Item::Field(field) = &page.items[0] else { panic!("a field") };
        assert_eq!((field.value.as_deref(), field.input), (Some("123"), InputType::TextBox));
        visit.submit(&[("string1", ""), ("string2", "")]);
        assert_eq!(of(&visit.token()), map(wanted), "{metadata:?}");
    }
}

/// The result of the default `hint {OIDC:LoginHint}` in a profile with these settings.
fn resolved(metadata: &[&str], list: &str, always: &str) -> (String, bool) {
    let claim = format!("tier DefaultValue=\"hint {{OIDC:LoginHint}}\" {always}");
    let (inputs, outputs) = match list {
        "InputClaims" => (vec![claim.as_str()], vec!["tier"]),
        _ => (vec![], vec![claim.as_str()]),
    };
    let profile = Profile { metadata, inputs: &inputs, outputs: &outputs, ..Profile::default() };
    let profiles = [profile.transforming("Tested")];
    let small =
        Small { claims: CLAIMS, profiles: &profiles, steps: &["Tested"], outputs: &["tier"], ..Small::default() };
    let warned = small.warnings().iter().any(|warning| warning.contains("is taken as written"));
    (of(&token(&small.policy())).remove("tier").expect("tier"), warned)
}

#[test]
fn resolvers_are_filled_in_where_both_settings_say_so_and_are_text_elsewhere() {
    let text = ("hint {OIDC:LoginHint}".to_owned(), true);
    for list in ["InputClaims", "OutputClaims"] {
        assert_eq!(resolved(&[INCLUDED], list, ALWAYS), ("hint hint@example.com".to_owned(), false), "{list}");
        assert_eq!(resolved(&[], list, ALWAYS), text, "{list}");
        assert_eq!(resolved(&[INCLUDED], list, ""), text, "{list}");
        assert_eq!(resolved(&[], list, ""), text, "{list}");
    }
}

#[test]
fn the_relying_party_resolves_with_one_setting_and_the_context_provider_without() {
    let context = Profile { outputs: &["tier DefaultValue=\"{OIDC:LoginHint}\""], ..Profile::default() };
    let context = context.with("Context", "Web.TPEngine.Providers.UserJourneyContextProvider", &[]);
    let always = format!("seen DefaultValue=\"{{Policy:TenantObjectId}}\" {ALWAYS}");
    let outputs = ["tier", &always, "checked DefaultValue=\"{Policy:TenantObjectId}\""];
    let small =
        Small { claims: CLAIMS, profiles: &[context], steps: &["Context"], outputs: &outputs, ..Small::default() };
    let tenant = "11111111-1111-4111-8111-111111111111";
    let wanted = map(&[("checked", "{Policy:TenantObjectId}"), ("seen", tenant), ("tier", "hint@example.com")]);
    assert_eq!(of(&token(&small.policy())), wanted);
}
