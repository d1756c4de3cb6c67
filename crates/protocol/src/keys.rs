//! Keys: generates, signs with and publishes (RFC 7517) RSA keys for RS256; verifies with RSA and P-256 keys.

use crate::digest::{base64url, from_base64url, sha256_base64url};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, KeyPair, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256,
    RSA_PSS_2048_8192_SHA256, RsaKeyPair, RsaPublicKeyComponents,
};
use serde::{Deserialize, Serialize};

/// An error of a key, or of the data to sign.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct KeyError(pub(crate) &'static str);

/// A signing key, parsed only once: parsing takes half as long as signing.
pub struct SigningKey {
    kid: String,
    pair: RsaKeyPair,
    random: SystemRandom,
}

impl SigningKey {
    /// Generates an RSA-2048 key. This takes 20 to 100 ms, so do not call it on an async thread.
    ///
    /// # Errors
    /// Fails if the generator fails.
    pub fn generate() -> Result<Self, KeyError> {
        Self::from_pair(RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError("no RSA key could be made"))?)
    }

    /// Reads a key from PKCS#8.
    ///
    /// # Errors
    /// Fails if `der` is not an RSA key of at least 2048 bits.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        Self::from_pair(RsaKeyPair::from_pkcs8(der).map_err(|_| KeyError("this is not an RSA key in PKCS#8"))?)
    }

    fn from_pair(pair: RsaKeyPair) -> Result<Self, KeyError> {
        let mut key = Self { kid: String::new(), pair, random: SystemRandom::new() };
        key.kid = key.jwk(0).thumbprint();
        Ok(key)
    }

    /// The key in PKCS#8, to be encrypted and stored.
    ///
    /// # Errors
    /// Fails if the key cannot be encoded.
    pub fn to_pkcs8(&self) -> Result<Vec<u8>, KeyError> {
        let der: Pkcs8V1Der<'_> = self.pair.as_der().map_err(|_| KeyError("the key cannot be encoded"))?;
        Ok(der.as_ref().to_vec())
    }

    /// The key id: the key's thumbprint (RFC 7638).
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The RS256 signature of `message`.
    ///
    /// # Errors
    /// Fails if the signature cannot be computed.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &self.random, message, &mut signature)
            .map_err(|_| KeyError("the signature could not be made"))?;
        Ok(signature)
    }

    /// The public key for publication; `not_before` is in seconds since the epoch.
    #[must_use]
    pub fn jwk(&self, not_before: i64) -> Jwk {
        let public = self.pair.public_key();
        Jwk {
            kid: self.kid.clone(),
            nbf: Some(not_before),
            key_use: Some("sig".to_owned()),
            kty: "RSA".to_owned(),
            alg: None,
            e: Some(base64url(public.exponent().big_endian_without_leading_zero())),
            n: Some(base64url(public.modulus().big_endian_without_leading_zero())),
            crv: None,
            x: None,
            y: None,
        }
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.kid)
    }
}

/// A published key, with members in B2C's order (docs/b2c.md, "Signing keys"); other providers add `alg` and elliptic
/// curves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    /// Key id.
    #[serde(default)]
    pub kid: String,
    /// Not before, seconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    /// `sig`.
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    pub key_use: Option<String>,
    /// `RSA` or `EC`.
    pub kty: String,
    /// `RS256` or `ES256`; B2C omits it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alg: Option<String>,
    /// RSA exponent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e: Option<String>,
    /// RSA modulus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<String>,
    /// Curve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crv: Option<String>,
    /// Curve point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x: Option<String>,
    /// Curve point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
}

impl Jwk {
    /// The thumbprint of an RSA key (RFC 7638 section 3).
    fn thumbprint(&self) -> String {
        let member = |m: &Option<String>| m.clone().unwrap_or_default();
        sha256_base64url(format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, member(&self.e), member(&self.n)).as_bytes())
    }
}

