//! The list of what is wrong with a chain, and the nearest right name for a wrong one.

use crate::xml::Place;
use crate::{Problem, Severity};

/// Problems as they are found.
#[derive(Debug)]
pub(super) struct Report {
    files: Vec<String>,
    found: Vec<(Place, Severity, String)>,
}

impl Report {
    pub(super) fn new(files: Vec<String>) -> Self {
        Self { files, found: Vec::new() }
    }

    pub(super) fn error(&mut self, place: Place, message: impl Into<String>) {
        self.found.push((place, Severity::Error, message.into()));
    }

    pub(super) fn warning(&mut self, place: Place, message: impl Into<String>) {
        self.found.push((place, Severity::Warning, message.into()));
    }

    /// `kind` has no `name`; say so, with the nearest of the names that exist.
    pub(super) fn unknown<'a>(
        &mut self,
        place: Place,
        kind: &str,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) {
        self.error(place, format!("there is no {kind} {name}{}", suggestion(name, known)));
    }

    pub(super) fn has_errors(&self) -> bool {
        self.found.iter().any(|(_, severity, _)| *severity == Severity::Error)
    }

    /// Everything, by file and line, each once.
    pub(super) fn problems(mut self) -> Vec<Problem> {
        self.found.sort_by(|a, b| (a.0, &a.2).cmp(&(b.0, &b.2)));
        self.found.dedup();
        let name = |file: usize| self.files.get(file).cloned().unwrap_or_default();
        let problem = |(place, severity, message): (Place, Severity, String)| Problem {
            severity,
            file: name(place.file),
            line: place.line,
            message,
        };
        self.found.into_iter().map(problem).collect()
    }
}

/// `; did you mean …?` if one of the names is near.
pub(super) fn suggestion<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let wanted = name.to_ascii_lowercase();
    let near = |other: &&str| strsim::jaro_winkler(&wanted, &other.to_ascii_lowercase());
    let best = known.into_iter().map(|other| (near(&other), other)).max_by(|a, b| a.0.total_cmp(&b.0));
    match best {
        Some((score, other)) if score > 0.82 => format!("; did you mean {other}?"),
        _ => String::new(),
    }
}
