//! Date transformations.

use super::table::{BOOLEAN, DATE, DATE_TIME, INT, Page, Row, STRING, TRUTH, claim, maybe, param, rows};
use super::{Call, Fault, Value, Yield, nothing, one};
use crate::claims::value::instant;

#[rustfmt::skip]
pub(super) const METHODS: &[Row] = rows! { Page::Date;
    AssertDateTimeIsGreaterThan [claim("leftOperand", STRING), claim("rightOperand", STRING)]
        [param("AssertIfEqualTo", BOOLEAN).one_of(TRUTH),
         param("AssertIfRightOperandIsNotPresent", BOOLEAN).one_of(TRUTH),
         param("TreatAsEqualIfWithinMillseconds", INT)]
        => [], assert_greater;
    ConvertDateTimeToDateClaim [claim("inputClaim", DATE_TIME)] []
        => [maybe("outputClaim", DATE)], to_date;
    ConvertDateToDateTimeClaim [claim("inputClaim", DATE)] []
        => [maybe("outputClaim", DATE_TIME)], to_date_time;
    DateTimeComparison [claim("firstDateTime", DATE_TIME), maybe("secondDateTime", DATE_TIME)]
        [param("operator", STRING).one_of(&["same", "later than", "earlier than"]).needed(),
         param("timeSpanInSeconds", INT)]
        => [maybe("result", BOOLEAN)], compare;
    GetCurrentDateTime [] [] => [maybe("currentDateTime", DATE_TIME)], now;
    IsTermsOfUseConsentRequired [claim("termsOfUseConsentDateTime", DATE_TIME)]
        [param("termsOfUseTextUpdateDateTime", DATE_TIME).needed()]
        => [maybe("result", BOOLEAN)], terms_of_use;
};

/// The time of a claim, in milliseconds since the epoch, or `None` if the claim has no value. A text that is not a
/// time is an error.
fn time(call: &Call<'_>, kind: &str) -> Result<Option<i64>, Fault> {
    let Some(value) = call.input(kind) else { return Ok(None) };
    let at = instant(&value.text());
    at.map(Some).ok_or_else(|| Fault::broken(format!("{kind} is no date and time")))
}

/// A time in the form of the reference: UTC, with seven digits after the second.
fn written(ms: i64) -> Value {
    let time = jiff::Timestamp::from_millisecond(ms).unwrap_or_default();
    Value::Text(time.strftime("%Y-%m-%dT%H:%M:%S.%3f0000Z").to_string())
}

fn now(call: &Call<'_>) -> Result<Yield, Fault> {
    one("currentDateTime", written(call.now))
}

fn to_date(call: &Call<'_>) -> Result<Yield, Fault> {
    let Some(ms) = time(call, "inputClaim")? else { return nothing() };
    let day = written(ms).text().get(..10).map(Value::from);
    one("outputClaim", day)
}

fn to_date_time(call: &Call<'_>) -> Result<Yield, Fault> {
    time(call, "inputClaim")?.map_or_else(nothing, |ms| one("outputClaim", written(ms)))
}

/// Fails unless the left operand is later than the right one. Times that differ by less than the tolerance count as
/// equal.
fn assert_greater(call: &Call<'_>) -> Result<Yield, Fault> {
    const NOT_GREATER: Fault = Fault::Denied("DateTimeGreaterThan");
    let Some(right) = time(call, "rightOperand")? else {
        return if call.flag("AssertIfRightOperandIsNotPresent") == Some(true) { nothing() } else { Err(NOT_GREATER) };
    };
    let Some(left) = time(call, "leftOperand")? else { return Err(NOT_GREATER) };
    let tolerance = call.number("TreatAsEqualIfWithinMillseconds")?.unwrap_or(0);
    let holds = if left.saturating_sub(right).saturating_abs() <= tolerance {
        call.flag("AssertIfEqualTo") == Some(false)
    } else {
        left > right
    };
    if holds { nothing() } else { Err(NOT_GREATER) }
}

/// The span is added to the first time. Without a second time, the first is compared with the current time.
fn compare(call: &Call<'_>) -> Result<Yield, Fault> {
    let first = time(call, "firstDateTime")?.ok_or_else(|| Fault::no_value("firstDateTime"))?;
    let second = time(call, "secondDateTime")?.unwrap_or(call.now);
    let span = call.number("timeSpanInSeconds")?.unwrap_or(0).saturating_mul(1000);
    let first = first.saturating_add(span);
    let result = match call.param("operator").to_ascii_lowercase().as_str() {
        "later than" => first > second,
        "earlier than" => first < second,
        "same" => first == second,
        other => return Err(Fault::broken(format!("operator cannot be {other}"))),
    };
    one("result", Value::Bool(result))
}

/// True if the user never agreed, or agreed before the text was last changed.
fn terms_of_use(call: &Call<'_>) -> Result<Yield, Fault> {
    let changed = instant(call.param("termsOfUseTextUpdateDateTime"));
    let changed = changed.ok_or_else(|| Fault::broken("termsOfUseTextUpdateDateTime is no date and time"))?;
    let agreed = time(call, "termsOfUseConsentDateTime")?;
    one("result", Value::Bool(agreed.is_none_or(|agreed| agreed < changed)))
}
