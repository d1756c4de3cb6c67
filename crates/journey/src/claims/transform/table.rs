//! The types of the method table: one row per method, with its claims and parameters.

use super::{Call, Fault, Yield};

/// The pages of Microsoft's reference, below [`Page::ROOT`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    Boolean,
    Date,
    General,
    Integer,
    Json,
    PhoneNumber,
    Text,
    TextCollection,
    /// Not in the reference.
    None,
}

impl Page {
    const ROOT: &'static str = "https://learn.microsoft.com/azure/active-directory-b2c/";

    const fn name(self) -> Option<&'static str> {
        match self {
            Self::Boolean => Some("boolean-transformations"),
            Self::Date => Some("date-transformations"),
            Self::General => Some("general-transformations"),
            Self::Integer => Some("integer-transformations"),
            Self::Json => Some("json-transformations"),
            Self::PhoneNumber => Some("phone-number-claims-transformations"),
            Self::Text => Some("string-transformations"),
            Self::TextCollection => Some("stringcollection-transformations"),
            Self::None => None,
        }
    }
}

/// One method.
#[derive(Debug)]
pub(crate) struct Row {
    /// `TransformationMethod`.
    pub(crate) name: &'static str,
    /// The page of Microsoft's reference that describes it.
    pub(crate) page: Page,
    /// Entries of `InputClaims`.
    pub(crate) inputs: &'static [Operand],
    /// Entries of `InputParameters`.
    pub(crate) params: &'static [Parameter],
    /// Entries of `OutputClaims`.
    pub(crate) outputs: &'static [Operand],
    /// The implementation.
    pub(crate) run: Method,
}

/// The implementation of a method.
pub(crate) type Method = fn(&Call<'_>) -> Result<Yield, Fault>;

/// A claim that a method reads or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operand {
    /// `TransformationClaimType`; [`ANY`] matches every name that no other operand has. If the policy leaves the
    /// attribute out, the claim's id is the name.
    pub(crate) name: &'static str,
    /// Names of `DataType`s that the claim may have, separated by spaces; or [`ANY`].
    pub(crate) types: &'static str,
    /// True if a transformation must list it. Each method decides what a listed claim without a value means.
    pub(crate) required: bool,
}

/// A parameter of a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parameter {
    /// `Id`; [`ANY`] matches every id that no other parameter has.
    pub(crate) name: &'static str,
    /// Names of `DataType`s that it may have, separated by spaces; or [`ANY`].
    pub(crate) types: &'static str,
    /// True if a transformation must list it.
    pub(crate) required: bool,
    /// The values that it may have, in any letter case; empty if any value is valid.
    pub(crate) values: &'static [&'static str],
    /// True if the value names a key container. The method gets the secret of that container.
    pub(crate) is_key: bool,
}

/// Any name, or any data type.
pub(crate) const ANY: &str = "*";
pub(crate) const STRING: &str = "string";
pub(crate) const BOOLEAN: &str = "boolean";
pub(crate) const INT: &str = "int";
/// The reference says `int` for some and `long` for others; both are whole numbers.
pub(crate) const NUMBER: &str = "int long";
pub(crate) const DATE: &str = "date";
pub(crate) const DATE_TIME: &str = "dateTime";
pub(crate) const PHONE_NUMBER: &str = "phoneNumber";
pub(crate) const COLLECTION: &str = "stringCollection";
/// The values of a boolean parameter.
pub(crate) const TRUTH: &[&str] = &["true", "false"];

/// An operand that a transformation must list.
pub(crate) const fn claim(name: &'static str, types: &'static str) -> Operand {
    Operand { name, types, required: true }
}

/// An operand that a transformation may list.
pub(crate) const fn maybe(name: &'static str, types: &'static str) -> Operand {
    Operand { name, types, required: false }
}

/// A parameter that a transformation may list.
pub(crate) const fn param(name: &'static str, types: &'static str) -> Parameter {
    Parameter { name, types, required: false, values: &[], is_key: false }
}

impl Parameter {
    /// Makes the parameter mandatory.
    pub(crate) const fn needed(self) -> Self {
        Self { required: true, ..self }
    }

    /// Restricts the parameter to these values.
    pub(crate) const fn one_of(self, values: &'static [&'static str]) -> Self {
        Self { values, ..self }
    }

    /// Marks the parameter as the name of a key container.
    pub(crate) const fn key(self) -> Self {
        Self { is_key: true, ..self }
    }
}

/// Rows from a short form: `Method [inputs] [parameters] => [outputs], function;`.
macro_rules! rows {
    ($page:expr; $($name:ident [$($input:expr),*] [$($param:expr),*] => [$($output:expr),*], $run:path;)*) => {
        &[$($crate::claims::transform::table::Row {
            name: stringify!($name),
            page: $page,
            inputs: &[$($input),*],
            params: &[$($param),*],
            outputs: &[$($output),*],
            run: $run,
        }),*]
    };
}
pub(super) use rows;

impl Row {
    /// The URL of the method's section in Microsoft's reference.
    #[cfg_attr(not(test), expect(dead_code, reason = "read by the generated document"))]
    pub(crate) fn url(&self) -> Option<String> {
        Some(format!("{}{}#{}", Page::ROOT, self.page.name()?, self.name.to_ascii_lowercase()))
    }

    /// The input claim of this name, if the method takes one.
    pub(crate) fn input(&self, name: &str) -> Option<&'static Operand> {
        named(self.inputs, name, |operand| operand.name)
    }

    /// The output claim of this name, if the method yields one.
    pub(crate) fn output(&self, name: &str) -> Option<&'static Operand> {
        named(self.outputs, name, |operand| operand.name)
    }

    /// The parameter of this id, if the method takes one.
    pub(crate) fn parameter(&self, id: &str) -> Option<&'static Parameter> {
        named(self.params, id, |parameter| parameter.name)
    }

    /// The parameter that names a key container, if the method takes one.
    pub(crate) fn key(&self) -> Option<&'static Parameter> {
        self.params.iter().find(|parameter| parameter.is_key)
    }
}

/// The entry of exactly this name, ignoring letter case, or else the entry that matches any name.
fn named<T>(entries: &'static [T], name: &str, of: fn(&T) -> &'static str) -> Option<&'static T> {
    let exact = entries.iter().find(|entry| of(entry).eq_ignore_ascii_case(name));
    exact.or_else(|| entries.iter().find(|entry| of(entry) == ANY))
}
