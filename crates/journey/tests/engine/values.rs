//! A claim's data type applies everywhere: defaults, inputs, pages, the directory, transformations, preconditions,
//! sessions and tokens.

use crate::support::{Memory, Person as _, Usual as _, Visit, compiled};
use serde_json::{Value as Json, json};
use vestibule_journey::{Event, Item, Outcome, Page, Policy, Session, Source, Value};

/// The parts in which the policies of this file differ.
#[derive(Default)]
struct Parts<'a> {
    /// `DataType` and its siblings in the claim type `value`.
    claim: &'a str,
    /// Steps before the token, from order 2 on.
    steps: &'a str,
    /// More technical profiles.
    profiles: &'a str,
    /// More claims transformations.
    transformations: &'a str,
    /// Attributes of the token's claim `value`.
    output: &'a str,
}

const DIRECTORY: &str = r#"<DisplayName>Directory</DisplayName><Protocol Name="Proprietary" Handler="Web.TPEngine.Providers.AzureActiveDirectoryProvider, Web.TPEngine" />"#;
/// The extensions application, which profiles with custom attributes name.
const EXTENSIONS: &str = r#"<Item Key="ClientId">1f9ab26e-6a45-4a0c-9d55-3f0f1d1c9f10</Item><Item Key="ApplicationObjectId">8a3c9e52-77e0-4d2b-8f55-0f2a4d6c1e21</Item>"#;
const PAGE: &str = r#"<DisplayName>Page</DisplayName><Protocol Name="Proprietary" Handler="Web.TPEngine.Providers.SelfAssertedAttributeProvider, Web.TPEngine" /><Metadata><Item Key="ContentDefinitionReferenceId">api.selfasserted</Item></Metadata>"#;
const TRANSFORMS: &str = r#"<DisplayName>Transform</DisplayName><Protocol Name="Proprietary" Handler="Web.TPEngine.Providers.ClaimsTransformationProtocolProvider, Web.TPEngine" /><Metadata><Item Key="IncludeClaimResolvingInClaimsHandling">true</Item></Metadata>"#;

fn step(order: u32, profile: &str) -> String {
    format!(
        r#"<OrchestrationStep Order="{order}" Type="ClaimsExchange"><ClaimsExchanges><ClaimsExchange Id="Exchange{order}" TechnicalProfileReferenceId="{profile}" /></ClaimsExchanges></OrchestrationStep>"#
    )
}

