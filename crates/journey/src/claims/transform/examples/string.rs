//! <https://learn.microsoft.com/azure/active-directory-b2c/string-transformations>

use super::{Example, Value, example, list};

const DENIED: &str = "UserMessageIfClaimsTransformationStringsAreNotEqual";

fn two(method: &'static str, first: &'static str, second: &'static str) -> Example {
    example(method).claim("inputClaim1", first).claim("inputClaim2", second)
}

fn one(method: &'static str, text: &'static str) -> Example {
    example(method).claim("inputClaim", text)
}

pub(super) fn all() -> Vec<Example> {
    [comparisons(), settings(), patterns(), edits(), formats(), random(), lookups(), addresses()]
        .into_iter()
        .flatten()
        .collect()
}

#[rustfmt::skip]
fn comparisons() -> Vec<Example> {
    let (yes, no) = (Value::Bool(true), Value::Bool(false));
    let to_value = |text| example("CompareClaimToValue").claim("inputClaim1", text).param("compareTo", "V1");
    vec![
        two("AssertStringClaimsAreEqual", "someone@contoso.com", "someone@outlook.com").param("stringComparison", "ordinalIgnoreCase").denied(DENIED),
        two("AssertStringClaimsAreEqual", "someone@contoso.com", "Someone@contoso.com").param("stringComparison", "ordinalIgnoreCase"),
        two("AssertStringClaimsAreEqual", "someone@contoso.com", "Someone@contoso.com").param("stringComparison", "Ordinal").denied(DENIED),
        example("AssertStringClaimsAreEqual").claim("inputClaim1", "a").param("stringComparison", "Ordinal").denied(DENIED),
        two("CompareClaims", "someone@contoso.com", "someone@outlook.com").param("operator", "NOT EQUAL").param("ignoreCase", "true").yields("outputClaim", yes.clone()),
        two("CompareClaims", "a", "A").param("operator", "EQUAL").param("ignoreCase", "true").yields("outputClaim", yes.clone()),
        two("CompareClaims", "a", "A").param("operator", "EQUAL").yields("outputClaim", no.clone()),
        two("CompareClaims", "a", "A").param("operator", "LIKE").broken(),
        to_value("v1").param("operator", "EQUAL").param("ignoreCase", "true").yields("outputClaim", yes.clone()),
        to_value("v1").param("operator", "not equal").param("ignoreCase", "true").yields("outputClaim", no.clone()),
        to_value("v1").param("operator", "not equal").yields("outputClaim", yes.clone()),
        example("CompareClaimToValue").param("compareTo", "V1").param("operator", "EQUAL").yields("outputClaim", no.clone()),
        one("StringContains", "Admin, Approver, Editor").param("contains", "admin,").param("ignoreCase", "true").yields("outputClaim", yes),
        one("StringContains", "Admin, Approver, Editor").param("contains", "admin").yields("outputClaim", no.clone()),
        example("StringContains").param("contains", "admin").yields("outputClaim", no),
    ]
}

#[rustfmt::skip]
fn settings() -> Vec<Example> {
    let (yes, no) = (Value::Bool(true), Value::Bool(false));
    let booleans = || example("SetClaimIfBooleansMatch").param("matchTo", "true").param("outputClaimIfMatched", "Promotion code not found.");
    let minor = || example("SetClaimsIfStringsMatch").param("matchTo", "Minor").param("stringComparison", "ordinalIgnoreCase").param("outputClaimIfMatched", "B2C_V1_90001");
    let terms = || example("SetClaimsIfStringsAreEqual").param("matchTo", "v1").param("stringMatchMsgCode", "B2C_V1_90005").param("stringMatchMsg", "The TOS is upgraded to v2");
    vec![
        booleans().claim("claimToMatch", yes.clone()).yields("outputClaim", "Promotion code not found."),
        booleans().claim("claimToMatch", no.clone()),
        booleans().broken(),
        minor().claim("claimToMatch", "minor").yields("outputClaim", "B2C_V1_90001").yields("stringCompareResultClaim", yes.clone()),
        minor().claim("claimToMatch", "Adult").clears("outputClaim").yields("stringCompareResultClaim", no.clone()),
        minor().clears("outputClaim").yields("stringCompareResultClaim", no.clone()),
        terms().param("stringComparison", "ordinalIgnoreCase").claim("inputClaim", "V1")
            .yields("outputClaim1", "The TOS is upgraded to v2").yields("outputClaim2", "B2C_V1_90005").yields("stringCompareResultClaim", yes),
        terms().param("stringComparison", "ordinal").claim("inputClaim", "V1").yields("stringCompareResultClaim", no.clone()),
        terms().param("stringComparison", "ordinal").yields("stringCompareResultClaim", no),
    ]
}

