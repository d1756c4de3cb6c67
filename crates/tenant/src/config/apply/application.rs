//! Applications: the record, its secrets and certificates, what it exposes, what it may use.

use super::{Run, json, unreadable};
use crate::config::ConfigError;
use crate::config::check::{platforms, resolve};
use crate::config::file::{ApplicationConfig, TenantConfig, derived_guid};
use crate::registry::load::{AppRoleBody, ScopeBody};
use crate::registry::{Application, Credential, RedirectUri, credential};
use vestibule_protocol::digest::base64url;
use vestibule_store::{
    AppRoleRecord, ApplicationRecord, CredentialKind, CredentialRecord, PermissionKind, PermissionRecord, ScopeRecord,
};

/// By which certificates of the file are told from others.
const CERTIFICATE: &str = "certificate of the configuration";

/// An application of the file and where it belongs.
struct At<'c> {
    tenant: &'c TenantConfig,
    /// The tenant's id.
    id: String,
    client_id: String,
    application: &'c ApplicationConfig,
}

impl Run<'_> {
    /// All applications first, then their permissions at one another.
    pub(super) async fn applications(&mut self, tenant: &TenantConfig) -> Result<(), ConfigError> {
        let at = |application| At::new(tenant, application);
        for at in tenant.applications.iter().map(at) {
            self.record(&at).await?;
            self.credentials(&at).await?;
            self.scopes(&at).await?;
            self.app_roles(&at).await?;
        }
        for at in tenant.applications.iter().map(at) {
            self.permissions(&at).await?;
        }
        Ok(())
    }

    async fn record(&mut self, at: &At<'_>) -> Result<(), ConfigError> {
        let known = self.store.list_applications(&at.id).await?;
        let known = known.iter().find(|k| k.client_id == at.client_id);
        let mut application = match known {
            Some(known) => serde_json::from_str(&known.body).map_err(|e| unreadable("application", &known.name, e))?,
            None => Application::default(),
        };
        at.overwrite(&mut application, self.options.origins);
        let mut wanted = ApplicationRecord {
            tenant: at.id.clone(),
            client_id: at.client_id.clone(),
            name: at.application.name.clone(),
            body: json(&application)?,
            updated_at: known.map_or(self.now, |k| k.updated_at),
        };
        if self.differs(format!("{}: application {}", at.tenant.name, wanted.name), known, &wanted) {
            wanted.updated_at = self.now;
            self.store.upsert_application(&wanted).await?;
        }
        Ok(())
    }

    /// The file has three slots for secrets; one that it names no more stops working.
    async fn credentials(&mut self, at: &At<'_>) -> Result<(), ConfigError> {
        let env = |name: &Option<String>| name.as_deref().and_then(self.options.env);
        let demo = self.secrets.get(&at.client_id).filter(|_| at.application.demo_secret).cloned();
        let slots = [
            ("secret", env(&at.application.secret_env)),
            ("previous secret", env(&at.application.previous_secret_env)),
            ("demo secret", demo),
        ];
        let known = self.store.list_credentials(&at.id).await?;
        for (slot, value) in slots {
            let id = derived_guid(&["credential", &at.client_id, slot]);
            let known = known.iter().find(|k| k.id == id);
            if let Some(value) = value {
                let made = credential::from_value(&value, id, None);
                let description = format!("{slot} of the configuration");
                let wanted = at.credential(made, description, known.map_or(self.now, |k| k.created_at));
                if self.differs(at.part(slot), known, &wanted) {
                    self.store.upsert_credential(&wanted).await?;
                }
            } else if known.is_some() && self.removes(at.part(slot)) {
                self.store.delete_credential(&at.id, &id).await?;
            }
        }
        self.certificates(at, &known).await
    }

    /// A certificate that the file names no more stops working.
    async fn certificates(&mut self, at: &At<'_>, known: &[CredentialRecord]) -> Result<(), ConfigError> {
        let mut gone: Vec<&CredentialRecord> = known.iter().collect();
        gone.retain(|k| {
            k.client_id == at.client_id && k.kind == CredentialKind::Certificate && k.description == CERTIFICATE
        });
        for certificate in &at.application.read_certificates {
            let id = derived_guid(&["credential", &at.client_id, "certificate", &certificate.x5t_s256]);
            gone.retain(|k| k.id != id);
            let known = known.iter().find(|k| k.id == id);
            let made = credential::from_certificate(certificate.clone(), id);
            let part = format!("certificate {}", made.hint);
            let wanted = at.credential(made, CERTIFICATE.to_owned(), known.map_or(self.now, |k| k.created_at));
            if self.differs(at.part(&part), known, &wanted) {
                self.store.upsert_credential(&wanted).await?;
            }
        }
        for gone in gone {
            if self.removes(at.part(&format!("certificate {}", gone.hint))) {
                self.store.delete_credential(&at.id, &gone.id).await?;
            }
        }
        Ok(())
    }

    async fn scopes(&mut self, at: &At<'_>) -> Result<(), ConfigError> {
        let Some(scopes) = &at.application.scopes else { return Ok(()) };
        let mut known = self.store.list_scopes(&at.id).await?;
        known.retain(|k| k.client_id == at.client_id);
        for scope in scopes {
            let display_name = scope.display_name.clone().unwrap_or_else(|| scope.name.clone());
            let wanted = ScopeRecord {
                tenant: at.id.clone(),
                client_id: at.client_id.clone(),
                name: scope.name.clone(),
                body: json(&ScopeBody { display_name, description: scope.description.clone() })?,
                enabled: scope.enabled.unwrap_or(true),
            };
            let known = known.iter().find(|k| k.name == scope.name);
            if self.differs(at.part(&format!("scope {}", scope.name)), known, &wanted) {
                self.store.upsert_scope(&wanted).await?;
            }
        }
        for gone in known.iter().filter(|k| !scopes.iter().any(|s| s.name == k.name)) {
            if self.removes(at.part(&format!("scope {}", gone.name))) {
                self.store.delete_scope(&at.id, &at.client_id, &gone.name).await?;
            }
        }
        Ok(())
    }

    async fn app_roles(&mut self, at: &At<'_>) -> Result<(), ConfigError> {
        let Some(roles) = &at.application.app_roles else { return Ok(()) };
        let mut known = self.store.list_app_roles(&at.id).await?;
        known.retain(|k| k.client_id == at.client_id);
        for role in roles {
            let display_name = role.display_name.clone().unwrap_or_else(|| role.value.clone());
            let wanted = AppRoleRecord {
                tenant: at.id.clone(),
                client_id: at.client_id.clone(),
                value: role.value.clone(),
                body: json(&AppRoleBody { display_name, enabled: role.enabled.unwrap_or(true) })?,
            };
            let known = known.iter().find(|k| k.value == role.value);
            if self.differs(at.part(&format!("app role {}", role.value)), known, &wanted) {
                self.store.upsert_app_role(&wanted).await?;
            }
        }
        for gone in known.iter().filter(|k| !roles.iter().any(|r| r.value == k.value)) {
            if self.removes(at.part(&format!("app role {}", gone.value))) {
                self.store.delete_app_role(&at.id, &at.client_id, &gone.value).await?;
            }
        }
        Ok(())
    }

    async fn permissions(&mut self, at: &At<'_>) -> Result<(), ConfigError> {
        let Some(named) = &at.application.permissions else { return Ok(()) };
        let mut known = self.store.list_permissions(&at.id).await?;
        known.retain(|k| k.client_id == at.client_id);
        let mut wanted: Vec<PermissionRecord> = Vec::new();
        // One that does not resolve was refused when the file was checked.
        for permission in named.iter().filter_map(|p| at.permission(p)) {
            let known = known.iter().find(|k| is_same(k, &permission));
            let consented_at = known.and_then(|k| k.consented_at).unwrap_or(self.now);
            let consented_at = at.application.grant_admin_consent.unwrap_or(true).then_some(consented_at);
            let permission = PermissionRecord { consented_at, ..permission };
            if self.differs(at.part(&format!("permission {}", permission.value)), known, &permission) {
                self.store.upsert_permission(&permission).await?;
            }
            wanted.push(permission);
        }
        for gone in known.iter().filter(|k| !wanted.iter().any(|w| is_same(w, k))) {
            if self.removes(at.part(&format!("permission {}", gone.value))) {
                self.store.delete_permission(gone).await?;
            }
        }
        Ok(())
    }
}

