//! Transformations of dates and times.

use super::{Call, Denied, Value, Yield, nothing, one};
use crate::claims::value::{instant, rfc3339};

fn time(call: &Call<'_>, kind: &str) -> Option<i64> {
    instant(&call.text(kind))
}

pub(super) fn now(call: &Call<'_>) -> Result<Yield, Denied> {
    one("currentDateTime", Value::Text(rfc3339(call.now)))
}

pub(super) fn to_date(call: &Call<'_>) -> Result<Yield, Denied> {
    let date = time(call, "inputClaim").and_then(|ms| rfc3339(ms).get(..10).map(Value::from));
    date.map_or_else(nothing, |date| one("outputClaim", date))
}

pub(super) fn to_date_time(call: &Call<'_>) -> Result<Yield, Denied> {
    time(call, "inputClaim").map_or_else(nothing, |ms| one("outputClaim", Value::Text(rfc3339(ms))))
}

/// Deny unless left is greater than right. Without a right operand the parameter decides; times nearer than the
/// tolerance count as equal, and equal ones are denied only if asked for.
pub(super) fn assert_greater(call: &Call<'_>) -> Result<Yield, Denied> {
    const DENIED: Denied = "DateTimeGreaterThan";
    let Some(right) = time(call, "rightOperand") else {
        return if call.flag("AssertIfRightOperandIsNotPresent") == Some(true) { Err(DENIED) } else { nothing() };
    };
    let Some(left) = time(call, "leftOperand") else { return Err(DENIED) };
    let tolerance: i64 = call.param("TreatAsEqualIfWithinMillseconds").trim().parse().unwrap_or(0);
    let holds = if left.saturating_sub(right).saturating_abs() <= tolerance {
        call.flag("AssertIfEqualTo") != Some(true)
    } else {
        left > right
    };
    if holds { nothing() } else { Err(DENIED) }
}

pub(super) fn compare(call: &Call<'_>) -> Result<Yield, Denied> {
    let (Some(first), Some(second)) = (time(call, "firstDateTime"), time(call, "secondDateTime")) else {
        return nothing();
    };
    let span = call.param("timeSpanInSeconds").trim().parse::<i64>().unwrap_or(0).saturating_mul(1000);
    let second = second.saturating_add(span);
    let result = match call.param("operator").to_ascii_lowercase().as_str() {
        "later than" => first > second,
        "earlier than" => first < second,
        "same" => first == second,
        _ => return nothing(),
    };
    one("result", Value::Bool(result))
}
