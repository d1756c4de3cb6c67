//! All rules about registrations.
//!
//! The rules are functions of plain values, so that a configuration file can be checked before there is a store.

pub(crate) mod application;
mod policy;

use super::change::{Action, Change};
use super::refusal::{Findings, Refusal};
use super::registrations::{Registrations, TenantFields};
use crate::registry::{key_container, names};
use std::ops::RangeInclusive;
use vestibule_journey::flow::{self, CustomAttribute, FlowSettings};
use vestibule_outbound::Networks;
use vestibule_store::ObjectKind;

pub(super) use application::permissions_of_nothing;
pub(super) use policy::compiled as policies_compiled;
pub use policy::{MOST_POLICY_BYTES, check_policies};

/// Lifetime of an authorization code in seconds (RFC 6749 section 4.1.2 allows at most ten minutes).
pub(crate) const CODE_LIFETIME_SECS: RangeInclusive<u32> = 60..=600;
/// Number of wrong passwords before an account is locked
/// (<https://learn.microsoft.com/azure/active-directory-b2c/threat-management>).
pub(crate) const LOCKOUT_THRESHOLD: RangeInclusive<u32> = 1..=50;
/// Duration of the first lockout in seconds (same page).
pub(crate) const LOCKOUT_SECS: RangeInclusive<u32> = 5..=18_000;
/// Maximum number of user flows and custom policies of a tenant together
/// (<https://learn.microsoft.com/azure/active-directory-b2c/service-limits>).
pub(crate) const MOST_POLICIES: usize = 200;
/// Maximum number of custom attributes of a tenant (same page).
pub(crate) const MOST_ATTRIBUTES: usize = 100;
/// Types that a custom attribute may have.
pub(crate) const ATTRIBUTE_TYPES: [&str; 3] = ["String", "Boolean", "Int"];

/// The objects that a rule may look at, besides the one it checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Among {
    /// All objects of the tenant, for example to check that names are unique.
    All,
    /// Only the objects it refers to, for example the attributes of a flow.
    Named,
}

/// Everything that is wrong with the objects that `changes` creates or changes; `after` is the tenant after the change.
pub(super) fn check(after: &Registrations, changes: &[Change], among: Among) -> Vec<Refusal> {
    let mut found = Vec::new();
    for change in changes.iter().filter(|change| change.action != Action::Delete) {
        found.extend(object(after, change, among));
    }
    found.extend(flows_without_their_attributes(after, changes));
    if changes.iter().any(|change| change.object.kind() == ObjectKind::Application) {
        found.extend(application::credentials_twice(after));
    }
    found
}

fn object(after: &Registrations, change: &Change, among: Among) -> Vec<Refusal> {
    let (kind, id) = (change.object.kind(), change.object.id());
    let mut findings = Findings::new(kind, id);
    match kind {
        ObjectKind::Tenant => tenant(&mut findings, &after.tenant, among),
        ObjectKind::CustomAttribute => {
            after.attributes.get(id).into_iter().for_each(|one| attribute(&mut findings, one, after));
            if after.attributes.len() > MOST_ATTRIBUTES {
                findings.refuse("", format!("a tenant has at most {MOST_ATTRIBUTES} custom attributes"));
            }
        }
        ObjectKind::Flow => {
            after.flows.get(id).into_iter().for_each(|one| user_flow(&mut findings, one, after));
            most_policies(&mut findings, after);
        }
        ObjectKind::Policy => {
            after.policies.get(id).into_iter().for_each(|one| policy::check(&mut findings, one));
            most_policies(&mut findings, after);
        }
        ObjectKind::Application => {
            after.applications.get(id).into_iter().for_each(|one| application::check(&mut findings, one, after, among));
        }
        ObjectKind::KeyContainer => {
            after.key_containers.get(id).into_iter().for_each(|one| key_container(&mut findings, one, after));
        }
    }
    findings.into_refusals()
}

fn tenant(findings: &mut Findings, tenant: &TenantFields, among: Among) {
    // Management sees to it that only the server itself makes this tenant; a file cannot name it.
    if among == Among::Named || !names::is_built_in_tenant(&tenant.name) {
        findings.rule("name", "tenant name", &tenant.name, names::validate_tenant_name(&tenant.name));
    }
    findings.rule("domain", "domain", &tenant.domain, names::validate_domain(&tenant.domain));
    findings.rule("id", "tenant id", &tenant.id, names::validate_guid(&tenant.id));
    let display_name = &tenant.display_name;
    findings.rule("display_name", "display name", display_name, names::validate_display_name(display_name));
    let settings = &tenant.settings;
    for (i, network) in settings.outbound_allow.iter().enumerate() {
        if let Err(error) = Networks::parse(std::slice::from_ref(network)) {
            findings.refuse(format!("outbound_allow[{i}]"), error.to_string());
        }
    }
    for (field, value, range) in [
        ("code_lifetime_secs", settings.code_lifetime_secs, CODE_LIFETIME_SECS),
        ("lockout_threshold", settings.lockout_threshold, LOCKOUT_THRESHOLD),
        ("lockout_secs", settings.lockout_secs, LOCKOUT_SECS),
    ] {
        if !range.contains(&value) {
            let (least, most) = (range.start(), range.end());
            findings.refuse(field, format!("{field:?} must be a whole number from {least} to {most}, not {value}"));
        }
    }
}

