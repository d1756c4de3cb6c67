//! <https://learn.microsoft.com/azure/active-directory-b2c/integer-transformations>

use super::{Example, Value, example};

const DENIED: &str = "AssertNumberError";

fn assert(number: i64, operator: &'static str) -> Example {
    let example = example("AssertNumber").claim("inputClaim", Value::Int(number));
    example.param("Operator", operator).param("CompareToValue", "5")
}

#[rustfmt::skip]
pub(super) fn all() -> Vec<Example> {
    let (yes, no) = (Value::Bool(true), Value::Bool(false));
    vec![
        example("AdjustNumber").claim("inputClaim", Value::Int(1)).param("Operator", "INCREMENT").yields("outputClaim", Value::Int(2)),
        example("AdjustNumber").claim("inputClaim", Value::Int(1)).param("Operator", "DECREMENT").yields("outputClaim", Value::Int(0)),
        example("AdjustNumber").param("Operator", "INCREMENT").yields("outputClaim", Value::Int(1)),
        example("AdjustNumber").param("Operator", "DECREMENT").yields("outputClaim", Value::Int(-1)),
        example("AdjustNumber").claim("inputClaim", Value::Int(1)).yields("outputClaim", Value::Int(2)),
        assert(10, "GreaterThan").param("throwError", "true").denied(DENIED),
        assert(10, "GreaterThan").denied(DENIED),
        assert(5, "GreaterThan"),
        assert(10, "GreaterThan").param("throwError", "false").yields("outputClaim", yes.clone()),
        assert(5, "GreaterThan").param("throwError", "false").yields("outputClaim", no),
        assert(4, "LESSTHAN").denied(DENIED),
        assert(5, "LessThanOrEqual").denied(DENIED),
        assert(5, "GreaterThanOrEqual").denied(DENIED),
        assert(5, "Equal").denied(DENIED),
        assert(5, "NotEqual"),
        assert(6, "NotEqual").param("throwError", "False").yields("outputClaim", yes),
        assert(6, "Around").broken(),
        example("AssertNumber").param("Operator", "Equal").param("CompareToValue", "5").broken(),
        example("ConvertNumberToStringClaim").claim("inputClaim", Value::Int(12334)).yields("outputClaim", "12334"),
        example("ConvertNumberToStringClaim"),
        example("ConvertStringToNumberClaim").claim("inputClaim", "12334").yields("outputClaim", Value::Int(12334)),
        example("ConvertStringToNumberClaim").claim("inputClaim", "twelve").broken(),
    ]
}
