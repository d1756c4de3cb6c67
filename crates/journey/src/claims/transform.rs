//! Claims transformations: one table of methods. Additions are rows.

mod collection;
mod logic;
mod number;
mod text;
mod time;

use super::value::Value;
use std::collections::BTreeMap;

/// One use of a method.
pub(crate) struct Call<'a> {
    /// Transformation claim type (lower case) and the claim's value; in the policy's order.
    pub(crate) inputs: Vec<(&'a str, Option<&'a Value>)>,
    /// Parameters by id (lower case), resolvers filled.
    pub(crate) params: &'a BTreeMap<String, String>,
    /// Milliseconds since the epoch.
    pub(crate) now: i64,
    /// Chance, drawn before.
    pub(crate) random: [u8; 32],
}

/// What a method yields, by transformation claim type (lower case); none: the claim is taken away.
pub(crate) type Yield = Vec<(String, Option<Value>)>;

/// A string id of the sentence for the person when an assertion fails.
pub(crate) type Denied = &'static str;

type Method = fn(&Call<'_>) -> Result<Yield, Denied>;

/// One row.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// Transformation claim types of inputs, parameters and outputs; `*`: any.
    pub(crate) inputs: &'static str,
    pub(crate) params: &'static str,
    pub(crate) outputs: &'static str,
    pub(crate) run: Method,
}

macro_rules! rows {
    ($($name:literal: $inputs:literal, $params:literal => $outputs:literal, $run:path;)*) => {
        &[$(Row { name: $name, inputs: $inputs, params: $params, outputs: $outputs, run: $run }),*]
    };
}

/// All methods. What comes before `=>` are input claims and parameters, after it output claims.
pub(crate) const METHODS: &[Row] = rows! {
    "AddItemToStringCollection": "item collection", "" => "collection", collection::add_item;
    "AddParameterToStringCollection": "collection", "item" => "collection", collection::add_parameter;
    "AdjustNumber": "inputClaim", "Operator" => "outputClaim", number::adjust;
    "AndClaims": "inputClaim1 inputClaim2", "" => "outputClaim", logic::and;
    "AssertBooleanClaimIsEqualToValue": "inputClaim", "valueToCompareTo" => "", logic::assert_boolean;
    "AssertDateTimeIsGreaterThan": "leftOperand rightOperand",
        "AssertIfEqualTo AssertIfRightOperandIsNotPresent TreatAsEqualIfWithinMillseconds" => "", time::assert_greater;
    "AssertNumber": "inputClaim", "Operator CompareToValue throwError" => "", number::assert;
    "AssertStringClaimsAreEqual": "inputClaim1 inputClaim2", "stringComparison" => "", text::assert_equal;
    "ChangeCase": "inputClaim1", "toCase" => "outputClaim", text::change_case;
    "CompareBooleanClaimToValue": "inputClaim", "valueToCompareTo" => "compareResult", logic::compare_boolean;
    "CompareClaimToValue": "inputClaim1", "compareTo operator ignoreCase" => "outputClaim", text::compare_to_value;
    "CompareClaims": "inputClaim1 inputClaim2", "operator ignoreCase" => "outputClaim", text::compare;
    "ConvertDateTimeToDateClaim": "inputClaim", "" => "outputClaim", time::to_date;
    "ConvertDateToDateTimeClaim": "inputClaim", "" => "outputClaim", time::to_date_time;
    "ConvertNumberToStringClaim": "inputClaim", "" => "outputClaim", text::copy;
    "ConvertStringToNumberClaim": "inputClaim", "" => "outputClaim", text::copy;
    "CopyClaim": "inputClaim", "" => "outputClaim", text::copy;
    "CreateRandomString": "", "randomGeneratorType stringFormat maximumNumber minimumNumber seed base64" => "outputClaim",
        text::random;
    "CreateStringClaim": "", "value" => "createdClaim", text::create;
    "DateTimeComparison": "firstDateTime secondDateTime", "operator timeSpanInSeconds" => "result", time::compare;
    "DoesClaimExist": "inputClaim", "" => "outputClaim", logic::exists;
    "FormatStringClaim": "inputClaim", "stringFormat" => "outputClaim", text::format_one;
    "FormatStringMultipleClaims": "inputClaim1 inputClaim2", "stringFormat" => "outputClaim", text::format_two;
    "GetCurrentDateTime": "", "" => "currentDateTime", time::now;
    "GetSingleItemFromStringCollection": "collection", "" => "extractedItem", collection::single;
    "Hash": "plaintext salt", "randomizerSecret" => "hash", text::hash;
    "LookupValue": "inputParameterId", "*" => "outputClaim", text::lookup;
    "NotClaims": "inputClaim", "" => "outputClaim", logic::not;
    "NullClaim": "claim_to_null", "" => "claim_to_null", logic::null;
    "OrClaims": "inputClaim1 inputClaim2", "" => "outputClaim", logic::or;
    "ParseDomain": "emailAddress", "" => "domain", text::domain;
    "SetClaimIfBooleansMatch": "claimToMatch", "matchTo outputClaimIfMatched" => "outputClaim", logic::set_if_match;
    "SetClaimsIfRegexMatch": "claimToMatch", "matchTo outputClaimIfMatched extractGroups" => "*", text::set_if_regex;
    "SetClaimsIfStringsAreEqual": "inputClaim", "matchTo stringComparison stringMatchMsg stringMatchMsgCode"
        => "outputClaim1 outputClaim2 stringCompareResultClaim", text::set_if_equal;
    "SetClaimsIfStringsMatch": "claimToMatch", "matchTo stringComparison outputClaimIfMatched"
        => "outputClaim stringCompareResultClaim", text::set_if_match;
    "StringCollectionContains": "inputClaim", "item ignoreCase" => "outputClaim", collection::contains;
    "StringCollectionContainsClaim": "collection item", "ignoreCase" => "outputClaim", collection::contains_claim;
    "StringContains": "inputClaim", "contains ignoreCase" => "outputClaim", text::contains;
    "StringJoin": "inputClaim", "delimiter" => "outputClaim", collection::join;
    "StringReplace": "inputClaim", "oldValue newValue" => "outputClaim", text::replace;
    "StringSplit": "inputClaim", "delimiter" => "outputClaim", collection::split;
    "StringSubstring": "inputClaim", "startIndex length" => "outputClaim", text::substring;
};

