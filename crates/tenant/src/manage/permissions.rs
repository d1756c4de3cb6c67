//! API permissions of applications: add, remove; admin consent to them.

use super::rules::application::OPENID_PERMISSIONS;
use super::{Done, IfVersion, Manage, ManageError, Refusal, Refusals, Registrations, found, is_same};
use crate::registry::{Permission, PermissionKind};
use vestibule_store::ObjectKey;
use vestibule_store::ObjectKind::Application as App;

impl Manage {
    /// Add permissions, each written as an API, a slash, and a scope or app role (`my-api1/tasks.read`), with admin
    /// consent or without. One that the application has already keeps the consent that it has.
    ///
    /// # Errors
    /// [`ManageError::NotFound`]; [`ManageError::Refused`] with each permission that the tenant does not have.
    pub async fn add_permissions(
        &self,
        tenant: &str,
        client_id: &str,
        named: &[String],
        granted: bool,
    ) -> Result<Done, ManageError> {
        let now = self.clock.now();
        self.change(tenant, None, |registrations| {
            let wanted = resolve_all(registrations, client_id, named)?;
            let application = found(registrations.applications.get_mut(client_id), App, client_id)?;
            for new in wanted {
                let known = taken_permission(&mut application.permissions, &new);
                let consented_at = known.and_then(|known| known.consented_at).or(granted.then_some(now));
                application.permissions.push(Permission { consented_at, ..new });
            }
            // In the store's order, so that the same permissions are the same list.
            let key = |p: &Permission| (p.resource_client_id.clone(), p.value.clone(), p.kind);
            application.permissions.sort_by_key(key);
            Ok(())
        })
        .await
    }

    /// Remove permissions, written as for [`Manage::add_permissions`].
    ///
    /// # Errors
    /// As [`Manage::add_permissions`].
    pub async fn remove_permissions(
        &self,
        tenant: &str,
        client_id: &str,
        named: &[String],
    ) -> Result<Done, ManageError> {
        self.change(tenant, None, |registrations| {
            let unwanted = resolve_all(registrations, client_id, named)?;
            let application = found(registrations.applications.get_mut(client_id), App, client_id)?;
            for one in unwanted {
                taken_permission(&mut application.permissions, &one);
            }
            Ok(())
        })
        .await
    }

    /// Grant admin consent to every permission of the application, and to `openid` and `offline_access`; or withdraw
    /// it from its API permissions. `if_version` is the version whose permissions were shown.
    ///
    /// # Errors
    /// [`ManageError::NotFound`], [`ManageError::Stale`].
    pub async fn set_consent(
        &self,
        tenant: &str,
        client_id: &str,
        if_version: IfVersion,
        granted: bool,
    ) -> Result<Done, ManageError> {
        let now = self.clock.now();
        let consent = |permission: &mut Permission| {
            permission.consented_at = granted.then(|| permission.consented_at.unwrap_or(now));
        };
        self.change_application(tenant, client_id, if_version, |application| {
            application.permissions.iter_mut().for_each(consent);
            let has = |application: &crate::registry::Application, scope| application.has_openid_permission(scope);
            let missing = OPENID_PERMISSIONS.into_iter().filter(|scope| granted && !has(application, scope));
            let missing: Vec<String> = missing.map(str::to_owned).collect();
            application.openid_permissions.extend(missing);
        })
        .await
    }
}

fn taken_permission(list: &mut Vec<Permission>, one: &Permission) -> Option<Permission> {
    super::taken(list, |known| is_same(known, one))
}

/// The permissions, without consent; or everything that is wrong with them.
fn resolve_all(all: &Registrations, client_id: &str, named: &[String]) -> Result<Vec<Permission>, ManageError> {
    let (mut resolved, mut refused) = (Vec::new(), Vec::new());
    for (i, text) in named.iter().enumerate() {
        match resolve(all, text) {
            Ok(permission) => resolved.push(permission),
            Err(why) => {
                refused.push(Refusal {
                    object: ObjectKey::new(App, client_id),
                    field: format!("permissions[{i}]"),
                    why,
                });
            }
        }
    }
    if refused.is_empty() { Ok(resolved) } else { Err(Refusals(refused).into()) }
}

fn resolve(all: &Registrations, text: &str) -> Result<Permission, String> {
    let Some((api, value)) = text.rsplit_once('/') else {
        return Err(format!(
            "the permission {text:?} must be an API, a slash, and a scope, such as \"my-api1/tasks.read\""
        ));
    };
    let Some(found) = all.application_named(api) else {
        return Err(format!("the permission {text:?} names an API {api:?} that this tenant does not have"));
    };
    let kind = if found.scopes.iter().any(|scope| scope.name == value) {
        PermissionKind::Delegated
    } else if found.app_roles.iter().any(|role| role.value == value) {
        PermissionKind::Application
    } else {
        return Err(format!("the API {api:?} has no scope or app role {value:?}"));
    };
    let (resource_client_id, value) = (found.client_id.clone(), value.to_owned());
    Ok(Permission { resource_client_id, value, kind, consented_at: None })
}
