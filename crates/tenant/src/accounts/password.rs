//! Password hashes: Argon2id (RFC 9106) in PHC form.

use super::AccountSettings;
use super::hashing::{HashError, HashQueue};
use crate::clock::Random;
use argon2::Params;
use argon2::password_hash::phc::PasswordHash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use zeroize::Zeroizing;

/// Cost of a password hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashParams {
    /// Memory in KiB; 19456 by default.
    pub memory_kib: u32,
    /// Number of passes; 2 by default.
    pub passes: u32,
    /// Number of lanes; 1 by default.
    pub lanes: u32,
}

impl Default for HashParams {
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 }
    }
}

/// The result of verifying a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verified {
    /// The password matches.
    Right {
        /// True if the hash was computed at another cost and should be replaced.
        outdated: bool,
    },
    /// The password does not match.
    Wrong,
}

/// Computes and verifies hashes.
pub(super) struct Hasher {
    cost: Params,
    random: Random,
    queue: HashQueue,
    computed: Arc<AtomicU64>,
    /// A dummy hash of the same cost, for unknown names.
    nobody: String,
}

impl Hasher {
    pub(super) fn new(settings: &AccountSettings, random: Random) -> Self {
        let cost = settings.hashing;
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, None).unwrap_or_default();
        let nobody = format!(
            "$argon2id$v=19$m={},t={},p={}${}${}",
            params.m_cost(),
            params.t_cost(),
            params.p_cost(),
            "A".repeat(22),
            "A".repeat(43),
        );
        Self {
            cost: params,
            random,
            queue: HashQueue::new(settings.hashing_threads.max(1), settings.hashing_queue),
            computed: Arc::new(AtomicU64::new(0)),
            nobody,
        }
    }

    /// Runs other CPU-bound work on the hashing threads.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HashError> {
        self.queue.run(move |_| work()).await
    }

    /// The number of hashes computed.
    pub(super) fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    /// Hashes a password without normalising it.
    pub(super) async fn hash(&self, password: &str) -> Result<String, HashError> {
        let salt: [u8; 16] = self.random.bytes();
        let password = Zeroizing::new(password.to_owned());
        let (cost, computed) = (self.cost.clone(), Arc::clone(&self.computed));
        self.queue
            .run(move |workspace| {
                computed.fetch_add(1, Ordering::Relaxed);
                let hash = vestibule_argon2::hash(workspace, password.as_bytes(), &salt, &cost);
                hash.map_err(|error| HashError::Failed(error.to_string()))
            })
            .await?
    }

    /// Verifies a password against a hash. Without one, it uses a dummy hash, which takes as long and never matches.
    pub(super) async fn verify(&self, password: &str, hash: Option<&str>) -> Result<Verified, HashError> {
        let somebody = hash.is_some();
        let hash = hash.unwrap_or(&self.nobody).to_owned();
        let password = Zeroizing::new(password.to_owned());
        let (cost, computed) = (self.cost.clone(), Arc::clone(&self.computed));
        self.queue
            .run(move |workspace| {
                computed.fetch_add(1, Ordering::Relaxed);
                let hash = PasswordHash::new(&hash).map_err(|error| HashError::Failed(error.to_string()))?;
                let right =
                    vestibule_argon2::verify(workspace, password.as_bytes(), &hash).unwrap_or(false) && somebody;
                let outdated = Params::try_from(&hash).map_or(true, |params| !same_cost(&params, &cost));
                Ok(if right { Verified::Right { outdated } } else { Verified::Wrong })
            })
            .await?
    }
}

fn same_cost(a: &Params, b: &Params) -> bool {
    (a.m_cost(), a.t_cost(), a.p_cost()) == (b.m_cost(), b.t_cost(), b.p_cost())
}
