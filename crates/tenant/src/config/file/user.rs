//! `[[tenant.user]]`: accounts to begin with.

use crate::config::schema::{Fallback, GUID, Kind, UsedBy, key, table, variable};
use Fallback::{Is, Means};
use Kind::{Bool, Map, Text};
use serde::Deserialize;
use std::collections::BTreeMap;

table! {
    /// A local account. The server creates it once: later changes by the person or an administrator stay, and the
    /// password is never applied again.
    #[derive(Default)]
    pub struct UserConfig, USER = "[[tenant.user]]" {
        /// E-mail address. The person signs in with it, unless there is a `username`; codes are sent to it.
        email: Option<String> = key(Text, Fallback::None).example("\"ann@contoso.test\"").pattern("^[^@ ]+@[^@ ]+$");

        /// User name to sign in with. A user needs `email`, `username` or both.
        username: Option<String> = key(Text, Fallback::None)
            .example("\"ann\"").pattern("^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$");

        /// Object id: a GUID in lower case.
        id: Option<String> = key(Text, Means("derived from tenant and sign-in name, the same on every machine"))
            .example("\"a7d3f1c2-64b8-4e0f-8c95-1f2e7b9d4063\"").pattern(GUID);

        /// The password, readable by everyone who can read this file. `vestibule serve` refuses it.
        password: Option<String> = key(Text, Fallback::None)
            .used_by(UsedBy::Dev).example("\"Ann-likes-tea-1\"").longest(256);

        /// Environment variable that holds the password. A user needs this key or `password`.
        password_env: Option<String> = variable(Fallback::None).example("\"ANN_PASSWORD\"");

        /// Require a new password at the first sign-in.
        force_password_change: bool = key(Bool, Is("false"));

        /// Allow the person to sign in.
        enabled: Option<bool> = key(Bool, Is("true"));

        /// Display name, up to 256 characters.
        display_name: Option<String> = key(Text, Means("the sign-in name")).example("\"Ann Example\"").longest(256);

        /// Given name, up to 64 characters.
        given_name: Option<String> = key(Text, Fallback::None).example("\"Ann\"").longest(64);

        /// Surname, up to 64 characters.
        surname: Option<String> = key(Text, Fallback::None).example("\"Example\"").longest(64);

        /// Job title, up to 128 characters.
        job_title: Option<String> = key(Text, Fallback::None).example("\"Captain\"").longest(128);

        /// Street address, up to 1024 characters.
        street_address: Option<String> = key(Text, Fallback::None).example("\"1 Main Street\"").longest(1024);

        /// City, up to 128 characters.
        city: Option<String> = key(Text, Fallback::None).example("\"Springfield\"").longest(128);

        /// Postal code, up to 40 characters.
        postal_code: Option<String> = key(Text, Fallback::None).example("\"12345\"").longest(40);

        /// State or province, up to 128 characters.
        state: Option<String> = key(Text, Fallback::None).example("\"Bavaria\"").longest(128);

        /// Country or region, up to 128 characters.
        country: Option<String> = key(Text, Fallback::None).example("\"Germany\"").longest(128);

        /// Custom attributes, by name.
        attributes: BTreeMap<String, AttributeValue> = key(Map, Fallback::None).example("{ Team = \"blue\" }");
    }
}

impl UserConfig {
    /// The name that the person signs in with: the user name, or else the address.
    #[must_use]
    pub fn sign_in_name(&self) -> &str {
        self.username.as_deref().or(self.email.as_deref()).unwrap_or_default()
    }
}

impl std::fmt::Debug for UserConfig {
    /// Without the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserConfig").field("sign_in_name", &self.sign_in_name()).finish_non_exhaustive()
    }
}

/// Value of a custom attribute.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum AttributeValue {
    /// `Boolean`.
    Bool(bool),
    /// `Int`.
    Int(i64),
    /// `String`.
    Text(String),
}
