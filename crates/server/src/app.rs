//! The running server as one value: everything that a request handler needs.

pub mod counters;
pub mod documents;

use crate::pages::Pages;
use counters::Counters;
use documents::DocumentCache;
use std::path::PathBuf;
use std::sync::Arc;
use vestibule_store::Store;
use vestibule_tenant::accounts::{AccountSettings, Accounts};
use vestibule_tenant::clock::{Clock, Random};
use vestibule_tenant::keys::Keys;
use vestibule_tenant::mail::{MailOptions, MailTransport, Mailer};
use vestibule_tenant::manage::{Actor, Manage};
use vestibule_tenant::origin::{Origin, Origins, PlainHttp, Proxies};
use vestibule_tenant::registry::Registry;
use vestibule_tenant::seal::Sealer;
use vestibule_tenant::trouble::Trouble;
use vestibule_tenant::world::{self, Worlds};

/// Settings of the pages that only `dev` has: outbox, clock and home page under `/_dev`.
#[derive(Clone, Debug)]
pub struct DevOptions {
    /// URL of the sample web app, if it runs.
    pub web_url: Option<String>,
    /// URL of the sample API, if it runs.
    pub api_url: Option<String>,
    /// Text of the `.env` file to show.
    pub env_text: String,
    /// Users to sign in as: name and password.
    pub users: Vec<(String, String)>,
    /// True if other machines may see these pages; false for this machine only. Containers need it, because their host
    /// is another machine.
    pub anyone: bool,
}

/// Everything needed to start the tenant.
#[derive(Clone, Debug)]
pub struct AppOptions {
    /// Public addresses; at least one.
    pub origins: Vec<Origin>,
    /// True if the portal answers at one of them.
    pub portal: bool,
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed, as addresses or networks (`10.0.0.0/8`).
    pub trusted_proxies: Vec<String>,
    /// The master key: encrypts signing keys at rest, and seals cookies.
    pub master_key: [u8; 32],
    /// How mail is sent.
    pub mail: MailOptions,
    /// A list of breached passwords that replaces the built-in one.
    pub block_list: Option<PathBuf>,
    /// `dev` only: host names of other servers that have an address on this machine.
    pub outbound_hosts: vestibule_outbound::HostMap,
    /// `dev` only.
    pub dev: Option<DevOptions>,
    /// The clock.
    pub clock: Clock,
    /// Random numbers.
    pub random: Random,
}

/// The reason why the tenant cannot be started; a sentence for the operator.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StartError(String);

/// The running tenant. Clones share their state.
#[derive(Clone)]
pub struct App(Arc<Parts>);

struct Parts {
    store: Store,
    registry: Registry,
    worlds: Worlds,
    keys: Keys,
    documents: DocumentCache,
    counters: Counters,
    pages: Arc<Pages>,
    mailer: Mailer,
    origins: Origins,
    proxies: Proxies,
    sealer: Sealer,
    readiness: Trouble,
    dev: Option<DevOptions>,
    clock: Clock,
    random: Random,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("App")
    }
}

impl App {
    /// Starts the tenant. Missing signing keys are generated in the background; this function does not wait for them.
    ///
    /// # Errors
    /// [`StartError`] names the option at fault.
    pub async fn start(options: AppOptions, store: Store, registry: Registry) -> Result<Self, StartError> {
        Self::start_with(options, AccountSettings::default(), store, registry).await
    }

    /// Like [`App::start`], with other account settings; tests use cheap password hashes.
    ///
    /// # Errors
    /// [`StartError`]
    pub async fn start_with(
        options: AppOptions,
        mut settings: AccountSettings,
        store: Store,
        registry: Registry,
    ) -> Result<Self, StartError> {
        let wrong = |e: &dyn std::fmt::Display| StartError(e.to_string());
        let anywhere = options.dev.as_ref().is_some_and(|dev| dev.anyone);
        let plain_http = if anywhere { PlainHttp::Anywhere } else { PlainHttp::Loopback };
        let mut origins = Origins::new(&options.origins, plain_http).map_err(StartError)?;
        if !options.portal {
            origins = origins.without_portal();
        }
        let proxies = Proxies::new(&options.trusted_proxies).map_err(StartError)?;
        let sealer = Sealer::new(options.master_key);
        let pages = Arc::new(Pages::new());
        let transport = MailTransport::from_options(&options.mail).map_err(|e| wrong(&e))?;
        let (clock, random) = (options.clock, options.random);
        let mailer = Mailer::new(store.clone(), clock.clone(), random.clone(), sealer.clone(), &transport)
            .map_err(|e| wrong(&e))?;
        settings.block_list = options.block_list;
        let accounts = Accounts::new(store.clone(), clock.clone(), random.clone(), settings).map_err(|e| wrong(&e))?;
        let outbound = vestibule_outbound::Settings { hosts: options.outbound_hosts, ..Default::default() };
        let outbound = vestibule_outbound::Client::new(outbound).map_err(|e| wrong(&e))?;
        let worlds = Worlds::new(world::Parts {
            accounts,
            sealer: sealer.clone(),
            mailer: mailer.clone(),
            code_mail: pages.clone(),
            outbound,
        });
        let keys = Keys::new(store.clone(), clock.clone(), sealer.clone());
        keys.prepare(&registry.tenant_ids()).await.map_err(|e| wrong(&e))?;
        let dev = options.dev;
        Ok(Self(Arc::new(Parts {
            store,
            registry,
            worlds,
            keys,
            documents: DocumentCache::default(),
            counters: Counters::default(),
            pages,
            mailer,
            origins,
            proxies,
            sealer,
            readiness: Trouble::default(),
            dev,
            clock,
            random,
        })))
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// Tenants, flows and applications.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.0.registry
    }

    /// Users.
    #[must_use]
    pub fn accounts(&self) -> &Accounts {
        self.0.worlds.accounts()
    }

    /// The environments in which journeys run.
    #[must_use]
    pub fn worlds(&self) -> &Worlds {
        &self.0.worlds
    }

    /// Management operations performed as `actor`.
    #[must_use]
    pub fn manage(&self, actor: Actor) -> Manage {
        Manage::new(self.0.store.clone(), self.0.clock.clone(), self.0.random.clone(), actor)
    }

    /// Signing keys.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.0.keys
    }

    /// The cache of discovery documents and key sets.
    #[must_use]
    pub fn documents(&self) -> &DocumentCache {
        &self.0.documents
    }

    /// Counters in memory.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.0.counters
    }

    /// Pages.
    #[must_use]
    pub fn pages(&self) -> &Pages {
        &self.0.pages
    }

    /// The mailer, with its outbox.
    #[must_use]
    pub fn mailer(&self) -> &Mailer {
        &self.0.mailer
    }

    /// Public addresses.
    #[must_use]
    pub fn origins(&self) -> &Origins {
        &self.0.origins
    }

    /// Trusted proxies.
    #[must_use]
    pub fn proxies(&self) -> &Proxies {
        &self.0.proxies
    }

    /// Encrypts and authenticates values with the master key.
    #[must_use]
    pub fn sealer(&self) -> &Sealer {
        &self.0.sealer
    }

    /// The last result of the readiness probe.
    #[must_use]
    pub fn readiness(&self) -> &Trouble {
        &self.0.readiness
    }

    /// Options of `dev` only.
    #[must_use]
    pub fn dev(&self) -> Option<&DevOptions> {
        self.0.dev.as_ref()
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The current time, in milliseconds since the epoch.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.0.clock.now()
    }

    /// Random numbers.
    #[must_use]
    pub fn random(&self) -> &Random {
        &self.0.random
    }
}
