//! A running tenant without a network.

use crate::{ANN, Answer, Browser, DEMO, Installation, LOCAL, NOW, POLICY, SECURE, SECURE_PORT, STORIES, TENANT};
use axum::Router;
use axum::body::Body;
use http::{Method, Request};
use std::borrow::Borrow;
use vestibule_server::app::{App, AppOptions, DevOptions};
use vestibule_store::Store;
use vestibule_tenant::accounts::{AccountSettings, HashParams};
use vestibule_tenant::clock::{Clock, Random};
use vestibule_tenant::mail::MailOptions;
use vestibule_tenant::manage::{Actor, Manage};
use vestibule_tenant::origin::Origin;
use vestibule_tenant::registry::Registry;

/// A running tenant. Clones share one.
#[derive(Clone, Debug)]
pub struct House {
    /// The server.
    pub app: App,
    /// Its clock, which only the test moves.
    pub clock: Clock,
    /// Its router.
    pub router: Router,
    /// Its store, and the folder of its configuration.
    pub installation: Installation,
}

/// Builds a house.
pub struct HouseBuilder {
    installation: Option<Installation>,
    registry: Option<Registry>,
    text: String,
    options: AppOptions,
}

/// Account settings with cheap hashes, since tests do not depend on their cost.
#[must_use]
pub fn cheap_hashes() -> AccountSettings {
    AccountSettings { hashing: HashParams { memory_kib: 64, passes: 1, lanes: 1 }, ..AccountSettings::default() }
}

/// The default options of a house: three addresses, mail to the outbox, the system's random generator, the clock at
/// [`NOW`].
#[must_use]
pub fn options() -> AppOptions {
    let origin = |url: &str| Origin { url: url.to_owned(), tenants: Vec::new(), canonical: None, portal: false };
    AppOptions {
        origins: [LOCAL, SECURE, SECURE_PORT].map(origin).to_vec(),
        portal: true,
        trusted_proxies: Vec::new(),
        master_key: [7; 32],
        mail: MailOptions::Outbox,
        block_list: None,
        outbound_hosts: Default::default(),
        dev: None,
        clock: Clock::fixed(NOW),
        random: Random::system(),
    }
}

impl House {
    /// The demo, with the additions that tests need, as `vestibule dev` runs it.
    pub async fn dev() -> Self {
        Self::builder().dev().open().await
    }

    /// The same, as `vestibule serve` runs it.
    pub async fn serve() -> Self {
        Self::builder().open().await
    }

    /// Starts building a house with the demo and the additions that tests need, as `vestibule serve` runs it.
    #[must_use]
    pub fn builder() -> HouseBuilder {
        HouseBuilder { installation: None, registry: None, text: format!("{DEMO}{STORIES}"), options: options() }
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.installation.store
    }

    /// Management, with the server as the actor of its audit entries.
    #[must_use]
    pub fn manage(&self) -> Manage {
        self.app.manage(Actor::Server)
    }

    /// A browser without cookies at the address without TLS.
    #[must_use]
    pub fn browser(&self) -> Browser {
        Browser::new(self.router.clone(), LOCAL)
    }

    /// A browser without cookies at the address with TLS.
    #[must_use]
    pub fn secure_browser(&self) -> Browser {
        Browser::new(self.router.clone(), SECURE)
    }

    /// The secret of an application in the demo.
    #[must_use]
    pub fn secret(&self, client_id: &str) -> String {
        self.installation.secret(client_id)
    }

    /// The code in the newest mail to this address.
    pub async fn code_for(&self, address: &str) -> String {
        let mails = self.app.mailer().newest(TENANT, Some(address), 1).await.expect("the outbox");
        mails.first().and_then(|mail| mail.code().map(str::to_owned)).expect("a mail with a code")
    }

    /// Up to a hundred events of the audit log with their outcome, oldest first.
    pub async fn audit(&self) -> Vec<(String, String)> {
        let entries = self.store().list_audit(TENANT, None, None, 100).await.expect("entries");
        entries.into_iter().rev().map(|entry| (entry.event, entry.outcome)).collect()
    }

    /// Sends a request without a browser.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let host = LOCAL.trim_start_matches("http://");
        let mut request = Request::builder().method(method).uri(path).header("host", host);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.browser().send(request.body(Body::from(body.to_owned())).expect("a request")).await
    }

    /// Sends a GET without a browser.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], "").await
    }

    /// Calls the token endpoint of the usual flow.
    pub async fn token<F, K, V>(&self, form: F) -> Answer
    where
        F: IntoIterator,
        F::Item: Borrow<(K, V)>,
        K: AsRef<str>,
        V: AsRef<str>,
    {
        self.token_at(POLICY, form, &[]).await
    }

    /// Calls the token endpoint of a policy, with additional headers.
    pub async fn token_at<F, K, V>(&self, policy: &str, form: F, headers: &[(&str, &str)]) -> Answer
    where
        F: IntoIterator,
        F::Item: Borrow<(K, V)>,
        K: AsRef<str>,
        V: AsRef<str>,
    {
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend_from_slice(headers);
        let path = format!("/contoso.onmicrosoft.com/{policy}/oauth2/v2.0/token");
        self.send(Method::POST, &path, &all, &crate::encode(form)).await
    }
}

impl HouseBuilder {
    /// Runs it like `vestibule dev`, with the pages below `/_dev`.
    #[must_use]
    pub fn dev(mut self) -> Self {
        self.options.dev = Some(DevOptions {
            web_url: None,
            api_url: None,
            env_text: "B2C_TENANT_NAME=contoso".to_owned(),
            users: vec![(ANN.0.to_owned(), ANN.1.to_owned())],
            anyone: false,
        });
        self
    }

    /// Uses another text instead of [`STORIES`].
    #[must_use]
    pub fn with_stories(mut self, stories: &str) -> Self {
        self.text = format!("{DEMO}{stories}");
        self
    }

    /// Appends to the configuration.
    #[must_use]
    pub fn configure(mut self, toml: &str) -> Self {
        self.text.push('\n');
        self.text.push_str(toml);
        self
    }

    /// Opens the house on this installation, without applying anything more.
    #[must_use]
    pub fn over(self, installation: &Installation) -> Self {
        Self { installation: Some(installation.clone()), ..self }
    }

    /// Uses these registrations instead of a configuration.
    #[must_use]
    pub fn registered(self, registry: Registry) -> Self {
        Self { registry: Some(registry), ..self }
    }

    /// Changes the options of the server.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut AppOptions)) -> Self {
        change(&mut self.options);
        self
    }

    /// Opens the house.
    pub async fn open(self) -> House {
        let installation = match (self.installation, &self.registry) {
            (Some(installation), _) => installation,
            (None, Some(_)) => Installation::new().await,
            (None, None) => {
                let installation = Installation::new().await;
                installation.dev(&self.text).await;
                installation
            }
        };
        let registry = match self.registry {
            Some(registry) => registry,
            None => compiled(&installation).await,
        };
        let clock = self.options.clock.clone();
        let app = App::start_with(self.options, cheap_hashes(), installation.store.clone(), registry).await;
        let app = app.expect("a tenant");
        House { router: vestibule_server::router::router(app.clone()), app, clock, installation }
    }
}

/// The registrations; asserts that every policy compiles.
async fn compiled(installation: &Installation) -> Registry {
    let registry = installation.registry().await;
    let problems = registry.everything().await.expect("read").problems().await.expect("compiled");
    assert!(problems.is_empty(), "{problems:#?}");
    registry
}
