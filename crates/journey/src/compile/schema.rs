//! Checks each file against the public schema: its elements, their order and number, their attributes and fixed words.

mod table;

use super::report::{Report, suggestion};
use crate::problem::Code;
use crate::xml::Element;
use table::{ROWS, Row, WORDS};

/// One entry of a row's children.
#[derive(Clone, Copy)]
struct Child<'r> {
    name: &'r str,
    /// The row that describes it.
    row: &'r str,
    needed: bool,
    many: bool,
}

/// Report everything in the file that the schema does not allow.
pub(crate) fn check(file: &Element, report: &mut Report) {
    check_as(file, "TrustFrameworkPolicy", report);
}

fn check_as(element: &Element, name: &str, report: &mut Report) {
    let Some(row) = find(name) else { return };
    check_attributes(element, row, report);
    check_text(element, row, report);
    if row.children == "..." {
        return;
    }
    let (one_kind, children) = children(row);
    check_order(element, &children, report);
    check_number(element, &children, report);
    if one_kind {
        check_one_kind(element, report);
    }
    for child in &element.children {
        match children.iter().find(|known| known.name == child.name) {
            Some(known) => check_as(child, known.row, report),
            None => {
                let near = suggestion(&child.name, children.iter().map(|known| known.name));
                let message = format!("{} has no element {}{near}", element.name, child.name);
                report.error(Code::UnknownElement, child.place, message);
            }
        }
    }
}

fn find(name: &str) -> Option<&'static Row> {
    ROWS.binary_search_by(|row| row.name.cmp(name)).ok().and_then(|at| ROWS.get(at))
}

/// The entries, and whether only one kind of them may stand there.
fn children(row: &Row) -> (bool, Vec<Child<'_>>) {
    let entries = row.children.split_ascii_whitespace();
    (row.children.starts_with('|'), entries.filter(|entry| *entry != "|").map(child_of).collect())
}

fn child_of(entry: &str) -> Child<'_> {
    let bare = entry.trim_end_matches(['?', '*', '+']);
    let (name, row) = bare.split_once(':').unwrap_or((bare, bare));
    Child { name, row, needed: !entry.ends_with(['?', '*']), many: entry.ends_with(['*', '+']) }
}