/// A policy that reads the user, runs the steps, and issues `value`.
fn policy(parts: &Parts<'_>) -> Policy {
    let Parts { claim, steps, profiles, transformations, output } = parts;
    let read = step(1, "Read");
    let last = steps.matches("<OrchestrationStep ").count() + 2;
    let text = format!(
        r#"<TrustFrameworkPolicy PolicySchemaVersion="0.3.0.0" TenantId="contoso.onmicrosoft.com" PolicyId="B2C_1A_Values" PublicPolicyUri="http://contoso.onmicrosoft.com/B2C_1A_Values">
  <BuildingBlocks>
    <ClaimsSchema>
      <ClaimType Id="objectId"><DisplayName>Id</DisplayName><DataType>string</DataType></ClaimType>
      <ClaimType Id="text"><DisplayName>Text</DisplayName><DataType>string</DataType></ClaimType>
      <ClaimType Id="now"><DisplayName>Now</DisplayName><DataType>dateTime</DataType></ClaimType>
      <ClaimType Id="value"><DisplayName>The value</DisplayName>{claim}</ClaimType>
    </ClaimsSchema>
    <ClaimsTransformations>{transformations}</ClaimsTransformations>
    <ContentDefinitions>
      <ContentDefinition Id="api.selfasserted"><LoadUri>~/x.cshtml</LoadUri><DataUri>urn:com:microsoft:aad:b2c:elements:contract:selfasserted:2.1.7</DataUri></ContentDefinition>
    </ContentDefinitions>
  </BuildingBlocks>
  <ClaimsProviders><ClaimsProvider><DisplayName>All</DisplayName><TechnicalProfiles>
    <TechnicalProfile Id="Read">{DIRECTORY}
      <Metadata><Item Key="Operation">Read</Item>{EXTENSIONS}</Metadata>
      <InputClaims><InputClaim ClaimTypeReferenceId="text" PartnerClaimType="signInNames.emailAddress" DefaultValue="ada@example.com" AlwaysUseDefaultValue="true" /></InputClaims>
      <OutputClaims><OutputClaim ClaimTypeReferenceId="objectId" /><OutputClaim ClaimTypeReferenceId="value" PartnerClaimType="extension_Value" /></OutputClaims>
    </TechnicalProfile>
    {profiles}
    <TechnicalProfile Id="JwtIssuer"><DisplayName>JWT</DisplayName><Protocol Name="OpenIdConnect" /><OutputTokenFormat>JWT</OutputTokenFormat>
      <Metadata><Item Key="client_id">{{service:te}}</Item><Item Key="issuer_refresh_token_user_identity_claim_type">objectId</Item></Metadata>
      <CryptographicKeys><Key Id="issuer_secret" StorageReferenceId="B2C_1A_TokenSigningKeyContainer" /><Key Id="issuer_refresh_token_key" StorageReferenceId="B2C_1A_TokenEncryptionKeyContainer" /></CryptographicKeys>
    </TechnicalProfile>
  </TechnicalProfiles></ClaimsProvider></ClaimsProviders>
  <UserJourneys><UserJourney Id="Values"><OrchestrationSteps>{read}{steps}
    <OrchestrationStep Order="{last}" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="JwtIssuer" />
  </OrchestrationSteps></UserJourney></UserJourneys>
  <RelyingParty>
    <DefaultUserJourney ReferenceId="Values" />
    <TechnicalProfile Id="PolicyProfile"><DisplayName>P</DisplayName><Protocol Name="OpenIdConnect" />
      <OutputClaims>
        <OutputClaim ClaimTypeReferenceId="objectId" PartnerClaimType="sub" />
        <OutputClaim ClaimTypeReferenceId="value" {output} />
        <OutputClaim ClaimTypeReferenceId="text" PartnerClaimType="said" DefaultValue="" />
      </OutputClaims>
      <SubjectNamingInfo ClaimType="sub" />
    </TechnicalProfile>
  </RelyingParty>
</TrustFrameworkPolicy>"#
    );
    compiled(&[Source { name: "Values.xml".to_owned(), text }])
}

fn world(held: Option<Value>) -> Memory {
    let mut world = Memory::new();
    let held: Vec<(&str, Value)> = held.map(|value| ("extension_Value", value)).into_iter().collect();
    world.person("ada@example.com", &held);
    world
}

/// The token's claim of this name as JSON, or null if the token does not have it.
fn claim(visit: &mut Visit<'_>, name: &str) -> Json {
    let issued = visit.token();
    let found = issued.claims.iter().find(|(known, _)| known == name).map(|(_, value)| value);
    found.map_or(Json::Null, |value| serde_json::to_value(value).expect("JSON"))
}

/// The claim `value` of a token of this policy, for a user with this attribute.
fn issued(parts: &Parts<'_>, held: Option<Value>) -> Json {
    let (policy, mut world) = (policy(parts), world(held));
    claim(&mut Visit::new(&policy, &mut world, Session::default()), "value")
}

fn list(items: &[&str]) -> Value {
    Value::List(items.iter().map(|item| (*item).to_owned()).collect())
}

