//! Reports features that a journey reaches and that this engine cannot run, or renders differently, at their lines.

use super::read::item;
use super::{Compiler, key};
use crate::Policy;
use crate::claims::transform;
use crate::policy::model::{Id, Profile, Shown, id};
use crate::problem::Code;
use crate::xml::{Element, Place};
use std::collections::BTreeSet;

/// Elements of a technical profile that would change what it does.
const NOT_DONE: [&str; 3] =
    ["IncludeClaimsFromTechnicalProfile", "SubjectAuthenticationRequirements", "InputTokenSources"];
/// Metadata by which a profile of protocol `None` verifies a token of the request.
const HINT_KEYS: [&str; 4] = ["METADATA", "IdTokenAudience", "issuer", "client_assertion_type"];

impl Compiler<'_> {
    /// A reached profile: its kind, its transformations, its fields, what it does when it fails.
    pub(crate) fn check_support(&mut self, profile: &Profile, policy: &Policy) {
        let place = self.place("TechnicalProfiles", &profile.id);
        if let Some(what) = profile.kind.unsupported() {
            self.report.unsupported(place, format!("{} cannot run: this version does not support {what}", profile.id));
        }
        if let Some(what) = profile.kind.inert() {
            self.report.note(place, format!("{} has no effect: {what} is not connected here", profile.id));
        }
        if profile.kind.is_conditional_access() {
            let message = format!("{} asks for a second factor at every sign-in: no risks are known here", profile.id);
            self.report.warning(Code::Limit, place, message);
        }
        for transformation in profile.before.iter().chain(&profile.after) {
            self.check_method(profile, transformation, policy);
        }
        for shown in &profile.shown {
            let Shown::Claim { claim, .. } = shown else { continue };
            if let Some(claim) = policy.claims.get(claim).filter(|claim| claim.input.is_none()) {
                let message =
                    format!("{} asks for {}, which has no UserInputType and is not shown", profile.id, claim.id);
                self.report.warning(Code::Profile, place, message);
            }
        }
        let Some(whole) = self.wholes.get(&id(&profile.id)) else { return };
        if let Some(handlers) = whole.child("ErrorHandlers").filter(|handlers| !handlers.children.is_empty()) {
            let message = format!("{} has ErrorHandlers, which this version does not support", profile.id);
            self.report.unsupported(handlers.place, message);
        }
        for element in NOT_DONE.iter().filter_map(|name| whole.child(name)) {
            let message = format!("{} has {}, which this version does not support", profile.id, element.name);
            self.report.unsupported(element.place, message);
        }
        let is_none = |protocol: &&Element| protocol.attr("Name").is_some_and(|name| name.eq_ignore_ascii_case("None"));
        let hint = HINT_KEYS.iter().map(|key| item(whole, key)).find(|found| found.name == "Item");
        if let (Some(hint), Some(_), None) = (hint, whole.child("Protocol").filter(is_none), profile.kind.issuer()) {
            let message =
                format!("{} verifies a token of the request, which this version does not support", profile.id);
            self.report.unsupported(hint.place, message);
        }
    }

    /// Input validations of the old kind: without them a page would take what it must refuse.
    pub(crate) fn check_validations(&mut self, profile: &Profile) {
        let shown = profile.shown.iter().filter_map(|shown| match shown {
            Shown::Claim { claim, .. } => Some(claim),
            Shown::Control(_) => None,
        });
        let asked: BTreeSet<&Id> = shown.chain(profile.outputs.iter().map(|claim| &claim.claim)).collect();
        for claim in self.blocks("ClaimsSchema", "ClaimType") {
            let Some(validation) = claim.child("InputValidationReference").filter(|_| asked.contains(&key(claim)))
            else {
                continue;
            };
            let message = "this version does not support InputValidationReference; use PredicateValidationReference";
            self.report.unsupported(validation.place, message);
        }
    }

    fn check_method(&mut self, profile: &Profile, transformation: &Id, policy: &Policy) {
        if policy.transformations.contains_key(transformation) {
            return;
        }
        let list = self.root.child("BuildingBlocks").and_then(|blocks| blocks.child("ClaimsTransformations"));
        let written = list.and_then(|list| list.children.iter().find(|element| key(element) == *transformation));
        let Some(method) = written.and_then(|element| element.attr("TransformationMethod")) else { return };
        if transform::method(method).is_some() {
            // It is wrong, which is said already.
            return;
        }
        let name = self.names.transformations.get(transformation).unwrap_or(transformation);
        let message = format!(
            "{name} uses the method {method}, which this version does not support; {} cannot run without it",
            profile.id
        );
        self.report.unsupported(written.map(|element| element.place).unwrap_or_default(), message);
    }

    /// Pages of the policy's own that a journey shows.
    pub(crate) fn check_pages(&mut self, contents: &BTreeSet<Id>) {
        for element in self.blocks("ContentDefinitions", "ContentDefinition") {
            let Some(uri) = element.child("LoadUri").filter(|uri| is_own(&uri.text)) else { continue };
            if contents.contains(&key(element)) {
                let name = element.attr("Id").unwrap_or_default();
                let message = format!("the page {} is not loaded; {name} is shown as this server's own page", uri.text);
                self.report.warning(Code::Looks, uri.place, message);
            }
        }
    }

    /// The relying party's behaviours that this version does not have.
    pub(crate) fn check_behaviours(&mut self, relying_party: &Element) {
        let Some(behaviours) = relying_party.child("UserJourneyBehaviors") else { return };
        let text = |name: &str, wanted: &str| {
            behaviours.child(name).filter(|child| child.text.eq_ignore_ascii_case(wanted)).map(|child| child.place)
        };
        if let Some(place) = text("ScriptExecution", "Allow") {
            let message = "scripts of the policy's own pages are never run, since those pages are not loaded";
            self.report.warning(Code::Looks, place, message);
        }
        if let Some(parameters) = behaviours.child("ContentDefinitionParameters") {
            let message = "ContentDefinitionParameters have no effect, since the policy's own pages are not loaded";
            self.report.warning(Code::Looks, parameters.place, message);
        }
        if let Some(framing) =
            behaviours.child("JourneyFraming").filter(|framing| framing.attr("Enabled") != Some("false"))
        {
            let message = "pages are never shown in frames; JourneyFraming is ignored";
            self.report.warning(Code::Looks, framing.place, message);
        }
        for insights in ["JourneyInsights", "AzureApplicationInsights"].iter().filter_map(|name| behaviours.child(name))
        {
            let message = format!("{} has no effect: Application Insights is not connected here", insights.name);
            self.report.note(insights.place, message);
        }
        if let Some(error) = behaviours.child("OnError").filter(|error| error.attr("Mode") == Some("DisplayInService"))
        {
            let message =
                "OnError with the mode DisplayInService is not supported by this version: errors go to the application";
            self.report.unsupported(error.place, message);
        }
    }

    pub(crate) fn place(&self, list: &str, id: &str) -> Place {
        place_in(self.root.child(list), id)
    }
}

pub(crate) fn place_in(list: Option<&Element>, id: &str) -> Place {
    let same = |element: &&Element| key(element).eq_ignore_ascii_case(id);
    list.and_then(|list| list.children.iter().find(same)).or(list).map(|element| element.place).unwrap_or_default()
}

/// Returns true if a LoadUri leads to a page of the policy's author.
fn is_own(uri: &str) -> bool {
    !uri.is_empty() && !uri.starts_with("~/")
}
