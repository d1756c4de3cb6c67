//! `vestibule schema`: prints the JSON Schema of the configuration, for editors.

use crate::out;
use anyhow::Result;
use vestibule_tenant::config::json_schema;

/// Prints the schema.
///
/// # Errors
/// Standard output cannot be written to.
pub fn run() -> Result<()> {
    out::say(&format!("{:#}", json_schema()))?;
    Ok(())
}
