//! Users: their sign-in names, passwords and attributes.

use super::Found;
use crate::accounts::{attributes, identity};
use crate::config::file::{AttributeValue, TenantConfig, UserConfig};
use crate::config::place::hint;
use crate::registry::names;

impl Found<'_> {
    pub(super) fn users(&mut self, path: &str, tenant: &TenantConfig) {
        let users = tenant.users.iter().enumerate();
        let at = |i: usize, key: &str| format!("{path}.user[{i}].{key}");
        self.unique(users.clone().filter_map(|(i, u)| Some((at(i, "username"), u.username.clone()?))), "user name");
        // The address of a user who has a user name is only used for codes, so two users may share one.
        let signs_in = users.clone().filter(|(_, u)| u.username.is_none());
        self.unique(signs_in.filter_map(|(i, u)| Some((at(i, "email"), u.email.clone()?))), "e-mail address");
        self.unique(users.clone().filter_map(|(i, u)| Some((at(i, "id"), u.id.clone()?))), "object id");
        for (i, user) in users {
            let path = format!("{path}.user[{i}]");
            self.account(&path, user);
            self.limits(&path, user);
            self.custom(&path, user, tenant);
        }
    }

    fn account(&mut self, path: &str, user: &UserConfig) {
        if user.email.is_none() && user.username.is_none() {
            self.say(path, "a user needs \"email\" or \"username\" to sign in with".to_owned());
        }
        if let Some(email) = &user.email {
            let right = identity::email(email).map(drop).ok_or_else(|| "must be such as ann@contoso.test".to_owned());
            self.rule(&format!("{path}.email"), "e-mail address", email, right);
        }
        if let Some(username) = &user.username {
            let rule = "must begin with a letter or digit and go on with letters, digits, _ or -, at most 64";
            let right = identity::user_name(username).map(drop).ok_or_else(|| rule.to_owned());
            self.rule(&format!("{path}.username"), "user name", username, right);
        }
        if let Some(id) = &user.id {
            self.rule(&format!("{path}.id"), "object id", id, names::validate_guid(id));
        }
        self.variable(&format!("{path}.password_env"), user.password_env.as_deref());
        match (&user.password, &user.password_env) {
            (None, None) => self.say(path, "a user needs \"password_env\", or in a demo \"password\"".to_owned()),
            (Some(_), Some(_)) => {
                self.say(&format!("{path}.password"), "name \"password\" or \"password_env\", not both".to_owned());
            }
            (Some(password), None) if !(4..=256).contains(&password.chars().count()) => {
                self.say(&format!("{path}.password"), "a password has 4 to 256 characters".to_owned());
            }
            _ => {}
        }
    }

    /// Reports values that the directory would reject.
    fn limits(&mut self, path: &str, user: &UserConfig) {
        for (key, attribute, value) in built_in(user) {
            let Some(text) = value else { continue };
            let empty = text.trim().is_empty().then(|| "must not be empty: leave the key out".to_owned());
            if let Some(why) = empty.or_else(|| attributes::refusal(attribute, text)) {
                self.say(&format!("{path}.{key}"), format!("{key:?} {why}"));
            }
        }
    }

    fn custom(&mut self, path: &str, user: &UserConfig, tenant: &TenantConfig) {
        let known: Vec<&str> = tenant.attributes.iter().map(|a| a.name.as_str()).collect();
        for (name, value) in &user.attributes {
            let path = format!("{path}.attributes.{name}");
            let name = name.strip_prefix("extension_").unwrap_or(name);
            let Some(attribute) = tenant.attributes.iter().find(|a| a.name == name) else {
                self.say(
                    &path,
                    format!(
                        "the tenant has no custom attribute {name:?}: add it as [[tenant.attribute]]{}",
                        hint(name, &known)
                    ),
                );
                continue;
            };
            let right = match (attribute.data_type.as_str(), value) {
                ("String", AttributeValue::Text(text)) => {
                    if let Some(why) = attributes::refusal(&format!("extension_{name}"), text) {
                        self.say(&path, format!("the attribute {name:?} {why}"));
                    }
                    true
                }
                ("Boolean", AttributeValue::Bool(_)) => true,
                ("Int", AttributeValue::Int(number)) => i32::try_from(*number).is_ok(),
                _ => false,
            };
            if !right {
                let kind = match attribute.data_type.as_str() {
                    "Boolean" => "true or false".to_owned(),
                    "Int" => format!("a whole number from {} to {}", i32::MIN, i32::MAX),
                    _ => format!("a text of at most {} characters", names::LONGEST_ATTRIBUTE),
                };
                self.say(&path, format!("the attribute {name:?} must be {kind}"));
            }
        }
    }
}

/// The built-in attributes of a user: key in the file, name in the directory, value.
fn built_in(user: &UserConfig) -> [(&'static str, &'static str, &Option<String>); 9] {
    [
        ("display_name", "displayName", &user.display_name),
        ("given_name", "givenName", &user.given_name),
        ("surname", "surname", &user.surname),
        ("job_title", "jobTitle", &user.job_title),
        ("street_address", "streetAddress", &user.street_address),
        ("city", "city", &user.city),
        ("postal_code", "postalCode", &user.postal_code),
        ("state", "state", &user.state),
        ("country", "country", &user.country),
    ]
}
