//! The list of what is wrong with a chain, and the nearest right name for a wrong one.

use crate::xml::Place;
use crate::{Problem, Severity};

/// A problem where it was found.
pub(crate) type Found = (Place, Severity, String);

/// Problems as they are found.
#[derive(Debug)]
pub(crate) struct Report {
    files: Vec<String>,
    found: Vec<Found>,
}

impl Report {
    pub(crate) fn new(files: Vec<String>) -> Self {
        Self { files, found: Vec::new() }
    }

    pub(crate) fn error(&mut self, place: Place, message: impl Into<String>) {
        self.found.push((place, Severity::Error, message.into()));
    }

    pub(crate) fn warning(&mut self, place: Place, message: impl Into<String>) {
        self.found.push((place, Severity::Warning, message.into()));
    }

    /// `kind` has no `name`; say so, with the nearest of the names that exist.
    pub(crate) fn unknown<'a>(
        &mut self,
        place: Place,
        kind: &str,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) {
        self.error(place, format!("there is no {kind} {name}{}", suggestion(name, known)));
    }

    /// How much has been found so far.
    pub(crate) fn mark(&self) -> usize {
        self.found.len()
    }

    /// Takes back what was found since then.
    pub(crate) fn take_since(&mut self, mark: usize) -> Vec<Found> {
        self.found.split_off(mark)
    }

    /// Puts back what was taken.
    pub(crate) fn put(&mut self, found: Vec<Found>) {
        self.found.extend(found);
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.found.iter().any(|(_, severity, _)| *severity == Severity::Error)
    }

    /// Everything, by file and line, each once.
    pub(crate) fn problems(mut self) -> Vec<Problem> {
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
pub(crate) fn suggestion<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let wanted = name.to_ascii_lowercase();
    let near = |other: &&str| strsim::jaro_winkler(&wanted, &other.to_ascii_lowercase());
    let best = known.into_iter().map(|other| (near(&other), other)).max_by(|a, b| a.0.total_cmp(&b.0));
    match best {
        Some((score, other)) if score > 0.82 => format!("; did you mean {other}?"),
        _ => String::new(),
    }
}
