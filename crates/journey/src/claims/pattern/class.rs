//! Character classes with .NET's meaning.

/// `[…]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Class {
    pub(super) negated: bool,
    pub(super) items: Vec<Item>,
    /// `[…-[…]]`: the class that is subtracted.
    pub(super) minus: Option<Box<Class>>,
}

/// One entry of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// An inclusive range of code points or UTF-16 units.
    Range(u32, u32),
    Set(Set),
}

/// A named set; true negates it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Set {
    /// `\d`: decimal digits of all scripts.
    Digit(bool),
    /// `\w`: letters, non-spacing marks, decimal digits and connecting punctuation of all scripts.
    Word(bool),
    /// `\s`: white space of all scripts.
    Space(bool),
    /// `\p{Lu}`
    Category(String, bool),
    /// `\p{IsCyrillic}`
    Block((u32, u32), bool),
}

/// The surrogates of UTF-16.
const HALVES: std::ops::RangeInclusive<u32> = 0xd800..=0xdfff;

impl Class {
    pub(super) fn of(item: Item) -> Self {
        Self { negated: false, items: vec![item], minus: None }
    }
}

impl Item {
    /// The characters that a range matches. Surrogates stand for the characters that UTF-16 writes as pairs.
    pub(super) fn ranges(first: u32, last: u32) -> Vec<(char, char)> {
        let (low, high) = (HALVES.start() - 1, HALVES.end() + 1);
        let pairs = (first <= *HALVES.end() && last >= *HALVES.start()).then_some((0x1_0000, 0x10_ffff));
        let parts = [Some((first, last.min(low))), Some((first.max(high), last)), pairs];
        let parts = parts.into_iter().flatten().filter(|(first, last)| first <= last);
        parts.filter_map(|(first, last)| Some((char::from_u32(first)?, char::from_u32(last)?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_pairs_mean_the_characters_that_are_written_as_pairs() {
        assert_eq!(Item::ranges(0x61, 0x7a), [('a', 'z')]);
        assert_eq!(Item::ranges(0xd800, 0xdfff), [('\u{10000}', '\u{10ffff}')]);
        assert_eq!(Item::ranges(0, 0xffff).len(), 3);
    }
}
