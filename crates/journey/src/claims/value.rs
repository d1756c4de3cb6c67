//! The value of a claim, and the claims bag.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A claim's value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// `boolean`
    Bool(bool),
    /// `int`, `long`
    Int(i64),
    /// `string`, `date`, `dateTime` and all others
    Text(String),
    /// `stringCollection`
    List(Vec<String>),
}

/// Claim id (lower case) → value. A claim without a value is absent.
pub type Bag = BTreeMap<String, Value>;

impl Value {
    /// The value as text: booleans as `True` and `False`, as policies compare them; lists joined by commas.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Bool(true) => "True".to_owned(),
            Self::Bool(false) => "False".to_owned(),
            Self::Int(n) => n.to_string(),
            Self::Text(s) => s.clone(),
            Self::List(items) => items.join(","),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
