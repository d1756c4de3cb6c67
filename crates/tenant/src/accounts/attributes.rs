//! The attributes of a user: their names, types and limits (docs/b2c.md, "Users" and "Limits"), in one table.

use super::UserError;
use super::identity::{self, LocalName};
use std::borrow::Cow;
use std::collections::BTreeMap;
use unicode_normalization::UnicodeNormalization as _;
use vestibule_journey::Attributes;
use vestibule_journey::claims::value::Value;
use vestibule_journey::flow::CustomAttribute;
use zeroize::Zeroizing;

/// Maximum number of custom attributes per user (docs/b2c.md, "Limits").
pub(super) const EXTENSIONS_MAX: usize = 100;
/// Maximum number of characters of a custom attribute (docs/b2c.md, "Attributes").
const CUSTOM_CHARS_MAX: usize = 250;
/// Maximum number of entries of a list.
const LIST_MAX: usize = 100;
/// Maximum length of a password in bytes, before normalisation.
pub(super) const PASSWORD_BYTES_MAX: usize = 1024;
/// Maximum number of characters of a password.
pub(super) const PASSWORD_CHARS_MAX: usize = 256;

const INVALID: &str = "UserMessageIfInvalidInput";

/// The type of an attribute.
#[derive(Clone, Copy)]
enum Shape {
    /// One line with this maximum number of characters.
    Line(usize),
    /// The same, without `<` and `>`.
    Name(usize),
    /// Several lines with this maximum number of characters.
    Lines(usize),
    /// An e-mail address.
    Email,
    /// E-mail addresses.
    Emails,
    /// A custom attribute of type `Boolean`.
    Boolean,
    /// A custom attribute of type `Int`: 32 bits.
    Int,
    /// Any value, for an attribute that the tenant does not declare; texts have this maximum length.
    Any(usize),
}

/// Attributes that are stored as given.
const STORED: [(&str, Shape); 27] = [
    ("displayName", Shape::Name(256)),
    ("givenName", Shape::Name(64)),
    ("surname", Shape::Name(64)),
    ("city", Shape::Line(128)),
    ("country", Shape::Line(128)),
    ("state", Shape::Line(128)),
    ("jobTitle", Shape::Line(128)),
    ("officeLocation", Shape::Line(128)),
    ("physicalDeliveryOfficeName", Shape::Line(128)),
    ("companyName", Shape::Line(64)),
    ("department", Shape::Line(64)),
    ("employeeId", Shape::Line(64)),
    ("mailNickname", Shape::Line(64)),
    ("mobile", Shape::Line(64)),
    ("telephoneNumber", Shape::Line(64)),
    ("facsimileTelephoneNumber", Shape::Line(64)),
    ("streetAddress", Shape::Lines(1024)),
    ("postalCode", Shape::Line(40)),
    ("preferredLanguage", Shape::Line(35)),
    ("usageLocation", Shape::Line(16)),
    ("ageGroup", Shape::Line(32)),
    ("consentProvidedForMinor", Shape::Line(32)),
    ("legalAgeGroupClassification", Shape::Line(64)),
    ("passwordPolicies", Shape::Line(128)),
    ("mail", Shape::Email),
    ("otherMails", Shape::Emails),
    ("strongAuthenticationEmailAddress", Shape::Email),
];

/// Attributes that policies write but that have no effect here.
const INERT: [&str; 5] = ["tenantId", "identityProvider", "authenticationSource", "creationType", "userType"];

/// Attributes that only the directory sets.
const IMMUTABLE: [&str; 4] = ["objectId", "userPrincipalName", "createdDateTime", "emails"];

