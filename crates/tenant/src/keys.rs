//! Signing keys: created, stored encrypted, published, and rotated with an overlap.
//!
//! A key is published as soon as it is stored, signs from its `use_from`, and leaves the key set once every token that
//! it signed has expired. Processes that share a store agree on the signing key; `set` contains the rule.

mod set;

use crate::clock::{Clock, Random};
use crate::registry::PATIENCE;
use crate::seal::Sealer;
use bytes::Bytes;
use serde_json::json;
use set::KeySet;
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use vestibule_protocol::error::Failure;
use vestibule_protocol::keys::{KeyError, SigningKey, VerifyingKey};
use vestibule_store::{
    AuditRecord, ChangeSet, Committed, Put, Retirement, SigningKeyRecord, Store, StoreError, TenantVersion,
};
use zeroize::Zeroizing;

/// The key container of the signing keys, under its B2C name (docs/b2c.md, "Signing keys").
const CONTAINER: &str = "B2C_1A_TokenSigningKeyContainer";
/// A time before any other.
const NEVER: i64 = i64::MIN;
const HOUR: i64 = 60 * 60 * 1000;
/// How long a new key is published before it signs: the time for which applications may cache the key set (docs/b2c.md,
/// "Signing keys").
pub const PUBLISHED_BEFORE: i64 = 24 * HOUR;
/// For how long a key is published after its last signature: the longest token lifetime, and an hour for skewed clocks.
pub const PUBLISHED_AFTER: i64 = 25 * HOUR;
/// The age of the newest key at which another one is created.
pub const ROTATED_AFTER: i64 = 90 * 24 * HOUR;
/// The minimum interval, in milliseconds, between queries for changes made by other processes; one query covers all
/// tenants.
const LOOK_EVERY: i64 = 1000;
/// Up to this number of tenants, first keys are created in the background when the server starts. With more tenants
/// they are created on demand: a key takes a tenth of a second, and many tenants may not be used for a long time.
const MOST_PREPARED: usize = 8;

/// Why signing keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key was sealed with a different master key, or altered.
    #[error("the signing key {0} cannot be opened: give the master key that this store was made with")]
    Sealed(String),
    /// A key in this key container was sealed with a different master key, or altered.
    #[error("the policy key {0} cannot be opened: give the master key that this store was made with")]
    SealedContainer(String),
    /// A key cannot be created, read or used.
    #[error("a signing key is unusable: {0}")]
    Key(#[from] KeyError),
    /// The random generator or a thread failed.
    #[error("a signing key could not be made")]
    Making,
}

impl From<KeysError> for Failure {
    /// The log gets the cause; the application only learns whether it can retry.
    fn from(error: KeysError) -> Self {
        tracing::error!(%error, "there is no key to sign with");
        match error {
            KeysError::Store(StoreError::Unavailable(_)) => Self::busy(),
            _ => Self::server_error(),
        }
    }
}

/// When a new key starts to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// After [`PUBLISHED_BEFORE`], so that no application encounters a key it does not know.
    Published,
    /// At once, because others may know the old key. Applications fetch the key set again when they encounter the new
    /// key.
    AtOnce,
}

/// The actor of a change to keys, for the audit log.
#[derive(Clone, Debug)]
pub struct Note {
    /// The actor, as JSON.
    pub actor: String,
    /// The correlation id, if a request made the change.
    pub correlation_id: Option<String>,
    /// Generates the id of the entry.
    pub random: Random,
}

impl Note {
    /// A note for changes by the server itself.
    #[must_use]
    pub fn server() -> Self {
        Self { actor: r#"{"type":"server"}"#.to_owned(), correlation_id: None, random: Random::system() }
    }

    /// A change to a tenant's keys, with its audit entry.
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
            count: 1,
        };
        ChangeSet { audit: vec![entry], ..ChangeSet::new(tenant) }
    }
}

/// The signing keys of all tenants. Clones share the same state.
#[derive(Clone)]
pub struct Keys {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    clock: Clock,
    sealer: Sealer,
    tenants: RwLock<HashMap<String, Arc<Slot>>>,
    seen: RwLock<Seen>,
    /// When changes were last looked for, in milliseconds since the epoch.
    looked_at: AtomicI64,
    /// The last failure that was logged; cleared when a query succeeds.
    failure: Mutex<Option<String>>,
}

/// The versions of all tenants, as last seen.
#[derive(Default)]
struct Seen {
    of: HashMap<String, i64>,
    /// Their sum.
    total: i64,
}

/// The known keys of one tenant.
struct Slot {
    set: RwLock<Arc<KeySet>>,
    /// When reloading last failed, in milliseconds since the epoch.
    failed_at: AtomicI64,
    /// Held by the task that reloads the keys.
    reading: tokio::sync::Mutex<()>,
    /// Held by the task that creates or changes keys in this process.
    changing: tokio::sync::Mutex<()>,
}

