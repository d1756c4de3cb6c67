//! <https://learn.microsoft.com/azure/active-directory-b2c/date-transformations>

use super::{Example, Value, example};

const DENIED: &str = "DateTimeGreaterThan";

fn assert(left: &'static str, right: &'static str) -> Example {
    example("AssertDateTimeIsGreaterThan").claim("leftOperand", left).claim("rightOperand", right)
}

fn compare(first: &'static str, operator: &'static str, second: &'static str) -> Example {
    example("DateTimeComparison")
        .claim("firstDateTime", first)
        .claim("secondDateTime", second)
        .param("operator", operator)
}

fn agreed(at: &'static str) -> Example {
    example("IsTermsOfUseConsentRequired").claim("termsOfUseConsentDateTime", at)
}

pub(super) fn all() -> Vec<Example> {
    [assertions(), comparisons(), conversions()].into_iter().flatten().collect()
}

#[rustfmt::skip]
fn assertions() -> Vec<Example> {
    let tolerant = |left, right| assert(left, right).param("AssertIfEqualTo", "false")
        .param("AssertIfRightOperandIsNotPresent", "true").param("TreatAsEqualIfWithinMillseconds", "300000");
    let no_right = || example("AssertDateTimeIsGreaterThan").claim("leftOperand", "2022-01-01T15:00:00");
    vec![
        tolerant("2022-01-01T15:00:00", "2022-01-22T15:00:00").denied(DENIED),
        tolerant("2022-01-22T15:00:00", "2022-01-01T15:00:00"),
        tolerant("2022-01-22T15:00:00", "2022-01-22T15:05:00"),
        tolerant("2022-01-22T15:00:00", "2022-01-22T15:05:01").denied(DENIED),
        // Without AssertIfEqualTo, equal operands fail: its default is true.
        assert("2022-01-22T15:00:00", "2022-01-22T15:00:00").denied(DENIED),
        assert("2022-01-22T15:00:00", "2022-01-22T15:00:00").param("AssertIfEqualTo", "true").denied(DENIED),
        assert("2022-01-22T15:00:00", "2022-01-22T15:00:00").param("AssertIfEqualTo", "false"),
        assert("2022-01-22T15:00:00", "2022-01-22T14:56:00").param("TreatAsEqualIfWithinMillseconds", "300000").denied(DENIED),
        assert("2022-01-22T15:00:01", "2022-01-22T15:00:00"),
        assert("2022-01-22T15:00:00", "soon").broken(),
        no_right().param("AssertIfRightOperandIsNotPresent", "true"),
        no_right().param("AssertIfRightOperandIsNotPresent", "false").denied(DENIED),
        no_right().denied(DENIED),
        example("AssertDateTimeIsGreaterThan").claim("rightOperand", "2022-01-01T15:00:00").denied(DENIED),
    ]
}

#[rustfmt::skip]
fn comparisons() -> Vec<Example> {
    let (yes, no) = (Value::Bool(true), Value::Bool(false));
    vec![
        // The span is added to the first date: 1 January plus 90 days is later than 16 March, and not earlier.
        compare("2022-01-01T00:00:00.100000Z", "later than", "2022-03-16T00:00:00.100000Z").param("timeSpanInSeconds", "7776000").yields("result", yes.clone()),
        compare("2022-03-16T00:00:00Z", "earlier than", "2022-01-01T00:00:00Z").param("timeSpanInSeconds", "7776000").yields("result", no.clone()),
        compare("2022-01-01T00:01:00Z", "same", "2022-01-01T00:00:00Z").param("timeSpanInSeconds", "-60").yields("result", yes.clone()),
        compare("2022-01-01T00:00:00Z", "later than", "2022-03-16T00:00:00Z").yields("result", no.clone()),
        compare("2022-01-01T00:00:00Z", "Earlier Than", "2022-03-16T00:00:00Z").yields("result", yes.clone()),
        compare("2022-01-01T00:00:00Z", "same", "2022-01-01T00:00:00Z").yields("result", yes.clone()),
        compare("2022-01-01T00:00:00Z", "greater", "2022-01-01T00:00:00Z").broken(),
        // A missing second date means now, 2022-01-14; a missing first date is an error.
        example("DateTimeComparison").claim("firstDateTime", "2022-01-13T00:00:00Z").param("operator", "earlier than").yields("result", yes.clone()),
        example("DateTimeComparison").claim("firstDateTime", "2022-01-13T00:00:00Z").param("operator", "later than").param("timeSpanInSeconds", "259200").yields("result", yes.clone()),
        example("DateTimeComparison").claim("secondDateTime", "2022-01-13T00:00:00Z").param("operator", "later than").broken(),
        agreed("2020-03-09T09:15:00").param("termsOfUseTextUpdateDateTime", "2021-11-15").yields("result", yes.clone()),
        agreed("2021-11-15T00:00:00").param("termsOfUseTextUpdateDateTime", "2021-11-15T00:00:00").yields("result", no.clone()),
        agreed("2022-03-09T09:15:00").param("termsOfUseTextUpdateDateTime", "2021-11-15T00:00:00").yields("result", no),
        example("IsTermsOfUseConsentRequired").param("termsOfUseTextUpdateDateTime", "2021-11-15").yields("result", yes),
        agreed("2022-03-09T09:15:00").param("termsOfUseTextUpdateDateTime", "soon").broken(),
    ]
}

#[rustfmt::skip]
fn conversions() -> Vec<Example> {
    vec![
        example("ConvertDateTimeToDateClaim").claim("inputClaim", "2022-01-03T11:34:22.0000000Z").yields("outputClaim", "2022-01-03"),
        example("ConvertDateTimeToDateClaim"),
        example("ConvertDateToDateTimeClaim").claim("inputClaim", "2022-01-03").yields("outputClaim", "2022-01-03T00:00:00.0000000Z"),
        example("ConvertDateToDateTimeClaim"),
        example("GetCurrentDateTime").yields("currentDateTime", "2022-01-14T11:40:35.0000000Z"),
    ]
}
