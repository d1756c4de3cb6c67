//! What the relying party's journeys reach: only that must be something this engine can do.

use super::{Compiler, key};
use crate::Policy;
use crate::policy::model::{Action, Id, Profile, Shown, id};
use crate::state::position::JourneyId;
use crate::xml::{Element, Place};
use std::collections::BTreeSet;

/// Ids of what is reached.
#[derive(Default)]
struct Reached {
    journeys: BTreeSet<JourneyId>,
    profiles: BTreeSet<Id>,
    controls: BTreeSet<Id>,
    issuers: BTreeSet<Id>,
    /// Profiles whose form stands on a page to choose on.
    forms: BTreeSet<Id>,
}

impl Compiler<'_> {
    /// Report what is reached and cannot run; fill in what follows from the rest.
    pub(crate) fn reach(&mut self, policy: &mut Policy) {
        let mut reached = Reached::default();
        for journey in [Some(&policy.journey), policy.relying_party.refresh_journey.as_ref()].into_iter().flatten() {
            if !reached.journey(policy, &JourneyId::User(journey.clone())) {
                let place = self.place("UserJourneys", journey);
                let journey = self.names.journeys.get(journey).unwrap_or(journey);
                self.report.error(
                    place,
                    format!("the journey {journey} has no SendClaims step; without it no token is issued"),
                );
            }
        }
        for id in reached.profiles.iter().chain(&reached.issuers) {
            let Some(profile) = policy.profiles.get(id) else { continue };
            let aside = self.aside.remove(id).unwrap_or_default();
            self.report.put(aside);
            self.check_support(profile, policy);
        }
        for profile in reached.forms.iter().filter_map(|id| policy.profiles.get(id)) {
            if profile.kind.page().is_none() && profile.kind.unsupported().is_none() {
                let place = self.place("TechnicalProfiles", &profile.id);
                self.report.error(place, format!("{} has no form, and a sign-in page needs one", profile.id));
            }
        }
        self.check_keys(&reached);
        for control in reached.controls.iter().filter(|control| !policy.controls.contains_key(*control)) {
            let list = self.root.child("BuildingBlocks").and_then(|blocks| blocks.child("DisplayControls"));
            let place = place_in(list, control);
            self.report.error(place, format!("only verification controls are supported; {control} is another"));
        }
        self.check_issuers(&reached, policy);
        let profiles = || reached.profiles.iter().filter_map(|id| policy.profiles.get(id));
        let remembers = |profile: &Profile| profile.kind.page().is_some_and(|page| page.offers_remember_me);
        let keep_signed_in = policy.relying_party.session.keep_alive_days > 0 && profiles().any(remembers);
        let resource_owner = profiles().any(reads_username);
        let subject_not_supported = no_subject(policy, profiles());
        policy.relying_party.tokens.subject_not_supported = subject_not_supported;
        policy.relying_party.keep_signed_in = keep_signed_in;
        policy.relying_party.resource_owner = resource_owner;
    }

    fn check_support(&mut self, profile: &Profile, policy: &Policy) {
        let place = self.place("TechnicalProfiles", &profile.id);
        if let Some(what) = profile.kind.unsupported() {
            self.report.error(place, format!("{} cannot run: {what} are not supported", profile.id));
        }
        for transformation in profile.before.iter().chain(&profile.after) {
            if !policy.transformations.contains_key(transformation) {
                let list = self.root.child("BuildingBlocks").and_then(|blocks| blocks.child("ClaimsTransformations"));
                let name = self.names.transformations.get(transformation).unwrap_or(transformation);
                let message = format!("{} uses {name}, whose method is not supported", profile.id);
                self.report.error(place_in(list, transformation), message);
            }
        }
        for shown in &profile.shown {
            let Shown::Claim { claim, .. } = shown else { continue };
            if let Some(claim) = policy.claims.get(claim).filter(|claim| claim.input.is_none()) {
                let message =
                    format!("{} asks for {}, which has no UserInputType and is not shown", profile.id, claim.id);
                self.report.warning(place, message);
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
                self.report
                    .error(place, format!("{} is no token issuer: its OutputTokenFormat is not JWT", profile.id));
            }
        }
    }

    /// Key containers that are known to be missing, each use; or those that the tenant must have, each once.
    fn check_keys(&mut self, reached: &Reached) {
        let all = || self.root.child("TechnicalProfiles").into_iter().flat_map(|list| &list.children);
        let mut ids: BTreeSet<Id> = reached.profiles.union(&reached.issuers).cloned().collect();
        // What is included belongs to it.
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
                    self.report.warning(entry.place, missing(name));
                }
                Some(_) => {}
                None if told.insert(bare(name)) => {
                    self.report.warning(entry.place, format!("the tenant must have the key container {name}"));
                }
                None => {}
            }
        }
    }

    fn place(&self, list: &str, id: &str) -> Place {
        place_in(self.root.child(list), id)
    }
}

fn place_in(list: Option<&Element>, id: &str) -> Place {
    let same = |element: &&Element| key(element).eq_ignore_ascii_case(id);
    list.and_then(|list| list.children.iter().find(same)).or(list).map(|element| element.place).unwrap_or_default()
}

/// A policy may be uploaded before its keys, so this stops nothing until a journey needs the key.
fn missing(name: &str) -> String {
    format!("the tenant has no key container {name}; journeys stop where they need it until you add it")
}

/// Names of key containers with and without `B2C_1A_` mean the same.
fn bare(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    name.strip_prefix("b2c_1a_").unwrap_or(&name).to_owned()
}

/// Whether `sub` is B2C's literal: the claim type `sub` itself is issued, and it is written out or nothing yields it.
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
    /// Whether the journey comes to an end with a token.
    fn journey(&mut self, policy: &Policy, id: &JourneyId) -> bool {
        let Some(journey) = policy.journey(id) else { return true };
        let first_time = self.journeys.insert(id.clone());
        let mut ends = !first_time;
        for step in &journey.steps {
            match &step.action {
                Action::Select(selection) => {
                    self.forms.extend(selection.local.iter().map(|local| local.profile.clone()));
                    for exchange in selection.choices.iter().chain(&selection.local) {
                        self.profile(policy, &exchange.profile);
                    }
                }
                Action::Exchange(exchanges) => {
                    exchanges.iter().for_each(|exchange| self.profile(policy, &exchange.profile));
                }
                Action::Call(sub) | Action::Transfer(sub) => {
                    ends |= first_time && self.journey(policy, &JourneyId::Sub(sub.clone()));
                }
                Action::GetClaims => {}
                Action::Issue(issuer) => {
                    self.issuers.insert(issuer.clone());
                    ends = true;
                }
            }
        }
        ends
    }

    fn profile(&mut self, policy: &Policy, id: &Id) {
        let Some(profile) = policy.profiles.get(id).filter(|_| self.profiles.insert(id.clone())) else { return };
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
