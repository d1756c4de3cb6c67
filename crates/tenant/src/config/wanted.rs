//! Overlays the file on a tenant's registrations: a key that is left out keeps the value that was set elsewhere.

mod application;
mod permission;

pub use application::MovedApplication;
pub(super) use application::{CERTIFICATE, certificate_id};
pub(super) use permission::resolve;

use crate::config::file::{Config, PolicyKeyConfig, TenantConfig};
use crate::config::{Problem, time};
use crate::manage::{self, CustomPolicy, Refusal, Registrations};
use crate::registry::key_container::ContainerKey;
use std::collections::{BTreeMap, BTreeSet};
use vestibule_journey::Folder;
use vestibule_store::ObjectKind;

/// A tenant of the file, with the other inputs of the overlay.
pub(super) struct Wanted<'w> {
    pub(super) tenant: &'w TenantConfig,
    /// Demo secrets by client id.
    pub(super) secrets: &'w BTreeMap<String, String>,
    /// Looks up environment variables.
    pub(super) env: &'w (dyn Fn(&str) -> Option<String> + Sync),
    /// The application that runs at a different origin than the file says.
    pub(super) moved: Option<&'w MovedApplication>,
    /// Delete objects that the file does not name.
    pub(super) prune: bool,
    /// Keys to add to key containers, with the container's name.
    pub(super) new_keys: &'w [(String, ContainerKey)],
    /// The current time, in milliseconds since the epoch.
    pub(super) now: i64,
}

impl Wanted<'_> {
    /// Overlays the file on the registrations.
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
            container.add(key.clone(), self.now);
        }
        self.tenant.policy_keys.iter().for_each(|wanted| self.policy_key(wanted, registrations));
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
        if let Some(networks) = &from.outbound_allow {
            settings.outbound_allow.clone_from(networks);
        }
    }

    /// The file owns the whole folder: a policy that was removed from it is deleted.
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

    /// The dates and the switch of a key that the file names by its id.
    fn policy_key(&self, from: &PolicyKeyConfig, registrations: &mut Registrations) {
        let Some(container) = registrations.key_containers.get_mut(&from.name) else { return };
        let Some(key) = container.keys.iter_mut().find(|key| from.id.as_ref() == Some(&key.id)) else { return };
        key.usage = from.key_use();
        key.enabled = from.enabled.unwrap_or(key.enabled);
        key.not_before = from.not_before.as_deref().and_then(time::millis).or(key.not_before);
        key.expires_at = from.expires.as_deref().and_then(time::millis).or(key.expires_at);
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

/// Management's refusals for a tenant of the file, regardless of existing registrations.
pub(super) fn refusals(config: &Config, i: usize) -> Vec<Problem> {
    let tenant = &config.tenants[i];
    // The value of a secret is nothing that is checked here, and everything else of it is.
    let any = |_: &str| Some("-".to_owned());
    let secrets = BTreeMap::new();
    let wanted = Wanted { tenant, secrets: &secrets, env: &any, moved: None, prune: false, new_keys: &[], now: 0 };
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

/// Converts a refusal of management to a problem at the line of the field or, if the field is not written, of the
/// object's table.
pub(super) fn problem(config: &Config, i: usize, refusal: &Refusal) -> Problem {
    let tenant = format!("tenant[{i}]");
    let tables = tables(&config.tenants[i], refusal.object.kind(), refusal.object.id());
    let path = |table: &String| {
        let parts = [tenant.as_str(), table, &refusal.field];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".")
    };
    let paths: Vec<String> = tables.iter().map(path).collect();
    let written = paths.iter().find(|path| config.places.has(path)).or(paths.first()).unwrap_or(&tenant);
    config.places.problem(written, refusal.why.clone())
}

/// The tables of the file that describe an object; there can be several if the file has a mistake.
fn tables(tenant: &TenantConfig, kind: ObjectKind, object: &str) -> Vec<String> {
    let all = |table: &str, is: &dyn Fn(usize) -> bool, count: usize| {
        (0..count).filter(|index| is(*index)).map(|index| format!("{table}[{index}]")).collect()
    };
    let id = tenant.id();
    match kind {
        ObjectKind::Tenant => vec![String::new()],
        ObjectKind::Policy => vec!["policies".to_owned()],
        ObjectKind::CustomAttribute => {
            all("attribute", &|j| tenant.attributes[j].name == object, tenant.attributes.len())
        }
        ObjectKind::Flow => all("flow", &|j| tenant.flows[j].name.eq_ignore_ascii_case(object), tenant.flows.len()),
        ObjectKind::Application => {
            all("application", &|j| tenant.applications[j].client_id(&id) == object, tenant.applications.len())
        }
        ObjectKind::KeyContainer => {
            all("policy_key", &|j| tenant.policy_keys[j].name == object, tenant.policy_keys.len())
        }
    }
}
