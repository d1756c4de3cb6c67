//! Applications: settings, secrets, certificates, exposed scopes and roles, and permissions.

use super::{Wanted, resolve};
use crate::config::file::{
    AppRoleConfig, ApplicationConfig, PermissionConfig, ReadCertificate, ScopeConfig, SecretConfig, TextOr,
    derived_guid,
};
use crate::config::time;
use crate::manage::{Registrations, is_same};
use crate::registry::{
    AppRole, Application, Certificate, Credential, CredentialKind, Permission, PermissionKind, Scope, credential,
};

/// Marks certificates that come from the file.
pub(in crate::config) const CERTIFICATE: &str = "certificate of the configuration";

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

    /// The file has three slots for secrets, and a list. What it no longer names in a slot stops working, and where it
    /// has a list, everything that is in neither.
    fn secrets(&self, from: &ApplicationConfig, to: &mut Application) {
        let env = |name: &Option<String>| name.as_deref().and_then(self.env);
        let demo = self.secrets.get(&to.client_id).filter(|_| from.demo_secret).cloned();
        let slots = [
            ("secret", env(&from.secret_env)),
            ("previous secret", env(&from.previous_secret_env)),
            ("demo secret", demo),
        ];
        let mut named: Vec<String> = from.secrets.iter().flatten().map(|listed| listed.id(&to.client_id)).collect();
        for (slot, value) in slots {
            let id = derived_guid(&["credential", &to.client_id, slot]);
            if let Some(value) = value {
                let made = credential::from_value(&value, id.clone(), None);
                self.put(to, Credential { description: format!("{slot} of the configuration"), ..made });
                named.push(id);
            } else if !named.contains(&id) {
                to.credentials.retain(|known| known.id != id);
            }
        }
        if let Some(listed) = &from.secrets {
            to.credentials.retain(|known| known.kind != CredentialKind::Secret || named.contains(&known.id));
            listed.iter().for_each(|one| self.listed_secret(one, to));
        }
    }

    /// A secret of the list. Where its value is unknown, the one that is registered stays.
    fn listed_secret(&self, from: &SecretConfig, to: &mut Application) {
        let id = from.id(&to.client_id);
        let expires_at = from.expires.as_deref().and_then(time::millis);
        let description = from.description.clone();
        let value = (self.env)(&from.env).filter(|value| !value.is_empty());
        let known = to.credentials.iter_mut().find(|known| known.id == id);
        match (value, known) {
            (Some(value), _) => {
                let made = credential::from_value(&value, id, expires_at);
                self.put(to, Credential { description, ..made });
            }
            (None, Some(known)) => (known.description, known.expires_at) = (description, expires_at),
            // Refused before, unless it went in between: there is nothing to register.
            (None, None) => {}
        }
    }

    /// A certificate that the file no longer names stops working; where it names any, so does every other.
    fn certificates(&self, from: &ApplicationConfig, to: &mut Application) {
        let named: Vec<Credential> =
            from.read_certificates.iter().map(|read| certificate(read, &to.client_id)).collect();
        to.credentials.retain(|known| {
            let is_owned = known.kind == CredentialKind::Certificate
                && (known.description == CERTIFICATE || !from.certificates.is_empty());
            !is_owned || named.iter().any(|one| one.id == known.id)
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
        // One that does not resolve was refused when the file was checked.
        let wanted = named.iter().filter_map(|entry| {
            let permission = self.permission(entry)?;
            let known = to.permissions.iter().find(|known| is_same(known, &permission));
            let consented_at = known.and_then(|known| known.consented_at).unwrap_or(self.now);
            let granted = entry.consent().unwrap_or(granted);
            Some(Permission { consented_at: granted.then_some(consented_at), ..permission })
        });
        let mut wanted: Vec<Permission> = wanted.collect();
        // Sort in the store's order, so that applying the same file again gives the same list.
        wanted
            .sort_by(|a, b| (&a.resource_client_id, &a.value, a.kind).cmp(&(&b.resource_client_id, &b.value, b.kind)));
        wanted.dedup_by(|a, b| is_same(a, b));
        to.permissions = wanted;
    }

    /// A permission of the file, without consent.
    fn permission(&self, entry: &TextOr<PermissionConfig>) -> Option<Permission> {
        let (api, value) = resolve(entry.value(), self.tenant).ok()?;
        let is_scope = api.scopes.iter().flatten().any(|scope| scope.name == value);
        Some(Permission {
            resource_client_id: api.client_id(&self.tenant.id()),
            value: value.to_owned(),
            kind: if is_scope { PermissionKind::Delegated } else { PermissionKind::Application },
            consented_at: None,
        })
    }
}

/// The id of a certificate for which the file has none.
pub(in crate::config) fn certificate_id(client_id: &str, certificate: &Certificate) -> String {
    derived_guid(&["credential", client_id, "certificate", &certificate.x5t_s256])
}

fn certificate(read: &ReadCertificate, client_id: &str) -> Credential {
    let id = read.id.clone().unwrap_or_else(|| certificate_id(client_id, &read.certificate));
    let made = credential::from_certificate(read.certificate.clone(), id);
    Credential { description: read.description.clone().unwrap_or_else(|| CERTIFICATE.to_owned()), ..made }
}

/// Scopes and app roles; each list is owned whole.
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
