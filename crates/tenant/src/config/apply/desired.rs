//! Checks facts outside the file before it is applied: environment variables, and keys that only `dev` allows.

use super::ApplyOptions;
use crate::config::Problem;
use crate::config::file::{ApplicationConfig, Config, PolicyKeyConfig, UserConfig};

/// The minimum number of characters of a secret from the environment. It is stored as a plain hash, so it must be
/// impossible to guess.
const SHORTEST_SECRET: usize = 32;

/// Everything that is missing.
pub(super) fn problems(config: &Config, options: &ApplyOptions<'_>) -> Vec<Problem> {
    let mut found = Vec::new();
    for (i, tenant) in config.tenants.iter().enumerate() {
        let mut say = |path: String, (key, message): (String, String)| {
            found.push(config.places.problem(&format!("tenant[{i}].{path}.{key}"), message));
        };
        for (j, application) in tenant.applications.iter().enumerate() {
            of_application(application, options).into_iter().for_each(|p| say(format!("application[{j}]"), p));
        }
        for (j, key) in tenant.policy_keys.iter().enumerate() {
            of_policy_key(key, options).into_iter().for_each(|p| say(format!("policy_key[{j}]"), p));
        }
        for (j, user) in tenant.users.iter().enumerate() {
            of_user(user, options).into_iter().for_each(|p| say(format!("user[{j}]"), p));
        }
    }
    found
}

fn of_application(application: &ApplicationConfig, options: &ApplyOptions<'_>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let name = &application.name;
    if application.demo_secret && options.demo_secrets.is_none() {
        let message = format!("\"demo_secret\" of {name:?} is for `vestibule dev`: name a variable in \"secret_env\"");
        found.push(("demo_secret".to_owned(), message));
    }
    let keys = [("secret_env", &application.secret_env), ("previous_secret_env", &application.previous_secret_env)];
    for (key, variable) in keys.into_iter().filter_map(|(key, v)| Some((key, v.as_ref()?))) {
        let value = (options.env)(variable).unwrap_or_default();
        if value.is_empty() {
            let message = format!("the environment variable {variable} is not set: it holds the secret of {name:?}");
            found.push((key.to_owned(), message));
        } else {
            found.extend(too_short(name, variable, &value).map(|message| (key.to_owned(), message)));
        }
    }
    // Those that are not set may be in the store already.
    for (k, secret) in application.secrets.iter().flatten().enumerate() {
        let value = (options.env)(&secret.env).filter(|value| !value.is_empty());
        let message = value.and_then(|value| too_short(name, &secret.env, &value));
        found.extend(message.map(|message| (format!("secret[{k}].env"), message)));
    }
    found
}

/// A sentence about a secret that could be guessed.
fn too_short(name: &str, variable: &str, value: &str) -> Option<String> {
    let make = format!("make one of {SHORTEST_SECRET} or more random characters (`openssl rand -base64 32`)");
    let is_short = value.chars().count() < SHORTEST_SECRET;
    is_short.then(|| format!("the secret of {name:?} in {variable} is too short: {make}"))
}

fn of_policy_key(key: &PolicyKeyConfig, options: &ApplyOptions<'_>) -> Option<(String, String)> {
    // One with an id may be in the store already.
    let variable = key.secret_env.as_ref().filter(|_| key.id.is_none())?;
    let missing = (options.env)(variable).is_none_or(|value| value.is_empty());
    let message = || format!("the environment variable {variable} is not set: it holds the policy key {:?}", key.name);
    missing.then(|| ("secret_env".to_owned(), message()))
}

fn of_user(user: &UserConfig, options: &ApplyOptions<'_>) -> Option<(String, String)> {
    let name = user.sign_in_name();
    if user.password.is_some() && options.demo_secrets.is_none() {
        let message = format!("\"password\" of {name:?} is for `vestibule dev`: name a variable in \"password_env\"");
        return Some(("password".to_owned(), message));
    }
    let variable = user.password_env.as_ref()?;
    let missing = (options.env)(variable).is_none_or(|v| v.is_empty());
    let message = || format!("the environment variable {variable} is not set: it holds the password of {name:?}");
    missing.then(|| ("password_env".to_owned(), message()))
}
