//! Claim types: data types, inputs, patterns, options.

use super::read::To;
use super::{Compiler, key};
use crate::InputType;
use crate::claims::mask::Mask;
use crate::claims::pattern::Pattern;
use crate::claims::value::DataType;
use crate::policy::model::{ClaimPattern, ClaimType, Id};
use crate::problem::Code;
use crate::xml::Element;
use std::collections::BTreeMap;

/// Names of UserInputType. Additions are rows.
const INPUTS: &[(&str, Option<InputType>)] = &[
    ("TextBox", Some(InputType::TextBox)),
    ("EmailBox", Some(InputType::EmailBox)),
    ("Password", Some(InputType::Password)),
    ("Readonly", Some(InputType::Readonly)),
    ("Paragraph", Some(InputType::Paragraph)),
    ("DropdownSingleSelect", Some(InputType::DropdownSingleSelect)),
    ("RadioSingleSelect", Some(InputType::RadioSingleSelect)),
    ("CheckboxMultiSelect", Some(InputType::CheckboxMultiSelect)),
    ("DateTimeDropdown", Some(InputType::DateTimeDropdown)),
    ("Button", None),
];

impl Compiler<'_> {
    pub(crate) fn claims(&mut self) -> BTreeMap<Id, ClaimType> {
        self.blocks("ClaimsSchema", "ClaimType")
            .into_iter()
            .map(|element| (key(element), self.claim_type(element)))
            .collect()
    }

    fn claim_type(&mut self, element: &Element) -> ClaimType {
        let name = self.needed(element, "Id").unwrap_or_default().to_owned();
        let data_type = match element.child("DataType").filter(|child| !child.text.is_empty()) {
            Some(child) => self.word(&child.text, DataType::NAMES),
            None => {
                let message = format!("the claim type {name} has no DataType; it is taken as string");
                self.report.warning(Code::MissingElement, element.place, message);
                None
            }
        };
        let input = element.child("UserInputType").filter(|child| !child.text.is_empty());
        let input = input.and_then(|child| self.word(&child.text, INPUTS)).flatten();
        let validation = element.child("PredicateValidationReference");
        let restriction = element.child("Restriction");
        let pattern = restriction.and_then(|restriction| restriction.child("Pattern"));
        let text = |name: &str| element.child_text(name).unwrap_or_default().to_owned();
        ClaimType {
            display_name: text("DisplayName"),
            help: text("UserHelpText"),
            data_type: data_type.unwrap_or(DataType::Text),
            input,
            pattern: pattern.and_then(|pattern| self.pattern(pattern)),
            options: restriction.map(|restriction| self.options_of(restriction, "Enumeration")).unwrap_or_default(),
            predicates: validation.and_then(|child| self.reference(child, "Id", To::PREDICATE_VALIDATION)),
            mask: element.child("Mask").and_then(|mask| self.mask(mask)),
            partners: partners(element),
            id: name,
        }
    }

    fn mask(&mut self, element: &Element) -> Option<Mask> {
        if !element.attr("Type")?.eq_ignore_ascii_case("Regex") {
            return Some(Mask::Simple(element.text.clone()));
        }
        let source = self.needed(element, "Regex")?.to_owned();
        let mask = Mask::regex(&source, &element.text);
        mask.map_err(|why| self.bad_pattern(element, &why)).ok()
    }

    /// Reports a regular expression that cannot be used.
    pub(crate) fn bad_pattern(&mut self, element: &Element, why: &str) {
        let why = why.lines().last().unwrap_or_default().trim();
        self.report.error(Code::Pattern, element.place, format!("the regular expression cannot be used: {why}"));
    }

    fn pattern(&mut self, element: &Element) -> Option<ClaimPattern> {
        let source = self.needed(element, "RegularExpression")?.to_owned();
        match Pattern::new(&source) {
            Ok(pattern) => {
                let help = element.attr("HelpText").unwrap_or_default().to_owned();
                Some(ClaimPattern { source, help, pattern })
            }
            Err(why) => {
                self.bad_pattern(element, &why);
                None
            }
        }
    }

    /// `Enumeration` of a restriction, or `Item` of a localized collection.
    pub(crate) fn options_of(&self, list: &Element, item: &str) -> Vec<(String, String, bool)> {
        let mut options = Vec::new();
        for entry in list.children.iter().filter(|child| child.name == item) {
            let Some(value) = entry.attr("Value") else { continue };
            let chosen = self.boolean(entry, "SelectByDefault").unwrap_or(false);
            options.push((value.to_owned(), entry.attr("Text").unwrap_or(value).to_owned(), chosen));
        }
        options
    }
}

fn partners(element: &Element) -> BTreeMap<String, String> {
    let of = |protocol: &Element| {
        Some((protocol.attr("Name")?.to_ascii_lowercase(), protocol.attr("PartnerClaimType")?.to_owned()))
    };
    element.list("DefaultPartnerClaimTypes", "Protocol").filter_map(of).collect()
}
