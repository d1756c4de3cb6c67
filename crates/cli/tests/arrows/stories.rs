//! Finds tests that are too long to be one story.

use std::path::Path;

/// The maximum number of lines of a story, from its `fn` to its closing brace.
const LONGEST: usize = 40;
/// The maximum number of assertions of a story.
const MOST_ASSERTIONS: usize = 8;

/// A test, with its measured length.
pub(crate) struct Story {
    pub(crate) name: String,
    pub(crate) lines: usize,
    pub(crate) assertions: usize,
}

impl Story {
    pub(crate) fn is_too_long(&self) -> bool {
        self.lines > LONGEST || self.assertions > MOST_ASSERTIONS
    }
}

/// Returns the tests of a source file. Relies on rustfmt: a function's closing brace is indented like its beginning.
pub(crate) fn stories(file: &Path) -> Vec<Story> {
    let text = std::fs::read_to_string(file).expect("a source file");
    let mut lines = text.lines();
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        let attribute = line.trim_start();
        if attribute.starts_with("#[test]") || attribute.starts_with("#[tokio::test") {
            found.extend(story(&mut lines));
        }
    }
    found
}

fn story<'a>(lines: &mut impl Iterator<Item = &'a str>) -> Option<Story> {
    let first = lines.find(|line| line.contains("fn "))?;
    let end = format!("{}}}", &first[..first.len() - first.trim_start().len()]);
    let name = first.split("fn ").nth(1)?.split('(').next()?.to_owned();
    let body: Vec<&str> = lines.take_while(|line| *line != end).collect();
    let assertions = body.iter().map(|line| assertions(line)).sum();
    Some(Story { name, lines: body.len() + 2, assertions })
}

fn assertions(line: &str) -> usize {
    ["assert!(", "assert_eq!(", "assert_ne!(", "assert_snapshot!("].iter().map(|one| line.matches(one).count()).sum()
}
