//! Character sets in the notation of policies: `a-z0-9`, `@#$%`. A backslash escapes the character after it.

use super::pattern::browser_character as character;

/// A set of characters, as inclusive ranges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Characters(Vec<(char, char)>);

impl Characters {
    pub(crate) fn new(text: &str) -> Self {
        let mut chars = text.chars().peekable();
        let mut ranges = Vec::new();
        while let Some(char) = next(&mut chars) {
            let mut ahead = chars.clone();
            if ahead.next() == Some('-')
                && let Some(last) = next(&mut ahead)
                && last >= char
            {
                chars = ahead;
                ranges.push((char, last));
            } else {
                ranges.push((char, char));
            }
        }
        Self(ranges)
    }

    pub(crate) fn contains(&self, char: char) -> bool {
        self.0.iter().any(|(first, last)| (*first..=*last).contains(&char))
    }

    /// The character class in the regular-expression syntax of browsers.
    pub(crate) fn for_browser(&self) -> String {
        let range = |(first, last): &(char, char)| format!("{}-{}", character(*first), character(*last));
        format!("[{}]", self.0.iter().map(range).collect::<String>())
    }

    /// Every character of the set once, at most 256.
    pub(crate) fn all(&self) -> Vec<char> {
        let mut all: Vec<char> = self.0.iter().flat_map(|(first, last)| *first..=*last).take(256).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

fn next(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<char> {
    match chars.next()? {
        '\\' => Some(chars.next().unwrap_or('\\')),
        char => Some(char),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_single_characters_and_escapes() {
        let set = Characters::new(r"a-c0-1@\-\\-");
        assert_eq!(set.all().into_iter().collect::<String>(), r"-01@\abc");
        assert!(set.contains('b') && set.contains('-') && !set.contains('d'));
        assert!(Characters::new("").all().is_empty());
        assert_eq!(Characters::new("z-a").all(), vec!['-', 'a', 'z']);
    }
}
