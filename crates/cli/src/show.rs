//! One object for people: a line for each field that has a value.

use serde_json::Value;

/// `name: value` in aligned lines, without what is empty.
pub(crate) fn lines(value: &Value) -> String {
    let Some(fields) = value.as_object() else { return format!("{value}\n") };
    let width = fields.keys().map(String::len).max().unwrap_or(0) + 1;
    let has_value = |value: &Value| !value.is_null() && value != "" && value.as_array().is_none_or(|l| !l.is_empty());
    let shown = fields.iter().filter(|(_, value)| has_value(value));
    shown.map(|(name, value)| format!("{:<width$} {}\n", format!("{name}:"), text(value))).collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(text).collect::<Vec<_>>().join(", "),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        other => other.to_string(),
    }
}