/// Where an attribute's value goes.
enum Target {
    Immutable,
    Inert,
    Email,
    UserName,
    EitherName,
    Password,
    ForceChange,
    Enabled,
    ValidFrom,
    Stored(Cow<'static, str>, Shape),
}

fn target(name: &str, custom: &[CustomAttribute]) -> Option<Target> {
    let is = |other: &&str| other.eq_ignore_ascii_case(name);
    if let Some((name, shape)) = STORED.iter().find(|(other, _)| is(other)) {
        return Some(Target::Stored(Cow::Borrowed(name), *shape));
    }
    if INERT.iter().any(&is) {
        return Some(Target::Inert);
    }
    if IMMUTABLE.iter().any(&is) {
        return Some(Target::Immutable);
    }
    Some(match name.to_ascii_lowercase().as_str() {
        "signinnames.emailaddress" => Target::Email,
        "signinnames.username" => Target::UserName,
        "signinnames" => Target::EitherName,
        "password" => Target::Password,
        "forcechangepasswordnextsignin" => Target::ForceChange,
        "accountenabled" => Target::Enabled,
        "refreshtokensvalidfromdatetime" | "signinsessionsvalidfromdatetime" => Target::ValidFrom,
        _ => {
            let name = extension(name)?;
            let shape = shape_of(&name, custom);
            Target::Stored(Cow::Owned(name), shape)
        }
    })
}

/// The type of a custom attribute, as the tenant declares it.
fn shape_of(name: &str, custom: &[CustomAttribute]) -> Shape {
    let own = name.strip_prefix("extension_").unwrap_or(name);
    let declared = custom.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(own));
    match declared.map(|attribute| attribute.data_type.as_str()) {
        Some("Boolean") => Shape::Boolean,
        Some("Int") => Shape::Int,
        Some(_) => Shape::Lines(CUSTOM_CHARS_MAX),
        None => Shape::Any(CUSTOM_CHARS_MAX),
    }
}

/// Returns `extension_Name`, also if the name contains the id of the extensions app (`extension_{32 digits}_Name`).
fn extension(name: &str) -> Option<String> {
    let rest = name.get(..10).filter(|p| p.eq_ignore_ascii_case("extension_")).map(|_| &name[10..])?;
    let own = match rest.split_once('_') {
        Some((app, own)) if app.len() == 32 && app.bytes().all(|b| b.is_ascii_hexdigit()) => own,
        _ => rest,
    };
    let allowed = own.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    (!own.is_empty() && own.len() <= 100 && allowed).then(|| format!("extension_{own}"))
}

/// The changes that a write makes.
#[derive(Default)]
pub(crate) struct Changes {
    /// Stored attributes; `None` clears one.
    pub(crate) stored: BTreeMap<String, Option<Value>>,
    /// The new e-mail address; `Some(None)` removes it.
    pub(crate) email: Option<Option<LocalName>>,
    /// The new user name; `Some(None)` removes it.
    pub(crate) user_name: Option<Option<LocalName>>,
    /// A new password, in NFC.
    pub(crate) password: Option<Zeroizing<String>>,
    /// When the new password expires, in milliseconds since the epoch; `None` if it does not.
    pub(crate) password_expires_at: Option<i64>,
    /// True if it must be changed at the next sign-in.
    pub(crate) force_change: Option<bool>,
    /// True if the user may sign in.
    pub(crate) enabled: Option<bool>,
    /// True if the existing sessions and grants end.
    pub(crate) end_sessions: bool,
}

impl Changes {
    /// Returns true if the existing sessions and grants end: because of a new password, because the account is blocked,
    /// or because the change asks for it.
    pub(super) fn ends_sessions(&self) -> bool {
        self.end_sessions || self.password.is_some() || self.enabled == Some(false)
    }

    /// Reads the values to write. An empty text clears an attribute. `custom` are the tenant's custom attributes: a
    /// value of the wrong type is an error.
    pub(crate) fn read(attributes: &Attributes, custom: &[CustomAttribute]) -> Result<Self, UserError> {
        let mut changes = Self::default();
        for (name, value) in attributes {
            changes.add(name, value, custom)?;
        }
        Ok(changes)
    }

    fn add(&mut self, name: &str, value: &Value, custom: &[CustomAttribute]) -> Result<(), UserError> {
        match writable(name, custom)? {
            Target::Immutable | Target::Inert => {}
            Target::Email => self.email = Some(named(name, value, identity::email)?),
            Target::UserName => self.user_name = Some(named(name, value, identity::user_name)?),
            Target::EitherName if value.text().contains('@') => {
                self.email = Some(named(name, value, identity::email)?);
            }
            Target::EitherName => self.user_name = Some(named(name, value, identity::user_name)?),
            Target::Password => self.password = Some(password(value)?),
            Target::ForceChange => self.force_change = Some(flag(name, value)?),
            Target::Enabled => self.enabled = Some(flag(name, value)?),
            Target::ValidFrom => self.end_sessions = true,
            Target::Stored(name, shape) => {
                let value = shaped(&name, shape, value)?;
                self.stored.insert(name.into_owned(), value);
            }
        }
        Ok(())
    }

