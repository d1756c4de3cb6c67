//! Regular expressions of policies: written for .NET, run by an engine that cannot be made to hang.

/// Steps that a pattern with look-around may take.
const MOST_STEPS: usize = 100_000;
/// Longest text that a pattern with look-around is tried on, in bytes.
const MOST_BYTES: usize = 1024;
/// Longest pattern, in bytes.
const MOST_PATTERN: usize = 4096;

/// A compiled pattern.
#[derive(Debug)]
pub(crate) enum Pattern {
    /// Linear in time.
    Plain(Box<regex::Regex>),
    /// With look-around or back-references: bounded; over the limit nothing matches.
    Backtracking(Box<fancy_regex::Regex>),
}

impl Pattern {
    /// Compile; the error says what is wrong with it.
    pub(crate) fn new(source: &str) -> Result<Self, String> {
        if source.len() > MOST_PATTERN {
            return Err(format!("it is longer than {MOST_PATTERN} bytes"));
        }
        let source = from_dotnet(source);
        if let Ok(regex) = regex::RegexBuilder::new(&source).size_limit(1 << 21).build() {
            return Ok(Self::Plain(Box::new(regex)));
        }
        fancy_regex::RegexBuilder::new(&source)
            .backtrack_limit(MOST_STEPS)
            .delegate_size_limit(1 << 21)
            .build()
            .map(|regex| Self::Backtracking(Box::new(regex)))
            .map_err(|error| error.to_string())
    }

    /// Whether it matches anywhere in the text.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        match self {
            Self::Plain(regex) => regex.is_match(text),
            Self::Backtracking(regex) => text.len() <= MOST_BYTES && regex.is_match(text).unwrap_or(false),
        }
    }

    /// The named groups of the first match.
    pub(crate) fn groups(&self, text: &str) -> Vec<(String, String)> {
        match self {
            Self::Plain(regex) => regex.captures(text).map_or_else(Vec::new, |found| {
                let names = regex.capture_names().flatten();
                names.filter_map(|name| Some((name.to_owned(), found.name(name)?.as_str().to_owned()))).collect()
            }),
            Self::Backtracking(_) => Vec::new(),
        }
    }
}

/// In .NET `[`, `&&`, `--` and `~~` mean nothing inside a class; here they begin nested classes and set operations.
fn from_dotnet(source: &str) -> String {
    let mut out = String::with_capacity(source.len() + 8);
    let mut chars = source.chars().peekable();
    let mut in_class = false;
    while let Some(char) = chars.next() {
        match char {
            '\\' => {
                out.push(char);
                out.extend(chars.next());
            }
            '[' if !in_class => {
                in_class = true;
                out.push(char);
                if chars.peek() == Some(&'^') {
                    out.extend(chars.next());
                }
                // A bracket that comes first is meant itself.
                if chars.peek() == Some(&']') {
                    chars.next();
                    out.push_str("\\]");
                }
            }
            ']' if in_class => {
                in_class = false;
                out.push(char);
            }
            '[' | '&' | '~' if in_class => {
                out.push('\\');
                out.push(char);
            }
            _ => out.push(char),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::{Duration, Instant};

    #[test]
    fn brackets_and_ampersands_in_classes_are_literal() {
        let pattern = Pattern::new(r"^[A-Z[\]{}&&~~-]+$").expect("a pattern");
        assert!(matches!(pattern, Pattern::Plain(_)));
        assert!(pattern.is_match("A[]{}&~-") && !pattern.is_match("a"));
        assert!(Pattern::new(r"^[]a]$").expect("a pattern").is_match("]"));
    }

    #[test]
    fn look_around_works() {
        let strong = Pattern::new(r"^((?=.*[a-z])(?=.*[A-Z])(?=.*\d)|(?=.*[a-z])(?=.*[^A-Za-z0-9]))([A-Za-z\d@#$%^&*\-_+=[\]{}|\\:',?/`~();!]|\.(?!@)){8,16}$")
            .expect("a pattern");
        assert!(matches!(strong, Pattern::Backtracking(_)));
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
