//! Applying a configuration to the store: what the file names becomes so, what it does not name stays as it is, and a
//! second time changes nothing.

mod application;
mod desired;
mod user;

use super::file::{Config, TenantConfig};
use super::{ConfigError, Problem, secrets};
use crate::accounts::TenantInfo;
use crate::clock::Random;
use crate::registry::{RegistryError, TenantSettings};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use vestibule_journey::Folder;
use vestibule_store::{CustomAttributeRecord, FlowRecord, PolicyRecord, Store, TenantRecord};

/// What [`apply`] is told beside the file.
pub struct ApplyOptions<'a> {
    /// `dev` only: where demo secrets are kept. Without it the file may hold neither `demo_secret` nor `password`.
    pub demo_secrets: Option<&'a Path>,
    /// Origins of redirect URIs and logout URLs to put in the place of others (`http://localhost:5000` →
    /// `http://localhost:5001`): for a sample that runs at another port than the file says.
    pub origins: &'a [(String, String)],
    /// The environment, by name.
    pub env: &'a (dyn Fn(&str) -> Option<String> + Sync),
    /// Write nothing; only say what would change.
    pub plan: bool,
}

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It was not there.
    Created,
    /// It was otherwise.
    Changed,
    /// It was there and is named no more.
    Removed,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What happened.
    pub action: Action,
    /// To what: `contoso: application webapp1`.
    pub what: String,
}

impl fmt::Display for Change {
    /// `+` created, `~` changed, `-` removed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.action {
            Action::Created => '+',
            Action::Changed => '~',
            Action::Removed => '-',
        };
        write!(f, "{sign} {}", self.what)
    }
}

/// What was applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Everything that changed, in the order in which it did; empty: the store was as the file says.
    pub changes: Vec<Change>,
}

/// Make the store what the file says. `now` in milliseconds since the epoch.
///
/// Entries are written one after the other: if the store fails half-way, the same call again does the rest.
///
/// # Errors
/// [`ConfigError::Invalid`] with every missing or weak variable and whatever only `dev` allows, before anything is
/// written; or when the store or the file of demo secrets fails.
pub async fn apply(
    config: &Config,
    store: &Store,
    random: &Random,
    now: i64,
    options: &ApplyOptions<'_>,
) -> Result<Applied, ConfigError> {
    let known = store.tenants().await?;
    let mut problems = desired::problems(config, options);
    for (i, tenant) in config.tenants.iter().enumerate() {
        problems.extend(other_id(config, &format!("tenant[{i}].id"), tenant, &known));
    }
    if !problems.is_empty() {
        problems.sort_by_key(|p| p.line);
        return Err(ConfigError::Invalid(problems));
    }
    let secrets = demo_secrets(config, random, options)?;
    let mut run = Run { store, random, now, options, secrets, applied: Applied::default() };
    for (i, tenant) in config.tenants.iter().enumerate() {
        let info = run.tenant(tenant, known.iter().find(|k| k.id == tenant.id())).await?;
        run.users(config, i, &info).await?;
    }
    Ok(run.applied)
}

/// A tenant keeps its id for life: tokens, issuers and every record carry it.
fn other_id(config: &Config, path: &str, tenant: &TenantConfig, known: &[TenantRecord]) -> Option<Problem> {
    let (id, domain) = (tenant.id(), tenant.domain());
    let other = known.iter().find(|k| k.id != id && (k.name == tenant.name || k.domain == domain))?;
    let message = format!(
        "the store has the tenant {:?} ({}) with the id {} already: name that id here, or take another data folder",
        other.name, other.domain, other.id
    );
    Some(config.places.problem(path, message))
}

fn demo_secrets(
    config: &Config,
    random: &Random,
    options: &ApplyOptions<'_>,
) -> Result<BTreeMap<String, String>, ConfigError> {
    let of = |t: &TenantConfig| {
        let id = t.id();
        t.applications.iter().filter(|a| a.demo_secret).map(|a| a.client_id(&id)).collect::<Vec<_>>()
    };
    let ids: Vec<String> = config.tenants.iter().flat_map(of).collect();
    match options.demo_secrets {
        Some(path) if !ids.is_empty() => secrets::ensure(path, &ids, random, !options.plan),
        _ => Ok(BTreeMap::new()),
    }
}

/// One application of a file.
struct Run<'r> {
    store: &'r Store,
    random: &'r Random,
    now: i64,
    options: &'r ApplyOptions<'r>,
    /// Demo secrets by client id.
    secrets: BTreeMap<String, String>,
    applied: Applied,
}

