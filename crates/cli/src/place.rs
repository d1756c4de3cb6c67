//! Finds the tenants for a command: in a data folder, a database, or the configuration that names one.

use crate::data::{DataFolder, STORE, store_url};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vestibule_store::{Store, StoreOptions, TenantHead};
use vestibule_tenant::clock::{Clock, Random};
use vestibule_tenant::config::Config;
use vestibule_tenant::config::file::ServerConfig;
use vestibule_tenant::manage::{Actor, Manage};
use vestibule_tenant::origin::PlainHttp;
use vestibule_tenant::registry::{Registry, Tenant};

/// `--config`, `--data` and the database.
#[derive(Clone, Debug, Args)]
pub struct Place {
    /// Configuration of vestibule serve, which says where the data is
    #[arg(long, value_name = "FILE", env = "VESTIBULE_CONFIG")]
    config: Option<PathBuf>,

    /// Data folder [default: .vestibule, or as --config says]
    #[arg(long, value_name = "DIR", env = "VESTIBULE_DATA")]
    data: Option<PathBuf>,

    /// PostgreSQL in place of the data folder; give it by the environment, since other users can read flags
    #[arg(long, value_name = "URL", env = "VESTIBULE_DATABASE_URL", hide_env_values = true, conflicts_with = "data")]
    database_url: Option<String>,
}

/// `--tenant`.
#[derive(Clone, Debug, Args)]
pub struct TenantArg {
    /// The tenant, by its name, domain or id, if there are several
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
}

/// The opened store and its settings.
#[derive(Debug)]
pub struct Found {
    /// The data folder.
    pub data: PathBuf,
    /// The store.
    pub store: Store,
    /// The first public address of the configuration, if there is one.
    pub origin: Option<String>,
    /// The configuration's `[server]`.
    pub server: ServerConfig,
}

impl Found {
    /// Management operations in the name of the operator who runs the command.
    #[must_use]
    pub fn manage(&self) -> Manage {
        let account = std::env::var("SUDO_USER").or_else(|_| std::env::var("USER")).ok();
        Manage::new(self.store.clone(), Clock::system(), Random::system(), Actor::command_line(account))
    }
}

impl Place {
    /// Opens the existing store. It may be in use: a running server sees changes within a second.
    ///
    /// # Errors
    /// A sentence: there is no store yet, or it cannot be opened.
    pub async fn open(&self) -> Result<Found> {
        self.found(self.config()?.as_ref()).await
    }

    /// Like [`Place::open`], for commands that take a configuration, which says where the store is.
    ///
    /// # Errors
    /// The same as [`Place::open`]; or `--config` names another file.
    pub async fn open_for(&self, file: &Path, config: &Config) -> Result<Found> {
        if let Some(other) = self.config.as_deref().filter(|other| *other != file) {
            bail!(
                "--config (VESTIBULE_CONFIG) names {}, and the command is about {}: leave one of them out",
                other.display(),
                file.display()
            );
        }
        self.found(Some(config)).await
    }

    async fn found(&self, config: Option<&Config>) -> Result<Found> {
        let server = config.map(|c| c.server.clone()).unwrap_or_default();
        let data = self.data.clone().unwrap_or_else(|| server.data.clone());
        let named = match self.database_url.as_ref().filter(|url| !url.is_empty()) {
            Some(url) => Some(url.clone()),
            None if self.data.is_some() && server.database_env.is_some() => bail!(
                "--data (VESTIBULE_DATA) names a folder, and the configuration a database (database_env): leave one of \
                 them out"
            ),
            None => database_url(server.database_env.as_deref())?,
        };
        let url = match named {
            Some(url) => url,
            None if data.join(STORE).is_file() => store_url(&data),
            None => bail!(
                "there is no data in {} yet; vestibule tenant create NAME makes a store there, or say where it is with --data or --config",
                data.display()
            ),
        };
        let store = Store::open(&StoreOptions::without_migration(url)).await?;
        let origin = config.and_then(|c| c.origins.first().map(|o| o.url.clone()));
        Ok(Found { data, store, origin, server })
    }

