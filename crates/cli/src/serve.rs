//! `vestibule serve`: runs the server for production.

mod opening;
mod settings;
mod tls;

pub use settings::ServeArgs;
pub(crate) use settings::chooses_json;

use crate::data::DataFolder;
use crate::listen::{Door, Servers, Site};
use crate::shutdown::Signals;
use crate::{listen, log, out};
use anyhow::{Result, bail};
use opening::Opening;
use settings::Settings;
use std::time::Duration;
use tls::Certificate;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use vestibule_tenant::accounts::AccountSettings;

/// How long to wait for a mail in progress when the server stops.
const PATIENCE: Duration = Duration::from_secs(5);

/// Runs `vestibule serve` until a signal stops it.
///
/// # Errors
/// A sentence for the operator.
pub async fn run(args: &ServeArgs) -> Result<()> {
    log::set_form(settings::wants_json(args));
    log::catch_panics();
    run_with(args, AccountSettings::default()).await
}

/// Like [`run`], with other settings for accounts. Benchmarks use it to measure a sign-in without its password hash.
///
/// # Errors
/// A sentence for the operator.
pub async fn run_with(args: &ServeArgs, directory: AccountSettings) -> Result<()> {
    let settings = Settings::read(args, &|name| std::env::var(name).ok().filter(|value| !value.is_empty()))?;
    log::set_form(settings.json_log);
    let _log = log::start(log::USUAL);
    for warning in &settings.warnings {
        tracing::warn!("{warning}");
    }
    let mut signals = Signals::listen()?;
    let mut starting = start(settings, directory)?;
    let site = tokio::select! {
        () = signals.next() => return starting.give_up().await,
        failure = starting.servers.failed() => return Err(failure),
        opened = &mut starting.opening => opened??,
    };
    invite(&site).await?;
    let mut running = starting.open(site);
    tokio::select! {
        () = signals.next() => tracing::info!("stopping"),
        failure = running.servers.failed() => return Err(failure),
    }
    tokio::select! {
        () = signals.next() => bail!("stopped at once, with answers under way"),
        stopped = running.stop() => stopped,
    }
}

/// Print the link for the first administrator, while there is none: on standard output, which is not the log, since logs
/// are collected elsewhere.
async fn invite(site: &Site) -> Result<()> {
    let Some(portal) = &site.portal else { return Ok(()) };
    portal.remove_demo_administrator(&site.app).await?;
    if let Some(link) = portal.first_link(&site.app).await? {
        out::say(&format!("The portal has no administrator yet. Within 15 minutes, open this link once: {link}"))?;
        out::say("Later, vestibule admin invite makes another.")?;
    }
    Ok(())
}

/// A server that listens, answers its liveness probe, and waits for its store.
struct Starting {
    servers: Servers,
    door: Door,
    stop: CancellationToken,
    opening: JoinHandle<Result<Site>>,
    /// The lock, where the store is in the data folder.
    data: Option<DataFolder>,
    port: u16,
    tls: bool,
}

impl Starting {
    /// Stops before the server has started.
    async fn give_up(self) -> Result<()> {
        self.opening.abort();
        self.stop.cancel();
        self.servers.stop().await?;
        tracing::info!("stopped before it was ready");
        Ok(())
    }

    /// Let requests in to this application.
    fn open(self, site: Site) -> Running {
        let store = site.app.store().clone();
        self.door.open(&site);
        let stop = self.stop;
        let background = tokio::spawn({
            let stop = stop.clone();
            async move { vestibule_server::background::run(&site.app, stop).await }
        });
        tracing::info!(port = self.port, tls = self.tls, "ready");
        Running { servers: self.servers, stop, background, store, _data: self.data }
    }
}

/// A running server.
struct Running {
    servers: Servers,
    stop: CancellationToken,
    background: tokio::task::JoinHandle<()>,
    store: vestibule_store::Store,
    /// The lock, if the store is in the data folder.
    _data: Option<DataFolder>,
}

impl Running {
    async fn stop(self) -> Result<()> {
        let stopped = self.servers.stop().await;
        self.stop.cancel();
        // A mail server that does not respond must not delay the end. Unsent mail stays in the outbox for the next
        // start.
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

/// Starts listening, and begins to open the store.
fn start(settings: Settings, directory: AccountSettings) -> Result<Starting> {
    let data = if settings.in_data_folder { Some(DataFolder::open(&settings.config.server.data)?) } else { None };
    let certificate = settings.certificate.clone().map(|(chain, key)| Certificate::load(chain, key)).transpose()?;
    let bound = listen::bind(settings.reach, settings.port, "the server", "--listen")?;
    let (port, tls, stop) = (bound.port, certificate.is_some(), CancellationToken::new());
    let mut servers = Servers::default();
    let door = servers.serve_later(bound, certificate.as_ref().map(Certificate::config))?;
    if let Some(certificate) = certificate {
        certificate.reload_on_signal(stop.clone())?;
    }
    tracing::info!(port, tls, "starting");
    let opening = tokio::spawn(Opening { settings, directory }.run());
    Ok(Starting { servers, door, stop, opening, data, port, tls })
}
