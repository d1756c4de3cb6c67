//! Certificates that applications authenticate with: the public key, its identifiers and its validity.
//!
//! The issuer does not matter: the certificate is trusted because it is registered, and may be self-signed.

use vestibule_protocol::digest::{base64url, sha1, sha256_base64url};
use vestibule_protocol::jwt::Header;
use vestibule_protocol::keys::VerifyingKey;
use x509_parser::oid_registry::OID_EC_P256;
use x509_parser::pem::Pem;
use x509_parser::prelude::X509Certificate;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

/// Maximum size of an RSA key in bytes; larger keys are slow to verify and are not accepted.
const LARGEST_RSA: usize = 8192 / 8;

/// A certificate whose key has a supported type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The certificate as issued (DER).
    pub der: Vec<u8>,
    /// The public key.
    pub key: VerifyingKey,
    /// SHA-1 of the DER, base64url: the value of `x5t` in a token.
    pub x5t: String,
    /// SHA-256 of the DER, base64url: the value of `x5t#S256` in a token.
    pub x5t_s256: String,
    /// The start of its validity, in milliseconds since the epoch.
    pub not_before: i64,
    /// The end of its validity, in milliseconds since the epoch.
    pub not_after: i64,
}

/// Why a text is not a certificate that can be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// It has no PEM block `CERTIFICATE`.
    #[error("there is no certificate in it: a PEM file of one begins with -----BEGIN CERTIFICATE-----")]
    Missing,
    /// It contains a private key.
    #[error("there is a private key in it, which belongs to the application alone: give the certificate without it")]
    PrivateKey,
    /// It contains several certificates.
    #[error("there are several certificates in it: give the application's own, without those of its issuers")]
    Several,
    /// It is not valid X.509.
    #[error("the certificate in it cannot be read")]
    Unreadable,
    /// Its key has an unsupported type or size.
    #[error("the certificate's key is neither RSA of 2048 to 8192 bits nor P-256")]
    Key,
}

impl Certificate {
    /// Reads the only certificate of a PEM text.
    ///
    /// # Errors
    /// [`CertificateError`]
    pub fn from_pem(text: &str) -> Result<Self, CertificateError> {
        let mut found = None;
        for block in Pem::iter_from_buffer(text.as_bytes()) {
            let block = block.map_err(|_| CertificateError::Unreadable)?;
            if block.label.ends_with("PRIVATE KEY") {
                return Err(CertificateError::PrivateKey);
            }
            if block.label == "CERTIFICATE" && found.replace(block.contents).is_some() {
                return Err(CertificateError::Several);
            }
        }
        Self::from_der(found.ok_or(CertificateError::Missing)?)
    }

    /// Reads a certificate from DER.
    ///
    /// # Errors
    /// [`CertificateError::Unreadable`], [`CertificateError::Key`].
    pub fn from_der(der: Vec<u8>) -> Result<Self, CertificateError> {
        let (key, not_before, not_after) = {
            let (rest, parsed) = x509_parser::parse_x509_certificate(&der).map_err(|_| CertificateError::Unreadable)?;
            if !rest.is_empty() {
                return Err(CertificateError::Unreadable);
            }
            let X509Certificate { tbs_certificate: tbs, .. } = &parsed;
            let millis = |time: x509_parser::time::ASN1Time| time.timestamp().saturating_mul(1000);
            let key = key(&tbs.subject_pki).ok_or(CertificateError::Key)?;
            (key, millis(tbs.validity.not_before), millis(tbs.validity.not_after))
        };
        let (x5t, x5t_s256) = (base64url(&sha1(&der)), sha256_base64url(&der));
        Ok(Self { der, key, x5t, x5t_s256, not_before, not_after })
    }

    /// SHA-1 of the DER in upper-case hexadecimal, as portals and `openssl x509 -fingerprint` show it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        sha1(&self.der).iter().map(|byte| format!("{byte:02X}")).collect()
    }

    /// Returns true if the header of a token may refer to this certificate: by `x5t#S256` and `x5t` or, without those,
    /// by a `kid` that equals one of them or the fingerprint. A header without any of these may refer to any
    /// certificate.
    #[must_use]
    pub fn is_meant(&self, header: &Header) -> bool {
        // MSAL Python adds padding that should not be there.
        let is = |sent: &Option<String>, own: &str| sent.as_ref().is_none_or(|s| s.trim_end_matches('=') == own);
        if header.x5t.is_some() || header.x5t_s256.is_some() {
            return is(&header.x5t_s256, &self.x5t_s256) && is(&header.x5t, &self.x5t);
        }
        let by_fingerprint = |kid: &String| kid.eq_ignore_ascii_case(&self.fingerprint());
        is(&header.kid, &self.x5t) || is(&header.kid, &self.x5t_s256) || header.kid.as_ref().is_some_and(by_fingerprint)
    }

    /// Returns true if it is valid at `now`, in milliseconds since the epoch.
    #[must_use]
    pub fn is_valid_at(&self, now: i64) -> bool {
        self.not_before <= now && now <= self.not_after
    }
}

/// The public key, if its type is supported.
fn key(info: &SubjectPublicKeyInfo<'_>) -> Option<VerifyingKey> {
    match info.parsed().ok()? {
        PublicKey::RSA(rsa) if rsa.modulus.len() <= LARGEST_RSA + 1 => {
            VerifyingKey::from_rsa(String::new(), rsa.modulus, rsa.exponent)
        }
        PublicKey::EC(point) => {
            let curve = info.algorithm.parameters.as_ref().and_then(|curve| curve.as_oid().ok())?;
            (curve == OID_EC_P256).then(|| VerifyingKey::from_p256(String::new(), point.data()))?
        }
        _ => None,
    }
}
