//! Opens the store when a server starts, and waits for a database that is not reachable yet.

use super::settings::Settings;
use crate::listen::Site;
use crate::log;
use anyhow::Result;
use std::time::Duration;
use vestibule_server::app::App;
use vestibule_store::{Store, StoreError, StoreOptions};
use vestibule_tenant::accounts::AccountSettings;
use vestibule_tenant::clock::{Clock, Random};
use vestibule_tenant::config::{ApplyOptions, apply};
use vestibule_tenant::keys::Keys;
use vestibule_tenant::registry::Registry;
use vestibule_tenant::seal::Sealer;
use vestibule_tenant::trouble::{News, Trouble};

/// The pause between two attempts to reach the database.
const AGAIN: Duration = Duration::from_secs(1);

/// Everything needed to create the application.
pub(super) struct Opening {
    pub(super) settings: Settings,
    pub(super) directory: AccountSettings,
}

/// The reason why the application cannot be created.
enum Failure {
    /// The database is not available at the moment.
    Database(String),
    /// A retry would not help.
    Final(anyhow::Error),
}

impl Opening {
    /// Open the store, bring it up to date, and put the application together. A database of its own is waited for,
    /// however long it takes; a file is there or is not.
    pub(super) async fn run(self) -> Result<Site> {
        let trouble = Trouble::default();
        loop {
            match self.attempt().await {
                Ok(app) => {
                    if trouble.note(None) == News::Over {
                        tracing::info!("the database can be used; the start goes on");
                    }
                    return Ok(app);
                }
                Err(Failure::Database(error)) => {
                    if let News::Cause(error) = trouble.note(Some(error)) {
                        tracing::warn!(error, "the database cannot be used yet; the start waits for it");
                    }
                }
                Err(Failure::Final(error)) => return Err(error),
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    async fn attempt(&self) -> Result<Site, Failure> {
        let opened = Store::open(&StoreOptions::new(self.settings.store_url.clone())).await;
        let store = opened.map_err(|error| match error {
            StoreError::Unavailable(why) if !self.settings.in_data_folder => Failure::Database(why.to_string()),
            other => Failure::Final(other.into()),
        })?;
        match self.make(&store).await {
            Ok(app) => Ok(app),
            Err(error) => Err(self.sort(&store, error).await),
        }
    }

    /// If the database does not respond, the failure is attributed to that.
    async fn sort(&self, store: &Store, error: anyhow::Error) -> Failure {
        let answers = self.settings.in_data_folder || store.ping().await.is_ok();
        store.close().await;
        if answers { Failure::Final(error) } else { Failure::Database(log::sentence(&error)) }
    }

    async fn make(&self, store: &Store) -> Result<Site> {
        let (clock, random) = (Clock::system(), Random::system());
        let env = |name: &str| std::env::var(name).ok();
        let keys = Keys::new(store.clone(), clock.clone(), Sealer::new(self.settings.master_key));
        let options = ApplyOptions { keys: Some(&keys), ..ApplyOptions::new(&env) };
        let applied = apply(&self.settings.config, store, &random, clock.now(), &options).await?;
        for change in &applied.changes {
            tracing::info!(%change, "configuration");
        }
        for warning in &applied.warnings {
            tracing::warn!(%warning, "configuration");
        }
        for tenant in &applied.skipped {
            tracing::warn!(
                tenant,
                "a newer file was applied to this tenant; it is left as it is (vestibule apply --force goes back)"
            );
        }
        let registry = Registry::load(store.clone()).await?;
        let options = self.settings.app_options(clock, random);
        let app = App::start_with(options, self.directory.clone(), store.clone(), registry).await?;
        Ok(Site::of(app).await?)
    }
}
