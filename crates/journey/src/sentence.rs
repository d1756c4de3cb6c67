//! Messages with placeholders for values: `{0}`, `{1}`.

/// Fills in the placeholders in one pass, so that a value that looks like a placeholder stays as it is. A placeholder
/// without a value becomes empty: no message reaches the user with `{0}` in it.
#[must_use]
pub fn fill(text: &str, values: &[impl AsRef<str>]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, place, after)) = next(rest) {
        out.push_str(before);
        out.push_str(values.get(place).map(AsRef::as_ref).unwrap_or_default());
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The number of values that the message needs.
#[must_use]
pub fn needs(text: &str) -> usize {
    let mut rest = text;
    let places = std::iter::from_fn(|| {
        let (_, place, after) = next(rest)?;
        rest = after;
        Some(place.saturating_add(1))
    });
    places.max().unwrap_or_default()
}

/// The next placeholder: the text before it, its number, and the text after it.
fn next(text: &str) -> Option<(&str, usize, &str)> {
    text.match_indices('{').find_map(|(at, _)| {
        let (before, from) = text.split_at(at);
        let (number, after) = from.get(1..)?.split_once('}')?;
        let place = number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse().ok()).flatten()?;
        Some((before, place, after))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn places_are_filled_once_and_other_braces_stay() {
        assert_eq!(fill("{0} and {1}", &["{1}", "b"]), "{1} and b");
        assert_eq!(fill("{name} {} {-1} {0", &["a"]), "{name} {} {-1} {0");
        assert_eq!(fill("a{0}b{7}c", &[] as &[&str]), "abc");
        assert_eq!((needs("none {x}"), needs("{0}"), needs("{1} {0}")), (0, 1, 2));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[{}01aé]{0,30}") {
            let _ = (fill(&text, &["a"]), needs(&text));
        }
    }
}
