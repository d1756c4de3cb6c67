//! Why a change is rejected: one entry for each field, so that every front end can show it next to the field.

use std::fmt;
use vestibule_store::{ObjectKey, ObjectKind};

/// The problem of one field of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The object.
    pub object: ObjectKey,
    /// The field by its name in the configuration file, with the position in a list: `redirect_uris.web[1]`. Empty for
    /// the object as a whole.
    pub field: String,
    /// One sentence that says what is wrong and what is expected. It never contains a secret.
    pub why: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

/// Everything that is wrong with a change; at least one entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(Refusal::to_string).collect::<Vec<_>>().join("\n"))]
pub struct Refusals(pub Vec<Refusal>);

/// Collects the problems of one object.
pub(super) struct Findings {
    object: ObjectKey,
    found: Vec<Refusal>,
}

impl Findings {
    pub(super) fn new(kind: ObjectKind, id: &str) -> Self {
        Self { object: ObjectKey::new(kind, id), found: Vec::new() }
    }

    /// Adds a problem of a field.
    pub(super) fn refuse(&mut self, field: impl Into<String>, why: impl Into<String>) {
        self.found.push(Refusal { object: self.object.clone(), field: field.into(), why: why.into() });
    }

    /// Adds `the {name} {value:?} {why}` if the value violates a rule.
    pub(super) fn rule(&mut self, field: impl Into<String>, name: &str, value: &str, rule: Result<(), String>) {
        if let Err(why) = rule {
            self.refuse(field, format!("the {name} {value:?} {why}"));
        }
    }

    pub(super) fn into_refusals(self) -> Vec<Refusal> {
        self.found
    }
}
