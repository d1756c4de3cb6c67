//! A running tenant without a network, and what an application sends to it.

use crate::browser::Browser;
pub(crate) use crate::tenant::NOW;
use crate::tenant::{DEMO, Ground};
use std::collections::BTreeMap;
use vestibule_outbound::HostMap;
use vestibule_server::app::{App, AppOptions, DevOptions};
use vestibule_tenant::accounts::{AccountSettings, HashParams};
use vestibule_tenant::clock::{Clock, Random};
use vestibule_tenant::mail::MailOptions;
use vestibule_tenant::origin::Origin;
use vestibule_tenant::registry::Registry;

pub(crate) const EXTRA: &str = include_str!("front.toml");
pub(crate) const TENANT: &str = "775527ff-9a37-4307-8b3d-cc311f58d925";
pub(crate) const WEBAPP1: &str = "3f2b8d6e-0c47-4a15-b9e8-61d7a2f05c94";
pub(crate) const WEBAPP2: &str = "22222222-0c47-4a15-b9e8-61d7a2f05c94";
pub(crate) const SPA1: &str = "c1a94f70-7be2-4d58-8f03-9e5d26b17a48";
pub(crate) const IMPLICIT1: &str = "33333333-0c47-4a15-b9e8-61d7a2f05c94";
pub(crate) const STRICT1: &str = "44444444-0c47-4a15-b9e8-61d7a2f05c94";
pub(crate) const NATIVE1: &str = "55555555-0c47-4a15-b9e8-61d7a2f05c94";
pub(crate) const CALLBACK: &str = "http://localhost:5000/getAToken";
pub(crate) const CALLBACK2: &str = "https://two.example/signin-oidc";
pub(crate) const ANN: (&str, &str) = ("ann@contoso.test", "Ann-likes-tea-1");
pub(crate) const BOB: (&str, &str) = ("bob@contoso.test", "Bob-likes-rain-2");
/// RFC 7636 appendix B.
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// Where the tenant answers: each is an issuer of its own.
pub(crate) const LOCAL: &str = "http://localhost:8400";
pub(crate) const SECURE: &str = "https://login.contoso.test";
pub(crate) const SECURE_PORT: &str = "https://login.contoso.test:9443";
pub(crate) const MINUTE: i64 = 60_000;

/// A running tenant without a network.
pub(crate) struct House {
    pub(crate) app: App,
    pub(crate) clock: Clock,
    pub(crate) router: axum::Router,
    pub(crate) ground: Ground,
}

/// A tenant as `dev` runs it, with the demo and what the stories need besides.
pub(crate) async fn house(name: &str) -> House {
    house_with(name, true).await
}

/// The same as `serve` runs it where `dev` is false.
pub(crate) async fn house_with(name: &str, dev: bool) -> House {
    let ground = Ground::new(&format!("front-{name}")).await;
    ground.dev(&format!("{DEMO}{EXTRA}")).await;
    open(ground, dev).await
}

/// The tenant that the store has.
pub(crate) async fn open(ground: Ground, dev: bool) -> House {
    let registry = ground.registry().await;
    open_with(ground, registry, dev, HostMap::default()).await
}

/// The same with this registry of the store, and host names of other servers on this machine.
pub(crate) async fn open_with(ground: Ground, registry: Registry, dev: bool, outbound_hosts: HostMap) -> House {
    let snapshot = registry.everything().await.expect("read");
    let problems = snapshot.problems().await.expect("compiled");
    assert!(problems.is_empty(), "{problems:#?}");
    let clock = Clock::fixed(NOW);
    let origin = |url: &str| Origin { url: url.to_owned(), tenants: Vec::new(), canonical: None };
    let options = AppOptions {
        origins: [LOCAL, SECURE, SECURE_PORT].map(origin).to_vec(),
        trusted_proxies: Vec::new(),
        master_key: [7; 32],
        mail: MailOptions::Outbox,
        block_list: None,
        outbound_hosts,
        dev: dev.then(|| DevOptions {
            web_url: None,
            api_url: None,
            env_text: "B2C_TENANT_NAME=contoso".to_owned(),
            users: vec![(ANN.0.to_owned(), ANN.1.to_owned())],
            anyone: false,
        }),
        clock: clock.clone(),
        random: Random::system(),
    };
    // Cheap hashes: what is proven here is not their cost.
    let settings =
        AccountSettings { hashing: HashParams { memory_kib: 64, passes: 1, lanes: 1 }, ..AccountSettings::default() };
    let app = App::start_with(options, settings, ground.store.clone(), registry).await.expect("a tenant");
    let router = vestibule_server::router::router(app.clone());
    House { app, clock, router, ground }
}

impl House {
    /// A browser that was never here, at the http address.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.router.clone(), LOCAL)
    }

    /// A browser at the https address.
    pub(crate) fn secure_browser(&self) -> Browser {
        Browser::new(self.router.clone(), SECURE)
    }

    /// The code in the newest mail to this address.
    pub(crate) async fn code_for(&self, address: &str) -> String {
        let mails = self.app.mailer().newest(TENANT, Some(address), 1).await.expect("the outbox");
        mails.first().and_then(|mail| mail.code.clone()).expect("a mail with a code")
    }
}

/// The demo's secret of an application.
pub(crate) fn secret(house: &House, client_id: &str) -> String {
    let text = std::fs::read_to_string(house.ground.secrets()).expect("secrets");
    let secrets: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    secrets[client_id].as_str().expect("a secret").to_owned()
}

/// Parameters of a request; a value is replaced by setting it again, and left out by setting it to nothing.
#[derive(Clone)]
pub(crate) struct Authorize {
    pub(crate) flow: &'static str,
    pub(crate) fields: BTreeMap<String, String>,
}

/// What the article's library sends (contract 9.2).
pub(crate) fn authorize() -> Authorize {
    Authorize { flow: "B2C_1_signupsignin1", fields: BTreeMap::new() }
        .with("client_id", WEBAPP1)
        .with("response_type", "code")
        .with("redirect_uri", CALLBACK)
        .with("scope", "offline_access openid profile")
        .with("state", "a-state")
        .with("nonce", "a-nonce")
        .with("code_challenge", CHALLENGE)
        .with("code_challenge_method", "S256")
}

impl Authorize {
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.fields.remove(name);
        self
    }

    pub(crate) fn at(self, flow: &'static str) -> Self {
        Self { flow, ..self }
    }

    /// For the second application.
    pub(crate) fn of_webapp2(self) -> Self {
        self.with("client_id", WEBAPP2).with("redirect_uri", CALLBACK2)
    }

    pub(crate) fn query(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.fields).finish()
    }

    pub(crate) fn path(&self) -> String {
        format!("/contoso.onmicrosoft.com/{}/oauth2/v2.0/authorize?{}", self.flow, self.query())
    }
}
