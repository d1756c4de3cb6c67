//! The relying party: its journey, its claims, its session behaviour.

use super::Compiler;
use super::attributes::partner;
use super::read::To;
use crate::policy::SsoScope;
use crate::policy::model::{ClaimRef, id};
use crate::problem::Code;
use crate::xml::Element;
use crate::{Policy, policy::SessionBehaviour};

const SCOPES: &[(&str, SsoScope)] = &[
    ("Tenant", SsoScope::Tenant),
    ("TrustFramework", SsoScope::Tenant),
    ("Application", SsoScope::Application),
    ("Policy", SsoScope::Policy),
    ("Suppressed", SsoScope::Suppressed),
    ("Disabled", SsoScope::Suppressed),
];

/// The maximum for "keep me signed in", in days.
const MOST_DAYS: u32 = 90;

impl Compiler<'_> {
    /// Fills in the values of the relying party. Returns false if the policy has none.
    pub(crate) fn relying_party(&mut self, policy: &mut Policy) -> bool {
        let Some(element) = self.root.child("RelyingParty") else { return false };
        self.endpoints(element, policy);
        policy.relying_party.session = self.session(element);
        self.check_behaviours(element);
        let Some(profile) = element.child("TechnicalProfile") else {
            self.report.error(Code::MissingElement, element.place, "RelyingParty needs a TechnicalProfile");
            return true;
        };
        let protocol = profile.child("Protocol").and_then(|protocol| protocol.attr("Name")).unwrap_or_default();
        if protocol.is_empty() {
            self.report.error(Code::MissingElement, profile.place, "the relying party's profile needs a Protocol");
        } else if !protocol.eq_ignore_ascii_case("OpenIdConnect") {
            let message =
                format!("this version does not support relying parties that speak {protocol}; use OpenIdConnect");
            self.report.unsupported(profile.child("Protocol").unwrap_or(profile).place, message);
        }
        policy.relying_party.metadata = self.metadata(profile);
        policy.inputs = self.claim_refs(profile, "InputClaims");
        policy.outputs = self.claim_refs(profile, "OutputClaims");
        self.resolving(profile, "OutputClaims", true, &mut policy.outputs);
        policy.relying_party.claim_names = policy.outputs.iter().map(|claim| token_name(policy, claim)).collect();
        self.subject(profile, policy);
        true
    }

    fn endpoints(&mut self, element: &Element, policy: &mut Policy) {
        match element.child("DefaultUserJourney") {
            Some(journey) => policy.journey = self.reference(journey, "ReferenceId", To::JOURNEY).unwrap_or_default(),
            None => self.report.error(Code::MissingElement, element.place, "RelyingParty needs a DefaultUserJourney"),
        }
        for endpoint in element.list("Endpoints", "Endpoint") {
            let journey = self.reference(endpoint, "UserJourneyReferenceId", To::JOURNEY);
            let name = endpoint.attr("Id").unwrap_or_default();
            if name.eq_ignore_ascii_case("Token") {
                policy.relying_party.refresh_journey = journey;
            } else {
                let message = format!("this version does not support a journey for the endpoint {name}");
                self.report.unsupported(endpoint.place, message);
            }
        }
    }

    /// The claim that supplies `sub`, found by its name in the token or else by its id.
    fn subject(&mut self, profile: &Element, policy: &mut Policy) {
        let Some(info) = profile.child("SubjectNamingInfo") else {
            self.report.error(
                Code::MissingElement,
                profile.place,
                "the relying party's profile needs SubjectNamingInfo",
            );
            return;
        };
        let Some(name) = self.needed(info, "ClaimType") else { return };
        let names = policy.relying_party.claim_names.iter();
        let by_name = names.zip(&policy.outputs).find(|(known, _)| known.eq_ignore_ascii_case(name));
        let by_id = || policy.outputs.iter().find(|claim| claim.claim == id(name));
        match by_name.map(|(known, _)| known.clone()).or_else(|| by_id().map(|claim| token_name(policy, claim))) {
            Some(known) => policy.subject = Some(known),
            None => {
                let known: Vec<String> = policy.relying_party.claim_names.clone();
                self.report.unknown(info.place, "output claim", name, known.iter().map(String::as_str));
            }
        }
    }

    fn session(&mut self, element: &Element) -> SessionBehaviour {
        let mut session = SessionBehaviour::default();
        let Some(behaviours) = element.child("UserJourneyBehaviors") else { return session };
        if let Some(sso) = behaviours.child("SingleSignOn") {
            let scope = sso.attr("Scope").and_then(|scope| self.word(scope, SCOPES));
            session.scope = scope.unwrap_or(session.scope);
            session.keep_alive_days = self.keep_alive(sso);
            session.require_id_token_hint = self.boolean(sso, "EnforceIdTokenHintOnLogout").unwrap_or(false);
        }
        if let Some(kind) = behaviours.child("SessionExpiryType") {
            let rolling = self.word(&kind.text, &[("Rolling", true), ("Absolute", false)]);
            session.rolling = rolling.unwrap_or(session.rolling);
        }
        if let Some(seconds) = behaviours.child("SessionExpiryInSeconds") {
            let seconds = self.number(seconds, "SessionExpiryInSeconds", Some(&seconds.text), 900, 86_400);
            session.lifetime_secs = seconds.unwrap_or(session.lifetime_secs);
        }
        session
    }

    /// How long "keep me signed in" lasts, in days, limited to the maximum.
    fn keep_alive(&mut self, sso: &Element) -> u32 {
        let days = self.number(sso, "KeepAliveInDays", sso.attr("KeepAliveInDays"), 0, i32::MAX as u32).unwrap_or(0);
        if days > MOST_DAYS {
            let message =
                format!("KeepAliveInDays is {days}; people are kept signed in for {MOST_DAYS} days at most here");
            self.report.warning(Code::Limit, sso.place, message);
        }
        days.min(MOST_DAYS)
    }
}

/// The name in the token of one of the relying party's claims.
pub(crate) fn token_name(policy: &Policy, claim: &ClaimRef) -> String {
    partner(policy, claim, "openidconnect")
}
