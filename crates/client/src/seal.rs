//! Encrypts what browsers store for us: AES-256-GCM with keys derived from the client secret or from `SESSION_KEY`.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use vestibule_protocol::digest::{base64url, from_base64url};

/// Encrypts values under one secret. The purpose is part of each value's key, so that values cannot be exchanged.
pub(crate) struct Sealer {
    secret: Vec<u8>,
    application: String,
}

impl Sealer {
    /// A sealer for one application: another application with the same secret cannot open its values.
    pub(crate) fn new(secret: &str, application: &str) -> Self {
        Self { secret: secret.as_bytes().to_vec(), application: application.to_owned() }
    }

    /// Encrypts a value: nonce, ciphertext and tag as base64url. `None` only if the system's random generator fails.
    pub(crate) fn seal(&self, purpose: &str, plain: &[u8]) -> Option<String> {
        let mut sealed = plain.to_vec();
        let nonce = self.key(purpose)?.seal_in_place_append_tag(Aad::from(purpose.as_bytes()), &mut sealed).ok()?;
        Some(base64url(&[nonce.as_ref().as_slice(), &sealed].concat()))
    }

    /// Decrypts a value. `None` if it was not encrypted here for this purpose, or was altered.
    pub(crate) fn open(&self, purpose: &str, text: &str) -> Option<Vec<u8>> {
        let bytes = from_base64url(text).filter(|b| b.len() > NONCE_LEN)?;
        let (nonce, sealed) = bytes.split_at(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut sealed = sealed.to_vec();
        let length = self.key(purpose)?.open_in_place(nonce, Aad::from(purpose.as_bytes()), &mut sealed).ok()?.len();
        sealed.truncate(length);
        Some(sealed)
    }

    fn key(&self, purpose: &str) -> Option<RandomizedNonceKey> {
        let info = [b"vestibule v1 ", purpose.as_bytes()];
        let mut key = [0; 32];
        Salt::new(HKDF_SHA256, self.application.as_bytes())
            .extract(&self.secret)
            .expand(&info, HKDF_SHA256)
            .and_then(|okm| okm.fill(&mut key))
            .ok()?;
        RandomizedNonceKey::new(&AES_256_GCM, &key).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_the_same_secret_application_and_purpose_open_it() {
        let sealer = Sealer::new("secret", "app");
        let sealed = sealer.seal("session", b"who").expect("sealed");
        assert_eq!(sealer.open("session", &sealed), Some(b"who".to_vec()));
        assert_eq!(sealer.open("flow", &sealed), None);
        assert_eq!(Sealer::new("other", "app").open("session", &sealed), None);
        assert_eq!(Sealer::new("secret", "other").open("session", &sealed), None);
    }

    #[test]
    fn one_changed_character_spoils_it() {
        let sealer = Sealer::new("secret", "app");
        let sealed = sealer.seal("session", b"who").expect("sealed");
        for index in 0..sealed.len() {
            let mut altered = sealed.clone().into_bytes();
            altered[index] = if altered[index] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).expect("ASCII");
            assert_eq!(sealer.open("session", &altered), None, "at {index}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,200}") {
            prop_assert_eq!(Sealer::new("secret", "app").open("session", &text), None);
        }
    }
}
