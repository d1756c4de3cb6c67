//! The relying party: its journey, its claims, its session behaviour.

use super::Compiler;
use super::read::To;
use crate::policy::SsoScope;
use crate::policy::model::{ClaimRef, id};
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

impl Compiler<'_> {
    /// Fill in what the relying party says. None if the policy has none.
    pub(crate) fn relying_party(&mut self, policy: &mut Policy) -> Option<()> {
        let Some(element) = self.root.child("RelyingParty") else {
            let message = "the last policy of a chain needs a RelyingParty; check a relying-party file";
            self.report.error(self.root.place, message);
            return None;
        };
        self.endpoints(element, policy);
        policy.relying_party.session = self.session(element);
        let Some(profile) = element.child("TechnicalProfile") else {
            self.report.error(element.place, "RelyingParty needs a TechnicalProfile");
            return Some(());
        };
        let protocol = profile.child("Protocol").and_then(|protocol| protocol.attr("Name")).unwrap_or_default();
        if !protocol.eq_ignore_ascii_case("OpenIdConnect") {
            self.report.error(profile.place, format!("relying parties speak OpenIdConnect here, not {protocol}"));
        }
        policy.relying_party.metadata = self.metadata(profile);
        policy.inputs = self.claim_refs(profile, "InputClaims");
        policy.outputs = self.claim_refs(profile, "OutputClaims");
        self.resolving(profile, "OutputClaims", true, &mut policy.outputs);
        policy.relying_party.claim_names = policy.outputs.iter().map(|claim| token_name(policy, claim)).collect();
        self.subject(profile, policy);
        Some(())
    }

    fn endpoints(&mut self, element: &Element, policy: &mut Policy) {
        match element.child("DefaultUserJourney") {
            Some(journey) => policy.journey = self.reference(journey, "ReferenceId", To::JOURNEY).unwrap_or_default(),
            None => self.report.error(element.place, "RelyingParty needs a DefaultUserJourney"),
        }
        for endpoint in element.list("Endpoints", "Endpoint") {
            let journey = self.reference(endpoint, "UserJourneyReferenceId", To::JOURNEY);
            match endpoint.attr("Id") {
                Some(name) if name.eq_ignore_ascii_case("Token") => policy.relying_party.refresh_journey = journey,
                name => {
                    let name = name.unwrap_or_default();
                    self.report
                        .warning(endpoint.place, format!("the endpoint {name} has no journey here; it is ignored"));
                }
            }
        }
    }

    /// The claim that `sub` comes from, by its name in the token or, failing that, its id.
    fn subject(&mut self, profile: &Element, policy: &mut Policy) {
        let Some(info) = profile.child("SubjectNamingInfo") else {
            self.report.error(profile.place, "the relying party's profile needs SubjectNamingInfo");
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
            let scope = sso.attr("Scope").and_then(|scope| self.one_of(sso, "Scope", scope, SCOPES));
            session.scope = scope.unwrap_or(session.scope);
            let days = self.number(sso, "KeepAliveInDays", sso.attr("KeepAliveInDays"), 0, 90);
            session.keep_alive_days = days.unwrap_or(0);
            session.require_id_token_hint = self.boolean(sso, "EnforceIdTokenHintOnLogout").unwrap_or(false);
        }
        if let Some(kind) = behaviours.child("SessionExpiryType") {
            let rolling = self.one_of(kind, "SessionExpiryType", &kind.text, &[("Rolling", true), ("Absolute", false)]);
            session.rolling = rolling.unwrap_or(session.rolling);
        }
        if let Some(seconds) = behaviours.child("SessionExpiryInSeconds") {
            let seconds = self.number(seconds, "SessionExpiryInSeconds", Some(&seconds.text), 900, 86_400);
            session.lifetime_secs = seconds.unwrap_or(session.lifetime_secs);
        }
        if let Some(framing) = behaviours.child("JourneyFraming") {
            self.report.warning(framing.place, "pages are never shown in frames; JourneyFraming is ignored");
        }
        session
    }
}

/// The name of a relying party's claim in the token.
pub(crate) fn token_name(policy: &Policy, claim: &ClaimRef) -> String {
    let own = claim.partner.clone();
    let claim_type = policy.claims.get(&claim.claim);
    let usual = || claim_type.and_then(|claim_type| claim_type.partners.get("openidconnect").cloned());
    let named = || claim_type.map_or_else(|| claim.claim.clone(), |claim_type| claim_type.id.clone());
    own.or_else(usual).unwrap_or_else(named)
}
