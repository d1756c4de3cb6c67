//! The comment at the head of the file: what it is, what is not in it, and the environment variables that it names.

use super::Variable;
use crate::manage::Registrations;
use std::fmt::Write as _;

/// The comment, with an empty line after it.
pub(super) fn head(title: &str, tenants: &[Registrations], variables: &[Variable]) -> String {
    let names: Vec<&str> = tenants.iter().map(|one| one.tenant.name.as_str()).collect();
    let (noun, names) = (if names.len() == 1 { "tenant" } else { "tenants" }, names.join(", "));
    let mut head = format!(
        "# {title}: {noun} {names}, without users, administrators and private keys.\n\
         # For `vestibule serve`, add [[origin]] and [mail]; docs/configuration.md has every key.\n"
    );
    if !variables.is_empty() {
        head.push_str(
            "#\n# Secrets are not in this file. They come from these environment variables, which may be unset where \
             the store\n# has them already:\n#\n",
        );
    }
    let width = variables.iter().map(|variable| variable.name.len()).max().unwrap_or_default();
    for Variable { name, purpose } in variables {
        // Writing to a String cannot fail.
        let _ = writeln!(head, "#   {name:<width$}  {purpose}");
    }
    head
}
