//! `[[tenant.policy_key]]`: keys and secrets that custom policies name.

use crate::config::schema::{Fallback, Kind, key, table, variable};
use Fallback::{Is, Required};
use Kind::{OneOf, Text};

table! {
    /// A policy key: a key container that custom policies name by `StorageReferenceId`. A value that it does not hold
    /// yet is added as its newest key, so changing the variable rotates the secret; older keys stay until you remove
    /// them with `vestibule policy key remove`. Values are sealed with the master key and are never shown again.
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
    }
}