/// Each element stands after those that the schema puts before it. Only a warning: nothing here depends on it.
fn check_order(element: &Element, children: &[Child<'_>], report: &mut Report) {
    let place_of = |child: &Element| children.iter().position(|known| known.name == child.name);
    let mut latest: Option<(usize, &str)> = None;
    for child in &element.children {
        let Some(at) = place_of(child) else { continue };
        match latest {
            Some((before, name)) if at < before => {
                let here = |known: &&Child<'_>| element.child(known.name).is_some();
                let order: Vec<&str> = children.iter().filter(here).map(|known| known.name).collect();
                let message = format!(
                    "{} must stand before {name} in Azure AD B2C, which refuses this order; expected: {}",
                    child.name,
                    order.join(", ")
                );
                report.warning(Code::Order, child.place, message);
            }
            _ => latest = Some((at, &child.name)),
        }
    }
}

fn check_number(element: &Element, children: &[Child<'_>], report: &mut Report) {
    for known in children {
        let mut found = element.children.iter().filter(|child| child.name == known.name);
        let first = found.next();
        if first.is_none() && known.needed {
            let message = format!("{} needs an element {} inside it", element.name, known.name);
            report.error(Code::MissingElement, element.place, message);
        }
        if let (Some(first), Some(second), false) = (first, found.next(), known.many) {
            let line = first.place.line;
            let message = format!(
                "{} holds {} once, but it is here again; the first is in line {line}",
                element.name, known.name
            );
            report.error(Code::TooMany, second.place, message);
        }
    }
}

fn check_one_kind(element: &Element, report: &mut Report) {
    let Some(first) = element.children.first() else { return };
    if let Some(other) = element.children.iter().find(|child| child.name != first.name) {
        let message = format!("{} holds either {} or {}, not both", element.name, first.name, other.name);
        report.error(Code::TooMany, other.place, message);
    }
}

fn check_attributes(element: &Element, row: &Row, report: &mut Report) {
    let known = || {
        row.attributes.split_ascii_whitespace().map(|entry| {
            let (name, kind) = entry.split_once(':').unwrap_or((entry, "string"));
            (name.trim_end_matches('!'), name.ends_with('!'), kind)
        })
    };
    for (name, needed, kind) in known() {
        match element.attr(name) {
            Some(value) => check_value(element, &format!("{name} of {}", element.name), value, kind, report),
            None if needed => report.error(Code::MissingAttribute, element.place, missing_attribute(element, name)),
            None => {}
        }
    }
    for (name, _) in &element.attributes {
        if !known().any(|(known, ..)| known == name) {
            let near = suggestion(name, known().map(|(known, ..)| known));
            report.error(
                Code::UnknownAttribute,
                element.place,
                format!("{} has no attribute {name}{near}", element.name),
            );
        }
    }
}

/// The sentence for an attribute that must be there.
pub(crate) fn missing_attribute(element: &Element, name: &str) -> String {
    format!("{} needs the attribute {name}", element.name)
}

fn check_text(element: &Element, row: &Row, report: &mut Report) {
    let name = &element.name;
    if !row.text.is_empty() {
        check_value(element, name, &element.text, row.text, report);
    } else if !element.text.is_empty() && row.children != "..." {
        report.error(
            Code::Text,
            element.place,
            format!("{name} holds no text, but here is {:?}", short(&element.text)),
        );
    } else if element.blank && row.children.is_empty() {
        let message = format!("{name} must be empty: Azure AD B2C refuses blanks and line breaks between its tags");
        report.error(Code::Text, element.place, message);
    }
}

/// The beginning of a text, for a message.
fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

fn check_value(element: &Element, what: &str, value: &str, kind: &str, report: &mut Report) {
    // Placeholders such as {Settings:Tenant} are filled in before the upload.
    if value.contains('{') {
        return;
    }
    let wrong = match kind {
        "string" => None,
        "boolean" => (!matches!(value, "true" | "false" | "0" | "1"))
            .then(|| format!("{what} is true or false, in lower-case letters, not {value}")),
        "int" => value.parse::<i32>().is_err().then(|| format!("{what} is a whole number, not {value}")),
        "Culture" => (!is_language(value)).then(|| format!("{what} is a language such as en or pt-BR, not {value}")),
        "PolicyId" => (!is_policy_id(value))
            .then(|| format!("{what} has only letters, digits, _, - and . (not at the end), unlike {value:?}")),
        "FourPartVersionNumber" => {
            (!is_version(value, 4)).then(|| format!("{what} is a version such as 0.3.0.0, not {value}"))
        }
        "ThreePartVersionNumber" => {
            (!is_version(value, 3)).then(|| format!("{what} is a version such as 1.0.0, not {value}"))
        }
        kind => WORDS.iter().find(|(name, _)| *name == kind).and_then(|(_, words)| not_a_word(what, value, words)),
    };
    if let Some(message) = wrong {
        report.error(Code::Value, element.place, message);
    }
}

/// The problem of a value that is none of the words.
fn not_a_word(what: &str, value: &str, words: &str) -> Option<String> {
    let all = || words.split(' ');
    if all().any(|word| word == value) {
        return None;
    }
    let near = match all().find(|word| word.eq_ignore_ascii_case(value)) {
        Some(word) => format!("; did you mean {word}? Letter case counts"),
        None => suggestion(value, all()),
    };
    let hint = if near.is_empty() { format!("; it is one of {}", words.replace(' ', ", ")) } else { near };
    Some(format!("{what} cannot be {value}{hint}"))
}

/// `[a-z]{1,3}(-[a-zA-Z0-9]{2,4}){0,2}`
fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    (1..=3).contains(&first.len())
        && first.bytes().all(|b| b.is_ascii_lowercase())
        && rest.len() <= 2
        && rest.iter().all(|part| (2..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

fn is_policy_id(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    !text.is_empty() && text.bytes().all(allowed) && !text.ends_with('.')
}

fn is_version(text: &str, parts: usize) -> bool {
    let digit = |part: &str| part.len() == 1 && part.bytes().all(|b| b.is_ascii_digit());
    text.split('.').count() == parts && text.split('.').all(digit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_table_is_sorted_and_every_row_it_names_exists() {
        assert!(ROWS.is_sorted_by(|a, b| a.name < b.name));
        let mut named = BTreeSet::from(["TrustFrameworkPolicy"]);
        for row in ROWS.iter().filter(|row| row.children != "...") {
            named.extend(children(row).1.iter().map(|child| child.row));
        }
        let rows: BTreeSet<&str> = ROWS.iter().map(|row| row.name).collect();
        assert_eq!(named, rows);
    }

    #[test]
    fn every_kind_of_value_is_known() {
        let plain = ["string", "boolean", "int", "Culture", "PolicyId"];
        let versions = ["FourPartVersionNumber", "ThreePartVersionNumber"];
        let known = |kind: &str| {
            plain.contains(&kind) || versions.contains(&kind) || WORDS.iter().any(|(name, _)| *name == kind)
        };
        for row in ROWS {
            let attributes = row.attributes.split_ascii_whitespace().filter_map(|entry| entry.split_once(':'));
            let unknown: Vec<&str> = attributes.map(|(_, kind)| kind).filter(|kind| !known(kind)).collect();
            assert!(unknown.is_empty() && (row.text.is_empty() || known(row.text)), "{}: {unknown:?}", row.name);
        }
    }

    #[test]
    fn forms_are_those_of_the_schema() {
        let languages: Vec<&str> =
            ["en", "pt-BR", "zh-Hant-TW", "EN", "en_US", "english"].into_iter().filter(|t| is_language(t)).collect();
        assert_eq!(languages, ["en", "pt-BR", "zh-Hant-TW"]);
        assert!(is_policy_id("B2C_1A_Sign-In.v2") && !is_policy_id("B2C 1A") && !is_policy_id("B2C_1A."));
        assert!(is_version("0.3.0.0", 4) && !is_version("0.3.0", 4) && !is_version("0.3.0.x", 4));
    }
}
