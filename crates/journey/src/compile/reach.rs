//! Finds everything that the relying party's journeys reach. Only these parts must be supported.

use super::{Compiler, key};
use crate::Policy;
use crate::policy::model::{Action, Id, Profile, Shown, id};
use crate::problem::Code;
use crate::state::position::JourneyId;
use crate::xml::Element;
use std::collections::BTreeSet;

/// The ids of everything reached.
#[derive(Default)]
struct Reached {
    journeys: BTreeSet<JourneyId>,
    profiles: BTreeSet<Id>,
    controls: BTreeSet<Id>,
    issuers: BTreeSet<Id>,
    /// Profiles whose form is part of a combined sign-in page.
    forms: BTreeSet<Id>,
    /// Content definitions of pages.
    contents: BTreeSet<Id>,
}

impl Compiler<'_> {
    /// Reports unsupported features that are reached, and fills in the values derived from the rest. Without a relying
    /// party, every journey counts as reached.
    pub(crate) fn reach(&mut self, policy: &mut Policy) {
        self.check_ends();
        let mut reached = Reached::default();
        self.roots(policy).iter().for_each(|journey| reached.journey(policy, journey));
        self.check_steps(&reached);
        for id in reached.profiles.iter().chain(&reached.issuers) {
            let Some(profile) = policy.profiles.get(id) else { continue };
            let aside = self.aside.remove(id).unwrap_or_default();
            self.report.put(aside);
            self.check_support(profile, policy);
            self.check_needs(profile, policy);
            if profile.kind.page().is_some() {
                self.check_validations(profile);
            }
            if profile.kind.is_directory() {
                self.check_directory(profile, policy);
            }
        }
        self.check_forms(&reached, policy);
        self.check_keys(&reached);
        self.check_controls(&reached, policy);
        self.check_pages(&reached.contents);
        self.check_issuers(&reached, policy);
        fill_in(policy, &reached);
    }

    /// The journeys that a request can start.
    fn roots(&self, policy: &Policy) -> Vec<JourneyId> {
        if self.root.child("RelyingParty").is_none() {
            return policy.journeys.keys().filter(|id| matches!(id, JourneyId::User(_))).cloned().collect();
        }
        let named = [Some(&policy.journey), policy.relying_party.refresh_journey.as_ref()];
        named.into_iter().flatten().map(|journey| JourneyId::User(journey.clone())).collect()
    }

    /// Checks that each journey ends with a token.
    fn check_ends(&mut self) {
        for element in self.root.list("UserJourneys", "UserJourney") {
            if !self.issues(element, &mut BTreeSet::new()) {
                let name = element.attr("Id").unwrap_or_default();
                let message = format!("the journey {name} has no SendClaims step; without it no token is issued");
                self.report.error(Code::Steps, element.place, message);
            }
        }
    }

    fn issues(&self, journey: &Element, seen: &mut BTreeSet<Id>) -> bool {
        let is = |step: &Element, kind: &str| step.attr("Type").is_some_and(|known| known.eq_ignore_ascii_case(kind));
        journey.list("OrchestrationSteps", "OrchestrationStep").any(|step| {
            let subs = step.list("JourneyList", "Candidate").filter_map(|one| one.attr("SubJourneyReferenceId"));
            let of_sub = |sub: Id| {
                let found = self.root.list("SubJourneys", "SubJourney").find(|element| key(element) == sub);
                // A missing sub-journey is reported elsewhere.
                seen.insert(sub.clone()) && found.is_none_or(|element| self.issues(element, seen))
            };
            is(step, "SendClaims") || (is(step, "InvokeSubJourney") && subs.map(id).any(of_sub))
        })
    }

    /// Reports steps that this engine cannot run.
    fn check_steps(&mut self, reached: &Reached) {
        let is_reached = |journey: &&Element| {
            let id = key(journey);
            reached.journeys.contains(&if journey.name == "SubJourney" {
                JourneyId::Sub(id)
            } else {
                JourneyId::User(id)
            })
        };
        let all = self.root.list("UserJourneys", "UserJourney").chain(self.root.list("SubJourneys", "SubJourney"));
        for journey in all.filter(is_reached) {
            if let Some(authorization) = journey.child("Authorization") {
                let message = "this version does not support the Authorization of a journey: nothing would check it";
                self.report.unsupported(authorization.place, message);
            }
            journey.list("OrchestrationSteps", "OrchestrationStep").for_each(|step| self.check_step(step));
        }
    }

    fn check_step(&mut self, step: &Element) {
        let kind = step.attr("Type").unwrap_or_default();
        if ["ConsentScreen", "ReviewScreen", "UserDialog", "Noop"].contains(&kind) {
            self.report.unsupported(step.place, format!("this version does not support steps of the type {kind}"));
        }
        if kind == "GetClaims" && step.attr("CpimIssuerTechnicalProfileReferenceId").is_some() {
            let message = "this version does not support GetClaims with an ID token hint: nothing would verify it";
            self.report.unsupported(step.place, message);
        }
        if let Some(second) = step.list("JourneyList", "Candidate").nth(1) {
            let message = "this version does not support several candidates for a sub-journey; use a step for each";
            self.report.unsupported(second.place, message);
        }
    }

    fn check_forms(&mut self, reached: &Reached, policy: &Policy) {
        for profile in reached.forms.iter().filter_map(|id| policy.profiles.get(id)) {
            if profile.kind.page().is_none() && profile.kind.unsupported().is_none() {
                let place = self.place("TechnicalProfiles", &profile.id);
                let message = format!("{} has no form, and a sign-in page needs one", profile.id);
                self.report.error(Code::Profile, place, message);
            }
        }
    }

    fn check_controls(&mut self, reached: &Reached, policy: &Policy) {
        for element in self.blocks("DisplayControls", "DisplayControl") {
            let kind = element.attr("UserInterfaceControlType").unwrap_or_default();
            let is_known = policy.controls.contains_key(&key(element)) || kind == "VerificationControl";
            if reached.controls.contains(&key(element)) && !is_known && !kind.is_empty() {
                let name = element.attr("Id").unwrap_or_default();
                let message = format!("{name} cannot be shown: this version does not support the type {kind}");
                self.report.unsupported(element.place, message);
            }
        }
    }

    fn check_issuers(&mut self, reached: &Reached, policy: &mut Policy) {
        for issuer in &reached.issuers {
            let Some(profile) = policy.profiles.get(issuer) else { continue };
            if let Some(settings) = profile.kind.issuer() {
                policy.user_claim.clone_from(&settings.user_claim);
                policy.relying_party.tokens.clone_from(&settings.tokens);
            } else if profile.kind.unsupported().is_none() {
                let place = self.place("TechnicalProfiles", issuer);
                let message = format!("{} is no token issuer: its OutputTokenFormat is not JWT", profile.id);
                self.report.error(Code::Profile, place, message);
            }
        }
    }

    /// Reports each key container that is known to be missing, once. If the existing containers are not known, reports
    /// every container that the tenant must have.
    fn check_keys(&mut self, reached: &Reached) {
        let all = || self.root.child("TechnicalProfiles").into_iter().flat_map(|list| &list.children);
        let mut ids: BTreeSet<Id> = reached.profiles.union(&reached.issuers).cloned().collect();
        // The profiles that it includes belong to it.
        let mut wanted: Vec<Id> = ids.iter().cloned().collect();
        while let Some(next) = wanted.pop() {
            let included =
                all().filter(|profile| key(profile) == next).filter_map(|p| p.child("IncludeTechnicalProfile"));
            let included = included.filter_map(|include| include.attr("ReferenceId")).map(id);
            wanted.extend(included.filter(|id| ids.insert(id.clone())));
        }
        let used = all().filter(|profile| ids.contains(&key(profile)));
        let mut told = BTreeSet::new();
        for entry in used.flat_map(|profile| profile.list("CryptographicKeys", "Key")) {
            let Some(name) = entry.attr("StorageReferenceId") else { continue };
            match &self.options.key_containers {
                Some(known) if !known.iter().any(|other| bare(other) == bare(name)) && told.insert(bare(name)) => {
                    self.report.warning(Code::Key, entry.place, missing(name));
                }
                Some(_) => {}
                None if told.insert(bare(name)) => {
                    self.report.warning(
                        Code::Key,
                        entry.place,
                        format!("the tenant must have the key container {name}"),
                    );
                }
                None => {}
            }
        }
    }
}