/// Whether these are the same permission, consent aside.
fn is_same(a: &PermissionRecord, b: &PermissionRecord) -> bool {
    a.resource == b.resource && a.value == b.value && a.kind == b.kind
}

impl<'c> At<'c> {
    fn new(tenant: &'c TenantConfig, application: &'c ApplicationConfig) -> Self {
        let id = tenant.id();
        Self { client_id: application.client_id(&id), tenant, id, application }
    }

    /// How a part of the application is called in the list of changes.
    fn part(&self, part: &str) -> String {
        format!("{}: {part} of {}", self.tenant.name, self.application.name)
    }

    fn credential(&self, made: Credential, description: String, created_at: i64) -> CredentialRecord {
        CredentialRecord {
            tenant: self.id.clone(),
            id: made.id,
            client_id: self.client_id.clone(),
            kind: made.kind,
            hash: made.hash,
            hint: made.hint,
            description,
            created_at,
            expires_at: made.expires_at,
            certificate: made.certificate.map(|c| base64url(&c.der)),
        }
    }

    /// A permission of the file, without consent.
    fn permission(&self, text: &str) -> Option<PermissionRecord> {
        let (api, value) = resolve(text, self.tenant).ok()?;
        let is_scope = api.scopes.iter().flatten().any(|s| s.name == value);
        Some(PermissionRecord {
            tenant: self.id.clone(),
            client_id: self.client_id.clone(),
            resource: api.client_id(&self.id),
            value: value.to_owned(),
            kind: if is_scope { PermissionKind::Delegated } else { PermissionKind::Application },
            consented_at: None,
        })
    }

