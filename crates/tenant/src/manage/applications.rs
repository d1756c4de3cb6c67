//! Applications: create, change and delete them, and manage their secrets, certificates, scopes, app roles, permissions
//! and consent.

use super::{Done, IfVersion, Manage, ManageError, demand, found, taken};
use crate::registry::{Application, Certificate, Credential, credential};
use vestibule_store::ObjectKind::Application as App;

/// Name and expiry of a new secret.
#[derive(Clone, Debug, Default)]
pub struct NewSecretOptions {
    /// Its display name, at most 64 characters.
    pub description: String,
    /// When it expires, in milliseconds since the epoch; `None` for never.
    pub expires_at: Option<i64>,
}

/// A certificate to add.
#[derive(Clone, Debug)]
pub struct NewCertificate {
    /// Its display name, at most 64 characters.
    pub description: String,
    /// The certificate.
    pub certificate: Certificate,
}

impl Manage {
    /// Registers an application. If it has no client id, one is generated.
    ///
    /// # Errors
    /// [`ManageError::Refused`]; [`ManageError::Stale`] if the client id exists.
    pub async fn create_application(
        &self,
        tenant: &str,
        application: Application,
    ) -> Result<(String, Done), ManageError> {
        let client_id =
            if application.client_id.is_empty() { self.random.uuid() } else { application.client_id.clone() };
        let application = Application { client_id: client_id.clone(), ..application };
        let done = self.change(tenant, demand(App, &client_id, Some(0)), |registrations| {
            registrations.applications.insert(application.client_id.clone(), application.clone());
            Ok(())
        });
        Ok((client_id, done.await?))
    }

    /// Changes an application. Its client id never changes.
    ///
    /// # Errors
    /// [`ManageError::NotFound`], [`ManageError::Stale`], [`ManageError::Refused`].
    pub async fn change_application(
        &self,
        tenant: &str,
        client_id: &str,
        if_version: IfVersion,
        edit: impl Fn(&mut Application),
    ) -> Result<Done, ManageError> {
        self.change(tenant, demand(App, client_id, if_version), |registrations| {
            let application = found(registrations.applications.get_mut(client_id), App, client_id)?;
            edit(application);
            application.client_id = client_id.to_owned();
            Ok(())
        })
        .await
    }

    /// Deletes an application with its credentials, scopes, app roles, permissions and grants.
    ///
    /// # Errors
    /// [`ManageError::NotFound`], [`ManageError::Stale`].
    pub async fn delete_application(
        &self,
        tenant: &str,
        client_id: &str,
        if_version: IfVersion,
    ) -> Result<Done, ManageError> {
        self.change(tenant, demand(App, client_id, if_version), |registrations| {
            found(registrations.applications.remove(client_id), App, client_id).map(drop)
        })
        .await
    }

    /// Generates a new client secret. Older ones keep working. The value is returned once and not stored.
    ///
    /// # Errors
    /// [`ManageError::NotFound`], [`ManageError::Refused`].
    pub async fn add_secret(
        &self,
        tenant: &str,
        client_id: &str,
        options: &NewSecretOptions,
    ) -> Result<credential::NewSecret, ManageError> {
        let made = credential::generate(&self.random, options.expires_at);
        let description = options.description.clone();
        let credential = Credential { description, created_at: self.clock.now(), ..made.credential };
        self.add_credential(tenant, client_id, &credential).await?;
        Ok(credential::NewSecret { value: made.value, credential })
    }

    /// Adds a certificate that the application authenticates with. Returns the credential's id.
    ///
    /// # Errors
    /// [`ManageError::NotFound`], [`ManageError::Refused`].
    pub async fn add_certificate(
        &self,
        tenant: &str,
        client_id: &str,
        new: &NewCertificate,
    ) -> Result<String, ManageError> {
        let made = credential::from_certificate(new.certificate.clone(), self.random.uuid());
        let description = new.description.clone();
        let credential = Credential { description, created_at: self.clock.now(), ..made };
        self.add_credential(tenant, client_id, &credential).await?;
        Ok(credential.id)
    }

    async fn add_credential(&self, tenant: &str, client_id: &str, new: &Credential) -> Result<Done, ManageError> {
        self.change_application(tenant, client_id, None, |application| application.credentials.push(new.clone())).await
    }

    /// Removes a secret or certificate. It stops working with the next request.
    ///
    /// # Errors
    /// [`ManageError::NotFound`]
    pub async fn remove_credential(&self, tenant: &str, client_id: &str, id: &str) -> Result<Done, ManageError> {
        self.change(tenant, None, |registrations| {
            let application = found(registrations.applications.get_mut(client_id), App, client_id)?;
            let credential = taken(&mut application.credentials, |credential| credential.id == id);
            found(credential, App, &format!("{client_id}/credentials/{id}")).map(drop)
        })
        .await
    }
}
