//! Writes what is registered as the file that makes the same again.
//!
//! ```text
//! Registrations ─► tree (JSON in the shape of the file) ─► text (by the declared keys, defaults left out)
//! ```
//! Ids are explicit. Values of secrets and keys are never in the file: it names an environment variable for each.

mod application;
mod head;
mod policy_key;
mod text;
mod variables;

use super::file::FILE;
use crate::manage::{CustomPolicy, Registrations};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;
pub use variables::Variable;
use variables::Variables;

/// The beginning of a file that `vestibule export` writes.
pub const EXPORTED: &str = "Exported by vestibule";

/// Tenants as a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// The text of `vestibule.toml`.
    pub text: String,
    /// Custom policies and certificates, which the text names.
    pub files: Vec<ExportedFile>,
    /// The environment variables that the text names, in their order.
    pub variables: Vec<Variable>,
}

/// A file beside `vestibule.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportedFile {
    /// Where it belongs, relative to `vestibule.toml`: at most three names of letters, digits, `.`, `_` and `-`.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

/// These tenants as a file whose first line begins with `title`.
#[must_use]
pub fn export(title: &str, tenants: &[Registrations]) -> Export {
    let mut exporter = Exporter { variables: Variables::default(), files: Vec::new(), is_alone: tenants.len() == 1 };
    let trees: Vec<Value> = tenants.iter().map(|tenant| exporter.tenant(tenant)).collect();
    let root = Map::from_iter([("tenant".to_owned(), Value::Array(trees))]);
    let variables = exporter.variables.all;
    let head = head::head(title, tenants, &variables);
    Export { text: head + &text::write(&FILE, &root), files: exporter.files, variables }
}

/// A table of the file, by key.
type Tree = Map<String, Value>;

struct Exporter {
    variables: Variables,
    files: Vec<ExportedFile>,
    /// Only one tenant is exported: its files need no folder of its own.
    is_alone: bool,
}

impl Exporter {
    fn tenant(&mut self, from: &Registrations) -> Value {
        let fields = &from.tenant;
        let mut tree = tree(&fields.settings);
        tree.insert("name".to_owned(), json!(fields.name));
        tree.insert("id".to_owned(), json!(fields.id));
        if fields.domain != format!("{}.onmicrosoft.com", fields.name) {
            tree.insert("domain".to_owned(), json!(fields.domain));
        }
        if fields.display_name != fields.name {
            tree.insert("display_name".to_owned(), json!(fields.display_name));
        }
        tree.insert("attribute".to_owned(), from.attributes.values().map(tree_value).collect());
        tree.insert("flow".to_owned(), from.flows.values().map(tree_value).collect());
        if !from.policies.is_empty() {
            tree.insert("policies".to_owned(), json!(self.policies(from)));
        }
        tree.insert("policy_key".to_owned(), self.policy_keys(from));
        tree.insert("application".to_owned(), self.applications(from));
        Value::Object(tree)
    }

    /// The folder of the tenant's custom policies.
    fn policies(&mut self, from: &Registrations) -> String {
        let folder = self.folder(from, "policies");
        let mut used = BTreeSet::new();
        for CustomPolicy { id, xml } in from.policies.values() {
            let mut name = file_name(id);
            while !used.insert(name.to_ascii_lowercase()) {
                name.push('_');
            }
            self.files.push(ExportedFile { path: format!("{folder}/{name}.xml").into(), text: xml.clone() });
        }
        folder
    }

    /// A folder for files of a tenant.
    fn folder(&self, from: &Registrations, what: &str) -> String {
        if self.is_alone { what.to_owned() } else { format!("{}/{what}", file_name(&from.tenant.name)) }
    }
}

/// A name that is a file's on every system, and none of a folder.
fn file_name(name: &str) -> String {
    let legal = |c: char| if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '_' };
    name.chars().map(legal).take(100).collect()
}

/// A value with the names of the file, as a table.
fn tree<T: Serialize>(value: &T) -> Tree {
    match tree_value(value) {
        Value::Object(tree) => tree,
        _ => Tree::new(),
    }
}

/// As [`tree()`]. Structs of texts, numbers and lists always have one.
fn tree_value<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}
