//! Times in the file: RFC 3339 in text, milliseconds since the epoch in the store.

use jiff::Timestamp;

/// Milliseconds since the epoch; none if the text is no time with an offset.
pub(super) fn millis(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().map(Timestamp::as_millisecond).ok()
}

/// The time as the file has it, in UTC; none if it is past the year 9999.
pub(super) fn text(millis: i64) -> Option<String> {
    Timestamp::from_millisecond(millis).map(|time| time.to_string()).ok()
}