impl Slot {
    fn set(&self) -> Arc<KeySet> {
        Arc::clone(&self.set.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Returns true if it is time to look for changes. If the clock was moved back, it is due at once.
fn is_due(looked_at: &AtomicI64, now: i64) -> bool {
    let looked_at = looked_at.load(Ordering::Relaxed);
    !(looked_at..looked_at.saturating_add(LOOK_EVERY)).contains(&now)
}

impl Keys {
    /// The keys in this store, sealed by `sealer`.
    #[must_use]
    pub fn new(store: Store, clock: Clock, sealer: Sealer) -> Self {
        let (tenants, seen, failure) = Default::default();
        Self { inner: Arc::new(Inner { store, clock, sealer, tenants, seen, looked_at: NEVER.into(), failure }) }
    }

    /// The sealer that uses the master key.
    #[must_use]
    pub fn sealer(&self) -> &Sealer {
        &self.inner.sealer
    }

    /// At start, checks that the master key opens the keys in the store, and creates the first keys of these tenants in
    /// the background if there are few tenants. All other keys are loaded or created on first use.
    ///
    /// # Errors
    /// Fails if the store fails, or if the newest key was sealed with a different master key.
    pub async fn prepare(&self, tenants: &[String]) -> Result<(), KeysError> {
        self.prove_by_newest().await?;
        if tenants.len() <= MOST_PREPARED {
            let (keys, tenants) = (self.clone(), tenants.to_vec());
            tokio::spawn(async move {
                for tenant in tenants {
                    if let Err(error) = keys.usable(&tenant).await {
                        tracing::error!(tenant, %error, "the first signing key could not be made");
                    }
                }
            });
        }
        Ok(())
    }

    /// Up to `limit` tenants for which [`Keys::tend`] has work to do: a single query, run once an hour.
    ///
    /// # Errors
    /// Fails if the store fails.
    pub async fn due(&self, limit: i64) -> Result<Vec<String>, KeysError> {
        let old = self.inner.clock.now().saturating_sub(ROTATED_AFTER);
        Ok(self.inner.store.signing_keys_due(CONTAINER, old, limit).await?)
    }

    async fn prove_by_newest(&self) -> Result<(), KeysError> {
        if let Some(record) = self.inner.store.newest_signing_key(CONTAINER).await? {
            KeySet::read(0, std::iter::once(record), &KeySet::default(), &self.inner.sealer)?;
        }
        Ok(())
    }

    /// Verifies that this is the store's master key, by opening the tenant's signing keys, or otherwise the newest key
    /// of any tenant. A store without keys cannot be verified, and contains nothing that the key could fail to open.
    ///
    /// # Errors
    /// [`KeysError::Sealed`], or an error of the store.
    pub async fn prove(&self, tenant: &str) -> Result<(), KeysError> {
        let slot = self.slot(tenant);
        self.read_again(tenant, &slot).await?;
        if slot.set().newest().is_some() {
            return Ok(());
        }
        self.prove_by_newest().await
    }

    /// Does the work that is due: creates the first key, replaces an old one, retires those that were replaced.
    ///
    /// # Errors
    /// [`KeysError`]
    pub async fn tend(&self, tenant: &str) -> Result<(), KeysError> {
        let slot = self.slot(tenant);
        self.read_again(tenant, &slot).await?;
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

    /// The key that currently signs. Waits while the tenant's first key is created.
    ///
    /// # Errors
    /// [`KeysError`]
    pub async fn signing(&self, tenant: &str) -> Result<Arc<SigningKey>, KeysError> {
        let set = self.usable(tenant).await?;
        set.current(self.inner.clock.now()).ok_or(KeysError::Making)
    }

    /// The published keys, as JSON (docs/b2c.md, "Signing keys").
    ///
    /// # Errors
    /// [`KeysError`]
    pub async fn published(&self, tenant: &str) -> Result<Bytes, KeysError> {
        Ok(self.usable(tenant).await?.published(self.inner.clock.now()))
    }

    /// The same, but only if no waiting is necessary: the keys were checked recently and one of them can sign.
    #[must_use]
    pub fn at_hand(&self, tenant: &str) -> Option<Bytes> {
        let now = self.inner.clock.now();
        let set = self.known_slot(tenant)?.set();
        let is_current = !is_due(&self.inner.looked_at, now) && !self.has_moved(tenant, &set);
        (is_current && set.current(now).is_some()).then(|| set.published(now))
    }

    /// The keys whose signatures are accepted: those that are published, and those retired on schedule, for the
    /// `id_token_hint` of sign-out. Revoked keys are excluded.
    ///
    /// # Errors
    /// [`KeysError`]
    pub async fn verifying(&self, tenant: &str) -> Result<Arc<[VerifyingKey]>, KeysError> {
        Ok(self.usable(tenant).await?.verifying())
    }

    /// Creates a new key for the tenant, and retires the others once their tokens have expired. Returns the new key's
    /// id.
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

    /// Revokes a key at once, for example because it was disclosed. Create another key for the tenant first. Returns
    /// false if the tenant has no key with this id.
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

    fn known_slot(&self, tenant: &str) -> Option<Arc<Slot>> {
        self.inner.tenants.read().unwrap_or_else(PoisonError::into_inner).get(tenant).cloned()
    }

    fn slot(&self, tenant: &str) -> Arc<Slot> {
        self.known_slot(tenant).unwrap_or_else(|| {
            let mut tenants = self.inner.tenants.write().unwrap_or_else(PoisonError::into_inner);
            let new = || {
                Arc::new(Slot {
                    set: RwLock::default(),
                    failed_at: NEVER.into(),
                    reading: tokio::sync::Mutex::default(),
                    changing: tokio::sync::Mutex::default(),
                })
            };
            Arc::clone(tenants.entry(tenant.to_owned()).or_insert_with(new))
        })
    }

    /// The key set, with at least one key that can sign.
    async fn usable(&self, tenant: &str) -> Result<Arc<KeySet>, KeysError> {
        let slot = self.slot(tenant);
        self.look().await;
        if slot.set().current(self.inner.clock.now()).is_none() {
            self.first(tenant, &slot).await?;
        } else if self.has_moved(tenant, &slot.set()) {
            self.follow(tenant, &slot).await;
        }
        Ok(slot.set())
    }

    /// Queries which tenants changed, at most once per [`LOOK_EVERY`]: one request runs a single query for all of them.
    async fn look(&self) {
        let (now, looked_at) = (self.inner.clock.now(), self.inner.looked_at.load(Ordering::Relaxed));
        let mine = is_due(&self.inner.looked_at, now)
            && self.inner.looked_at.compare_exchange(looked_at, now, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if !mine {
            return;
        }
        let total = self.inner.seen.read().unwrap_or_else(PoisonError::into_inner).total;
        // A store that does not answer must not delay requests that can be served from memory.
        let versions = tokio::time::timeout(PATIENCE, self.inner.store.tenant_versions_above(total)).await;
        let failure = match versions.unwrap_or_else(|late| Err(StoreError::Unavailable(late.into()))) {
            Ok(versions) => {
                self.see(versions);
                None
            }
            Err(error) => Some(error.to_string()),
        };
        self.report(failure);
    }

    fn see(&self, versions: Vec<TenantVersion>) {
        let mut seen = self.inner.seen.write().unwrap_or_else(PoisonError::into_inner);
        seen.of.extend(versions.into_iter().map(|moved| (moved.tenant, moved.version)));
        seen.total = seen.of.values().sum();
    }

    /// Logs a failure once, and again when it changes.
    fn report(&self, failure: Option<String>) {
        let mut last = self.inner.failure.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = failure.as_ref().filter(|_| *last != failure) {
            tracing::warn!(error, "the signing keys could not be read again; going on with those known");
        }
        *last = failure;
    }

    /// Returns true if anything in the tenant changed since this set was read.
    fn has_moved(&self, tenant: &str, set: &KeySet) -> bool {
        let seen = self.inner.seen.read().unwrap_or_else(PoisonError::into_inner);
        seen.of.get(tenant).is_some_and(|version| *version > set.version)
    }

    /// Reloads the tenant's keys, unless another task is already doing so or it failed just now; then the known keys
    /// remain.
    async fn follow(&self, tenant: &str, slot: &Slot) {
        let now = self.inner.clock.now();
        let Ok(_turn) = slot.reading.try_lock() else { return };
        if !is_due(&slot.failed_at, now) {
            return;
        }
        let read = tokio::time::timeout(PATIENCE, self.read_again(tenant, slot)).await;
        if let Err(error) = read.unwrap_or_else(|late| Err(StoreError::Unavailable(late.into()).into())) {
            slot.failed_at.store(now, Ordering::Relaxed);
            tracing::warn!(tenant, %error, "the signing keys could not be read again; going on with those known");
        }
    }

    /// Creates the first key, unless one exists by now. Another process may do the same at the same time: both keys are
    /// then published, and all processes agree on which one signs.
    async fn first(&self, tenant: &str, slot: &Slot) -> Result<(), KeysError> {
        let _turn = slot.changing.lock().await;
        self.read_again(tenant, slot).await?;
        if slot.set().current(self.inner.clock.now()).is_none() {
            self.make(tenant, set::ALWAYS, &Note::server()).await?;
            self.read_again(tenant, slot).await?;
        }
        Ok(())
    }

    /// Creates a key on a blocking thread, and stores it.
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

    /// Sets every key except the newest to end when its tokens have expired.
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

    /// Sets when a key leaves the key set. Returns false if that changes nothing.
    async fn end(&self, tenant: &str, kid: &str, retire_at: i64, event: &str, note: &Note) -> Result<bool, KeysError> {
        let mut change = note.change(tenant, event, kid, self.inner.clock.now());
        change.retire.push(Retirement { kid: kid.to_owned(), retire_at });
        Ok(matches!(self.inner.store.commit(&change).await?, Committed::Done { .. }))
    }

    async fn read_again(&self, tenant: &str, slot: &Slot) -> Result<(), KeysError> {
        // Read the version first: a change between the two reads is then noticed by the next check.
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
