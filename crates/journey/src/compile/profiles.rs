//! Technical profiles, each with what it includes.

use super::read::To;
use super::{Compiler, key};
use crate::claims::value::truth;
use crate::merge;
use crate::policy::model::{ClaimRef, Enabled, Id, Profile, Shown, id};
use crate::profiles::{Checked, Kind};
use crate::xml::Element;
use std::collections::BTreeMap;

impl Compiler<'_> {
    pub(crate) fn profiles(&mut self) -> BTreeMap<Id, Profile> {
        let Some(list) = self.root.child("TechnicalProfiles") else { return BTreeMap::new() };
        let written: BTreeMap<Id, &Element> = list.children.iter().map(|element| (key(element), element)).collect();
        let mut profiles = BTreeMap::new();
        for element in &list.children {
            let whole = self.whole(element, &written, &mut vec![key(element)]);
            profiles.extend(self.profile(key(element), &whole).map(|profile| (key(element), profile)));
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

    fn profile(&mut self, key: Id, element: &Element) -> Option<Profile> {
        let name = self.needed(element, "Id")?.to_owned();
        let metadata = self.metadata(element);
        let kind = self.kind_of(key, element, &metadata);
        let protocol = element.child("Protocol").and_then(|protocol| protocol.attr("Name"));
        let session = element.child("UseTechnicalProfileForSessionManagement");
        let validations = self.validations(element.child("ValidationTechnicalProfiles"), "ReferenceId");
        let resolves = kind.as_ref().is_some_and(Kind::always_resolves);
        let mut claims = |list| self.claims_of(element, list, resolves, &metadata);
        let (inputs, persisted, outputs) = (claims("InputClaims"), claims("PersistedClaims"), claims("OutputClaims"));
        Some(Profile {
            display_name: element.child_text("DisplayName").unwrap_or_default().to_owned(),
            domain: element.child_text("Domain").map(str::to_owned),
            kind: kind?,
            protocol: protocol.unwrap_or_default().to_ascii_lowercase(),
            before: self.transformation_refs(element, "InputClaimsTransformations"),
            inputs,
            shown: self.shown(element),
            persisted,
            outputs,
            after: self.transformation_refs(element, "OutputClaimsTransformations"),
            validations,
            session: session.and_then(|session| self.reference(session, "ReferenceId", To::PROFILE)),
            enabled: self.enabled(element, &metadata),
            sentences: sentences(&metadata),
            id: name,
        })
    }

    /// A list of claims. `resolves`: claims resolvers in defaults are filled whatever the metadata says.
    fn claims_of(
        &mut self,
        element: &Element,
        list: &str,
        resolves: bool,
        metadata: &BTreeMap<String, String>,
    ) -> Vec<ClaimRef> {
        const SETTING: &str = "IncludeClaimResolvingInClaimsHandling";
        let mut claims = self.claim_refs(element, list);
        if !resolves {
            let setting = metadata.iter().find(|(key, _)| key.eq_ignore_ascii_case(SETTING));
            let included = setting.is_some_and(|(_, value)| truth(value) == Some(true));
            self.resolving(element, list, included, &mut claims);
        }
        claims
    }

    /// The kind with its settings. Problems of kinds that only count where they are reached are put aside.
    fn kind_of(&mut self, key: Id, element: &Element, metadata: &BTreeMap<String, String>) -> Option<Kind> {
        let before = self.report.mark();
        let (kind, checked) = self.kind(element, metadata)?;
        if checked == Checked::Reached {
            let aside = self.report.take_since(before);
            self.aside.insert(key, aside);
        }
        Some(kind)
    }

    pub(crate) fn metadata(&mut self, element: &Element) -> BTreeMap<String, String> {
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

    /// Only session profiles that remember claims matter; a reference to another kind is an error.
    fn drop_idle_sessions(&mut self, profiles: &mut BTreeMap<Id, Profile>) {
        let kind = |(id, profile): (&Id, &Profile)| (id.clone(), profile.kind.remembers());
        let remembers: BTreeMap<Id, Option<bool>> = profiles.iter().map(kind).collect();
        for (id, profile) in profiles.iter_mut() {
            let Some(session) = profile.session.take() else { continue };
            match remembers.get(&session) {
                Some(Some(true)) => profile.session = Some(session),
                Some(Some(false)) | None => {}
                Some(None) => {
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

/// Metadata items as sentences; only those that are no settings can be asked for by a string id.
fn sentences(metadata: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let items = metadata.iter().filter(|(_, text)| !text.is_empty());
    items.map(|(key, text)| (id(key), text.clone())).collect()
}
