//! The pages: a file for each subject of the menu.

pub(crate) mod administrators;
pub(crate) mod applications;
pub(crate) mod attributes;
pub(crate) mod audit;
pub(crate) mod expose;
pub(crate) mod flows;
pub(crate) mod home;
pub(crate) mod permissions;
pub(crate) mod policies;
pub(crate) mod secrets;
pub(crate) mod signing_keys;
pub(crate) mod tenants;
pub(crate) mod users;

use serde_json::{Value, json};

/// Rows of a list on one page.
pub(crate) const ROWS: usize = 50;

/// A state in a word, with the colour that goes with it.
pub(crate) fn tag(kind: &str, text: impl Into<String>) -> Value {
    json!({ "kind": kind, "text": text.into() })
}

/// The page of rows after the cursor, and the cursor of the next page. The rows are in the order of `key`.
pub(crate) fn page_of<T>(rows: Vec<T>, after: &str, key: impl Fn(&T) -> String) -> (Vec<T>, Option<String>) {
    let mut rest: Vec<T> = rows.into_iter().filter(|row| key(row).as_str() > after).collect();
    let is_more = rest.len() > ROWS;
    rest.truncate(ROWS);
    let next = rest.last().filter(|_| is_more).map(&key);
    (rest, next)
}

/// A query string of these parameters, without those that are empty: `?q=ann&after=…`.
pub(crate) fn query(pairs: &[(&str, &str)]) -> String {
    let pairs = pairs.iter().filter(|(_, value)| !value.is_empty());
    let text: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    if text.is_empty() { text } else { format!("?{text}") }
}

/// A word for a command line, quoted if a shell would take it apart.
pub(crate) fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@+=,".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}
