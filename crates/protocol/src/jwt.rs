//! JSON Web Tokens in the one form that this project signs and reads: compact JWS with RS256 (also PS256 and ES256 when
//! reading).
//!
//! The key determines the algorithm, and the header cannot choose another; `jwk`, `jku`, `x5u` and `x5c` are ignored
//! (RFC 8725).

use crate::digest::{base64url, from_base64url};
use crate::json::from_stranger;
use crate::keys::{KeyError, SigningKey, VerifyingKey};
use serde::Deserialize;
use serde_json::{Map, Value};

/// The maximum length of a token that is read, in bytes.
pub const MAX_TOKEN_BYTES: usize = 64 * 1024;

/// Signs `claims`, with a header that contains `typ` JWT, `alg` RS256 and `kid`.
///
/// # Errors
/// Fails if the key cannot sign.
pub fn sign(claims: &Map<String, Value>, key: &SigningKey) -> Result<String, KeyError> {
    let header = format!(r#"{{"alg":"RS256","kid":"{}","typ":"JWT"}}"#, key.kid());
    let payload = serde_json::to_vec(claims).map_err(|_| KeyError("the claims are no JSON"))?;
    let mut token = format!("{}.{}", base64url(header.as_bytes()), base64url(&payload));
    let signature = key.sign(token.as_bytes())?;
    token.push('.');
    token.push_str(&base64url(&signature));
    Ok(token)
}

/// Why a token was rejected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// It is not a compact JWS that contains JSON.
    #[error("the token is malformed")]
    Malformed,
    /// Its `crit` header contains an extension that is not supported.
    #[error("the token needs an extension that is not supported")]
    Critical,
    /// No known key has its `kid`. Fetch the key set again, once.
    #[error("the token's signing key {0:?} is not known")]
    UnknownKey(String),
    /// The algorithm in the header is not the key's.
    #[error("the token's algorithm {0:?} is not the key's")]
    Algorithm(String),
    /// The signature is wrong.
    #[error("the token's signature is wrong")]
    Signature,
}

/// The fields of a JWS header that are read.
#[derive(Clone, Debug, Deserialize)]
pub struct Header {
    /// Algorithm.
    pub alg: String,
    /// Key id; if it is missing, the key set must contain exactly one key.
    #[serde(default)]
    pub kid: Option<String>,
    /// Type.
    #[serde(default)]
    pub typ: Option<String>,
    /// SHA-1 of the signer's certificate, base64url (RFC 7515 section 4.1.7).
    #[serde(default)]
    pub x5t: Option<String>,
    /// SHA-256 of the signer's certificate, base64url (RFC 7515 section 4.1.8).
    #[serde(default, rename = "x5t#S256")]
    pub x5t_s256: Option<String>,
    /// Extensions that the reader must support; none are supported.
    #[serde(default)]
    pub crit: Option<Value>,
}

/// Verifies the signature of `token` with one of `keys`, and returns its claims. [`Expect::check`] checks issuer,
/// audience and lifetime.
///
/// # Errors
/// [`Invalid`], in the order of the checks.
pub fn verify(token: &str, keys: &[VerifyingKey]) -> Result<Map<String, Value>, Invalid> {
    let parts = split(token)?;
    if parts.header.crit.is_some() {
        return Err(Invalid::Critical);
    }
    let key = match &parts.header.kid {
        Some(kid) => keys.iter().find(|k| k.kid() == kid),
        None if keys.len() == 1 => keys.first(),
        None => None,
    };
    let key = key.ok_or_else(|| Invalid::UnknownKey(short(parts.header.kid.as_deref().unwrap_or_default())))?;
    if parts.header.alg != key.algorithm() {
        return Err(Invalid::Algorithm(short(&parts.header.alg)));
    }
    if !key.verify(parts.message.as_bytes(), &parts.signature) {
        return Err(Invalid::Signature);
    }
    Ok(parts.claims)
}

/// Untrusted text, truncated to a length that fits in a message.
fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

/// Verifies the signature of `token` with any of `keys`, ignoring `kid`. Each key is tried only if it supports the
/// algorithm in the header. For client assertions, whose signers have few keys.
///
/// # Errors
/// [`Invalid::Malformed`], [`Invalid::Critical`], [`Invalid::Algorithm`], [`Invalid::Signature`].
pub fn verify_by_any(token: &str, keys: &[&VerifyingKey]) -> Result<Map<String, Value>, Invalid> {
    let parts = split(token)?;
    if parts.header.crit.is_some() {
        return Err(Invalid::Critical);
    }
    let algorithm = parts.header.alg.as_str();
    let mut fitting = keys.iter().filter(|key| key.algorithms().contains(&algorithm)).peekable();
    if fitting.peek().is_none() {
        return Err(Invalid::Algorithm(short(&parts.header.alg)));
    }
    match fitting.any(|key| key.verify_as(algorithm, parts.message.as_bytes(), &parts.signature)) {
        true => Ok(parts.claims),
        false => Err(Invalid::Signature),
    }
}

