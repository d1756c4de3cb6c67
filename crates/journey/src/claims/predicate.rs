//! Predicates and their groups: rules for typed values, and the messages for values that break them.

use super::characters::Characters;
use super::pattern::Pattern;
use super::value::date;

/// One test.
#[derive(Debug)]
pub(crate) struct Predicate {
    pub(crate) id: String,
    /// The message for a value that fails the test.
    pub(crate) help: Option<String>,
    pub(crate) test: Test,
}

/// `Method` with its parameters.
#[derive(Debug)]
pub(crate) enum Test {
    /// Number of characters, inclusive.
    Length {
        least: usize,
        most: usize,
    },
    Matches(Pattern),
    Includes(Characters),
    /// Dates as `yyyy-mm-dd`, inclusive; `None` means today.
    Dates {
        from: Option<String>,
        to: Option<String>,
    },
}

/// `PredicateValidation`: every group must be satisfied.
#[derive(Debug)]
pub(crate) struct PredicateValidation {
    pub(crate) groups: Vec<Group>,
}

/// A group: at least `least` of its predicates must hold.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) id: String,
    pub(crate) help: Option<String>,
    /// The number of predicates that must hold.
    pub(crate) least: usize,
    /// Ids of predicates, in lower case.
    pub(crate) predicates: Vec<String>,
}

impl Test {
    /// The test as a pattern for the whole value in the language of browsers, or `None` if only the server can check
    /// it.
    pub(crate) fn for_browser(&self) -> Option<String> {
        match self {
            Self::Length { least, most: usize::MAX } => Some(format!("[\\s\\S]{{{least},}}")),
            Self::Length { least, most } => Some(format!("[\\s\\S]{{{least},{most}}}")),
            Self::Matches(pattern) => pattern.for_browser(false),
            Self::Includes(characters) => Some(format!("[\\s\\S]*{}[\\s\\S]*", characters.for_browser())),
            Self::Dates { .. } => None,
        }
    }

    /// Returns true if the value passes. `today` has the form `yyyy-mm-dd`.
    pub(crate) fn holds(&self, value: &str, today: &str) -> bool {
        match self {
            Self::Length { least, most } => (*least..=*most).contains(&value.chars().count()),
            Self::Matches(pattern) => pattern.is_match(value),
            Self::Includes(characters) => value.chars().any(|char| characters.contains(char)),
            Self::Dates { from, to } => {
                let bound = |bound: &Option<String>| date(bound.as_deref().unwrap_or(today));
                let value = date(value.get(..10).unwrap_or(value));
                value.zip(bound(from).zip(bound(to))).is_some_and(|(value, (from, to))| (from..=to).contains(&value))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_method_tests_what_it_says() {
        let length = Test::Length { least: 2, most: 3 };
        assert!(length.holds("éé", "") && !length.holds("a", "") && !length.holds("aaaa", ""));
        assert!(Test::Includes(Characters::new("0-9")).holds("a1", ""));
        assert!(!Test::Includes(Characters::new("0-9")).holds("ab", ""));
        assert!(Test::Matches(Pattern::new("^a").expect("a pattern")).holds("ab", ""));
        let dates = Test::Dates { from: Some("1900-01-01".to_owned()), to: None };
        assert!(dates.holds("2024-05-01", "2024-05-01") && !dates.holds("2024-05-02", "2024-05-01"));
        assert!(!dates.holds("2024-99-02", "2024-05-01") && !dates.holds("", "2024-05-01"));
    }
}
