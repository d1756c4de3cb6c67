//! A store in memory and a folder of one's own, for tests that apply a configuration.

use std::path::{Path, PathBuf};
use vestibule_store::Store;
use vestibule_tenant::clock::Random;
use vestibule_tenant::config::{Applied, ApplyOptions, Config, ConfigError, apply};
use vestibule_tenant::registry::Registry;

/// 1 January 2026.
pub(crate) const NOW: i64 = 1_767_225_600_000;

/// The demo of `vestibule dev`.
pub(crate) const DEMO: &str = include_str!("../../../cli/demo/vestibule.toml");

/// Where a configuration is applied to.
pub(crate) struct Ground {
    pub(crate) store: Store,
    random: Random,
    folder: PathBuf,
}

impl Ground {
    /// Empty; `name` tells the test's folder from others.
    pub(crate) async fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("vestibule-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        let store = Store::memory().await.expect("a store");
        Self { store, random: Random::seeded(1), folder }
    }

    /// Where demo secrets are kept.
    pub(crate) fn secrets(&self) -> PathBuf {
        self.folder.join("secrets.json")
    }

    /// Apply as `dev` does.
    pub(crate) async fn dev(&self, text: &str) -> Applied {
        let secrets = self.secrets();
        self.apply(text, Some(&secrets), &[], &[], false).await.expect("applied")
    }

    /// Apply with everything chosen.
    pub(crate) async fn apply(
        &self,
        text: &str,
        demo_secrets: Option<&Path>,
        env: &[(&str, &str)],
        origins: &[(String, String)],
        plan: bool,
    ) -> Result<Applied, ConfigError> {
        let config = Config::parse("vestibule.toml", text)?;
        let env = |name: &str| env.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        let older = vestibule_tenant::config::OlderFile::Apply;
        let options = ApplyOptions { demo_secrets, origins, plan, older, ..ApplyOptions::new(&env) };
        apply(&config, &self.store, &self.random, NOW, &options).await
    }

    /// What is registered.
    pub(crate) async fn registry(&self) -> Registry {
        Registry::load(self.store.clone()).await.expect("a registry")
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
