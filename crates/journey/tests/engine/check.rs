//! Policies that Azure AD B2C rejects at upload are rejected, policies that it accepts are accepted, and unsupported
//! features are reported.

use crate::diagnostics::{problems, with};
use crate::stories::chain;
use vestibule_journey::{CompileOptions, Severity, Source, check};

/// All messages about a journey's chain with a text of its base replaced.
fn said(journey: &str, from: &str, to: &str) -> String {
    problems(&with(journey, from, to), &CompileOptions::default())
}

/// The same with a text of its relying party replaced.
fn said_of_leaf(journey: &str, from: &str, to: &str) -> String {
    let mut chain = chain(journey, "");
    assert!(chain[1].text.contains(from), "{from}");
    chain[1].text = chain[1].text.replacen(from, to, 1);
    problems(&chain, &CompileOptions::default())
}

/// Each case: journey, text of the base, its replacement, the messages.
fn each(cases: &[(&str, &str, &str, &str)]) {
    for (journey, from, to, expected) in cases {
        let said = said(journey, from, to);
        assert!(said.contains(expected), "{expected}\n--- but\n{said}");
    }
}

/// Each case: text of the relying party, its replacement, the messages.
fn each_of_leaf(cases: &[(&str, &str, &str)]) {
    for (from, to, expected) in cases {
        let said = said_of_leaf("SignIn", from, to);
        assert!(said.contains(expected), "{expected}\n--- but\n{said}");
    }
}

const EXPIRY: &str = "<SessionExpiryType>Absolute</SessionExpiryType>";

#[test]
fn elements_in_an_order_that_b2c_refuses_are_a_warning_with_the_order_that_it_expects() {
    let said = said_of_leaf("SignIn", EXPIRY, &format!("<ScriptExecution>Disallow</ScriptExecution>{EXPIRY}"));
    let expected = "SignIn.xml:7: warning: SessionExpiryType must stand before ScriptExecution in Azure AD B2C, which \
                    refuses this order; expected: SingleSignOn, SessionExpiryType, SessionExpiryInSeconds, \
                    ScriptExecution [P107]";
    assert!(said.starts_with("compiles\n") && said.contains(expected), "{said}");
}

