//! <https://learn.microsoft.com/azure/active-directory-b2c/boolean-transformations>

use super::{Example, Value, example};

const DENIED: &str = "UserMessageIfClaimsTransformationBooleanValueIsNotEqual";

fn two(method: &'static str, first: bool, second: bool) -> Example {
    example(method).claim("inputClaim1", Value::Bool(first)).claim("inputClaim2", Value::Bool(second))
}

fn one(method: &'static str, value: bool) -> Example {
    example(method).claim("inputClaim", Value::Bool(value))
}

#[rustfmt::skip]
pub(super) fn all() -> Vec<Example> {
    let (yes, no) = (Value::Bool(true), Value::Bool(false));
    vec![
        two("AndClaims", true, false).yields("outputClaim", no.clone()),
        two("AndClaims", true, true).yields("outputClaim", yes.clone()),
        example("AndClaims").claim("inputClaim1", yes.clone()).yields("outputClaim", no.clone()),
        one("AssertBooleanClaimIsEqualToValue", false).param("valueToCompareTo", "true").denied(DENIED),
        one("AssertBooleanClaimIsEqualToValue", true).param("valueToCompareTo", "True"),
        one("AssertBooleanClaimIsEqualToValue", false).param("valueToCompareTo", "false"),
        example("AssertBooleanClaimIsEqualToValue").param("valueToCompareTo", "true").denied(DENIED),
        example("AssertBooleanClaimIsEqualToValue").param("valueToCompareTo", "false").denied(DENIED),
        one("CompareBooleanClaimToValue", false).param("valueToCompareTo", "true").yields("compareResult", no.clone()),
        one("CompareBooleanClaimToValue", true).param("valueToCompareTo", "true").yields("compareResult", yes.clone()),
        example("CompareBooleanClaimToValue").param("valueToCompareTo", "false").yields("compareResult", no.clone()),
        one("NotClaims", false).yields("outputClaim", yes.clone()),
        one("NotClaims", true).yields("outputClaim", no.clone()),
        example("NotClaims"),
        two("OrClaims", true, false).yields("outputClaim", yes.clone()),
        two("OrClaims", false, false).yields("outputClaim", no),
        example("OrClaims").claim("inputClaim2", yes.clone()).yields("outputClaim", yes),
    ]
}
