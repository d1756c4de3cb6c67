//! Applications in the file: duplicates, permissions that refer to nothing, and keys that exclude each other. All other
//! rules are management's.

use super::Found;
use crate::config::file::{ApplicationConfig, SecretConfig, TenantConfig};
use crate::config::wanted::resolve;

impl Found<'_> {
    pub(super) fn applications(&mut self, path: &str, tenant: &TenantConfig) {
        let (id, apps) = (tenant.id(), &tenant.applications);
        let at = |key: &str, i: usize| format!("{path}.application[{i}].{key}");
        self.unique(apps.iter().enumerate().map(|(i, a)| (at("name", i), a.name.clone())), "application");
        self.unique(apps.iter().enumerate().map(|(i, a)| (at("client_id", i), a.client_id(&id))), "client id");
        let uris = apps.iter().enumerate().filter_map(|(i, a)| Some((at("app_id_uri", i), a.app_id_uri.clone()?)));
        self.unique(uris, "Application ID URI");
        self.unique(secret_ids(path, tenant).into_iter(), "secret id");
        for (i, application) in apps.iter().enumerate() {
            let path = format!("{path}.application[{i}]");
            self.secrets(&path, application);
            for (j, permission) in application.permissions.iter().flatten().enumerate() {
                if let Err(why) = resolve(permission.value(), tenant) {
                    self.say(&format!("{path}.permissions[{j}]"), why);
                }
            }
        }
    }

    fn secrets(&mut self, path: &str, app: &ApplicationConfig) {
        self.variable(&format!("{path}.secret_env"), app.secret_env.as_deref());
        self.variable(&format!("{path}.previous_secret_env"), app.previous_secret_env.as_deref());
        for (k, secret) in app.secrets.iter().flatten().enumerate() {
            self.variable(&format!("{path}.secret[{k}].env"), Some(&secret.env));
            self.time(&format!("{path}.secret[{k}].expires"), secret.expires.as_deref());
        }
        if app.demo_secret && app.secret_env.is_some() {
            self.say(&format!("{path}.demo_secret"), "name \"secret_env\" or \"demo_secret\", not both".to_owned());
        }
        if app.previous_secret_env.is_some() && app.secret_env.is_none() {
            let message = "\"previous_secret_env\" stands beside \"secret_env\", never alone".to_owned();
            self.say(&format!("{path}.previous_secret_env"), message);
        }
    }
}

/// The ids of listed secrets, each with its place.
fn secret_ids(path: &str, tenant: &TenantConfig) -> Vec<(String, String)> {
    let id = tenant.id();
    let mut found = Vec::new();
    for (i, app) in tenant.applications.iter().enumerate().filter(|(_, app)| app.secrets.is_some()) {
        let client_id = app.client_id(&id);
        let of =
            |(k, one): (usize, &SecretConfig)| (format!("{path}.application[{i}].secret[{k}].id"), one.id(&client_id));
        found.extend(app.secrets.iter().flatten().enumerate().map(of));
    }
    found
}
