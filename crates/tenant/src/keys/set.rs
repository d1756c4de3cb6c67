//! The keys of one tenant as read from the store: which one signs, and which are published.

use super::KeysError;
use crate::seal::Sealer;
use bytes::Bytes;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use vestibule_protocol::keys::{Jwk, SigningKey, VerifyingKey};
use vestibule_store::SigningKeyRecord;

/// `use_from` of a tenant's first key: it may sign whatever time the clock shows.
pub(super) const ALWAYS: i64 = 0;
/// `retire_at` of a key that is no longer trusted.
pub(super) const REVOKED: i64 = 0;

/// The purpose under which a private key is sealed, so that sealed keys cannot be swapped.
pub(super) fn purpose(kid: &str) -> String {
    format!("signing key {kid}")
}

/// A set of keys, each parsed once.
#[derive(Default)]
pub(super) struct KeySet {
    /// The tenant's version when they were read.
    pub(super) version: i64,
    /// Ordered by `use_from`, then by creation.
    keys: Vec<Arc<Held>>,
    verifying: Arc<[VerifyingKey]>,
    /// The published form, and the time range for which it is valid.
    last_published: Mutex<Option<(Range<i64>, Bytes)>>,
}

/// One key.
pub(super) struct Held {
    signing: Arc<SigningKey>,
    public: VerifyingKey,
    /// The published form.
    json: String,
    pub(super) created_at: i64,
    pub(super) use_from: i64,
    retire_at: Option<i64>,
}

impl Held {
    fn read(record: &SigningKeyRecord, known: Option<&Arc<Self>>, sealer: &Sealer) -> Result<Self, KeysError> {
        let damaged = || KeysError::Sealed(record.kid.clone());
        let signing = match known {
            Some(known) => Arc::clone(&known.signing),
            None => {
                let der = sealer.open(&purpose(&record.kid), &record.private_key).map_err(|_| damaged())?;
                Arc::new(SigningKey::from_pkcs8(&der)?)
            }
        };
        let jwk: Jwk = serde_json::from_str(&record.public_jwk).map_err(|_| damaged())?;
        Ok(Self {
            public: VerifyingKey::from_jwk(&jwk).ok_or_else(damaged)?,
            json: record.public_jwk.clone(),
            signing,
            created_at: record.created_at,
            use_from: record.use_from,
            retire_at: record.retire_at,
        })
    }

    fn is_published(&self, now: i64) -> bool {
        self.retire_at.is_none_or(|end| now < end)
    }
}

impl KeySet {
    /// Opens the records; keys that are already in `old` are not parsed again.
    pub(super) fn read(
        version: i64,
        records: impl Iterator<Item = SigningKeyRecord>,
        old: &Self,
        sealer: &Sealer,
    ) -> Result<Self, KeysError> {
        let known = |kid: &str| old.keys.iter().find(|k| k.signing.kid() == kid);
        let keys = records.map(|r| Held::read(&r, known(&r.kid), sealer).map(Arc::new));
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        let believed = keys.iter().filter(|k| k.retire_at != Some(REVOKED));
        let verifying = believed.map(|k| k.public.clone()).collect();
        Ok(Self { version, keys, verifying, last_published: Mutex::default() })
    }

    /// The key that signs at `now`: the one that started most recently; the older one if two started together (because
    /// two processes each created a first key). If none has started, because the clock was moved back, the next one to
    /// start.
    pub(super) fn current(&self, now: i64) -> Option<Arc<SigningKey>> {
        let published = || self.keys.iter().filter(|k| k.is_published(now));
        let begun = published().filter(|k| k.use_from <= now).rev().max_by_key(|k| k.use_from);
        begun.or_else(|| published().next()).map(|k| Arc::clone(&k.signing))
    }

    /// The key that will sign once all have started.
    pub(super) fn newest(&self) -> Option<&Held> {
        let kept = self.keys.iter().filter(|k| k.retire_at.is_none());
        kept.rev().max_by_key(|k| k.use_from).map(Arc::as_ref)
    }

    /// The ids of the keys that [`KeySet::newest`] replaces and that have no end yet.
    pub(super) fn superseded(&self) -> impl Iterator<Item = &str> {
        let newest = self.newest().map(|k| k.signing.kid());
        let open = self.keys.iter().filter(|k| k.retire_at.is_none());
        open.map(|k| k.signing.kid()).filter(move |kid| Some(*kid) != newest)
    }

    /// The key set as JSON. It stays the same until the next key is retired.
    pub(super) fn published(&self, now: i64) -> Bytes {
        let mut last = self.last_published.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((during, text)) if during.contains(&now) => text.clone(),
            _ => {
                let ends = || self.keys.iter().filter_map(|k| k.retire_at);
                let from = ends().filter(|end| *end <= now).max().unwrap_or(i64::MIN);
                let until = ends().filter(|end| *end > now).min().unwrap_or(i64::MAX);
                let keys = self.keys.iter().filter(|k| k.is_published(now)).map(|k| k.json.as_str());
                let text = Bytes::from(format!(r#"{{"keys":[{}]}}"#, keys.collect::<Vec<_>>().join(",")));
                last.insert((from..until, text)).1.clone()
            }
        }
    }

    pub(super) fn verifying(&self) -> Arc<[VerifyingKey]> {
        Arc::clone(&self.verifying)
    }
}
