//! Parses JSON from untrusted sources.

use serde::de::{DeserializeOwned, Error as _};

/// The maximum nesting depth of arrays and objects (docs/security-floor.md, requirement 25).
const MAX_DEPTH: usize = 32;

/// Parses JSON that may be malicious.
///
/// # Errors
/// Fails if the text is not JSON, does not match `T`, or is nested more than 32 levels deep.
pub fn from_stranger<T: DeserializeOwned>(json: &[u8]) -> serde_json::Result<T> {
    // A text with at most that many opening brackets cannot be too deep, and counting them is cheaper than tracking the
    // depth.
    let opened = json.iter().filter(|byte| matches!(byte, b'[' | b'{')).count();
    if opened > MAX_DEPTH && is_deep(json) {
        return Err(serde_json::Error::custom("the JSON is nested too deeply"));
    }
    serde_json::from_slice(json)
}

fn is_deep(json: &[u8]) -> bool {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_text,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    #[test]
    fn requirement_25_thirty_two_levels_are_read_and_no_more() {
        let nested = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        assert!(from_stranger::<Value>(nested(32).as_bytes()).is_ok());
        let deep = from_stranger::<Value>(nested(33).as_bytes()).expect_err("too deep");
        assert_eq!(deep.to_string(), "the JSON is nested too deeply");
    }

    fn depth(value: &Value) -> usize {
        match value {
            Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
            Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
            _ => 0,
        }
    }

    /// Up to forty levels around a text that contains many brackets and quotes.
    fn any_json() -> impl Strategy<Value = Value> {
        let text = r#"[\[\]{}",:\\a]{0,80}"#;
        (text, prop::collection::vec(any::<bool>(), 0..40)).prop_map(|(text, levels)| {
            let around = |inner, is_list| if is_list { json!([inner, text]) } else { json!({ text.as_str(): inner }) };
            levels.into_iter().fold(json!(text), around)
        })
    }

    proptest! {
        #[test]
        fn brackets_within_texts_are_no_levels(value in any_json()) {
            let read = from_stranger::<Value>(value.to_string().as_bytes()).ok();
            prop_assert_eq!(read, Some(value.clone()).filter(|value| depth(value) <= MAX_DEPTH));
        }
    }
}