    /// Reads the names of attributes to clear.
    pub(crate) fn clear(names: &[String]) -> Result<Self, UserError> {
        let mut changes = Self::default();
        for name in names {
            match writable(name, &[])? {
                Target::Inert => {}
                Target::Email => changes.email = Some(None),
                Target::UserName => changes.user_name = Some(None),
                Target::ForceChange => changes.force_change = Some(false),
                Target::Stored(name, _) if name != "displayName" => {
                    changes.stored.insert(name.into_owned(), None);
                }
                _ => return Err(UserError::Unsupported(format!("the attribute {name} of a user cannot be deleted"))),
            }
        }
        Ok(changes)
    }
}

/// Finds where the value is stored. Policies write `objectId` together with their changes, so attributes that only the
/// directory sets are accepted but never changed.
fn writable(name: &str, custom: &[CustomAttribute]) -> Result<Target, UserError> {
    target(name, custom).ok_or_else(|| {
        UserError::Unsupported(format!(
            "users have no attribute {name}: known are those of the directory and extension_ with a name"
        ))
    })
}

fn refused(name: &str) -> UserError {
    UserError::Refused { message: INVALID, attribute: name.to_owned() }
}

fn named(name: &str, value: &Value, parse: impl Fn(&str) -> Option<LocalName>) -> Result<Option<LocalName>, UserError> {
    let text = value.text();
    if text.is_empty() {
        return Ok(None);
    }
    parse(&text).map(Some).ok_or_else(|| refused(name))
}

fn flag(name: &str, value: &Value) -> Result<bool, UserError> {
    match value {
        Value::Bool(flag) => Ok(*flag),
        other => match other.text().to_ascii_lowercase().as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(refused(name)),
        },
    }
}

/// A password in the form that is hashed: in NFC and not truncated.
fn password(value: &Value) -> Result<Zeroizing<String>, UserError> {
    let text = Zeroizing::new(value.text());
    let normal = (text.len() <= PASSWORD_BYTES_MAX).then(|| normal_password(&text));
    normal.filter(|p| !p.is_empty() && p.chars().count() <= PASSWORD_CHARS_MAX).ok_or_else(|| refused("password"))
}

/// Normalises to Unicode NFC (NIST SP 800-63B-4 section 3.1.1.2), so that every keyboard produces the same password.
pub(super) fn normal_password(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.nfc().collect())
}

fn shaped(name: &str, shape: Shape, value: &Value) -> Result<Option<Value>, UserError> {
    let checked = |max: usize, lines: bool, brackets: bool| {
        let Value::Text(text) = value else { return Err(of_another_type(name, "text", value)) };
        let text = text.trim().to_owned();
        let good = fits(&text, max, lines) && (brackets || !text.contains(['<', '>']));
        if good { Ok((!text.is_empty()).then_some(Value::Text(text))) } else { Err(refused(name)) }
    };
    match shape {
        Shape::Line(max) => checked(max, false, true),
        Shape::Name(max) => checked(max, false, false),
        Shape::Lines(max) => checked(max, true, true),
        Shape::Email => Ok(named(name, value, identity::email)?.map(|mail| Value::Text(mail.typed))),
        Shape::Emails => emails(name, value),
        Shape::Boolean => match value {
            Value::Bool(_) => Ok(Some(value.clone())),
            Value::Text(text) if text.is_empty() => Ok(None),
            _ => Err(of_another_type(name, "Boolean", value)),
        },
        Shape::Int => match value {
            Value::Int(number) if i32::try_from(*number).is_ok() => Ok(Some(value.clone())),
            Value::Text(text) if text.is_empty() => Ok(None),
            _ => Err(of_another_type(name, "Int", value)),
        },
        Shape::Any(max) => match value {
            Value::Text(_) => checked(max, true, true),
            Value::List(items) if items.len() > LIST_MAX || !items.iter().all(|i| fits(i, max, true)) => {
                Err(refused(name))
            }
            other => Ok(Some(other.clone())),
        },
    }
}

