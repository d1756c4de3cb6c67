//! Integer transformations.

use super::table::{BOOLEAN, INT, NUMBER, Page, Row, STRING, TRUTH, claim, maybe, param, rows};
use super::{Call, Fault, Value, Yield, nothing, one};

/// Operators of `AssertNumber`.
const OPERATORS: &[&str] = &["LessThan", "GreaterThan", "GreaterThanOrEqual", "LessThanOrEqual", "Equal", "NotEqual"];

#[rustfmt::skip]
pub(super) const METHODS: &[Row] = rows! { Page::Integer;
    AdjustNumber [claim("inputClaim", NUMBER)] [param("Operator", STRING).one_of(&["INCREMENT", "DECREMENT"])]
        => [maybe("outputClaim", NUMBER)], adjust;
    AssertNumber [claim("inputClaim", NUMBER)]
        [param("CompareToValue", INT).needed(), param("Operator", STRING).one_of(OPERATORS).needed(),
         param("throwError", BOOLEAN).one_of(TRUTH)]
        => [maybe("outputClaim", BOOLEAN)], assert;
    ConvertNumberToStringClaim [claim("inputClaim", NUMBER)] []
        => [maybe("outputClaim", STRING)], to_text;
};

/// Methods that Microsoft's reference does not list.
#[rustfmt::skip]
pub(super) const OURS: &[Row] = rows! { Page::None;
    ConvertStringToNumberClaim [claim("inputClaim", STRING)] [] => [maybe("outputClaim", NUMBER)], from_text;
};

fn number(call: &Call<'_>) -> Result<Option<i64>, Fault> {
    match call.input("inputClaim") {
        None => Ok(None),
        Some(Value::Int(number)) => Ok(Some(*number)),
        Some(other) => {
            other.text().trim().parse().map(Some).map_err(|_| Fault::broken("inputClaim is no whole number"))
        }
    }
}

/// A claim without a value counts as 0.
fn adjust(call: &Call<'_>) -> Result<Yield, Fault> {
    let by = if call.param("Operator").eq_ignore_ascii_case("DECREMENT") { -1 } else { 1 };
    one("outputClaim", Value::Int(number(call)?.unwrap_or(0).saturating_add(by)))
}

/// Fails if the comparison holds; with `throwError` false it only outputs the result of the comparison.
fn assert(call: &Call<'_>) -> Result<Yield, Fault> {
    let left = number(call)?.ok_or_else(|| Fault::no_value("inputClaim"))?;
    let right = call.number("CompareToValue")?.ok_or_else(|| Fault::broken("CompareToValue is missing"))?;
    let holds = match call.param("Operator").to_ascii_lowercase().as_str() {
        "lessthan" => left < right,
        "lessthanorequal" => left <= right,
        "greaterthan" => left > right,
        "greaterthanorequal" => left >= right,
        "equal" => left == right,
        "notequal" => left != right,
        other => return Err(Fault::broken(format!("Operator cannot be {other}"))),
    };
    match call.flag("throwError") {
        Some(false) => one("outputClaim", Value::Bool(holds)),
        _ if holds => Err(Fault::Denied("AssertNumberError")),
        _ => nothing(),
    }
}

fn to_text(call: &Call<'_>) -> Result<Yield, Fault> {
    number(call)?.map_or_else(nothing, |number| one("outputClaim", Value::Text(number.to_string())))
}

fn from_text(call: &Call<'_>) -> Result<Yield, Fault> {
    number(call)?.map_or_else(nothing, |number| one("outputClaim", Value::Int(number)))
}
