//! A problem in a policy, worded so that its author can fix it.

mod code;

pub use code::Code;
use std::fmt;

/// The severity of a problem, mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Has no effect here, and nothing depends on it.
    Note,
    /// The policy runs, but probably not as intended, or it looks different.
    Warning,
    /// Azure AD B2C accepts this, but this version cannot run it, so the policy does not run.
    Unsupported,
    /// Azure AD B2C rejects this too, or the journey must fail here.
    Error,
}

impl Severity {
    /// Returns true if a policy with such a problem does not run.
    #[must_use]
    pub fn stops(self) -> bool {
        self >= Self::Unsupported
    }

    /// The severity as a word in messages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Unsupported => "not supported",
            Self::Error => "error",
        }
    }
}

/// One problem and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The severity.
    pub severity: Severity,
    /// Its kind, which [`Code::explanation`] explains; `None` for problems outside policies.
    pub code: Option<Code>,
    /// File name as given in [`crate::Source`].
    pub file: String,
    /// Line, from 1; 0 means the whole file.
    pub line: u32,
    /// Column, from 1; 0 means the whole line.
    pub column: u32,
    /// The problem and its solution, in one sentence.
    pub message: String,
}

impl Problem {
    /// An error without a code that concerns a whole line.
    #[must_use]
    pub fn error(file: impl Into<String>, line: u32, message: impl Into<String>) -> Self {
        let (file, message) = (file.into(), message.into());
        Self { severity: Severity::Error, code: None, file, line, column: 0, message }
    }

    /// The same problem with a code.
    #[must_use]
    pub fn with(self, code: Code) -> Self {
        Self { code: Some(code), ..self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: {}", self.file, self.line, self.severity.word(), self.message)?;
        self.code.map_or(Ok(()), |code| write!(f, " [{code}]"))
    }
}
