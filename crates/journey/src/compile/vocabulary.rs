//! The words of the policy language: which elements stand in which, and their attributes. Additions are rows.

use super::report::{Report, suggestion};
use crate::xml::Element;

/// Element, the elements inside it, its attributes.
const WORDS: &[(&str, &str, &str)] = &[
    ("Action", "ValidationClaimsExchange", "Id"),
    ("Actions", "Action", ""),
    ("AdditionalRequestParameters", "", "Key"),
    ("AdminHelpText", "", ""),
    ("AssuranceLevel", "", ""),
    ("AssuranceLevelOfOutputClaims", "", ""),
    ("Authorization", "AuthorizationTechnicalProfiles", ""),
    ("AuthorizationTechnicalProfile", "", "ReferenceId"),
    ("AuthorizationTechnicalProfiles", "AuthorizationTechnicalProfile", ""),
    ("AzureApplicationInsights", "", "InstrumentationKey"),
    ("BasePolicy", "PolicyId TenantId", ""),
    (
        "BuildingBlocks",
        "ClaimsSchema ClaimsTransformations ClientDefinitions ContentDefinitions DisplayControls \
         InputValidations Localization PredicateValidations Predicates",
        "",
    ),
    ("Candidate", "", "SubJourneyReferenceId"),
    (
        "ClaimType",
        "AdminHelpText DataType DefaultPartnerClaimTypes DisplayName InputValidationReference Mask \
         PredicateValidationReference Restriction UserHelpText UserInputType",
        "Id StatementType",
    ),
    ("ClaimsExchange", "", "Id TechnicalProfileReferenceId"),
    ("ClaimsExchanges", "ClaimsExchange", "UserIdentity"),
    ("ClaimsProvider", "DisplayName Domain Domains TechnicalProfiles", ""),
    ("ClaimsProviderSelection", "", "TargetClaimsExchangeId ValidationClaimsExchangeId"),
    ("ClaimsProviderSelections", "ClaimsProviderSelection", "DisplayOption"),
    ("ClaimsProviders", "ClaimsProvider", ""),
    ("ClaimsSchema", "ClaimType", ""),
    ("ClaimsTransformation", "InputClaims InputParameters OutputClaims", "Id TransformationMethod"),
    ("ClaimsTransformations", "ClaimsTransformation", ""),
    ("ClientDefinition", "ClientUIFilterFlags", "Id ReferenceId"),
    ("ClientDefinitions", "ClientDefinition", ""),
    ("ClientUIFilterFlags", "", ""),
    ("ConstraintHandler", "", "Handler Id"),
    ("Contact", "DisplayName Email Role TelephoneNumber", "Id"),
    ("Contacts", "Contact", ""),
    ("ContentDefinition", "DataUri LoadUri LocalizedResourcesReferences Metadata RecoveryUri", "Id"),
    ("ContentDefinitionParameters", "Parameter", ""),
    ("ContentDefinitions", "ContentDefinition", ""),
    ("CryptographicKeys", "Key", ""),
    ("DataType", "", ""),
    ("DataUri", "", ""),
    ("DefaultPartnerClaimTypes", "Protocol", ""),
    ("DefaultUserJourney", "", "ReferenceId"),
    ("Description", "", ""),
    ("DisplayClaim", "", "ClaimTypeReferenceId ControlClaimType DisplayControlReferenceId Required"),
    ("DisplayClaims", "DisplayClaim", ""),
    ("DisplayControl", "Actions DisplayClaims InputClaims OutputClaims", "Id UserInterfaceControlType"),
    ("DisplayControls", "DisplayControl", ""),
    ("DisplayName", "", ""),
    ("DocumentReference", "DisplayName Url", "Id"),
    ("DocumentReferences", "DocumentReference", ""),
    ("Domain", "", ""),
    ("Domains", "Domain", ""),
    ("Email", "", ""),
    ("EnabledForUserJourneys", "", ""),
    ("Endpoint", "", "Id UserJourneyReferenceId"),
    ("Endpoints", "Endpoint", ""),
    ("Enumeration", "", "SelectByDefault Text Value"),
    ("ErrorHandler", "Action AdditionalRequestParameters ErrorResponseFormat ResponseMatch", ""),
    ("ErrorHandlers", "ErrorHandler", ""),
    ("ErrorResponseFormat", "", ""),
    ("From", "", "TechnicalProfileReferenceId"),
    ("IncludeClaimsFromTechnicalProfile", "", ""),
    ("IncludeInSso", "", ""),
    ("IncludeTechnicalProfile", "", "ReferenceId"),
    ("Inheritance", "ConstraintHandler Tenants", "DerivingPolicies"),
    (
        "InputClaim",
        "From",
        "AlwaysUseDefaultValue ClaimTypeReferenceId DefaultValue PartnerClaimType Required TransformationClaimType",
    ),
    ("InputClaims", "InputClaim", ""),
    ("InputClaimsTransformation", "", "ReferenceId"),
    ("InputClaimsTransformations", "InputClaimsTransformation", ""),
    ("InputParameter", "", "DataType Id Value"),
    ("InputParameters", "InputParameter", ""),
    ("InputTokenFormat", "", ""),
    ("InputTokenSources", "TechnicalProfile", ""),
    ("InputValidation", "PredicateReferences", "Id"),
    ("InputValidationReference", "", "Id"),
    ("InputValidations", "InputValidation", ""),
    ("Item", "", "Key SelectByDefault Text Value"),
    ("JourneyFraming", "", "Enabled Sources"),
    (
        "JourneyInsights",
        "",
        "ClientEnabled DeveloperMode InstrumentationKey ServerEnabled TelemetryEngine TelemetryVersion",
    ),
    ("JourneyList", "Candidate", ""),
    ("Key", "", "Id StorageReferenceId"),
    ("LoadUri", "", ""),
    ("Localization", "LocalizedResources SupportedLanguages", "Enabled"),
    ("LocalizedCollection", "Item", "ElementId ElementType TargetCollection"),
    ("LocalizedCollections", "LocalizedCollection", ""),
    ("LocalizedResources", "LocalizedCollections LocalizedStrings", "Culture Id"),
    ("LocalizedResourcesReference", "", "Language LocalizedResourcesReferenceId Url"),
    ("LocalizedResourcesReferences", "LocalizedResourcesReference", "MergeBehavior"),
    ("LocalizedString", "", "ElementId ElementType StringId"),
    ("LocalizedStrings", "LocalizedString", ""),
    ("Mask", "", "Regex Type"),
    ("Metadata", "Item", ""),
    ("OnError", "", "Mode"),
    (
        "OrchestrationStep",
        "ClaimsExchanges ClaimsProviderSelections JourneyList Preconditions",
        "ContentDefinitionReferenceId CpimIssuerTechnicalProfileReferenceId Order Type",
    ),
    ("OrchestrationSteps", "OrchestrationStep", ""),
    (
        "OutputClaim",
        "From",
        "AlwaysUseDefaultValue ClaimTypeReferenceId DefaultValue PartnerClaimType Required TransformationClaimType",
    ),
    ("OutputClaims", "OutputClaim", ""),
    ("OutputClaimsTransformation", "", "ReferenceId"),
    ("OutputClaimsTransformations", "OutputClaimsTransformation", ""),
    ("OutputTokenFormat", "", ""),
    ("Parameter", "", "Id Name"),
    ("Parameters", "Parameter", ""),
    ("Pattern", "", "HelpText RegularExpression"),
    (
        "PersistedClaim",
        "",
        "AlwaysUseDefaultValue ClaimTypeReferenceId DefaultValue OverwriteIfExists PartnerClaimType",
    ),
    ("PersistedClaims", "PersistedClaim", ""),
    ("PolicyConstraints", "Inheritance RerouteRules", ""),
    ("PolicyId", "", ""),
    ("Precondition", "Action Value", "ExecuteActionsIf Type"),
    ("Preconditions", "Precondition", ""),
    ("Predicate", "Parameters UserHelpText", "HelpText Id Method"),
    ("PredicateGroup", "PredicateReferences UserHelpText", "Id"),
    ("PredicateGroups", "PredicateGroup", ""),
    ("PredicateReference", "", "Id"),
    ("PredicateReferences", "PredicateReference", "HelpText Id MatchAtLeast Reject"),
    ("PredicateValidation", "PredicateGroups", "Id"),
    ("PredicateValidationReference", "", "Id"),
    ("PredicateValidations", "PredicateValidation", ""),
    ("Predicates", "Predicate", ""),
    ("PreferredBinding", "", ""),
    ("PreserveOriginalAssertion", "", ""),
    ("Protocol", "", "Handler Name PartnerClaimType"),
    ("RecoveryUri", "", ""),
    ("RelyingParty", "DefaultUserJourney Endpoints TechnicalProfile UserJourneyBehaviors", ""),
    ("RequiredAssuranceLevelOfInputClaims", "", ""),
    ("RequiredAssuranceLevelsOfInputClaims", "RequiredAssuranceLevelOfInputClaims", ""),
    ("RerouteRule", "", "Match PolicyId Weight"),
    ("RerouteRules", "RerouteRule", "Type"),
    ("ResponseMatch", "", ""),
    ("Restriction", "Enumeration Pattern", "MergeBehavior"),
    ("Role", "", ""),
    ("ScriptExecution", "", ""),
    ("SessionExpiryInSeconds", "", ""),
    ("SessionExpiryType", "", ""),
    ("SingleSignOn", "", "EnforceIdTokenHintOnLogout KeepAliveInDays Scope"),
    ("SubJourney", "OrchestrationSteps", "Id Type"),
    ("SubJourneys", "SubJourney", ""),
    ("SubjectAuthenticationRequirements", "", "ResetExpiryWhenTokenIssued TimeToLive"),
    ("SubjectNamingInfo", "", "ClaimType ExcludeAsClaim Format NameQualifier SPNameQualifier SPProvidedID"),
    ("SupportedLanguage", "", ""),
    ("SupportedLanguages", "SupportedLanguage", "DefaultLanguage MergeBehavior PolicyLanguage"),
    ("Suppressions", "Item", ""),
    (
        "TechnicalProfile",
        "AssuranceLevelOfOutputClaims CryptographicKeys Description DisplayClaims DisplayName Domain \
         Domains EnabledForUserJourneys ErrorHandlers Extensions IncludeClaimsFromTechnicalProfile \
         IncludeInSso IncludeTechnicalProfile InputClaims InputClaimsTransformations InputTokenFormat \
         InputTokenSources Metadata OutputClaims OutputClaimsTransformations OutputTokenFormat \
         PersistedClaims PreferredBinding Protocol RequiredAssuranceLevelsOfInputClaims \
         SubjectAuthenticationRequirements SubjectNamingInfo Suppressions \
         UseTechnicalProfileForSessionManagement ValidationTechnicalProfiles",
        "Id",
    ),
    ("TechnicalProfiles", "TechnicalProfile", ""),
    ("TelephoneNumber", "", ""),
    ("Tenant", "", "ReferenceId"),
    ("TenantId", "", ""),
    ("Tenants", "Tenant", ""),
    (
        "TrustFrameworkPolicy",
        "BasePolicy BuildingBlocks ClaimsProviders Contacts DocumentReferences PolicyConstraints \
         RelyingParty SubJourneys UserJourneys",
        "DeploymentMode PolicyId PolicySchemaVersion PublicPolicyUri StateTableName TenantId TenantObjectId UserJourneyRecorderEndpoint",
    ),
    ("Url", "", ""),
    ("UseTechnicalProfileForSessionManagement", "", "ReferenceId"),
    ("UserHelpText", "", ""),
    ("UserInputType", "", ""),
    (
        "UserJourney",
        "AssuranceLevel Authorization ClientDefinition CryptographicKeys OrchestrationSteps \
         PreserveOriginalAssertion",
        "DefaultCpimIssuerTechnicalProfileReferenceId Id NonInteractive",
    ),
    (
        "UserJourneyBehaviors",
        "AzureApplicationInsights ContentDefinitionParameters JourneyFraming JourneyInsights OnError \
         ScriptExecution SessionExpiryInSeconds SessionExpiryType SingleSignOn",
        "",
    ),
    ("UserJourneys", "UserJourney", ""),
    ("ValidationClaimsExchange", "ValidationClaimsExchangeTechnicalProfile", ""),
    (
        "ValidationClaimsExchangeTechnicalProfile",
        "Preconditions",
        "ContinueOnError ContinueOnSuccess TechnicalProfileReferenceId",
    ),
    ("ValidationTechnicalProfile", "Preconditions", "ContinueOnError ContinueOnSuccess ReferenceId"),
    ("ValidationTechnicalProfiles", "ValidationTechnicalProfile", ""),
    ("Value", "", ""),
];

/// Elements that we read past, since nothing here depends on them, and that hold anything.
const OPAQUE: &[&str] = &["Extensions", "Contacts", "DocumentReferences", "PolicyConstraints", "ClientDefinitions"];

/// Report every element and attribute that the language does not have.
pub(crate) fn check(element: &Element, report: &mut Report) {
    let Some((_, children, attributes)) = WORDS.iter().find(|(name, ..)| *name == element.name) else { return };
    for (name, _) in &element.attributes {
        if !attributes.split(' ').any(|known| known == name) {
            let near = suggestion(name, attributes.split(' '));
            report.error(element.place, format!("{} has no attribute {name}{near}", element.name));
        }
    }
    for child in &element.children {
        if !children.split(' ').any(|known| known == child.name) {
            let near = suggestion(&child.name, children.split(' '));
            report.error(child.place, format!("{} has no element {}{near}", element.name, child.name));
        } else if !OPAQUE.contains(&child.name.as_str()) {
            check(child, report);
        }
    }
}