/// Methods of the language that this engine does not have.
pub(crate) const FOREIGN: &[&str] = &[
    "AddItemToAlternativeSecurityIdCollection",
    "AddItemToUserIdentityCollection",
    "BuildUri",
    "ConvertPhoneNumberClaimToString",
    "ConvertStringToPhoneNumberClaim",
    "CopyClaimIfPredicateMatch",
    "CreateAlternativeSecurityId",
    "CreateJsonArray",
    "CreateOtpSecret",
    "CreateUserIdentity",
    "FormatLocalizedString",
    "GenerateJson",
    "GetAgeGroupConsentProvidedAndRequiresConsent",
    "GetClaimFromJson",
    "GetClaimsFromJsonArray",
    "GetClaimsFromJsonArrayV2",
    "GetIdentityProvidersFromAlternativeSecurityIdCollectionTransformation",
    "GetIssuersFromUserIdentityCollectionTransformation",
    "GetLocalizedStringsTransformation",
    "GetMappedValueFromLocalizedCollection",
    "GetNationalNumberAndCountryCodeFromPhoneNumberString",
    "GetNumericClaimFromJson",
    "GetSingleItemFromJson",
    "GetSingleValueFromJsonArray",
    "GuidAndRandomGenerator",
    "IsTermsOfUseConsentRequired",
    "RemoveAlternativeSecurityIdByIdentityProvider",
    "RemoveUserIdentityFromCollectionByIssuer",
    "XmlStringToJsonString",
];

pub(crate) fn method(name: &str) -> Option<&'static Row> {
    METHODS.iter().find(|row| row.name.eq_ignore_ascii_case(name))
}

