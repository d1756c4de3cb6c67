//! API permissions of an application, and admin consent.

use super::applications::{Found, find, shell, tabs};
use super::word;
use crate::answer::{Answer, Problem};
use crate::visit::Visit;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use vestibule_store::PermissionKind;
use vestibule_tenant::registry::{Application, Permission};

/// `/portal/{tenant}/applications/{app}/permissions`
pub(crate) async fn list(visit: &Visit<'_>) -> Answer {
    let found = find(visit).await?;
    let (application, tenant) = (&found.application, visit.tenant()?);
    let base = visit.path(&format!("/applications/{}", application.client_id));
    let rows: Vec<Value> = openid_rows(application)
        .chain(application.permissions.iter().map(|permission| row(&found, permission, &tenant.display_name)))
        .collect();
    let values = json!({
        "rows": rows,
        "apis": apis(&found),
        "version": found.version,
        "actions": {
            "add": format!("{base}/permissions"),
            "remove": format!("{base}/permissions/remove"),
            "consent": format!("{base}/consent"),
        },
        "tabs": tabs(visit, application, "/permissions"),
    });
    let command =
        format!("vestibule app permission add {} my-api1/tasks.read --grant-admin-consent", word(&application.name));
    visit.page("permissions.html", shell(visit, application, "API permissions").command(command), values)
}

/// OpenID Connect's own permissions, which registration grants.
fn openid_rows(application: &Application) -> impl Iterator<Item = Value> {
    application.openid_permissions.iter().map(|scope| {
        json!({
            "api": "OpenID Connect",
            "value": scope,
            "full_name": scope,
            "type": "Delegated",
            "consented": true,
            "status": "Granted at registration",
            "key": null,
        })
    })
}

fn row(found: &Found, permission: &Permission, tenant: &str) -> Value {
    let api = found.registrations.application(&permission.resource_client_id);
    let full_name = api.and_then(|api| api.full_scope(&permission.value)).unwrap_or_else(|| permission.value.clone());
    let is_granted = permission.consented_at.is_some();
    let delegated = permission.kind == PermissionKind::Delegated;
    json!({
        "api": api.map_or(permission.resource_client_id.as_str(), |api| api.name.as_str()),
        "value": permission.value,
        "full_name": full_name,
        "type": if delegated { "Delegated" } else { "Application" },
        "consented": is_granted,
        "status": if is_granted { format!("Granted for {tenant}") } else { "Not granted".to_owned() },
        "key": key(permission),
    })
}

/// How a form names a permission.
fn key(permission: &Permission) -> String {
    let kind = if permission.kind == PermissionKind::Delegated { "delegated" } else { "application" };
    format!("{kind} {} {}", permission.resource_client_id, permission.value)
}

/// The tenant's APIs, with scopes by the part of their name before the dot: as the article says, *expand tasks*.
fn apis(found: &Found) -> Vec<Value> {
    let has = |key: &str| found.application.permissions.iter().any(|permission| self::key(permission) == key);
    let offers = |api: &&Application| !api.scopes.is_empty() || !api.app_roles.is_empty();
    let apis = found.registrations.applications.values().filter(offers);
    apis.map(|api| {
        let mut groups: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for scope in api.scopes.iter().filter(|scope| scope.enabled) {
            let key = format!("delegated {} {}", api.client_id, scope.name);
            groups.entry(scope.name.split('.').next().unwrap_or_default()).or_default().push(json!({
                "value": scope.name,
                "key": key,
                "full_name": api.full_scope(&scope.name),
                "description": scope.admin_consent_description,
                "checked": has(&key),
            }));
        }
        let groups = groups.into_iter().map(|(label, scopes)| json!({ "label": label, "scopes": scopes }));
        let roles = api.app_roles.iter().filter(|role| role.enabled).map(|role| {
            let key = format!("application {} {}", api.client_id, role.value);
            json!({ "value": role.value, "key": key, "description": role.display_name, "checked": has(&key) })
        });
        json!({
            "name": api.name,
            "client_id": api.client_id,
            "groups": groups.collect::<Vec<_>>(),
            "roles": roles.collect::<Vec<_>>(),
        })
    })
    .collect()
}

fn parse(key: &str) -> Option<Permission> {
    let mut words = key.splitn(3, ' ');
    let kind = match words.next()? {
        "delegated" => PermissionKind::Delegated,
        "application" => PermissionKind::Application,
        _ => return None,
    };
    let (resource, value) = (words.next()?.to_owned(), words.next()?.to_owned());
    Some(Permission { resource_client_id: resource, value, kind, consented_at: None })
}

/// Add the permissions that are ticked. Nothing is consented to by this.
pub(crate) async fn add(visit: &Visit<'_>) -> Answer {
    let id = visit.param("app");
    let wanted: Vec<Permission> = visit.fields("permission").iter().filter_map(|key| parse(key)).collect();
    if wanted.is_empty() {
        return Err(Problem::Refused("Tick at least one permission to add.".to_owned()));
    }
    visit
        .manage()?
        .change_application(&visit.tenant()?.id, id, visit.version(), |application| {
            for permission in &wanted {
                if !application.permissions.iter().any(|known| key(known) == key(permission)) {
                    application.permissions.push(permission.clone());
                }
            }
        })
        .await?;
    visit.done(&format!("/applications/{id}/permissions"), "permissions").await
}

/// Remove one permission.
pub(crate) async fn remove(visit: &Visit<'_>) -> Answer {
    let (id, gone) = (visit.param("app"), visit.field("permission"));
    visit
        .manage()?
        .change_application(&visit.tenant()?.id, id, visit.version(), |application| {
            application.permissions.retain(|permission| key(permission) != gone);
        })
        .await?;
    visit.done(&format!("/applications/{id}/permissions"), "removed").await
}

/// Grant admin consent, or withdraw it.
pub(crate) async fn consent(visit: &Visit<'_>) -> Answer {
    let (id, granted) = (visit.param("app"), visit.field("granted") == "true");
    visit.manage()?.set_consent(&visit.tenant()?.id, id, visit.version(), granted).await?;
    visit.done(&format!("/applications/{id}/permissions"), if granted { "granted" } else { "revoked" }).await
}