#[test]
fn a_default_becomes_a_value_of_the_claims_type_in_the_token() {
    for (data_type, text, expected) in [
        ("string", "hello", json!("hello")),
        ("boolean", "True", json!(true)),
        ("int", "2147483647", json!(2_147_483_647)),
        ("long", "99999999999", json!(99_999_999_999_i64)),
        ("date", "2021-12-22", json!("2021-12-22")),
        ("dateTime", "2021-12-22T00:00:00Z", json!(1_640_131_200)),
        ("dateTime", "{Context:DateTimeInUtc}", json!(1_767_323_045)),
        ("duration", "P1D", json!("P1D")),
        ("phoneNumber", "+44 20 7946 0958", json!("+442079460958")),
        ("stringCollection", "a", json!(["a"])),
        ("userIdentity", "{\"issuer\":\"x\"}", json!("{\"issuer\":\"x\"}")),
    ] {
        let claim = format!("<DataType>{data_type}</DataType>");
        let output = format!("DefaultValue=\"{}\" AlwaysUseDefaultValue=\"true\"", text.replace('"', "&quot;"));
        let parts = Parts { claim: &claim, output: &output, ..Parts::default() };
        assert_eq!(issued(&parts, None), expected, "{data_type} {text}");
    }
}

#[test]
fn an_input_from_elsewhere_becomes_a_value_of_the_claims_type_or_is_left_out() {
    for (data_type, held, expected) in [
        ("string", Value::Int(5), json!("5")),
        ("boolean", "true".into(), json!(true)),
        ("boolean", "hello".into(), Json::Null),
        ("int", "7".into(), json!(7)),
        ("int", Value::Int(99_999_999_999), Json::Null),
        ("long", Value::Int(99_999_999_999), json!(99_999_999_999_i64)),
        ("date", "2021-12-22T10:00:00Z".into(), json!("2021-12-22")),
        ("dateTime", "2021-12-22T00:00:00Z".into(), json!(1_640_131_200)),
        ("dateTime", Value::Int(1_640_131_200), json!(1_640_131_200)),
        ("phoneNumber", "+44 20 7946 0958".into(), json!("+442079460958")),
        ("phoneNumber", "20 7946".into(), Json::Null),
        ("stringCollection", "a".into(), json!(["a"])),
        ("stringCollection", list(&["a", "b"]), json!(["a", "b"])),
    ] {
        let claim = format!("<DataType>{data_type}</DataType>");
        let parts = Parts { claim: &claim, ..Parts::default() };
        assert_eq!(issued(&parts, Some(held)), expected, "{data_type}");
    }
}

/// A page that asks for `value` and writes it as `extension_Value`.
fn asking(claim: &str) -> Policy {
    let profiles = format!(
        r#"<TechnicalProfile Id="Ask">{PAGE}
             <InputClaims><InputClaim ClaimTypeReferenceId="value" /></InputClaims>
             <OutputClaims><OutputClaim ClaimTypeReferenceId="value" Required="true" /></OutputClaims>
           </TechnicalProfile>
           <TechnicalProfile Id="Write">{DIRECTORY}
             <Metadata><Item Key="Operation">Write</Item>{EXTENSIONS}</Metadata>
             <InputClaims><InputClaim ClaimTypeReferenceId="objectId" /></InputClaims>
             <PersistedClaims><PersistedClaim ClaimTypeReferenceId="objectId" /><PersistedClaim ClaimTypeReferenceId="value" PartnerClaimType="extension_Value" /></PersistedClaims>
           </TechnicalProfile>"#
    );
    let steps = step(2, "Ask") + &step(3, "Write");
    policy(&Parts { claim, steps: &steps, profiles: &profiles, ..Parts::default() })
}

#[test]
fn what_a_person_types_is_stored_and_issued_as_a_value_of_the_claims_type() {
    for (data_type, input, typed, stored, token) in [
        ("string", "TextBox", " 5 ", "5".into(), json!("5")),
        ("boolean", "TextBox", "TRUE", Value::Bool(true), json!(true)),
        ("int", "TextBox", "-5", Value::Int(-5), json!(-5)),
        ("long", "TextBox", "99999999999", Value::Int(99_999_999_999), json!(99_999_999_999_i64)),
        ("date", "DateTimeDropdown", "2021-12-22", "2021-12-22".into(), json!("2021-12-22")),
        ("string", "DateTimeDropdown", "2021-12-22", "2021-12-22".into(), json!("2021-12-22")),
        ("dateTime", "DateTimeDropdown", "2021-12-22", "2021-12-22".into(), json!(1_640_131_200)),
        ("phoneNumber", "TextBox", "+44 (20) 7946 0958", "+442079460958".into(), json!("+442079460958")),
        ("stringCollection", "TextBox", "a", list(&["a"]), json!(["a"])),
        ("string", "EmailBox", "ada@example.com", "ada@example.com".into(), json!("ada@example.com")),
    ] {
        let policy = asking(&format!("<DataType>{data_type}</DataType><UserInputType>{input}</UserInputType>"));
        let mut world = world(None);
        let mut visit = Visit::new(&policy, &mut world, Session::default());
        visit.page();
        visit.submit(&[("value", typed)]);
        assert_eq!(claim(&mut visit, "value"), token, "{data_type}");
        assert_eq!(world.user("ada@example.com").expect("Ada")["extension_Value"], stored, "{data_type}");
    }
}

