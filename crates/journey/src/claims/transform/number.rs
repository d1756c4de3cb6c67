//! Transformations of numbers.

use super::{Call, Denied, Value, Yield, nothing, one};

fn number(call: &Call<'_>) -> Option<i64> {
    match call.input("inputClaim")? {
        Value::Int(n) => Some(*n),
        other => other.text().trim().parse().ok(),
    }
}

pub(super) fn adjust(call: &Call<'_>) -> Result<Yield, Denied> {
    let by = if call.param("Operator").eq_ignore_ascii_case("DECREMENT") { -1 } else { 1 };
    one("outputClaim", Value::Int(number(call).unwrap_or(0).saturating_add(by)))
}

/// B2C raises the error when the comparison holds, unless `throwError` is false.
pub(super) fn assert(call: &Call<'_>) -> Result<Yield, Denied> {
    let (Some(left), Ok(right)) = (number(call), call.param("CompareToValue").trim().parse::<i64>()) else {
        return nothing();
    };
    let holds = match call.param("Operator").to_ascii_lowercase().as_str() {
        "lessthan" => left < right,
        "lessthanorequal" => left <= right,
        "greaterthan" => left > right,
        "greaterthanorequal" => left >= right,
        "equal" => left == right,
        "notequal" => left != right,
        _ => false,
    };
    if holds && call.flag("throwError") != Some(false) {
        return Err("UserMessageIfClaimsTransformationNumericValueIsNotEqual");
    }
    nothing()
}