/// Fills in the facts about the relying party's journeys.
fn fill_in(policy: &mut Policy, reached: &Reached) {
    let profiles = || reached.profiles.iter().filter_map(|id| policy.profiles.get(id));
    let remembers = |profile: &Profile| profile.kind.page().is_some_and(|page| page.offers_remember_me);
    let keep_signed_in = policy.relying_party.session.keep_alive_days > 0 && profiles().any(remembers);
    let resource_owner = profiles().any(reads_username);
    let subject_not_supported = no_subject(policy, profiles());
    policy.relying_party.tokens.subject_not_supported = subject_not_supported;
    policy.relying_party.keep_signed_in = keep_signed_in;
    policy.relying_party.resource_owner = resource_owner;
}

/// Only a warning: a policy may be uploaded before its keys, and journeys fail only where they need the key.
fn missing(name: &str) -> String {
    format!("the tenant has no key container {name}; journeys stop where they need it until you add it")
}

/// The name of a key container without its prefix: names with and without `B2C_1A_` mean the same container.
fn bare(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    name.strip_prefix("b2c_1a_").unwrap_or(&name).to_owned()
}

/// Returns true if `sub` has B2C's literal value "Not supported currently": that text is the claim's default, or the
/// claim type `sub` itself is issued and nothing outputs it.
fn no_subject<'p>(policy: &Policy, mut profiles: impl Iterator<Item = &'p Profile>) -> bool {
    let names = policy.relying_party.claim_names.iter().zip(&policy.outputs);
    let Some((_, claim)) = names.into_iter().find(|(name, _)| Some(*name) == policy.subject.as_ref()) else {
        return false;
    };
    match &claim.default {
        Some(text) => text.starts_with("Not supported currently"),
        None => {
            claim.claim == "sub" && !profiles.any(|profile| profile.outputs.iter().any(|output| output.claim == "sub"))
        }
    }
}