#[rustfmt::skip]
fn patterns() -> Vec<Example> {
    let (yes, no) = (Value::Bool(true), Value::Bool(false));
    let phone = || example("SetClaimsIfRegexMatch").param("matchTo", "^[0-9]{4,16}$").param("outputClaimIfMatched", "isPhone");
    let alias = |pattern| example("SetClaimsIfRegexMatch").param("matchTo", pattern).param("outputClaimIfMatched", "isEmail");
    vec![
        phone().claim("claimToMatch", "64854114520").yields("outputClaim", "isPhone").yields("regexCompareResultClaim", yes.clone()),
        phone().claim("claimToMatch", "none").clears("outputClaim").yields("regexCompareResultClaim", no.clone()),
        phone().clears("outputClaim").yields("regexCompareResultClaim", no),
        alias("(?<mailAlias>.*)@(.*)$").param("extractGroups", "true").claim("claimToMatch", "emily@contoso.com")
            .yields("outputClaim", "isEmail").yields("regexCompareResultClaim", yes.clone()).yields("mailAlias", "emily"),
        alias("(?<mailAlias>.*)@(.*)$").claim("claimToMatch", "emily@contoso.com")
            .yields("outputClaim", "isEmail").yields("regexCompareResultClaim", yes),
        alias("(").claim("claimToMatch", "emily@contoso.com").broken(),
    ]
}

#[rustfmt::skip]
fn edits() -> Vec<Example> {
    let part = |text| one("StringSubstring", text);
    vec![
        example("ChangeCase").claim("inputClaim1", "SomeOne@contoso.com").param("toCase", "LOWER").yields("outputClaim", "someone@contoso.com"),
        example("ChangeCase").claim("inputClaim1", "Émile").param("toCase", "upper").yields("outputClaim", "ÉMILE"),
        example("ChangeCase").param("toCase", "LOWER"),
        example("ParseDomain").claim("emailAddress", "joe@outlook.com").yields("domain", "outlook.com"),
        example("ParseDomain").claim("emailAddress", "joe"),
        part("+1644114520").param("startIndex", "0").param("length", "2").yields("outputClaim", "+1"),
        part("+1é2").param("startIndex", "2").param("length", "2").yields("outputClaim", "é2"),
        part("+1").param("startIndex", "2").param("length", "0").yields("outputClaim", ""),
        part("+1").param("startIndex", "0").param("length", "3").broken(),
        part("+1").param("startIndex", "-1").param("length", "1").broken(),
        example("StringSubstring").param("startIndex", "0").param("length", "2").broken(),
        one("StringReplace", "+164-411-452-054").param("oldValue", "-").param("newValue", "").yields("outputClaim", "+164411452054"),
        one("StringReplace", "unchanged").param("oldValue", "-").param("newValue", "+").yields("outputClaim", "unchanged"),
        example("StringReplace").param("oldValue", "-").param("newValue", "+"),
        example("StringJoin").claim("inputClaim", list(&["Admin", "Author", "Reader"])).param("delimiter", ",").yields("outputClaim", "Admin,Author,Reader"),
        example("StringJoin").param("delimiter", ","),
        one("StringSplit", "Admin,Author,Reader").param("delimiter", ",").yields("outputClaim", list(&["Admin", "Author", "Reader"])),
        one("StringSplit", "Admin,,Reader").param("delimiter", ",").yields("outputClaim", list(&["Admin", "", "Reader"])),
        one("StringSplit", "Admin; Author").param("delimiter", "; ").yields("outputClaim", list(&["Admin", "Author"])),
        example("StringSplit").param("delimiter", ",").broken(),
    ]
}

