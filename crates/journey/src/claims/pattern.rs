//! Regular expressions of policies: written for .NET, run here by an engine with bounded time, and by browsers.
//!
//! `syntax` parses .NET's language into a tree once; `engine` and `browser` write that tree in the two other
//! languages, so that a page and the server agree.

mod blocks;
mod browser;
mod class;
mod engine;
mod syntax;

pub(crate) use browser::character as browser_character;

/// The backtracking limit of a pattern with look-around, in steps.
const MOST_STEPS: usize = 100_000;
/// Longest text that a pattern with look-around is matched against, in bytes.
const MOST_BYTES: usize = 1024;
/// Longest pattern, in bytes.
const MOST_PATTERN: usize = 4096;
/// Size limit of a compiled pattern, in bytes.
const MOST_COMPILED: usize = 1 << 21;

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct Pattern {
    engine: Engine,
    tree: syntax::Node,
}

#[derive(Debug)]
enum Engine {
    /// Runs in linear time.
    Plain(Box<regex::Regex>),
    /// With look-around or back-references: the steps are limited, and a match that exceeds the limit fails.
    Backtracking(Box<fancy_regex::Regex>),
}

impl Pattern {
    /// Compiles a pattern; the error says what is wrong with it.
    pub(crate) fn new(source: &str) -> Result<Self, String> {
        if source.len() > MOST_PATTERN {
            return Err(format!("it is longer than {MOST_PATTERN} bytes"));
        }
        let tree = syntax::parse(source)?;
        let engine = Engine::new(&engine::write(&tree))?;
        Ok(Self { engine, tree })
    }

    /// Returns true if the pattern matches anywhere in the text.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        match &self.engine {
            Engine::Plain(regex) => regex.is_match(text),
            Engine::Backtracking(regex) => text.len() <= MOST_BYTES && regex.is_match(text).unwrap_or(false),
        }
    }

    /// The named groups of the first match, with their values.
    pub(crate) fn groups(&self, text: &str) -> Vec<(String, String)> {
        let pair = |name: &str, found: Option<&str>| Some((name.to_owned(), found?.to_owned()));
        match &self.engine {
            Engine::Plain(regex) => regex.captures(text).map_or_else(Vec::new, |found| {
                let names = regex.capture_names().flatten();
                names.filter_map(|name| pair(name, found.name(name).map(|group| group.as_str()))).collect()
            }),
            Engine::Backtracking(_) if text.len() > MOST_BYTES => Vec::new(),
            Engine::Backtracking(regex) => regex.captures(text).ok().flatten().map_or_else(Vec::new, |found| {
                let names = regex.capture_names().flatten();
                names.filter_map(|name| pair(name, found.name(name).map(|group| group.as_str()))).collect()
            }),
        }
    }

    /// The pattern for the `pattern` attribute of an HTML input, or `None` if browsers have no equivalent. `trims`
    /// allows blanks around a value that the server trims.
    pub(crate) fn for_browser(&self, trims: bool) -> Option<String> {
        browser::write(&self.tree, trims)
    }
}

