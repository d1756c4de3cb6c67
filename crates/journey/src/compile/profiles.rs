//! Technical profiles, merged with the profiles they include.

use super::read::{To, item};
use super::{Compiler, key};
use crate::claims::value::truth;
use crate::merge;
use crate::policy::model::{ClaimRef, Enabled, Id, Profile, Shown, id};
use crate::problem::Code;
use crate::profiles::{Checked, Kind, NO_PROTOCOL};
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
            self.wholes.insert(key(element), whole);
        }
        self.drop_idle_sessions(&mut profiles);
        profiles
    }

    /// Merges the profile with the one it includes. `open` lists the profiles being merged, to detect cycles.
    fn whole(&mut self, element: &Element, written: &BTreeMap<Id, &Element>, open: &mut Vec<Id>) -> Element {
        let Some(include) = element.child("IncludeTechnicalProfile") else { return element.clone() };
        let Some(base) = self.reference(include, "ReferenceId", To::PROFILE) else { return element.clone() };
        if open.contains(&base) {
            let name = include.attr("ReferenceId").unwrap_or_default();
            self.report.error(Code::Circle, include.place, format!("{name} includes itself"));
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
            enabled: self.enabled(element),
            sentences: sentences(&metadata),
            id: name,
        })
    }

    /// A list of claims. If `resolves`, claims resolvers in defaults are filled in regardless of the metadata.
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

    /// The kind with its settings. Problems that matter only if a journey reaches the profile are kept for later.
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

    fn enabled(&mut self, element: &Element) -> Enabled {
        let Some(child) = element.child("EnabledForUserJourneys") else { return Enabled::Always };
        const WAYS: &[(&str, Way)] = &[
            ("Always", Way::Always),
            ("true", Way::Always),
            ("Never", Way::Never),
            ("false", Way::Never),
            ("OnClaimsExistence", Way::OnClaim),
            ("OnItemExistenceInStringCollectionClaim", Way::OnItem { present: true }),
            ("OnItemAbsenceInStringCollectionClaim", Way::OnItem { present: false }),
        ];
        let Some(way) = self.word(&child.text, WAYS) else { return Enabled::Always };
        match way {
            Way::Always => Enabled::Always,
            Way::Never => Enabled::Never,
            Way::OnClaim => Enabled::OnClaim(id(&self.enabling(element, child, "ClaimTypeOnWhichToEnable"))),
            Way::OnItem { present } => {
                let claim = self.enabling(element, child, "ClaimTypeOnWhichToEnable");
                let value = self.enabling(element, child, "ClaimValueOnWhichToEnable");
                Enabled::OnItem { claim: id(&claim), value, present }
            }
        }
    }

    /// The metadata item that decides whether the profile runs.
    fn enabling(&mut self, element: &Element, child: &Element, key: &str) -> String {
        let value = self.metadata_of(element, key);
        if value.is_none() {
            let name = element.attr("Id").unwrap_or_default();
            let message = format!("{name} needs the metadata item {key} for EnabledForUserJourneys {}", child.text);
            self.report.error(Code::Metadata, child.place, message);
        }
        value.unwrap_or_default()
    }

    /// A metadata item of a profile, or `None` if it is empty.
    pub(crate) fn metadata_of(&self, element: &Element, key: &str) -> Option<String> {
        let found = item(element, key);
        (found.name == "Item" && !found.text.is_empty()).then(|| found.text.clone())
    }

    /// Drops references to session profiles that remember no claims. A reference to a profile of another kind is an
    /// error; one to a profile without a protocol is valid and remembers nothing, as in Azure AD B2C.
    fn drop_idle_sessions(&mut self, profiles: &mut BTreeMap<Id, Profile>) {
        let kind = |(id, profile): (&Id, &Profile)| {
            let without = profile.kind.unsupported() == Some(NO_PROTOCOL);
            (id.clone(), if without { Manager::Unnamed } else { profile.kind.remembers().into() })
        };
        let managers: BTreeMap<Id, Manager> = profiles.iter().map(kind).collect();
        for (id, profile) in profiles.iter_mut() {
            let Some(session) = profile.session.take() else { continue };
            let name = self.names.profiles.get(&session).unwrap_or(&session).clone();
            let named = self.wholes.get(id).and_then(|whole| whole.child("UseTechnicalProfileForSessionManagement"));
            let place = named.map(|child| child.place).unwrap_or_default();
            match managers.get(&session) {
                Some(Manager::Remembers) => profile.session = Some(session),
                Some(Manager::Idle) | None => {}
                Some(Manager::Unnamed) => {
                    let message = format!("{name} has no Protocol, so that it keeps no claims for single sign-on");
                    self.report.warning(Code::Session, place, message);
                }
                Some(Manager::None) => {
                    self.report.error(Code::Session, place, format!("{name} is no session management profile"));
                }
            }
        }
    }
}

/// The condition under which a profile runs.
#[derive(Clone, Copy)]
enum Way {
    Always,
    Never,
    OnClaim,
    OnItem { present: bool },
}

/// The kind of a session management profile.
enum Manager {
    Remembers,
    Idle,
    /// It has no protocol.
    Unnamed,
    /// It is of another kind.
    None,
}

impl From<Option<bool>> for Manager {
    fn from(remembers: Option<bool>) -> Self {
        match remembers {
            Some(true) => Self::Remembers,
            Some(false) => Self::Idle,
            None => Self::None,
        }
    }
}

/// All metadata items that are not empty, as messages. Those that are messages can be looked up by their string id.
fn sentences(metadata: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let items = metadata.iter().filter(|(_, text)| !text.is_empty());
    items.map(|(key, text)| (id(key), text.clone())).collect()
}
