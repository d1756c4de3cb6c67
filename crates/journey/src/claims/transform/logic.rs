//! Transformations of booleans and of claims that may be missing.

use super::{Call, Denied, Value, Yield, nothing, one};

pub(super) fn and(call: &Call<'_>) -> Result<Yield, Denied> {
    let both = call.bool("inputClaim1") == Some(true) && call.bool("inputClaim2") == Some(true);
    one("outputClaim", Value::Bool(both))
}

pub(super) fn or(call: &Call<'_>) -> Result<Yield, Denied> {
    let either = call.bool("inputClaim1") == Some(true) || call.bool("inputClaim2") == Some(true);
    one("outputClaim", Value::Bool(either))
}

pub(super) fn not(call: &Call<'_>) -> Result<Yield, Denied> {
    one("outputClaim", call.bool("inputClaim").map(|yes| Value::Bool(!yes)))
}

pub(super) fn null(_: &Call<'_>) -> Result<Yield, Denied> {
    one("claim_to_null", None)
}

pub(super) fn exists(call: &Call<'_>) -> Result<Yield, Denied> {
    one("outputClaim", Value::Bool(call.input("inputClaim").is_some()))
}

/// A claim without a value passes for nothing: it is not equal.
pub(super) fn assert_boolean(call: &Call<'_>) -> Result<Yield, Denied> {
    if call.bool("inputClaim").is_some() && call.bool("inputClaim") == call.flag("valueToCompareTo") {
        return nothing();
    }
    Err("UserMessageIfClaimsTransformationBooleanValueIsNotEqual")
}

pub(super) fn compare_boolean(call: &Call<'_>) -> Result<Yield, Denied> {
    let equal = call.bool("inputClaim").is_some() && call.bool("inputClaim") == call.flag("valueToCompareTo");
    one("compareResult", Value::Bool(equal))
}

pub(super) fn set_if_match(call: &Call<'_>) -> Result<Yield, Denied> {
    if call.bool("claimToMatch").is_some() && call.bool("claimToMatch") == call.flag("matchTo") {
        return one("outputClaim", Value::from(call.param("outputClaimIfMatched")));
    }
    nothing()
}
