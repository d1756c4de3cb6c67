//! Comparisons of strings.

use super::{Call, Fault, Value, Yield, nothing, one};

pub(super) fn assert_equal(call: &Call<'_>) -> Result<Yield, Fault> {
    if call.same(&call.text("inputClaim1"), &call.text("inputClaim2")) {
        return nothing();
    }
    Err(Fault::Denied("UserMessageIfClaimsTransformationStringsAreNotEqual"))
}

pub(super) fn claims(call: &Call<'_>) -> Result<Yield, Fault> {
    compared(call, &call.text("inputClaim2"))
}

pub(super) fn claim_to_value(call: &Call<'_>) -> Result<Yield, Fault> {
    compared(call, call.param("compareTo"))
}

fn compared(call: &Call<'_>, other: &str) -> Result<Yield, Fault> {
    let equal = call.same(&call.text("inputClaim1"), other);
    let result = match call.param("operator").to_ascii_lowercase().replace(' ', "").as_str() {
        "equal" => equal,
        "notequal" => !equal,
        other => return Err(Fault::broken(format!("operator cannot be {other}"))),
    };
    one("outputClaim", Value::Bool(result))
}

pub(super) fn booleans(call: &Call<'_>) -> Result<Yield, Fault> {
    let yes = call.bool("claimToMatch").ok_or_else(|| Fault::no_value("claimToMatch"))?;
    if call.flag("matchTo") == Some(yes) {
        return one("outputClaim", Value::from(call.param("outputClaimIfMatched")));
    }
    nothing()
}

/// A mismatch clears the output claim.
pub(super) fn set_if_match(call: &Call<'_>) -> Result<Yield, Fault> {
    let matched = call.input("claimToMatch").is_some_and(|value| call.same(&value.text(), call.param("matchTo")));
    Ok(vec![
        ("stringCompareResultClaim".to_owned(), Some(Value::Bool(matched))),
        ("outputClaim".to_owned(), call.given("outputClaimIfMatched").filter(|_| matched).map(Value::from)),
    ])
}

/// A mismatch leaves the output claims as they are.
pub(super) fn set_if_equal(call: &Call<'_>) -> Result<Yield, Fault> {
    let matched = call.input("inputClaim").is_some_and(|value| call.same(&value.text(), call.param("matchTo")));
    let mut outputs = vec![("stringCompareResultClaim".to_owned(), Some(Value::Bool(matched)))];
    for (output, param) in [("outputClaim1", "stringMatchMsg"), ("outputClaim2", "stringMatchMsgCode")] {
        outputs.extend(call.given(param).filter(|_| matched).map(|text| (output.to_owned(), Some(Value::from(text)))));
    }
    Ok(outputs)
}

pub(super) fn contains(call: &Call<'_>) -> Result<Yield, Fault> {
    let (text, part) = (call.text("inputClaim"), call.param("contains"));
    let loose = call.flag("ignoreCase") == Some(true);
    let found = if loose { text.to_lowercase().contains(&part.to_lowercase()) } else { text.contains(part) };
    one("outputClaim", Value::Bool(found))
}
