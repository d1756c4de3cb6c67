//! Reads a technical profile's metadata, and reports each problem at the item's place.

use crate::claims::value::truth;
use crate::compile::Compiler;
use crate::compile::read::{To, item};
use crate::policy::model::Id;
use crate::problem::Code;
use crate::xml::Element;
use std::collections::BTreeMap;

/// Reads the settings of a technical profile. Keys are compared ignoring letter case; empty items count as missing.
pub(crate) struct Settings<'s, 'a> {
    pub(crate) compiler: &'s mut Compiler<'a>,
    /// The profile, merged with those it includes.
    pub(crate) element: &'s Element,
    pub(crate) metadata: &'s BTreeMap<String, String>,
}

impl<'s> Settings<'s, '_> {
    /// The profile's id as written.
    pub(crate) fn name(&self) -> &'s str {
        self.element.attr("Id").unwrap_or_default()
    }

    /// A metadata item.
    pub(crate) fn text(&self, key: &str) -> Option<&'s str> {
        let mut items = self.metadata.iter().filter(|(_, value)| !value.is_empty());
        items.find(|(known, _)| known.eq_ignore_ascii_case(key)).map(|(_, value)| value.as_str())
    }

    /// A mandatory metadata item.
    pub(crate) fn required(&mut self, key: &str) -> Option<String> {
        let text = self.text(key).map(str::to_owned);
        if text.is_none() {
            let message = format!("{} needs the metadata item {key}", self.name());
            self.compiler.report.error(Code::Metadata, item(self.element, key).place, message);
        }
        text
    }

    /// A boolean metadata item; `None`, with a warning, for any other value.
    pub(crate) fn flag(&mut self, key: &str) -> Option<bool> {
        let text = self.text(key)?;
        let value = truth(text);
        if value.is_none() && !text.contains('{') {
            let message = format!("{key} is true or false; {text} counts as if the item were not there");
            self.compiler.report.warning(Code::Metadata, item(self.element, key).place, message);
        }
        value
    }

    /// A numeric metadata item, clamped to these bounds because B2C accepts other values too.
    pub(crate) fn bounded(&mut self, key: &str, least: u32, most: u32) -> Option<u32> {
        let number = self.number(key, 0, i32::MAX.unsigned_abs())?;
        let used = number.clamp(least, most);
        if used != number {
            let place = item(self.element, key).place;
            let message = format!("{key} is {number}; this server takes {least} to {most} and uses {used}");
            self.compiler.report.warning(Code::Limit, place, message);
        }
        Some(used)
    }

    /// A numeric metadata item, which must be in this range.
    pub(crate) fn number(&mut self, key: &str, least: u32, most: u32) -> Option<u32> {
        let text = self.text(key);
        self.compiler.number(item(self.element, key), key, text, least, most)
    }

    /// A metadata item whose value is one of these names.
    pub(crate) fn one_of<T: Copy>(&mut self, key: &str, table: &[(&str, T)]) -> Option<T> {
        let text = self.text(key)?;
        self.compiler.one_of(item(self.element, key), key, text, table)
    }

    /// A metadata item that refers to a definition of the policy.
    pub(crate) fn reference(&mut self, key: &str, to: To) -> Option<Id> {
        let text = self.text(key)?;
        self.compiler.named(item(self.element, key), text, to)
    }

    /// The operation named by the metadata item `Operation`, or the first one if it is missing: a profile that others
    /// include (`AAD-Common`) does not have one yet.
    pub(crate) fn operation<T: Copy>(&mut self, operations: &[(&str, T)]) -> Option<T> {
        if self.text("Operation").is_none() {
            return operations.first().map(|(_, operation)| *operation);
        }
        self.one_of("Operation", operations)
    }

    /// Reports an invalid metadata item.
    pub(crate) fn error(&mut self, key: &str, message: impl Into<String>) {
        self.compiler.report.error(Code::Metadata, item(self.element, key).place, message);
    }

    /// Reports a metadata item that this version does not support.
    pub(crate) fn unsupported(&mut self, key: &str) {
        let message = format!("{}: this version does not support the metadata item {key}", self.name());
        self.compiler.report.unsupported(item(self.element, key).place, message);
    }
}