impl Run<'_> {
    /// Note that `what` is to be written; whether to write it.
    fn differs<T: PartialEq>(&mut self, what: String, known: Option<&T>, wanted: &T) -> bool {
        let action = match known {
            Some(known) if known == wanted => return false,
            Some(_) => Action::Changed,
            None => Action::Created,
        };
        self.applied.changes.push(Change { action, what });
        !self.options.plan
    }

    /// Note that `what` is to be removed; whether to remove it.
    fn removes(&mut self, what: String) -> bool {
        self.applied.changes.push(Change { action: Action::Removed, what });
        !self.options.plan
    }

    /// Everything of a tenant but its users.
    async fn tenant(&mut self, tenant: &TenantConfig, known: Option<&TenantRecord>) -> Result<TenantInfo, ConfigError> {
        let settings = settings(tenant, known)?;
        let wanted = tenant_record(tenant, known, &settings)?;
        if self.differs(format!("tenant {}", tenant.name), known, &wanted) {
            self.store.upsert_tenant(&wanted).await?;
        }
        self.attributes(tenant, &wanted.id).await?;
        self.flows(tenant, &wanted.id).await?;
        self.policies(tenant, &wanted.id).await?;
        self.applications(tenant).await?;
        Ok(TenantInfo {
            id: wanted.id,
            name: wanted.name,
            domain: wanted.domain,
            display_name: wanted.display_name,
            lockout_threshold: settings.lockout_threshold,
            lockout_secs: settings.lockout_secs,
        })
    }

    async fn attributes(&mut self, tenant: &TenantConfig, id: &str) -> Result<(), ConfigError> {
        let known = self.store.list_custom_attributes(id).await?;
        for attribute in &tenant.attributes {
            let (name, body) = (attribute.name.clone(), json(attribute)?);
            let wanted = CustomAttributeRecord { tenant: id.to_owned(), name, body };
            let what = format!("{}: attribute {}", tenant.name, attribute.name);
            if self.differs(what, known.iter().find(|k| k.name == wanted.name), &wanted) {
                self.store.upsert_custom_attribute(&wanted).await?;
            }
        }
        Ok(())
    }

    async fn flows(&mut self, tenant: &TenantConfig, id: &str) -> Result<(), ConfigError> {
        let known = self.store.list_flows(id).await?;
        for flow in &tenant.flows {
            let known = known.iter().find(|k| k.name.eq_ignore_ascii_case(&flow.name));
            let updated_at = known.map_or(self.now, |k| k.updated_at);
            let mut wanted =
                FlowRecord { tenant: id.to_owned(), name: flow.name.clone(), body: json(flow)?, updated_at };
            if self.differs(format!("{}: flow {}", tenant.name, flow.name), known, &wanted) {
                wanted.updated_at = self.now;
                self.store.upsert_flow(&wanted).await?;
            }
        }
        Ok(())
    }

    /// The folder is owned whole: what is gone from it is removed.
    async fn policies(&mut self, tenant: &TenantConfig, id: &str) -> Result<(), ConfigError> {
        if tenant.policies.is_none() {
            return Ok(());
        }
        let known = self.store.list_policies(id).await?;
        let folder = Folder::new(tenant.policy_files.iter().cloned());
        for (policy, source) in folder.policies() {
            let known = known.iter().find(|k| k.id.eq_ignore_ascii_case(policy));
            let updated_at = known.map_or(self.now, |k| k.updated_at);
            let xml = source.text.clone();
            let mut wanted = PolicyRecord { tenant: id.to_owned(), id: policy.to_owned(), xml, updated_at };
            if self.differs(format!("{}: policy {policy}", tenant.name), known, &wanted) {
                wanted.updated_at = self.now;
                self.store.upsert_policy(&wanted).await?;
            }
        }
        for gone in known.iter().filter(|k| !folder.policies().any(|(policy, _)| k.id.eq_ignore_ascii_case(policy))) {
            if self.removes(format!("{}: policy {}", tenant.name, gone.id)) {
                self.store.delete_policy(id, &gone.id).await?;
            }
        }
        Ok(())
    }
}

fn settings(tenant: &TenantConfig, known: Option<&TenantRecord>) -> Result<TenantSettings, ConfigError> {
    let mut settings: TenantSettings = match known {
        Some(known) => serde_json::from_str(&known.body).map_err(|e| unreadable("tenant", &tenant.name, e))?,
        None => TenantSettings::default(),
    };
    settings.code_lifetime_secs = tenant.code_lifetime_secs.unwrap_or(settings.code_lifetime_secs);
    settings.lockout_threshold = tenant.lockout_threshold.unwrap_or(settings.lockout_threshold);
    settings.lockout_secs = tenant.lockout_secs.unwrap_or(settings.lockout_secs);
    Ok(settings)
}

fn tenant_record(
    tenant: &TenantConfig,
    known: Option<&TenantRecord>,
    settings: &TenantSettings,
) -> Result<TenantRecord, ConfigError> {
    let display_name = tenant.display_name.clone().or_else(|| known.map(|k| k.display_name.clone()));
    Ok(TenantRecord {
        id: tenant.id(),
        name: tenant.name.clone(),
        domain: tenant.domain(),
        display_name: display_name.unwrap_or_else(|| tenant.name.clone()),
        body: json(settings)?,
    })
}

fn json<T: Serialize>(value: &T) -> Result<String, ConfigError> {
    serde_json::to_string(value).map_err(|e| unreadable("new", "record", e))
}

fn unreadable(what: &str, name: &str, cause: serde_json::Error) -> ConfigError {
    RegistryError::Unreadable { what: format!("{what} {name}"), cause }.into()
}
