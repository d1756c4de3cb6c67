//! Signing keys: made, kept encrypted, published, rotated with overlap.
//!
//! A key is published as soon as it is stored, signs from its `use_from` on, and leaves the key set when every token
//! that it signed has ended. Two processes on one store agree on the key that signs: the rule is in `set`.

mod set;

use crate::clock::{Clock, Random};
use crate::registry::PATIENCE;
use crate::seal::Sealer;
use bytes::Bytes;
use serde_json::json;
use set::KeySet;
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use vestibule_protocol::error::Failure;
use vestibule_protocol::keys::{KeyError, SigningKey, VerifyingKey};
use vestibule_store::{AuditRecord, ChangeSet, Committed, Put, Retirement, SigningKeyRecord, Store, StoreError};
use zeroize::Zeroizing;

/// The container that they belong to, by B2C's name (contract 1.4).
const CONTAINER: &str = "B2C_1A_TokenSigningKeyContainer";
const HOUR: i64 = 60 * 60 * 1000;
/// For how long a new key is published before it signs: as long as applications may keep the key set (contract 3.5).
pub const PUBLISHED_BEFORE: i64 = 24 * HOUR;
/// For how long a key is published after its last signature: the longest token life, and an hour for skewed clocks.
pub const PUBLISHED_AFTER: i64 = 25 * HOUR;
/// How old the newest key is when another is made.
pub const ROTATED_AFTER: i64 = 90 * 24 * HOUR;
/// At most so often, in milliseconds, the store is asked whether another process changed the keys.
const LOOK_EVERY: i64 = 1000;

/// What is wrong with the keys.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key was sealed under another master key, or altered.
    #[error("the signing key {0} cannot be opened: give the master key that this store was made with")]
    Sealed(String),
    /// A key cannot be made, read or used.
    #[error("a signing key is unusable: {0}")]
    Key(#[from] KeyError),
    /// Randomness or a thread failed.
    #[error("a signing key could not be made")]
    Making,
}

impl From<KeysError> for Failure {
    /// The cause goes to the log, the application hears whether to try again.
    fn from(error: KeysError) -> Self {
        tracing::error!(%error, "there is no key to sign with");
        match error {
            KeysError::Store(StoreError::Unavailable(_)) => Self::busy(),
            _ => Self::server_error(),
        }
    }
}

/// When a new key begins to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// After [`PUBLISHED_BEFORE`]: no application meets a key that it does not know.
    Published,
    /// At once: the old key may be known to others. Applications fetch the keys again when they meet it.
    AtOnce,
}

/// Who changes keys, for the audit log.
#[derive(Clone, Debug)]
pub struct Note {
    /// The actor, JSON.
    pub actor: String,
    /// The request's correlation id, if it is a request.
    pub correlation_id: Option<String>,
    /// Makes the entry's id.
    pub random: Random,
}

