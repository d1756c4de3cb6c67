//! The names of local accounts, in the one form under which each is unique. What is a name at all says
//! [`vestibule_journey::claims::name`].

use vestibule_journey::claims::name;
use vestibule_store::IdentityKind;

/// A name of a local account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalName {
    /// E-mail address or user name.
    pub kind: IdentityKind,
    /// The canonical form, by which it is found.
    pub key: String,
    /// As it was typed, letter case included; for an address also where mail goes.
    pub typed: String,
}

/// An e-mail address; none if it is not one that can have an account.
#[must_use]
pub fn email(text: &str) -> Option<LocalName> {
    let typed = name::email(text)?;
    Some(LocalName { kind: IdentityKind::EmailAddress, key: typed.to_ascii_lowercase(), typed })
}

/// A user name; none if it is not one.
#[must_use]
pub fn user_name(text: &str) -> Option<LocalName> {
    let typed = name::user_name(text)?;
    Some(LocalName { kind: IdentityKind::UserName, key: typed.to_ascii_lowercase(), typed: typed.to_owned() })
}

/// Either of the two: an address has an `@`.
#[must_use]
pub fn sign_in_name(text: &str) -> Option<LocalName> {
    if text.contains(['@', '＠', '﹫']) { email(text) } else { user_name(text) }
}
