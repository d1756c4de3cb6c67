//! Expose an API: the Application ID URI and the scopes of an application.

use super::applications::{find, shell, tabs};
use super::word;
use crate::answer::Answer;
use crate::fields::refused;
use crate::visit::Visit;
use http::StatusCode;
use serde_json::{Value, json};
use vestibule_tenant::manage::{Done, ManageError};
use vestibule_tenant::registry::Scope;

/// `/portal/{tenant}/applications/{app}/expose`
pub(crate) async fn show(visit: &Visit<'_>) -> Answer {
    page(visit, StatusCode::OK, Vec::new()).await
}

async fn page(visit: &Visit<'_>, status: StatusCode, errors: Vec<Value>) -> Answer {
    let found = find(visit).await?;
    let (application, tenant) = (&found.application, visit.tenant()?);
    let base = visit.path(&format!("/applications/{}", application.client_id));
    let scopes = application.scopes.iter().map(|scope| {
        json!({
            "name": scope.name,
            "display_name": scope.admin_consent_display_name,
            "description": scope.admin_consent_description,
            "enabled": scope.enabled,
            "full_name": application.full_scope(&scope.name),
        })
    });
    let all = found.registrations.applications.values();
    let clients = all.filter(|a| a.permissions.iter().any(|p| p.resource_client_id == application.client_id));
    let clients =
        clients.map(|a| json!({ "name": a.name, "href": visit.path(&format!("/applications/{}", a.client_id)) }));
    let suggested = format!("https://{}/{}", tenant.domain, application.name);
    let uri = application.app_id_uri.as_deref().unwrap_or(&suggested);
    let values = json!({
        "app_id_uri": application.app_id_uri,
        "suggested": suggested,
        "form": {
            "app_id_uri": if visit.is_ticked("app_id_uri") { visit.field("app_id_uri") } else { uri },
            "scope_name": visit.field("scope_name"),
            "scope_display_name": visit.field("scope_display_name"),
            "scope_description": visit.field("scope_description"),
        },
        "scopes": scopes.collect::<Vec<_>>(),
        "clients": clients.collect::<Vec<_>>(),
        "errors": errors,
        "version": found.version,
        "actions": {
            "set_uri": format!("{base}/expose"),
            "add_scope": format!("{base}/scopes"),
            "enable_scope": format!("{base}/scopes/enabled"),
            "remove_scope": format!("{base}/scopes/remove"),
        },
        "tabs": tabs(visit, application, "/expose"),
    });
    let command = format!("vestibule app scope add {} tasks.read", word(&application.name));
    visit.page_with(status, "expose.html", shell(visit, application, "Expose an API").command(command), values)
}

/// Set the Application ID URI.
pub(crate) async fn set_uri(visit: &Visit<'_>) -> Answer {
    let uri = Some(visit.field("app_id_uri")).filter(|uri| !uri.is_empty()).map(str::to_owned);
    let manage = visit.manage()?;
    let set = manage.change_application(&visit.tenant()?.id, visit.param("app"), visit.version(), |application| {
        application.app_id_uri.clone_from(&uri);
    });
    saved(visit, set.await, "saved").await
}

/// Add a scope.
pub(crate) async fn add_scope(visit: &Visit<'_>) -> Answer {
    let scope = Scope {
        name: visit.field("scope_name").to_owned(),
        admin_consent_display_name: visit.field("scope_display_name").to_owned(),
        admin_consent_description: visit.field("scope_description").to_owned(),
        enabled: true,
    };
    let manage = visit.manage()?;
    let added = manage.change_application(&visit.tenant()?.id, visit.param("app"), visit.version(), |application| {
        application.scopes.push(scope.clone());
    });
    saved(visit, added.await, "created").await
}

/// Enable or disable a scope: a disabled one can be granted to nobody.
pub(crate) async fn enable_scope(visit: &Visit<'_>) -> Answer {
    let (name, enabled) = (visit.field("scope"), visit.field("enabled") == "true");
    let manage = visit.manage()?;
    let changed = manage.change_application(&visit.tenant()?.id, visit.param("app"), visit.version(), |application| {
        application.scopes.iter_mut().filter(|scope| scope.name == name).for_each(|scope| scope.enabled = enabled);
    });
    saved(visit, changed.await, if enabled { "enabled" } else { "disabled" }).await
}

/// Remove a scope.
pub(crate) async fn remove_scope(visit: &Visit<'_>) -> Answer {
    let name = visit.field("scope");
    let manage = visit.manage()?;
    let removed = manage.change_application(&visit.tenant()?.id, visit.param("app"), visit.version(), |application| {
        application.scopes.retain(|scope| scope.name != name);
    });
    saved(visit, removed.await, "removed").await
}

async fn saved(visit: &Visit<'_>, changed: Result<Done, ManageError>, what: &str) -> Answer {
    match changed {
        Ok(_) => visit.done(&format!("/applications/{}/expose", visit.param("app")), what).await,
        Err(why) => {
            let first = if visit.is_ticked("scope_name") { "scope_name" } else { "app_id_uri" };
            let fields = [("app_id_uri", "app_id_uri"), ("", first)];
            page(visit, StatusCode::UNPROCESSABLE_ENTITY, refused(why, &fields)?).await
        }
    }
}