/// A set of published keys (RFC 7517 section 5).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwks {
    /// The keys.
    pub keys: Vec<Jwk>,
}

/// A key for verifying signatures, parsed only once: parsing takes as long as verifying a signature.
#[derive(Clone, Debug)]
pub struct VerifyingKey {
    kid: String,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Rsa { pkcs1: ParsedPublicKey, pss: ParsedPublicKey },
    P256(ParsedPublicKey),
}

impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        let bytes = |key: &Self| match &key.kind {
            Kind::Rsa { pkcs1: key, .. } | Kind::P256(key) => key.as_ref().to_vec(),
        };
        self.kid == other.kid && bytes(self) == bytes(other)
    }
}

impl Eq for VerifyingKey {}

impl VerifyingKey {
    /// Reads a key from a JWK; `None` if it is not for signatures, or of an unsupported type.
    #[must_use]
    pub fn from_jwk(jwk: &Jwk) -> Option<Self> {
        if jwk.key_use.as_deref().is_some_and(|u| u != "sig") {
            return None;
        }
        let member = |m: &Option<String>| m.as_deref().and_then(from_base64url);
        match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("RSA", _) => Self::from_rsa(jwk.kid.clone(), &member(&jwk.n)?, &member(&jwk.e)?),
            ("EC", Some("P-256")) => {
                let (x, y) = (member(&jwk.x)?, member(&jwk.y)?);
                (x.len() == 32).then(|| Self::from_p256(jwk.kid.clone(), &[&[4][..], &x, &y].concat()))?
            }
            _ => None,
        }
    }

    /// The RSA key with this modulus and exponent, big-endian; `None` below 2048 bits (RFC 7518 section 3.3) or above
    /// 8192.
    #[must_use]
    pub fn from_rsa(kid: String, n: &[u8], e: &[u8]) -> Option<Self> {
        let n = &n[n.iter().position(|byte| *byte != 0)?..];
        if !(256..=1024).contains(&n.len()) {
            return None;
        }
        let key = RsaPublicKeyComponents { n, e };
        let pkcs1 = key.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).ok()?;
        let pss = key.to_parsed_public_key(&RSA_PSS_2048_8192_SHA256).ok()?;
        Some(Self { kid, kind: Kind::Rsa { pkcs1, pss } })
    }

    /// The P-256 key with this point in uncompressed form (SEC 1 section 2.3.3): 65 bytes that begin with 4.
    #[must_use]
    pub fn from_p256(kid: String, point: &[u8]) -> Option<Self> {
        let uncompressed = point.len() == 65 && point[0] == 4;
        let key = uncompressed.then(|| ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point))?.ok()?;
        Some(Self { kid, kind: Kind::P256(key) })
    }

    /// The key id.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The algorithm of this key's tokens: `RS256` or `ES256`.
    #[must_use]
    pub fn algorithm(&self) -> &'static str {
        self.algorithms()[0]
    }

    /// The algorithms that this key can verify: `RS256` and `PS256`, or `ES256`.
    #[must_use]
    pub fn algorithms(&self) -> &'static [&'static str] {
        match self.kind {
            Kind::Rsa { .. } => &["RS256", "PS256"],
            Kind::P256(_) => &["ES256"],
        }
    }

    /// Returns true if `signature` is a valid signature of `message` with this key's [`Self::algorithm`].
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.verify_as(self.algorithm(), message, signature)
    }

    /// Returns true if `signature` is a valid signature of `message` with `algorithm`, one of its [`Self::algorithms`].
    #[must_use]
    pub fn verify_as(&self, algorithm: &str, message: &[u8], signature: &[u8]) -> bool {
        let key = match (&self.kind, algorithm) {
            (Kind::Rsa { pkcs1, .. }, "RS256") => pkcs1,
            (Kind::Rsa { pss, .. }, "PS256") => pss,
            (Kind::P256(key), "ES256") => key,
            _ => return false,
        };
        key.verify_sig(message, signature).is_ok()
    }
}
