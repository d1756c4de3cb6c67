//! Permissions as written in the file: an API, a slash, and a scope or app role.

use crate::config::file::{ApplicationConfig, TenantConfig};
use crate::config::place::hint;

/// Resolves a permission to the API in the same file, and the name of the scope or app role.
pub(in crate::config) fn resolve<'c>(
    permission: &'c str,
    tenant: &'c TenantConfig,
) -> Result<(&'c ApplicationConfig, &'c str), String> {
    let Some((api, value)) = permission.rsplit_once('/').filter(|(api, value)| !api.is_empty() && !value.is_empty())
    else {
        return Err(format!(
            "the permission {permission:?} must be an API, a slash, and a scope, such as \"my-api1/tasks.read\""
        ));
    };
    let Some(found) = named(api, tenant) else {
        let apis: Vec<&str> =
            tenant.applications.iter().filter(|a| a.app_id_uri.is_some()).map(|a| a.name.as_str()).collect();
        return Err(format!(
            "the permission {permission:?} names an API {api:?} that this tenant does not have{}",
            hint(api, &apis)
        ));
    };
    let scopes = found.scopes.iter().flatten().map(|s| s.name.as_str());
    let exposed: Vec<&str> = scopes.chain(found.app_roles.iter().flatten().map(|r| r.value.as_str())).collect();
    if exposed.contains(&value) {
        return Ok((found, value));
    }
    Err(format!("the application {:?} has no scope or app role {value:?}{}", found.name, hint(value, &exposed)))
}

/// Finds the application that a permission refers to, by name, Application ID URI or client id.
fn named<'c>(api: &str, tenant: &'c TenantConfig) -> Option<&'c ApplicationConfig> {
    let applications = || tenant.applications.iter();
    let by_name = applications().find(|a| a.name.eq_ignore_ascii_case(api) || a.app_id_uri.as_deref() == Some(api));
    // A client id may have to be derived by hashing for each application, so compare only texts that can be one.
    let by_id = || {
        uuid::Uuid::try_parse(api).ok()?;
        let id = tenant.id();
        applications().find(|a| a.client_id(&id).eq_ignore_ascii_case(api))
    };
    by_name.or_else(by_id)
}
