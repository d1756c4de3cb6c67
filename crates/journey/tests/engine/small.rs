//! Policies of a few lines, on top of the tests' base.

use super::stories::chain;
use crate::support::compiled;
use std::iter::once;
use vestibule_journey::{CompileOptions, Policy, Problem, Source, compile};

const HANDLER: &str = "Web.TPEngine, Version=1.0.0.0, Culture=neutral, PublicKeyToken=null";

/// The parts of a small policy.
#[derive(Default)]
pub(crate) struct Small<'a> {
    /// Id, data type and input type of claim types; a claim without an input type is never shown.
    pub(crate) claims: &'a [(&'a str, &'a str, &'a str)],
    /// `ClaimsTransformation` elements.
    pub(crate) transformations: &'a [String],
    /// `TechnicalProfile` elements.
    pub(crate) profiles: &'a [String],
    /// Profiles of the journey's steps, in order.
    pub(crate) steps: &'a [&'a str],
    /// Attributes of the relying party's output claims, or just claim ids.
    pub(crate) outputs: &'a [&'a str],
}

impl Small<'_> {
    pub(crate) fn policy(&self) -> Policy {
        compiled(&self.sources())
    }

    /// The warnings of the compiler.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let compiled = compile(&self.sources(), &CompileOptions::default()).expect("it compiles");
        compiled.warnings.iter().map(Problem::to_string).collect()
    }

    fn sources(&self) -> [Source; 2] {
        let [base, _] = chain("SignIn", "");
        let text = format!(
            r#"<TrustFrameworkPolicy PolicySchemaVersion="0.3.0.0" TenantId="contoso.onmicrosoft.com" PolicyId="B2C_1A_Small" PublicPolicyUri="http://contoso.onmicrosoft.com/B2C_1A_Small">
  <BasePolicy><TenantId>contoso.onmicrosoft.com</TenantId><PolicyId>B2C_1A_Base</PolicyId></BasePolicy>
  <BuildingBlocks>
    <ClaimsSchema>{}</ClaimsSchema>
    <ClaimsTransformations>{}</ClaimsTransformations>
  </BuildingBlocks>
  <ClaimsProviders><ClaimsProvider><DisplayName>Small</DisplayName><TechnicalProfiles>{}</TechnicalProfiles></ClaimsProvider></ClaimsProviders>
  <UserJourneys><UserJourney Id="Small"><OrchestrationSteps>{}</OrchestrationSteps></UserJourney></UserJourneys>
  <RelyingParty>
    <DefaultUserJourney ReferenceId="Small" />
    <TechnicalProfile Id="PolicyProfile">
      <DisplayName>PolicyProfile</DisplayName>
      <Protocol Name="OpenIdConnect" />
      <OutputClaims>
        <OutputClaim ClaimTypeReferenceId="objectId" PartnerClaimType="sub" DefaultValue="nobody" />
        {}
      </OutputClaims>
      <SubjectNamingInfo ClaimType="sub" />
    </TechnicalProfile>
  </RelyingParty>
</TrustFrameworkPolicy>"#,
            self.claims.iter().map(claim_type).collect::<String>(),
            self.transformations.concat(),
            self.naming() + &self.profiles.concat(),
            self.steps(),
            self.outputs.iter().map(|output| claim("OutputClaim", output)).collect::<String>(),
        );
        [base, Source { name: "Small.xml".to_owned(), text }]
    }

    /// A profile that lists every claim as an output without a value: each output of a relying party must be one of a
    /// step as well.
    fn naming(&self) -> String {
        let ids: Vec<&str> = self.claims.iter().map(|(id, _, _)| *id).collect();
        Profile { outputs: &ids, ..Profile::default() }.transforming("Naming")
    }

    fn steps(&self) -> String {
        let exchange = |(at, profile): (usize, &&str)| {
            format!(
                r#"<OrchestrationStep Order="{}" Type="ClaimsExchange"><ClaimsExchanges><ClaimsExchange Id="Exchange{at}" TechnicalProfileReferenceId="{profile}" /></ClaimsExchanges></OrchestrationStep>"#,
                at + 1
            )
        };
        let mut steps: String = once(&"Naming").chain(self.steps).enumerate().map(exchange).collect();
        steps += &format!(
            r#"<OrchestrationStep Order="{}" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="JwtIssuer" />"#,
            self.steps.len() + 2
        );
        steps
    }
}

fn claim_type((id, data_type, input): &(&str, &str, &str)) -> String {
    let input = if input.is_empty() { String::new() } else { format!("<UserInputType>{input}</UserInputType>") };
    format!(
        r#"<ClaimType Id="{id}"><DisplayName>{id}</DisplayName><DataType>{data_type}</DataType>{input}</ClaimType>"#
    )
}