#[test]
#[rustfmt::skip]
fn elements_are_as_many_as_the_schema_says() {
    let name = "<DisplayName>City</DisplayName>";
    each(&[
        ("SignIn", name, &name.repeat(2), "error: ClaimType holds DisplayName once, but it is here again"),
        ("SignIn", "<DisplayName>Ways</DisplayName>", "<DisplayName>Ways</DisplayName></ClaimsProvider><ClaimsProvider>", "error: ClaimsProvider needs an element TechnicalProfiles inside it [P105]"),
        ("SignIn", r#"<Enumeration Text="One" Value="1" />"#, r#"<Enumeration Text="One" Value="1" /><Pattern RegularExpression="a" />"#, "error: Restriction holds either Enumeration or Pattern, not both"),
        ("SignIn", "<Preconditions>\n", "<Preconditions /><Preconditions>\n", "error: Preconditions needs an element Precondition inside it"),
    ]);
}

#[test]
#[rustfmt::skip]
fn attributes_that_the_schema_wants_must_be_there() {
    each(&[
        ("SignIn", r#" PolicySchemaVersion="0.3.0.0""#, "", "error: TrustFrameworkPolicy needs the attribute PolicySchemaVersion [P104]"),
        ("SignIn", r#"PublicPolicyUri="http://contoso.onmicrosoft.com/B2C_1A_Base""#, "", "needs the attribute PublicPolicyUri"),
        ("SignIn", r#" ExecuteActionsIf="true""#, "", "error: Precondition needs the attribute ExecuteActionsIf"),
        ("SignIn", r#"<Enumeration Text="Oslo" Value="oslo" />"#, r#"<Enumeration Value="oslo" />"#, "error: Enumeration needs the attribute Text"),
    ]);
}

#[test]
#[rustfmt::skip]
fn words_are_those_of_the_schema_letter_for_letter() {
    each(&[
        ("SignIn", ">Readonly<", ">ReadOnly<", "error: UserInputType cannot be ReadOnly; did you mean Readonly? Letter case counts [P108]"),
        ("SignIn", "<DataType>int</DataType>", "<DataType>integer</DataType>", "error: DataType cannot be integer"),
        ("SignIn", r#"Required="true""#, r#"Required="True""#, "error: Required of DisplayClaim is true or false, in lower-case letters, not True"),
        ("SignIn", r#"PolicyId="B2C_1A_Base""#, r#"PolicyId="B2C 1A Base""#, "error: PolicyId of TrustFrameworkPolicy has only letters"),
        ("SignIn", ">de<", ">de_DE<", "error: SupportedLanguage is a language such as en or pt-BR, not de_DE"),
    ]);
}

#[test]
#[rustfmt::skip]
fn elements_without_content_are_empty_and_others_hold_no_text() {
    let issuer = r#"<Key Id="issuer_secret" StorageReferenceId="B2C_1A_TokenSigningKeyContainer" />"#;
    let open = r#"<Key Id="issuer_secret" StorageReferenceId="B2C_1A_TokenSigningKeyContainer">"#;
    each(&[
        ("SignIn", issuer, &format!("{open}\n</Key>"), "error: Key must be empty"),
        ("SignIn", "<ClaimsSchema>", "<ClaimsSchema>x", "error: ClaimsSchema holds no text, but here is \"x\" [P109]"),
    ]);
}

#[test]
#[rustfmt::skip]
fn a_default_is_a_value_of_the_claims_type() {
    each(&[
        ("SignIn", r#"ClaimTypeReferenceId="restored" DefaultValue="true""#, r#"ClaimTypeReferenceId="restored" DefaultValue="yes""#, "error: the DefaultValue of restored is \"yes\", but a claim of type boolean is true or false [P402]"),
        ("Everything", r#"<OutputClaim ClaimTypeReferenceId="age" />"#, r#"<OutputClaim ClaimTypeReferenceId="age" DefaultValue="99999999999" />"#, "a claim of type int is a whole number of 32 bits"),
    ]);
}

#[test]
#[rustfmt::skip]
fn an_attribute_that_users_do_not_have_is_refused_where_it_is_written() {
    let written = r#"<PersistedClaim ClaimTypeReferenceId="mustChange" "#;
    let told = said("SignIn", written, &format!(r#"<PersistedClaim ClaimTypeReferenceId="way" />{written}"#));
    let expected = "Base.xml:180: error: users have no attribute way; an attribute of your own begins with extension_ [P503]";
    assert!(told.contains(expected), "{told}");
    each(&[
        ("SignIn", r#"PartnerClaimType="signInNames.emailAddress""#, r#"PartnerClaimType="displayName""#, "error: users cannot be found by displayName"),
        ("SignIn", r#"PartnerClaimType="signInNames.emailAddress""#, r#"PartnerClaimType="signInNames.phoneNumber""#, "not supported: this version cannot find users by signInNames.phoneNumber"),
        ("SignIn", r#"<OutputClaim ClaimTypeReferenceId="displayName" /></OutputClaims>"#, r#"<OutputClaim ClaimTypeReferenceId="displayName" /><OutputClaim ClaimTypeReferenceId="way" /></OutputClaims>"#, "warning: users have no attribute way that can be read"),
    ]);
}

#[test]
#[rustfmt::skip]
fn each_kind_of_profile_has_what_it_needs() {
    let input = r#"<InputClaim ClaimTypeReferenceId="email" PartnerClaimType="emailAddress" />"#;
    each(&[
        ("SignIn", r#"<Item Key="client_id">our proxy</Item>"#, "", "error: Check-PasswordMayExpire needs the metadata item client_id [P501]"),
        ("SignIn", input, "", "error: Code-Send needs an input claim with the PartnerClaimType emailAddress [P502]"),
        ("Otp", r#"PartnerClaimType="otpGenerated""#, "", "error: Otp-Make needs an output claim with the PartnerClaimType otpGenerated"),
        ("SignIn", r#"<Item Key="Operation">Read</Item><Item Key="Raise"#, r#"<Item Key="Raise"#, "error: User-FindByEmail needs the metadata item Operation"),
        ("SignIn", r#"<Key Id="issuer_refresh_token_key""#, r#"<Key Id="other_key""#, "error: JwtIssuer needs a Key with the Id issuer_refresh_token_key"),
    ]);
}

#[test]
fn a_profile_that_no_journey_reaches_may_be_half_written() {
    let half = r#"<TechnicalProfile Id="Half"><DisplayName>Half</DisplayName><Protocol Name="OpenIdConnect" /></TechnicalProfile>"#;
    let way = r#"<TechnicalProfile Id="Way-North">"#;
    assert!(said("SignIn", way, &format!("{half}{way}")).starts_with("compiles"));
}

#[test]
fn claims_that_are_needed_come_from_an_earlier_step() {
    let exchange = r#"<ClaimsExchange Id="LocalExchange" TechnicalProfileReferenceId="Page-SignInStrict" />"#;
    let read = r#"<ClaimsExchange Id="LocalExchange" TechnicalProfileReferenceId="User-Read" />"#;
    let told = said("SignInStrict", exchange, read);
    assert!(
        told.contains(
            "error: User-Read in step 1 of SignInStrict needs the claim objectId, which no earlier step puts out [P404]"
        ),
        "{told}"
    );
    let told = said_of_leaf("Prove", "</OutputClaims>", r#"<OutputClaim ClaimTypeReferenceId="way" /></OutputClaims>"#);
    assert!(told.contains("error: no step of Prove puts out the claim way; add it"), "{told}");
    let default = r#"<OutputClaim ClaimTypeReferenceId="way" DefaultValue="" /></OutputClaims>"#;
    assert!(said_of_leaf("Prove", "</OutputClaims>", default).starts_with("compiles"));
}

#[test]
#[rustfmt::skip]
fn steps_are_numbered_without_gaps_and_a_choice_is_followed_by_its_exchanges() {
    let second = r#"<OrchestrationStep Order="2" Type="SendClaims""#;
    each(&[
        ("SignInStrict", second, r#"<OrchestrationStep Order="4" Type="SendClaims""#, "error: SignInStrict has no steps 2 to 3; steps are numbered 1, 2, 3 without gaps [P601]"),
        ("SignInStrict", second, r#"<OrchestrationStep Order="1" Type="SendClaims""#, "error: OrchestrationStep with Order 1 comes twice"),
        ("Choose", r#"<OrchestrationStep Order="3" Type="ClaimsExchange">"#, r#"<OrchestrationStep Order="3" Type="Noop">"#, "error: step 2 lets people choose, so that this step must be a ClaimsExchange, not Noop"),
        ("Choose", r#"<OrchestrationStep Order="2" Type="ClaimsProviderSelection""#, r#"<OrchestrationStep Order="20" Type="ClaimsProviderSelection""#, "error: this step has 3 claims exchanges: the step before it must let one of them be chosen"),
        ("Choose", r#"Id="SouthExchange" Tech"#, r#"Id="northexchange" Tech"#, "error: ClaimsExchange northexchange is defined twice"),
    ]);
}

#[test]
fn numbers_beyond_a_limit_of_this_server_are_taken_with_a_warning() {
    let codes = r#"<Item Key="NumCodeGenerationAttempts">3</Item>"#;
    let many = said("SignIn", codes, r#"<Item Key="NumCodeGenerationAttempts">500</Item>"#);
    assert!(many.starts_with("compiles") && !many.contains("500"), "{many}");
    let tries =
        said("SignIn", r#"<Item Key="NumRetryAttempts">2</Item>"#, r#"<Item Key="NumRetryAttempts">100</Item>"#);
    assert!(
        tries.contains("warning: NumRetryAttempts is 100; this server takes 1 to 20 and uses 20 [P802]"),
        "{tries}"
    );
    let days = said_of_leaf("SignIn", r#"KeepAliveInDays="7""#, r#"KeepAliveInDays="365""#);
    assert!(
        days.contains("warning: KeepAliveInDays is 365; people are kept signed in for 90 days at most here"),
        "{days}"
    );
}

#[test]
fn a_session_profile_without_protocol_keeps_nothing_and_is_warned_of() {
    let protocol = r#"<Protocol Name="Proprietary" Handler="Web.TPEngine.SSO.DefaultSSOSessionProvider, Web.TPEngine, Version=1.0.0.0, Culture=neutral, PublicKeyToken=null" />
          <PersistedClaims><PersistedClaim ClaimTypeReferenceId="way" />"#;
    let bare = said("Choose", protocol, r#"<PersistedClaims><PersistedClaim ClaimTypeReferenceId="way" />"#);
    let expected = "warning: Session-Way has no Protocol, so that it keeps no claims for single sign-on [P505]";
    assert!(bare.starts_with("compiles") && bare.contains(expected), "{bare}");
}

#[test]
#[rustfmt::skip]
fn what_is_not_done_is_said() {
    let error = "<ErrorHandlers><ErrorHandler><ResponseMatch>$</ResponseMatch><Action>Reauthenticate</Action></ErrorHandler></ErrorHandlers>";
    let north = r#"<UseTechnicalProfileForSessionManagement ReferenceId="Session-Way" />"#;
    each(&[
        ("SignIn", "~/tenant/templates/AzureBlue/unified.cshtml", "https://contoso.test/unified.html", "warning: the page https://contoso.test/unified.html?c={OAUTH-KV:campaign} is not loaded; api.signuporsignin is shown as this server's own page [P801]"),
        ("Choose", north, &format!("{north}{error}"), "not supported: Way-North has ErrorHandlers, which this version does not support [P901]"),
        ("Choose", r#"Type="GetClaims""#, r#"Type="GetClaims" CpimIssuerTechnicalProfileReferenceId="Way-North""#, "not supported: this version does not support GetClaims with an ID token hint"),
    ]);
    each_of_leaf(&[
        (EXPIRY, &format!("{EXPIRY}<ScriptExecution>Allow</ScriptExecution>"), "warning: scripts of the policy's own pages are never run"),
        (EXPIRY, &format!(r#"{EXPIRY}<ContentDefinitionParameters><Parameter Name="a">b</Parameter></ContentDefinitionParameters>"#), "warning: ContentDefinitionParameters have no effect"),
        ("<UserJourneyBehaviors>", r#"<Endpoints><Endpoint Id="UserInfo" UserJourneyReferenceId="Choose" /></Endpoints><UserJourneyBehaviors>"#, "not supported: this version does not support a journey for the endpoint UserInfo"),
        (EXPIRY, &format!(r#"{EXPIRY}<JourneyInsights InstrumentationKey="0" TelemetryEngine="ApplicationInsights" />"#), "note: JourneyInsights has no effect"),
        (EXPIRY, &format!(r#"{EXPIRY}<OnError Mode="DisplayInService" />"#), "not supported: OnError with the mode DisplayInService"),
    ]);
}

#[test]
fn what_is_not_supported_is_told_together_with_every_mistake_and_by_its_name() {
    let way = r#"<TechnicalProfile Id="Way-North">"#;
    let [mut base, leaf] = with("Choose", "<DataType>int</DataType>", "<DataType>intt</DataType>");
    let method = r#"<ClaimsTransformations><ClaimsTransformation Id="Make" TransformationMethod="XmlStringToJsonString" /></ClaimsTransformations><ContentDefinitions>"#;
    base.text = base.text.replacen("<ContentDefinitions>", method, 1);
    let uses = r#"<OutputClaimsTransformations><OutputClaimsTransformation ReferenceId="Make" /></OutputClaimsTransformations><UseTechnicalProfileForSessionManagement ReferenceId="Session-Way" />"#;
    base.text = base.text.replacen(r#"<UseTechnicalProfileForSessionManagement ReferenceId="Session-Way" />"#, uses, 1);
    assert!(base.text.contains(way));
    let told = problems(&[base, leaf], &CompileOptions::default());
    assert!(told.contains("error: DataType cannot be intt"), "{told}");
    assert!(told.contains("not supported: Make uses the method XmlStringToJsonString, which this version does not support; Way-North cannot run without it"), "{told}");
}

#[test]
fn phone_verification_is_singular_and_rest_services_are_plural() {
    let claims = "Web.TPEngine.Providers.ClaimsTransformationProtocolProvider,";
    for (handler, what) in [("PhoneFactorProtocolProvider", "phone verification"), ("RestfulProvider", "REST services")]
    {
        let told = said("Choose", claims, &format!("Web.TPEngine.Providers.{handler},"));
        assert!(told.contains(&format!("Way-North cannot run: this version does not support {what} [P901]")), "{told}");
    }
}

#[test]
fn conditional_access_asks_for_a_second_factor_and_says_so() {
    let [mut base, leaf] = with(
        "Choose",
        "Web.TPEngine.Providers.ClaimsTransformationProtocolProvider,",
        "Web.TPEngine.Providers.ConditionalAccessProtocolProvider,",
    );
    let operation = r#"PublicKeyToken=null" /><Metadata><Item Key="OperationType">Evaluation</Item></Metadata>"#;
    let at = base.text.find("ConditionalAccessProtocolProvider").expect("there");
    let rest = base.text.split_off(at);
    base.text.push_str(&rest.replacen(r#"PublicKeyToken=null" />"#, operation, 1));
    let told = problems(&[base, leaf], &CompileOptions::default());
    assert!(told.starts_with("compiles"), "{told}");
    assert!(told.contains("warning: Way-North asks for a second factor at every sign-in"), "{told}");
}

#[test]
fn a_base_needs_no_relying_party_to_be_checked_and_is_blamed_for_its_own_lines_only() {
    let [base, _] = chain("SignIn", "");
    let text = base.text.replace(
        r#"TenantId="contoso.onmicrosoft.com" PolicyId="B2C_1A_Base""#,
        r#"TenantId="contoso.onmicrosoft.com" PolicyId="B2C_1A_Ext""#,
    );
    let extensions = r#"<BasePolicy><TenantId>contoso.onmicrosoft.com</TenantId><PolicyId>B2C_1A_Base</PolicyId></BasePolicy>
        <BuildingBlocks><ClaimsSchema><ClaimType Id="city"><DataType>text</DataType></ClaimType></ClaimsSchema></BuildingBlocks></TrustFrameworkPolicy>"#;
    let head = text.find("<BuildingBlocks>").expect("there");
    let extensions = Source { name: "Extensions.xml".to_owned(), text: format!("{}{extensions}", &text[..head]) };
    let told = check(&[base.clone(), extensions], &CompileOptions::default());
    let stops: Vec<String> = told.iter().filter(|p| p.severity.stops()).map(ToString::to_string).collect();
    assert_eq!(stops.len(), 1, "{stops:?}");
    assert!(
        stops[0].starts_with("Extensions.xml:7: error: DataType cannot be text; it is one of boolean, date"),
        "{stops:?}"
    );
    assert!(check(&[base], &CompileOptions::default()).iter().all(|problem| problem.severity < Severity::Unsupported));
}

#[test]
fn files_that_can_be_read_are_checked_although_another_is_torn() {
    let [_, leaf] = chain("SignIn", "");
    let torn =
        Source { name: "Base.xml".to_owned(), text: "<TrustFrameworkPolicy>\n<a>\n</TrustFrameworkPolicy>".to_owned() };
    let leaf = Source { text: leaf.text.replace("Absolute", "absolute"), ..leaf };
    let told = problems(&[torn, leaf], &CompileOptions::default());
    assert!(told.contains("Base.xml:3: error: this is not well-formed XML"), "{told}");
    assert!(
        told.contains("SignIn.xml:7: error: SessionExpiryType cannot be absolute; did you mean Absolute?"),
        "{told}"
    );
}
