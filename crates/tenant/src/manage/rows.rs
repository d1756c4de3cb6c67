//! Computes the rows that the store has to write from the registrations before and after a change.

use super::change::{Action, Change};
use super::registrations::{Loaded, Registrations};
use crate::registry::Application;
use crate::registry::key_container::KeyContainer;
use crate::registry::records::{rows, to_json};
use vestibule_store::{
    ChangeSet, CustomAttributeRecord, Delete, FlowRecord, KeyContainerRecord, ObjectKind, PolicyRecord, Put,
    Registration, TenantRecord,
};

/// The rows for these changes; `now` is in milliseconds since the epoch. The result requires that every object still
/// has the version that was read.
pub(super) fn change_set(loaded: &Loaded, after: &Registrations, changes: &[Change], now: i64) -> ChangeSet {
    let mut set = ChangeSet::new(&after.tenant.id);
    set.expects_tenant_version = Some(loaded.version);
    for change in changes {
        let id = change.object.id();
        match change.action {
            Action::Delete => deletes(&mut set, change.object.kind(), id),
            Action::Create | Action::Change => puts(&mut set, change.object.kind(), id, loaded, after, now),
        }
    }
    set
}

fn deletes(set: &mut ChangeSet, kind: ObjectKind, id: &str) {
    let name = id.to_owned();
    set.deletes.push(match kind {
        ObjectKind::Tenant => Delete::Tenant,
        ObjectKind::Application => Delete::Application(name),
        ObjectKind::Flow => Delete::Flow(name),
        ObjectKind::CustomAttribute => Delete::CustomAttribute(name),
        ObjectKind::Policy => Delete::Policy(name),
        ObjectKind::KeyContainer => Delete::KeyContainer(name),
    });
}

fn puts(set: &mut ChangeSet, kind: ObjectKind, id: &str, loaded: &Loaded, after: &Registrations, now: i64) {
    let tenant = after.tenant.id.clone();
    match kind {
        ObjectKind::Tenant => set.puts.push(Put::Tenant(tenant_row(after))),
        ObjectKind::CustomAttribute => set.puts.extend(after.attributes.get(id).map(|attribute| {
            let (name, body) = (attribute.name.clone(), to_json(attribute));
            Put::CustomAttribute(CustomAttributeRecord { tenant, name, body })
        })),
        ObjectKind::Flow => set.puts.extend(after.flows.get(id).map(|flow| {
            let (name, body) = (flow.name.clone(), to_json(flow));
            Put::Flow(FlowRecord { tenant, name, body, updated_at: now })
        })),
        ObjectKind::Policy => set.puts.extend(after.policies.get(id).map(|policy| {
            let (id, xml) = (policy.id.clone(), policy.xml.clone());
            Put::Policy(PolicyRecord { tenant, id, xml, updated_at: now })
        })),
        ObjectKind::KeyContainer => {
            set.puts.extend(after.key_containers.get(id).map(|one| container_row(one, tenant, now)));
        }
        ObjectKind::Application => {
            if let Some(application) = after.applications.get(id) {
                put_application(set, loaded.registrations.applications.get(id), application, &tenant, now);
            }
        }
    }
}

fn tenant_row(registrations: &Registrations) -> TenantRecord {
    let tenant = &registrations.tenant;
    TenantRecord {
        id: tenant.id.clone(),
        name: tenant.name.clone(),
        domain: tenant.domain.clone(),
        display_name: tenant.display_name.clone(),
        body: to_json(&tenant.settings),
    }
}

fn container_row(container: &KeyContainer, tenant: String, now: i64) -> Put {
    let (name, body) = (container.name.clone(), to_json(container));
    Put::KeyContainer(KeyContainerRecord { tenant, name, body, updated_at: now })
}

/// Adds the application, and those of its parts that differ.
fn put_application(set: &mut ChangeSet, old: Option<&Application>, new: &Application, tenant: &str, now: i64) {
    let old = old.map(|application| rows(application, tenant, now));
    let new = rows(new, tenant, now);
    if old.as_ref().is_none_or(|old| old.application != new.application) {
        set.puts.push(Put::Application(new.application.clone()));
    }
    delete_parts(set, old.as_ref(), &new);
    let known = |is: &dyn Fn(&Registration) -> bool| old.as_ref().is_some_and(is);
    for row in &new.credentials {
        if !known(&|old| old.credentials.contains(row)) {
            set.puts.push(Put::Credential(row.clone()));
        }
    }
    for row in &new.scopes {
        if !known(&|old| old.scopes.contains(row)) {
            set.puts.push(Put::Scope(row.clone()));
        }
    }
    for row in &new.app_roles {
        if !known(&|old| old.app_roles.contains(row)) {
            set.puts.push(Put::AppRole(row.clone()));
        }
    }
    for row in &new.permissions {
        if !known(&|old| old.permissions.contains(row)) {
            set.puts.push(Put::Permission(row.clone()));
        }
    }
}

/// Deletes the parts that the application no longer has.
fn delete_parts(set: &mut ChangeSet, old: Option<&Registration>, new: &Registration) {
    let Some(old) = old else { return };
    let client_id = || new.application.client_id.clone();
    for row in old.credentials.iter().filter(|row| !new.credentials.iter().any(|n| n.id == row.id)) {
        set.deletes.push(Delete::Credential(row.id.clone()));
    }
    for row in old.scopes.iter().filter(|row| !new.scopes.iter().any(|n| n.name == row.name)) {
        set.deletes.push(Delete::Scope { client_id: client_id(), name: row.name.clone() });
    }
    for row in old.app_roles.iter().filter(|row| !new.app_roles.iter().any(|n| n.value == row.value)) {
        set.deletes.push(Delete::AppRole { client_id: client_id(), value: row.value.clone() });
    }
    for row in &old.permissions {
        let is_same = |n: &&vestibule_store::PermissionRecord| {
            n.resource == row.resource && n.value == row.value && n.kind == row.kind
        };
        if !new.permissions.iter().any(|n| is_same(&n)) {
            set.deletes.push(Delete::Permission {
                client_id: client_id(),
                resource: row.resource.clone(),
                value: row.value.clone(),
                kind: row.kind,
            });
        }
    }
}
