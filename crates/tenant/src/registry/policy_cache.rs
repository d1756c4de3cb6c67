//! A cache of the compiled policies of all tenants. It is bounded in bytes and evicts the least recently used policy.

use super::Flow;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use vestibule_journey::flow::{CustomAttribute, FlowSettings};
use vestibule_journey::{CompileOptions, Source};
use vestibule_protocol::digest::sha256_base64url;

/// The maximum size of the compiled policies of all tenants together, in bytes as estimated by [`size`].
pub(super) const POLICY_CACHE_BYTES: usize = 64 * 1024 * 1024;
/// Bytes of a compiled policy per byte of XML in its chain: measured, see `docs/speed.md`.
const BYTES_PER_SOURCE_BYTE: usize = 20;

/// Identifies a compiled policy by all inputs of the compiler.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct PolicyKey(String);

/// The inputs for compiling a policy.
#[derive(Serialize)]
struct Ingredients<'a> {
    name: &'a str,
    chain: Vec<(&'a str, &'a str)>,
    settings: Option<&'a FlowSettings>,
    attributes: &'a [CustomAttribute],
    domain: Option<&'a str>,
    key_containers: Option<&'a [String]>,
}

impl PolicyKey {
    pub(super) fn new(
        name: &str,
        chain: &[Source],
        settings: Option<&FlowSettings>,
        attributes: &[CustomAttribute],
        options: &CompileOptions,
    ) -> Self {
        let ingredients = Ingredients {
            name,
            chain: chain.iter().map(|source| (source.name.as_str(), source.text.as_str())).collect(),
            settings,
            attributes,
            domain: options.tenant.as_deref(),
            key_containers: options.key_containers.as_deref(),
        };
        Self(sha256_base64url(&serde_json::to_vec(&ingredients).unwrap_or_default()))
    }
}

/// Estimates the size, in bytes, of the compiled policy of this chain.
pub(super) fn size(chain: &[Source]) -> usize {
    chain.iter().map(|source| source.text.len()).sum::<usize>().saturating_mul(BYTES_PER_SOURCE_BYTE)
}

/// The cache.
#[derive(Debug)]
pub(super) struct PolicyCache {
    bound: usize,
    held: Mutex<Held>,
    compiled: AtomicU64,
}

#[derive(Debug, Default)]
struct Held {
    entries: HashMap<PolicyKey, Entry>,
    bytes: usize,
    /// Counts uses; the entry with the lowest number is the least recently used.
    uses: u64,
}

#[derive(Debug)]
struct Entry {
    flow: Arc<Flow>,
    bytes: usize,
    used: u64,
}

impl PolicyCache {
    /// A cache for this number of bytes.
    pub(super) fn new(bound: usize) -> Self {
        Self { bound, held: Mutex::default(), compiled: AtomicU64::new(0) }
    }

    /// Returns the policy and marks it as used.
    pub(super) fn get(&self, key: &PolicyKey) -> Option<Arc<Flow>> {
        let mut held = self.held();
        held.uses += 1;
        let now = held.uses;
        let entry = held.entries.get_mut(key)?;
        entry.used = now;
        Some(Arc::clone(&entry.flow))
    }

    /// Adds a policy that was just compiled, and evicts others until the size is within the bound. The new policy
    /// always stays, because a request is using it now.
    pub(super) fn keep(&self, key: PolicyKey, flow: &Arc<Flow>, bytes: usize) {
        self.compiled.fetch_add(1, Ordering::Relaxed);
        let mut held = self.held();
        held.uses += 1;
        let entry = Entry { flow: Arc::clone(flow), bytes, used: held.uses };
        held.bytes += bytes;
        if let Some(replaced) = held.entries.insert(key, entry) {
            held.bytes -= replaced.bytes;
        }
        while held.bytes > self.bound && held.entries.len() > 1 {
            held.evict();
        }
    }

    /// The number of cached policies, and their estimated size in bytes.
    pub(super) fn len(&self) -> (usize, usize) {
        let held = self.held();
        (held.entries.len(), held.bytes)
    }

    /// The number of policies compiled since the start.
    pub(super) fn compiled(&self) -> u64 {
        self.compiled.load(Ordering::Relaxed)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Removes the least recently used entry. There are at most a few hundred entries, so a linear search is
    /// sufficient.
    fn evict(&mut self) {
        let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.used).map(|(key, _)| key.clone());
        if let Some(entry) = oldest.and_then(|key| self.entries.remove(&key)) {
            self.bytes -= entry.bytes;
        }
    }
}
