//! Boolean transformations.

use super::table::{BOOLEAN, Page, Row, TRUTH, claim, maybe, param, rows};
use super::{Call, Fault, Value, Yield, nothing, one};

#[rustfmt::skip]
pub(super) const METHODS: &[Row] = rows! { Page::Boolean;
    AndClaims [claim("inputClaim1", BOOLEAN), claim("inputClaim2", BOOLEAN)] []
        => [maybe("outputClaim", BOOLEAN)], and;
    AssertBooleanClaimIsEqualToValue [claim("inputClaim", BOOLEAN)]
        [param("valueToCompareTo", BOOLEAN).one_of(TRUTH).needed()]
        => [], assert_equal;
    CompareBooleanClaimToValue [claim("inputClaim", BOOLEAN)]
        [param("valueToCompareTo", BOOLEAN).one_of(TRUTH).needed()]
        => [maybe("compareResult", BOOLEAN)], compare;
    NotClaims [claim("inputClaim", BOOLEAN)] []
        => [maybe("outputClaim", BOOLEAN)], not;
    OrClaims [claim("inputClaim1", BOOLEAN), claim("inputClaim2", BOOLEAN)] []
        => [maybe("outputClaim", BOOLEAN)], or;
};

const NOT_EQUAL: Fault = Fault::Denied("UserMessageIfClaimsTransformationBooleanValueIsNotEqual");

fn and(call: &Call<'_>) -> Result<Yield, Fault> {
    let both = call.bool("inputClaim1") == Some(true) && call.bool("inputClaim2") == Some(true);
    one("outputClaim", Value::Bool(both))
}

fn or(call: &Call<'_>) -> Result<Yield, Fault> {
    let either = call.bool("inputClaim1") == Some(true) || call.bool("inputClaim2") == Some(true);
    one("outputClaim", Value::Bool(either))
}

fn not(call: &Call<'_>) -> Result<Yield, Fault> {
    call.bool("inputClaim").map_or_else(nothing, |yes| one("outputClaim", Value::Bool(!yes)))
}

/// A claim without a value equals neither true nor false.
fn is_equal(call: &Call<'_>) -> bool {
    call.bool("inputClaim").is_some_and(|yes| call.flag("valueToCompareTo") == Some(yes))
}

fn assert_equal(call: &Call<'_>) -> Result<Yield, Fault> {
    if is_equal(call) { nothing() } else { Err(NOT_EQUAL) }
}

fn compare(call: &Call<'_>) -> Result<Yield, Fault> {
    one("compareResult", Value::Bool(is_equal(call)))
}
