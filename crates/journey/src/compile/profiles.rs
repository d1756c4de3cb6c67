//! Technical profiles, each with what it includes.

use super::read::{To, item};
use super::{Compiler, key};
use crate::claims::characters::Characters;
use crate::merge;
use crate::policy::model::{CodeRules, Enabled, Id, Kind, Profile, Shown, id};
use crate::xml::Element;
use std::collections::BTreeMap;

impl Compiler<'_> {
    pub(super) fn profiles(&mut self) -> BTreeMap<Id, Profile> {
        let Some(list) = self.root.child("TechnicalProfiles") else { return BTreeMap::new() };
        let written: BTreeMap<Id, &Element> = list.children.iter().map(|element| (key(element), element)).collect();
        let mut profiles = BTreeMap::new();
        for element in &list.children {
            let whole = self.whole(element, &written, &mut vec![key(element)]);
            profiles.extend(self.profile(&whole).map(|profile| (key(element), profile)));
        }
        self.drop_idle_sessions(&mut profiles);
        profiles
    }

    /// The profile laid over what it includes. `open` are the profiles that are being included.
    fn whole(&mut self, element: &Element, written: &BTreeMap<Id, &Element>, open: &mut Vec<Id>) -> Element {
        let Some(include) = element.child("IncludeTechnicalProfile") else { return element.clone() };
        let Some(base) = self.reference(include, "ReferenceId", To::PROFILE) else { return element.clone() };
        if open.contains(&base) {
            let name = include.attr("ReferenceId").unwrap_or_default();
            self.report.error(include.place, format!("{name} includes itself"));
            return element.clone();
        }
        let Some(found) = written.get(&base) else { return element.clone() };
        open.push(base);
        let mut whole = self.whole(found, written, open);
        open.pop();
        merge::over(&mut whole, element.clone());
        whole
    }

    fn profile(&mut self, element: &Element) -> Option<Profile> {
        let name = self.needed(element, "Id")?.to_owned();
        let metadata = self.metadata(element);
        let kind = self.kind(element, &metadata);
        let protocol = element.child("Protocol").and_then(|protocol| protocol.attr("Name"));
        let session = element.child("UseTechnicalProfileForSessionManagement");
        let validations = self.validations(element.child("ValidationTechnicalProfiles"), "ReferenceId");
        let profile = Profile {
            display_name: element.child_text("DisplayName").unwrap_or_default().to_owned(),
            domain: element.child_text("Domain").map(str::to_owned),
            kind: kind?,
            protocol: protocol.unwrap_or_default().to_ascii_lowercase(),
            before: self.transformation_refs(element, "InputClaimsTransformations"),
            inputs: self.claim_refs(element, "InputClaims"),
            shown: self.shown(element),
            persisted: self.claim_refs(element, "PersistedClaims"),
            outputs: self.claim_refs(element, "OutputClaims"),
            after: self.transformation_refs(element, "OutputClaimsTransformations"),
            validations,
            session: session.and_then(|session| self.reference(session, "ReferenceId", To::PROFILE)),
            enabled: self.enabled(element, &metadata),
            codes: self.codes(element, kind?, &metadata),
            id: name,
            metadata,
        };
        self.check_references_of(element, &profile);
        Some(profile)
    }

    pub(super) fn metadata(&mut self, element: &Element) -> BTreeMap<String, String> {
        let mut metadata = BTreeMap::new();
        for item in element.child("Metadata").into_iter().flat_map(|list| &list.children) {
            let Some(key) = self.needed(item, "Key") else { continue };
            metadata.insert(key.to_owned(), item.text.clone());
        }
        metadata
    }

    fn shown(&mut self, element: &Element) -> Vec<Shown> {
        let Some(list) = element.child("DisplayClaims") else { return Vec::new() };
        let mut shown = Vec::new();
        for entry in &list.children {
            let required = self.boolean(entry, "Required").unwrap_or(false);
            if entry.attr("DisplayControlReferenceId").is_some() {
                shown.extend(self.reference(entry, "DisplayControlReferenceId", To::CONTROL).map(Shown::Control));
            } else {
                let claim = self.reference(entry, "ClaimTypeReferenceId", To::CLAIM);
                shown.extend(claim.map(|claim| Shown::Claim { claim, required }));
            }
        }
        shown
    }

    fn enabled(&mut self, element: &Element, metadata: &BTreeMap<String, String>) -> Enabled {
        let Some(child) = element.child("EnabledForUserJourneys").filter(|child| !child.text.is_empty()) else {
            return Enabled::Always;
        };
        const WAYS: &[(&str, u8)] = &[
            ("Always", 0),
            ("true", 0),
            ("Never", 1),
            ("false", 1),
            ("OnClaimsExistence", 2),
            ("OnItemExistenceInStringCollectionClaim", 3),
            ("OnItemAbsenceInStringCollectionClaim", 4),
        ];
        let item =
            |key: &str| metadata.iter().find(|(known, _)| known.eq_ignore_ascii_case(key)).map(|(_, v)| v.as_str());
        let claim = item("ClaimTypeOnWhichToEnable").map(id).unwrap_or_default();
        let value = item("ClaimValueOnWhichToEnable").unwrap_or_default().to_owned();
        match self.one_of(child, "EnabledForUserJourneys", &child.text, WAYS) {
            Some(1) => Enabled::Never,
            Some(2) => Enabled::OnClaim(claim),
            Some(3) => Enabled::OnItem { claim, value, present: true },
            Some(4) => Enabled::OnItem { claim, value, present: false },
            _ => Enabled::Always,
        }
    }

    fn codes(&mut self, element: &Element, kind: Kind, metadata: &BTreeMap<String, String>) -> CodeRules {
        let mut rules = CodeRules::default();
        if !matches!(kind, Kind::SendCode | Kind::MakeCode | Kind::CheckCode(_) | Kind::SelfAsserted) {
            return rules;
        }
        let text =
            |key: &str| metadata.iter().find(|(known, _)| known.eq_ignore_ascii_case(key)).map(|(_, v)| v.as_str());
        let mut number = |key: &str, least, most| self.number(item(element, key), key, text(key), least, most);
        rules.seconds = number("CodeExpirationInSeconds", 60, 1200).unwrap_or(rules.seconds);
        rules.length = number("CodeLength", 4, 32).map_or(rules.length, |n| n as usize);
        rules.most_tries = number("NumRetryAttempts", 1, 20).unwrap_or(rules.most_tries);
        rules.most_codes = number("NumCodeGenerationAttempts", 1, 50).unwrap_or(rules.most_codes);
        rules.reuse = text("ReuseSameCode").is_some_and(|text| text.eq_ignore_ascii_case("true"));
        if let Some(set) = text("CharacterSet") {
            rules.characters = Characters::new(set).all();
            if rules.characters.len() < 10 {
                let place = item(element, "CharacterSet").place;
                self.report.error(place, "CharacterSet needs ten characters or more, such as 0-9");
            }
        }
        rules
    }

    /// References in metadata.
    fn check_references_of(&mut self, element: &Element, profile: &Profile) {
        if profile.kind != Kind::SelfAsserted {
            return;
        }
        let content = element
            .list("Metadata", "Item")
            .find(|item| item.attr("Key").is_some_and(|key| key.eq_ignore_ascii_case("ContentDefinitionReferenceId")));
        match content {
            Some(content) => drop(self.named(content, &content.text, To::CONTENT)),
            None => {
                let message = format!("{} needs the metadata item ContentDefinitionReferenceId", profile.id);
                self.report.warning(element.place, message);
            }
        }
        self.number(
            item(element, "setting.retryLimit"),
            "setting.retryLimit",
            profile.meta("setting.retryLimit"),
            1,
            1000,
        );
    }

    /// Only session profiles that remember claims matter; a reference to another kind is an error.
    fn drop_idle_sessions(&mut self, profiles: &mut BTreeMap<Id, Profile>) {
        let kinds: BTreeMap<Id, Kind> = profiles.iter().map(|(id, profile)| (id.clone(), profile.kind)).collect();
        for (id, profile) in profiles.iter_mut() {
            let Some(session) = profile.session.take() else { continue };
            match kinds.get(&session) {
                Some(Kind::Session) => profile.session = Some(session),
                Some(Kind::NoSession) | None => {}
                Some(_) => {
                    let place = self.root.child("TechnicalProfiles").and_then(|list| {
                        list.children.iter().find(|element| key(element) == *id).map(|element| element.place)
                    });
                    let message = format!(
                        "{} is no session management profile",
                        self.names.profiles.get(&session).unwrap_or(&session)
                    );
                    self.report.error(place.unwrap_or_default(), message);
                }
            }
        }
    }
}
