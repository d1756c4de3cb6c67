//! What is wrong with settings, said so that a person can put it right.

/// One problem: which key, what is wrong with it, what to do. Values are never repeated: they may be secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The key.
    pub key: String,
    /// What is wrong, as the end of a sentence that begins with the key.
    pub wrong: String,
    /// What to do.
    pub fix: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}. {}", self.key, self.wrong, self.fix)
    }
}

/// All problems of some settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError {
    /// In the order of reading; never empty.
    pub problems: Vec<Problem>,
}

impl std::fmt::Display for SettingsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the settings cannot be used:")?;
        self.problems.iter().try_for_each(|p| write!(f, "\n- {p}"))
    }
}

impl std::error::Error for SettingsError {}