impl Engine {
    fn new(source: &str) -> Result<Self, String> {
        if let Ok(regex) = regex::RegexBuilder::new(source).size_limit(MOST_COMPILED).build() {
            return Ok(Self::Plain(Box::new(regex)));
        }
        fancy_regex::RegexBuilder::new(source)
            .backtrack_limit(MOST_STEPS)
            .delegate_size_limit(MOST_COMPILED)
            .build()
            .map(|regex| Self::Backtracking(Box::new(regex)))
            .map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::{Duration, Instant};

    #[test]
    fn brackets_and_ampersands_in_classes_are_literal() {
        let pattern = Pattern::new(r"^[A-Z[\]{}&&~~-]+$").expect("a pattern");
        assert!(matches!(pattern.engine, Engine::Plain(_)));
        assert!(pattern.is_match("A[]{}&~-") && !pattern.is_match("a"));
        assert!(Pattern::new(r"^[]a]$").expect("a pattern").is_match("]"));
    }

    #[test]
    fn look_around_works() {
        let strong = Pattern::new(r"^((?=.*[a-z])(?=.*[A-Z])(?=.*\d)|(?=.*[a-z])(?=.*[^A-Za-z0-9]))([A-Za-z\d@#$%^&*\-_+=[\]{}|\\:',?/`~();!]|\.(?!@)){8,16}$")
            .expect("a pattern");
        assert!(matches!(strong.engine, Engine::Backtracking(_)));
        assert!(strong.is_match("Passw0rd") && strong.is_match("pass[.]word"));
        assert!(!strong.is_match("password") && !strong.is_match("Passw0rd.@") && !strong.is_match("Pa0"));
    }

    #[test]
    fn row_118_catastrophes_end_without_a_match() {
        let begin = Instant::now();
        let nested = Pattern::new(r"^(?=a)(a+)+\1$").expect("a pattern");
        assert!(!nested.is_match(&format!("{}b", "a".repeat(60))));
        let plain = Pattern::new(r"^(([a-z])+.)+[A-Z]([a-z])+$").expect("a pattern");
        assert!(!plain.is_match(&"a".repeat(100_000)));
        let long = Pattern::new(r"(?=a)a").expect("a pattern");
        assert!(!long.is_match(&"a".repeat(MOST_BYTES + 1)));
        assert!(Pattern::new(&"(a{1,1000}){1,1000}".repeat(9)).is_err());
        assert!(begin.elapsed() < Duration::from_secs(5));
    }

    /// A pattern, a value, the expected result, and the pattern for browsers (empty where only the server can check).
    /// A test with a real browser uses the same table.
    #[derive(serde::Deserialize, serde::Serialize)]
    struct Case {
        pattern: String,
        value: String,
        matches: bool,
        browser: Option<String>,
    }

    const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/values/patterns.json");

    fn cases() -> Vec<Case> {
        let text = std::fs::read_to_string(TABLE).expect("the table");
        serde_json::from_str(&text).expect("JSON")
    }

    fn update() {
        let mut cases = cases();
        for case in &mut cases {
            case.browser = Pattern::new(&case.pattern).expect("a pattern").for_browser(true);
        }
        std::fs::write(TABLE, serde_json::to_string_pretty(&cases).expect("JSON") + "\n").expect("written");
    }

    #[test]
    fn patterns_match_what_they_match_in_dotnet() {
        for Case { pattern, value, matches, .. } in cases() {
            let compiled = Pattern::new(&pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
            assert_eq!(compiled.is_match(&value), matches, "{pattern} on {value:?}: {}", engine::write(&compiled.tree));
        }
    }

    /// `UPDATE_VALUES=1` rewrites the patterns for browsers; review the diff.
    #[test]
    fn each_pattern_is_written_for_browsers() {
        if std::env::var_os("UPDATE_VALUES").is_some() {
            update();
            return;
        }
        for Case { pattern, browser, .. } in cases() {
            let compiled = Pattern::new(&pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
            assert_eq!(compiled.for_browser(true), browser, "{pattern}");
        }
    }

    #[test]
    fn named_groups_are_found_by_either_engine() {
        for source in ["(?<year>[0-9]{4})-(?<day>[0-9]{2})", "(?<year>[0-9]{4})-(?<day>[0-9]{2})(?!0)"] {
            let groups = Pattern::new(source).expect("a pattern").groups("on 2024-05");
            let pairs = [("year", "2024"), ("day", "05")].map(|(name, value)| (name.to_owned(), value.to_owned()));
            assert_eq!(groups, pairs, "{source}");
        }
    }

    #[test]
    fn what_is_no_pattern_in_dotnet_is_said() {
        for (source, said) in [
            ("(", "a ( is not closed"),
            (")", "there is a ) without a ("),
            ("[a", "a [ is not closed"),
            ("a**", "a quantifier follows another"),
            ("*a", "there is nothing before * to repeat"),
            ("[z-a]", "a range has its ends in the wrong order"),
            (r"\p{Greek}", "there is no category or block Greek"),
            (r"\q", r"there is no escape \q"),
            (r"(a)\2", "there is no group 2"),
            ("a{3,2}", "{3,…} has its numbers in the wrong order"),
        ] {
            assert_eq!(Pattern::new(source).err().as_deref(), Some(said), "{source}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_said() {
        assert!(Pattern::new("(").is_err());
        assert!(Pattern::new(&"a".repeat(5000)).is_err());
    }

    proptest! {
        #[test]
        fn no_pattern_makes_it_panic(source in "[\\[\\]()\\\\^&~a|?=!.*{}1,-]{0,40}", text in "[ab]{0,20}") {
            if let Ok(pattern) = Pattern::new(&source) {
                let _ = pattern.is_match(&text);
            }
        }
    }
}
