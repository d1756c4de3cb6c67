//! The samples' settings: what their `.env` files would contain, created here and passed in.

use crate::env::{self, Addresses};
use anyhow::Result;
use axum::Router;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use vestibule::Outside;
use vestibule_tenant::clock::Clock;
use vestibule_tenant::config::{Config, MovedApplication, demo_secret, env_for};
use vestibule_tenant::origin::Origin;
use vestibule_tenant::registry::{Application, Snapshot, Tenant};

/// Names of the samples' applications.
const WEB: &str = "webapp1";
const API: &str = "my-api1";
/// The applications that the samples need, for a message.
pub(super) const NEEDS: &str = "the applications webapp1 and my-api1";
/// The web app's origin in the demo configuration, and so in its redirect URIs.
const WEB_ORIGIN: &str = "http://localhost:5000";

/// Settings of both samples.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    /// Settings of the web app, by key; empty if it does not run.
    pub(super) web: BTreeMap<String, String>,
    /// Settings of the API.
    pub(super) api: BTreeMap<String, String>,
    /// The web app's `.env`.
    pub(super) env_text: String,
}

/// Returns true if a tenant of the configuration has both applications.
pub(super) fn are_in(config: &Config) -> bool {
    config.tenants.iter().any(|t| [WEB, API].iter().all(|name| t.applications.iter().any(|a| a.name == *name)))
}

/// The web app's registration with this port, if the demo configuration has it at another.
pub(super) fn moved(web_port: u16) -> Option<MovedApplication> {
    let to = format!("http://localhost:{web_port}");
    let moved = MovedApplication { name: WEB.to_owned(), from: WEB_ORIGIN.to_owned(), to };
    (moved.to != moved.from).then_some(moved)
}

/// The settings, for the addresses of this run.
pub(super) fn settings(
    snapshot: &Snapshot,
    data: &Path,
    origins: &[Origin],
    addresses: &Addresses,
) -> Result<Settings> {
    let Some((tenant, web, api)) = find(snapshot) else { return Ok(Settings::default()) };
    let secret = demo_secret(&env::demo_secrets_file(data), &web.client_id)?;
    let env_text = env_for(&tenant, &web, &addresses.facts(secret.as_deref()));
    let web = env::pairs(&env_text);
    Ok(Settings { api: api_settings(&tenant, &api, &web, origins), web, env_text })
}

/// The API accepts tokens of the flow through which the web app signs in, from the issuers of all origins: a token may
/// come from any of them.
fn api_settings(
    tenant: &Tenant,
    api: &Application,
    web: &BTreeMap<String, String>,
    origins: &[Origin],
) -> BTreeMap<String, String> {
    let public = |origin: &Origin| origin.canonical.clone().unwrap_or_else(|| origin.url.clone());
    let issuers: BTreeSet<String> = origins.iter().map(|o| format!("{}/{}/v2.0/", public(o), tenant.id)).collect();
    let issuers: Vec<String> = issuers.into_iter().collect();
    let shared = ["B2C_TENANT_NAME", "B2C_TENANT_URL", "SIGNUPSIGNIN_USER_FLOW"];
    let shared = shared.into_iter().filter_map(|key| Some((key, web.get(key)?.clone())));
    let own = [("AUDIENCE", api.client_id.clone()), ("ISSUERS", issuers.join(" "))];
    shared.chain(own).map(|(key, value)| (key.to_owned(), value)).collect()
}

fn find(snapshot: &Snapshot) -> Option<(Arc<Tenant>, Arc<Application>, Arc<Application>)> {
    snapshot
        .tenants
        .iter()
        .find_map(|tenant| Some((Arc::clone(tenant), tenant.application_named(WEB)?, tenant.application_named(API)?)))
}

/// The web app, on the tenant's clock. It calls the API over http, so that it need not trust the authority of `--tls`.
pub(super) fn web_router(settings: &Settings, api_endpoint: Option<String>, clock: &Clock) -> Router {
    let mut web = settings.web.clone();
    if let Some(endpoint) = api_endpoint {
        web.insert("ENDPOINT".to_owned(), endpoint);
    }
    vestibule_webapp::app_with(&web, outside(clock))
}

/// The API, on the tenant's clock.
pub(super) fn api_router(settings: &Settings, clock: &Clock) -> Router {
    vestibule_webapi::app_with(&settings.api, outside(clock))
}

/// The samples follow the tenant's clock when it is moved; otherwise they would reject every token as issued in the
/// future.
fn outside(clock: &Clock) -> Outside {
    let clock = clock.clone();
    Outside { clock: vestibule::Clock::following(move || clock.now() / 1000), ..Outside::default() }
}
