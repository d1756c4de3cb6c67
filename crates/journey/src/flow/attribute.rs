//! The attributes that a flow may collect and return: built-in ones, custom ones, and the portal's claim names.

use super::{Attribute, CustomAttribute, FlowSettings};

/// A built-in attribute: its name, and its claim in tokens (docs/b2c.md, "Claims in tokens").
const ATTRIBUTES: &[(&str, &str)] = &[
    ("displayName", "name"),
    ("givenName", "given_name"),
    ("surname", "family_name"),
    ("jobTitle", "jobTitle"),
    ("streetAddress", "streetAddress"),
    ("city", "city"),
    ("state", "state"),
    ("postalCode", "postalCode"),
    ("country", "country"),
];

/// Claims that users do not enter: portal name and claim in tokens.
const FOUND: &[(&str, &str)] =
    &[("emails", "emails"), ("objectId", "oid"), ("newUser", "newUser"), ("identityProvider", "idp")];

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DataType {
    Text,
    Boolean,
    Int,
    Date,
}

impl DataType {
    /// The word of the policy language.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Boolean => "boolean",
            Self::Int => "int",
            Self::Date => "date",
        }
    }
}

/// An attribute that exists.
#[derive(Clone, Debug)]
pub(super) struct Known<'a> {
    /// Claim id: `city`, `extension_Team`.
    pub(super) id: String,
    /// The custom attribute, if it is one.
    pub(super) custom: Option<&'a CustomAttribute>,
}

impl Known<'_> {
    pub(super) fn data_type(&self) -> DataType {
        match self.custom.map(|custom| custom.data_type.as_str()) {
            Some("Boolean") => DataType::Boolean,
            Some("Int") => DataType::Int,
            _ => DataType::Text,
        }
    }
}

/// The attribute of this name: built in, `extension_Team`, or `Team`.
pub(super) fn find<'a>(name: &str, custom: &'a [CustomAttribute]) -> Option<Known<'a>> {
    if let Some((id, _)) = ATTRIBUTES.iter().find(|(id, _)| *id == name) {
        return Some(Known { id: (*id).to_owned(), custom: None });
    }
    let own = name.strip_prefix("extension_").unwrap_or(name);
    let found = custom.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(own))?;
    Some(Known { id: format!("extension_{}", found.name), custom: Some(found) })
}

/// A claim that a flow returns.
pub(super) struct Returned<'a> {
    /// Claim id in the policy.
    pub(super) id: String,
    /// Name in tokens.
    pub(super) partner: String,
    /// The attribute, if it is a custom one.
    pub(super) custom: Option<Known<'a>>,
}

/// The claim of this portal name.
pub(super) fn returned<'a>(name: &str, custom: &'a [CustomAttribute]) -> Option<Returned<'a>> {
    let fixed = ATTRIBUTES.iter().chain(FOUND).find(|(id, _)| *id == name);
    if let Some((id, partner)) = fixed {
        return Some(Returned { id: (*id).to_owned(), partner: (*partner).to_owned(), custom: None });
    }
    let known = find(name, custom)?;
    Some(Returned { id: known.id.clone(), partner: known.id.clone(), custom: Some(known) })
}

/// Claims that the settings return; those that do not exist are left out.
pub(super) fn all_returned<'a>(settings: &FlowSettings, custom: &'a [CustomAttribute]) -> Vec<Returned<'a>> {
    settings.claims.iter().filter_map(|name| returned(name, custom)).collect()
}

/// The attributes to collect, each with its settings.
pub(super) fn all_collected<'a>(
    settings: &'a FlowSettings,
    custom: &'a [CustomAttribute],
) -> Vec<(&'a Attribute, Known<'a>)> {
    settings.attributes.iter().filter_map(|asked| Some((asked, find(&asked.name, custom)?))).collect()
}

/// The input type (`UserInputType`).
pub(super) fn input(asked: &Attribute, data_type: DataType) -> &str {
    match &asked.input {
        Some(input) => input,
        None if data_type == DataType::Boolean => "RadioSingleSelect",
        None if asked.options.is_empty() => "TextBox",
        None => "DropdownSingleSelect",
    }
}

/// The data type that the page returns for the value.
pub(super) fn asked_type(asked: &Attribute, known: &Known<'_>) -> DataType {
    match asked.input.as_deref() {
        Some("DateTimeDropdown") => DataType::Date,
        _ => known.data_type(),
    }
}

/// The nearest known name, as `; did you mean …?`.
pub(super) fn suggestion(name: &str, custom: &[CustomAttribute], claims: bool) -> String {
    let found = if claims { FOUND } else { &[] };
    let own = custom.iter().map(|attribute| format!("extension_{}", attribute.name));
    let names = ATTRIBUTES.iter().chain(found).map(|(id, _)| (*id).to_owned()).chain(own);
    let near = |known: &String| strsim::jaro_winkler(&known.to_lowercase(), &name.to_lowercase());
    let best = names.map(|known| (near(&known), known)).filter(|(score, _)| *score > 0.8);
    let best = best.max_by(|(a, _), (b, _)| a.total_cmp(b));
    best.map(|(_, known)| format!("; did you mean {known}?")).unwrap_or_default()
}

/// An attribute or claim that a user flow may be set to collect or to return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its name in a flow's settings.
    pub name: String,
    /// Its name for people, in the words of the Azure portal.
    pub label: String,
    /// True if people can be asked for it.
    pub can_collect: bool,
}

/// Names for people of the built-in attributes and claims, as the Azure portal has them
/// (<https://learn.microsoft.com/azure/active-directory-b2c/user-profile-attributes>).
const LABELS: &[(&str, &str)] = &[
    ("city", "City"),
    ("country", "Country/Region"),
    ("displayName", "Display Name"),
    ("emails", "Email Addresses"),
    ("givenName", "Given Name"),
    ("identityProvider", "Identity Provider"),
    ("jobTitle", "Job Title"),
    ("postalCode", "Postal Code"),
    ("state", "State/Province"),
    ("streetAddress", "Street Address"),
    ("surname", "Surname"),
    ("newUser", "User is new"),
    ("objectId", "User's Object ID"),
];

/// Everything that a flow of a tenant with these custom attributes may be set to collect or to return: the built-in ones
/// in alphabetical order, then the tenant's own.
#[must_use]
pub fn choices(custom: &[CustomAttribute]) -> Vec<Choice> {
    let built_in = LABELS.iter().map(|(name, label)| Choice {
        name: (*name).to_owned(),
        label: (*label).to_owned(),
        can_collect: ATTRIBUTES.iter().any(|(known, _)| known == name),
    });
    let own = custom.iter().map(|attribute| Choice {
        name: format!("extension_{}", attribute.name),
        label: attribute.name.clone(),
        can_collect: true,
    });
    built_in.chain(own).collect()
}
