//! Compiled policies of all tenants: a cache bounded in bytes, which evicts the least recently used.

use super::Flow;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use vestibule_journey::flow::{CustomAttribute, FlowSettings};
use vestibule_journey::{CompileOptions, Source};
use vestibule_protocol::digest::sha256_base64url;

/// Bytes that the compiled policies of all tenants may take together, by the estimate of [`size`].
pub(super) const POLICY_CACHE_BYTES: usize = 64 * 1024 * 1024;
/// Bytes of a compiled policy for each byte of its chain's XML: measured, see `docs/speed.md`.
const BYTES_PER_SOURCE_BYTE: usize = 20;

/// Names a compiled policy by everything that it is made from, and by nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct PolicyKey(String);

/// The input for compiling a policy.
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

/// Estimates the bytes that the compiled policy of this chain takes.
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
    /// Counts uses: the entry with the lowest was used the longest time ago.
    uses: u64,
}

#[derive(Debug)]
struct Entry {
    flow: Arc<Flow>,
    bytes: usize,
    used: u64,
}

impl PolicyCache {
    /// A cache for so many bytes.
    pub(super) fn new(bound: usize) -> Self {
        Self { bound, held: Mutex::default(), compiled: AtomicU64::new(0) }
    }

    /// The policy, which counts as used now.
    pub(super) fn get(&self, key: &PolicyKey) -> Option<Arc<Flow>> {
        let mut held = self.held();
        held.uses += 1;
        let now = held.uses;
        let entry = held.entries.get_mut(key)?;
        entry.used = now;
        Some(Arc::clone(&entry.flow))
    }

    /// Keep a policy that was just compiled, and evict others until the bound holds again. The newest always stays: who
    /// asked for it uses it now.
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

    /// Policies that are kept, and the bytes that they take by the estimate.
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
    /// Forget the entry that was used the longest time ago. There are a few hundred at most, so a search will do.
    fn evict(&mut self) {
        let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.used).map(|(key, _)| key.clone());
        if let Some(entry) = oldest.and_then(|key| self.entries.remove(&key)) {
            self.bytes -= entry.bytes;
        }
    }
}
