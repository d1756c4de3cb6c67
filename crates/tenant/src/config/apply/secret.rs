//! Client secrets whose values are nowhere: neither in the environment nor in the store.

use super::Run;
use crate::config::file::{ApplicationConfig, SecretConfig};
use crate::config::{ConfigError, Problem};
use crate::manage::Registrations;

impl Run<'_> {
    /// A problem for each `[[tenant.application.secret]]` whose variable is not set, unless the store has the secret.
    pub(super) async fn missing_secrets(&self, i: usize) -> Result<Vec<Problem>, ConfigError> {
        let tenant = &self.config.tenants[i];
        if !tenant.applications.iter().flat_map(|app| app.secrets.iter().flatten()).any(|one| self.is_unset(one)) {
            return Ok(Vec::new());
        }
        let known = self.manage.registrations(&tenant.id()).await.map_err(|error| self.told(i, error))?;
        let found = tenant.applications.iter().enumerate().flat_map(|(j, application)| {
            let client_id = application.client_id(&tenant.id());
            let missing = self.missing_of(application, &client_id, &known);
            missing
                .into_iter()
                .map(move |(k, message)| (format!("tenant[{i}].application[{j}].secret[{k}].env"), message))
        });
        Ok(found.map(|(path, message)| self.config.places.problem(&path, message)).collect())
    }

    /// The secrets of one application that are missing, by their index, each with a sentence.
    fn missing_of(
        &self,
        application: &ApplicationConfig,
        client_id: &str,
        known: &Registrations,
    ) -> Vec<(usize, String)> {
        let credentials = known.application(client_id).map_or(&[][..], |known| &known.credentials);
        let is_missing = |one: &SecretConfig| {
            let id = one.id(client_id);
            self.is_unset(one) && !credentials.iter().any(|credential| credential.id == id)
        };
        let missing = application.secrets.iter().flatten().enumerate().filter(|(_, one)| is_missing(one));
        let told = |(k, one): (usize, &SecretConfig)| {
            let (variable, name) = (&one.env, &application.name);
            (k, format!("the environment variable {variable} is not set: it holds a secret of {name:?}"))
        };
        missing.map(told).collect()
    }

    fn is_unset(&self, secret: &SecretConfig) -> bool {
        (self.options.env)(&secret.env).is_none_or(|value| value.is_empty())
    }
}
