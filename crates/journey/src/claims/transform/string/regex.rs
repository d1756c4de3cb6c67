//! Regular expressions.

use super::{Call, Fault, Value, Yield};
use crate::claims::pattern::Pattern;

/// A match outputs its value and, if asked for, the pattern's named groups; a mismatch clears the output claim.
pub(super) fn set_if_match(call: &Call<'_>) -> Result<Yield, Fault> {
    let pattern = Pattern::new(call.param("matchTo"));
    let pattern = pattern.map_err(|error| Fault::broken(format!("matchTo is no regular expression: {error}")))?;
    let text = call.input("claimToMatch").map(Value::text);
    let matched = text.as_ref().is_some_and(|text| pattern.is_match(text));
    let mut outputs = vec![
        ("regexCompareResultClaim".to_owned(), Some(Value::Bool(matched))),
        ("outputClaim".to_owned(), call.given("outputClaimIfMatched").filter(|_| matched).map(Value::from)),
    ];
    if call.flag("extractGroups") == Some(true) {
        let groups = text.filter(|_| matched).map(|text| pattern.groups(&text)).unwrap_or_default();
        outputs.extend(groups.into_iter().map(|(name, value)| (name, Some(Value::Text(value)))));
    }
    Ok(outputs)
}
