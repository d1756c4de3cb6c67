//! Checks that each required claim has a source. Azure AD B2C checks this for relying parties: a required
//! input claim is an output claim of an earlier step, and an output claim of the relying party one of any step.

use super::{Compiler, key};
use crate::Policy;
use crate::policy::model::{Action, Id, id};
use crate::problem::Code;
use crate::state::position::JourneyId;
use crate::xml::Element;
use std::collections::BTreeSet;

/// A walk through a journey.
#[derive(Default)]
struct Walk {
    /// The claims that earlier steps put out.
    given: BTreeSet<Id>,
    /// Sub-journeys that were entered.
    entered: BTreeSet<JourneyId>,
}

impl Compiler<'_> {
    /// Report what nothing provides. A reference that leads nowhere hides what is provided, and is reported itself.
    pub(crate) fn supply(&mut self, policy: &Policy) {
        let Some(relying_party) = self.root.child("RelyingParty") else { return };
        if self.report.has(Code::Reference) {
            return;
        }
        let inputs = || policy.inputs.iter().map(|claim| claim.claim.clone());
        let mut walk = Walk { given: inputs().collect(), ..Walk::default() };
        self.walk(&mut walk, policy, &JourneyId::User(policy.journey.clone()));
        if let Some(refresh) = &policy.relying_party.refresh_journey {
            self.walk(
                &mut Walk { given: inputs().collect(), ..Walk::default() },
                policy,
                &JourneyId::User(refresh.clone()),
            );
        }
        let profile = relying_party.child("TechnicalProfile");
        if self.builds_on_user_flows {
            return;
        }
        for output in profile.into_iter().flat_map(|profile| profile.list("OutputClaims", "OutputClaim")) {
            self.check_output(output, policy, &walk);
        }
    }

    /// `sub` may stay without a value: the token says then that it is not supported.
    fn check_output(&mut self, output: &Element, policy: &Policy, walk: &Walk) {
        let Some(name) = output.attr("ClaimTypeReferenceId") else { return };
        if output.attr("DefaultValue").is_some() || id(name) == "sub" || walk.given.contains(&id(name)) {
            return;
        }
        let journey = self.names.journeys.get(&policy.journey).unwrap_or(&policy.journey);
        let message = format!(
            "no step of {journey} puts out the claim {name}; add it to the output claims of a step, or give it a DefaultValue"
        );
        self.report.error(Code::MissingClaim, output.place, message);
    }

    fn walk(&mut self, walk: &mut Walk, policy: &Policy, journey: &JourneyId) {
        let Some(steps) = policy.journey(journey).filter(|_| walk.entered.insert(journey.clone())) else { return };
        let name = match journey {
            JourneyId::User(id) => self.names.journeys.get(id),
            JourneyId::Sub(id) => self.names.sub_journeys.get(id),
        };
        let name = name.cloned().unwrap_or_default();
        for step in &steps.steps {
            let profiles: Vec<&Id> = match &step.action {
                Action::Select(selection) => selection.local.iter().map(|local| &local.profile).collect(),
                Action::Exchange(exchanges) => exchanges.iter().map(|exchange| &exchange.profile).collect(),
                Action::GetClaims { hint } => hint.iter().collect(),
                Action::Call(sub) | Action::Transfer(sub) => {
                    self.walk(walk, policy, &JourneyId::Sub(sub.clone()));
                    continue;
                }
                Action::Issue(_) | Action::Foreign(_) => continue,
            };
            for profile in &profiles {
                self.check_inputs(profile, walk, &format!("step {} of {name}", step.order));
            }
            for profile in profiles {
                self.give(profile, &mut walk.given, &mut BTreeSet::new());
            }
        }
    }

    /// The required input claims of a profile that a step runs.
    fn check_inputs(&mut self, profile: &Id, walk: &Walk, step: &str) {
        let Some(whole) = self.wholes.get(profile).cloned() else { return };
        let mut own = BTreeSet::new();
        self.give_transformed(&whole, "InputClaimsTransformations", &mut own);
        for input in whole.list("InputClaims", "InputClaim") {
            let required = input.attr("Required").is_some_and(|text| matches!(text, "true" | "1"));
            let Some(name) = input.attr("ClaimTypeReferenceId").filter(|_| required) else { continue };
            let claim = id(name);
            if input.attr("DefaultValue").is_some() || walk.given.contains(&claim) || own.contains(&claim) {
                continue;
            }
            let profile = whole.attr("Id").unwrap_or_default();
            let message = format!("{profile} in {step} needs the claim {name}, which no earlier step puts out");
            self.report.error(Code::MissingClaim, input.place, message);
        }
    }

    /// Everything that a profile may put into the bag: its own output claims, and those of what it runs.
    fn give(&self, profile: &Id, given: &mut BTreeSet<Id>, seen: &mut BTreeSet<Id>) {
        let Some(whole) = self.wholes.get(profile).filter(|_| seen.insert(profile.clone())) else { return };
        let claims = |list: &'static str| whole.child(list).into_iter().flat_map(|list| &list.children);
        let lists = claims("OutputClaims").chain(claims("DisplayClaims")).chain(claims("PersistedClaims"));
        given.extend(lists.filter_map(|claim| claim.attr("ClaimTypeReferenceId")).map(id));
        for list in ["InputClaimsTransformations", "OutputClaimsTransformations"] {
            self.give_transformed(whole, list, given);
        }
        let validations = claims("ValidationTechnicalProfiles").filter_map(|entry| entry.attr("ReferenceId"));
        let session =
            whole.child("UseTechnicalProfileForSessionManagement").and_then(|child| child.attr("ReferenceId"));
        validations.chain(session).for_each(|profile| self.give(&id(profile), given, seen));
        for control in claims("DisplayClaims").filter_map(|claim| claim.attr("DisplayControlReferenceId")) {
            self.give_control(&id(control), given, seen);
        }
    }

    fn give_control(&self, control: &Id, given: &mut BTreeSet<Id>, seen: &mut BTreeSet<Id>) {
        let Some(control) = self.blocks("DisplayControls", "DisplayControl").into_iter().find(|c| key(c) == *control)
        else {
            return;
        };
        let claims = ["DisplayClaims", "OutputClaims"].into_iter().filter_map(|list| control.child(list));
        given.extend(claims.flat_map(|list| &list.children).filter_map(|c| c.attr("ClaimTypeReferenceId")).map(id));
        let actions = control.list("Actions", "Action").flat_map(|action| &action.children);
        for entry in actions.flat_map(|exchange| &exchange.children) {
            if let Some(profile) = entry.attr("TechnicalProfileReferenceId") {
                self.give(&id(profile), given, seen);
            }
        }
    }

    fn give_transformed(&self, whole: &Element, list: &str, given: &mut BTreeSet<Id>) {
        let used = whole.child(list).into_iter().flat_map(|list| &list.children);
        let used: BTreeSet<Id> = used.filter_map(|entry| entry.attr("ReferenceId")).map(id).collect();
        for element in self.blocks("ClaimsTransformations", "ClaimsTransformation") {
            if used.contains(&key(element)) {
                let outputs = element.list("OutputClaims", "OutputClaim");
                given.extend(outputs.filter_map(|claim| claim.attr("ClaimTypeReferenceId")).map(id));
            }
        }
    }
}
