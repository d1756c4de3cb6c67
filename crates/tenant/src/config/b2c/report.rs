//! The report of an import: what came over, what has to be done by hand, what has no counterpart.

use crate::manage::Registrations;
use std::fmt;

/// What an import did, for people. Each entry is a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What came over.
    pub came_over: Vec<String>,
    /// What has to be done by hand.
    pub by_hand: Vec<String>,
    /// What has no counterpart here.
    pub no_counterpart: Vec<String>,
}

impl Report {
    pub(super) fn by_hand(&mut self, line: String) {
        self.by_hand.push(line);
    }

    pub(super) fn no_counterpart(&mut self, line: String) {
        self.no_counterpart.push(line);
    }

    /// Name what came over.
    pub(super) fn count(&mut self, tenant: &Registrations) {
        let parts: [(&str, Vec<&String>); 5] = [
            ("custom attributes", tenant.attributes.keys().collect()),
            ("user flows", tenant.flows.values().map(|flow| &flow.name).collect()),
            ("custom policies", tenant.policies.values().map(|policy| &policy.id).collect()),
            ("policy keys", tenant.key_containers.keys().collect()),
            ("applications", tenant.applications.values().map(|application| &application.name).collect()),
        ];
        self.came_over.push(format!("the tenant {}", tenant.tenant.domain));
        for (what, names) in parts.into_iter().filter(|(_, names)| !names.is_empty()) {
            let names: Vec<&str> = names.into_iter().map(String::as_str).collect();
            self.came_over.push(format!("{what} ({}): {}", names.len(), names.join(", ")));
        }
    }
}

impl fmt::Display for Report {
    /// Three headings with their lines; an empty one is left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("Came over:", &self.came_over),
            ("To be done by hand:", &self.by_hand),
            ("Without a counterpart:", &self.no_counterpart),
        ];
        for (heading, lines) in parts.into_iter().filter(|(_, lines)| !lines.is_empty()) {
            writeln!(f, "{heading}")?;
            lines.iter().try_for_each(|line| writeln!(f, "  - {line}"))?;
        }
        Ok(())
    }
}
