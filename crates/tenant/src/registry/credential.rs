//! Credentials of applications: random secrets, which are shown once and stored as a hash, and certificates.

use super::{Certificate, Credential, CredentialKind};
use crate::clock::Random;
use vestibule_protocol::digest;

/// The number of characters of a secret that stay visible.
const HINT: usize = 3;

/// A newly generated secret. This is the only copy: show it, then drop it.
pub struct NewSecret {
    /// The secret itself.
    pub value: String,
    /// The stored form.
    pub credential: Credential,
}

/// Generates a secret of 256 random bits; `expires_at` is in milliseconds since the epoch, `None` for never.
#[must_use]
pub fn generate(random: &Random, expires_at: Option<i64>) -> NewSecret {
    let value = random.token();
    let credential = from_value(&value, random.uuid(), expires_at);
    NewSecret { value, credential }
}

/// The stored form of a secret that was chosen elsewhere (an environment variable); it suffices to verify the secret.
#[must_use]
pub fn from_value(value: &str, id: String, expires_at: Option<i64>) -> Credential {
    Credential {
        id,
        kind: CredentialKind::Secret,
        hash: digest::sha256_base64url(value.as_bytes()),
        hint: value.chars().take(HINT).collect(),
        description: String::new(),
        created_at: 0,
        expires_at,
        certificate: None,
    }
}

/// The credential for a certificate.
#[must_use]
pub fn from_certificate(certificate: Certificate, id: String) -> Credential {
    Credential {
        id,
        kind: CredentialKind::Certificate,
        hash: certificate.x5t_s256.clone(),
        hint: certificate.fingerprint(),
        description: String::new(),
        created_at: 0,
        expires_at: Some(certificate.not_after),
        certificate: Some(certificate),
    }
}

impl std::fmt::Debug for NewSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewSecret").field("credential", &self.credential).finish_non_exhaustive()
    }
}
