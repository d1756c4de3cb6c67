//! Why a change is refused: one entry for each field, so that every face can show it at its place.

use std::fmt;
use vestibule_store::{ObjectKey, ObjectKind};

/// The problem of one field of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The object.
    pub object: ObjectKey,
    /// The field, as the configuration file names it, with the position in a list: `redirect_uris.web[1]`. Empty: the
    /// object as a whole.
    pub field: String,
    /// One sentence: what is wrong and what is expected. Never a secret.
    pub why: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

/// Everything that is wrong with a change; at least one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(Refusal::to_string).collect::<Vec<_>>().join("\n"))]
pub struct Refusals(pub Vec<Refusal>);

/// Collects what is wrong with one object.
pub(super) struct Findings {
    object: ObjectKey,
    found: Vec<Refusal>,
}

impl Findings {
    pub(super) fn new(kind: ObjectKind, id: &str) -> Self {
        Self { object: ObjectKey::new(kind, id), found: Vec::new() }
    }

    /// Note what is wrong with a field.
    pub(super) fn refuse(&mut self, field: impl Into<String>, why: impl Into<String>) {
        self.found.push(Refusal { object: self.object.clone(), field: field.into(), why: why.into() });
    }

    /// Note `the {name} {value:?} {why}` if a rule refuses the value.
    pub(super) fn rule(&mut self, field: impl Into<String>, name: &str, value: &str, rule: Result<(), String>) {
        if let Err(why) = rule {
            self.refuse(field, format!("the {name} {value:?} {why}"));
        }
    }

    pub(super) fn into_refusals(self) -> Vec<Refusal> {
        self.found
    }
}
