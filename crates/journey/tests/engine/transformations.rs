//! Claims transformations in journeys: their inputs, the messages for the user, and errors that end a journey.

use super::small::{Profile, Small, transformation};
use crate::support::{Memory, Usual as _, Visit, claims, request};
use vestibule_journey::{Event, Policy, Request, Session, Value};

fn with_tenant() -> Request {
    let mut request = request();
    for name in ["policy:relyingpartytenantid", "policy:trustframeworktenantid"] {
        request.resolvers.insert(name.to_owned(), format!("{}.example", &name[7..9]));
    }
    request
}

/// A page whose validation profile runs this transformation on the claims `text`, `number`, `flag` and `date`.
fn asserting(assertion: String, metadata: &[&str]) -> Policy {
    let check = Profile { outputs: &["done DefaultValue=\"true\""], after: &["Assert"], ..Profile::default() };
    let outputs = &["text", "number", "flag", "date", "instant"];
    let page = Profile { metadata, outputs, validations: &["Check"], ..Profile::default() };
    let types = [
        ("text", "string", "TextBox"),
        ("number", "int", "TextBox"),
        ("flag", "boolean", "TextBox"),
        ("date", "string", "TextBox"),
        ("instant", "dateTime", "TextBox"),
        ("done", "boolean", ""),
    ];
    Small {
        claims: &types,
        transformations: &[assertion],
        profiles: &[check.transforming("Check"), page.page("Page")],
        steps: &["Page"],
        outputs: &["text"],
    }
    .policy()
}

fn notice(policy: &Policy, form: &[(&str, &str)]) -> (String, Option<String>) {
    let mut world = Memory::new();
    let mut visit = Visit::new(policy, &mut world, Session::default());
    visit.page();
    let notice = visit.refused(form);
    (notice.id, notice.text)
}

#[test]
fn each_assertion_shows_the_sentence_that_the_page_has_for_it() {
    let of = |method: &str, inputs: &[&str], params: &[&str]| transformation("Assert", method, inputs, params, &[]);
    let texts = ["inputClaim1=text", "inputClaim2=date"];
    let dates = ["leftOperand=date", "rightOperand=text"];
    let cases = [
        (
            of("AssertBooleanClaimIsEqualToValue", &["inputClaim=flag"], &["valueToCompareTo:boolean=true"]),
            "UserMessageIfClaimsTransformationBooleanValueIsNotEqual",
        ),
        (
            of("AssertStringClaimsAreEqual", &texts, &["stringComparison=ordinal"]),
            "UserMessageIfClaimsTransformationStringsAreNotEqual",
        ),
        (of("AssertDateTimeIsGreaterThan", &dates, &[]), "DateTimeGreaterThan"),
        (
            of("AssertNumber", &["inputClaim=number"], &["Operator=LESSTHAN", "CompareToValue:int=18"]),
            "AssertNumberError",
        ),
        (of("LookupValue", &["inputParameterId=text"], &["a=b", "errorOnFailedLookup:boolean=true"]), "LookupNotFound"),
    ];
    let form = [("text", "2026-01-02"), ("number", "17"), ("flag", "false"), ("date", "2026-01-01")];
    for (assertion, sentence) in cases {
        let policy = asserting(assertion, &[&format!("{sentence}=Not so.")]);
        assert_eq!(notice(&policy, &form), (sentence.to_owned(), Some("Not so.".to_owned())));
    }
}

#[test]
fn a_missing_value_that_a_method_needs_ends_the_journey_with_a_server_error() {
    let of = |method: &str, inputs: &[&str], params: &[&str]| transformation("Assert", method, inputs, params, &[]);
    let cases = [
        of("AssertNumber", &["inputClaim=number"], &["Operator=LESSTHAN", "CompareToValue:int=18"]),
        of("DateTimeComparison", &["firstDateTime=instant"], &["operator=same"]),
        of("SetClaimIfBooleansMatch", &["claimToMatch=flag"], &["matchTo=true", "outputClaimIfMatched=x"]),
        of("StringSplit", &["inputClaim=text"], &["delimiter=,"]),
    ];
    for broken in cases {
        let policy = asserting(broken, &[]);
        let mut world = Memory::new();
        let mut visit = Visit::new(&policy, &mut world, Session::default());
        visit.page();
        let (_, error, _) = visit.failed(Event::Submit(std::collections::BTreeMap::new()));
        assert_eq!(error, "server_error");
    }
}

