//! The metadata, keys and claims that each kind of technical profile requires. To add one, add a row.

use super::Compiler;
use super::attributes::partner;
use super::read::item;
use crate::Policy;
use crate::policy::model::{ClaimRef, Profile, id};
use crate::problem::Code;
use crate::profiles::{class_name, has_grant};
use crate::xml::Element;

/// The requirements of one kind of profile. `|` separates alternatives.
struct Needs {
    /// The class in `Protocol Handler`, or a name of [`kind_of`].
    kind: &'static str,
    /// Applies only if a metadata item has this value.
    when: Option<(&'static str, &'static str)>,
    metadata: &'static [&'static str],
    keys: &'static [&'static str],
    /// Input claims, by partner name.
    inputs: &'static [&'static str],
    /// Output claims, by partner name; `*` means at least one of any name.
    outputs: &'static [&'static str],
}

const fn needs(kind: &'static str) -> Needs {
    Needs { kind, when: None, metadata: &[], keys: &[], inputs: &[], outputs: &[] }
}

const ISSUER: &str = "issuer";
const PASSWORD: &str = "password";

/// The tables of the pages below <https://learn.microsoft.com/azure/active-directory-b2c/technicalprofiles>.
#[rustfmt::skip]
const NEEDS: &[Needs] = &[
    Needs { metadata: &["Operation"], ..needs("AzureActiveDirectoryProvider") },
    Needs { outputs: &["*"], ..needs("ClaimsTransformationProtocolProvider") },
    Needs { metadata: &["Operation"], inputs: &["emailAddress"], ..needs("AadSsprProtocolProvider") },
    Needs { when: Some(("Operation", "VerifyCode")), inputs: &["verificationCode"], ..needs("AadSsprProtocolProvider") },
    Needs { metadata: &["Operation"], inputs: &["identifier"], ..needs("OneTimePasswordProtocolProvider") },
    Needs { when: Some(("Operation", "GenerateCode")), outputs: &["otpGenerated"], ..needs("OneTimePasswordProtocolProvider") },
    Needs { when: Some(("Operation", "VerifyCode")), inputs: &["otpToVerify"], ..needs("OneTimePasswordProtocolProvider") },
    Needs { metadata: &["ServiceUrl", "AuthenticationType"], ..needs("RestfulProvider") },
    Needs { when: Some(("AuthenticationType", "Basic")), keys: &["BasicAuthenticationUsername", "BasicAuthenticationPassword"], ..needs("RestfulProvider") },
    Needs { when: Some(("AuthenticationType", "ClientCertificate")), keys: &["ClientCertificate"], ..needs("RestfulProvider") },
    Needs { metadata: &["Operation"], ..needs("AzureMfaProtocolProvider") },
    Needs { metadata: &["OperationType"], ..needs("ConditionalAccessProtocolProvider") },
    Needs { inputs: &["errorCode", "errorMessage"], ..needs("OAuth2ErrorProtocolProvider") },
    Needs { metadata: &["client_id", "METADATA|authorization_endpoint"], ..needs("OpenIdConnect") },
    Needs { metadata: &["client_id"], inputs: &["username", "password"], ..needs(PASSWORD) },
    Needs { keys: &["issuer_secret", "issuer_refresh_token_key"], metadata: &["issuer_refresh_token_user_identity_claim_type"], ..needs(ISSUER) },
    Needs { metadata: &["client_id", "authorization_endpoint", "request_token_endpoint", "access_token_endpoint"], ..needs("OAuth1") },
    Needs { metadata: &["PartnerEntity"], ..needs("SAML2") },
];

impl Compiler<'_> {
    /// Checks that a reached profile has everything that its kind requires.
    pub(crate) fn check_needs(&mut self, profile: &Profile, policy: &Policy) {
        let Some(whole) = self.wholes.get(&id(&profile.id)).cloned() else { return };
        let kind = kind_of(&whole);
        for needs in NEEDS.iter().filter(|needs| needs.kind.eq_ignore_ascii_case(&kind)) {
            let applies = |(key, value): (&str, &str)| {
                self.metadata_of(&whole, key).is_some_and(|text| text.eq_ignore_ascii_case(value))
            };
            if needs.when.is_none_or(applies) {
                self.check_metadata(profile, needs, &whole);
                self.check_key_ids(profile, needs, &whole);
                self.check_claims(profile, needs, &whole, policy);
            }
        }
        if !profile.validations.is_empty() && profile.kind.page().is_none() {
            let place = whole.child("ValidationTechnicalProfiles").map_or(whole.place, |list| list.place);
            let message =
                format!("{} asks nobody, so that its validation technical profiles are never run", profile.id);
            self.report.warning(Code::Profile, place, message);
        }
    }

    fn check_metadata(&mut self, profile: &Profile, needs: &Needs, whole: &Element) {
        for keys in needs.metadata {
            if !keys.split('|').any(|key| self.metadata_of(whole, key).is_some()) {
                let place = item(whole, keys.split('|').next().unwrap_or_default()).place;
                let message = format!("{} needs the metadata item {}", profile.id, keys.replace('|', " or "));
                self.report.error(Code::Metadata, place, message);
            }
        }
    }

    fn check_key_ids(&mut self, profile: &Profile, needs: &Needs, whole: &Element) {
        let has = |wanted: &str| {
            whole
                .list("CryptographicKeys", "Key")
                .any(|key| key.attr("Id").is_some_and(|id| id.eq_ignore_ascii_case(wanted)))
        };
        for key in needs.keys.iter().filter(|key| !has(key)) {
            let place = whole.child("CryptographicKeys").map_or(whole.place, |list| list.place);
            self.report.error(Code::Profile, place, format!("{} needs a Key with the Id {key}", profile.id));
        }
    }

    fn check_claims(&mut self, profile: &Profile, needs: &Needs, whole: &Element, policy: &Policy) {
        let has = |claims: &[ClaimRef], wanted: &str| {
            let named = |claim: &ClaimRef| partner(policy, claim, &profile.protocol).eq_ignore_ascii_case(wanted);
            if wanted == "*" { !claims.is_empty() } else { claims.iter().any(named) }
        };
        let inputs = needs.inputs.iter().filter(|name| !has(&profile.inputs, name)).map(|name| ("InputClaims", *name));
        let outputs =
            needs.outputs.iter().filter(|name| !has(&profile.outputs, name)).map(|name| ("OutputClaims", *name));
        for (list, name) in inputs.chain(outputs) {
            let place = whole.child(list).map_or(whole.place, |list| list.place);
            let kind = if list == "InputClaims" { "input" } else { "output" };
            let message = match name {
                "*" => format!("{} needs at least one {kind} claim", profile.id),
                name => format!("{} needs an {kind} claim with the PartnerClaimType {name}", profile.id),
            };
            self.report.error(Code::Profile, place, message);
        }
    }
}

/// The kind of a profile in this table: the class of its handler or its protocol, with a separate row for each use.
fn kind_of(whole: &Element) -> String {
    let Some(protocol) = whole.child("Protocol") else { return String::new() };
    let is_jwt = whole.child_text("OutputTokenFormat").is_some_and(|format| format.eq_ignore_ascii_case("JWT"));
    let is_grant = |found: &Element| found.name == "Item" && found.text.eq_ignore_ascii_case("password");
    match protocol.attr("Name").unwrap_or_default() {
        "Proprietary" => class_name(protocol.attr("Handler").unwrap_or_default()).to_owned(),
        _ if is_jwt => ISSUER.to_owned(),
        _ if has_grant(whole) || is_grant(item(whole, "grant_type")) => PASSWORD.to_owned(),
        name => name.to_owned(),
    }
}