/// The claims of `token` without any verification: only for uses that do not trust them, such as a hint in a log line
/// or a test.
///
/// # Errors
/// [`Invalid::Malformed`]
pub fn claims_unverified(token: &str) -> Result<Map<String, Value>, Invalid> {
    Ok(split(token)?.claims)
}

/// The header of `token`, unverified.
///
/// # Errors
/// [`Invalid::Malformed`]
pub fn header(token: &str) -> Result<Header, Invalid> {
    Ok(split(token)?.header)
}

struct Parts<'a> {
    header: Header,
    claims: Map<String, Value>,
    message: &'a str,
    signature: Vec<u8>,
}

fn split(token: &str) -> Result<Parts<'_>, Invalid> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(Invalid::Malformed);
    }
    let (message, signature) = token.rsplit_once('.').ok_or(Invalid::Malformed)?;
    let (header, payload) = message.split_once('.').ok_or(Invalid::Malformed)?;
    let decode = |text: &str| from_base64url(text).ok_or(Invalid::Malformed);
    Ok(Parts {
        header: from_stranger(&decode(header)?).map_err(|_| Invalid::Malformed)?,
        claims: from_stranger(&decode(payload)?).map_err(|_| Invalid::Malformed)?,
        message,
        signature: decode(signature)?,
    })
}

/// The expected claims of a verified token (OpenID Connect Core 3.1.3.7; docs/b2c.md, "Signing keys").
#[derive(Clone, Debug)]
pub struct Expect<'a> {
    /// Accepted issuers, compared byte for byte.
    pub issuers: &'a [String],
    /// Accepted audiences, at least one of which the token must contain.
    pub audiences: &'a [String],
    /// The current time, in seconds since the epoch.
    pub now: i64,
    /// Leeway for `exp` and `nbf`, in seconds.
    pub leeway: i64,
}

/// Why a verified token is not for us, or not valid now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// `iss` is a different issuer.
    #[error("the token's issuer {found:?} is not {expected:?}")]
    Issuer {
        /// The token's issuer.
        found: String,
        /// The accepted issuers.
        expected: String,
    },
    /// `aud` does not contain an accepted audience.
    #[error("the token is for {found:?}, not for {expected:?}")]
    Audience {
        /// The token's audiences.
        found: String,
        /// The accepted audiences.
        expected: String,
    },
    /// `exp` has passed or is missing.
    #[error("the token expired")]
    Expired,
    /// `nbf` is in the future.
    #[error("the token is not valid yet")]
    NotYet,
}

impl Expect<'_> {
    /// Checks issuer, audience and lifetime.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn check(&self, claims: &Map<String, Value>) -> Result<(), Unfit> {
        let issuer = claims.get("iss").and_then(Value::as_str).unwrap_or_default();
        if !self.issuers.iter().any(|i| i == issuer) {
            return Err(Unfit::Issuer { found: issuer.to_owned(), expected: self.issuers.join(" or ") });
        }
        let audiences = audiences(claims);
        if !audiences.iter().any(|a| self.audiences.iter().any(|b| a == b)) {
            return Err(Unfit::Audience { found: audiences.join(" "), expected: self.audiences.join(" or ") });
        }
        if seconds(claims, "exp").is_none_or(|exp| exp.saturating_add(self.leeway) <= self.now) {
            return Err(Unfit::Expired);
        }
        if seconds(claims, "nbf").is_some_and(|nbf| nbf.saturating_sub(self.leeway) > self.now) {
            return Err(Unfit::NotYet);
        }
        Ok(())
    }
}

