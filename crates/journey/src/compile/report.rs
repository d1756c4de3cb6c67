//! The problems of a chain of policies, with the most similar valid name for a wrong one.

use crate::problem::Code;
use crate::xml::Place;
use crate::{Problem, Severity};

/// A problem where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    place: Place,
    severity: Severity,
    code: Code,
    message: String,
}

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

    pub(crate) fn add(&mut self, severity: Severity, code: Code, place: Place, message: impl Into<String>) {
        self.found.push(Found { place, severity, code, message: message.into() });
    }

    pub(crate) fn error(&mut self, code: Code, place: Place, message: impl Into<String>) {
        self.add(Severity::Error, code, place, message);
    }

    pub(crate) fn unsupported(&mut self, place: Place, message: impl Into<String>) {
        self.add(Severity::Unsupported, Code::Unsupported, place, message);
    }

    pub(crate) fn warning(&mut self, code: Code, place: Place, message: impl Into<String>) {
        self.add(Severity::Warning, code, place, message);
    }

    pub(crate) fn note(&mut self, place: Place, message: impl Into<String>) {
        self.add(Severity::Note, Code::Inert, place, message);
    }

    /// `kind` has no `name`; say so, with the nearest of the names that exist.
    pub(crate) fn unknown<'a>(
        &mut self,
        place: Place,
        kind: &str,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) {
        self.error(Code::Reference, place, format!("there is no {kind} {name}{}", suggestion(name, known)));
    }

    /// The size of the findings so far.
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

    /// Returns true if the policy does not run.
    pub(crate) fn stops(&self) -> bool {
        self.found.iter().any(|found| found.severity.stops())
    }

    /// Returns true if something of this kind was found.
    pub(crate) fn has(&self, kind: Code) -> bool {
        self.found.iter().map(|found| found.code).any(|one| one == kind)
    }

    /// Makes notes of what is not supported: no relying party reaches it yet.
    pub(crate) fn soften_unsupported(&mut self) {
        for found in self.found.iter_mut().filter(|found| found.severity == Severity::Unsupported) {
            found.severity = Severity::Note;
        }
    }

    /// Everything, by file and line, each once.
    pub(crate) fn problems(mut self) -> Vec<Problem> {
        let key = |found: &Found| (found.place.file, found.place.line, found.message.clone());
        self.found.sort_by_key(key);
        self.found.dedup_by(|a, b| key(&*a) == key(&*b));
        let files = self.files;
        let problem = |found: Found| Problem {
            severity: found.severity,
            code: Some(found.code),
            file: files.get(found.place.file).cloned().unwrap_or_default(),
            line: found.place.line,
            column: found.place.column,
            message: found.message,
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
