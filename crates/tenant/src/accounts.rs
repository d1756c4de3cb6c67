//! Accounts: users, their names and passwords, and smart lockout.
//!
//! Journeys reach it through `world`, administrators through `manage`; `sign_in` checks passwords.

pub mod attributes;
mod block_list;
mod failures;
mod hashing;
pub mod identity;
mod lockout;
mod password;
mod sign_in;
mod temporary;
mod user;
mod users;

pub use block_list::{BlockList, BlockListError};
pub use hashing::Overloaded;
pub use lockout::lock_length;
pub use password::HashParams;
pub use sign_in::{Checked, Visitor};
pub use temporary::TemporaryPassword;
pub use user::User;
pub use users::NewUser;

pub(crate) use failures::Refusal;
pub(crate) use sign_in::source_key;
pub(crate) use users::names_in;

use crate::clock::{Clock, Random};
use crate::registry::Tenant;
use password::Hasher;
use std::path::PathBuf;
use std::sync::Arc;
use vestibule_journey::flow::CustomAttribute;
use vestibule_store::{AuditRecord, Spending, Store, StoreError};

/// The facts about a tenant that accounts and journeys need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantInfo {
    /// Tenant id: a GUID.
    pub id: String,
    /// Short name: `contoso`.
    pub name: String,
    /// Domain: `contoso.onmicrosoft.com`.
    pub domain: String,
    /// Display name.
    pub display_name: String,
    /// Number of wrong passwords before an account is locked for a while (docs/b2c.md, "Passwords and lockout").
    pub lockout_threshold: u32,
    /// Duration of the first lockouts, in seconds.
    pub lockout_secs: u32,
    /// Private networks that outgoing requests may reach: addresses or CIDR notation.
    pub outbound_allow: Vec<String>,
    /// Custom attributes of users, with their types.
    pub attributes: Arc<[CustomAttribute]>,
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
            outbound_allow: tenant.settings.outbound_allow.clone(),
            attributes: Arc::clone(&tenant.attributes),
        }
    }
}

/// A rate limit: `limit` events in each window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The maximum number of events.
    pub limit: u32,
    /// The length of a window, in seconds.
    pub window_secs: u32,
}

impl Budget {
    /// A request for one unit of this budget for `key`.
    fn of(self, tenant: &str, key: &str) -> Spending {
        Spending {
            tenant: tenant.to_owned(),
            key: key.to_owned(),
            window_ms: i64::from(self.window_secs) * 1000,
            limit: i64::from(self.limit),
        }
    }
}

/// Settings of accounts; the defaults are the documented values.
#[derive(Clone, Debug)]
pub struct AccountSettings {
    /// Cost of a password hash.
    pub hashing: HashParams,
    /// The number of passwords hashed at the same time; by default one for each processor.
    pub hashing_threads: usize,
    /// The maximum number of callers waiting for a hash; further callers get an overload error. By default 128 for each
    /// thread, about two seconds' work.
    pub hashing_queue: usize,
    /// A list of breached passwords that replaces the built-in one: see [`BlockList::load`].
    pub block_list: Option<PathBuf>,
    /// Limits password attempts from one source address (IPv6: one /64) by browsers unknown to the account, against
    /// password spraying. `None` means no limit. By default 300 in five minutes, enough for an office behind one
    /// address.
    pub sign_in_budget: Option<Budget>,
    /// Limits the codes mailed to one address; a browser that has signed in to its account has a budget of the same
    /// size for itself. By default 10 in ten minutes (docs/b2c.md, "Mailed codes").
    pub mail_budget: Budget,
    /// The same per day: by default 50.
    pub mail_budget_long: Budget,
    /// Limits the codes mailed at the request of one source address. By default 60 in ten minutes.
    pub mail_source_budget: Budget,
    /// Limits the codes mailed to one address at the request of one source address. This is less than the budget of the
    /// address, so that a single stranger cannot use that up. By default 5 in ten minutes.
    pub mail_requester_budget: Budget,
    /// The same per day: by default 20.
    pub mail_requester_budget_long: Budget,
    /// The lifetime of a mailed code in minutes, as stated in its mail (docs/b2c.md, "Mailed codes": 10).
    pub code_minutes: u32,
    /// How long a browser that has signed in to an account counts as familiar to it, in days.
    pub device_days: u32,
    /// The lifetime of a generated password in days: the user must choose a password within that time (ASVS 5.0
    /// V6.4.1). By default 7.
    pub generated_password_days: u32,
}

