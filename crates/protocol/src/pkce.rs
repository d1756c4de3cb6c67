//! Proof Key for Code Exchange (RFC 7636).

use crate::digest::{constant_time_eq, sha256_base64url};

/// How a challenge is derived from the verifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `S256`
    S256,
    /// `plain`: the challenge is the verifier. Rejected unless an application allows it.
    Plain,
}

/// The `S256` challenge of a verifier.
#[must_use]
pub fn challenge(verifier: &str) -> String {
    sha256_base64url(verifier.as_bytes())
}

/// Returns true if `text` is a well-formed verifier, or a well-formed `plain` challenge: 43 to 128 unreserved
/// characters (RFC 7636 section 4.1).
#[must_use]
pub fn well_formed(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'))
}

/// Returns true if `verifier` matches the challenge.
#[must_use]
pub fn verify(method: Method, challenge_sent: &str, verifier: &str) -> bool {
    well_formed(verifier)
        && match method {
            Method::S256 => constant_time_eq(challenge_sent, &challenge(verifier)),
            Method::Plain => constant_time_eq(challenge_sent, verifier),
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_7636_appendix_b() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(challenge(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert!(verify(Method::S256, &challenge(verifier), verifier));
        assert!(!verify(Method::S256, &challenge(verifier), &verifier.to_lowercase()));
    }

    #[test]
    fn requirement_6_short_verifiers_and_odd_characters_are_refused() {
        assert!(!verify(Method::Plain, "short", "short"));
        let odd = format!("{}!", "a".repeat(43));
        assert!(!verify(Method::Plain, &odd, &odd));
    }
}
