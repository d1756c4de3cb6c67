//! Where things were written: from a path such as `tenant[0].flow[1].name` to a line.

use std::collections::BTreeMap;
use vestibule_journey::Problem;

/// Lines of a file by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Places {
    /// Name of the file, for messages.
    pub(crate) file: String,
    lines: BTreeMap<String, u32>,
}

impl Places {
    /// No lines yet, of this file.
    pub(crate) fn of(file: &str) -> Self {
        Self { file: file.to_owned(), lines: BTreeMap::new() }
    }

    /// Note where `path` was written.
    pub(crate) fn note(&mut self, path: &str, line: u32) {
        self.lines.insert(path.to_owned(), line);
    }

    /// Returns true if `path` itself was written.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.lines.contains_key(path)
    }

    /// The line of `path`, or of the nearest table around it; 0: none.
    pub(crate) fn line(&self, path: &str) -> u32 {
        let mut path = path;
        loop {
            if let Some(line) = self.lines.get(path) {
                return *line;
            }
            let Some(end) = path.rfind(['.', '[']) else { return 0 };
            path = &path[..end];
        }
    }

    /// A problem at `path`.
    pub(crate) fn problem(&self, path: &str, message: String) -> Problem {
        Problem::error(self.file.clone(), self.line(path), message)
    }
}

/// Where the lines of a text begin. Built once for a file: to count the lines before each key anew takes time that
/// grows with the square of the file's length.
#[derive(Debug)]
pub(crate) struct Lines {
    /// Offsets, in bytes, of the line feeds, ascending.
    ends: Vec<usize>,
}

impl Lines {
    /// The lines of a text.
    pub(crate) fn of(text: &str) -> Self {
        Self { ends: text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(offset, _)| offset).collect() }
    }

    /// The line, from 1, of the byte at `offset`.
    pub(crate) fn at(&self, offset: usize) -> u32 {
        u32::try_from(self.ends.partition_point(|end| *end < offset)).map_or(u32::MAX, |before| before + 1)
    }
}

/// The nearest of `known` to `word`, where one is near enough to have been meant.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_ascii_lowercase().replace('-', "_");
    let wanted = plain(word);
    let distance = |k: &str| strsim::damerau_levenshtein(&wanted, &plain(k));
    let (distance, found) = known.into_iter().map(|k| (distance(k), k)).min_by_key(|(d, _)| *d)?;
    (distance <= (word.chars().count() / 3).max(1)).then_some(found)
}

/// `; did you mean "x"?`, or else `; known are: …` while the list is short enough to read.
pub(crate) fn hint(word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("; did you mean {near:?}?"),
        None if known.is_empty() || known.len() > 24 => String::new(),
        None => format!("; known: {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn a_line_is_found_by_its_index_as_by_counting() {
        for text in ["", "\n", "a\nb", "a\r\n\n\nß\n", "no end"] {
            let lines = Lines::of(text);
            for offset in 0..=text.len() {
                let counted = text.as_bytes()[..offset].iter().filter(|b| **b == b'\n').count() + 1;
                assert_eq!(lines.at(offset) as usize, counted, "{text:?} at {offset}");
            }
            assert_eq!(lines.at(text.len() + 9), lines.at(text.len()), "beyond the end is the last line");
        }
    }
}
