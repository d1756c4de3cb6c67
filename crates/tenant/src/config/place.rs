//! Maps a path such as `tenant[0].flow[1].name` to its line in the file.

use std::collections::BTreeMap;
use vestibule_journey::Problem;

/// The lines of a file, by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Places {
    /// The name of the file, for messages.
    pub(crate) file: String,
    lines: BTreeMap<String, u32>,
}

impl Places {
    /// An empty map for this file.
    pub(crate) fn of(file: &str) -> Self {
        Self { file: file.to_owned(), lines: BTreeMap::new() }
    }

    /// Records the line of `path`.
    pub(crate) fn note(&mut self, path: &str, line: u32) {
        self.lines.insert(path.to_owned(), line);
    }

    /// Returns true if `path` itself was written in the file.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.lines.contains_key(path)
    }

    /// The line of `path`, or of the closest table around it; 0 if there is none.
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

/// The offsets of the line ends in a text, computed once per file. Counting the lines before each key would take time
/// quadratic in the length of the file.
#[derive(Debug)]
pub(crate) struct Lines {
    /// The byte offsets of the line feeds, in ascending order.
    ends: Vec<usize>,
}

impl Lines {
    /// The lines of a text.
    pub(crate) fn of(text: &str) -> Self {
        Self { ends: text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(offset, _)| offset).collect() }
    }

    /// The line number, starting at 1, of the byte at `offset`.
    pub(crate) fn at(&self, offset: usize) -> u32 {
        u32::try_from(self.ends.partition_point(|end| *end < offset)).map_or(u32::MAX, |before| before + 1)
    }
}

/// The closest of `known` to `word`, if it is close enough to be what the user meant.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_ascii_lowercase().replace('-', "_");
    let wanted = plain(word);
    let distance = |k: &str| strsim::damerau_levenshtein(&wanted, &plain(k));
    let (distance, found) = known.into_iter().map(|k| (distance(k), k)).min_by_key(|(d, _)| *d)?;
    (distance <= (word.chars().count() / 3).max(1)).then_some(found)
}

/// `; did you mean "x"?`, or otherwise `; known: …` if the list is short enough to read.
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
