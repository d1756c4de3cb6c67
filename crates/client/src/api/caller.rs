//! The caller of an API, and what the token allows.

use super::Refusal;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::sync::Arc;
use vestibule_protocol::scope;

/// The caller of an API, as a verified access token describes them.
#[derive(Clone)]
pub struct Caller(Arc<Map<String, Value>>);

impl Caller {
    pub(crate) fn new(claims: Map<String, Value>) -> Self {
        Self(Arc::new(claims))
    }

    /// The person's id in the directory (`oid`, else `sub`); of an application without a person, its own.
    #[must_use]
    pub fn object_id(&self) -> &str {
        ["oid", "sub"].into_iter().find_map(|name| self.0.get(name)?.as_str()).unwrap_or_default()
    }

    /// The application that calls (`azp`, else `appid`, else `client_id`).
    #[must_use]
    pub fn application(&self) -> Option<&str> {
        ["azp", "appid", "client_id"].into_iter().find_map(|name| self.0.get(name)?.as_str())
    }

    /// Scopes (`scp`, else `scope`), short names as the token has them.
    #[must_use]
    pub fn scopes(&self) -> Vec<&str> {
        self.0.get("scp").or_else(|| self.0.get("scope")).map(words).unwrap_or_default()
    }

    /// App roles (`roles`).
    #[must_use]
    pub fn roles(&self) -> Vec<&str> {
        self.0.get("roles").map(words).unwrap_or_default()
    }

    /// Checks whether the token has this scope.
    ///
    /// # Errors
    /// [`Forbidden`], which answers 403.
    pub fn require(&self, scope: &str) -> Result<(), Forbidden> {
        // Tokens of B2C and Entra hold the short name of what is asked for by its full one.
        let short = scope::split(scope).filter(|_| scope.contains("://")).map_or(scope, |(_, name)| name);
        let has = self.scopes().iter().any(|s| *s == short || *s == scope);
        if has { Ok(()) } else { Err(Forbidden { need: scope.to_owned() }) }
    }

    /// Checks whether the token has this app role.
    ///
    /// # Errors
    /// [`Forbidden`], which answers 403.
    pub fn require_role(&self, role: &str) -> Result<(), Forbidden> {
        if self.roles().contains(&role) { Ok(()) } else { Err(Forbidden { need: role.to_owned() }) }
    }

    /// One claim as a type; none if it is missing or does not fit.
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

/// The words of a list, written with spaces or as an array.
fn words(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => text.split(' ').filter(|w| !w.is_empty()).collect(),
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The token is good, and does not allow this.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the token does not allow {need}")]
pub struct Forbidden {
    need: String,
}

impl Forbidden {
    /// The answer to send.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        Refusal::insufficient(&self.need)
    }
}
