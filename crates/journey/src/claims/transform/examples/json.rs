//! <https://learn.microsoft.com/azure/active-directory-b2c/json-transformations>

use super::{Example, Value, example, list};

const USER: &str = r#"{"emailAddress": "someone@example.com", "displayName": "Someone", "id": 6353399, "none": null}"#;
const PAIRS: &str = r#"[{"key":"email","value":"someone@example.com"},{"key":"id","value":6353399},
    {"key":"active","value":true},{"key":"empty","value":""}]"#;

pub(super) fn all() -> Vec<Example> {
    [made(), read(), claims()].into_iter().flatten().collect()
}

#[rustfmt::skip]
fn made() -> Vec<Example> {
    vec![
        example("CreateJsonArray").claim("inputClaim", "someone@contoso.com").yields("outputClaim", r#"["someone@contoso.com"]"#),
        example("CreateJsonArray").claim("inputClaim", "a\"b").yields("outputClaim", r#"["a\"b"]"#),
        example("CreateJsonArray"),
        example("GenerateJson").claim("personalizations.0.to.0.email", "someone@example.com").claim("personalizations.0.data.verify-email", "[\"a\"]")
            .param("template_id", "d-4c56").param("from.email", "service@contoso.com").param("personalizations.0.subject", "Code")
            .yields("outputClaim", r#"{"from":{"email":"service@contoso.com"},"personalizations":[{"data":{"verify-email":"[\"a\"]"},"subject":"Code","to":[{"email":"someone@example.com"}]}],"template_id":"d-4c56"}"#),
        example("GenerateJson").param("customerEntity.role.name", "Administrator").param("customerEntity.role.id:long", "1").param("customerEntity.active:boolean", "True")
            .yields("outputClaim", r#"{"customerEntity":{"active":true,"role":{"id":1,"name":"Administrator"}}}"#),
        example("GenerateJson").claim("values.0.app", "Mobile").param("values.1.program", "Holidays").yields("outputClaim", r#"{"values":[{"app":"Mobile"},{"program":"Holidays"}]}"#),
        example("GenerateJson").claim("values.1.app", "Mobile").broken(),
        example("GenerateJson").claim("value", "Mobile").param("value.app", "x").broken(),
        example("GenerateJson"),
    ]
}

#[rustfmt::skip]
fn read() -> Vec<Example> {
    let of = |method, member| example(method).claim("inputJson", USER).param("claimToExtract", member);
    vec![
        of("GetClaimFromJson", "emailAddress").yields("extractedClaim", "someone@example.com"),
        of("GetClaimFromJson", "id").yields("extractedClaim", "6353399"),
        of("GetClaimFromJson", "none"),
        of("GetClaimFromJson", "nothing"),
        example("GetClaimFromJson").claim("inputJson", "[1]").param("claimToExtract", "id").broken(),
        example("GetClaimFromJson").param("claimToExtract", "id"),
        of("GetNumericClaimFromJson", "id").yields("extractedClaim", Value::Int(6_353_399)),
        of("GetNumericClaimFromJson", "displayName").broken(),
        of("GetNumericClaimFromJson", "nothing"),
        example("GetSingleItemFromJson").claim("inputJson", r#"{"surname": "Smith", "givenName": "Emily"}"#).yields("key", "surname").yields("value", "Smith"),
        example("GetSingleItemFromJson").claim("inputJson", "{}"),
        example("GetSingleItemFromJson").claim("inputJson", "{").broken(),
        example("GetSingleValueFromJsonArray").claim("inputJsonClaim", r#"["someone@example.com", "Someone", 6353399]"#).yields("extractedClaim", "someone@example.com"),
        example("GetSingleValueFromJsonArray").claim("inputJsonClaim", "[6353399]").yields("extractedClaim", "6353399"),
        example("GetSingleValueFromJsonArray").claim("inputJsonClaim", "[]"),
        example("GetSingleValueFromJsonArray").claim("inputJsonClaim", "{}").broken(),
    ]
}

#[rustfmt::skip]
fn claims() -> Vec<Example> {
    let of = |method, json: Value| example(method).claim("jsonSource", json).param("jsonSourceKeyName", "key").param("jsonSourceValueName", "value");
    let v1 = || of("GetClaimsFromJsonArray", PAIRS.into());
    let v2 = |items: &[&str]| of("GetClaimsFromJsonArrayV2", list(items));
    vec![
        v1().param("errorOnMissingClaims", "false").param("includeEmptyClaims", "false")
            .yields("email", "someone@example.com").yields("id", Value::Int(6_353_399)).yields("active", Value::Bool(true)).leaves("empty").leaves("missing"),
        v1().param("includeEmptyClaims", "true").yields("empty", ""),
        v1().param("errorOnMissingClaims", "true").yields("email", "someone@example.com"),
        v1().param("errorOnMissingClaims", "true").leaves("missing").broken(),
        v2(&[r#"{"key":"email","value":"someone@example.com"}"#, r#"{"key":"id","value":6353399}"#]).yields("email", "someone@example.com").yields("id", Value::Int(6_353_399)),
        v2(&["email"]).leaves("email").broken(),
    ]
}