#[test]
fn what_is_no_value_of_the_claims_type_is_refused_at_its_input() {
    for (data_type, input, typed) in [
        ("boolean", "TextBox", "perhaps"),
        ("int", "TextBox", "99999999999"),
        ("int", "TextBox", "2147483648"),
        ("int", "TextBox", "1.5"),
        ("long", "TextBox", "9223372036854775808"),
        ("date", "DateTimeDropdown", "2021-02-30"),
        ("date", "DateTimeDropdown", "2021--22"),
        ("string", "DateTimeDropdown", "2021--22"),
        ("dateTime", "TextBox", "tomorrow"),
        ("duration", "TextBox", "a day"),
        ("phoneNumber", "TextBox", "020 7946 0958"),
        ("string", "EmailBox", "ada@192.0.2.4"),
    ] {
        let policy = asking(&format!("<DataType>{data_type}</DataType><UserInputType>{input}</UserInputType>"));
        let mut world = world(None);
        let mut visit = Visit::new(&policy, &mut world, Session::default());
        visit.page();
        let notice = visit.refused(&[("value", typed)]);
        let expected = ("UserMessageIfInvalidInput", Some("value"), vec!["The value".to_owned()]);
        assert_eq!((notice.id.as_str(), notice.claim.as_deref(), notice.args), expected, "{data_type} {typed}");
    }
}

fn value_of(page: &Page) -> (Option<String>, Vec<String>) {
    match page.items.first() {
        Some(Item::Field(field)) => {
            (field.value.clone(), field.options.iter().map(|(value, _)| value.clone()).collect())
        }
        other => panic!("no field: {other:?}"),
    }
}

#[test]
fn a_list_is_filled_with_its_own_spelling_of_a_value_and_takes_any() {
    for (data_type, held, options, shown, token) in [
        ("boolean", Value::Bool(true), ["True", "False"], "True", json!(true)),
        ("boolean", Value::Bool(false), ["TRUE", "FALSE"], "FALSE", json!(false)),
        ("boolean", Value::Bool(true), ["1", "0"], "1", json!(true)),
        ("int", Value::Int(5), ["05", "10"], "05", json!(5)),
        ("string", "b".into(), ["a", "b"], "b", json!("b")),
    ] {
        let list = options.map(|value| format!("<Enumeration Text=\"{value}\" Value=\"{value}\" />")).concat();
        let claim = format!(
            "<DataType>{data_type}</DataType><UserInputType>RadioSingleSelect</UserInputType><Restriction>{list}</Restriction>"
        );
        let (policy, mut world) = (asking(&claim), world(Some(held)));
        let mut visit = Visit::new(&policy, &mut world, Session::default());
        let (value, known) = value_of(&visit.page());
        assert_eq!((value.as_deref(), known), (Some(shown), options.map(str::to_owned).to_vec()));
        visit.submit(&[("value", shown)]);
        assert_eq!(claim_of(&mut visit), token, "{data_type} {shown}");
    }
}

fn claim_of(visit: &mut Visit<'_>) -> Json {
    claim(visit, "value")
}

