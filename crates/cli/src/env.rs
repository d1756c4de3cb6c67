//! `vestibule env`: the `.env` that an application needs.

use crate::dev::HttpsFacts;
use crate::out;
use crate::place::{Found, Place, TenantArg, tenants};
use anyhow::{Context, Result, bail};
use clap::Args;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vestibule_tenant::config::{self, EnvFacts, demo_secret, env_for};
use vestibule_tenant::manage::NewSecretOptions;
use vestibule_tenant::registry::{Application, Registry, Tenant};

/// `vestibule env`
#[derive(Debug, Args)]
pub struct EnvArgs {
    /// The application, by its name (webapp1) or client id
    #[arg(value_name = "APP")]
    app: String,

    #[command(flatten)]
    place: Place,

    #[command(flatten)]
    tenant: TenantArg,

    /// Address that the application reaches the tenant at [default: the first [[origin]] of --config, or
    /// http://localhost:8400]
    #[arg(long, value_name = "URL")]
    origin: Option<String>,

    /// Address of the API that the application calls, for ENDPOINT [default: http://localhost:6000/hello]
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,

    /// Make a new client secret for it and put it in; it is shown only now. Older secrets stay good
    #[arg(long)]
    new_secret: bool,
}

/// Runs `vestibule env`.
///
/// # Errors
/// A sentence: there is no store yet, or there is no application of this name.
pub async fn run(args: &EnvArgs) -> Result<()> {
    let place = args.place.open().await?;
    let registry = Registry::load(place.store.clone()).await?;
    let (tenant, application) = find(&registry, &args.app, args.tenant.named()).await?;
    let last = Addresses::of_last_dev(&place.data);
    let secret = match args.new_secret {
        true => Some(new_secret(&place, &tenant, &application).await?),
        false => demo_secret(&demo_secrets_file(&place.data), &application.client_id)?,
    };
    let mut facts = last.facts(secret.as_deref());
    if let Some(origin) = args.origin.as_deref().or(place.origin.as_deref()) {
        facts = EnvFacts { origin: origin.trim_end_matches('/'), development: false, posing: None, ..facts };
    }
    facts.endpoint = args.endpoint.as_deref().or(facts.endpoint);
    let text = env_for(&tenant, &application, &facts);
    out::print(&text)?;
    if pairs(&text).get("CLIENT_SECRET").is_some_and(String::is_empty) {
        out::warn(
            "CLIENT_SECRET is left blank, since secrets are shown only once: fill in the one that you kept, or make another \
             with --new-secret.",
        );
    }
    place.store.close().await;
    Ok(())
}

/// Creates a client secret. Its hash is on disk before this function returns.
async fn new_secret(place: &Found, tenant: &Tenant, application: &Application) -> Result<String> {
    let options = NewSecretOptions { description: "vestibule env --new-secret".to_owned(), expires_at: None };
    Ok(place.manage().add_secret(&tenant.id, &application.client_id, &options).await?.value)
}

/// Finds the one application that matches.
async fn find(registry: &Registry, app: &str, tenant: Option<&str>) -> Result<(Arc<Tenant>, Arc<Application>)> {
    let tenants = tenants(registry, tenant).await?;
    let found = tenants.iter().filter_map(|tenant| {
        let application = tenant.application(app).or_else(|| tenant.application_named(app))?;
        Some((Arc::clone(tenant), application))
    });
    let mut found: Vec<_> = found.collect();
    if found.len() > 1 {
        let names: Vec<&str> = found.iter().map(|(tenant, _)| tenant.name.as_str()).collect();
        bail!("the tenants {} have an application {app} each; say which with --tenant", names.join(" and "));
    }
    found.pop().with_context(|| {
        let known = tenants.iter().flat_map(|t| t.applications().map(|a| a.name.clone()));
        let known: Vec<String> = known.collect();
        format!("there is no application {app}; known: {}", known.join(", "))
    })
}

/// The addresses of the last run of `vestibule dev`, whose ports can be chosen.
#[derive(Debug, Serialize, Deserialize)]
pub struct Addresses {
    /// The tenant's address.
    pub tenant: String,
    /// The address of the sample API.
    pub endpoint: String,
    /// How to reach the tenant under its public name, with `--tls`.
    #[serde(default)]
    pub posing: Option<Posing>,
}

/// How programs on this machine reach a tenant that poses as B2C: see [`config::Posing`].
#[derive(Debug, Serialize, Deserialize)]
pub struct Posing {
    /// The CONNECT proxy.
    pub proxy: String,
    /// The file of the certificate authority.
    pub ca: String,
}

impl From<&HttpsFacts> for Posing {
    fn from(facts: &HttpsFacts) -> Self {
        Self { proxy: facts.proxy.clone(), ca: facts.ca.display().to_string() }
    }
}

impl Default for Addresses {
    fn default() -> Self {
        let (tenant, endpoint) = ("http://localhost:8400".to_owned(), "http://localhost:6000/hello".to_owned());
        Self { tenant, endpoint, posing: None }
    }
}

impl Addresses {
    fn file(data: &Path) -> PathBuf {
        data.join("addresses.json")
    }

    /// The addresses stored in this data folder, or else the default ones.
    fn of_last_dev(data: &Path) -> Self {
        let text = std::fs::read_to_string(Self::file(data)).ok();
        text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    }

    /// The facts for a `.env` of this run that are not part of the registration.
    #[must_use]
    pub fn facts<'a>(&'a self, secret: Option<&'a str>) -> EnvFacts<'a> {
        let posing = self.posing.as_ref().map(|posing| config::Posing { proxy: &posing.proxy, ca: &posing.ca });
        EnvFacts { origin: &self.tenant, secret, endpoint: Some(&self.endpoint), development: true, posing }
    }

    /// Stores the addresses.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn keep(&self, data: &Path) -> Result<()> {
        let file = Self::file(data);
        std::fs::write(&file, serde_json::to_string(self)?).with_context(|| format!("cannot write {}", file.display()))
    }
}

/// The file in a data folder with the demo's secrets.
#[must_use]
pub fn demo_secrets_file(data: &Path) -> PathBuf {
    data.join("demo-secrets.json")
}

/// Keys and values of a `.env` that this program wrote.
#[must_use]
pub fn pairs(text: &str) -> BTreeMap<String, String> {
    let pair = |line: &str| {
        let (key, value) = line.split_once('=').filter(|_| !line.starts_with('#'))?;
        let quoted = value.strip_prefix('"').and_then(|v| v.strip_suffix('"'));
        Some((key.to_owned(), quoted.unwrap_or(value).to_owned()))
    };
    text.lines().filter_map(pair).collect()
}
