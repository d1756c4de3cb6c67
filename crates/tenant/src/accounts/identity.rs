//! The names of local accounts, in the canonical form in which each is unique. [`vestibule_journey::claims::name`]
//! defines what a valid name is.

use vestibule_journey::claims::name;
use vestibule_store::IdentityKind;

/// A name of a local account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalName {
    /// E-mail address or user name.
    pub kind: IdentityKind,
    /// The canonical form, used for lookup.
    pub key: String,
    /// The name as typed, including letter case; for an address, also where mail is sent.
    pub typed: String,
}

/// Parses an e-mail address; `None` if it cannot belong to an account.
#[must_use]
pub fn email(text: &str) -> Option<LocalName> {
    let typed = name::email(text)?;
    Some(LocalName { kind: IdentityKind::EmailAddress, key: typed.to_ascii_lowercase(), typed })
}

/// Parses a user name; `None` if it is not valid.
#[must_use]
pub fn user_name(text: &str) -> Option<LocalName> {
    let typed = name::user_name(text)?;
    Some(LocalName { kind: IdentityKind::UserName, key: typed.to_ascii_lowercase(), typed: typed.to_owned() })
}

/// Parses either of the two: an address contains an `@`.
#[must_use]
pub fn sign_in_name(text: &str) -> Option<LocalName> {
    if text.contains(['@', '＠', '﹫']) { email(text) } else { user_name(text) }
}
