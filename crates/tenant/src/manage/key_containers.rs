//! Key containers ("policy keys"): create, fill and empty them. A value is written once and never shown again.

use super::refusal::Findings;
use super::{Done, IfVersion, Manage, ManageError, Refusals, demand, found, taken};
use crate::keys::{Keys, KeysError};
use crate::registry::key_container::{ContainerKey, KeyContainer, KeyKind, KeyUse, purpose};
use vestibule_protocol::keys::SigningKey;
use vestibule_store::ObjectKind;
use zeroize::Zeroizing;

/// The value of a new key in a container.
#[derive(Clone)]
pub enum ContainerValue {
    /// An existing secret, for example a client secret or an API key.
    Secret(Zeroizing<String>),
    /// 256 random bits.
    GeneratedSecret,
    /// A new RSA key of 2048 bits.
    GeneratedRsa,
}

impl std::fmt::Debug for ContainerValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Secret(_) => "Secret(…)",
            Self::GeneratedSecret => "GeneratedSecret",
            Self::GeneratedRsa => "GeneratedRsa",
        })
    }
}

/// A key to add to a container.
#[derive(Clone, Debug)]
pub struct NewContainerKey {
    /// The value.
    pub value: ContainerValue,
    /// Its use.
    pub usage: KeyUse,
    /// When it becomes active, in milliseconds since the epoch; `None` for at once.
    pub not_before: Option<i64>,
    /// When it stops being active, in milliseconds since the epoch; `None` for never.
    pub expires_at: Option<i64>,
}

/// Maximum length of a secret in a container, in bytes.
pub const LONGEST_SECRET: usize = 10_000;
const KIND: ObjectKind = ObjectKind::KeyContainer;

impl Manage {
    /// Every key container of the tenant, ordered by name.
    ///
    /// # Errors
    /// Fails if the store fails.
    pub async fn key_containers(&self, tenant: &str) -> Result<Vec<KeyContainer>, ManageError> {
        Ok(self.registrations(tenant).await?.key_containers.into_values().collect())
    }

    /// Adds a key to the container with this name, which is created if it does not exist. Returns the key's id.
    ///
    /// # Errors
    /// [`ManageError::Refused`]; [`ManageError::Keys`] if `keys` has a different master key than the tenant's keys.
    pub async fn add_container_key(
        &self,
        keys: &Keys,
        tenant: &str,
        name: &str,
        new: &NewContainerKey,
    ) -> Result<(String, Done), ManageError> {
        let key = self.seal_container_key(keys, tenant, name, None, new).await?;
        let done = self.change(tenant, None, |registrations| {
            let container = registrations.key_containers.entry(name.to_owned());
            let container = container.or_insert_with(|| KeyContainer { name: name.to_owned(), keys: Vec::new() });
            container.add(key.clone(), key.created_at);
            Ok(())
        });
        Ok((key.id.clone(), done.await?))
    }

    /// Seal a new key for the container of this name, without adding it. Without an id it gets a new one.
    ///
    /// # Errors
    /// [`ManageError::Refused`]; [`ManageError::Keys`] if `keys` has a different master key than the tenant's keys.
    pub(crate) async fn seal_container_key(
        &self,
        keys: &Keys,
        tenant: &str,
        name: &str,
        id: Option<&str>,
        new: &NewContainerKey,
    ) -> Result<ContainerKey, ManageError> {
        check_length(name, &new.value)?;
        // A value sealed with a wrong master key could never be opened with the right one.
        keys.prove(tenant).await?;
        self.prove_containers(keys, tenant).await?;
        let (kind, value) = self.value_of(&new.value).await?;
        let id = id.map_or_else(|| self.random.uuid(), str::to_owned);
        let sealed = keys.sealer().seal(&purpose(tenant, name, &id), &value).ok_or(KeysError::Making)?;
        let digest = std::str::from_utf8(&value).ok().map(|text| value_digest(keys, tenant, name, text));
        Ok(ContainerKey {
            id,
            kind,
            usage: new.usage,
            created_at: self.clock.now(),
            not_before: new.not_before,
            expires_at: new.expires_at,
            enabled: true,
            digest,
            sealed,
        })
    }

