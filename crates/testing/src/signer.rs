//! The certificates of applications, and client assertions signed with their keys.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair,
};
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, RsaKeySize, date_time_ymd};
use serde_json::{Value, json};
use std::sync::LazyLock;
use vestibule_protocol::digest::base64url;
use vestibule_tenant::registry::Certificate;

/// `client_assertion_type`.
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A key that tests share, because generating one takes a tenth of a second.
pub static SIGNER: LazyLock<Signer> = LazyLock::new(Signer::rsa);

/// A private key and the certificate of its public key, valid in 2025 and 2026.
pub struct Signer {
    key: Key,
    /// The certificate as PEM.
    pub pem: String,
}

enum Key {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
}

impl Signer {
    /// An RSA key of 2048 bits.
    #[must_use]
    pub fn rsa() -> Self {
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).expect("a key");
        Self::with(Key::Rsa(RsaKeyPair::from_pkcs8(key.serialized_der()).expect("the same key")), &key)
    }

    /// A key on the curve P-256.
    #[must_use]
    pub fn p256() -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key");
        let own = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.serialized_der());
        Self::with(Key::P256(own.expect("the same key")), &key)
    }

    fn with(own: Key, key: &KeyPair) -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        (params.not_before, params.not_after) = (date_time_ymd(2025, 1, 1), date_time_ymd(2027, 1, 1));
        Self { key: own, pem: params.self_signed(key).expect("a certificate").pem() }
    }

    /// The certificate, in the form in which an application registers it.
    #[must_use]
    pub fn certificate(&self) -> Certificate {
        Certificate::from_pem(&self.pem).expect("a certificate")
    }

    /// Signs the claims under this header with its `alg`.
    #[must_use]
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let message =
            format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(claims.to_string().as_bytes()));
        let random = SystemRandom::new();
        let signature = match (&self.key, header["alg"].as_str()) {
            (Key::P256(pair), _) => pair.sign(&random, message.as_bytes()).expect("signed").as_ref().to_vec(),
            (Key::Rsa(pair), alg) => {
                let padding = if alg == Some("PS256") { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &random, message.as_bytes(), &mut signature).expect("signed");
                signature
            }
        };
        format!("{message}.{}", base64url(&signature))
    }

    /// An assertion like MSAL Python's: RS256, padded `x5t`, times as floats, ten minutes. `now` is in milliseconds.
    #[must_use]
    pub fn msal(&self, client_id: &str, audience: &str, now: i64) -> String {
        self.sign(&self.x5t(), &msal_claims(client_id, audience, now))
    }

    /// The header that MSAL Python creates from a SHA-1 thumbprint.
    #[must_use]
    pub fn x5t(&self) -> Value {
        json!({ "alg": "RS256", "typ": "JWT", "x5t": format!("{}=", self.certificate().x5t) })
    }
}

/// The claims of MSAL Python's assertion; each call has a different `jti`.
#[must_use]
pub fn msal_claims(client_id: &str, audience: &str, now: i64) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "as Python's time.time()")]
    let now = now as f64 / 1000.0 + 0.25;
    let jti = vestibule_tenant::clock::Random::system().uuid();
    json!({ "aud": audience, "iss": client_id, "sub": client_id, "exp": now + 600.0, "iat": now, "jti": jti })
}
