//! `Mask`: what a page shows of a claim instead of its value
//! (<https://learn.microsoft.com/azure/active-directory-b2c/claimsschema#mask>). The value itself never reaches the
//! browser.

/// The backtracking limit of a pattern, in steps.
const MOST_STEPS: usize = 100_000;
/// Size limit of a compiled pattern, in bytes.
const MOST_COMPILED: usize = 1 << 21;
/// Replaces each character of a value that cannot be masked in the way the policy asks for.
const HIDDEN: &str = "*";

/// The mask of a value.
#[derive(Debug)]
pub(crate) enum Mask {
    /// The text replaces as many characters at the beginning of the value.
    Simple(String),
    /// The text replaces everything that matches.
    Regex {
        /// The pattern.
        pattern: Box<fancy_regex::Regex>,
        /// The replacement.
        with: String,
    },
}

impl Mask {
    /// A mask of the type `Regex`; the error says what is wrong with the pattern.
    pub(crate) fn regex(source: &str, with: &str) -> Result<Self, String> {
        let builder = &mut fancy_regex::RegexBuilder::new(source);
        let built = builder.backtrack_limit(MOST_STEPS).delegate_size_limit(MOST_COMPILED).build();
        let pattern = Box::new(built.map_err(|error| error.to_string())?);
        Ok(Self::Regex { pattern, with: with.to_owned() })
    }

    /// The value as it may be shown.
    pub(crate) fn apply(&self, value: &str) -> String {
        match self {
            Self::Simple(text) => {
                let length = text.chars().count();
                text.chars().take(value.chars().count()).chain(value.chars().skip(length)).collect()
            }
            Self::Regex { pattern, with } => {
                let masked = pattern.try_replacen(value, 0, fancy_regex::NoExpand(with));
                masked.map_or_else(|_| HIDDEN.repeat(value.chars().count()), std::borrow::Cow::into_owned)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_simple_mask_hides_the_beginning() {
        let mask = Mask::Simple("XXX-XXX-".to_owned());
        assert_eq!(mask.apply("324-232-4343"), "XXX-XXX-4343");
        assert_eq!(mask.apply("324"), "XXX", "a short value is hidden whole");
    }

    #[test]
    fn a_pattern_hides_what_matches() {
        let mask = Mask::regex("(?<=.).(?=.*@)", "*").expect("a pattern");
        assert_eq!(mask.apply("ada@contoso.test"), "a**@contoso.test");
        let digits = Mask::regex("[0-9]", "$0").expect("a pattern");
        assert_eq!(digits.apply("a1"), "a$0", "the text is not a reference");
    }

    #[test]
    fn a_value_on_which_the_pattern_gives_up_is_hidden_whole() {
        let mask = Mask::regex("(?:(?=a)a*)*b", "*").expect("a pattern");
        let long = "a".repeat(5000);
        assert!(!mask.apply(&format!("{long}7")).contains('7') || mask.apply(&long) == long);
    }
}
