//! Converts between rows of the store and an [`Application`].

use super::{AppRole, Application, Certificate, Credential, Permission, RegistryError, Scope};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use vestibule_protocol::digest::{base64url, from_base64url};
use vestibule_store::{
    AppRoleRecord, ApplicationRecord, CredentialKind, CredentialRecord, PermissionRecord, Registration, ScopeRecord,
};

/// `body` of a scope's record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct ScopeBody {
    display_name: String,
    description: String,
}

/// `body` of an app role's record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct AppRoleBody {
    display_name: String,
    enabled: bool,
}

impl Default for AppRoleBody {
    fn default() -> Self {
        Self { display_name: String::new(), enabled: true }
    }
}

/// Builds an application from its rows.
///
/// # Errors
/// [`RegistryError::Unreadable`] names the row whose JSON cannot be parsed.
pub(crate) fn application(rows: Registration) -> Result<Application, RegistryError> {
    let ApplicationRecord { client_id, name, body: text, .. } = rows.application;
    let application: Application = body("application", &client_id, &text)?;
    Ok(Application {
        credentials: rows.credentials.into_iter().map(credential).collect(),
        scopes: rows.scopes.into_iter().map(scope).collect::<Result<_, _>>()?,
        app_roles: rows.app_roles.into_iter().map(app_role).collect::<Result<_, _>>()?,
        permissions: rows.permissions.into_iter().map(permission).collect(),
        client_id,
        name,
        ..application
    })
}

/// The rows of an application in the tenant with this id; `now` is in milliseconds since the epoch.
pub(crate) fn rows(application: &Application, tenant: &str, now: i64) -> Registration {
    let (tenant, client_id) = (tenant.to_owned(), application.client_id.clone());
    Registration {
        application: ApplicationRecord {
            tenant: tenant.clone(),
            client_id: client_id.clone(),
            name: application.name.clone(),
            body: to_json(application),
            updated_at: now,
        },
        version: 0,
        credentials: application.credentials.iter().map(|c| credential_row(c, &tenant, &client_id)).collect(),
        scopes: application.scopes.iter().map(|s| scope_row(s, &tenant, &client_id)).collect(),
        app_roles: application.app_roles.iter().map(|r| app_role_row(r, &tenant, &client_id)).collect(),
        permissions: application.permissions.iter().map(|p| permission_row(p, &tenant, &client_id)).collect(),
    }
}

fn credential(row: CredentialRecord) -> Credential {
    let certificate = row.certificate.as_deref().and_then(certificate);
    if row.kind == CredentialKind::Certificate && certificate.is_none() {
        tracing::warn!(
            application = row.client_id,
            credential = row.id,
            "a certificate cannot be read, and is not used"
        );
    }
    Credential {
        id: row.id,
        kind: row.kind,
        hash: row.hash,
        hint: row.hint,
        description: row.description,
        created_at: row.created_at,
        expires_at: row.expires_at,
        certificate,
    }
}

fn credential_row(credential: &Credential, tenant: &str, client_id: &str) -> CredentialRecord {
    CredentialRecord {
        tenant: tenant.to_owned(),
        id: credential.id.clone(),
        client_id: client_id.to_owned(),
        kind: credential.kind,
        hash: credential.hash.clone(),
        hint: credential.hint.clone(),
        description: credential.description.clone(),
        created_at: credential.created_at,
        expires_at: credential.expires_at,
        certificate: credential.certificate.as_ref().map(|c| base64url(&c.der)),
    }
}

fn certificate(text: &str) -> Option<Certificate> {
    Certificate::from_der(from_base64url(text)?).ok()
}

fn scope(row: ScopeRecord) -> Result<Scope, RegistryError> {
    let ScopeBody { display_name, description } = body("scope", &row.name, &row.body)?;
    Ok(Scope {
        name: row.name,
        admin_consent_display_name: display_name,
        admin_consent_description: description,
        enabled: row.enabled,
    })
}

fn scope_row(scope: &Scope, tenant: &str, client_id: &str) -> ScopeRecord {
    let body = ScopeBody {
        display_name: scope.admin_consent_display_name.clone(),
        description: scope.admin_consent_description.clone(),
    };
    ScopeRecord {
        tenant: tenant.to_owned(),
        client_id: client_id.to_owned(),
        name: scope.name.clone(),
        body: to_json(&body),
        enabled: scope.enabled,
    }
}

fn app_role(row: AppRoleRecord) -> Result<AppRole, RegistryError> {
    let AppRoleBody { display_name, enabled } = body("app role", &row.value, &row.body)?;
    Ok(AppRole { value: row.value, display_name, enabled })
}

fn app_role_row(role: &AppRole, tenant: &str, client_id: &str) -> AppRoleRecord {
    let body = AppRoleBody { display_name: role.display_name.clone(), enabled: role.enabled };
    AppRoleRecord {
        tenant: tenant.to_owned(),
        client_id: client_id.to_owned(),
        value: role.value.clone(),
        body: to_json(&body),
    }
}

fn permission(row: PermissionRecord) -> Permission {
    Permission { resource_client_id: row.resource, value: row.value, kind: row.kind, consented_at: row.consented_at }
}

fn permission_row(permission: &Permission, tenant: &str, client_id: &str) -> PermissionRecord {
    PermissionRecord {
        tenant: tenant.to_owned(),
        client_id: client_id.to_owned(),
        resource: permission.resource_client_id.clone(),
        value: permission.value.clone(),
        kind: permission.kind,
        consented_at: permission.consented_at,
    }
}

/// Parses the JSON of a row; `what` and `name` identify the row in the error message.
pub(crate) fn body<T: DeserializeOwned>(what: &str, name: &str, text: &str) -> Result<T, RegistryError> {
    serde_json::from_str(text).map_err(|cause| RegistryError::Unreadable { what: format!("{what} {name}"), cause })
}

/// Serialises the body of a row. This cannot fail for structs of texts, numbers and lists.
pub(crate) fn to_json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
