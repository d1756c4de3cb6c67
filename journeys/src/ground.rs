//! The ground of a story: tenant, web app and API of its own, on free ports, with a clock to move.

use crate::browser::{Browser, Setup};
use crate::driver::Driver;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Mutex;
use tempfile::TempDir;
use vestibule_cli::dev::{self, Clock, DemoUser, DevArgs, PortalReady, Random, Running};

/// Everything that `vestibule dev` starts, in this process.
pub struct Ground {
    running: Running,
    driver: Driver,
    folder: TempDir,
    /// Id of the last mail read, by address.
    read: Mutex<BTreeMap<String, String>>,
}

impl Ground {
    /// Starts the demo with a new data folder.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn start() -> Self {
        Self::with_config(None).await
    }

    /// Starts another `vestibule.toml`.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn with_config(text: Option<&str>) -> Self {
        Self::begin(text, &[], DevArgs::default()).await
    }

    /// Starts another `vestibule.toml`, and the custom policies of its folder `policies`: file name and text.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn with_policies(text: &str, policies: &[(String, String)]) -> Self {
        Self::begin(Some(text), policies, DevArgs::default()).await
    }

    /// Like [`Ground::with_config`], posing as `https://contoso.b2clogin.com`.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn posing(text: &str) -> Self {
        Self::posing_with_policies(text, &[]).await
    }

    /// Like [`Ground::with_policies`], posing as `https://contoso.b2clogin.com`.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn posing_with_policies(text: &str, policies: &[(String, String)]) -> Self {
        let args = DevArgs { tls: true, tls_port: Some(0), proxy_port: Some(0), ..DevArgs::default() };
        Self::begin(Some(text), policies, args).await
    }

    /// Like [`Ground::posing`], but without the sample web app, for another vendor's: `vestibule dev --tls --no-web`.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn posing_without_web(text: &str) -> Self {
        let args = DevArgs { tls: true, tls_port: Some(0), proxy_port: Some(0), no_web: true, ..DevArgs::default() };
        Self::begin(Some(text), &[], args).await
    }

    async fn begin(text: Option<&str>, policies: &[(String, String)], args: DevArgs) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        if !policies.is_empty() {
            std::fs::create_dir(folder.path().join("policies")).expect("a folder");
        }
        for (name, policy) in policies {
            std::fs::write(folder.path().join("policies").join(name), policy).expect("written");
        }
        let config = text.map(|text| {
            let file = folder.path().join("vestibule.toml");
            std::fs::write(&file, text).expect("written");
            file
        });
        let args = DevArgs { data: folder.path().join("data"), port: 0, config, ..args };
        let running = dev::start(&args, Clock::system(), Random::system()).await.expect("dev starts");
        let driver = Driver::start(folder.path()).await;
        Self { running, driver, folder, read: Mutex::default() }
    }

    /// A new browser for another user.
    pub async fn browser(&self) -> Browser {
        Browser::open(
            &self.driver,
            Setup { resolver_rules: self.resolver_rules(), ..Setup::default() },
            self.folder.path(),
        )
        .await
    }

    /// A browser that runs no script.
    pub async fn browser_without_script(&self) -> Browser {
        Browser::open(&self.driver, Setup { without_script: true, ..Setup::default() }, self.folder.path()).await
    }

    /// The resolver rules with which a browser finds `contoso.b2clogin.com` here, if the tenant poses as it.
    fn resolver_rules(&self) -> Option<String> {
        let tls = self.running.ready().tls.as_ref()?;
        Some(format!("MAP contoso.b2clogin.com:443 127.0.0.1:{}", tls.port))
    }

    /// The environment with which a Python program finds and trusts the tenant under its public name.
    ///
    /// # Panics
    /// When the tenant does not pose.
    #[must_use]
    pub fn python_env(&self) -> Vec<(String, String)> {
        let tls = self.running.ready().tls.as_ref().expect("it poses");
        let ca = tls.ca.display().to_string();
        let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        vec![own("HTTPS_PROXY", &tls.proxy), own("REQUESTS_CA_BUNDLE", &ca), own("SSL_CERT_FILE", &ca)]
    }

    /// The environment with which a Node program finds and trusts the tenant under its public name; its `map.cjs`
    /// redirects the host name.
    ///
    /// # Panics
    /// When the tenant does not pose.
    #[must_use]
    pub fn node_env(&self) -> Vec<(String, String)> {
        let tls = self.running.ready().tls.as_ref().expect("it poses");
        let own = |name: &str, value: String| (name.to_owned(), value);
        let map = concat!(env!("CARGO_MANIFEST_DIR"), "/clients/node/map.cjs");
        vec![
            own("NODE_OPTIONS", format!("--require={map}")),
            own("NODE_EXTRA_CA_CERTS", tls.ca.display().to_string()),
            own("B2C_PORT", tls.port.to_string()),
        ]
    }

    /// The value of this key in the web app's `.env`.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn env(&self, key: &str) -> &str {
        self.running.ready().env.get(key).unwrap_or_else(|| panic!("{key} in the .env"))
    }

    /// The web app's `.env`, as `vestibule env webapp1` prints it for this run.
    #[must_use]
    pub fn env_text(&self) -> String {
        self.running.ready().env.iter().map(|(key, value)| format!("{key}=\"{value}\"\n")).collect()
    }

    /// A folder that is removed after the test.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The URL of the web app.
    ///
    /// # Panics
    /// When the samples are not running.
    #[must_use]
    pub fn web(&self) -> &str {
        self.running.ready().web.as_deref().expect("the web app runs")
    }

    /// The URL of the API.
    ///
    /// # Panics
    /// When the samples are not running.
    #[must_use]
    pub fn api(&self) -> &str {
        self.running.ready().api.as_deref().expect("the API runs")
    }

    /// The URL of the tenant.
    #[must_use]
    pub fn tenant(&self) -> &str {
        &self.running.ready().tenant
    }

    /// The way into the portal.
    ///
    /// # Panics
    /// When it is off.
    #[must_use]
    pub fn portal(&self) -> &PortalReady {
        self.running.ready().portal.as_ref().expect("the portal is on")
    }

    /// A person of the demo by the first letters of the address.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn demo_user(&self, name: &str) -> &DemoUser {
        self.running.ready().users.iter().find(|u| u.name.starts_with(name)).expect("a user of the demo")
    }

    /// The next unread mail to this address; waits until one arrives.
    ///
    /// # Panics
    /// If none arrives within ten seconds.
    pub async fn mail_to(&self, address: &str) -> Value {
        let after = self.read.lock().expect("a lock").get(address).cloned().unwrap_or_default();
        let url = format!("{}/_dev/outbox?format=json&wait=10", self.tenant());
        let query = [("to", address), ("after", &after)];
        let answer = reqwest::Client::new().get(url).query(&query).send().await.expect("an answer");
        let mails: Value = answer.json().await.expect("JSON");
        let newest = mails.as_array().and_then(|m| m.first()).cloned();
        let mail = newest.unwrap_or_else(|| panic!("no mail came to {address}"));
        let id = mail["id"].as_str().expect("an id").to_owned();
        self.read.lock().expect("a lock").insert(address.to_owned(), id);
        mail
    }

    /// The code in the next mail to this address.
    ///
    /// # Panics
    /// When there is none.
    pub async fn code_for(&self, address: &str) -> String {
        self.mail_to(address).await["code"].as_str().expect("a code").to_owned()
    }

    /// Moves the tenant's clock forward.
    pub fn pass_minutes(&self, minutes: i64) {
        self.running.clock().advance(minutes * 60_000);
    }
}
