//! What the file wants of a tenant, laid over what is registered: a key that is left out keeps what was set elsewhere.

mod application;
mod permission;

pub(super) use permission::resolve;

use crate::config::file::{Config, TenantConfig};
use crate::config::{Problem, Severity};
use crate::manage::{self, CustomPolicy, Refusal, Registrations};
use crate::registry::key_container::ContainerKey;
use std::collections::{BTreeMap, BTreeSet};
use vestibule_journey::Folder;
use vestibule_store::ObjectKind;

/// A tenant of the file, and what there is besides it.
pub(super) struct Wanted<'w> {
    pub(super) tenant: &'w TenantConfig,
    /// Demo secrets by client id.
    pub(super) secrets: &'w BTreeMap<String, String>,
    /// The environment, by name.
    pub(super) env: &'w (dyn Fn(&str) -> Option<String> + Sync),
    /// Origins of redirect URIs and logout URLs, and what to put in their place.
    pub(super) origins: &'w [(String, String)],
    /// Delete what the file does not name.
    pub(super) prune: bool,
    /// Keys to add to key containers, by the container's name.
    pub(super) new_keys: &'w [(String, ContainerKey)],
    /// Milliseconds since the epoch.
    pub(super) now: i64,
}

impl Wanted<'_> {
    /// Lay the file over the registrations.
    pub(super) fn lay_over(&self, registrations: &mut Registrations) {
        self.tenant_itself(registrations);
        for attribute in &self.tenant.attributes {
            registrations.attributes.insert(attribute.name.clone(), attribute.clone());
        }
        for flow in &self.tenant.flows {
            registrations.flows.insert(flow.name.to_lowercase(), flow.clone());
        }
        self.policies(registrations);
        self.applications(registrations);
        for (name, key) in self.new_keys {
            let container = registrations.key_containers.entry(name.clone()).or_default();
            container.name.clone_from(name);
            container.keys.push(key.clone());
        }
        if self.prune {
            self.prune(registrations);
        }
    }

    fn tenant_itself(&self, registrations: &mut Registrations) {
        let (from, to) = (self.tenant, &mut registrations.tenant);
        to.id = from.id();
        to.name.clone_from(&from.name);
        to.domain = from.domain();
        if let Some(display_name) = &from.display_name {
            to.display_name.clone_from(display_name);
        } else if to.display_name.is_empty() {
            to.display_name.clone_from(&from.name);
        }
        let settings = &mut to.settings;
        settings.code_lifetime_secs = from.code_lifetime_secs.unwrap_or(settings.code_lifetime_secs);
        settings.lockout_threshold = from.lockout_threshold.unwrap_or(settings.lockout_threshold);
        settings.lockout_secs = from.lockout_secs.unwrap_or(settings.lockout_secs);
    }

    /// The folder is owned whole: a policy that is gone from it is deleted.
    fn policies(&self, registrations: &mut Registrations) {
        if self.tenant.policies.is_none() {
            return;
        }
        let folder = Folder::new(self.tenant.policy_files.iter().cloned());
        let policies = folder.policies().map(|(id, source)| {
            let policy = CustomPolicy { id: id.to_owned(), xml: source.text.clone() };
            (id.to_lowercase(), policy)
        });
        registrations.policies = policies.collect();
    }

    /// Delete what the file does not name.
    fn prune(&self, registrations: &mut Registrations) {
        let tenant = self.tenant;
        let attributes: BTreeSet<&String> = tenant.attributes.iter().map(|a| &a.name).collect();
        registrations.attributes.retain(|name, _| attributes.contains(name));
        let flows: BTreeSet<String> = tenant.flows.iter().map(|f| f.name.to_lowercase()).collect();
        registrations.flows.retain(|name, _| flows.contains(name));
        let id = tenant.id();
        let applications: BTreeSet<String> = tenant.applications.iter().map(|a| a.client_id(&id)).collect();
        registrations.applications.retain(|client_id, _| applications.contains(client_id));
    }
}

/// What management refuses of a tenant of the file, whatever is registered already.
pub(super) fn refusals(config: &Config, i: usize) -> Vec<Problem> {
    let tenant = &config.tenants[i];
    let nothing = |_: &str| None;
    let (secrets, origins) = (BTreeMap::new(), Vec::new());
    let wanted =
        Wanted { tenant, secrets: &secrets, env: &nothing, origins: &origins, prune: false, new_keys: &[], now: 0 };
    let mut registrations = Registrations::default();
    wanted.lay_over(&mut registrations);
    let derived = |refusal: &Refusal| {
        refusal.object.kind() == ObjectKind::Tenant
            && (refusal.field == "domain" && tenant.domain.is_none()
                || refusal.field == "display_name" && tenant.display_name.is_none())
    };
    let found = manage::refusals(&registrations).into_iter().filter(|refusal| !derived(refusal));
    found.map(|refusal| problem(config, i, &refusal)).collect()
}

/// A refusal of management at its line of the file.
pub(super) fn problem(config: &Config, i: usize, refusal: &Refusal) -> Problem {
    let tenant = &config.tenants[i];
    let (id, object) = (tenant.id(), refusal.object.id());
    let position = match refusal.object.kind() {
        ObjectKind::Tenant => Some(String::new()),
        ObjectKind::CustomAttribute => at("attribute", tenant.attributes.iter().position(|a| a.name == object)),
        ObjectKind::Flow => at("flow", tenant.flows.iter().position(|f| f.name.eq_ignore_ascii_case(object))),
        ObjectKind::Application => {
            at("application", tenant.applications.iter().position(|a| a.client_id(&id) == object))
        }
        ObjectKind::Policy => Some(".policies".to_owned()),
        ObjectKind::KeyContainer => None,
    };
    let position = position.unwrap_or_default();
    let field = if refusal.field.is_empty() { String::new() } else { format!(".{}", refusal.field) };
    let problem = config.places.problem(&format!("tenant[{i}]{position}{field}"), refusal.why.clone());
    Problem { severity: Severity::Error, ..problem }
}

fn at(table: &str, index: Option<usize>) -> Option<String> {
    index.map(|index| format!(".{table}[{index}]"))
}
