//! A place to return to after the sign-in: a path of this app, never another origin.

use serde::{Deserialize, Serialize};
use url::Url;

/// Longest path and query that are remembered, in bytes: they are stored in a cookie, which browsers limit to 4096
/// bytes.
pub(crate) const LONGEST: usize = 2000;

/// Returns true if `path` is `folder` or lies below it. Every path lies below the empty folder.
pub(crate) fn below(folder: &str, path: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| folder.is_empty() || rest.is_empty() || rest.starts_with(['/', '?']))
}

/// The path that browsers use for `path`, if `mount` was stripped from it. A path that still has the prefix stays
/// unchanged.
pub(crate) fn mounted(mount: &str, path: &str) -> String {
    if below(mount, path) { path.to_owned() } else { format!("{mount}{path}") }
}

/// A path and query on this origin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place(String);

impl Place {
    /// The home page at this path.
    pub(crate) fn home(path: &str) -> Self {
        Self(path.to_owned())
    }

    /// The same place with the app's mount, as browsers use it.
    pub(crate) fn under(&self, mount: &str) -> Self {
        Self(mounted(mount, &self.0))
    }

    /// Parses a place. `None` if a browser could interpret it as another origin, or if it is too long.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let here = Url::parse("http://here.invalid/").ok()?;
        let odd = |b: u8| !b.is_ascii_graphic() || b == b'\\';
        if text.len() > LONGEST || !text.starts_with('/') || text.starts_with("//") || text.bytes().any(odd) {
            return None;
        }
        let there = here.join(text).ok()?;
        // Keep the parser's output, in which dot segments are resolved: `/.//evil` would otherwise become a path that
        // begins with two slashes.
        let path = there.path();
        if there.origin() != here.origin() || path.starts_with("//") {
            return None;
        }
        let query = there.query().map(|q| format!("?{q}")).unwrap_or_default();
        Some(Self(format!("{path}{query}")))
    }

    /// The value for a `Location` header.
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
    fn what_was_taken_off_a_path_is_put_before_it_once() {
        for (path, known) in
            [("/", "/app/"), ("/a?b", "/app/a?b"), ("/app/a", "/app/a"), ("/app", "/app"), ("/apple", "/app/apple")]
        {
            assert_eq!(mounted("/app", path), known);
            assert_eq!(mounted("/app", known), known);
            assert_eq!(mounted("", path), path);
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
