//! Spans of time as people write them: `180d`, `12h`, `30m`, `never`.

use std::str::FromStr;

/// Milliseconds.
const MINUTE: i64 = 60_000;

/// A span of time in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub i64);

/// When something expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expires {
    /// After a span of time.
    After(Span),
    /// Never.
    Never,
}

impl Expires {
    /// The time, milliseconds since the epoch; none: never.
    #[must_use]
    pub fn at(self, now: i64) -> Option<i64> {
        match self {
            Self::After(Span(span)) => Some(now.saturating_add(span)),
            Self::Never => None,
        }
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "expected a whole number with a unit: 180d, 12h or 30m".to_owned();
        let unit = match text.chars().last() {
            Some('d') => 24 * 60 * MINUTE,
            Some('h') => 60 * MINUTE,
            Some('m') => MINUTE,
            _ => return Err(wrong()),
        };
        let number: u16 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
        if number == 0 { Err(wrong()) } else { Ok(Self(i64::from(number) * unit)) }
    }
}

impl FromStr for Expires {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "never" { Ok(Self::Never) } else { text.parse().map(Self::After) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_a_whole_number_with_a_unit() {
        assert_eq!("2h".parse(), Ok(Span(7_200_000)));
        assert_eq!("never".parse(), Ok(Expires::Never));
        for bad in ["", "d", "0d", "-1d", "180", "1.5h", "99999d", "3é"] {
            assert!(bad.parse::<Span>().is_err(), "{bad}");
        }
    }
}
