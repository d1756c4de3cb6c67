//! Policy keys of the file: a value that its container does not contain yet is added as the newest key.

use super::Run;
use crate::config::ConfigError;
use crate::config::file::PolicyKeyConfig;
use crate::keys::Keys;
use crate::manage::{ContainerValue, NewContainerKey};
use crate::registry::key_container::{ContainerKey, KeyContainer, KeyUse};
use zeroize::Zeroizing;

impl Run<'_> {
    /// The keys to add to the tenant's key containers, sealed, with the container's name.
    pub(super) async fn new_keys(&self, i: usize) -> Result<Vec<(String, ContainerKey)>, ConfigError> {
        let tenant = &self.config.tenants[i];
        if tenant.policy_keys.is_empty() {
            return Ok(Vec::new());
        }
        let place = |j: usize, key: &str| format!("tenant[{i}].policy_key[{j}].{key}");
        let told = |path: &str, why: String| ConfigError::Invalid(vec![self.config.places.problem(path, why)]);
        let Some(keys) = self.options.keys else {
            let why = "policy keys are sealed with the master key, and there is none here".to_owned();
            return Err(told(&place(0, "name"), why));
        };
        let known = self.manage.registrations(&tenant.id()).await.map_err(|error| self.told(i, error))?.key_containers;
        let mut found = Vec::new();
        for (j, wanted) in tenant.policy_keys.iter().enumerate() {
            let Some(new) = self.new_key(keys, &tenant.id(), wanted, known.get(&wanted.name)) else { continue };
            let sealed = self.manage.seal_container_key(keys, &tenant.id(), &wanted.name, &new).await;
            found.push((wanted.name.clone(), sealed.map_err(|error| told(&place(j, "name"), error.to_string()))?));
        }
        Ok(found)
    }

    /// The key to add, unless the container already has it.
    fn new_key(
        &self,
        keys: &Keys,
        tenant: &str,
        wanted: &PolicyKeyConfig,
        known: Option<&KeyContainer>,
    ) -> Option<NewContainerKey> {
        let usage = if wanted.usage.as_deref() == Some("enc") { KeyUse::Encryption } else { KeyUse::Signature };
        let value = match (&wanted.secret_env, wanted.generate.as_deref()) {
            (Some(variable), _) => {
                let value = Zeroizing::new((self.options.env)(variable)?);
                if known.is_some_and(|known| self.manage.is_active_value(keys, tenant, known, &value)) {
                    return None;
                }
                ContainerValue::Secret(value)
            }
            // A generated key is generated only once.
            (None, _) if known.is_some_and(|known| !known.keys.is_empty()) => return None,
            (None, Some("rsa")) => ContainerValue::GeneratedRsa,
            (None, _) => ContainerValue::GeneratedSecret,
        };
        Some(NewContainerKey { value, usage, not_before: None, expires_at: None })
    }
}