/// An attribute keeps its type: users have values of the old one.
pub(super) fn changed_types(before: &Registrations, after: &Registrations) -> Vec<Refusal> {
    let mut found = Vec::new();
    for (name, new) in &after.attributes {
        let Some(old) = before.attributes.get(name).filter(|old| old.data_type != new.data_type) else { continue };
        let mut findings = Findings::new(ObjectKind::CustomAttribute, name);
        let why = format!(
            "the attribute {name:?} is of the type {}, which cannot change: delete it first, or add another one",
            old.data_type
        );
        findings.refuse("type", why);
        found.extend(findings.into_refusals());
    }
    found
}

fn attribute(findings: &mut Findings, attribute: &CustomAttribute, after: &Registrations) {
    // Policies and users name an attribute in any letter case.
    let is_same = |other: &&String| **other != attribute.name && other.eq_ignore_ascii_case(&attribute.name);
    if let Some(other) = after.attributes.keys().find(is_same) {
        let name = &attribute.name;
        findings.refuse("name", format!("the attribute {name:?} exists as {other:?}: use that name"));
    }
    findings.rule("name", "attribute", &attribute.name, names::validate_attribute_name(&attribute.name));
    if !ATTRIBUTE_TYPES.contains(&attribute.data_type.as_str()) {
        let (name, data_type) = (&attribute.name, &attribute.data_type);
        findings.refuse("type", format!("the attribute {name:?} must be String, Boolean or Int, not {data_type:?}"));
    }
}

fn user_flow(findings: &mut Findings, flow: &FlowSettings, after: &Registrations) {
    findings.rule("name", "flow", &flow.name, names::validate_flow_name(&flow.name));
    let attributes: Vec<CustomAttribute> = after.attributes.values().cloned().collect();
    for why in flow::chain(flow, &attributes, &after.tenant.domain).err().into_iter().flatten() {
        findings.refuse(key_in(&why), format!("flow {:?}: {why}", flow.name));
    }
}

/// The key that a sentence about a flow's settings is about.
fn key_in(sentence: &str) -> &'static str {
    const KEYS: &[&str] = &[
        "attributes",
        "claims",
        "password",
        "refresh_window_days",
        "single_sign_on",
        "keep_me_signed_in_days",
        "sign_in_with",
    ];
    KEYS.iter().find(|key| sentence.contains(**key)).copied().unwrap_or("name")
}

fn most_policies(findings: &mut Findings, after: &Registrations) {
    if after.flows.len() + after.policies.len() > MOST_POLICIES {
        findings.refuse("", format!("a tenant has at most {MOST_POLICIES} user flows and custom policies together"));
    }
}

fn key_container(findings: &mut Findings, container: &key_container::KeyContainer, after: &Registrations) {
    // Policies refer to a container by name, ignoring case.
    let is_same = |other: &&String| **other != container.name && other.eq_ignore_ascii_case(&container.name);
    if let Some(other) = after.key_containers.keys().find(is_same) {
        let name = &container.name;
        findings.refuse("name", format!("the policy key {name:?} exists as {other:?}: use that name"));
    }
    findings.rule("name", "policy key", &container.name, key_container::validate_name(&container.name));
    if container.keys.len() > key_container::MOST_KEYS {
        findings.refuse("", format!("a policy key has at most {} keys", key_container::MOST_KEYS));
    }
    for (i, key) in container.keys.iter().enumerate() {
        findings.rule("id", "key id", &key.id, names::validate_guid(&key.id));
        if container.keys[..i].iter().any(|other| other.id == key.id) {
            findings.refuse("id", format!("the key id {:?} is there twice", key.id));
        }
        if let (Some(begin), Some(end)) = (key.not_before, key.expires_at)
            && end <= begin
        {
            findings.refuse("expires", "the key ends before it begins".to_owned());
        }
    }
}

/// Rejects deleting an attribute, or changing its type, while an unchanged flow uses it.
fn flows_without_their_attributes(after: &Registrations, changes: &[Change]) -> Vec<Refusal> {
    let is_changed = |kind: ObjectKind, id: &str| {
        changes.iter().any(|change| change.object.kind() == kind && change.object.id() == id)
    };
    if !changes.iter().any(|change| change.object.kind() == ObjectKind::CustomAttribute) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (id, flow) in after.flows.iter().filter(|(id, _)| !is_changed(ObjectKind::Flow, id)) {
        let mut findings = Findings::new(ObjectKind::Flow, id);
        user_flow(&mut findings, flow, after);
        found.extend(findings.into_refusals());
    }
    found
}
