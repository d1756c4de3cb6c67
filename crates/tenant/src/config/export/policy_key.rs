//! Policy keys: a table for each key of each container, without its value.

use super::Exporter;
use super::text::COMMENT;
use crate::config::time;
use crate::manage::Registrations;
use crate::registry::key_container::{ContainerKey, KeyContainer, KeyKind, KeyUse};
use serde_json::{Value, json};

/// Stands above a key pair.
const PRIVATE: &str =
    "Private keys are not exported: a server that does not have this key generates another one under its id.";

impl Exporter {
    pub(super) fn policy_keys(&mut self, from: &Registrations) -> Value {
        let mut all = Vec::new();
        for container in from.key_containers.values() {
            all.extend(container.keys.iter().map(|key| self.policy_key(container, key)));
        }
        Value::Array(all)
    }

    fn policy_key(&mut self, container: &KeyContainer, key: &ContainerKey) -> Value {
        let name = &container.name;
        let mut tree = json!({
            "name": name,
            "use": if key.usage == KeyUse::Signature { "sig" } else { "enc" },
            "id": key.id,
            "not_before": key.not_before.and_then(time::text),
            "expires": key.expires_at.and_then(time::text),
            "enabled": key.enabled,
        });
        if key.kind == KeyKind::Rsa {
            tree["generate"] = json!("rsa");
            tree[COMMENT] = json!(PRIVATE);
        } else {
            let purpose = format!("key {} of the policy key {name:?}", key.id);
            tree["secret_env"] = json!(self.variables.add(name, purpose));
        }
        tree
    }
}