fn reads_username(profile: &Profile) -> bool {
    let named = |text: &str| text.to_ascii_lowercase().contains("{oidc:username}");
    profile.inputs.iter().chain(&profile.outputs).any(|claim| claim.default.as_deref().is_some_and(named))
}

impl Reached {
    fn journey(&mut self, policy: &Policy, id: &JourneyId) {
        let Some(journey) = policy.journey(id).filter(|_| self.journeys.insert(id.clone())) else { return };
        for step in &journey.steps {
            match &step.action {
                Action::Select(selection) => {
                    self.contents.insert(selection.content.clone());
                    self.forms.extend(selection.local.iter().map(|local| local.profile.clone()));
                    for exchange in selection.choices.iter().chain(&selection.local) {
                        self.profile(policy, &exchange.profile);
                    }
                }
                Action::Exchange(exchanges) => {
                    exchanges.iter().for_each(|exchange| self.profile(policy, &exchange.profile));
                }
                Action::Call(sub) | Action::Transfer(sub) => self.journey(policy, &JourneyId::Sub(sub.clone())),
                // The step itself is reported elsewhere.
                Action::GetClaims { .. } | Action::Foreign(_) => {}
                Action::Issue(issuer) => drop(self.issuers.insert(issuer.clone())),
            }
        }
    }

    fn profile(&mut self, policy: &Policy, id: &Id) {
        let Some(profile) = policy.profiles.get(id).filter(|_| self.profiles.insert(id.clone())) else { return };
        self.contents.extend(profile.kind.page().and_then(|page| page.content.clone()));
        for validation in &profile.validations {
            self.profile(policy, &validation.profile);
        }
        self.profiles.extend(profile.session.clone());
        for shown in &profile.shown {
            let Shown::Control(control) = shown else { continue };
            self.controls.insert(control.clone());
            let actions = policy.controls.get(control).map(|control| &control.actions);
            for validation in actions.into_iter().flat_map(|actions| actions.values().flatten()) {
                self.profile(policy, &validation.profile);
            }
        }
    }
}
