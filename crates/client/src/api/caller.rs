//! The caller of an API, and the permissions in its token.

use super::Refusal;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::sync::Arc;
use vestibule_protocol::scope;

/// The caller of an API, as described by a verified access token.
#[derive(Clone)]
pub struct Caller(Arc<Map<String, Value>>);

impl Caller {
    pub(crate) fn new(claims: Map<String, Value>) -> Self {
        Self(Arc::new(claims))
    }

    /// The user's id in the directory (`oid`, or else `sub`). For an application without a user, the application's own
    /// id.
    #[must_use]
    pub fn object_id(&self) -> &str {
        ["oid", "sub"].into_iter().find_map(|name| self.0.get(name)?.as_str()).unwrap_or_default()
    }

    /// The calling application (`azp`, or else `appid`, or else `client_id`).
    #[must_use]
    pub fn application(&self) -> Option<&str> {
        ["azp", "appid", "client_id"].into_iter().find_map(|name| self.0.get(name)?.as_str())
    }

    /// The scopes (`scp`, or else `scope`), by the short names in the token.
    #[must_use]
    pub fn scopes(&self) -> Vec<&str> {
        self.0.get("scp").or_else(|| self.0.get("scope")).map(words).unwrap_or_default()
    }

    /// The app roles (`roles`).
    #[must_use]
    pub fn roles(&self) -> Vec<&str> {
        self.0.get("roles").map(words).unwrap_or_default()
    }

    /// Checks that the token has this scope.
    ///
    /// # Errors
    /// [`Forbidden`], which answers 403.
    pub fn require(&self, scope: &str) -> Result<(), Forbidden> {
        // Tokens of B2C and Entra contain the short name of a scope that is requested by its full name.
        let short = scope::split(scope).filter(|_| scope.contains("://")).map_or(scope, |(_, name)| name);
        let has = self.scopes().iter().any(|s| *s == short || *s == scope);
        if has { Ok(()) } else { Err(Forbidden { need: scope.to_owned() }) }
    }

    /// Checks that the token has this app role.
    ///
    /// # Errors
    /// [`Forbidden`], which answers 403.
    pub fn require_role(&self, role: &str) -> Result<(), Forbidden> {
        if self.roles().contains(&role) { Ok(()) } else { Err(Forbidden { need: role.to_owned() }) }
    }

    /// Deserializes one claim; `None` if it is missing or has another type.
    #[must_use]
    pub fn claim<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        T::deserialize(self.0.get(name)?).ok()
    }

    /// All claims.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        &self.0
    }
}

impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Caller").field("object_id", &self.object_id()).field("scopes", &self.scopes()).finish()
    }
}

/// The words of a list, which is either an array or a string separated by spaces.
fn words(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => text.split(' ').filter(|w| !w.is_empty()).collect(),
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The token is valid, but does not grant this permission.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the token does not allow {need}")]
pub struct Forbidden {
    need: String,
}

impl Forbidden {
    /// The response to send.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        Refusal::insufficient(&self.need)
    }
}
