//! The names by which people sign in, in the one form under which each is unique.
//!
//! An e-mail address: trimmed, Unicode NFKC, the part before the `@` ASCII (RFC 5321 section 4.1.2, dot-string), the
//! domain as IDNA writes it (UTS 46), at most 254 characters. Letters that merely look like others therefore never
//! lead to another's account: what NFKC makes equal is the same mailbox, anything else is another name or refused.

use unicode_normalization::UnicodeNormalization as _;
use url::Host;
use vestibule_store::IdentityKind;

/// Longest e-mail address (RFC 5321 section 4.5.3.1.3, without the brackets).
pub const EMAIL_MAX: usize = 254;
/// Longest user name (contract 4.7).
pub const USER_NAME_MAX: usize = 64;

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
    let text = normal(text)?;
    let (local, domain) = text.rsplit_once('@')?;
    if !is_local_part(local) {
        return None;
    }
    let domain = ascii_domain(domain)?;
    let typed = format!("{local}@{domain}");
    (typed.len() <= EMAIL_MAX).then(|| LocalName {
        kind: IdentityKind::EmailAddress,
        key: typed.to_ascii_lowercase(),
        typed,
    })
}

/// A user name: letters, digits, `_` and `-`, beginning with a letter or digit (contract 4.7); none if it is not one.
#[must_use]
pub fn user_name(text: &str) -> Option<LocalName> {
    let typed = text.trim();
    let starts = typed.starts_with(|c: char| c.is_ascii_alphanumeric());
    let allowed = typed.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    (starts && allowed && typed.len() <= USER_NAME_MAX).then(|| LocalName {
        kind: IdentityKind::UserName,
        key: typed.to_ascii_lowercase(),
        typed: typed.to_owned(),
    })
}

/// Either of the two, told apart by the `@`.
#[must_use]
pub fn sign_in_name(text: &str) -> Option<LocalName> {
    if text.contains(['@', '＠', '﹫']) { email(text) } else { user_name(text) }
}

fn normal(text: &str) -> Option<String> {
    // NFKC can make a character eighteen times as long.
    if text.len() > 4 * EMAIL_MAX {
        return None;
    }
    Some(text.trim().nfkc().collect::<String>().trim().to_owned())
}

fn is_local_part(local: &str) -> bool {
    let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    local.len() <= 64 && local.split('.').all(|part| !part.is_empty() && part.chars().all(atom))
}

fn ascii_domain(domain: &str) -> Option<String> {
    let plain = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    if !domain.chars().all(plain) {
        return None;
    }
    let Ok(Host::Domain(ascii)) = Host::parse(domain) else { return None };
    let label = |l: &str| !l.is_empty() && l.len() <= 63 && !l.starts_with('-') && !l.ends_with('-');
    (ascii.len() <= 253 && ascii.split('.').all(label)).then_some(ascii)
}
