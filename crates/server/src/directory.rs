//! The directory: users, their names and passwords, and what a journey asks of the world.
//!
//! Read `world` for the journeys' side, `manage` for the administrators', `sign_in` for the check of a password.

mod attributes;
mod block_list;
mod code_mail;
mod hashing;
pub mod identity;
mod lockout;
mod manage;
mod outside;
mod password;
mod sign_in;
mod user;
mod world;

pub use block_list::{BlockList, BlockListError};
pub use hashing::Overloaded;
pub use lockout::lock_length;
pub use manage::NewUser;
pub use password::HashParams;
pub use sign_in::Checked;
pub use user::User;
pub use world::{JourneyWorld, Visitor, WorldContext};

use crate::clock::{Clock, Random};
use crate::mail::{CodeMail, Mailer};
use crate::registry::Tenant;
use crate::seal::Sealer;
use crate::store::{AuditRecord, Spending, Store, StoreError};
use password::Hasher;
use std::path::PathBuf;
use std::sync::Arc;

/// What the directory has to know of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantInfo {
    /// Tenant id: a GUID.
    pub id: String,
    /// Short name: `contoso`.
    pub name: String,
    /// Domain: `contoso.onmicrosoft.com`.
    pub domain: String,
    /// Name for people.
    pub display_name: String,
    /// Wrong passwords until an account is locked for a while (contract 4.8).
    pub lockout_threshold: u32,
    /// First length of such a lock, seconds.
    pub lockout_secs: u32,
}

impl From<&Tenant> for TenantInfo {
    fn from(tenant: &Tenant) -> Self {
        Self {
            id: tenant.id.clone(),
            name: tenant.name.clone(),
            domain: tenant.domain.clone(),
            display_name: tenant.display_name.clone(),
            lockout_threshold: tenant.settings.lockout_threshold,
            lockout_secs: tenant.settings.lockout_secs,
        }
    }
}

/// So many in so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// How many.
    pub limit: u32,
    /// In each window of so many seconds.
    pub window_secs: u32,
}

impl Budget {
    /// That of `key`.
    fn of(self, tenant: &str, key: &str) -> Spending {
        Spending {
            tenant: tenant.to_owned(),
            key: key.to_owned(),
            window_ms: i64::from(self.window_secs) * 1000,
            limit: i64::from(self.limit),
        }
    }
}

/// Settings of the directory; the defaults are the documented numbers.
#[derive(Clone, Debug)]
pub struct DirectorySettings {
    /// Cost of a password hash.
    pub hashing: HashParams,
    /// How many passwords are hashed at once; by default one for each processor.
    pub hashing_threads: usize,
    /// How many may wait for that; more are told that the server is overloaded. By default 128 for each thread, about
    /// two seconds' work.
    pub hashing_queue: usize,
    /// A list of breached passwords that replaces the one that ships: see [`BlockList::load`].
    pub block_list: Option<PathBuf>,
    /// Passwords tried from one address (IPv6: one /64) by browsers unknown to the account: against spraying. None: no
    /// limit. By default 300 in five minutes, enough for an office behind one address.
    pub sign_in_budget: Option<Budget>,
    /// Codes mailed to one address. By default 10 in ten minutes (contract 4.6).
    pub mail_budget: Budget,
    /// The same over a day: by default 50.
    pub mail_budget_long: Budget,
    /// Codes mailed at the request of one source address. By default 60 in ten minutes.
    pub mail_source_budget: Budget,
    /// How long a mailed code is good, minutes, as its mail says (contract 4.6: 10).
    pub code_minutes: u32,
    /// For how long a browser that signed in to an account is familiar to it, days.
    pub device_days: u32,
}

impl Default for DirectorySettings {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            hashing: HashParams::default(),
            hashing_threads: threads,
            hashing_queue: 128 * threads,
            block_list: None,
            sign_in_budget: Some(Budget { limit: 300, window_secs: 300 }),
            mail_budget: Budget { limit: 10, window_secs: 600 },
            mail_budget_long: Budget { limit: 50, window_secs: 24 * 60 * 60 },
            mail_source_budget: Budget { limit: 60, window_secs: 600 },
            code_minutes: 10,
            device_days: 180,
        }
    }
}

/// Why the directory did not do it.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// There is no such user.
    #[error("there is no such user")]
    NotFound,
    /// Another user has the object id or the name.
    #[error("another user has this name")]
    AlreadyExists,
    /// A value cannot be stored.
    #[error("{attribute} cannot be stored: {message}")]
    Refused {
        /// String id of the sentence for the person.
        message: &'static str,
        /// The attribute, by its directory name.
        attribute: String,
    },
    /// The policy or caller asks for something that the directory does not have.
    #[error("{0}")]
    Unsupported(String),
    /// Too many passwords wait to be hashed: answer 503 and try later.
    #[error(transparent)]
    Overloaded(#[from] Overloaded),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The users of all tenants. Clones share one.
#[derive(Clone)]
pub struct Directory {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    clock: Clock,
    random: Random,
    sealer: Sealer,
    hasher: Hasher,
    block_list: Arc<BlockList>,
    mailer: Mailer,
    code_mail: Arc<dyn CodeMail>,
    settings: DirectorySettings,
}

impl std::fmt::Debug for Directory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Directory")
    }
}

/// What a directory is made of.
pub struct DirectoryParts {
    /// Where users are.
    pub store: Store,
    /// Time.
    pub clock: Clock,
    /// Chance.
    pub random: Random,
    /// Keys the digests of wrong passwords.
    pub sealer: Sealer,
    /// Takes mail.
    pub mailer: Mailer,
    /// Writes the mail with a code.
    pub code_mail: Arc<dyn CodeMail>,
    /// Settings.
    pub settings: DirectorySettings,
}

impl Directory {
    /// A directory.
    ///
    /// # Errors
    /// [`BlockListError`]: the list of breached passwords cannot be read.
    pub fn new(parts: DirectoryParts) -> Result<Self, BlockListError> {
        let block_list = match &parts.settings.block_list {
            Some(path) => BlockList::load(path)?,
            None => BlockList::built_in(),
        };
        let hasher = Hasher::new(&parts.settings, parts.random.clone());
        let inner = Inner {
            store: parts.store,
            clock: parts.clock,
            random: parts.random,
            sealer: parts.sealer,
            hasher,
            block_list: Arc::new(block_list),
            mailer: parts.mailer,
            code_mail: parts.code_mail,
            settings: parts.settings,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// How many password hashes were computed so far, for metrics.
    #[must_use]
    pub fn hashes(&self) -> u64 {
        self.inner.hasher.computed()
    }
}

impl Inner {
    /// An audit entry about a user.
    fn entry(&self, tenant: &str, object_id: &str, event: &str, correlation_id: Option<&str>) -> AuditRecord {
        let now = self.clock.now();
        AuditRecord {
            id: self.random.uuid_at(now),
            tenant: tenant.to_owned(),
            at: now,
            event: event.to_owned(),
            outcome: "success".to_owned(),
            client_id: None,
            object_id: Some(object_id.to_owned()),
            correlation_id: correlation_id.map(str::to_owned),
            detail: "{}".to_owned(),
        }
    }

    /// Take one of a budget.
    async fn spend(&self, tenant: &str, key: &str, budget: Budget) -> Result<bool, StoreError> {
        self.store.spend(&budget.of(tenant, key), self.clock.now()).await
    }
}