impl<'a> Call<'a> {
    fn input(&self, kind: &str) -> Option<&'a Value> {
        self.inputs.iter().find(|(known, _)| known.eq_ignore_ascii_case(kind)).and_then(|(_, value)| *value)
    }

    /// The input as text; empty when it has no value.
    fn text(&self, kind: &str) -> String {
        self.input(kind).map(Value::text).unwrap_or_default()
    }

    fn bool(&self, kind: &str) -> Option<bool> {
        match self.input(kind)? {
            Value::Bool(yes) => Some(*yes),
            other => super::value::truth(&other.text()),
        }
    }

    fn list(&self, kind: &str) -> Vec<String> {
        match self.input(kind) {
            None => Vec::new(),
            Some(Value::List(items)) => items.clone(),
            Some(other) => vec![other.text()],
        }
    }

    fn param(&self, id: &str) -> &str {
        self.params.get(&id.to_ascii_lowercase()).map_or("", String::as_str)
    }

    fn flag(&self, id: &str) -> Option<bool> {
        super::value::truth(self.param(id))
    }

    /// A comparison of texts without case, if the parameter asks for that.
    fn same(&self, a: &str, b: &str) -> bool {
        let loose = self.flag("ignoreCase") == Some(true)
            || self.param("stringComparison").to_ascii_lowercase().contains("ignorecase");
        a == b || (loose && a.to_lowercase() == b.to_lowercase())
    }
}

/// One output.
fn one(kind: &str, value: impl Into<Option<Value>>) -> Result<Yield, Denied> {
    Ok(vec![(kind.to_ascii_lowercase(), value.into())])
}