#[test]
fn an_option_with_a_comma_is_one_option() {
    let list = ["a", "a,b", "c"].map(|value| format!("<Enumeration Text=\"{value}\" Value=\"{value}\" />")).concat();
    let claim = format!(
        "<DataType>stringCollection</DataType><UserInputType>CheckboxMultiSelect</UserInputType><Restriction>{list}</Restriction>"
    );
    let (policy, mut world) = (asking(&claim), world(None));
    let mut visit = Visit::new(&policy, &mut world, Session::default());
    visit.page();
    assert_eq!(visit.refused(&[("value", "a,d")]).id, "UserMessageIfInvalidInput");
    visit.submit(&[("value", "a,b,c")]);
    assert_eq!(claim_of(&mut visit), json!(["a,b", "c"]));
}

/// One use of a method: its input (claim, transformation claim type), parameter (id, value) and output.
struct Make<'a> {
    data_type: &'a str,
    method: &'a str,
    input: Option<(&'a str, &'a str)>,
    parameter: Option<(&'a str, &'a str)>,
    output: &'a str,
}

/// The token's claim `value` after a transformation has set it; `text` is a large number, `now` the time.
fn made(make: &Make<'_>) -> Json {
    let Make { data_type, method, input, parameter, output } = make;
    let input = input.map_or_else(String::new, |(claim, kind)| {
        format!(r#"<InputClaims><InputClaim ClaimTypeReferenceId="{claim}" TransformationClaimType="{kind}" /></InputClaims>"#)
    });
    let parameter = parameter.map_or_else(String::new, |(id, value)| {
        format!(r#"<InputParameters><InputParameter Id="{id}" DataType="string" Value="{value}" /></InputParameters>"#)
    });
    let transformations = format!(
        r#"<ClaimsTransformation Id="Make" TransformationMethod="{method}">{input}{parameter}<OutputClaims><OutputClaim ClaimTypeReferenceId="value" TransformationClaimType="{output}" /></OutputClaims></ClaimsTransformation>"#
    );
    let profiles = format!(
        r#"<TechnicalProfile Id="Given">{TRANSFORMS}<OutputClaims><OutputClaim ClaimTypeReferenceId="text" DefaultValue="99999999999" AlwaysUseDefaultValue="true" /><OutputClaim ClaimTypeReferenceId="now" DefaultValue="{{Context:DateTimeInUtc}}" AlwaysUseDefaultValue="true" /></OutputClaims></TechnicalProfile>
           <TechnicalProfile Id="Transform">{TRANSFORMS}<OutputClaims><OutputClaim ClaimTypeReferenceId="value" /></OutputClaims><OutputClaimsTransformations><OutputClaimsTransformation ReferenceId="Make" /></OutputClaimsTransformations></TechnicalProfile>"#
    );
    let (claim, steps) = (format!("<DataType>{data_type}</DataType>"), step(2, "Given") + &step(3, "Transform"));
    issued(
        &Parts { claim: &claim, steps: &steps, profiles: &profiles, transformations: &transformations, output: "" },
        None,
    )
}

#[test]
fn a_transformation_yields_a_value_of_the_claims_type() {
    let large = json!(99_999_999_999_i64);
    #[rustfmt::skip]
    let cases = [
        ("boolean", "DoesClaimExist", Some(("objectId", "inputClaim")), None, "outputClaim", json!(true)),
        ("dateTime", "GetCurrentDateTime", None, None, "currentDateTime", json!(1_767_323_045)),
        ("date", "ConvertDateTimeToDateClaim", Some(("now", "inputClaim")), None, "outputClaim", json!("2026-01-02")),
        ("long", "ConvertStringToNumberClaim", Some(("text", "inputClaim")), None, "outputClaim", large),
        ("stringCollection", "StringSplit", Some(("text", "inputClaim")), Some(("delimiter", ",")), "outputClaim", json!(["99999999999"])),
        ("string", "CreateStringClaim", None, Some(("value", "x")), "createdClaim", json!("x")),
    ];
    for (data_type, method, input, parameter, output, expected) in cases {
        assert_eq!(made(&Make { data_type, method, input, parameter, output }), expected, "{method}");
    }
}

#[test]
fn a_precondition_compares_by_value_and_a_resolver_writes_text() {
    for (data_type, held, wanted, skipped) in [
        ("boolean", Value::Bool(true), "true", true),
        ("boolean", Value::Bool(true), "True", true),
        ("boolean", Value::Bool(true), "false", false),
        ("int", Value::Int(5), "5", true),
        ("dateTime", "2021-12-22T00:00:00Z".into(), "2021-12-22T01:00:00+01:00", true),
        ("string", "true".into(), "True", false),
    ] {
        let claim = format!("<DataType>{data_type}</DataType>");
        let profiles = format!(
            r#"<TechnicalProfile Id="Say">{TRANSFORMS}<OutputClaims><OutputClaim ClaimTypeReferenceId="text" DefaultValue="ran with {{Claim:value}}" AlwaysUseDefaultValue="true" /></OutputClaims></TechnicalProfile>"#
        );
        let precondition = format!(
            r#"<Preconditions><Precondition Type="ClaimEquals" ExecuteActionsIf="true"><Value>value</Value><Value>{wanted}</Value><Action>SkipThisOrchestrationStep</Action></Precondition></Preconditions><ClaimsExchanges>"#
        );
        let steps = step(2, "Say").replace("<ClaimsExchanges>", &precondition);
        let policy = policy(&Parts { claim: &claim, steps: &steps, profiles: &profiles, ..Parts::default() });
        let text = held.text();
        let mut world = world(Some(held));
        let said = self::claim(&mut Visit::new(&policy, &mut world, Session::default()), "said");
        let expected = if skipped { Json::Null } else { json!(format!("ran with {text}")) };
        assert_eq!(said, expected, "{data_type} {wanted}");
    }
}

#[test]
fn an_address_that_can_not_be_one_is_refused_at_the_field_before_a_code_is_made() {
    let policy = crate::stories::policy("Prove");
    let mut world = Memory::new();
    for address in ["taro..yamada@contoso.test", "taro.@contoso.test", "anna@192.0.2.4", "anna@contoso,test", "anna"] {
        let mut visit = Visit::new(&policy, &mut world, Session::default());
        let page = visit.page();
        let (control, field, _) = crate::support::control(&page);
        let refused = visit.act(&control, "SendCode", &[(&field, address)]).expect_err("no address");
        assert_eq!((refused.claim.as_deref(), refused.args.len()), (Some(field.as_str()), 1), "{address}");
        assert!(["UserMessageIfInvalidInput", "ver_incorrect_format"].contains(&refused.id.as_str()), "{refused:?}");
    }
    assert!(world.mails.is_empty());
}

#[test]
fn a_session_gives_back_only_values_of_the_claims_type() {
    let keeping = |data_type: &str| {
        let claim = format!("<DataType>{data_type}</DataType><UserInputType>TextBox</UserInputType>");
        let profiles = format!(
            r#"<TechnicalProfile Id="Keep"><DisplayName>Keep</DisplayName><Protocol Name="Proprietary" Handler="Web.TPEngine.SSO.DefaultSSOSessionProvider, Web.TPEngine" /><PersistedClaims><PersistedClaim ClaimTypeReferenceId="value" /></PersistedClaims></TechnicalProfile>
               <TechnicalProfile Id="Ask">{PAGE}<OutputClaims><OutputClaim ClaimTypeReferenceId="value" /></OutputClaims><UseTechnicalProfileForSessionManagement ReferenceId="Keep" /></TechnicalProfile>"#
        );
        policy(&Parts { claim: &claim, steps: &step(2, "Ask"), profiles: &profiles, ..Parts::default() })
    };
    let (text, number) = (keeping("string"), keeping("int"));
    let mut world = world(None);
    let mut visit = Visit::new(&text, &mut world, Session::default());
    visit.page();
    visit.submit(&[("value", "hello")]);
    visit.token();
    let kept = visit.state.session.kept.clone();
    let mut second = Visit::new(&number, &mut world, kept);
    assert!(matches!(second.event(Event::Continue), Outcome::Page(_)), "text is no number: the page asks");
}
