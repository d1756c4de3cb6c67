//! Reads `vestibule.toml`, checks it as a whole, and applies it to the store.
//!
//! ```text
//! text ─► reading (against the declared keys) ─► Config ─► check ─► apply ─► store ─► export ─► text
//!
//! declared keys (file, by the macro of schema) ─► reference, JSON Schema, docs/leniencies.md
//! ```
//! A single run reports every mistake in a file, each with its line, what was expected, and the closest valid name.

pub mod apply;
pub mod b2c;
mod certificates;
mod check;
pub mod env;
pub mod export;
pub mod file;
mod json_schema;
mod place;
mod policies;
mod reading;
mod reference;
pub mod schema;
mod secrets;
mod time;
mod wanted;

pub use apply::{Applied, ApplyOptions, CreatedUser, OlderFile, apply};
pub use b2c::{B2cOptions, IMPORTED, Imported, Report, import_b2c};
pub use env::{EnvFacts, Posing, env_for};
pub use export::{EXPORTED, Export, ExportedFile, Variable, export};
pub use file::Config;
pub use json_schema::json_schema;
pub use reference::reference;
pub use secrets::demo_secret;
pub use vestibule_journey::{Problem, Severity};
pub use wanted::MovedApplication;

use crate::origin::PlainHttp;
use crate::registry::RegistryError;
use file::FILE;
use schema::{Kind, Section, UsedBy};
use std::path::{Path, PathBuf};
use vestibule_protocol::digest::sha256_base64url;
use vestibule_store::StoreError;

/// Why a configuration cannot be used. The message lists every problem on a line of its own.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path} cannot be read: {cause}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The file contains mistakes: all of them, in line order.
    #[error("{}", lines(.0))]
    Invalid(Vec<Problem>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The existing registrations cannot be read.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A file beside the data could not be read or written.
    #[error("{path} cannot be used: {cause}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
}

fn lines(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
}

impl Config {
    /// Parses and checks the text of a file; `file` is its name in messages. Does not read the files that it refers to.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] with every problem.
    pub fn parse(file: &str, text: &str) -> Result<Self, ConfigError> {
        Self::parse_for(file, text, PlainHttp::Loopback)
    }

    fn parse_for(file: &str, text: &str, plain_http: PlainHttp) -> Result<Self, ConfigError> {
        let (mut config, mut problems) = reading::read(file, text);
        if let Some(config) = &mut config {
            config.digest = sha256_base64url(text.as_bytes());
            problems.extend(check::check(config, plain_http));
            problems.extend(certificates::read(config, None));
        }
        problems.sort_by_key(|p| p.line);
        match config {
            Some(config) if problems.is_empty() => Ok(config),
            _ => Err(ConfigError::Invalid(problems)),
        }
    }

    /// Reads and checks a file, and the certificates and custom policies that it refers to.
    ///
    /// # Errors
    /// [`ConfigError::Unreadable`], or [`ConfigError::Invalid`] with every problem.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        Self::load_for(path, PlainHttp::Loopback)
    }

    /// Like [`Config::load`], but `plain_http` says whether an `[[origin]]` may use plain HTTP.
    ///
    /// # Errors
    /// The same as [`Config::load`].
    pub fn load_for(path: &Path, plain_http: PlainHttp) -> Result<Self, ConfigError> {
        let text =
            std::fs::read_to_string(path).map_err(|cause| ConfigError::Unreadable { path: path.to_owned(), cause })?;
        let mut config = Self::parse_for(&path.display().to_string(), &text, plain_http)?;
        let beside = path.parent().unwrap_or(Path::new(""));
        let mut problems = certificates::read(&mut config, Some(beside));
        problems.extend(policies::read(&mut config, beside));
        // Two files with the same PolicyId, for example, cause a warning, which applying the file repeats.
        if problems.iter().any(|problem| problem.severity.stops()) {
            Err(ConfigError::Invalid(problems))
        } else {
            Ok(config)
        }
    }

    /// Returns a warning for each key in the file that `vestibule dev` ignores, and says what it does instead.
    #[must_use]
    pub fn unused_by_dev(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        self.unused_in(&FILE, "", &mut found);
        found.sort_by_key(|problem| problem.line);
        found
    }

    fn unused_in(&self, section: &Section, table: &str, found: &mut Vec<Problem>) {
        for key in section.keys {
            let path = format!("{table}{}", key.name);
            match (key.used_by, &key.kind) {
                (UsedBy::Serve(instead), _) if self.places.has(&path) => {
                    let header = if table.is_empty() { String::new() } else { format!(" in {}", section.header) };
                    let message = format!("vestibule dev does not use {:?}{header}: {instead}", key.name);
                    found.push(Problem { severity: Severity::Warning, ..self.places.problem(&path, message) });
                }
                (_, Kind::Table(inner)) => self.unused_in(inner, &format!("{path}."), found),
                _ => {}
            }
        }
    }
}
