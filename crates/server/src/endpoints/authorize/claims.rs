//! The `claims` parameter (OpenID Connect Core section 5.5), which applications set to `openid = "strict"` send.

use crate::oauth::target::Target;
use crate::web::request::Params;
use serde_json::{Map, Value};
use vestibule_protocol::error::Failure;
use vestibule_protocol::json;
use vestibule_protocol::scope::of_claim;

/// The supported members of the parameter.
const MEMBERS: [&str; 2] = ["id_token", "userinfo"];

/// The claims that a request asks for with `claims`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AskedClaims {
    /// Claims that userinfo returns regardless of the scopes, limited to those that belong to a scope.
    pub(super) userinfo: Vec<String>,
    /// Claims that the ID token contains in addition to the policy's, with the same limit.
    pub(super) id_token: Vec<String>,
    /// The subjects that the user must have, one for each part of the parameter that names one.
    pub(super) person: Vec<String>,
}

/// Reads the parameter. B2C ignores it, so for an application that follows B2C, an invalid value must not stop a
/// sign-in.
///
/// # Errors
/// For a strict application: a malformed value, or an essential `acr` that this policy does not provide.
pub(super) fn read(params: &Params, target: &Target, strict: bool) -> Result<AskedClaims, Failure> {
    let Some(text) = params.get("claims") else { return Ok(AskedClaims::default()) };
    match parse(text) {
        Some(claims) if strict => {
            check_acr(&claims, target)?;
            let person = persons(&claims).ok_or_else(malformed)?;
            Ok(AskedClaims { userinfo: names(&claims, "userinfo"), id_token: names(&claims, "id_token"), person })
        }
        Some(claims) => Ok(AskedClaims { userinfo: names(&claims, "userinfo"), ..AskedClaims::default() }),
        None if strict => Err(malformed()),
        None => Ok(AskedClaims::default()),
    }
}

fn malformed() -> Failure {
    let message = "The 'claims' parameter is malformed: it must be a JSON object whose members 'id_token' and 'userinfo' \
                   are objects, and each claim in them is null or an object.";
    Failure::new(90122, "invalid_request", message)
}

/// The claims requested in each member; `None` if malformed.
fn parse(text: &str) -> Option<Vec<(&'static str, Map<String, Value>)>> {
    let all: Map<String, Value> = json::from_stranger(text.as_bytes()).ok()?;
    let mut found = Vec::new();
    for member in MEMBERS {
        match all.get(member) {
            None | Some(Value::Null) => {}
            Some(Value::Object(claims)) if claims.values().all(is_request) => found.push((member, claims.clone())),
            Some(_) => return None,
        }
    }
    Some(found)
}

/// Returns true if this is a valid request for one claim (section 5.5.1).
fn is_request(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(members) => {
            members.get("essential").is_none_or(Value::is_boolean) && members.get("values").is_none_or(Value::is_array)
        }
        _ => false,
    }
}

/// The claims of a member that belong to a scope.
fn names(claims: &[(&str, Map<String, Value>)], member: &str) -> Vec<String> {
    let names = claims.iter().filter(|(name, _)| *name == member).flat_map(|(_, claims)| claims.keys());
    names.filter(|name| of_claim(name).is_some()).cloned().collect()
}

/// The values that a request allows for one claim; `None` for any.
fn values(request: &Value) -> Option<Vec<&Value>> {
    let several = request.get("values").and_then(Value::as_array).map(|values| values.iter().collect());
    request.get("value").map(|value| vec![value]).or(several)
}

/// The value of each request for `sub`; `None` if one has no usable subject. With several values we would have to
/// choose a user.
fn persons(claims: &[(&str, Map<String, Value>)]) -> Option<Vec<String>> {
    let requests = claims.iter().filter_map(|(_, claims)| values(claims.get("sub")?));
    requests
        .map(|values| match values.as_slice() {
            [Value::String(one)] => Some(one.clone()),
            _ => None,
        })
        .collect()
}

/// An essential `acr` that is not provided is a failed authentication (section 5.5.1.1).
fn check_acr(claims: &[(&str, Map<String, Value>)], target: &Target) -> Result<(), Failure> {
    let given = (target.flow.policy.relying_party.tokens.policy_claim == "acr").then_some(&target.flow.name);
    let requests = claims.iter().filter_map(|(_, claims)| claims.get("acr"));
    let mut essential = requests.filter(|request| request.get("essential") == Some(&Value::Bool(true)));
    let unmet = essential.any(|request| {
        let fits = |value: &&Value| given.is_some_and(|name| value.as_str() == Some(name));
        values(request).is_some_and(|values| !values.iter().any(fits))
    });
    if !unmet {
        return Ok(());
    }
    let message = "The 'claims' parameter demands an 'acr' that this policy does not give.";
    Err(Failure::new(90122, "unmet_authentication_requirements", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_objects_of_objects_are_claims() {
        for good in ["{}", r#"{"userinfo":{"name":null}}"#, r#"{"id_token":{"sub":{"value":"x"}},"x":1}"#] {
            assert!(parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "x",
            "[]",
            "1",
            "\"{}\"",
            r#"{"userinfo":[]}"#,
            r#"{"userinfo":"name"}"#,
            r#"{"id_token":{"name":true}}"#,
            r#"{"id_token":{"name":"x"}}"#,
            r#"{"userinfo":{"name":{"essential":"true"}}}"#,
            r#"{"userinfo":{"name":{"values":"x"}}}"#,
            r#"{"userinfo":{"name":null}"#,
        ] {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }
}
