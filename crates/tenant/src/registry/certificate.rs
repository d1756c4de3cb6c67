//! Certificates that applications prove themselves with: the public key, the names it goes by, the dates.
//!
//! Nothing is asked of who issued it: it is registered, which is what counts, and may as well be self-signed.

use vestibule_protocol::digest::{base64url, sha1, sha256_base64url};
use vestibule_protocol::jwt::Header;
use vestibule_protocol::keys::VerifyingKey;
use x509_parser::oid_registry::OID_EC_P256;
use x509_parser::pem::Pem;
use x509_parser::prelude::X509Certificate;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

/// Largest RSA key, bytes: more is slow to verify and not done.
const LARGEST_RSA: usize = 8192 / 8;

/// A certificate whose key is of a kind that is verified here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// As issued (DER).
    pub der: Vec<u8>,
    /// The public key.
    pub key: VerifyingKey,
    /// SHA-1 of the DER, base64url: how a token's `x5t` names it.
    pub x5t: String,
    /// SHA-256 of the DER, base64url: how a token's `x5t#S256` names it.
    pub x5t_s256: String,
    /// The start of its validity, in milliseconds since the epoch.
    pub not_before: i64,
    /// The end of its validity, in milliseconds since the epoch.
    pub not_after: i64,
}

/// Why a text is no certificate that can be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// No PEM block `CERTIFICATE`.
    #[error("there is no certificate in it: a PEM file of one begins with -----BEGIN CERTIFICATE-----")]
    Missing,
    /// A private key beside it.
    #[error("there is a private key in it, which belongs to the application alone: give the certificate without it")]
    PrivateKey,
    /// More than one.
    #[error("there are several certificates in it: give the application's own, without those of its issuers")]
    Several,
    /// Not X.509.
    #[error("the certificate in it cannot be read")]
    Unreadable,
    /// A key that cannot be used.
    #[error("the certificate's key is neither RSA of 2048 to 8192 bits nor P-256")]
    Key,
}

impl Certificate {
    /// The one certificate of a PEM text.
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

    /// The certificate of these bytes.
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

    /// Returns true if the header of a token names this certificate: by `x5t#S256` and `x5t`, without those by a `kid`
    /// that is one of them or the fingerprint; one that names none may mean any.
    #[must_use]
    pub fn is_meant(&self, header: &Header) -> bool {
        // MSAL Python pads what should not be padded (clients 2).
        let is = |sent: &Option<String>, own: &str| sent.as_ref().is_none_or(|s| s.trim_end_matches('=') == own);
        if header.x5t.is_some() || header.x5t_s256.is_some() {
            return is(&header.x5t_s256, &self.x5t_s256) && is(&header.x5t, &self.x5t);
        }
        let by_fingerprint = |kid: &String| kid.eq_ignore_ascii_case(&self.fingerprint());
        is(&header.kid, &self.x5t) || is(&header.kid, &self.x5t_s256) || header.kid.as_ref().is_some_and(by_fingerprint)
    }

    /// Returns true if it is within its dates; `now` in milliseconds since the epoch.
    #[must_use]
    pub fn is_valid_at(&self, now: i64) -> bool {
        self.not_before <= now && now <= self.not_after
    }
}

/// The public key, if it is of a kind that is verified here.
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
