//! String transformations.

mod compare;
mod edit;
mod format;
mod random;
mod regex;
mod uri;

use super::table::{ANY, BOOLEAN, COLLECTION, INT, Page, Row, STRING, TRUTH, claim, maybe, param, rows};
use super::{Call, Fault, Value, Yield, nothing, one};

const COMPARISONS: &[&str] = &["Ordinal", "OrdinalIgnoreCase"];
const OPERATORS: &[&str] = &["EQUAL", "NOT EQUAL"];

// Where the reference's tables and examples differ, the examples are right: SetClaimIfBooleansMatch compares a boolean
// (the table says string), StringContains outputs a boolean (table: string), StringReplace a string (table: boolean).
#[rustfmt::skip]
pub(super) const METHODS: &[Row] = rows! { Page::Text;
    AssertStringClaimsAreEqual [claim("inputClaim1", STRING), claim("inputClaim2", STRING)]
        [param("stringComparison", STRING).one_of(COMPARISONS).needed()]
        => [], compare::assert_equal;
    BuildUri [claim("path", STRING), maybe(ANY, STRING)]
        [param("scheme", STRING).needed(), param("host", STRING).needed(), param(ANY, STRING)]
        => [maybe("outputClaim", STRING)], uri::build;
    ChangeCase [claim("inputClaim1", STRING)] [param("toCase", STRING).one_of(&["LOWER", "UPPER"]).needed()]
        => [maybe("outputClaim", STRING)], edit::change_case;
    CompareClaims [claim("inputClaim1", STRING), claim("inputClaim2", STRING)]
        [param("operator", STRING).one_of(OPERATORS).needed(), param("ignoreCase", STRING)]
        => [maybe("outputClaim", BOOLEAN)], compare::claims;
    CompareClaimToValue [claim("inputClaim1", STRING)]
        [param("operator", STRING).one_of(OPERATORS).needed(), param("compareTo", STRING).needed(),
         param("ignoreCase", STRING)]
        => [maybe("outputClaim", BOOLEAN)], compare::claim_to_value;
    CreateOtpSecret [] [] => [maybe("outputClaim", STRING)], uri::otp_secret;
    CreateRandomString []
        [param("randomGeneratorType", STRING).one_of(&["GUID", "INTEGER"]).needed(), param("stringFormat", STRING),
         param("base64", BOOLEAN).one_of(TRUTH), param("maximumNumber", INT), param("minimumNumber", INT),
         param("seed", INT)]
        => [maybe("outputClaim", STRING)], random::create;
    CreateStringClaim [] [param("value", STRING).needed()]
        => [maybe("createdClaim", STRING)], create;
    FormatStringClaim [claim("inputClaim", STRING)] [param("stringFormat", STRING).needed()]
        => [maybe("outputClaim", STRING)], format::one_claim;
    FormatStringMultipleClaims [claim("inputClaim1", STRING), claim("inputClaim2", STRING)]
        [param("stringFormat", STRING).needed()]
        => [maybe("outputClaim", STRING)], format::two_claims;
    LookupValue [claim("inputParameterId", STRING)]
        [param("errorOnFailedLookup", BOOLEAN).one_of(TRUTH), param(ANY, STRING)]
        => [maybe("outputClaim", STRING)], lookup;
    NullClaim [maybe("claim_to_null", ANY)] [] => [maybe("claim_to_null", ANY)], null;
    ParseDomain [claim("emailAddress", STRING)] [] => [maybe("domain", STRING)], edit::domain;
    SetClaimIfBooleansMatch [claim("claimToMatch", "boolean string")]
        [param("matchTo", STRING).one_of(TRUTH).needed(), param("outputClaimIfMatched", STRING).needed()]
        => [maybe("outputClaim", STRING)], compare::booleans;
    SetClaimsIfRegexMatch [claim("claimToMatch", STRING)]
        [param("matchTo", STRING).needed(), param("outputClaimIfMatched", STRING),
         param("extractGroups", BOOLEAN).one_of(TRUTH)]
        => [maybe("outputClaim", STRING), maybe("regexCompareResultClaim", "boolean string"), maybe(ANY, STRING)],
        regex::set_if_match;
    SetClaimsIfStringsAreEqual [claim("inputClaim", STRING)]
        [param("matchTo", STRING).needed(), param("stringComparison", STRING).one_of(COMPARISONS).needed(),
         param("stringMatchMsg", STRING), param("stringMatchMsgCode", STRING)]
        => [maybe("outputClaim1", STRING), maybe("outputClaim2", STRING),
            maybe("stringCompareResultClaim", "boolean string")], compare::set_if_equal;
    SetClaimsIfStringsMatch [claim("claimToMatch", STRING)]
        [param("matchTo", STRING).needed(), param("stringComparison", STRING).one_of(COMPARISONS).needed(),
         param("outputClaimIfMatched", STRING)]
        => [maybe("outputClaim", STRING), maybe("stringCompareResultClaim", "boolean string")], compare::set_if_match;
    StringContains [claim("inputClaim", STRING)] [param("contains", STRING).needed(), param("ignoreCase", STRING)]
        => [maybe("outputClaim", "boolean string")], compare::contains;
    StringJoin [claim("inputClaim", COLLECTION)] [param("delimiter", STRING).needed()]
        => [maybe("outputClaim", STRING)], edit::join;
    StringReplace [claim("inputClaim", STRING)] [param("oldValue", STRING).needed(), param("newValue", STRING).needed()]
        => [maybe("outputClaim", STRING)], edit::replace;
    StringSplit [claim("inputClaim", STRING)] [param("delimiter", STRING).needed()]
        => [maybe("outputClaim", COLLECTION)], edit::split;
    StringSubstring [claim("inputClaim", STRING)] [param("startIndex", INT).needed(), param("length", INT).needed()]
        => [maybe("outputClaim", STRING)], edit::substring;
};

fn create(call: &Call<'_>) -> Result<Yield, Fault> {
    one("createdClaim", Value::from(call.param("value")))
}

fn null(_: &Call<'_>) -> Result<Yield, Fault> {
    one("claim_to_null", None)
}

/// The value of the parameter that the claim names. If there is none, the output claim stays as it is, unless
/// `errorOnFailedLookup` is true.
fn lookup(call: &Call<'_>) -> Result<Yield, Fault> {
    const SWITCH: &str = "errorOnFailedLookup";
    let wanted = call.input("inputParameterId").map(Value::text);
    let wanted = wanted.filter(|wanted| !wanted.eq_ignore_ascii_case(SWITCH));
    match wanted.and_then(|wanted| call.given(&wanted)) {
        Some(value) => one("outputClaim", Value::from(value)),
        None if call.flag(SWITCH) == Some(true) => Err(Fault::Denied("LookupNotFound")),
        None => nothing(),
    }
}
