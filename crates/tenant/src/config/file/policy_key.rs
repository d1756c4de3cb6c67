//! `[[tenant.policy_key]]`: keys and secrets that custom policies name.

use crate::config::schema::{Fallback, GUID, Kind, key, table, time, variable};
use crate::registry::key_container::KeyUse;
use Fallback::{Is, Means, Required};
use Kind::{Bool, OneOf, Text};

table! {
    /// A policy key: a key container that custom policies name by `StorageReferenceId`. A value that it does not hold
    /// yet is added as its newest key, so changing the variable rotates the secret; older keys stay until you remove
    /// them with `vestibule policy key remove`. Values are sealed with the master key and are never shown again. With
    /// an `id`, as `vestibule export` writes it, the table is one key of the container: it is added once, and a value
    /// that changes later needs another id. A container with several keys has a table for each.
    #[derive(Debug, Default)]
    pub struct PolicyKeyConfig, POLICY_KEY = "[[tenant.policy_key]]" {
        /// Name: `B2C_1A_`, then letters, digits, `_` and `-`.
        name: String = key(Text, Required)
            .example("\"B2C_1A_RestApiKey\"").pattern("^[Bb]2[Cc]_1[Aa]_[A-Za-z0-9_-]{1,90}$");

        /// Environment variable that holds the secret.
        secret_env: Option<String> = variable(Fallback::None).example("\"REST_API_KEY\"");

        /// Generate the value once, instead of reading it from the environment.
        generate: Option<String> = key(OneOf(&["secret", "rsa"]), Fallback::None);

        /// The use of the key: `sig` for signatures and for secrets that authenticate, `enc` for encryption.
        usage as "use": Option<String> = key(OneOf(&["sig", "enc"]), Is("\"sig\""));

        /// Id of the key: a GUID in lower case. The variable may be unset where the store has this key already.
        id: Option<String> = key(Text, Means("a new one for each value"))
            .example("\"9d4f2b60-71ce-4a38-85f9-0b6e3c1d7a24\"").pattern(GUID);

        /// The time from which the key may be used (RFC 3339).
        not_before: Option<String> = time(Means("at once"));

        /// The time from which the key may no longer be used (RFC 3339).
        expires: Option<String> = time(Means("never"));

        /// Allow the key to be used.
        enabled: Option<bool> = key(Bool, Is("true"));
    }
}

impl PolicyKeyConfig {
    /// The use of the key.
    pub(in crate::config) fn key_use(&self) -> KeyUse {
        if self.usage.as_deref() == Some("enc") { KeyUse::Encryption } else { KeyUse::Signature }
    }
}