    /// The data folder that contains, or will contain, a SQLite store.
    ///
    /// # Errors
    /// A sentence: the store is in PostgreSQL, or the configuration cannot be read.
    pub fn data_folder(&self) -> Result<PathBuf> {
        let server = self.config()?.map(|config| config.server).unwrap_or_default();
        if self.database_url.as_ref().is_some_and(|url| !url.is_empty()) || server.database_env.is_some() {
            bail!("the store is in PostgreSQL: its own pg_dump and pg_restore do this");
        }
        Ok(self.data.clone().unwrap_or(server.data))
    }

    /// Create the SQLite store and the master key where there is no store yet. Returns a sentence that says so.
    ///
    /// # Errors
    /// A sentence: the folder cannot be written, or another program is serving from it.
    pub async fn create_if_missing(&self) -> Result<Option<String>> {
        let config = self.config()?;
        let server = config.map(|config| config.server).unwrap_or_default();
        let in_database = self.database_url.as_ref().is_some_and(|url| !url.is_empty());
        let data = self.data.clone().unwrap_or_else(|| server.data.clone());
        if in_database || server.database_env.is_some() || data.join(STORE).is_file() {
            return Ok(None);
        }
        let folder = DataFolder::open(&data)?;
        let has_own_key = server.master_key_env.is_some() || server.master_key_file.is_some();
        if !has_own_key {
            folder.master_key(&Random::system())?;
        }
        Store::open(&StoreOptions::new(store_url(&data))).await?.close().await;
        let what = if has_own_key { "a new store" } else { "a new store and its master key, master.key: back it up" };
        Ok(Some(format!("{} holds {what}.", data.display())))
    }

    fn config(&self) -> Result<Option<Config>> {
        // The file may belong to vestibule dev.
        let load = |file| Config::load_for(file, PlainHttp::Anywhere);
        Ok(self.config.as_deref().map(load).transpose()?)
    }
}

impl TenantArg {
    /// The given name, if any.
    #[must_use]
    pub fn named(&self) -> Option<&str> {
        self.tenant.as_deref()
    }

    /// The selected tenant, without its registrations: the named one, or the only one.
    ///
    /// # Errors
    /// There is no tenant of this name, or none was named and there are several.
    pub async fn only(&self, place: &Found) -> Result<TenantHead> {
        let mut heads = place.manage().tenants().await?;
        let names = |heads: &[TenantHead]| heads.iter().map(|t| t.name.clone()).collect::<Vec<_>>().join(", ");
        if let Some(named) = self.named() {
            let is = |text: &str| text.eq_ignore_ascii_case(named);
            let known = names(&heads);
            heads.retain(|t| is(&t.name) || is(&t.domain) || is(&t.id));
            return heads.pop().with_context(|| format!("there is no tenant {named}; known: {known}"));
        }
        if heads.len() > 1 {
            bail!("there are several tenants ({}); say which with --tenant", names(&heads));
        }
        heads.pop().context("there is no tenant yet")
    }
}

/// The selected tenants: the named one, or all.
///
/// # Errors
/// There is no tenant of this name.
pub async fn tenants(registry: &Registry, named: Option<&str>) -> Result<Vec<Arc<Tenant>>> {
    let Some(name) = named else { return Ok(registry.everything().await?.tenants) };
    let names = || registry.heads().into_iter().map(|head| head.name).collect::<Vec<_>>().join(", ");
    let missing = || format!("there is no tenant {name}; known: {}", names());
    Ok(vec![registry.tenant(name).await?.with_context(missing)?])
}

/// The URL of PostgreSQL in an environment variable, if the configuration names one.
///
/// # Errors
/// The variable is not set.
pub fn database_url(variable: Option<&str>) -> Result<Option<String>> {
    let Some(variable) = variable else { return Ok(None) };
    let url = std::env::var(variable);
    let say = || format!("the environment variable {variable}, which is to hold the postgres:// URL, is not set");
    url.with_context(say).map(Some)
}
