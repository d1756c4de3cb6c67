//! Predicates and predicate validations.

use super::read::To;
use super::{Compiler, key};
use crate::claims::characters::Characters;
use crate::claims::pattern::Pattern;
use crate::claims::predicate::{Group, Predicate, PredicateValidation, Test};
use crate::policy::model::Id;
use crate::problem::Code;
use crate::xml::Element;
use std::collections::BTreeMap;

#[derive(Clone, Copy)]
enum Method {
    Length,
    Matches,
    Includes,
    Dates,
}

/// Methods of predicates. Additions are rows.
const METHODS: &[(&str, Method)] = &[
    ("IsLengthRange", Method::Length),
    ("MatchesRegex", Method::Matches),
    ("IncludesCharacters", Method::Includes),
    ("IsDateRange", Method::Dates),
];

impl Compiler<'_> {
    pub(crate) fn predicates(&mut self) -> BTreeMap<Id, Predicate> {
        self.blocks("Predicates", "Predicate")
            .into_iter()
            .filter_map(|element| Some((key(element), self.predicate(element)?)))
            .collect()
    }

    fn predicate(&mut self, element: &Element) -> Option<Predicate> {
        let name = self.needed(element, "Id")?.to_owned();
        let method = self.needed(element, "Method")?;
        let method = self.one_of(element, "Method of a predicate", method, METHODS)?;
        let test = match method {
            Method::Length => {
                let least = self.bound(element, "Minimum").unwrap_or(0);
                let most = self.bound(element, "Maximum").unwrap_or(usize::MAX);
                Test::Length { least, most }
            }
            Method::Matches => {
                let source = self.parameter(element, "RegularExpression")?;
                match Pattern::new(&source) {
                    Ok(pattern) => Test::Matches(pattern),
                    Err(why) => {
                        self.bad_pattern(element, &why);
                        return None;
                    }
                }
            }
            Method::Includes => Test::Includes(Characters::new(&self.parameter(element, "CharacterSet")?)),
            Method::Dates => Test::Dates { from: self.date(element, "Minimum"), to: self.date(element, "Maximum") },
        };
        let help = element.attr("HelpText").or_else(|| element.child_text("UserHelpText")).map(str::to_owned);
        Some(Predicate { id: name, help, test })
    }

    fn parameter(&mut self, element: &Element, id: &str) -> Option<String> {
        let value = parameter(element, id).map(|child| child.text.clone());
        if value.is_none() {
            self.report.error(Code::MissingElement, element.place, format!("this predicate needs the parameter {id}"));
        }
        value
    }

    fn bound(&mut self, element: &Element, id: &str) -> Option<usize> {
        let child = parameter(element, id)?;
        self.number(child, id, Some(&child.text), 0, 1_000_000).map(|n| n as usize)
    }

    /// Parses `yyyy-mm-dd`; `Today` is `None`.
    fn date(&mut self, element: &Element, id: &str) -> Option<String> {
        let child = parameter(element, id)?;
        if child.text.eq_ignore_ascii_case("today") {
            return None;
        }
        if child.text.parse::<jiff::civil::Date>().is_err() {
            self.report.error(
                Code::Value,
                child.place,
                format!("{id} is a date like 2000-12-31 or Today, not {}", child.text),
            );
        }
        Some(child.text.clone())
    }

    pub(crate) fn predicate_validations(&mut self) -> BTreeMap<Id, PredicateValidation> {
        let mut validations = BTreeMap::new();
        for element in self.blocks("PredicateValidations", "PredicateValidation") {
            let groups = element.list("PredicateGroups", "PredicateGroup").map(|group| self.group(group)).collect();
            validations.insert(key(element), PredicateValidation { groups });
        }
        validations
    }

    fn group(&mut self, element: &Element) -> Group {
        let references = element.list("PredicateReferences", "PredicateReference");
        let predicates: Vec<Id> = references.filter_map(|entry| self.reference(entry, "Id", To::PREDICATE)).collect();
        let all = u32::try_from(predicates.len()).unwrap_or(u32::MAX);
        let list = element.child("PredicateReferences");
        let least = list.and_then(|list| self.number(list, "MatchAtLeast", list.attr("MatchAtLeast"), 0, all));
        if let Some(list) = list.filter(|list| self.boolean(list, "Reject") == Some(true)) {
            let message = "PredicateReferences with Reject are not supported by this version: write the predicate the other way round";
            self.report.unsupported(list.place, message);
        }
        Group {
            id: element.attr("Id").unwrap_or_default().to_owned(),
            help: element.child_text("UserHelpText").map(str::to_owned),
            least: least.unwrap_or(all) as usize,
            predicates,
        }
    }
}

fn parameter<'e>(element: &'e Element, id: &str) -> Option<&'e Element> {
    let mut parameters = element.list("Parameters", "Parameter");
    parameters.find(|child| child.attr("Id").is_some_and(|known| known.eq_ignore_ascii_case(id)))
}
