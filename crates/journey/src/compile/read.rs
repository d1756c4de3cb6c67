//! Reads attributes and references, and reports each problem at its line.

use super::Compiler;
use super::names::{Known, Names};
use super::report::suggestion;
use super::schema::missing_attribute;
use crate::claims::resolver;
use crate::claims::value::truth;
use crate::policy::model::{ClaimRef, Id, Precondition, Validation, id};
use crate::problem::Code;
use crate::xml::Element;

/// The kinds of definitions that a reference may name.
#[derive(Clone, Copy)]
pub(crate) struct To(&'static str, fn(&Names) -> &Known);

impl To {
    pub(crate) const CLAIM: Self = Self("claim type", |names| &names.claims);
    pub(crate) const TRANSFORMATION: Self = Self("claims transformation", |names| &names.transformations);
    pub(crate) const PREDICATE: Self = Self("predicate", |names| &names.predicates);
    pub(crate) const PREDICATE_VALIDATION: Self = Self("predicate validation", |names| &names.predicate_validations);
    pub(crate) const CONTENT: Self = Self("content definition", |names| &names.contents);
    pub(crate) const RESOURCES: Self = Self("LocalizedResources element", |names| &names.resources);
    pub(crate) const CONTROL: Self = Self("display control", |names| &names.controls);
    pub(crate) const PROFILE: Self = Self("technical profile", |names| &names.profiles);
    pub(crate) const JOURNEY: Self = Self("user journey", |names| &names.journeys);
    pub(crate) const SUB_JOURNEY: Self = Self("sub-journey", |names| &names.sub_journeys);
}

impl Compiler<'_> {
    /// An attribute that must be there.
    pub(crate) fn needed<'e>(&mut self, element: &'e Element, attribute: &str) -> Option<&'e str> {
        let value = element.attr(attribute).filter(|value| !value.is_empty());
        if value.is_none() {
            self.report.error(Code::MissingAttribute, element.place, missing_attribute(element, attribute));
        }
        value
    }

    /// Returns the definition that the attribute refers to, if it exists.
    pub(crate) fn reference(&mut self, element: &Element, attribute: &str, to: To) -> Option<Id> {
        let name = self.needed(element, attribute)?;
        self.named(element, name, to)
    }

    /// Returns the definition that `name`, written in `element`, refers to, if it exists.
    pub(crate) fn named(&mut self, element: &Element, name: &str, to: To) -> Option<Id> {
        let To(kind, known) = to;
        let known = known(&self.names);
        let wanted = id(name);
        if known.contains_key(&wanted) {
            return Some(wanted);
        }
        self.report.unknown(element.place, kind, name, known.values().map(String::as_str));
        None
    }

    /// A boolean attribute; none when it is missing, or wrong, which the schema reports.
    pub(crate) fn boolean(&self, element: &Element, attribute: &str) -> Option<bool> {
        truth(element.attr(attribute)?)
    }

    /// Maps a word of the schema to its value, in any letter case; the schema check reports other words.
    pub(crate) fn word<T: Copy>(&self, text: &str, table: &[(&str, T)]) -> Option<T> {
        table.iter().find(|(name, _)| name.eq_ignore_ascii_case(text.trim())).map(|(_, value)| *value)
    }

    /// A number that must lie in the range; none when it is missing or wrong.
    pub(crate) fn number(
        &mut self,
        element: &Element,
        what: &str,
        text: Option<&str>,
        least: u32,
        most: u32,
    ) -> Option<u32> {
        let text = text?;
        let value = text.trim().parse::<u32>().ok().filter(|n| (least..=most).contains(n));
        if value.is_none() {
            self.report.error(
                Code::Value,
                element.place,
                format!("{what} is a number from {least} to {most}, not {text}"),
            );
        }
        value
    }

    /// One of the names in a table, in any case.
    pub(crate) fn one_of<T: Copy>(
        &mut self,
        element: &Element,
        what: &str,
        text: &str,
        table: &[(&str, T)],
    ) -> Option<T> {
        let found = table.iter().find(|(name, _)| name.eq_ignore_ascii_case(text.trim()));
        if found.is_none() {
            let names = table.iter().map(|(name, _)| *name);
            let near = suggestion(text, names.clone());
            let all = names.collect::<Vec<_>>().join(", ");
            let hint = if near.is_empty() { format!("; it is one of {all}") } else { near };
            self.report.error(Code::Value, element.place, format!("{what} cannot be {text}{hint}"));
        }
        found.map(|(_, value)| *value)
    }

    /// A text in which resolvers may stand.
    pub(crate) fn resolvable(&mut self, element: &Element, text: &str) -> String {
        for name in resolver::names(text) {
            if !resolver::is_known(&name) && !name.starts_with("settings:") {
                let near = suggestion(&name, resolver::KNOWN.iter().copied());
                self.report.warning(
                    Code::Resolver,
                    element.place,
                    format!("there is no claims resolver {{{name}}}{near}"),
                );
            }
        }
        text.to_owned()
    }

    /// InputClaims, OutputClaims or PersistedClaims.
    pub(crate) fn claim_refs(&mut self, element: &Element, list: &str) -> Vec<ClaimRef> {
        let Some(list) = element.child(list) else { return Vec::new() };
        list.children.iter().filter_map(|entry| self.claim_ref(entry)).collect()
    }

    fn claim_ref(&mut self, entry: &Element) -> Option<ClaimRef> {
        let claim = self.reference(entry, "ClaimTypeReferenceId", To::CLAIM);
        let always_default = self.boolean(entry, "AlwaysUseDefaultValue").unwrap_or(false);
        let required = self.boolean(entry, "Required").unwrap_or(false);
        let default = entry.attr("DefaultValue").map(|text| self.resolvable(entry, text));
        self.check_default(entry, claim.as_ref(), default.as_deref());
        let partner = entry.attr("PartnerClaimType").filter(|partner| !partner.is_empty()).map(str::to_owned);
        Some(ClaimRef { claim: claim?, partner, default, resolves: true, always_default, required })
    }

    /// Which defaults B2C fills claims resolvers in
    /// (<https://learn.microsoft.com/azure/active-directory-b2c/claim-resolver-overview#using-claim-resolvers>): those
    /// with `AlwaysUseDefaultValue`, in a profile with `IncludeClaimResolvingInClaimsHandling`. All others are text.
    pub(crate) fn resolving(&mut self, element: &Element, list: &str, included: bool, claims: &mut [ClaimRef]) {
        for claim in claims {
            claim.resolves = included && claim.always_default;
            let names = resolver::names(claim.default.as_deref().unwrap_or_default());
            if claim.resolves || names.is_empty() {
                continue;
            }
            let missing = [
                (!claim.always_default).then_some("AlwaysUseDefaultValue=\"true\""),
                (!included).then_some("the metadata item IncludeClaimResolvingInClaimsHandling"),
            ];
            let missing = missing.into_iter().flatten().collect::<Vec<_>>().join(" and ");
            let same =
                |entry: &&Element| entry.attr("ClaimTypeReferenceId").is_some_and(|name| id(name) == claim.claim);
            let list = element.child(list);
            let place = list.and_then(|list| list.children.iter().find(same)).unwrap_or(element).place;
            let default = claim.default.as_deref().unwrap_or_default();
            self.report.warning(
                Code::Resolver,
                place,
                format!("the default {default} is taken as written; to fill it in, add {missing}"),
            );
        }
    }

    /// References to claims transformations.
    pub(crate) fn transformation_refs(&mut self, element: &Element, list: &str) -> Vec<Id> {
        let Some(list) = element.child(list) else { return Vec::new() };
        list.children.iter().filter_map(|entry| self.reference(entry, "ReferenceId", To::TRANSFORMATION)).collect()
    }

    /// A validation list: of a self-asserted profile, or of a display control's action.
    pub(crate) fn validations(&mut self, list: Option<&Element>, attribute: &str) -> Vec<Validation> {
        let Some(list) = list else { return Vec::new() };
        let mut validations = Vec::new();
        for entry in &list.children {
            let profile = self.reference(entry, attribute, To::PROFILE);
            let skips = self.preconditions(entry, "SkipThisValidationTechnicalProfile");
            let continue_on_error = self.boolean(entry, "ContinueOnError").unwrap_or(false);
            let continue_on_success = self.boolean(entry, "ContinueOnSuccess").unwrap_or(true);
            validations.extend(profile.map(|profile| Validation {
                profile,
                skips,
                continue_on_error,
                continue_on_success,
            }));
        }
        validations
    }

    /// `action` is what they may do.
    pub(crate) fn preconditions(&mut self, element: &Element, action: &str) -> Vec<Precondition> {
        element.list("Preconditions", "Precondition").filter_map(|entry| self.precondition(entry, action)).collect()
    }

    fn precondition(&mut self, entry: &Element, action: &str) -> Option<Precondition> {
        let kind = entry.attr("Type")?;
        let compares = self.word(kind, &[("ClaimsExist", false), ("ClaimEquals", true)])?;
        let if_true = self.boolean(entry, "ExecuteActionsIf").unwrap_or(true);
        let values: Vec<&Element> = entry.children.iter().filter(|child| child.name == "Value").collect();
        let wanted = if compares { 2 } else { 1 };
        if values.len() < wanted {
            let message = match wanted {
                1 => format!("{kind} needs a Value element that names a claim type"),
                _ => format!("{kind} needs two Value elements: a claim type, and what it is compared with"),
            };
            self.report.error(Code::MissingElement, entry.place, message);
            return None;
        }
        let is_other =
            |given: &&Element| given.text.starts_with("SkipThis") && !given.text.eq_ignore_ascii_case(action);
        if let Some(other) = entry.child("Action").filter(is_other) {
            self.report.error(Code::Value, other.place, format!("the action here is {action}, not {}", other.text));
        }
        let first = values.first()?;
        let claim = self.named(first, &first.text, To::CLAIM)?;
        let equals = compares.then(|| values.get(1).map(|value| value.text.clone())).flatten();
        Some(Precondition { claim, equals, if_true })
    }

    /// A default without resolvers must be a value of the claim's type.
    fn check_default(&mut self, entry: &Element, claim: Option<&Id>, default: Option<&str>) {
        let Some(text) = default.filter(|text| !text.is_empty() && !text.contains('{')) else { return };
        let Some(kind) = claim.and_then(|claim| self.names.types.get(claim)) else { return };
        let expected = match kind.as_str() {
            "int" if text.parse::<i32>().is_err() => "a whole number of 32 bits",
            "long" if text.parse::<i64>().is_err() => "a whole number of 64 bits",
            "boolean" if truth(text).is_none() => "true or false",
            "date" | "dateTime" if !text.starts_with(|c: char| c.is_ascii_digit()) => "a date such as 2000-12-31",
            _ => return,
        };
        let name = entry.attr("ClaimTypeReferenceId").unwrap_or_default();
        let message = format!("the DefaultValue of {name} is {text:?}, but a claim of type {kind} is {expected}");
        self.report.error(Code::Default, entry.place, message);
    }
}

/// Where a metadata item stands; without it the element.
pub(crate) fn item<'e>(element: &'e Element, key: &str) -> &'e Element {
    let same = |item: &&Element| item.attr("Key").is_some_and(|known| known.eq_ignore_ascii_case(key));
    element.child("Metadata").and_then(|list| list.children.iter().find(same)).unwrap_or(element)
}
