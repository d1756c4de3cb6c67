//! The keys that sign a tenant's tokens: list, rotate and revoke them. `keys` creates and stores them.

use super::{Manage, ManageError};
use crate::keys::{Begin, Keys, KeysError, Note};
use vestibule_store::SigningKeyRecord;

/// The current state of a signing key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// It signs tokens.
    Signs,
    /// It is published, and will sign from a later time, in milliseconds since the epoch.
    Published {
        /// When it starts to sign.
        signs_from: i64,
    },
    /// It no longer signs, but its tokens are accepted until a given time, in milliseconds since the epoch.
    Believed {
        /// When it leaves the key set.
        until: i64,
    },
    /// It has left the key set, at a time in milliseconds since the epoch.
    Retired {
        /// When it left.
        at: i64,
    },
    /// It is revoked, and its tokens are rejected.
    Revoked,
}

/// A signing key without its private part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKeyInfo {
    /// The key id.
    pub kid: String,
    /// When it was created, in milliseconds since the epoch.
    pub created_at: i64,
    /// Its state.
    pub state: KeyState,
}

/// The result of a revocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// The new key that was created first, because the revoked one was the only one that could sign.
    pub replaced_by: Option<String>,
}

impl Manage {
    /// The tenant's signing keys, in the order of use.
    ///
    /// # Errors
    /// Fails if the store fails.
    pub async fn signing_keys(&self, tenant: &str) -> Result<Vec<SigningKeyInfo>, ManageError> {
        let now = self.clock.now();
        let records = self.store.list_signing_keys(tenant).await?;
        // If several keys start together, the oldest one signs; this is the rule of `keys`.
        let usable = records.iter().filter(|key| is_usable(key, now));
        let signs = usable.rev().max_by_key(|key| key.use_from).map(|key| key.kid.clone());
        let info = |key: &SigningKeyRecord| SigningKeyInfo {
            kid: key.kid.clone(),
            created_at: key.created_at,
            state: state(key, signs.as_ref() == Some(&key.kid), now),
        };
        Ok(records.iter().map(info).collect())
    }

    /// Creates a new signing key, and returns its id.
    ///
    /// # Errors
    /// [`KeysError`] if the master key is not the tenant's, or the store fails.
    pub async fn rotate_signing_key(&self, keys: &Keys, tenant: &str, begin: Begin) -> Result<String, KeysError> {
        // Change nothing if the master key is not the one that sealed the tenant's keys.
        keys.prove(tenant).await?;
        keys.rotate(tenant, begin, &self.note()).await
    }

    /// Revokes a key at once, for example because it was disclosed. If it is the only one that can sign, another is
    /// created first.
    ///
    /// # Errors
    /// [`RevokeError`]
    pub async fn revoke_signing_key(&self, keys: &Keys, tenant: &str, kid: &str) -> Result<Revoked, RevokeError> {
        keys.prove(tenant).await?;
        let known = self.store.list_signing_keys(tenant).await.map_err(KeysError::from)?;
        if !known.iter().any(|key| key.kid == kid) {
            return Err(RevokeError::NotFound(kid.to_owned()));
        }
        let now = self.clock.now();
        let replaced_by = if known.iter().any(|key| key.kid != kid && is_usable(key, now)) {
            None
        } else {
            Some(keys.rotate(tenant, Begin::AtOnce, &self.note()).await?)
        };
        keys.revoke(tenant, kid, &self.note()).await?;
        Ok(Revoked { replaced_by })
    }

    fn note(&self) -> Note {
        Note {
            actor: self.actor.to_json(),
            correlation_id: self.actor.correlation_id().map(str::to_owned),
            random: self.random.clone(),
        }
    }
}

/// Why a key was not revoked.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    /// The tenant has no key with this id.
    #[error("there is no signing key {0}")]
    NotFound(String),
    /// The keys cannot be used.
    #[error(transparent)]
    Keys(#[from] KeysError),
}

impl From<KeysError> for ManageError {
    fn from(error: KeysError) -> Self {
        match error {
            KeysError::Store(error) => error.into(),
            error => Self::Keys(error),
        }
    }
}

fn is_usable(key: &SigningKeyRecord, now: i64) -> bool {
    key.use_from <= now && key.retire_at.is_none_or(|at| at > now)
}

fn state(key: &SigningKeyRecord, signs: bool, now: i64) -> KeyState {
    match key.retire_at {
        Some(0) => KeyState::Revoked,
        Some(at) if at <= now => KeyState::Retired { at },
        _ if signs => KeyState::Signs,
        Some(until) => KeyState::Believed { until },
        None => KeyState::Published { signs_from: key.use_from },
    }
}
