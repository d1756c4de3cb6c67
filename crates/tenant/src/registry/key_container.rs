//! Key containers ("policy keys"): secrets and keys that custom policies refer to by `StorageReferenceId`
//! (<https://learn.microsoft.com/azure/active-directory-b2c/policy-keys-overview>).
//!
//! A container holds versions of one key. The active one is enabled, within its dates, and started most recently.
//! Values are sealed with the master key and are never shown again.

use serde::{Deserialize, Serialize};

/// The prefix of every container's name.
pub const PREFIX: &str = "B2C_1A_";
/// Containers that every tenant has: its own signing keys, and B2C's container for refresh tokens. No command changes
/// them.
pub const BUILT_IN: [&str; 2] = ["B2C_1A_TokenSigningKeyContainer", "B2C_1A_TokenEncryptionKeyContainer"];
/// Maximum number of keys in one container.
pub const MOST_KEYS: usize = 20;

/// A key container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyContainer {
    /// The name with its prefix: `B2C_1A_RestApiKey`.
    #[serde(skip)]
    pub name: String,
    /// Its keys, oldest first.
    pub keys: Vec<ContainerKey>,
}

/// The kind of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyKind {
    /// A text or random bytes: a client secret, an API key, a password (`kty: oct`).
    Secret,
    /// An RSA key pair.
    Rsa,
}

/// The use of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyUse {
    /// For signatures, and for secrets that authenticate (`use: sig`).
    Signature,
    /// For encryption (`use: enc`).
    Encryption,
}

/// A key of a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerKey {
    /// The key's id: a GUID.
    pub id: String,
    /// Its kind.
    pub kind: KeyKind,
    /// Its use.
    #[serde(rename = "use")]
    pub usage: KeyUse,
    /// When it was added, in milliseconds since the epoch.
    pub created_at: i64,
    /// When it becomes active, in milliseconds since the epoch; `None` for at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<i64>,
    /// When it stops being active, in milliseconds since the epoch; `None` for never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
    /// False if the key is disabled.
    pub enabled: bool,
    /// A keyed digest of the value under the master key. It identifies equal values without opening the sealed one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The value, sealed with the master key for [`purpose`].
    pub sealed: String,
}

impl KeyContainer {
    /// The key that is active at `now`, in milliseconds since the epoch.
    #[must_use]
    pub fn active(&self, now: i64) -> Option<&ContainerKey> {
        self.keys.iter().filter(|key| key.is_active(now)).max_by_key(|key| key.not_before.unwrap_or(key.created_at))
    }
}

impl KeyContainer {
    /// Adds a key. A full container drops its oldest inactive key, so that a secret can always be rotated.
    pub fn add(&mut self, key: ContainerKey, now: i64) {
        if self.keys.len() >= MOST_KEYS {
            let active = self.active(now).map(|key| key.id.clone());
            if let Some(oldest) = self.keys.iter().position(|key| Some(&key.id) != active.as_ref()) {
                self.keys.remove(oldest);
            }
        }
        self.keys.push(key);
    }
}

impl ContainerKey {
    /// Returns true if it may be used at `now`, in milliseconds since the epoch.
    #[must_use]
    pub fn is_active(&self, now: i64) -> bool {
        self.enabled && self.not_before.is_none_or(|begin| begin <= now) && self.expires_at.is_none_or(|end| now < end)
    }
}

/// The purpose under which a key's value is sealed, so that a row copied to another tenant or container cannot be
/// opened.
#[must_use]
pub fn purpose(tenant: &str, container: &str, key: &str) -> String {
    format!("key-container:{tenant}:{}:{key}", container.to_ascii_lowercase())
}

/// Checks that this is a valid container name: `B2C_1A_`, then 1 to 90 letters, digits, `_` and `-`.
///
/// # Errors
/// A phrase that says why not, to follow the name.
pub fn validate_name(name: &str) -> Result<(), String> {
    let rest =
        name.get(..PREFIX.len()).filter(|start| start.eq_ignore_ascii_case(PREFIX)).map(|_| &name[PREFIX.len()..]);
    let legal = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    match rest {
        Some(rest) if (1..=90).contains(&rest.len()) && rest.bytes().all(legal) => Ok(()),
        _ => Err(format!("must be {PREFIX} and then 1 to 90 letters, digits, _ or -")),
    }
}