    /// Verifies that this master key opens the newest key in the tenant's containers, if there is one.
    async fn prove_containers(&self, keys: &Keys, tenant: &str) -> Result<(), ManageError> {
        let containers = self.key_containers(tenant).await?;
        let all = containers.iter().flat_map(|container| container.keys.iter().map(move |key| (&container.name, key)));
        let Some((name, key)) = all.max_by_key(|(_, key)| key.created_at) else { return Ok(()) };
        let opened = keys.sealer().open(&purpose(tenant, name, &key.id), &key.sealed);
        opened.map(drop).map_err(|_| KeysError::SealedContainer(name.clone()).into())
    }

    async fn value_of(&self, value: &ContainerValue) -> Result<(KeyKind, Zeroizing<Vec<u8>>), KeysError> {
        Ok(match value {
            ContainerValue::Secret(text) => (KeyKind::Secret, Zeroizing::new(text.as_bytes().to_vec())),
            ContainerValue::GeneratedSecret => (KeyKind::Secret, Zeroizing::new(self.random.token().into_bytes())),
            ContainerValue::GeneratedRsa => {
                let made = tokio::task::spawn_blocking(SigningKey::generate).await;
                (KeyKind::Rsa, Zeroizing::new(made.map_err(|_| KeysError::Making)??.to_pkcs8()?))
            }
        })
    }

    /// Enables or disables a key.
    ///
    /// # Errors
    /// [`ManageError::NotFound`]
    pub async fn enable_container_key(
        &self,
        tenant: &str,
        name: &str,
        id: &str,
        enabled: bool,
    ) -> Result<Done, ManageError> {
        self.change(tenant, None, |registrations| {
            let container = found(registrations.key_containers.get_mut(name), KIND, name)?;
            let key = container.keys.iter_mut().find(|key| key.id == id);
            found(key, KIND, &format!("{name}/{id}"))?.enabled = enabled;
            Ok(())
        })
        .await
    }

    /// Removes a key from its container.
    ///
    /// # Errors
    /// [`ManageError::NotFound`]
    pub async fn remove_container_key(&self, tenant: &str, name: &str, id: &str) -> Result<Done, ManageError> {
        self.change(tenant, None, |registrations| {
            let container = found(registrations.key_containers.get_mut(name), KIND, name)?;
            found(taken(&mut container.keys, |key| key.id == id), KIND, &format!("{name}/{id}")).map(drop)
        })
        .await
    }

    /// Deletes a container with its keys. Policies that refer to it then fail at the technical profile that needs it.
    ///
    /// # Errors
    /// [`ManageError::NotFound`], [`ManageError::Stale`].
    pub async fn delete_key_container(
        &self,
        tenant: &str,
        name: &str,
        if_version: IfVersion,
    ) -> Result<Done, ManageError> {
        self.change(tenant, demand(KIND, name, if_version), |registrations| {
            found(registrations.key_containers.remove(name), KIND, name).map(drop)
        })
        .await
    }
}

impl Manage {
    /// Returns true if the container's active key has this value.
    #[must_use]
    pub fn is_active_value(&self, keys: &Keys, tenant: &str, container: &KeyContainer, value: &str) -> bool {
        let digest = value_digest(keys, tenant, &container.name, value);
        container.active(self.clock.now()).is_some_and(|key| key.digest.as_ref() == Some(&digest))
    }
}

/// Checks that a secret is not empty and at most [`LONGEST_SECRET`] bytes long.
fn check_length(name: &str, value: &ContainerValue) -> Result<(), Refusals> {
    let ContainerValue::Secret(text) = value else { return Ok(()) };
    if (1..=LONGEST_SECRET).contains(&text.len()) {
        return Ok(());
    }
    let mut findings = Findings::new(KIND, name);
    findings.refuse("value", format!("a secret has 1 to {LONGEST_SECRET} bytes"));
    Err(Refusals(findings.into_refusals()))
}

/// A keyed digest of a value: equal values of one container have equal digests.
fn value_digest(keys: &Keys, tenant: &str, name: &str, value: &str) -> String {
    keys.sealer().mac(&purpose(tenant, name, "digest"), value)
}
