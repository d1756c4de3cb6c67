//! Where a person was going: a path of this app, never an address elsewhere.

use serde::{Deserialize, Serialize};
use url::Url;

/// Longest path that is remembered, in bytes: it travels in a cookie.
const LONGEST: usize = 1000;

/// A path and query on this origin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place(String);

impl Place {
    /// The home page.
    pub(crate) fn home() -> Self {
        Self("/".to_owned())
    }

    /// The place that `text` names; none when a browser could read it as another origin, or when it is too long.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let here = Url::parse("http://here.invalid/").ok()?;
        let odd = |b: u8| !b.is_ascii_graphic() || b == b'\\';
        if text.len() > LONGEST || !text.starts_with('/') || text.starts_with("//") || text.bytes().any(odd) {
            return None;
        }
        let there = here.join(text).ok()?;
        // Dots are resolved by the parser, so what it says is kept: `/.//evil` would else begin with two slashes.
        let path = there.path();
        if there.origin() != here.origin() || path.starts_with("//") {
            return None;
        }
        let query = there.query().map(|q| format!("?{q}")).unwrap_or_default();
        Some(Self(format!("{path}{query}")))
    }

    /// As a `Location`.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths_of_this_app_are_kept() {
        for text in ["/", "/a/b?c=d&e=%2F", "/?next=https://evil.test", "/a//b", "/caf%C3%A9"] {
            assert_eq!(Place::read(text).as_ref().map(Place::as_str), Some(text));
        }
    }

    #[test]
    fn other_origins_are_not() {
        let long = format!("/{}", "a".repeat(LONGEST));
        let tries = [
            "",
            "a",
            "//evil.test",
            "///evil.test",
            "/\\evil.test",
            "\\\\evil.test",
            "/\t/evil.test",
            "/\n/evil.test",
            "https://evil.test",
            "javascript:alert(1)",
            "/.//evil.test",
            "/a/..//evil.test",
            "/%2e//evil.test",
            " /a",
            "/é",
            &long,
        ];
        for text in tries {
            assert_eq!(Place::read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_kept_stays_on_this_origin(text in "[/\\\\.%a-z0-9@:?#\\t]{0,30}") {
            if let Some(place) = Place::read(&text) {
                let base = Url::parse("https://app.test/x").expect("a URL");
                let there = base.join(place.as_str()).expect("a URL");
                prop_assert_eq!(there.origin(), base.origin());
            }
        }
    }
}
