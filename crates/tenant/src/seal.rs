//! Encrypts stored data and short-lived values: AES-256-GCM with keys derived from the master key.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::hmac;
use vestibule_protocol::digest::{base64url, from_base64url};
use zeroize::Zeroizing;

/// The value was sealed with a different key, or altered.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sealed value cannot be opened: it was altered, or sealed under another master key")]
pub struct NotSealedHere;

/// Seals values with keys derived from one secret. The `purpose` of a value is part of its key, so that sealed values
/// cannot be swapped.
#[derive(Clone)]
pub struct Sealer(Zeroizing<[u8; 32]>);

impl Sealer {
    /// A sealer with a 256-bit secret.
    #[must_use]
    pub fn new(secret: [u8; 32]) -> Self {
        Self(Zeroizing::new(secret))
    }

    /// A sealer whose secret is a random string of at least 256 bits, such as a refresh token.
    #[must_use]
    pub fn from_token(token: &str) -> Self {
        Self::new(vestibule_protocol::digest::sha256(token.as_bytes()))
    }

    /// Seals a value: nonce, ciphertext and tag as base64url. `None` only if the system's random generator fails.
    #[must_use]
    pub fn seal(&self, purpose: &str, plain: &[u8]) -> Option<String> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, &*self.derive(purpose)).ok()?;
        let mut sealed = plain.to_vec();
        let nonce = key.seal_in_place_append_tag(Aad::from(purpose.as_bytes()), &mut sealed).ok()?;
        Some(base64url(&[nonce.as_ref().as_slice(), &sealed].concat()))
    }

    /// Opens a value that [`Sealer::seal`] returned.
    ///
    /// # Errors
    /// [`NotSealedHere`]
    pub fn open(&self, purpose: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>, NotSealedHere> {
        let bytes = from_base64url(sealed).filter(|b| b.len() > NONCE_LEN).ok_or(NotSealedHere)?;
        let (nonce, sealed) = bytes.split_at(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| NotSealedHere)?;
        let key = RandomizedNonceKey::new(&AES_256_GCM, &*self.derive(purpose)).map_err(|_| NotSealedHere)?;
        let mut sealed = Zeroizing::new(sealed.to_vec());
        let length =
            key.open_in_place(nonce, Aad::from(purpose.as_bytes()), &mut sealed).map_err(|_| NotSealedHere)?.len();
        sealed.truncate(length);
        Ok(sealed)
    }

    /// A keyed hash (MAC) of `message`, as base64url.
    #[must_use]
    pub fn mac(&self, purpose: &str, message: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &*self.derive(purpose));
        base64url(hmac::sign(&key, message.as_bytes()).as_ref())
    }

    fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        let salt = Salt::new(HKDF_SHA256, b"vestibule");
        let filled =
            salt.extract(&*self.0).expand(&[purpose.as_bytes()], HKDF_SHA256).and_then(|okm| okm.fill(&mut *key));
        debug_assert!(filled.is_ok(), "32 bytes are within what HKDF gives");
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_opens_only_whole_and_for_its_purpose() {
        let sealer = Sealer::new([7; 32]);
        let sealed = sealer.seal("key", b"secret").expect("sealed");
        assert_eq!(sealer.open("key", &sealed).expect("opened").as_slice(), b"secret");
        assert_eq!(sealer.open("cookie", &sealed), Err(NotSealedHere));
        assert_eq!(Sealer::new([8; 32]).open("key", &sealed), Err(NotSealedHere));
        let mut altered = sealed.clone();
        altered.replace_range(20..21, if &sealed[20..21] == "A" { "B" } else { "A" });
        assert_eq!(sealer.open("key", &altered), Err(NotSealedHere));
        assert_eq!(sealer.open("key", "short"), Err(NotSealedHere));
    }
}
