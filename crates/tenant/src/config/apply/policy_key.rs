//! Policy keys of the file: a value that its container does not contain yet is added as the newest key.

use super::Run;
use crate::config::file::PolicyKeyConfig;
use crate::config::{ConfigError, time};
use crate::keys::Keys;
use crate::manage::{ContainerValue, NewContainerKey};
use crate::registry::key_container::{ContainerKey, KeyContainer};
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
        let known = self.manage.registrations(&tenant.id()).await.map_err(|error| self.told(i, error))?.key_containers;
        let mut found = Vec::new();
        for (j, wanted) in tenant.policy_keys.iter().enumerate() {
            let container = known.get(&wanted.name);
            if wanted
                .id
                .as_ref()
                .is_some_and(|id| container.is_some_and(|known| known.keys.iter().any(|k| k.id == *id)))
            {
                continue;
            }
            let Some(keys) = self.options.keys else {
                let why = "policy keys are sealed with the master key, and there is none here".to_owned();
                return Err(told(&place(j, "name"), why));
            };
            if let Some(why) = self.missing_value(wanted) {
                return Err(told(&place(j, "secret_env"), why));
            }
            let Some(new) = self.new_key(keys, &tenant.id(), wanted, container) else { continue };
            let id = wanted.id.as_deref();
            let sealed = self.manage.seal_container_key(keys, &tenant.id(), &wanted.name, id, &new).await;
            found.push((wanted.name.clone(), sealed.map_err(|error| told(&place(j, "name"), error.to_string()))?));
        }
        Ok(found)
    }

    /// A sentence about a key whose value is nowhere.
    fn missing_value(&self, wanted: &PolicyKeyConfig) -> Option<String> {
        let variable = wanted.secret_env.as_ref()?;
        let is_missing = (self.options.env)(variable).is_none_or(|value| value.is_empty());
        let name = &wanted.name;
        is_missing.then(|| format!("the environment variable {variable} is not set: it holds the policy key {name:?}"))
    }

    /// The key to add, unless the container holds it. One with an id of its own is not there yet.
    fn new_key(
        &self,
        keys: &Keys,
        tenant: &str,
        wanted: &PolicyKeyConfig,
        known: Option<&KeyContainer>,
    ) -> Option<NewContainerKey> {
        let is_value = |value: &str| known.is_some_and(|known| self.manage.is_active_value(keys, tenant, known, value));
        let value = match (&wanted.secret_env, wanted.generate.as_deref()) {
            (Some(variable), _) => {
                let value = Zeroizing::new((self.options.env)(variable)?);
                if wanted.id.is_none() && is_value(&value) {
                    return None;
                }
                ContainerValue::Secret(value)
            }
            // One that is generated is generated once.
            (None, _) if wanted.id.is_none() && known.is_some_and(|known| !known.keys.is_empty()) => return None,
            (None, Some("rsa")) => ContainerValue::GeneratedRsa,
            (None, _) => ContainerValue::GeneratedSecret,
        };
        let millis = |text: &Option<String>| text.as_deref().and_then(time::millis);
        let (not_before, expires_at) = (millis(&wanted.not_before), millis(&wanted.expires));
        Some(NewContainerKey { value, usage: wanted.key_use(), not_before, expires_at })
    }
}