/// The token's audiences: `aud` is a string or a list.
#[must_use]
pub fn audiences(claims: &Map<String, Value>) -> Vec<String> {
    match claims.get("aud") {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// A time claim in whole seconds; some providers write floats.
#[must_use]
pub fn seconds(claims: &Map<String, Value>, name: &str) -> Option<i64> {
    let value = claims.get(name)?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a time claim beyond i64 is clamped by the cast, which is fine"
    )]
    value.as_i64().or_else(|| value.as_f64().map(|f| f as i64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn claims(value: Value) -> Map<String, Value> {
        value.as_object().expect("an object").clone()
    }

    fn key() -> (SigningKey, Vec<VerifyingKey>) {
        let key = SigningKey::generate().expect("a key");
        let public = VerifyingKey::from_jwk(&key.jwk(0)).expect("its public half");
        (key, vec![public])
    }

    #[test]
    fn a_token_comes_back_as_signed_and_survives_storage_of_its_key() {
        let (key, public) = key();
        let again = SigningKey::from_pkcs8(&key.to_pkcs8().expect("encoded")).expect("decoded");
        let sent = claims(json!({"sub": "ann", "n": 1}));
        assert_eq!(verify(&sign(&sent, &again).expect("signed"), &public), Ok(sent));
    }

    #[test]
    fn row_37_no_forgery_passes() {
        let (key, public) = key();
        let good = sign(&claims(json!({"sub": "ann"})), &key).expect("signed");
        let [head, body, sig]: [&str; 3] = good.split('.').collect::<Vec<_>>().try_into().expect("three parts");
        let alter = |alg: &str| base64url(format!(r#"{{"alg":"{alg}","kid":"{}"}}"#, key.kid()).as_bytes());
        for alg in ["none", "None", "NONE", "nOnE", "HS256", "ES256", ""] {
            let forged = format!("{}.{body}.{sig}", alter(alg));
            assert_eq!(verify(&forged, &public), Err(Invalid::Algorithm(alg.to_owned())), "{alg}");
            assert!(verify(&format!("{}.{body}.", alter(alg)), &public).is_err());
        }
        let other = base64url(br#"{"sub":"bob"}"#);
        assert_eq!(verify(&format!("{head}.{other}.{sig}"), &public), Err(Invalid::Signature));
        let crit = base64url(format!(r#"{{"alg":"RS256","kid":"{}","crit":["exp"]}}"#, key.kid()).as_bytes());
        assert_eq!(verify(&format!("{crit}.{body}.{sig}"), &public), Err(Invalid::Critical));
        assert!(matches!(verify(&good, &[]), Err(Invalid::UnknownKey(_))));
        assert_eq!(verify("a.b", &public), Err(Invalid::Malformed));
    }

    #[test]
    fn any_key_verifies_by_an_algorithm_of_its_own() {
        let (key, public) = key();
        let (_, other) = self::key();
        let sent = claims(json!({"sub": "ann"}));
        let token = sign(&sent, &key).expect("signed");
        assert_eq!(verify_by_any(&token, &[&other[0], &public[0]]), Ok(sent));
        assert_eq!(verify_by_any(&token, &[&other[0]]), Err(Invalid::Signature));
        assert_eq!(verify_by_any(&token, &[]), Err(Invalid::Algorithm("RS256".to_owned())));
        let [_, body, sig]: [&str; 3] = token.split('.').collect::<Vec<_>>().try_into().expect("three parts");
        let with = |header: &str| format!("{}.{body}.{sig}", base64url(header.as_bytes()));
        for (header, why) in [
            (r#"{"alg":"none"}"#, Invalid::Algorithm("none".to_owned())),
            (r#"{"alg":"HS256"}"#, Invalid::Algorithm("HS256".to_owned())),
            (r#"{"alg":"ES256"}"#, Invalid::Algorithm("ES256".to_owned())),
            (r#"{"alg":"PS256"}"#, Invalid::Signature),
            (r#"{"alg":"RS256","crit":[]}"#, Invalid::Critical),
            (r#"{"alg":"none","alg":"RS256"}"#, Invalid::Malformed),
        ] {
            assert_eq!(verify_by_any(&with(header), &[&public[0]]), Err(why), "{header}");
        }
    }

    #[test]
    fn requirement_11_issuer_audience_and_lifetime_are_checked() {
        let token = claims(json!({"iss": "https://i/", "aud": ["app", "api"], "nbf": 100, "exp": 200.9}));
        let issuers = ["https://i/".to_owned()];
        let audiences = ["app".to_owned()];
        let at = |now| Expect { issuers: &issuers, audiences: &audiences, now, leeway: 10 }.check(&token);
        assert_eq!(at(150), Ok(()));
        assert_eq!(at(95), Ok(()));
        assert_eq!(at(89), Err(Unfit::NotYet));
        assert_eq!(at(210), Err(Unfit::Expired));
        let slash = ["https://i".to_owned()];
        let expect = Expect { issuers: &slash, audiences: &audiences, now: 150, leeway: 0 };
        assert!(matches!(expect.check(&token), Err(Unfit::Issuer { .. })));
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(text in "[A-Za-z0-9_.=-]{0,200}") {
            let _ = verify(&text, &[]);
            let _ = claims_unverified(&text);
        }
    }
}
