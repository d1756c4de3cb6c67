//! Users: created if they do not exist, and never changed afterwards.

use super::{CreatedUser, Run};
use crate::accounts::{AccountSettings, Accounts, NewUser, TenantInfo, UserError, attributes, identity};
use crate::clock::Clock;
use crate::config::file::{AttributeValue, UserConfig, derived_guid};
use crate::config::{Config, ConfigError, Problem};
use vestibule_journey::{Attributes, Value};

impl Run<'_> {
    /// Creates the tenant's missing users; in a plan, only reports them.
    pub(super) async fn users(&self, index: usize) -> Result<Vec<CreatedUser>, ConfigError> {
        let config = self.config;
        let tenant = &config.tenants[index];
        let mut missing = Vec::new();
        for (i, user) in tenant.users.iter().enumerate() {
            let object_id = user.id.clone();
            let object_id = object_id.unwrap_or_else(|| derived_guid(&["user", &tenant.id(), user.sign_in_name()]));
            if !self.is_known(&tenant.id(), &object_id, user.sign_in_name()).await? {
                missing.push((i, user, object_id));
            }
        }
        let created = |(_, user, _): &(usize, &UserConfig, String)| CreatedUser {
            tenant: tenant.name.clone(),
            name: user.sign_in_name().to_owned(),
        };
        let created = missing.iter().map(created).collect();
        if !missing.is_empty() && !self.options.plan {
            self.create(index, missing).await?;
        }
        Ok(created)
    }

    async fn create(&self, index: usize, missing: Vec<(usize, &UserConfig, String)>) -> Result<(), ConfigError> {
        let config = self.config;
        let accounts = self.accounts()?;
        let registrations = self.manage.registrations(&config.tenants[index].id()).await;
        let tenant = TenantInfo::from(&registrations.map_err(|error| self.told(index, error))?);
        for (i, user, object_id) in missing {
            let attributes = self.attributes_of(user);
            let allow_banned_password = user.password.is_some();
            let new = NewUser { object_id: Some(object_id), attributes, allow_banned_password };
            match self.manage.users(&accounts).create(&tenant, new).await {
                // Another node created the user first.
                Ok(_) | Err(UserError::AlreadyExists) => {}
                Err(UserError::Store(error)) => return Err(error.into()),
                Err(error) => {
                    let path = format!("tenant[{index}].user[{i}]");
                    return Err(ConfigError::Invalid(vec![refusal(config, &path, user.sign_in_name(), &error)]));
                }
            }
        }
        Ok(())
    }

    /// Returns true if this user, or another one with this name, exists.
    async fn is_known(&self, tenant: &str, object_id: &str, name: &str) -> Result<bool, ConfigError> {
        if self.store.user(tenant, object_id).await?.is_some() {
            return Ok(true);
        }
        let Some(name) = identity::sign_in_name(name) else { return Ok(false) };
        Ok(self.store.user_by_identity(tenant, name.kind, "", &name.key).await?.is_some())
    }

    /// Accounts with the same rules as the server's, because no server is running yet.
    fn accounts(&self) -> Result<Accounts, ConfigError> {
        let block_list = self.config.server.password_block_list.clone();
        let settings = AccountSettings { block_list, ..AccountSettings::default() };
        Accounts::new(self.store.clone(), Clock::fixed(self.now), self.random.clone(), settings)
            .map_err(|error| refused(self.config, "server.password_block_list", &error))
    }

    /// The user's attributes by directory name (docs/b2c.md, "Users").
    fn attributes_of(&self, user: &UserConfig) -> Attributes {
        let display_name = user.display_name.clone().unwrap_or_else(|| user.sign_in_name().to_owned());
        let password = user.password.clone().or_else(|| (self.options.env)(user.password_env.as_deref()?));
        let email =
            if user.username.is_some() { "strongAuthenticationEmailAddress" } else { "signInNames.emailAddress" };
        let texts = [
            ("signInNames.userName", user.username.clone()),
            (email, user.email.clone()),
            ("password", password),
            ("displayName", Some(display_name)),
            ("givenName", user.given_name.clone()),
            ("surname", user.surname.clone()),
            ("jobTitle", user.job_title.clone()),
            ("streetAddress", user.street_address.clone()),
            ("city", user.city.clone()),
            ("postalCode", user.postal_code.clone()),
            ("state", user.state.clone()),
            ("country", user.country.clone()),
        ];
        let texts = texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), Value::Text(text?))));
        let flags = [
            ("forceChangePasswordNextSignIn".to_owned(), Value::Bool(user.force_password_change)),
            ("accountEnabled".to_owned(), Value::Bool(user.enabled.unwrap_or(true))),
        ];
        texts.chain(flags).chain(user.attributes.iter().map(custom)).collect()
    }
}

fn custom((name, value): (&String, &AttributeValue)) -> (String, Value) {
    let value = match value {
        AttributeValue::Text(text) => Value::Text(text.clone()),
        AttributeValue::Bool(flag) => Value::Bool(*flag),
        AttributeValue::Int(number) => Value::Int(*number),
    };
    (format!("extension_{}", name.strip_prefix("extension_").unwrap_or(name)), value)
}

fn refused(config: &Config, path: &str, why: &dyn std::fmt::Display) -> ConfigError {
    ConfigError::Invalid(vec![config.places.problem(path, why.to_string())])
}

fn refusal(config: &Config, path: &str, name: &str, error: &UserError) -> Problem {
    let message = match error {
        UserError::Refused { attribute, .. } if attribute == "password" => {
            format!("the password of {name:?} is too easy to guess: choose another")
        }
        UserError::Refused { attribute, .. } => {
            format!("{attribute} of the user {name:?} {}", attributes::expected(attribute))
        }
        other => format!("the user {name:?} cannot be made: {other}"),
    };
    config.places.problem(path, message)
}
