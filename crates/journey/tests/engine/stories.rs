//! Stories over policies of our own.

use crate::support::{GOOD, Memory, Person as _, START, Usual as _, Visit, claims, compiled, ids, request};
use vestibule_journey::policy::SsoScope;
use vestibule_journey::{
    CompileOptions, Entry, Event, Forgot, InputType, Item, Outcome, PageKind, Policy, Request, Session, Source, Value,
    compile,
};

/// The claims that the steps of a journey put out.
fn claims_of(journey: &str) -> &'static [&'static str] {
    match journey {
        "SignIn" => &["objectId", "displayName", "campaign", "restored", "email"],
        "SignInStrict" => &["objectId", "displayName", "campaign"],
        "ResourceOwner" => &["objectId", "displayName", "campaign"],
        "Choose" => &["objectId", "campaign", "way"],
        "Everything" => &["objectId", "displayName", "campaign", "city", "topics", "age", "member", "birthday", "plan"],
        "Prove" => &["campaign", "email"],
        "Otp" => &["campaign"],
        _ => &["objectId", "campaign"],
    }
}

/// The base with a relying party for one of its journeys.
pub(crate) fn policy(journey: &str) -> Policy {
    compiled(&chain(journey, ""))
}

pub(crate) fn chain(journey: &str, outputs: &str) -> [Source; 2] {
    let claim = |name: &&str| match *name {
        "objectId" => r#"<OutputClaim ClaimTypeReferenceId="objectId" PartnerClaimType="oid" />"#.to_owned(),
        "displayName" => r#"<OutputClaim ClaimTypeReferenceId="displayName" PartnerClaimType="name" />"#.to_owned(),
        name => format!(r#"<OutputClaim ClaimTypeReferenceId="{name}" />"#),
    };
    let own: String = claims_of(journey).iter().map(claim).collect();
    let base = Source { name: "Base.xml".to_owned(), text: include_str!("policies/Base.xml").to_owned() };
    let text = format!(
        r#"<TrustFrameworkPolicy PolicySchemaVersion="0.3.0.0" TenantId="contoso.onmicrosoft.com" PolicyId="B2C_1A_{journey}" PublicPolicyUri="http://contoso.onmicrosoft.com/B2C_1A_{journey}">
  <BasePolicy><TenantId>contoso.onmicrosoft.com</TenantId><PolicyId>B2C_1A_Base</PolicyId></BasePolicy>
  <RelyingParty>
    <DefaultUserJourney ReferenceId="{journey}" />
    <UserJourneyBehaviors>
      <SingleSignOn Scope="Application" KeepAliveInDays="7" EnforceIdTokenHintOnLogout="true" />
      <SessionExpiryType>Absolute</SessionExpiryType>
      <SessionExpiryInSeconds>1800</SessionExpiryInSeconds>
    </UserJourneyBehaviors>
    <TechnicalProfile Id="PolicyProfile">
      <DisplayName>PolicyProfile</DisplayName>
      <Protocol Name="OpenIdConnect" />
      <InputClaims><InputClaim ClaimTypeReferenceId="campaign" DefaultValue="{{OAUTH-KV:campaign}}" /></InputClaims>
      <OutputClaims>
        <OutputClaim ClaimTypeReferenceId="objectId" PartnerClaimType="sub" DefaultValue="nobody" />
        {own}
        {outputs}
      </OutputClaims>
      <SubjectNamingInfo ClaimType="sub" />
    </TechnicalProfile>
  </RelyingParty>
</TrustFrameworkPolicy>"#
    );
    [base, Source { name: format!("{journey}.xml"), text }]
}

#[test]
fn the_relying_party_and_the_issuer_say_how_sessions_and_tokens_behave() {
    let policy = policy("SignIn");
    let party = &policy.relying_party;
    assert_eq!(party.session.scope, SsoScope::Application);
    assert!(!party.session.rolling && party.session.require_id_token_hint);
    assert_eq!((party.session.lifetime_secs, party.session.keep_alive_days), (1800, 7));
    assert!(party.keep_signed_in && !party.resource_owner);
    assert_eq!((party.tokens.access_token_secs, party.tokens.id_token_secs), (600, 3600));
    assert_eq!(party.tokens.refresh_window_secs, None);
    assert!(party.tokens.issuer_with_policy && party.tokens.policy_claim == "tfp");
    assert_eq!(party.claim_names[..3], ["sub", "oid", "name"]);
}

#[test]
fn a_policy_has_its_name_and_a_hash_of_what_it_says() {
    let policy = policy("SignIn");
    assert_eq!(policy.id, "B2C_1A_SignIn");
    assert_eq!(policy.hash, self::policy("SignIn").hash);
    assert_ne!(policy.hash, self::policy("Prove").hash);
}

#[test]
fn a_sign_in_page_links_to_the_reset_as_its_policy_says() {
    let policy = policy("SignIn");
    let mut world = Memory::new();
    let page = Visit::new(&policy, &mut world, Session::default()).page();
    assert_eq!(page.forgot, Some(Forgot::Exchange("ForgotPasswordExchange".to_owned())));
    assert!(page.choices.is_empty(), "the exchange behind the link is no button");
    assert!(page.keep_signed_in && !page.sign_up);
    assert_eq!(page.strings["heading"], "Come in");
}

#[test]
fn a_password_is_forgotten_and_reset_inside_the_sign_in() {
    let policy = policy("SignIn");
    let mut world = Memory::new();
    let id = world.person("ada@example.com", &[("password", "Old12345".into())]);
    let mut visit = Visit::new(&policy, &mut world, Session::default());
    visit.page();
    visit.accepted(Event::Choose("ForgotPasswordExchange".to_owned()));
    let page = visit.page();
    assert_eq!(ids(&page), ["[emailVerificationControl]"]);
    visit.prove(&page, "ada@example.com");
    visit.submit(&[]);
    assert_eq!(ids(&visit.page()), ["newPassword", "reenterPassword"]);
    let weak = visit.refused(&[("newPassword", "weakness"), ("reenterPassword", "weakness")]);
    assert_eq!(weak.text.as_deref(), Some("Two of these: an upper-case letter a digit"));
    visit.submit(&[("newPassword", GOOD), ("reenterPassword", GOOD)]);
    let issued = visit.token();
    assert_eq!(issued.subject, Some(id.clone()));
    assert!(issued.interactive);
    assert_eq!(visit.state.session.kept.claims["session-user"]["objectid"].text(), id);
    assert!(!visit.state.session.kept.claims["session-user"].contains_key("password"));
    assert_eq!(world.user("ada@example.com").expect("Ada")["password"].text(), GOOD);
}

#[test]
fn another_persons_session_does_not_take_over_a_reset() {
    let policy = policy("SignIn");
    let mut world = Memory::new();
    world.person("ada@example.com", &[]);
    let bob = world.person("bob@example.com", &[]);
    let mut visit = Visit::new(&policy, &mut world, Session::default());
    visit.page();
    visit.accepted(Event::ForgotPassword);
    let page = visit.page();
    visit.prove(&page, "bob@example.com");
    visit.submit(&[]);
    visit.page();
    // The browser now sends somebody else's session.
    let ada = [("session-user".to_owned(), [("objectid".to_owned(), Value::from("ada"))].into())].into();
    visit.state.session.kept.claims = ada;
    visit.submit(&[("newPassword", GOOD), ("reenterPassword", GOOD)]);
    assert_eq!(visit.token().subject, Some(bob.clone()));
    assert_eq!(visit.state.session.kept.claims["session-user"]["objectid"].text(), bob);
    // What else it kept of somebody is not handed on with Bob's.
    let of_others = [("campaign".to_owned(), Value::from("seen"))].into();
    visit.state.session.kept.claims.insert("session-of-another-policy".to_owned(), of_others);
    assert_eq!(visit.state.own_session().claims.into_keys().collect::<Vec<_>>(), ["session-user"]);
}

#[test]
fn a_password_that_must_change_is_changed_or_refused() {
    let policies = (policy("SignIn"), policy("SignInStrict"));
    let mut world = Memory::new();
    world.person("ada@example.com", &[("forceChangePasswordNextSignIn", Value::Bool(true))]);
    let form = [("signInName", "ada@example.com"), ("password", GOOD)];
    let mut strict = Visit::new(&policies.1, &mut world, Session::default());
    strict.page();
    assert_eq!(strict.refused(&form).id, "UserMessageIfPasswordExpired");

    let mut visit = Visit::new(&policies.0, &mut world, Session::default());
    visit.page();
    visit.submit(&form);
    assert_eq!(ids(&visit.page()), ["newPassword", "reenterPassword"]);
    visit.submit(&[("newPassword", "Newer123"), ("reenterPassword", "Newer123")]);
    visit.token();
    let user = world.user("ada@example.com").expect("Ada");
    assert_eq!(user["forceChangePasswordNextSignIn"], Value::Bool(false));
    assert_eq!(user["password"].text(), "Newer123");
}

#[test]
fn unknown_and_wrong_are_told_alike_unless_the_policy_has_words() {
    let policy = policy("SignInStrict");
    let mut world = Memory::new();
    world.person("ada@example.com", &[]);
    let mut visit = Visit::new(&policy, &mut world, Session::default());
    visit.page();
    let wrong = visit.refused(&[("signInName", "ada@example.com"), ("password", "nope")]);
    let unknown = visit.refused(&[("signInName", "eve@example.com"), ("password", "nope")]);
    assert_eq!(wrong, unknown);
    assert_eq!(wrong.text.as_deref(), Some("That is not right."), "from the profile's metadata");
}

#[test]
fn refusals_are_counted() {
    let policy = policy("SignIn");
    let mut world = Memory::new();
    let mut visit = Visit::new(&policy, &mut world, Session::default());
    visit.page();
    let form = [("signInName", "ada@example.com"), ("password", "nope")];
    visit.refused(&form);
    visit.refused(&form);
    let (code, error, _) = visit.failed(Event::Submit(crate::support::form(&form)));
    assert_eq!((code, error), (90157, "access_denied"));
}

#[test]
fn a_page_speaks_the_persons_language() {
    let policy = policy("SignIn");
    let mut world = Memory::new();
    let heading = |languages: &[&str]| {
        let request = Request { languages: languages.iter().map(|tag| (*tag).to_owned()).collect(), ..request() };
        Visit::with(&policy, Box::leak(Box::new(Memory::new())), Session::default(), request)
    };
    for (languages, expected) in [
        (vec!["de-AT", "en"], "Komm herein"),
        (vec!["fr", "de"], "Komm herein"),
        (vec!["fr"], "Come in"),
        (vec![], "Come in"),
    ] {
        assert_eq!(heading(&languages).page().strings["heading"], expected, "{languages:?}");
    }
    let request = Request { languages: vec!["de".to_owned()], ..request() };
    let mut visit = Visit::with(&policy, &mut world, Session::default(), request);
    let page = visit.page();
    assert!(matches!(&page.items[0], Item::Field(field) if field.label == "Name oder Adresse"));
    let wrong = visit.refused(&[("signInName", "x"), ("password", "nope")]);
    assert_eq!(wrong.text.as_deref(), Some("Das stimmt nicht."), "localization comes before metadata");
    assert_eq!(visit.refused(&[("password", "x")]).args, ["Name oder Adresse"]);
}

#[test]
fn a_choice_is_made_once_among_what_is_offered() {
    let policy = policy("Choose");
    let mut world = Memory::new();
    let mut with_campaign = request();
    with_campaign.resolvers.insert("oauth-kv:campaign".to_owned(), "spring".to_owned());
    let mut visit = Visit::with(&policy, &mut world, Session::default(), with_campaign);
    let page = visit.page();
    assert_eq!(page.kind, PageKind::ProviderSelection);
    let labels: Vec<&str> = page.choices.iter().map(|choice| choice.label.as_str()).collect();
    assert_eq!(labels, ["North", "South"], "what is switched off is not offered");
    for nonsense in ["ClosedExchange", "Nowhere", ""] {
        visit.accepted(Event::Choose(nonsense.to_owned()));
        assert_eq!(visit.page().choices.len(), 2);
    }
    visit.accepted(Event::Choose("southexchange".to_owned()));
    let issued = visit.token();
    assert_eq!(claims(&issued)["way"], "south");
    assert_eq!(claims(&issued)["campaign"], "spring");
}

#[test]
fn a_choice_is_remembered_by_the_session() {
    let policy = policy("Choose");
    let mut world = Memory::new();
    let mut visit = Visit::new(&policy, &mut world, Session::default());
    visit.page();
    visit.accepted(Event::Choose("southexchange".to_owned()));
    visit.token();
    let session = visit.state.session.kept.clone();
    assert_eq!(session.choice.as_deref(), Some("SouthExchange"));

    let issued = Visit::new(&policy, &mut world, session).token();
    assert_eq!(claims(&issued)["way"], "south");
    let stray = Session { choice: Some("SouthExchange".to_owned()), ..Session::default() };
    assert_eq!(Visit::new(&policy, &mut world, stray).page().choices.len(), 2, "a choice alone is no session");
}

#[test]
fn a_domain_hint_makes_the_choice() {
    let policy = policy("Choose");
    let mut world = Memory::new();
    let hinted = Request { domain_hint: Some("North.example".to_owned()), ..request() };
    let issued = Visit::with(&policy, &mut world, Session::default(), hinted).token();
    assert_eq!(claims(&issued)["way"], "north");
}

#[test]
fn inputs_show_their_defaults_and_take_nothing_of_another_type() {
    let policy = policy("Everything");
    let mut world = Memory::new();
    let mut visit = Visit::new(&policy, &mut world, Session::default());
    let page = visit.page();
    assert_eq!(ids(&page), ["displayName", "city", "topics", "age", "member", "birthday", "plan"]);
    let field = |id: &str| match page.items.iter().find(|item| matches!(item, Item::Field(field) if field.id == id)) {
        Some(Item::Field(field)) => field.clone(),
        _ => panic!("no {id}"),
    };
    assert_eq!(field("city").value.as_deref(), Some("rome"));
    assert_eq!(field("city").options[1], ("oslo".to_owned(), "Oslo".to_owned()));
    assert_eq!((field("plan").input, field("plan").value.as_deref()), (InputType::Readonly, Some("free")));
    for (id, value) in [
        ("city", "atlantis"),
        ("topics", "1,3"),
        ("age", "old"),
        ("member", "perhaps"),
        ("birthday", "1815-13-10"),
        ("displayName", "a\u{0}b"),
        ("displayName", &"x".repeat(257)),
    ] {
        let notice = visit.refused(&[(id, value)]);
        assert_eq!((notice.id.as_str(), notice.claim.as_deref()), ("UserMessageIfInvalidInput", Some(id)), "{value}");
    }
}

#[test]
fn inputs_become_values_of_their_type_and_nothing_else_is_taken() {
    let policy = policy("Everything");
    let mut world = Memory::new();
    let mut visit = Visit::new(&policy, &mut world, Session::default());
    visit.page();
    visit.submit(&[
        ("DISPLAYNAME", " Ada "),
        ("city", "oslo"),
        ("topics", "1,2"),
        ("age", "36"),
        ("member", "true"),
        ("birthday", "1815-12-10"),
        ("plan", "gold"),
        ("objectId", "root"),
        ("way", "shortcut"),
    ]);
    let issued = visit.token();
    let value = |name: &str| issued.claims.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    assert_eq!(value("name"), Some("Ada".into()));
    assert_eq!(value("topics"), Some(Value::List(vec!["1".to_owned(), "2".to_owned()])));
    assert_eq!((value("age"), value("member")), (Some(Value::Int(36)), Some(Value::Bool(true))));
    assert_eq!((value("birthday"), value("city")), (Some("1815-12-10".into()), Some("oslo".into())));
    assert_eq!(value("plan"), Some("free".into()), "a read-only field is never taken from the form");
    assert_eq!((value("sub"), value("way")), (Some("someone".into()), None));
}

#[test]
fn late_and_repeated_events_change_nothing() {
    let policy = policy("SignIn");
    let mut world = Memory::new();
    world.person("ada@example.com", &[]);
    let form = [("signInName", "ada@example.com"), ("password", GOOD)];
    let mut visit = Visit::new(&policy, &mut world, Session::default());
    for event in [Event::SignUp, Event::Cancel, Event::Submit(crate::support::form(&form))] {
        visit.accepted(event);
    }
    let first = visit.page();
    assert_eq!(ids(&first), ids(&visit.page()), "a reload shows the same");
    visit.submit(&form);
    visit.submit(&form);
    let issued = visit.token();
    assert_eq!(issued.subject, visit.token().subject);
}

#[test]
fn a_page_behind_a_choice_of_several_comes_again() {
    let policy = compiled(&chain("Choose", "").map(|mut source| {
        source.text = source
            .text
            .replace(r#"TechnicalProfileReferenceId="Way-South""#, r#"TechnicalProfileReferenceId="Page-Everything""#);
        source
    }));
    let mut world = Memory::new();
    let mut visit = Visit::new(&policy, &mut world, Session::default());
    visit.page();
    visit.accepted(Event::Choose("SouthExchange".to_owned()));
    let first = ids(&visit.page());
    visit.refused(&[("age", "old")]);
    assert_eq!(ids(&visit.page()), first);
    visit.submit(&[]);
    visit.token();
}

#[test]
fn a_second_step_cannot_use_the_choice_of_the_first() {
    let again = r#"<OrchestrationStep Order="4" Type="ClaimsExchange"><ClaimsExchanges>
        <ClaimsExchange Id="NorthExchange" TechnicalProfileReferenceId="Way-South" />
        <ClaimsExchange Id="SouthExchange" TechnicalProfileReferenceId="Way-North" />
      </ClaimsExchanges></OrchestrationStep>
      <OrchestrationStep Order="5" Type="InvokeSubJourney"><JourneyList><Candidate SubJourneyReferenceId="Finish" />"#;
    let twice = chain("Choose", "").map(|mut source| {
        let finish = r#"<OrchestrationStep Order="4" Type="InvokeSubJourney"><JourneyList><Candidate SubJourneyReferenceId="Finish" />"#;
        source.text = source.text.replace(finish, again);
        source
    });
    let problems = compile(&twice, &CompileOptions::default()).expect_err("it names an exchange twice");
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert!(told.iter().any(|one| one.contains("ClaimsExchange NorthExchange is defined twice")), "{told:?}");
}

#[test]
fn a_resource_owner_is_asked_nothing() {
    let policy = policy("ResourceOwner");
    assert!(policy.relying_party.resource_owner);
    let mut world = Memory::new();
    let id = world.person("ada@example.com", &[]);
    let with = |name: &str, password: &str| {
        let mut request = request();
        request.resolvers.insert("oidc:username".to_owned(), name.to_owned());
        request.resolvers.insert("oidc:password".to_owned(), password.to_owned());
        request
    };
    let mut state = vestibule_journey::State::new(&policy, with("ada@example.com", GOOD), Session::default());
    let outcome =
        vestibule_journey::testing::run(vestibule_journey::advance(&policy, &mut state, Event::Continue, &mut world));
    assert!(matches!(outcome, Ok(Outcome::Token(issued)) if issued.subject == Some(id)));
    assert!(!serde_json::to_string(&state).expect("plain data").contains(GOOD));
    for (name, password) in [("ada@example.com", "wrong"), ("eve@example.com", "x"), ("", "")] {
        let mut visit = Visit::with(&policy, &mut world, Session::default(), with(name, password));
        assert_eq!(visit.failed(Event::Continue).0, 90225);
    }
}

#[test]
fn a_refresh_without_a_journey_repeats_the_claims_of_a_user_who_is_still_welcome() {
    let policy = policy("SignIn");
    let mut world = Memory::new();
    let id = world.person("ada@example.com", &[]);
    let refresh = |issued_at| {
        let bag = [("objectid".to_owned(), Value::from(id.as_str())), ("displayname".to_owned(), "Then".into())];
        Request { entry: Entry::Refresh { bag: bag.into(), issued_at }, ..request() }
    };
    let issued = Visit::with(&policy, &mut world, Session::default(), refresh(START)).token();
    assert_eq!((claims(&issued)["name"].as_str(), issued.interactive), ("Then", false));
    let revoked = Visit::with(&policy, &mut world, Session::default(), refresh(0)).failed(Event::Continue);
    assert_eq!(revoked.0, 90129);
    world.users.clear();
    let gone = Visit::with(&policy, &mut world, Session::default(), refresh(START)).failed(Event::Continue);
    assert_eq!(gone.0, 90128);
}

#[test]
fn a_person_leaves_and_is_gone() {
    let policy = policy("Leave");
    let mut world = Memory::new();
    world.person("ada@example.com", &[]);
    let mut visit = Visit::new(&policy, &mut world, Session::default());
    visit.page();
    visit.submit(&[("signInName", "ada@example.com"), ("password", GOOD)]);
    visit.token();
    assert!(world.users.is_empty());
}

#[test]
fn the_trace_tells_what_ran_and_no_values() {
    let policy = policy("SignIn");
    let mut world = Memory::new();
    world.person("ada@example.com", &[]);
    let mut visit = Visit::new(&policy, &mut world, Session::default());
    visit.page();
    for _ in 0..2 {
        visit.refused(&[("signInName", "ada@example.com"), ("password", "nope")]);
    }
    visit.submit(&[("signInName", "ada@example.com"), ("password", GOOD)]);
    visit.token();
    let trace = visit.state.trace.join("\n");
    assert!(!trace.contains("ada@example.com") && !trace.contains("Ada"), "{trace}");
    insta::assert_snapshot!(trace);
}

#[test]
fn a_changed_policy_does_not_take_over() {
    let (before, after) = (policy("SignIn"), policy("Prove"));
    let mut world = Memory::new();
    let mut visit = Visit::new(&before, &mut world, Session::default());
    visit.page();
    visit.policy = &after;
    assert_eq!(visit.failed(Event::Continue).0, 90046);
}
