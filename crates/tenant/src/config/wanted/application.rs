//! Applications: settings, secrets, certificates, exposed scopes and roles, and permissions.

use super::{Wanted, resolve};
use crate::config::file::{AppRoleConfig, ApplicationConfig, ScopeConfig, derived_guid};
use crate::manage::{Registrations, is_same};
use crate::registry::{
    AppRole, Application, Credential, CredentialKind, Permission, PermissionKind, Scope, credential,
};

/// The description of certificates that come from the file.
const CERTIFICATE: &str = "certificate of the configuration";

/// An application that runs at a different origin than the file says. Its redirect URIs and logout URL get that origin;
/// those of all other applications stay as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovedApplication {
    /// Its name in the file.
    pub name: String,
    /// The origin in the file: `http://localhost:5000`.
    pub from: String,
    /// The origin that replaces it: `http://localhost:5050`.
    pub to: String,
}

impl MovedApplication {
    /// Replaces the old origin of the address, if it has it.
    fn address(&self, uri: &str) -> String {
        let tail = uri.strip_prefix(&self.from).filter(|tail| tail.is_empty() || tail.starts_with('/'));
        tail.map_or_else(|| uri.to_owned(), |tail| format!("{}{tail}", self.to))
    }
}

impl Wanted<'_> {
    pub(super) fn applications(&self, registrations: &mut Registrations) {
        let tenant_id = self.tenant.id();
        for from in &self.tenant.applications {
            let client_id = from.client_id(&tenant_id);
            let to = registrations.applications.entry(client_id.clone()).or_default();
            to.client_id = client_id;
            to.name.clone_from(&from.name);
            self.moved(from).overlay(to);
            self.secrets(from, to);
            self.certificates(from, to);
            expose(from, to);
            self.permissions(from, to);
        }
    }

    /// The application with the origin at which it actually runs.
    fn moved(&self, from: &ApplicationConfig) -> ApplicationConfig {
        let mut application = from.clone();
        let Some(moved) = self.moved.filter(|moved| moved.name == from.name) else { return application };
        let uris = &mut application.redirect_uris;
        for list in [&mut uris.web, &mut uris.spa, &mut uris.public_client].into_iter().flatten() {
            list.iter_mut().for_each(|uri| *uri = moved.address(uri));
        }
        application.logout_url = application.logout_url.map(|url| moved.address(&url));
        application
    }

    /// The file has three slots for secrets. If it no longer names one, that secret stops working.
    fn secrets(&self, from: &ApplicationConfig, to: &mut Application) {
        let env = |name: &Option<String>| name.as_deref().and_then(self.env);
        let demo = self.secrets.get(&to.client_id).filter(|_| from.demo_secret).cloned();
        let slots = [
            ("secret", env(&from.secret_env)),
            ("previous secret", env(&from.previous_secret_env)),
            ("demo secret", demo),
        ];
        for (slot, value) in slots {
            let id = derived_guid(&["credential", &to.client_id, slot]);
            if let Some(value) = value {
                let made = credential::from_value(&value, id, None);
                self.put(to, Credential { description: format!("{slot} of the configuration"), ..made });
            } else {
                to.credentials.retain(|known| known.id != id);
            }
        }
    }

    /// A certificate that the file no longer names stops working.
    fn certificates(&self, from: &ApplicationConfig, to: &mut Application) {
        let named = from.read_certificates.iter().map(|certificate| {
            let id = derived_guid(&["credential", &to.client_id, "certificate", &certificate.x5t_s256]);
            let made = credential::from_certificate(certificate.clone(), id);
            Credential { description: CERTIFICATE.to_owned(), ..made }
        });
        let named: Vec<Credential> = named.collect();
        to.credentials.retain(|known| {
            let is_ours = known.kind == CredentialKind::Certificate && known.description == CERTIFICATE;
            !is_ours || named.iter().any(|one| one.id == known.id)
        });
        named.into_iter().for_each(|one| self.put(to, one));
    }

    /// Adds a credential, or replaces the one with the same id and keeps the time at which that was added.
    fn put(&self, to: &mut Application, new: Credential) {
        match to.credentials.iter_mut().find(|known| known.id == new.id) {
            Some(known) => *known = Credential { created_at: known.created_at, ..new },
            None => to.credentials.push(Credential { created_at: self.now, ..new }),
        }
    }

    /// The file owns the whole list. Existing consents keep their time.
    fn permissions(&self, from: &ApplicationConfig, to: &mut Application) {
        let Some(named) = &from.permissions else { return };
        let granted = from.grant_admin_consent.unwrap_or(true);
        // A permission that does not resolve was already reported by the check of the file.
        let wanted = named.iter().filter_map(|text| self.permission(text)).map(|permission| {
            let known = to.permissions.iter().find(|known| is_same(known, &permission));
            let consented_at = known.and_then(|known| known.consented_at).unwrap_or(self.now);
            Permission { consented_at: granted.then_some(consented_at), ..permission }
        });
        let mut wanted: Vec<Permission> = wanted.collect();
        // Sort in the store's order, so that applying the same file again gives the same list.
        wanted
            .sort_by(|a, b| (&a.resource_client_id, &a.value, a.kind).cmp(&(&b.resource_client_id, &b.value, b.kind)));
        wanted.dedup_by(|a, b| is_same(a, b));
        to.permissions = wanted;
    }

    /// A permission of the file, without consent.
    fn permission(&self, text: &str) -> Option<Permission> {
        let (api, value) = resolve(text, self.tenant).ok()?;
        let is_scope = api.scopes.iter().flatten().any(|scope| scope.name == value);
        Some(Permission {
            resource_client_id: api.client_id(&self.tenant.id()),
            value: value.to_owned(),
            kind: if is_scope { PermissionKind::Delegated } else { PermissionKind::Application },
            consented_at: None,
        })
    }
}

/// Sets scopes and app roles; the file owns each list it names.
fn expose(from: &ApplicationConfig, to: &mut Application) {
    if let Some(scopes) = &from.scopes {
        let scope = |scope: &ScopeConfig| Scope {
            name: scope.name.clone(),
            admin_consent_display_name: scope.display_name.clone().unwrap_or_else(|| scope.name.clone()),
            admin_consent_description: scope.description.clone(),
            enabled: scope.enabled.unwrap_or(true),
        };
        to.scopes = scopes.iter().map(scope).collect();
    }
    if let Some(roles) = &from.app_roles {
        let role = |role: &AppRoleConfig| AppRole {
            value: role.value.clone(),
            display_name: role.display_name.clone().unwrap_or_else(|| role.value.clone()),
            enabled: role.enabled.unwrap_or(true),
        };
        to.app_roles = roles.iter().map(role).collect();
    }
}