#[rustfmt::skip]
fn formats() -> Vec<Example> {
    vec![
        example("CreateStringClaim").param("value", "Contoso terms of service...").yields("createdClaim", "Contoso terms of service..."),
        one("FormatStringClaim", "5164db16").param("stringFormat", "cpim_{0}@b2cdemo.onmicrosoft.com").yields("outputClaim", "cpim_5164db16@b2cdemo.onmicrosoft.com"),
        one("FormatStringClaim", "{1}").param("stringFormat", "{{{0}}} {0}").yields("outputClaim", "{{1}} {1}"),
        one("FormatStringClaim", "x").param("stringFormat", "{1}").broken(),
        one("FormatStringClaim", "x").param("stringFormat", "{0").broken(),
        example("FormatStringClaim").param("stringFormat", "{0}"),
        two("FormatStringMultipleClaims", "Joe", "Fernando").param("stringFormat", "{0} {1}").yields("outputClaim", "Joe Fernando"),
        two("FormatStringMultipleClaims", "{1}", "Fernando").param("stringFormat", "{1}, {0}").yields("outputClaim", "Fernando, {1}"),
        example("FormatStringMultipleClaims").claim("inputClaim1", "Joe").param("stringFormat", "{0} {1}").yields("outputClaim", "Joe "),
        example("NullClaim").clears("claim_to_null"),
        example("NullClaim").claim("claim_to_null", "Welcome to Contoso App.").clears("claim_to_null"),
    ]
}

#[rustfmt::skip]
fn random() -> Vec<Example> {
    let guid = || example("CreateRandomString").param("randomGeneratorType", "GUID");
    let integer = || example("CreateRandomString").param("randomGeneratorType", "integer").param("maximumNumber", "1000");
    vec![
        guid().yields("outputClaim", "07070707-0707-4707-8707-070707070707"),
        guid().param("stringFormat", "ID_{0}").yields("outputClaim", "ID_07070707-0707-4707-8707-070707070707"),
        guid().param("base64", "true").yields("outputClaim", "MDcwNzA3MDctMDcwNy00NzA3LTg3MDctMDcwNzA3MDcwNzA3"),
        integer().param("stringFormat", "OTP_{0}").param("base64", "false").yields("outputClaim", "OTP_711"),
        integer().param("stringFormat", "OTP_{0}").param("base64", "true").yields("outputClaim", "T1RQXzcxMQ=="),
        // The same seed gives the same number as .NET.
        integer().param("seed", "42").yields("outputClaim", "668"),
        integer().param("minimumNumber", "999").yields("outputClaim", "999"),
        example("CreateRandomString").param("randomGeneratorType", "dice").broken(),
    ]
}

#[rustfmt::skip]
fn lookups() -> Vec<Example> {
    let lookup = || example("LookupValue").param("contoso.com", "13c15f79").param("test.com", "c7026f88");
    vec![
        lookup().claim("inputParameterId", "test.com").param("errorOnFailedLookup", "false").yields("outputClaim", "c7026f88"),
        lookup().claim("inputParameterId", "test.com").param("errorOnFailedLookup", "true").yields("outputClaim", "c7026f88"),
        lookup().claim("inputParameterId", "live.com").param("errorOnFailedLookup", "true").denied("LookupNotFound"),
        lookup().param("errorOnFailedLookup", "true").denied("LookupNotFound"),
        lookup().claim("inputParameterId", "errorOnFailedLookup").param("errorOnFailedLookup", "true").denied("LookupNotFound"),
        lookup().claim("inputParameterId", "live.com").param("errorOnFailedLookup", "false"),
        lookup().claim("inputParameterId", "live.com"),
    ]
}

#[rustfmt::skip]
fn addresses() -> Vec<Example> {
    let uri = || example("BuildUri").param("scheme", "otpauth").param("host", "totp");
    vec![
        uri().claim("path", "Contoso demo:emily@fabrikam.com").claim("query.secret", "fay2lj7ynpntjgqa").param("query.issuer", "Contoso demo")
            .yields("outputClaim", "otpauth://totp/Contoso%20demo:emily@fabrikam.com?secret=fay2lj7ynpntjgqa&issuer=Contoso+demo"),
        uri().claim("path", "a?b#c").claim("Query.next", "d&e=f").yields("outputClaim", "otpauth://totp/a%3Fb%23c?next=d%26e%3Df"),
        uri().claim("path", "emily").yields("outputClaim", "otpauth://totp/emily"),
        uri().claim("query.secret", "fay2lj7ynpntjgqa"),
        example("BuildUri").claim("path", "emily").param("scheme", "").param("host", "totp").broken(),
        // The result for the random bytes 07 07 07….
        example("CreateOtpSecret").yields("outputClaim", "a4dqobyha4dqobyh"),
    ]
}