/// A claim of a list: a claim id, with more attributes after a space.
pub(crate) fn claim(element: &str, text: &str) -> String {
    let (id, more) = text.split_once(' ').unwrap_or((text, ""));
    format!(r#"<{element} ClaimTypeReferenceId="{id}" {more} />"#)
}

fn claims(list: &str, element: &str, texts: &[&str]) -> String {
    let claims: String = texts.iter().map(|text| claim(element, text)).collect();
    if claims.is_empty() { claims } else { format!("<{list}>{claims}</{list}>") }
}

/// A claims transformation; claims are `transformation claim type=claim`, parameters `id=value` or
/// `id:data type=value`.
pub(crate) fn transformation(id: &str, method: &str, inputs: &[&str], params: &[&str], outputs: &[&str]) -> String {
    let claims = |list: &str, element: &str, pairs: &[&str]| {
        let pair = |text: &&str| {
            let (kind, claim) = text.split_once('=').expect("kind=claim");
            format!(r#"<{element} ClaimTypeReferenceId="{claim}" TransformationClaimType="{kind}" />"#)
        };
        if pairs.is_empty() {
            String::new()
        } else {
            format!("<{list}>{}</{list}>", pairs.iter().map(pair).collect::<String>())
        }
    };
    let param = |text: &&str| {
        let (id, value) = text.split_once('=').expect("id=value");
        let (id, data_type) = id.split_once(':').unwrap_or((id, "string"));
        format!(r#"<InputParameter Id="{id}" DataType="{data_type}" Value="{value}" />"#)
    };
    let params: String = params.iter().map(param).collect();
    let params = if params.is_empty() { params } else { format!("<InputParameters>{params}</InputParameters>") };
    format!(
        r#"<ClaimsTransformation Id="{id}" TransformationMethod="{method}">{}{params}{}</ClaimsTransformation>"#,
        claims("InputClaims", "InputClaim", inputs),
        claims("OutputClaims", "OutputClaim", outputs)
    )
}

/// The parts of a technical profile.
#[derive(Default)]
pub(crate) struct Profile<'a> {
    /// `Key=value`
    pub(crate) metadata: &'a [&'a str],
    /// Claim ids, with more attributes after a space.
    pub(crate) inputs: &'a [&'a str],
    pub(crate) persisted: &'a [&'a str],
    pub(crate) outputs: &'a [&'a str],
    /// Output claims transformations.
    pub(crate) after: &'a [&'a str],
    /// Validation profiles.
    pub(crate) validations: &'a [&'a str],
}

impl Profile<'_> {
    /// A claims-transformation profile.
    pub(crate) fn transforming(&self, id: &str) -> String {
        self.with(id, "Web.TPEngine.Providers.ClaimsTransformationProtocolProvider", &[])
    }

    /// A self-asserted profile.
    pub(crate) fn page(&self, id: &str) -> String {
        let content = &["ContentDefinitionReferenceId=api.selfasserted"];
        self.with(id, "Web.TPEngine.Providers.SelfAssertedAttributeProvider", content)
    }

    /// A profile of this handler class.
    pub(crate) fn with(&self, id: &str, handler: &str, metadata: &[&str]) -> String {
        let item = |text: &&str| {
            let (key, value) = text.split_once('=').expect("key=value");
            format!(r#"<Item Key="{key}">{value}</Item>"#)
        };
        let metadata: String = self.metadata.iter().chain(metadata).map(item).collect();
        let metadata = if metadata.is_empty() { metadata } else { format!("<Metadata>{metadata}</Metadata>") };
        let refs = |list: &str, element: &str, ids: &[&str]| {
            let refs: String = ids.iter().map(|id| format!(r#"<{element} ReferenceId="{id}" />"#)).collect();
            if refs.is_empty() { refs } else { format!("<{list}>{refs}</{list}>") }
        };
        format!(
            r#"<TechnicalProfile Id="{id}"><DisplayName>{id}</DisplayName><Protocol Name="Proprietary" Handler="{handler}, {HANDLER}" />{metadata}{}{}{}{}{}</TechnicalProfile>"#,
            claims("InputClaims", "InputClaim", self.inputs),
            claims("PersistedClaims", "PersistedClaim", self.persisted),
            claims("OutputClaims", "OutputClaim", self.outputs),
            refs("OutputClaimsTransformations", "OutputClaimsTransformation", self.after),
            refs("ValidationTechnicalProfiles", "ValidationTechnicalProfile", self.validations),
        )
    }
}
