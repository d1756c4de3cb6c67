//! Problems in settings, each with its solution.

/// One problem: the key, what is wrong, and what to do. Values are never repeated, because they may be secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The key.
    pub key: String,
    /// The line of `.env` that sets it, from 1, if one does.
    pub line: Option<usize>,
    /// The problem, as the end of a sentence that begins with the key.
    pub wrong: String,
    /// What to do.
    pub fix: String,
}

impl Problem {
    /// A problem with a key, wherever it is set.
    pub(crate) fn new(key: &str, wrong: &str, fix: &str) -> Self {
        Self { key: key.to_owned(), line: None, wrong: wrong.to_owned(), fix: fix.to_owned() }
    }

    /// Where the key is set, for the middle of a sentence: ` (line 2 of .env)`, or nothing.
    pub(crate) fn place(&self) -> String {
        self.line.map(|line| format!(" (line {line} of .env)")).unwrap_or_default()
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{} {}. {}", self.key, self.place(), self.wrong, self.fix)
    }
}

/// All problems found in the settings.
#[derive(Clone, PartialEq, Eq)]
pub struct SettingsError {
    /// The problems in the order of reading; never empty.
    pub problems: Vec<Problem>,
}

impl std::fmt::Display for SettingsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the settings cannot be used:")?;
        self.problems.iter().try_for_each(|p| write!(f, "\n- {p}"))
    }
}

/// The same as `Display`, because a `main` that returns an error prints it with `Debug`.
impl std::fmt::Debug for SettingsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for SettingsError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_main_that_returns_it_prints_the_sentences() {
        let problem = Problem { line: Some(2), ..Problem::new("CLIENT_ID", "is missing", "Add it.") };
        let error = SettingsError { problems: vec![problem] };
        let sentences = "the settings cannot be used:\n- CLIENT_ID (line 2 of .env) is missing. Add it.";
        assert_eq!(format!("{error:?}"), sentences);
        assert_eq!(format!("{:?}", Box::<dyn std::error::Error>::from(error)), sentences);
    }
}
