//! Claims resolvers: `{Family:Name}` in defaults, parameters and metadata.

use super::value::Bag;
use crate::Request;
use std::collections::BTreeMap;

/// The resolvers of the policy language, in lower case; a family with `*` accepts any name. Add a row to add a
/// resolver.
pub(crate) const KNOWN: &[&str] = &[
    "claim:*",
    "context:buildnumber",
    "context:correlationid",
    "context:datetimeinutc",
    "context:deploymentmode",
    "context:hostname",
    "context:ipaddress",
    "context:kmsi",
    "context:policy",
    "culture:languagename",
    "culture:lcid",
    "culture:regionname",
    "culture:rfc5646",
    "oauth-kv:*",
    "oauth2:access_token",
    "oauth2:expires_in",
    "oauth2:refresh_token",
    "oauth2:token_type",
    "oidc:authenticationcontextreferences",
    "oidc:clientid",
    "oidc:domainhint",
    "oidc:loginhint",
    "oidc:maxage",
    "oidc:nonce",
    "oidc:password",
    "oidc:prompt",
    "oidc:redirecturi",
    "oidc:resource",
    "oidc:scope",
    "oidc:username",
    "policy:policyid",
    "policy:relyingpartytenantid",
    "policy:tenantobjectid",
    "policy:trustframeworktenantid",
    "saml:*",
    "service:te",
    "relyingpartytenantid",
];

/// The expressions that parameters of claims transformations may contain, in lower case
/// (<https://learn.microsoft.com/azure/active-directory-b2c/string-transformations#string-claim-transformations-expressions>).
const EXPRESSIONS: &[&str] = &["relyingpartytenantid", "technicalprofileid", "trustframeworktenantid"];

/// The values that resolvers stand for.
pub(crate) struct Sources<'a> {
    pub(crate) request: &'a Request,
    pub(crate) bag: &'a Bag,
    pub(crate) policy_id: &'a str,
    /// Milliseconds since the epoch.
    pub(crate) now: i64,
}

impl Sources<'_> {
    /// The text with its resolvers filled in; `None` if it consists of one resolver that has no value.
    pub(crate) fn resolve(&self, text: &str) -> Option<String> {
        let mut out = String::new();
        let mut rest = text;
        let mut found = false;
        for (before, name, after) in std::iter::from_fn(|| {
            let next = next(rest, is_name)?;
            rest = next.2;
            Some(next)
        }) {
            out.push_str(before);
            let value = self.value(name);
            if value.is_none() && before.is_empty() && after.is_empty() && !found {
                return None;
            }
            out.push_str(&value.unwrap_or_default());
            found = true;
        }
        out.push_str(rest);
        (!found || !out.is_empty()).then_some(out)
    }

    /// A parameter of a claims transformation with its expressions filled in. All other text, claims resolvers
    /// included, stays as it is, so that nothing from a request can become part of a pattern or a format.
    pub(crate) fn expressions(&self, text: &str, profile: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, name, after)) = next(rest, is_expression) {
            out.push_str(before);
            match name.to_ascii_lowercase().as_str() {
                "technicalprofileid" => out.push_str(profile),
                tenant => out.push_str(&self.value(&format!("policy:{tenant}")).unwrap_or_default()),
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }

    fn value(&self, name: &str) -> Option<String> {
        let name = name.to_ascii_lowercase();
        if let Some(claim) = name.strip_prefix("claim:") {
            return self.bag.get(claim).map(super::value::Value::text);
        }
        if name == "context:datetimeinutc" {
            return Some(date_time(self.now));
        }
        let given = find(&self.request.resolvers, &name).cloned();
        given.or_else(|| match name.as_str() {
            "policy:policyid" | "context:policy" => Some(self.policy_id.to_owned()),
            "relyingpartytenantid" => find(&self.request.resolvers, "policy:relyingpartytenantid").cloned(),
            _ => None,
        })
    }
}

fn find<'a>(resolvers: &'a BTreeMap<String, String>, name: &str) -> Option<&'a String> {
    resolvers.get(name).filter(|value| !value.is_empty())
}

/// A time in B2C's form for `{Context:DateTimeInUtc}`: `10/9/2021 1:05:00 PM`.
fn date_time(ms: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(ms).unwrap_or_default();
    time.strftime("%-m/%-d/%Y %-I:%M:%S %p").to_string()
}

/// Finds the next name in braces for which `is_name` is true. Returns the text before it, the name, and the text after
/// it.
fn next(text: &str, is_name: fn(&str) -> bool) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let open = from + text.get(from..)?.find('{')?;
        let close = open + text.get(open..)?.find('}')?;
        let name = text.get(open + 1..close)?;
        if is_name(name) {
            return Some((text.get(..open)?, name, text.get(close + 1..)?));
        }
        from = open + 1;
    }
}

/// Matches `Family:Name` and the names without a family. The `{0}` of a format string is not a name.
fn is_name(name: &str) -> bool {
    match name.split_once(':') {
        Some((family, rest)) => {
            !family.is_empty()
                && !rest.is_empty()
                && family.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
                && !rest.contains(['{', '"', ' '])
        }
        None => name.eq_ignore_ascii_case("RelyingPartyTenantId"),
    }
}

/// Returns true if the name is an expression of claims transformations.
pub(crate) fn is_expression(name: &str) -> bool {
    EXPRESSIONS.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// The names of the resolvers in a text, in lower case.
pub(crate) fn names(text: &str) -> Vec<String> {
    let mut rest = text;
    std::iter::from_fn(|| {
        let (_, name, after) = next(rest, is_name)?;
        rest = after;
        Some(name.to_ascii_lowercase())
    })
    .collect()
}

/// Returns true if the language has a resolver of this name.
pub(crate) fn is_known(name: &str) -> bool {
    KNOWN.iter().any(|known| match known.strip_suffix('*') {
        Some(family) => name.starts_with(family),
        None => *known == name,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn resolve(text: &str) -> Option<String> {
        let request = Request {
            resolvers: [("oidc:loginhint", "ada@example.com"), ("oauth-kv:campaign", "{oidc:loginhint}")]
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .into(),
            ..Request::default()
        };
        let bag = Bag::from([("city".to_owned(), "Rome".into())]);
        Sources { request: &request, bag: &bag, policy_id: "B2C_1A_x", now: 0 }.resolve(text)
    }

    #[test]
    fn resolvers_are_filled_once_and_in_any_case() {
        assert_eq!(resolve("{OIDC:LoginHint}").as_deref(), Some("ada@example.com"));
        assert_eq!(resolve("x{oidc:loginhint}y{Claim:City}").as_deref(), Some("xada@example.comyRome"));
        assert_eq!(resolve("{OAUTH-KV:campaign}").as_deref(), Some("{oidc:loginhint}"));
        assert_eq!(resolve("{Policy:PolicyId}").as_deref(), Some("B2C_1A_x"));
        assert_eq!(resolve("{Context:DateTimeInUtc}").as_deref(), Some("1/1/1970 12:00:00 AM"));
    }

    #[test]
    fn what_yields_nothing_leaves_the_claim_unset() {
        assert_eq!(resolve("{OIDC:Nonce}"), None);
        assert_eq!(resolve("a{OIDC:Nonce}").as_deref(), Some("a"));
    }

    #[test]
    fn other_braces_stay() {
        for text in ["{0}-{1}", "{tenant}", "{", "}", "{:}", "{\"a\":1}", ""] {
            assert_eq!(resolve(text).as_deref(), Some(text));
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[{}:aé ]{0,30}") {
            let _ = resolve(&text);
        }
    }
}
