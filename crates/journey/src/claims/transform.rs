//! Claims transformations: a table of methods, one file for each page of Microsoft's reference
//! (<https://learn.microsoft.com/azure/active-directory-b2c/claimstransformations#claims-transformations-reference>).
//! To add a method, add a row. `docs/claims-transformations.md` is generated from the table.

mod boolean;
mod collection;
mod date;
#[cfg(test)]
mod document;
#[cfg(test)]
mod examples;
mod general;
mod integer;
mod json;
mod phone_number;
mod string;
pub(crate) mod table;

use super::value::Value;
use crate::Secret;
use crate::policy::model::InputParameter;
use std::fmt::Display;
pub(crate) use table::Row;

/// One call of a method.
pub(crate) struct Call<'a> {
    /// Each input's transformation claim type as written, with the claim's value, in the policy's order.
    pub(crate) inputs: Vec<(&'a str, Option<&'a Value>)>,
    /// The parameters in the policy's order, with expressions filled in.
    pub(crate) params: &'a [InputParameter],
    /// Transformation claim types of the output claims, as written.
    pub(crate) outputs: Vec<&'a str>,
    /// The secret of the key container that a parameter names, if the method has such a parameter.
    pub(crate) secret: Option<&'a Secret>,
    /// Milliseconds since the epoch.
    pub(crate) now: i64,
    /// Random bytes, drawn before the call.
    pub(crate) random: [u8; 32],
}

/// The outputs of a method, by transformation claim type in any case. `None` clears the claim.
pub(crate) type Yield = Vec<(String, Option<Value>)>;

/// The reason why a method fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// An assertion failed. Holds the string id of the message for the user
    /// (<https://learn.microsoft.com/azure/active-directory-b2c/localization-string-ids#claims-transformations-error-messages>).
    Denied(&'static str),
    /// The inputs break the method's rules. B2C throws an exception; here the journey ends with `server_error`.
    Broken(String),
}

impl Fault {
    fn broken(cause: impl Into<String>) -> Self {
        Self::Broken(cause.into())
    }

    fn no_value(kind: impl Display) -> Self {
        Self::Broken(format!("{kind} has no value"))
    }
}

/// All methods, by page.
const PAGES: &[&[Row]] = &[
    boolean::METHODS,
    date::METHODS,
    general::METHODS,
    integer::METHODS,
    integer::OURS,
    json::METHODS,
    phone_number::METHODS,
    string::METHODS,
    collection::METHODS,
];

/// Methods of the policy language that this engine does not support.
pub(crate) const FOREIGN: &[&str] = &[
    "AddItemToAlternativeSecurityIdCollection",
    "AddItemToUserIdentityCollection",
    "ConvertStringToPhoneNumberClaim",
    "CopyClaimIfPredicateMatch",
    "CreateAlternativeSecurityId",
    "CreateUserIdentity",
    "FormatLocalizedString",
    "GetAgeGroupConsentProvidedAndRequiresConsent",
    "GetIdentityProvidersFromAlternativeSecurityIdCollectionTransformation",
    "GetIssuersFromUserIdentityCollectionTransformation",
    "GetLocalizedStringsTransformation",
    "GetMappedValueFromLocalizedCollection",
    "GetNationalNumberAndCountryCodeFromPhoneNumberString",
    "GuidAndRandomGenerator",
    "RemoveAlternativeSecurityIdByIdentityProvider",
    "RemoveUserIdentityFromCollectionByIssuer",
    "XmlStringToJsonString",
];

/// All methods.
pub(crate) fn methods() -> impl Iterator<Item = &'static Row> {
    PAGES.iter().flat_map(|rows| rows.iter())
}

/// The method of this name, ignoring letter case.
pub(crate) fn method(name: &str) -> Option<&'static Row> {
    methods().find(|row| row.name.eq_ignore_ascii_case(name))
}

impl<'a> Call<'a> {
    fn input(&self, kind: &str) -> Option<&'a Value> {
        self.inputs.iter().find(|(known, _)| known.eq_ignore_ascii_case(kind)).and_then(|(_, value)| *value)
    }

    /// The input as text; empty when it has no value.
    fn text(&self, kind: &str) -> String {
        self.input(kind).map(Value::text).unwrap_or_default()
    }

    fn bool(&self, kind: &str) -> Option<bool> {
        match self.input(kind)? {
            Value::Bool(yes) => Some(*yes),
            other => super::value::truth(&other.text()),
        }
    }

    fn list(&self, kind: &str) -> Vec<String> {
        match self.input(kind) {
            None => Vec::new(),
            Some(Value::List(items)) => items.clone(),
            Some(other) => vec![other.text()],
        }
    }

    /// A parameter, if the transformation lists it.
    fn given(&self, id: &str) -> Option<&'a str> {
        self.params.iter().find(|param| param.id.eq_ignore_ascii_case(id)).map(|param| param.value.as_str())
    }

    /// A parameter; empty when the transformation does not list it.
    fn param(&self, id: &str) -> &'a str {
        self.given(id).unwrap_or_default()
    }

    /// A boolean parameter; none when it is missing.
    fn flag(&self, id: &str) -> Option<bool> {
        super::value::truth(self.param(id))
    }

    /// A parameter that is a whole number; none when it is missing.
    fn number(&self, id: &str) -> Result<Option<i64>, Fault> {
        let Some(text) = self.given(id).map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| Fault::broken(format!("{id} is no whole number")))
    }

    /// Compares texts, ignoring letter case if a parameter asks for that.
    fn same(&self, a: &str, b: &str) -> bool {
        let loose = self.flag("ignoreCase") == Some(true)
            || self.param("stringComparison").eq_ignore_ascii_case("OrdinalIgnoreCase");
        a == b || (loose && a.to_lowercase() == b.to_lowercase())
    }
}

/// One output.
fn one(kind: &str, value: impl Into<Option<Value>>) -> Result<Yield, Fault> {
    Ok(vec![(kind.to_owned(), value.into())])
}

/// No output: the output claims keep their values.
fn nothing() -> Result<Yield, Fault> {
    Ok(Vec::new())
}
