//! Checks that the attributes which directory profiles read and write exist.

use super::Compiler;
use super::report::suggestion;
use crate::Policy;
use crate::policy::model::{ClaimRef, Profile, id};
use crate::problem::Code;
use crate::world::attributes::{Ability, AttributeUse, ability, attributes};
use crate::xml::{Element, Place};

/// Claims of a directory profile that are not attributes of the user.
const SAID: [&str; 1] = ["newClaimsPrincipalCreated"];

impl Compiler<'_> {
    /// Checks a directory profile that a journey reaches.
    pub(crate) fn check_directory(&mut self, profile: &Profile, policy: &Policy) {
        let Some(whole) = self.wholes.get(&id(&profile.id)).cloned() else { return };
        let operation = self.metadata_of(&whole, "Operation").unwrap_or_default().to_ascii_lowercase();
        self.check_key(profile, &whole, policy);
        let (persisted, what) = match operation.as_str() {
            "write" => (profile.persisted.as_slice(), AttributeUse::Write),
            "deleteclaims" => (profile.persisted.as_slice(), AttributeUse::Clear),
            _ => (&[][..], AttributeUse::Write),
        };
        if persisted.is_empty() && matches!(operation.as_str(), "write" | "deleteclaims") {
            let message = format!("{} needs PersistedClaims: without them it changes nothing", profile.id);
            self.report.error(Code::Profile, whole.place, message);
        }
        for entry in whole.list("PersistedClaims", "PersistedClaim") {
            if entry.attr("OverwriteIfExists").is_some_and(|text| matches!(text, "false" | "0")) {
                let message = "this version does not support OverwriteIfExists=\"false\": it would overwrite the value";
                self.report.unsupported(entry.place, message);
            }
        }
        for claim in persisted {
            self.check_attribute(claim, &whole, "PersistedClaims", what, policy);
        }
        self.check_own(profile, &whole, policy);
        let plain = |claim: &&ClaimRef| claim.default.is_none();
        for claim in profile.outputs.iter().filter(plain).filter(|_| !operation.starts_with("delete")) {
            self.check_attribute(claim, &whole, "OutputClaims", AttributeUse::Read, policy);
        }
    }

    /// Custom attributes belong to an application, which the profile must name.
    fn check_own(&mut self, profile: &Profile, whole: &Element, policy: &Policy) {
        let is_own =
            |claim: &&ClaimRef| partner(policy, claim, "proprietary").to_ascii_lowercase().starts_with("extension_");
        let Some(own) = profile.persisted.iter().chain(&profile.outputs).find(is_own) else { return };
        let name = partner(policy, own, "proprietary");
        for key in ["ClientId", "ApplicationObjectId"] {
            if self.metadata_of(whole, key).is_none() {
                let message = format!("{} needs the metadata item {key}, since it uses {name}", profile.id);
                self.report.error(Code::Metadata, whole.place, message);
            }
        }
    }

    /// Exactly one input claim must identify the user.
    fn check_key(&mut self, profile: &Profile, whole: &Element, policy: &Policy) {
        match profile.inputs.as_slice() {
            [claim] => self.check_attribute(claim, whole, "InputClaims", AttributeUse::Find, policy),
            [] => {
                let message = format!("{} needs an input claim that says which user is meant", profile.id);
                self.report.error(Code::Profile, whole.place, message);
            }
            many => {
                let place = whole.child("InputClaims").map_or(whole.place, |list| list.place);
                let count = many.len();
                let message = format!(
                    "{} has {count} input claims; a directory profile has one, by which it finds the user",
                    profile.id
                );
                self.report.error(Code::Profile, place, message);
            }
        }
    }

    fn check_attribute(&mut self, claim: &ClaimRef, whole: &Element, list: &str, what: AttributeUse, policy: &Policy) {
        let name = partner(policy, claim, "proprietary");
        if SAID.iter().any(|said| said.eq_ignore_ascii_case(&name)) && what == AttributeUse::Read {
            return;
        }
        let place = entry(whole, list, &claim.claim).unwrap_or(whole.place);
        let deed = match what {
            AttributeUse::Find => "be found by",
            AttributeUse::Read => "be read",
            AttributeUse::Write => "be written",
            AttributeUse::Clear => "be deleted",
        };
        match (ability(&name, what), what) {
            (Ability::Able, _) => {}
            (Ability::Unknown | Ability::Unable, AttributeUse::Read) => {
                let message =
                    format!("users have no attribute {name} that can be read, so that the claim gets no value here");
                self.report.warning(Code::Attribute, place, message);
            }
            (Ability::Foreign, AttributeUse::Read) => {
                let message =
                    format!("users have no attribute {name} in this version, so that the claim gets no value here");
                self.report.warning(Code::Attribute, place, message);
            }
            (Ability::Foreign, AttributeUse::Find) => {
                self.report.unsupported(place, format!("this version cannot find users by {name}"));
            }
            (Ability::Foreign, _) => {
                self.report.unsupported(place, format!("users have no attribute {name} in this version"));
            }
            (Ability::Unable, AttributeUse::Find) => {
                self.report.error(Code::Attribute, place, format!("users cannot be found by {name}"));
            }
            (Ability::Unable, _) => {
                self.report.error(Code::Attribute, place, format!("the attribute {name} of a user cannot {deed}"));
            }
            (Ability::Unknown, _) => {
                let near = suggestion(&name, attributes());
                let hint =
                    if near.is_empty() { "; an attribute of your own begins with extension_".to_owned() } else { near };
                self.report.error(Code::Attribute, place, format!("users have no attribute {name}{hint}"));
            }
        }
    }
}

/// The partner name of a claim: its `PartnerClaimType`, or its claim type's default for the protocol, or its id.
pub(crate) fn partner(policy: &Policy, claim: &ClaimRef, protocol: &str) -> String {
    let claim_type = policy.claims.get(&claim.claim);
    let usual = || claim_type.and_then(|claim_type| claim_type.partners.get(protocol).cloned());
    let named = || claim_type.map_or_else(|| claim.claim.clone(), |claim_type| claim_type.id.clone());
    claim.partner.clone().or_else(usual).unwrap_or_else(named)
}

/// The place of a claim in a list of the profile.
pub(crate) fn entry(whole: &Element, list: &str, claim: &str) -> Option<Place> {
    let list = whole.child(list)?;
    let same = |entry: &&Element| entry.attr("ClaimTypeReferenceId").is_some_and(|name| id(name) == claim);
    list.children.iter().find(same).map(|entry| entry.place)
}
