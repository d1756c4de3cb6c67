//! `vestibule serve`: production.

mod settings;
mod tls;

pub use settings::ServeArgs;

use crate::data::DataFolder;
use crate::listen::Servers;
use crate::shutdown::Signals;
use crate::{listen, log};
use anyhow::{Result, bail};
use settings::Settings;
use std::sync::Arc;
use std::time::Duration;
use tls::Certificate;
use tokio_util::sync::CancellationToken;
use vestibule_server::app::App;
use vestibule_store::{Store, StoreOptions};
use vestibule_tenant::accounts::AccountSettings;
use vestibule_tenant::clock::{Clock, Random};
use vestibule_tenant::config::{ApplyOptions, apply};
use vestibule_tenant::keys::Keys;
use vestibule_tenant::registry::Registry;
use vestibule_tenant::seal::Sealer;

/// How long mail that is being sent may take when the server stops.
const PATIENCE: Duration = Duration::from_secs(5);

/// Run `vestibule serve` until told to stop.
///
/// # Errors
/// A sentence for the operator.
pub async fn run(args: &ServeArgs) -> Result<()> {
    run_with(args, AccountSettings::default()).await
}

/// As [`run`], with other numbers for the directory: what measures a sign-in without its password hash.
///
/// # Errors
/// A sentence for the operator.
pub async fn run_with(args: &ServeArgs, directory: AccountSettings) -> Result<()> {
    let settings = Settings::read(args, &|name| std::env::var(name).ok().filter(|value| !value.is_empty()))?;
    let _log = log::start(settings.json_log, log::USUAL);
    for warning in &settings.warnings {
        tracing::warn!("{warning}");
    }
    let mut signals = Signals::listen()?;
    let mut running = start(settings, directory, Clock::system(), Random::system()).await?;
    tokio::select! {
        () = signals.next() => tracing::info!("stopping"),
        failure = running.servers.failed() => return Err(failure),
    }
    tokio::select! {
        () = signals.next() => bail!("stopped at once, with answers under way"),
        stopped = running.stop() => stopped,
    }
}

/// A running server.
struct Running {
    servers: Servers,
    stop: CancellationToken,
    background: tokio::task::JoinHandle<()>,
    store: Store,
    /// The lock, where the store is in the data folder.
    _data: Option<DataFolder>,
}

impl Running {
    async fn stop(self) -> Result<()> {
        let stopped = self.servers.stop().await;
        self.stop.cancel();
        // A mail server that says nothing must not hold up the end: what is not sent is in the outbox, for the next start.
        let ended = match tokio::time::timeout(PATIENCE, self.background).await {
            Ok(ended) => ended,
            Err(_) => {
                tracing::warn!("stopped with mail under way; it is sent again after the next start");
                Ok(())
            }
        };
        self.store.close().await;
        stopped?;
        tracing::info!("stopped");
        Ok(ended?)
    }
}

async fn start(settings: Settings, directory: AccountSettings, clock: Clock, random: Random) -> Result<Running> {
    let data = if settings.in_data_folder { Some(DataFolder::open(&settings.config.server.data)?) } else { None };
    let certificate = settings.certificate.clone().map(|(chain, key)| Certificate::load(chain, key)).transpose()?;
    let bound = listen::bind(settings.reach, settings.port, "the server", "--listen")?;
    let store = Store::open(&StoreOptions::new(settings.store_url.clone())).await?;
    let env = |name: &str| std::env::var(name).ok();
    let keys = Keys::new(store.clone(), clock.clone(), Sealer::new(settings.master_key));
    let options = ApplyOptions { keys: Some(&keys), ..ApplyOptions::new(&env) };
    let applied = apply(&settings.config, &store, &random, clock.now(), &options).await?;
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
    let plain = certificate.is_none();
    let port = bound.port;
    let options = settings.into_app_options(clock, random)?;
    let app = Arc::new(App::start_with(options, directory, store.clone(), registry).await?);

    let stop = CancellationToken::new();
    let mut servers = Servers::default();
    servers.serve_tenant(bound, &app, certificate.as_ref().map(Certificate::config))?;
    if let Some(certificate) = certificate {
        certificate.reload_on_signal(stop.clone())?;
    }
    let background = tokio::spawn({
        let (app, stop) = (Arc::clone(&app), stop.clone());
        async move { vestibule_server::background::run(&app, stop).await }
    });
    tracing::info!(port, tls = !plain, "ready");
    Ok(Running { servers, stop, background, store, _data: data })
}
