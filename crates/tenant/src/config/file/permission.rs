//! Permissions of an application: a text, or a table that also says whether consent is granted.

use super::TextOr;
use crate::config::schema::{Fallback, Kind, key, table};
use Fallback::{Means, Required};
use Kind::{Bool, Text};

table! {
    /// A permission with consent of its own, usually written as `{ value = "my-api1/tasks.write", consent = false }`.
    #[derive(Debug, Default)]
    pub struct PermissionConfig, PERMISSION = "permissions = [{ … }]" {
        /// The API, a slash, and the scope or app role, as in `permissions`.
        value: String = key(Text, Required).example("\"my-api1/tasks.write\"").pattern("^.+/[^/]+$");

        /// Grant this permission.
        consent: Option<bool> = key(Bool, Means("as `grant_admin_consent`"));
    }
}

impl TextOr<PermissionConfig> {
    /// The API, a slash, and the scope or app role.
    #[must_use]
    pub fn value(&self) -> &str {
        match self {
            Self::Text(value) => value,
            Self::Table(table) => &table.value,
        }
    }

    /// Consent, if the file says it of this permission.
    #[must_use]
    pub fn consent(&self) -> Option<bool> {
        match self {
            Self::Text(_) => None,
            Self::Table(table) => table.consent,
        }
    }
}
