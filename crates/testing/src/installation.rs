//! A store and a folder of its own, to which a test applies configurations.

use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;
use vestibule_store::{Store, StoreOptions};
use vestibule_tenant::clock::Random;
use vestibule_tenant::config::{Applied, ApplyOptions, Config, ConfigError, OlderFile, apply};
use vestibule_tenant::registry::Registry;

/// The demo of `vestibule dev`.
pub const DEMO: &str = include_str!("../../cli/demo/vestibule.toml");
/// Configuration that tests append to [`DEMO`].
pub const STORIES: &str = include_str!("stories.toml");

/// A store and a folder. Clones share both.
#[derive(Clone, Debug)]
pub struct Installation {
    /// The store.
    pub store: Store,
    folder: Arc<TempDir>,
    random: Random,
}

impl Installation {
    /// An empty installation in memory.
    pub async fn new() -> Self {
        Self::over(Store::memory().await.expect("a store"), folder())
    }

    /// An empty installation in a file, because SQLite in memory has a single connection.
    pub async fn on_disk() -> Self {
        let folder = folder();
        let url = format!("sqlite:{}", folder.path().join("vestibule.db").display());
        Self::over(Store::open(&StoreOptions::new(url)).await.expect("a store"), folder)
    }

    /// An installation in memory with [`DEMO`] applied.
    pub async fn demo() -> Self {
        let installation = Self::new().await;
        installation.dev(DEMO).await;
        installation
    }

    fn over(store: Store, folder: TempDir) -> Self {
        Self { store, folder: Arc::new(folder), random: Random::seeded(1) }
    }

    /// The contents of the store's files, for an installation on disk: what someone who steals the database has.
    #[must_use]
    pub fn files(&self) -> Vec<u8> {
        let entries =
            std::fs::read_dir(self.folder.path()).expect("a folder").map(|entry| entry.expect("a file").path());
        let of_store = entries.filter(|path| path.to_string_lossy().contains(".db"));
        of_store.flat_map(|path| std::fs::read(path).expect("a file")).collect()
    }

    /// The file that stores the demo's secrets.
    #[must_use]
    pub fn secrets(&self) -> PathBuf {
        self.folder.path().join("secrets.json")
    }

    /// The secret of an application in the demo.
    #[must_use]
    pub fn secret(&self, client_id: &str) -> String {
        let text = std::fs::read_to_string(self.secrets()).expect("secrets");
        let secrets: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        secrets[client_id].as_str().expect("a secret").to_owned()
    }

    /// Applies a configuration like `dev`, with generated secrets where it asks for them.
    pub async fn dev(&self, text: &str) -> Applied {
        self.dev_with(text, ApplyOptions::new(&|_| None)).await.expect("applied")
    }

    /// Applies a configuration like `dev`, with other options.
    ///
    /// # Errors
    /// The errors of [`apply()`].
    pub async fn dev_with(&self, text: &str, options: ApplyOptions<'_>) -> Result<Applied, ConfigError> {
        let secrets = self.secrets();
        let options = ApplyOptions { demo_secrets: Some(&secrets), older: OlderFile::Apply, ..options };
        self.apply(&Config::parse("vestibule.toml", text)?, &options).await
    }

    /// Applies a configuration like `serve`, with this environment.
    ///
    /// # Errors
    /// The errors of [`apply()`].
    pub async fn serve(&self, text: &str, env: &[(&str, &str)]) -> Result<Applied, ConfigError> {
        let env = |name: &str| env.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        let options = ApplyOptions { older: OlderFile::Apply, ..ApplyOptions::new(&env) };
        self.apply(&Config::parse("vestibule.toml", text)?, &options).await
    }

    /// Applies a configuration with all options given.
    ///
    /// # Errors
    /// The errors of [`apply()`].
    pub async fn apply(&self, config: &Config, options: &ApplyOptions<'_>) -> Result<Applied, ConfigError> {
        apply(config, &self.store, &self.random, crate::NOW, options).await
    }

    /// The registry of the store.
    pub async fn registry(&self) -> Registry {
        Registry::load(self.store.clone()).await.expect("a registry")
    }
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}
