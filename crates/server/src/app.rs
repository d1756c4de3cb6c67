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

/// Pages of `dev` only: outbox, clock and home page under `/_dev`.
#[derive(Clone, Debug)]
pub struct DevOptions {
    /// Where the sample web app answers, if it runs.
    pub web_url: Option<String>,
    /// Where the sample API answers, if it runs.
    pub api_url: Option<String>,
    /// Text of the `.env` to show.
    pub env_text: String,
    /// People to sign in as: name and password.
    pub users: Vec<(String, String)>,
    /// True if other machines see these pages too; else this one only. For containers, whose host is another machine.
    pub anyone: bool,
}

/// Everything the tenant is started with.
#[derive(Clone, Debug)]
pub struct AppOptions {
    /// Public addresses; at least one.
    pub origins: Vec<Origin>,
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed, as addresses or networks (`10.0.0.0/8`).
    pub trusted_proxies: Vec<String>,
    /// The master key: encrypts signing keys at rest, seals cookies.
    pub master_key: [u8; 32],
    /// The way in which mail is sent.
    pub mail: MailOptions,
    /// A list of breached passwords that replaces the one that ships.
    pub block_list: Option<PathBuf>,
    /// `dev` only: host names of other servers that have an address on this machine.
    pub outbound_hosts: vestibule_outbound::HostMap,
    /// `dev` only.
    pub dev: Option<DevOptions>,
    /// The clock.
    pub clock: Clock,
    /// The source of random bytes.
    pub random: Random,
}

/// Why the tenant cannot be started; a sentence for the operator.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StartError(String);

/// The running tenant. Clones share one.
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
    /// Put the tenant together. Signing keys that are missing are made in the background: nothing waits for them here.
    ///
    /// # Errors
    /// [`StartError`] names the option at fault.
    pub async fn start(options: AppOptions, store: Store, registry: Registry) -> Result<Self, StartError> {
        Self::start_with(options, AccountSettings::default(), store, registry).await
    }

    /// As [`App::start`], with other numbers for accounts: tests hash cheaply.
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
        let origins = Origins::new(&options.origins, plain_http).map_err(StartError)?;
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
        let tenants: Vec<String> = registry.heads().into_iter().map(|head| head.id).collect();
        keys.prepare(&tenants).await.map_err(|e| wrong(&e))?;
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

    /// The worlds of journeys.
    #[must_use]
    pub fn worlds(&self) -> &Worlds {
        &self.0.worlds
    }

    /// Management in the name of `actor`.
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

    /// What is counted in memory.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.0.counters
    }

    /// Pages.
    #[must_use]
    pub fn pages(&self) -> &Pages {
        &self.0.pages
    }

    /// The outbox.
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

    /// Seals under the master key.
    #[must_use]
    pub fn sealer(&self) -> &Sealer {
        &self.0.sealer
    }

    /// What the readiness probe found last.
    #[must_use]
    pub fn readiness(&self) -> &Trouble {
        &self.0.readiness
    }

    /// Options of `dev` only.
    #[must_use]
    pub fn dev(&self) -> Option<&DevOptions> {
        self.0.dev.as_ref()
    }

    /// Time.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Now, milliseconds since the epoch.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.0.clock.now()
    }

    /// The source of random bytes.
    #[must_use]
    pub fn random(&self) -> &Random {
        &self.0.random
    }
}