#[test]
fn parameters_hold_the_tenants_and_the_profile_and_nothing_of_the_request() {
    let value = "value={TechnicalProfileId} {relyingpartytenantid} {TrustFrameworkTenantId} {OIDC:LoginHint} {0}";
    let small = Small {
        claims: &[("said", "string", "")],
        transformations: &[transformation("Say", "CreateStringClaim", &[], &[value], &["createdClaim=said"])],
        profiles: &[Profile { outputs: &["said"], after: &["Say"], ..Profile::default() }.transforming("Say-It")],
        steps: &["Say-It"],
        outputs: &["said"],
    };
    let policy = small.policy();
    let mut world = Memory::new();
    let issued = Visit::with(&policy, &mut world, Session::default(), with_tenant()).token();
    assert_eq!(claims(&issued)["said"], "Say-It re.example tr.example {OIDC:LoginHint} {0}");
    let warned = small.warnings();
    assert!(warned.iter().any(|warning| warning.contains("{oidc:loginhint} is not filled in")), "{warned:?}");
}

fn hashing() -> Policy {
    let hash = ["plaintext=text", "salt=salt"];
    let inputs = ["text DefaultValue=\"someone@contoso.com\"", "salt DefaultValue=\"487624568\""];
    Small {
        claims: &[("text", "string", ""), ("salt", "string", ""), ("hashed", "string", "")],
        transformations: &[transformation(
            "Hash",
            "Hash",
            &hash,
            &["randomizerSecret=B2C_1A_12345Secret"],
            &["hash=hashed"],
        )],
        profiles: &[Profile { inputs: &inputs, outputs: &["hashed"], after: &["Hash"], ..Profile::default() }
            .transforming("Hash")],
        steps: &["Hash"],
        outputs: &["hashed"],
    }
    .policy()
}

#[test]
fn a_hash_takes_its_secret_from_the_key_container() {
    let policy = hashing();
    let mut world = Memory::new();
    world.secrets.insert("B2C_1A_12345Secret".to_owned(), "12345".to_owned());
    let issued = Visit::new(&policy, &mut world, Session::default()).token();
    assert_eq!(claims(&issued)["hashed"], "CXNKq/LLyNFOOwjMotOp9ony1YJlW9LlF7anGZu0Vgw=");
}

#[test]
fn without_its_key_container_a_hash_ends_the_journey() {
    let policy = hashing();
    let mut world = Memory::new();
    let (_, error, _) = Visit::new(&policy, &mut world, Session::default()).failed(Event::Continue);
    assert_eq!(error, "server_error");
}

#[test]
fn groups_of_a_pattern_go_to_the_claims_of_their_names() {
    let pattern = "matchTo=(?&lt;mailAlias&gt;.*)@(?&lt;host&gt;.*)$";
    let split = transformation(
        "Split",
        "SetClaimsIfRegexMatch",
        &["claimToMatch=mail"],
        &[pattern, "extractGroups:boolean=true"],
        &["host=host"],
    );
    let split = split.replace("</OutputClaims>", r#"<OutputClaim ClaimTypeReferenceId="mailAlias" /></OutputClaims>"#);
    let small = Small {
        claims: &[("mail", "string", ""), ("mailAlias", "string", ""), ("host", "string", "")],
        transformations: &[split],
        profiles: &[Profile {
            inputs: &["mail DefaultValue=\"emily@contoso.com\""],
            outputs: &["mailAlias"],
            after: &["Split"],
            ..Profile::default()
        }
        .transforming("Split")],
        steps: &["Split"],
        outputs: &["mailAlias", "host"],
    };
    let policy = small.policy();
    let issued = Visit::new(&policy, &mut Memory::new(), Session::default()).token();
    assert_eq!((claims(&issued)["mailAlias"].as_str(), claims(&issued)["host"].as_str()), ("emily", "contoso.com"));
    let warned = small.warnings();
    assert!(!warned.iter().any(|warning| warning.contains("Split")), "{warned:?}");
}

#[test]
fn a_transformation_sees_what_the_one_before_it_made() {
    let small = Small {
        claims: &[("first", "string", ""), ("second", "string", ""), ("equal", "boolean", "")],
        transformations: &[
            transformation("Make", "CreateStringClaim", &[], &["value=Rome"], &["createdClaim=first"]),
            transformation("Change", "ChangeCase", &["inputClaim1=first"], &["toCase=UPPER"], &["outputClaim=second"]),
            transformation(
                "Compare",
                "CompareClaims",
                &["inputClaim1=first", "inputClaim2=second"],
                &["operator=NOT EQUAL"],
                &["outputClaim=equal"],
            ),
        ],
        profiles: &[Profile { outputs: &["second"], after: &["Make", "Change", "Compare"], ..Profile::default() }
            .transforming("Chain")],
        steps: &["Chain"],
        outputs: &["second", "equal"],
    };
    let policy = small.policy();
    let issued = Visit::new(&policy, &mut Memory::new(), Session::default()).token();
    let wanted = [("sub", Value::from("nobody")), ("second", "ROME".into()), ("equal", Value::Bool(true))];
    assert_eq!(issued.claims, wanted.map(|(name, value)| (name.to_owned(), value)));
}
