//! Sign-in names and e-mail addresses: the same rules for pages, verification codes, journeys and the directory.
//!
//! An e-mail address is trimmed and normalized to Unicode NFKC; the part before the `@` is ASCII (RFC 5321 section
//! 4.1.2, dot-string), the domain is in the form of IDNA (UTS 46), and the whole has at most 254 characters.
//! Look-alike letters therefore never lead to another user's account: addresses that NFKC makes equal are the same
//! mailbox, and any other address is a different name or is rejected.

use unicode_normalization::UnicodeNormalization as _;
use url::Host;

/// Longest e-mail address, in bytes (RFC 5321 section 4.5.3.1.3, without the brackets).
pub const EMAIL_MAX: usize = 254;
/// Longest user name, in characters.
pub const USER_NAME_MAX: usize = 64;
/// Longest part before the `@`, in bytes (RFC 5321 section 4.5.3.1.1).
const LOCAL_PART_MAX: usize = 64;
/// Longest domain and longest part of it, in bytes (RFC 1035 section 2.3.4, without the root).
const DOMAIN_MAX: usize = 253;
const LABEL_MAX: usize = 63;

/// Returns the address that mail is sent to, in the letter case typed, or `None` if no mailbox can have this address.
/// Only a verification code can prove that the mailbox exists.
#[must_use]
pub fn email(text: &str) -> Option<String> {
    let text = normal(text)?;
    let (local, domain) = text.rsplit_once('@')?;
    if !is_local_part(local) {
        return None;
    }
    let address = format!("{local}@{}", ascii_domain(domain)?);
    (address.len() <= EMAIL_MAX).then_some(address)
}

/// Returns a user name, in the letter case typed, or `None` if no account can have this name. A user name consists of
/// letters, digits, `_` and `-`, begins with a letter or digit, and has at most 64 characters (the pattern of
/// Microsoft's starter pack).
#[must_use]
pub fn user_name(text: &str) -> Option<&str> {
    let typed = text.trim();
    let starts = typed.starts_with(|c: char| c.is_ascii_alphanumeric());
    let allowed = typed.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    (starts && allowed && typed.len() <= USER_NAME_MAX).then_some(typed)
}

fn normal(text: &str) -> Option<String> {
    // NFKC can make a character up to eighteen times as long.
    if text.len() > 4 * EMAIL_MAX {
        return None;
    }
    Some(text.trim().nfkc().collect::<String>().trim().to_owned())
}

fn is_local_part(local: &str) -> bool {
    let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    local.len() <= LOCAL_PART_MAX && local.split('.').all(|part| !part.is_empty() && part.chars().all(atom))
}

fn ascii_domain(domain: &str) -> Option<String> {
    let plain = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    if !domain.chars().all(plain) {
        return None;
    }
    let Ok(Host::Domain(ascii)) = Host::parse(domain) else { return None };
    let label = |l: &str| !l.is_empty() && l.len() <= LABEL_MAX && !l.starts_with('-') && !l.ends_with('-');
    (ascii.len() <= DOMAIN_MAX && ascii.split('.').all(label)).then_some(ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text typed and the address it stands for. The tests of pages, journeys, directory and mail share this
    /// table.
    #[derive(serde::Deserialize)]
    struct Address {
        typed: String,
        address: Option<String>,
    }

    #[derive(serde::Deserialize)]
    struct UserNames {
        names: Vec<String>,
        others: Vec<String>,
    }

    #[test]
    fn an_address_is_one_that_mail_can_go_to() {
        let table: Vec<Address> =
            serde_json::from_str(include_str!("../../tests/values/addresses.json")).expect("the table");
        for Address { typed, address } in table {
            assert_eq!(email(&typed), address, "{typed:?}");
        }
        assert_eq!(email(&"a".repeat(1_000_000)), None);
    }

    #[test]
    fn the_pattern_of_the_built_in_user_flows_and_the_rule_for_user_names_agree() {
        let policy = include_str!("../../policies/Username.xml");
        let from = policy.split("RegularExpression=\"").nth(1).and_then(|rest| rest.split('"').next());
        let pattern = crate::claims::pattern::Pattern::new(from.expect("a pattern")).expect("it compiles");
        let UserNames { names, others } =
            serde_json::from_str(include_str!("../../tests/values/user_names.json")).expect("the table");
        for name in &names {
            assert!(user_name(name).is_some() && pattern.is_match(name), "{name}");
        }
        for other in &others {
            assert!(user_name(other).is_none() && !pattern.is_match(other), "{other}");
        }
    }
}
