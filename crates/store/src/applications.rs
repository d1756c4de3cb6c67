//! App registrations: applications, their credentials, the scopes and roles they offer, and the permissions they hold.
//!
//! [`Store::commit`] writes them; [`Store::application`] and [`Store::registrations`] read them.

use super::Store;
use super::error::Result;
use super::sql::{record, sql, text_enum};

/// An application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationRecord {
    /// The tenant's GUID.
    pub tenant: String,
    /// The application (client) id, a lower-case GUID.
    pub client_id: String,
    /// The display name.
    pub name: String,
    /// Redirect URIs, settings and so on, as JSON.
    pub body: String,
    /// When it last changed, in milliseconds.
    pub updated_at: i64,
}
record!(ApplicationRecord { tenant, client_id, name, body, updated_at });

text_enum! {
    /// A credential of an application.
    pub enum CredentialKind {
        /// A client secret; its SHA-256 is stored.
        Secret = "secret",
        /// A certificate; its thumbprint is stored.
        Certificate = "certificate",
    }
}

/// A credential of an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialRecord {
    /// The tenant's GUID.
    pub tenant: String,
    /// The credential's own id, a GUID.
    pub id: String,
    /// The application that it belongs to.
    pub client_id: String,
    /// Secret or certificate.
    pub kind: CredentialKind,
    /// SHA-256 of the secret, or the certificate's thumbprint.
    pub hash: String,
    /// The first characters of a secret, to tell secrets apart.
    pub hint: String,
    /// Its display name.
    pub description: String,
    /// When it was created, in milliseconds.
    pub created_at: i64,
    /// When it expires, in milliseconds.
    pub expires_at: Option<i64>,
    /// The certificate (DER, base64url); `None` for a secret.
    pub certificate: Option<String>,
}
record!(CredentialRecord { tenant, id, client_id, kind, hash, hint, description, created_at, expires_at, certificate });

/// A scope that an application (an API) offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeRecord {
    /// The tenant's GUID.
    pub tenant: String,
    /// The API's client id.
    pub client_id: String,
    /// The scope's name, as in `tasks.read`.
    pub name: String,
    /// Descriptions, as JSON.
    pub body: String,
    /// True if clients may request it.
    pub enabled: bool,
}
record!(ScopeRecord { tenant, client_id, name, body, enabled });

/// An app role that an application offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppRoleRecord {
    /// The tenant's GUID.
    pub tenant: String,
    /// The API's client id.
    pub client_id: String,
    /// The role's value, as in `tasks.manage`.
    pub value: String,
    /// Descriptions, as JSON.
    pub body: String,
}
record!(AppRoleRecord { tenant, client_id, value, body });

text_enum! {
    /// On whose behalf an application uses a permission.
    pub enum PermissionKind {
        /// On behalf of a signed-in user: a scope.
        Delegated = "delegated",
        /// On its own behalf: an app role.
        Application = "application",
    }
}

/// A permission that an application requests, and holds once an administrator has consented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionRecord {
    /// The tenant's GUID.
    pub tenant: String,
    /// The application that requests it.
    pub client_id: String,
    /// Client id or app id URI of the API.
    pub resource: String,
    /// Name of the scope or value of the role.
    pub value: String,
    /// Scope or role.
    pub kind: PermissionKind,
    /// When an administrator consented, in milliseconds.
    pub consented_at: Option<i64>,
}
record!(PermissionRecord { tenant, client_id, resource, value, kind, consented_at });

impl Store {
    /// Every credential of the tenant, including expired ones, oldest first.
    pub(super) async fn list_credentials(&self, tenant: &str) -> Result<Vec<CredentialRecord>> {
        let mut conn = self.read().await?;
        sql("SELECT tenant, id, client_id, kind, hash, hint, description, created_at, expires_at, certificate
             FROM credentials WHERE tenant = $1 ORDER BY created_at, id")
        .bind(tenant)
        .all(&mut conn)
        .await
    }

    /// Every scope of the tenant.
    pub(super) async fn list_scopes(&self, tenant: &str) -> Result<Vec<ScopeRecord>> {
        let mut conn = self.read().await?;
        sql("SELECT tenant, client_id, name, body, enabled FROM scopes WHERE tenant = $1 ORDER BY client_id, name")
            .bind(tenant)
            .all(&mut conn)
            .await
    }

    /// Every app role of the tenant.
    pub(super) async fn list_app_roles(&self, tenant: &str) -> Result<Vec<AppRoleRecord>> {
        let mut conn = self.read().await?;
        sql("SELECT tenant, client_id, value, body FROM app_roles WHERE tenant = $1 ORDER BY client_id, value")
            .bind(tenant)
            .all(&mut conn)
            .await
    }

    /// Every permission of the tenant, consented or not.
    pub(super) async fn list_permissions(&self, tenant: &str) -> Result<Vec<PermissionRecord>> {
        let mut conn = self.read().await?;
        sql("SELECT tenant, client_id, resource, value, kind, consented_at FROM permissions WHERE tenant = $1
             ORDER BY client_id, resource, value, kind")
        .bind(tenant)
        .all(&mut conn)
        .await
    }
}