impl Note {
    /// The server itself.
    #[must_use]
    pub fn server() -> Self {
        Self { actor: r#"{"type":"server"}"#.to_owned(), correlation_id: None, random: Random::system() }
    }

    /// A change of a tenant's keys with its audit entry.
    fn change(&self, tenant: &str, event: &str, kid: &str, now: i64) -> ChangeSet {
        let entry = AuditRecord {
            id: self.random.uuid_at(now),
            tenant: tenant.to_owned(),
            at: now,
            event: event.to_owned(),
            outcome: "success".to_owned(),
            client_id: None,
            object_id: None,
            correlation_id: self.correlation_id.clone(),
            detail: json!({ "kid": kid }).to_string(),
            actor: Some(self.actor.clone()),
        };
        ChangeSet { audit: vec![entry], ..ChangeSet::new(tenant) }
    }
}

/// The signing keys of all tenants. Clones share one.
#[derive(Clone)]
pub struct Keys {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    clock: Clock,
    sealer: Sealer,
    tenants: RwLock<HashMap<String, Arc<Slot>>>,
}

/// What is known of one tenant's keys.
struct Slot {
    set: RwLock<Arc<KeySet>>,
    looked_at: AtomicI64,
    /// Held by whoever makes or changes keys in this process.
    changing: tokio::sync::Mutex<()>,
}

impl Slot {
    fn set(&self) -> Arc<KeySet> {
        Arc::clone(&self.set.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether it is time to look for changes. A clock that was moved back counts as time gone by.
    fn is_due(&self, now: i64) -> bool {
        let looked_at = self.looked_at.load(Ordering::Relaxed);
        !(looked_at..looked_at.saturating_add(LOOK_EVERY)).contains(&now)
    }
}

impl Keys {
    /// Keys in this store, sealed by `sealer`.
    #[must_use]
    pub fn new(store: Store, clock: Clock, sealer: Sealer) -> Self {
        Self { inner: Arc::new(Inner { store, clock, sealer, tenants: RwLock::default() }) }
    }

    /// Seals under the master key.
    #[must_use]
    pub fn sealer(&self) -> &Sealer {
        &self.inner.sealer
    }

    /// Read the keys of these tenants, and [`Keys::tend`] them in the background. At start and once an hour.
    ///
    /// # Errors
    /// As the store; or the master key is another than the one that the keys are sealed under.
    pub async fn prepare(&self, tenants: &[String]) -> Result<(), KeysError> {
        for tenant in tenants {
            self.read_again(tenant, &self.slot(tenant)).await?;
        }
        let (keys, tenants) = (self.clone(), tenants.to_vec());
        tokio::spawn(async move {
            for tenant in tenants {
                if let Err(error) = keys.tend(&tenant).await {
                    tracing::error!(tenant, %error, "the signing keys could not be looked after");
                }
            }
        });
        Ok(())
    }

    /// Prove that the tenant's keys, if it has any, are sealed under this master key.
    ///
    /// # Errors
    /// [`KeysError::Sealed`], or as the store.
    pub async fn prove(&self, tenant: &str) -> Result<(), KeysError> {
        self.read_again(tenant, &self.slot(tenant)).await
    }

    /// Do what is due: make the first key, replace an old one, retire what was replaced.
    ///
    /// # Errors
    /// [`KeysError`]
    pub async fn tend(&self, tenant: &str) -> Result<(), KeysError> {
        let slot = self.slot(tenant);
        let now = self.inner.clock.now();
        match slot.set().newest() {
            None => self.first(tenant, &slot).await,
            Some(newest) if newest.created_at + ROTATED_AFTER <= now => {
                let kid = self.rotate(tenant, Begin::Published, &Note::server()).await?;
                tracing::info!(tenant, kid, "a new signing key was made; it signs from tomorrow on");
                Ok(())
            }
            Some(_) => {
                let _turn = slot.changing.lock().await;
                self.retire(tenant, &slot).await
            }
        }
    }

    /// The key that signs now. Waits while the tenant's first is made.
    ///
    /// # Errors
    /// [`KeysError`]
    pub async fn signing(&self, tenant: &str) -> Result<Arc<SigningKey>, KeysError> {
        let set = self.usable(tenant).await?;
        set.current(self.inner.clock.now()).ok_or(KeysError::Making)
    }

    /// The published keys as JSON (contract 1.4).
    ///
    /// # Errors
    /// [`KeysError`]
    pub async fn published(&self, tenant: &str) -> Result<Bytes, KeysError> {
        Ok(self.usable(tenant).await?.published(self.inner.clock.now()))
    }

    /// The same, if nothing has to be waited for: the keys were looked at just now and one of them signs.
    #[must_use]
    pub fn at_hand(&self, tenant: &str) -> Option<Bytes> {
        let (slot, now) = (self.slot(tenant), self.inner.clock.now());
        let set = slot.set();
        (!slot.is_due(now) && set.current(now).is_some()).then(|| set.published(now))
    }

    /// Keys whose signatures are believed: those that are published, and those that were retired in due time, for the
    /// hints of sign-out. A revoked one is not among them.
    ///
    /// # Errors
    /// [`KeysError`]
    pub async fn verifying(&self, tenant: &str) -> Result<Arc<[VerifyingKey]>, KeysError> {
        Ok(self.usable(tenant).await?.verifying())
    }

    /// Give the tenant a new key, and retire the others when their tokens have ended. Returns its id.
    ///
    /// # Errors
    /// [`KeysError`]
    pub async fn rotate(&self, tenant: &str, begin: Begin, note: &Note) -> Result<String, KeysError> {
        let slot = self.slot(tenant);
        let _turn = slot.changing.lock().await;
        let now = self.inner.clock.now();
        let use_from = if begin == Begin::AtOnce { now } else { now + PUBLISHED_BEFORE };
        let kid = self.make(tenant, use_from, note).await?;
        self.read_again(tenant, &slot).await?;
        self.retire(tenant, &slot).await?;
        Ok(kid)
    }

    /// Stop believing a key at once: it is known to others. Give the tenant another one first. False if there is none
    /// of this id.
    ///
    /// # Errors
    /// [`KeysError`]
    pub async fn revoke(&self, tenant: &str, kid: &str, note: &Note) -> Result<bool, KeysError> {
        let slot = self.slot(tenant);
        let _turn = slot.changing.lock().await;
        let known = self.end(tenant, kid, set::REVOKED, "signingKey.revoke", note).await?;
        self.read_again(tenant, &slot).await?;
        Ok(known)
    }

    fn slot(&self, tenant: &str) -> Arc<Slot> {
        let known = self.inner.tenants.read().unwrap_or_else(PoisonError::into_inner).get(tenant).cloned();
        known.unwrap_or_else(|| {
            let mut tenants = self.inner.tenants.write().unwrap_or_else(PoisonError::into_inner);
            let new = || {
                Arc::new(Slot {
                    set: RwLock::default(),
                    looked_at: AtomicI64::new(i64::MIN),
                    changing: tokio::sync::Mutex::default(),
                })
            };
            Arc::clone(tenants.entry(tenant.to_owned()).or_insert_with(new))
        })
    }

    /// The keys, one of which can sign.
    async fn usable(&self, tenant: &str) -> Result<Arc<KeySet>, KeysError> {
        let slot = self.slot(tenant);
        if let Err(error) = self.look(tenant, &slot).await {
            tracing::warn!(tenant, %error, "the signing keys could not be read again; going on with those known");
        }
        let set = slot.set();
        if set.current(self.inner.clock.now()).is_some() {
            return Ok(set);
        }
        self.first(tenant, &slot).await?;
        Ok(slot.set())
    }

    /// Read again if another process changed something; asks at most once in [`LOOK_EVERY`].
    async fn look(&self, tenant: &str, slot: &Slot) -> Result<(), KeysError> {
        let (now, looked_at) = (self.inner.clock.now(), slot.looked_at.load(Ordering::Relaxed));
        let mine = slot.is_due(now)
            && slot.looked_at.compare_exchange(looked_at, now, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if !mine {
            return Ok(());
        }
        // A store that does not answer holds up nobody who asks for what is in memory.
        let version = tokio::time::timeout(PATIENCE, self.inner.store.version(tenant)).await;
        if version.map_err(|late| StoreError::Unavailable(late.into()))?? != slot.set().version {
            self.read_again(tenant, slot).await?;
        }
        Ok(())
    }

    /// Make the first key, unless somebody did meanwhile. Another process may do the same: both keys are then
    /// published, and all agree on the one that signs.
    async fn first(&self, tenant: &str, slot: &Slot) -> Result<(), KeysError> {
        let _turn = slot.changing.lock().await;
        self.read_again(tenant, slot).await?;
        if slot.set().current(self.inner.clock.now()).is_none() {
            self.make(tenant, set::ALWAYS, &Note::server()).await?;
            self.read_again(tenant, slot).await?;
        }
        Ok(())
    }

    /// Make a key, off the async threads, and store it.
    async fn make(&self, tenant: &str, use_from: i64, note: &Note) -> Result<String, KeysError> {
        let key = tokio::task::spawn_blocking(SigningKey::generate).await.map_err(|_| KeysError::Making)??;
        let now = self.inner.clock.now();
        let private = Zeroizing::new(key.to_pkcs8()?);
        let jwk = serde_json::to_string(&key.jwk(now / 1000)).map_err(|_| KeysError::Making)?;
        let record = SigningKeyRecord {
            tenant: tenant.to_owned(),
            kid: key.kid().to_owned(),
            container: CONTAINER.to_owned(),
            private_key: self.inner.sealer.seal(&set::purpose(key.kid()), &private).ok_or(KeysError::Making)?,
            public_jwk: jwk,
            created_at: now,
            use_from,
            retire_at: None,
        };
        let kid = record.kid.clone();
        let change = note.change(tenant, "signingKey.create", &kid, now).put(Put::SigningKey(record));
        self.inner.store.commit(&change).await?;
        Ok(kid)
    }

    /// Every key but the newest ends when its tokens have.
    async fn retire(&self, tenant: &str, slot: &Slot) -> Result<(), KeysError> {
        let set = slot.set();
        let Some(newest) = set.newest() else { return Ok(()) };
        let retire_at = newest.use_from.max(newest.created_at) + PUBLISHED_AFTER;
        let mut changed = false;
        for kid in set.superseded() {
            changed |= self.end(tenant, kid, retire_at, "signingKey.retire", &Note::server()).await?;
        }
        if changed {
            self.read_again(tenant, slot).await?;
        }
        Ok(())
    }

    /// Set when a key leaves the key set. False if that changes nothing.
    async fn end(&self, tenant: &str, kid: &str, retire_at: i64, event: &str, note: &Note) -> Result<bool, KeysError> {
        let mut change = note.change(tenant, event, kid, self.inner.clock.now());
        change.retire.push(Retirement { kid: kid.to_owned(), retire_at });
        Ok(matches!(self.inner.store.commit(&change).await?, Committed::Done { .. }))
    }

    async fn read_again(&self, tenant: &str, slot: &Slot) -> Result<(), KeysError> {
        // The version first: a change between the two reads then shows at the next look.
        let version = self.inner.store.version(tenant).await?;
        let records = self.inner.store.list_signing_keys(tenant).await?;
        let of_tokens = records.into_iter().filter(|r| r.container == CONTAINER);
        let read = KeySet::read(version, of_tokens, &slot.set(), &self.inner.sealer)?;
        let mut set = slot.set.write().unwrap_or_else(PoisonError::into_inner);
        if read.version >= set.version {
            *set = Arc::new(read);
        }
        Ok(())
    }
}