/// Nothing: the outputs keep what they have.
fn nothing() -> Result<Yield, Denied> {
    Ok(Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Run a method on claims whose transformation claim types are given.
    fn run(
        name: &str,
        inputs: &[(&str, Value)],
        params: &[(&str, &str)],
    ) -> Result<BTreeMap<String, Option<Value>>, Denied> {
        let row = method(name).expect("a method");
        let lower: Vec<String> = inputs.iter().map(|(kind, _)| kind.to_ascii_lowercase()).collect();
        let params = params.iter().map(|(id, value)| (id.to_ascii_lowercase(), (*value).to_owned())).collect();
        let call = Call {
            inputs: lower.iter().zip(inputs).map(|(kind, (_, value))| (kind.as_str(), Some(value))).collect(),
            params: &params,
            now: 86_400_000,
            random: [7; 32],
        };
        (row.run)(&call).map(|outputs| outputs.into_iter().collect())
    }

    fn list(items: &[&str]) -> Value {
        Value::List(items.iter().map(|item| (*item).to_owned()).collect())
    }

    /// Method, inputs, parameters, an output and its value.
    type Case<'a> = (&'a str, Vec<(&'a str, Value)>, Vec<(&'a str, &'a str)>, &'a str, Option<Value>);

    #[test]
    fn the_table_of_methods_gives_what_b2c_gives() {
        let yes = Value::Bool(true);
        let no = Value::Bool(false);
        #[rustfmt::skip]
        let cases: Vec<Case<'_>> = vec![
            ("AddItemToStringCollection", vec![("item", "b".into()), ("collection", list(&["a"]))], vec![], "collection", Some(list(&["a", "b"]))),
            ("AddItemToStringCollection", vec![("item", "a".into()), ("collection", list(&["a"]))], vec![], "collection", Some(list(&["a"]))),
            ("AddParameterToStringCollection", vec![("collection", list(&["a"]))], vec![("item", "z")], "collection", Some(list(&["a", "z"]))),
            ("AdjustNumber", vec![("inputClaim", Value::Int(2))], vec![("Operator", "DECREMENT")], "outputclaim", Some(Value::Int(1))),
            ("AndClaims", vec![("inputClaim1", yes.clone()), ("inputClaim2", no.clone())], vec![], "outputclaim", Some(no.clone())),
            ("OrClaims", vec![("inputClaim1", yes.clone()), ("inputClaim2", no.clone())], vec![], "outputclaim", Some(yes.clone())),
            ("NotClaims", vec![("inputClaim", yes.clone())], vec![], "outputclaim", Some(no.clone())),
            ("NullClaim", vec![], vec![], "claim_to_null", None),
            ("DoesClaimExist", vec![("inputClaim", "x".into())], vec![], "outputclaim", Some(yes.clone())),
            ("DoesClaimExist", vec![], vec![], "outputclaim", Some(no.clone())),
            ("CompareBooleanClaimToValue", vec![("inputClaim", yes.clone())], vec![("valueToCompareTo", "true")], "compareresult", Some(yes.clone())),
            ("CompareClaims", vec![("inputClaim1", "a".into()), ("inputClaim2", "A".into())], vec![("operator", "EQUAL"), ("ignoreCase", "true")], "outputclaim", Some(yes.clone())),
            ("CompareClaims", vec![("inputClaim1", "a".into()), ("inputClaim2", "A".into())], vec![("operator", "NOT EQUAL")], "outputclaim", Some(yes.clone())),
            ("CompareClaimToValue", vec![("inputClaim1", "v1".into())], vec![("compareTo", "V1"), ("operator", "not equal"), ("ignoreCase", "true")], "outputclaim", Some(no.clone())),
            ("ChangeCase", vec![("inputClaim1", "Ab".into())], vec![("toCase", "UPPER")], "outputclaim", Some("AB".into())),
            ("CopyClaim", vec![("inputClaim", "x".into())], vec![], "outputclaim", Some("x".into())),
            ("CreateStringClaim", vec![], vec![("value", "x")], "createdclaim", Some("x".into())),
            ("FormatStringClaim", vec![("inputClaim", "5".into())], vec![("stringFormat", "cpim_{0}@x")], "outputclaim", Some("cpim_5@x".into())),
            ("FormatStringMultipleClaims", vec![("inputClaim1", "a".into()), ("inputClaim2", "{0}".into())], vec![("stringFormat", "{0} {1}")], "outputclaim", Some("a {0}".into())),
            ("GetSingleItemFromStringCollection", vec![("collection", list(&["a", "b"]))], vec![], "extracteditem", Some("a".into())),
            ("LookupValue", vec![("inputParameterId", "de".into())], vec![("DE", "Germany")], "outputclaim", Some("Germany".into())),
            ("ParseDomain", vec![("emailAddress", "ada@Example.com".into())], vec![], "domain", Some("Example.com".into())),
            ("SetClaimIfBooleansMatch", vec![("claimToMatch", yes.clone())], vec![("matchTo", "true"), ("outputClaimIfMatched", "m")], "outputclaim", Some("m".into())),
            ("SetClaimsIfStringsMatch", vec![("claimToMatch", "Minor".into())], vec![("matchTo", "minor"), ("stringComparison", "ordinalIgnoreCase"), ("outputClaimIfMatched", "B2C_TERMS")], "outputclaim", Some("B2C_TERMS".into())),
            ("SetClaimsIfStringsAreEqual", vec![("inputClaim", "a".into())], vec![("matchTo", "a"), ("stringComparison", "ordinal"), ("stringMatchMsg", "hello")], "outputclaim1", Some("hello".into())),
            ("SetClaimsIfRegexMatch", vec![("claimToMatch", "ab12".into())], vec![("matchTo", "(?<digits>[0-9]+)"), ("extractGroups", "true")], "digits", Some("12".into())),
            ("StringCollectionContains", vec![("inputClaim", list(&["a"]))], vec![("item", "A"), ("ignoreCase", "true")], "outputclaim", Some(yes.clone())),
            ("StringCollectionContainsClaim", vec![("collection", list(&["a"])), ("item", "b".into())], vec![], "outputclaim", Some(no)),
            ("StringContains", vec![("inputClaim", "xAy".into())], vec![("contains", "a"), ("ignoreCase", "true")], "outputclaim", Some(yes)),
            ("StringJoin", vec![("inputClaim", list(&["a", "b"]))], vec![("delimiter", ",")], "outputclaim", Some("a,b".into())),
            ("StringSplit", vec![("inputClaim", "a,b".into())], vec![("delimiter", ",")], "outputclaim", Some(list(&["a", "b"]))),
            ("StringReplace", vec![("inputClaim", "a-b".into())], vec![("oldValue", "-"), ("newValue", "+")], "outputclaim", Some("a+b".into())),
            ("StringSubstring", vec![("inputClaim", "+1é2".into())], vec![("startIndex", "1"), ("length", "9")], "outputclaim", Some("1é2".into())),
            ("GetCurrentDateTime", vec![], vec![], "currentdatetime", Some("1970-01-02T00:00:00Z".into())),
            ("ConvertDateTimeToDateClaim", vec![("inputClaim", "2024-05-01T10:00:00Z".into())], vec![], "outputclaim", Some("2024-05-01".into())),
            ("ConvertDateToDateTimeClaim", vec![("inputClaim", "2024-05-01".into())], vec![], "outputclaim", Some("2024-05-01T00:00:00Z".into())),
            ("DateTimeComparison", vec![("firstDateTime", "2024-01-02T00:00:00Z".into()), ("secondDateTime", "2024-01-01T00:00:00Z".into())], vec![("operator", "later than"), ("timeSpanInSeconds", "60")], "result", Some(Value::Bool(true))),
            ("CreateRandomString", vec![], vec![("randomGeneratorType", "GUID")], "outputclaim", Some("07070707-0707-4707-8707-070707070707".into())),
        ];
        for (name, inputs, params, output, expected) in cases {
            let got = run(name, &inputs, &params).expect(name);
            assert_eq!(got.get(output), Some(&expected), "{name} {inputs:?} {params:?}");
        }
    }

    #[test]
    fn assertions_deny_with_the_id_of_their_sentence() {
        let no = Value::Bool(false);
        let boolean = |v: &Value| {
            run("AssertBooleanClaimIsEqualToValue", &[("inputClaim", v.clone())], &[("valueToCompareTo", "true")])
        };
        assert!(boolean(&Value::Bool(true)).is_ok());
        assert_eq!(boolean(&no).err(), Some("UserMessageIfClaimsTransformationBooleanValueIsNotEqual"));
        let texts = |a: &str| {
            run(
                "AssertStringClaimsAreEqual",
                &[("inputClaim1", a.into()), ("inputClaim2", "b".into())],
                &[("stringComparison", "ordinal")],
            )
        };
        assert!(texts("b").is_ok() && texts("B").is_err());
        let number = |n| {
            run(
                "AssertNumber",
                &[("inputClaim", Value::Int(n))],
                &[("Operator", "GreaterThan"), ("CompareToValue", "2")],
            )
        };
        assert!(number(3).is_err() && number(2).is_ok());
    }

    #[test]
    fn a_date_must_be_greater_within_a_tolerance() {
        let left = |at: &str| {
            let claims = [("leftOperand", Value::from(at)), ("rightOperand", "2024-01-01T00:00:00Z".into())];
            let params = [
                ("AssertIfEqualTo", "false"),
                ("AssertIfRightOperandIsNotPresent", "true"),
                ("TreatAsEqualIfWithinMillseconds", "300000"),
            ];
            run("AssertDateTimeIsGreaterThan", &claims, &params)
        };
        assert!(left("2024-01-02T00:00:00Z").is_ok());
        assert!(left("2023-12-31T23:56:00Z").is_ok(), "within five minutes is as good as equal");
        assert_eq!(left("2023-12-31T23:00:00Z").err(), Some("DateTimeGreaterThan"));
        let missing = run(
            "AssertDateTimeIsGreaterThan",
            &[("leftOperand", "2024-01-02T00:00:00Z".into())],
            &[("AssertIfRightOperandIsNotPresent", "true")],
        );
        assert!(missing.is_err());
    }

    #[test]
    fn nothing_given_is_nothing_that_breaks() {
        for row in METHODS {
            let _ = run(row.name, &[], &[]);
            let odd: Vec<(&str, Value)> = row.inputs.split(' ').map(|kind| (kind, Value::from("é{"))).collect();
            let numbers: Vec<(&str, &str)> = row.params.split(' ').map(|id| (id, "99999999999999999999")).collect();
            let _ = run(row.name, &odd, &numbers);
        }
    }
}
