//! Policy keys: names and kinds come over, values do not.

use super::Import;
use super::node::Node;
use crate::config::file::derived_guid;
use crate::registry::key_container::{BUILT_IN, ContainerKey, KeyContainer, KeyKind, KeyUse};

impl Import<'_> {
    pub(super) fn key_sets(&mut self) {
        for node in self.list("keysets.json") {
            let read = container(&node, &self.tenant.tenant.id);
            let Some(container) = self.kept(read) else { continue };
            let name = &container.name;
            // The tenant has signing keys of its own.
            if BUILT_IN.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                continue;
            }
            self.report.by_hand(if container.keys[0].kind == KeyKind::Rsa {
                format!("the policy key {name} is generated anew: give its new public key to whoever checks signatures")
            } else {
                format!("the value of the policy key {name}: put it into the environment")
            });
            self.tenant.key_containers.insert(name.clone(), container);
        }
    }
}

/// A container with one key. Graph tells its kind and use, if they were asked for.
fn container(node: &Node<'_>, tenant: &str) -> Result<KeyContainer, String> {
    let name = node.needed("id")?.text()?.to_owned();
    let keys = node.list("keys")?;
    let newest = match keys.last() {
        Some(key) => (key.text_of("kty")?, key.text_of("use")?),
        None => (None, None),
    };
    let key = ContainerKey {
        id: derived_guid(&["policy key", tenant, &name]),
        kind: if newest.0.is_some_and(|kind| kind.eq_ignore_ascii_case("RSA")) {
            KeyKind::Rsa
        } else {
            KeyKind::Secret
        },
        usage: if newest.1 == Some("enc") { KeyUse::Encryption } else { KeyUse::Signature },
        created_at: 0,
        not_before: None,
        expires_at: None,
        enabled: true,
        digest: None,
        sealed: String::new(),
    };
    Ok(KeyContainer { name, keys: vec![key] })
}
