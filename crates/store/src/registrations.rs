//! Complete app registrations: an application with everything that belongs to it.

use super::conn::Conn;
use super::error::Result;
use super::sql::sql;
use super::{AppRoleRecord, ApplicationRecord, CredentialRecord, PermissionRecord, ScopeRecord, Store, Versioned};
use std::collections::HashMap;

/// An application with its credentials, scopes, app roles and permissions, all covered by its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The application.
    pub application: ApplicationRecord,
    /// The version, at least 1.
    pub version: i64,
    /// Its credentials, including expired ones, oldest first.
    pub credentials: Vec<CredentialRecord>,
    /// The scopes that it offers, ordered by name.
    pub scopes: Vec<ScopeRecord>,
    /// The app roles that it offers, ordered by value.
    pub app_roles: Vec<AppRoleRecord>,
    /// The permissions that it requests, consented or not.
    pub permissions: Vec<PermissionRecord>,
}

impl From<Versioned<ApplicationRecord>> for Registration {
    /// An application without any credentials, scopes, roles and permissions.
    fn from(application: Versioned<ApplicationRecord>) -> Self {
        let Versioned { record, version } = application;
        let (credentials, scopes, app_roles, permissions) = Default::default();
        Self { application: record, version, credentials, scopes, app_roles, permissions }
    }
}

impl Store {
    /// The application with this client id, and everything that belongs to it.
    ///
    /// The version is read first: if the application changes during the call, a change that expects this version is
    /// stale.
    pub async fn application(&self, tenant: &str, client_id: &str) -> Result<Option<Registration>> {
        let mut conn = self.read().await?;
        let application: Option<Versioned<ApplicationRecord>> =
            sql("SELECT tenant, client_id, name, body, updated_at, version FROM applications
                 WHERE tenant = $1 AND client_id = $2")
            .bind(tenant)
            .bind(client_id)
            .one(&mut conn)
            .await?;
        let Some(application) = application else { return Ok(None) };
        let mut registration = Registration::from(application);
        read_parts(&mut conn, &mut registration).await?;
        Ok(Some(registration))
    }

    /// Every application of the tenant, ordered by name, with everything that belongs to it, in five queries regardless
    /// of their number. The versions are read first, as in [`Store::application`].
    pub async fn registrations(&self, tenant: &str) -> Result<Vec<Registration>> {
        let mut registrations: Vec<Registration> =
            self.applications(tenant).await?.into_iter().map(Registration::from).collect();
        let mut credentials = by_application(self.list_credentials(tenant).await?, |row| &row.client_id);
        let mut scopes = by_application(self.list_scopes(tenant).await?, |row| &row.client_id);
        let mut app_roles = by_application(self.list_app_roles(tenant).await?, |row| &row.client_id);
        let mut permissions = by_application(self.list_permissions(tenant).await?, |row| &row.client_id);
        for registration in &mut registrations {
            let client_id = &registration.application.client_id;
            registration.credentials = credentials.remove(client_id).unwrap_or_default();
            registration.scopes = scopes.remove(client_id).unwrap_or_default();
            registration.app_roles = app_roles.remove(client_id).unwrap_or_default();
            registration.permissions = permissions.remove(client_id).unwrap_or_default();
        }
        Ok(registrations)
    }
}

/// Groups the rows by application, keeping their order.
fn by_application<T>(rows: Vec<T>, client_id: impl Fn(&T) -> &String) -> HashMap<String, Vec<T>> {
    let mut groups: HashMap<String, Vec<T>> = HashMap::new();
    for row in rows {
        groups.entry(client_id(&row).clone()).or_default().push(row);
    }
    groups
}

/// Reads everything that belongs to the application.
async fn read_parts(conn: &mut Conn<'_>, registration: &mut Registration) -> Result<()> {
    let ApplicationRecord { tenant, client_id, .. } = &registration.application;
    let of_application = |text| sql(text).bind(tenant).bind(client_id);
    let credentials = "SELECT tenant, id, client_id, kind, hash, hint, description, created_at, expires_at, certificate
        FROM credentials WHERE tenant = $1 AND client_id = $2 ORDER BY created_at, id";
    let scopes = "SELECT tenant, client_id, name, body, enabled FROM scopes
        WHERE tenant = $1 AND client_id = $2 ORDER BY name";
    let app_roles = "SELECT tenant, client_id, value, body FROM app_roles
        WHERE tenant = $1 AND client_id = $2 ORDER BY value";
    let permissions = "SELECT tenant, client_id, resource, value, kind, consented_at FROM permissions
        WHERE tenant = $1 AND client_id = $2 ORDER BY resource, value, kind";
    registration.credentials = of_application(credentials).all(conn).await?;
    registration.scopes = of_application(scopes).all(conn).await?;
    registration.app_roles = of_application(app_roles).all(conn).await?;
    registration.permissions = of_application(permissions).all(conn).await?;
    Ok(())
}
