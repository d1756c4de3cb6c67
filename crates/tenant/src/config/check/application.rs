//! Applications: ids, redirect URIs, scopes, permissions.

use super::Found;
use crate::config::file::{ApplicationConfig, TenantConfig};
use crate::config::place::hint;
use crate::registry::names;
use crate::registry::redirect_uri::{self, Platform};

impl Found<'_> {
    pub(super) fn applications(&mut self, path: &str, tenant: &TenantConfig) {
        let (id, apps) = (tenant.id(), &tenant.applications);
        let at = |key: &str| {
            let path = format!("{path}.application");
            let key = key.to_owned();
            move |i: usize| format!("{path}[{i}].{key}")
        };
        let (name, client, uri) = (at("name"), at("client_id"), at("app_id_uri"));
        self.unique(apps.iter().enumerate().map(|(i, a)| (name(i), a.name.clone())), "application");
        self.unique(apps.iter().enumerate().map(|(i, a)| (client(i), a.client_id(&id))), "client id");
        self.unique(
            apps.iter().enumerate().filter_map(|(i, a)| Some((uri(i), a.app_id_uri.clone()?))),
            "Application ID URI",
        );
        for (i, application) in apps.iter().enumerate() {
            let path = format!("{path}.application[{i}]");
            self.identity(&path, application);
            self.redirect_uris(&path, application);
            self.exposed(&path, application);
            self.secrets(&path, application);
            for (j, permission) in application.permissions.iter().flatten().enumerate() {
                if let Err(why) = resolve(permission, tenant) {
                    self.say(&format!("{path}.permissions[{j}]"), why);
                }
            }
        }
    }

    fn identity(&mut self, path: &str, app: &ApplicationConfig) {
        self.rule(&format!("{path}.name"), "application name", &app.name, names::validate_display_name(&app.name));
        if app.name.contains('/') {
            self.say(
                &format!("{path}.name"),
                format!("the application name {:?} may hold no slash: permissions are written api/scope", app.name),
            );
        }
        if let Some(id) = &app.client_id {
            self.rule(&format!("{path}.client_id"), "client id", id, names::validate_guid(id));
        }
        if let Some(url) = &app.logout_url {
            self.rule(&format!("{path}.logout_url"), "logout URL", url, names::validate_logout_url(url));
        }
        for (i, scope) in app.openid_permissions.iter().flatten().enumerate() {
            if !matches!(scope.as_str(), "openid" | "offline_access") {
                let message = format!("\"openid_permissions\" takes \"openid\" and \"offline_access\", not {scope:?}");
                self.say(&format!("{path}.openid_permissions[{i}]"), message);
            }
        }
    }

    fn redirect_uris(&mut self, path: &str, app: &ApplicationConfig) {
        let path = format!("{path}.redirect_uris");
        let mut all = Vec::new();
        for (key, platform, uris) in platforms(app) {
            for (i, uri) in uris.iter().flatten().enumerate() {
                let path = format!("{path}.{key}[{i}]");
                self.rule(&path, "redirect URI", uri, redirect_uri::validate(uri, platform));
                if all.contains(&uri) {
                    self.say(&path, format!("the redirect URI {uri:?} is there twice"));
                }
                all.push(uri);
            }
        }
        if all.len() > redirect_uri::MOST {
            self.say(
                &path,
                format!("an application has at most {} redirect URIs, not {}", redirect_uri::MOST, all.len()),
            );
        }
    }

    fn exposed(&mut self, path: &str, app: &ApplicationConfig) {
        if let Some(uri) = &app.app_id_uri {
            self.rule(&format!("{path}.app_id_uri"), "Application ID URI", uri, names::validate_app_id_uri(uri));
        }
        let scopes =
            app.scopes.iter().flatten().enumerate().map(|(i, s)| (format!("{path}.scope[{i}].name"), s.name.clone()));
        let roles = app
            .app_roles
            .iter()
            .flatten()
            .enumerate()
            .map(|(i, r)| (format!("{path}.app_role[{i}].value"), r.value.clone()));
        let exposed: Vec<(String, String)> = scopes.chain(roles).collect();
        if let Some((first, _)) = exposed.first().filter(|_| app.app_id_uri.is_none()) {
            let example = format!("https://contoso.onmicrosoft.com/{}", app.name);
            self.say(
                first,
                format!("an application with scopes or app roles needs \"app_id_uri\", such as {example:?}"),
            );
        }
        for (path, name) in &exposed {
            self.rule(path, "name", name, names::validate_scope_name(name));
        }
        if exposed.len() > names::MOST_SCOPES {
            self.say(
                path,
                format!(
                    "an application has at most {} scopes and app roles, not {}",
                    names::MOST_SCOPES,
                    exposed.len()
                ),
            );
        }
        self.unique(exposed.into_iter(), "scope or app role");
    }

    fn secrets(&mut self, path: &str, app: &ApplicationConfig) {
        self.variable(&format!("{path}.secret_env"), app.secret_env.as_deref());
        self.variable(&format!("{path}.previous_secret_env"), app.previous_secret_env.as_deref());
        if app.demo_secret && app.secret_env.is_some() {
            self.say(&format!("{path}.demo_secret"), "name \"secret_env\" or \"demo_secret\", not both".to_owned());
        }
        if app.previous_secret_env.is_some() && app.secret_env.is_none() {
            let message = "\"previous_secret_env\" stands beside \"secret_env\", never alone".to_owned();
            self.say(&format!("{path}.previous_secret_env"), message);
        }
    }
}

/// The redirect URIs by key and platform.
pub(in crate::config) fn platforms(app: &ApplicationConfig) -> [(&'static str, Platform, &Option<Vec<String>>); 3] {
    let uris = &app.redirect_uris;
    [
        ("web", Platform::Web, &uris.web),
        ("spa", Platform::Spa, &uris.spa),
        ("public_client", Platform::PublicClient, &uris.public_client),
    ]
}

/// The API of the same file that a permission names, and the name of the scope or app role.
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

/// The application that a permission names, by name, Application ID URI or client id.
fn named<'c>(api: &str, tenant: &'c TenantConfig) -> Option<&'c ApplicationConfig> {
    let applications = || tenant.applications.iter();
    let by_name = applications().find(|a| a.name.eq_ignore_ascii_case(api) || a.app_id_uri.as_deref() == Some(api));
    // A client id may have to be derived, by a hash for each application: only what can be one is compared with them.
    let by_id = || {
        uuid::Uuid::try_parse(api).ok()?;
        let id = tenant.id();
        applications().find(|a| a.client_id(&id).eq_ignore_ascii_case(api))
    };
    by_name.or_else(by_id)
}