/// An error for a value of the wrong type. It is addressed to the administrator, since the mistake is in the policy.
fn of_another_type(name: &str, expected: &str, value: &Value) -> UserError {
    let found = match value {
        Value::Bool(_) => "a boolean",
        Value::Int(_) => "a number",
        Value::Text(_) => "text",
        Value::List(_) => "a list",
    };
    tracing::warn!(attribute = name, expected, found, "a value cannot be stored: the attribute has another type");
    refused(name)
}

fn emails(name: &str, value: &Value) -> Result<Option<Value>, UserError> {
    let texts = match value {
        Value::List(items) => items.clone(),
        other => vec![other.text()],
    };
    let texts: Vec<_> = texts.into_iter().filter(|text| !text.trim().is_empty()).collect();
    let addresses: Option<Vec<_>> = texts.iter().map(|text| identity::email(text).map(|mail| mail.typed)).collect();
    match addresses {
        Some(list) if list.is_empty() => Ok(None),
        Some(list) if list.len() <= LIST_MAX => Ok(Some(Value::List(list))),
        _ => Err(refused(name)),
    }
}

/// Why a text cannot be stored as this attribute: a phrase that follows the attribute's name. `None` if it can.
#[must_use]
pub fn refusal(name: &str, text: &str) -> Option<String> {
    let Some(Target::Stored(name, shape)) = target(name, &[]) else { return None };
    shaped(&name, shape, &Value::Text(text.to_owned())).err()?;
    Some(match (shape, text.chars().find(|c| !is_allowed(*c, shape))) {
        (Shape::Name(_), Some(c @ ('<' | '>'))) => {
            format!("may not have the character {c:?}: other programs show names, and may take it for markup")
        }
        (_, Some('\n' | '\r')) => "must be one line".to_owned(),
        (_, Some(c)) => format!("may not have the invisible character U+{:04X}", u32::from(c)),
        (_, None) => expectation(shape),
    })
}

/// The requirement for values of this attribute: a phrase that follows the attribute's name.
#[must_use]
pub fn expected(name: &str) -> String {
    match target(name, &[]) {
        Some(Target::Stored(_, shape)) => expectation(shape),
        Some(Target::ForceChange | Target::Enabled) => "must be true or false".to_owned(),
        Some(Target::Email | Target::EitherName) => expectation(Shape::Email),
        Some(Target::UserName) => "must begin with a letter or digit and go on with letters, digits, _ or -".to_owned(),
        Some(Target::Password) => format!("must have 1 to {PASSWORD_CHARS_MAX} characters"),
        _ => "is not an attribute that can be set".to_owned(),
    }
}

fn expectation(shape: Shape) -> String {
    match shape {
        Shape::Line(max) => format!("must have at most {max} characters, in one line"),
        Shape::Name(max) => format!("must have at most {max} characters, in one line, without < and >"),
        Shape::Lines(max) | Shape::Any(max) => format!("must have at most {max} characters"),
        Shape::Email => "must be an e-mail address such as ann@contoso.test".to_owned(),
        Shape::Emails => format!("must be at most {LIST_MAX} e-mail addresses such as ann@contoso.test"),
        Shape::Boolean => "must be true or false".to_owned(),
        Shape::Int => format!("must be a whole number from {} to {}", i32::MIN, i32::MAX),
    }
}

/// Returns true if a value of this shape may contain this character.
fn is_allowed(c: char, shape: Shape) -> bool {
    let lines = matches!(shape, Shape::Lines(_) | Shape::Any(_));
    let is_bracket = matches!(shape, Shape::Name(_)) && matches!(c, '<' | '>');
    !is_bracket && fits(&c.to_string(), 1, lines)
}

/// Returns true if a text is short enough and contains no control characters and none of Unicode's explicit directional
/// formatting characters, which can reverse text.
fn fits(text: &str, max: usize, lines: bool) -> bool {
    let allowed = |c: char| match c {
        '\n' | '\r' | '\t' => lines,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => false,
        c => !c.is_control(),
    };
    text.len() <= 4 * max && text.chars().count() <= max && text.chars().all(allowed)
}

#[cfg(test)]
mod agreement;