impl Default for AccountSettings {
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
            mail_requester_budget: Budget { limit: 5, window_secs: 600 },
            mail_requester_budget_long: Budget { limit: 20, window_secs: 24 * 60 * 60 },
            code_minutes: 10,
            device_days: 180,
            generated_password_days: 7,
        }
    }
}

/// Why an account was not created or changed.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// There is no such user.
    #[error("there is no such user")]
    NotFound,
    /// Another user has the object id or the name.
    #[error("another user has this name")]
    AlreadyExists,
    /// The user was changed since the caller read it.
    #[error("the user was changed by somebody else; read it again, then repeat the change")]
    Stale {
        /// The user's current version.
        version: i64,
    },
    /// A value cannot be stored.
    #[error("{attribute} cannot be stored: {message}")]
    Refused {
        /// String id of the message shown to the user.
        message: &'static str,
        /// The attribute, by its directory name.
        attribute: String,
    },
    /// The policy or the caller asks for something that the directory does not support.
    #[error("{0}")]
    Unsupported(String),
    /// Too many passwords are waiting to be hashed: answer 503 and retry later.
    #[error(transparent)]
    Overloaded(#[from] Overloaded),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The users of all tenants. Clones share the same state.
#[derive(Clone)]
pub struct Accounts {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    hasher: Hasher,
    block_list: Arc<BlockList>,
    pub(crate) settings: AccountSettings,
}

/// The actor of a change to a user, for the audit log.
#[derive(Clone, Debug, Default)]
pub struct ChangedBy {
    /// The actor, as JSON; `None` if users change their own account in a journey.
    pub actor: Option<String>,
    /// The request's correlation id.
    pub correlation_id: Option<String>,
    /// The source address of a user's request; for administrators, the actor contains it.
    pub address: Option<std::net::IpAddr>,
}

impl std::fmt::Debug for Accounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Accounts")
    }
}

impl Accounts {
    /// Creates the accounts of this store.
    ///
    /// # Errors
    /// [`BlockListError`] if the list of breached passwords cannot be read.
    pub fn new(store: Store, clock: Clock, random: Random, settings: AccountSettings) -> Result<Self, BlockListError> {
        let block_list = match &settings.block_list {
            Some(path) => BlockList::load(path)?,
            None => BlockList::built_in(),
        };
        let hasher = Hasher::new(&settings, random.clone());
        let inner = Inner { store, clock, random, hasher, block_list: Arc::new(block_list), settings };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The number of password hashes computed so far, for metrics.
    #[must_use]
    pub fn hashes(&self) -> u64 {
        self.inner.hasher.computed()
    }
}

/// The details of an audit entry about a user: the fields that differ, and the user's source address.
fn detail(by: &ChangedBy, fields: Option<Vec<serde_json::Value>>) -> serde_json::Value {
    let fields = fields.map(|fields| ("fields".to_owned(), serde_json::Value::Array(fields)));
    let address = by.address.map(|ip| ("address".to_owned(), serde_json::json!(ip.to_canonical())));
    serde_json::Value::Object(fields.into_iter().chain(address).collect())
}

impl Inner {
    /// An audit entry about a user that lists the fields that differ.
    fn entry_of(&self, user: &User, event: &str, fields: Vec<serde_json::Value>, by: &ChangedBy) -> AuditRecord {
        let entry = self.entry(&user.record.tenant, user.object_id(), event, by);
        AuditRecord { detail: detail(by, Some(fields)).to_string(), ..entry }
    }

    /// An audit entry about a user.
    fn entry(&self, tenant: &str, object_id: &str, event: &str, by: &ChangedBy) -> AuditRecord {
        let now = self.clock.now();
        AuditRecord {
            id: self.random.uuid_at(now),
            tenant: tenant.to_owned(),
            at: now,
            event: event.to_owned(),
            outcome: "success".to_owned(),
            client_id: None,
            object_id: Some(object_id.to_owned()),
            correlation_id: by.correlation_id.clone(),
            detail: detail(by, None).to_string(),
            actor: by.actor.clone(),
            count: 1,
        }
    }

    /// Takes one unit of a budget; returns false if it is used up.
    pub(crate) async fn spend(&self, tenant: &str, key: &str, budget: Budget) -> Result<bool, StoreError> {
        self.store.spend(&budget.of(tenant, key), self.clock.now()).await
    }
}
