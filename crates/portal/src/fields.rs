//! What management refuses, at the field of the form that it is about.

use serde_json::{Value, json};
use vestibule_tenant::manage::{ManageError, Refusals};

/// One sentence at one field.
pub(crate) fn error(field: &str, text: impl Into<String>) -> Value {
    json!({ "field": field, "text": text.into() })
}

/// The refusals as errors of a form. `fields` leads from the beginning of management's name of a field to the form's; the
/// first that fits wins, and what fits none stands at the first field of the form.
pub(crate) fn errors(refusals: &Refusals, fields: &[(&str, &str)]) -> Vec<Value> {
    let first = fields.first().map(|(_, field)| *field).unwrap_or_default();
    let at = |name: &str| fields.iter().find(|(begin, _)| name.starts_with(begin)).map_or(first, |(_, field)| field);
    refusals.0.iter().map(|refusal| error(at(&refusal.field), sentence(&refusal.why))).collect()
}

/// The errors of a form, or any other reason why the change was not made.
pub(crate) fn refused(error: ManageError, fields: &[(&str, &str)]) -> Result<Vec<Value>, crate::answer::Problem> {
    match error {
        ManageError::Refused(refusals) => Ok(errors(&refusals, fields)),
        ManageError::Taken => Ok(vec![self::error(
            fields.first().map(|(_, field)| *field).unwrap_or_default(),
            "Another tenant has this name, domain or id: choose another.",
        )]),
        other => Err(other.into()),
    }
}

/// Management's phrases begin in lower case, since commands put a place before them.
fn sentence(why: &str) -> String {
    let mut letters = why.chars();
    let begin = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    let end = if why.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{begin}{}{end}", letters.as_str())
}