    /// Put what the file names into the application; the rest stays.
    fn overwrite(&self, to: &mut Application, origins: &[(String, String)]) {
        let from = self.application;
        for (_, platform, uris) in platforms(from) {
            let Some(uris) = uris else { continue };
            to.redirect_uris.retain(|r| r.platform != platform);
            to.redirect_uris.extend(uris.iter().map(|uri| RedirectUri { uri: moved(uri, origins), platform }));
        }
        // In one order whatever was named before, so that the same file twice is the same record.
        to.redirect_uris.sort_by_key(|r| r.platform);
        if let Some(url) = &from.logout_url {
            to.logout_url = Some(moved(url, origins));
        }
        if let Some(uri) = &from.app_id_uri {
            to.app_id_uri = Some(uri.clone());
        }
        if let Some(permissions) = &from.openid_permissions {
            to.openid_permissions.clone_from(permissions);
        }
        to.enabled = from.enabled.unwrap_or(to.enabled);
        to.implicit_id_token = from.implicit_id_token.unwrap_or(to.implicit_id_token);
        to.implicit_access_token = from.implicit_access_token.unwrap_or(to.implicit_access_token);
        to.public_client = from.allow_public_client_flows.unwrap_or(to.public_client);
        to.require_pkce = from.require_pkce.unwrap_or(to.require_pkce);
        to.allow_plain_pkce = from.allow_plain_pkce.unwrap_or(to.allow_plain_pkce);
        to.single_use_assertions = from.single_use_assertions.unwrap_or(to.single_use_assertions);
        to.openid = from.openid.unwrap_or(to.openid);
    }
}

/// The URI with its origin replaced, if it is one of those to replace.
fn moved(uri: &str, origins: &[(String, String)]) -> String {
    let tail = |from: &str| uri.strip_prefix(from).filter(|tail| tail.is_empty() || tail.starts_with('/'));
    let found = origins.iter().find_map(|(from, to)| Some(format!("{to}{}", tail(from)?)));
    found.unwrap_or_else(|| uri.to_owned())
}
