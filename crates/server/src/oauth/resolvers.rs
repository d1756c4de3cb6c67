//! Claim resolvers: the parts of the request that a policy may read
//! (<https://learn.microsoft.com/azure/active-directory-b2c/claim-resolver-overview>). `{Context:DateTimeInUtc}` is
//! resolved by the engine, which has the clock.

use super::visit::Visit;
use crate::web::request::Params;
use std::collections::BTreeMap;

/// Parameters, and the claim resolvers for them.
const OIDC: &[(&str, &str)] = &[
    ("acr_values", "oidc:authenticationcontextreferences"),
    ("client_id", "oidc:clientid"),
    ("domain_hint", "oidc:domainhint"),
    ("login_hint", "oidc:loginhint"),
    ("max_age", "oidc:maxage"),
    ("nonce", "oidc:nonce"),
    ("prompt", "oidc:prompt"),
    ("redirect_uri", "oidc:redirecturi"),
    ("resource", "oidc:resource"),
    ("scope", "oidc:scope"),
];
/// Parameters with credentials: policies cannot read them as `{OAUTH-KV:…}`.
const CREDENTIALS: &[&str] =
    &["assertion", "client_assertion", "client_secret", "code", "code_verifier", "password", "refresh_token"];
/// The Windows locale ids of B2C's languages
/// (<https://learn.microsoft.com/azure/active-directory-b2c/language-customization#supported-languages>) and of
/// right-to-left languages. Any other language gets the id of English.
const LCIDS: &[(&str, &str)] = &[
    ("ar", "1025"),
    ("bn", "1093"),
    ("cs", "1029"),
    ("da", "1030"),
    ("de", "1031"),
    ("el", "1032"),
    ("en", "1033"),
    ("es", "3082"),
    ("fa", "1065"),
    ("fi", "1035"),
    ("fr", "1036"),
    ("gu", "1095"),
    ("he", "1037"),
    ("hi", "1081"),
    ("hr", "1050"),
    ("hu", "1038"),
    ("it", "1040"),
    ("ja", "1041"),
    ("kn", "1099"),
    ("ko", "1042"),
    ("ml", "1100"),
    ("mr", "1102"),
    ("ms", "1086"),
    ("nb", "1044"),
    ("nl", "1043"),
    ("pa", "1094"),
    ("pl", "1045"),
    ("pt-br", "1046"),
    ("pt-pt", "2070"),
    ("pt", "1046"),
    ("ro", "1048"),
    ("ru", "1049"),
    ("sk", "1051"),
    ("sv", "1053"),
    ("ta", "1097"),
    ("te", "1098"),
    ("th", "1054"),
    ("tr", "1055"),
    ("ur", "1056"),
    ("zh-hans", "2052"),
    ("zh-hant", "1028"),
    ("zh-hk", "3076"),
    ("zh-tw", "1028"),
    ("zh", "2052"),
];

/// Returns the values of all resolvers, by lower-case name. `client_id` is the registered spelling, not the one in the
/// request.
#[must_use]
pub fn all(visit: Visit<'_>, sent: &Params, client_id: &str) -> BTreeMap<String, String> {
    let mut all = common(visit);
    for (parameter, name) in OIDC {
        if let Some(value) = sent.get(parameter) {
            all.insert((*name).to_owned(), value.to_owned());
        }
    }
    for (name, value) in sent.iter().filter(|(name, _)| !CREDENTIALS.iter().any(|c| c.eq_ignore_ascii_case(name))) {
        all.entry(format!("oauth-kv:{}", name.to_lowercase())).or_insert_with(|| value.to_owned());
    }
    all.insert("oidc:clientid".to_owned(), client_id.to_owned());
    all
}

/// Returns the resolvers that do not read the request's parameters.
fn common(visit: Visit<'_>) -> BTreeMap<String, String> {
    let tenant = &visit.target.tenant;
    let tag = visit.policy().culture(&visit.call.languages());
    let (language, region) = tag.split_once('-').unwrap_or((&tag, ""));
    let host = url::Url::parse(&visit.call.origin.public).ok().and_then(|u| u.host_str().map(str::to_owned));
    let own = |text: &str| text.to_owned();
    [
        ("policy:policyid", visit.target.flow.name.clone()),
        ("policy:relyingpartytenantid", tenant.domain.clone()),
        ("policy:tenantobjectid", tenant.id.clone()),
        ("policy:trustframeworktenantid", tenant.domain.clone()),
        ("context:buildnumber", own(env!("CARGO_PKG_VERSION"))),
        ("context:correlationid", visit.call.correlation_id.clone()),
        ("context:deploymentmode", own("Production")),
        ("context:hostname", host.unwrap_or_default()),
        ("context:ipaddress", visit.call.ip.to_string()),
        ("culture:languagename", language.to_lowercase()),
        ("culture:lcid", own(lcid(&tag))),
        ("culture:regionname", region.to_uppercase()),
        ("culture:rfc5646", tag.clone()),
    ]
    .into_iter()
    .map(|(name, value)| (own(name), value))
    .collect()
}

/// Returns the locale id of a language tag, or else of its language.
fn lcid(tag: &str) -> &'static str {
    let of = |tag: &str| LCIDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(tag)).map(|(_, id)| *id);
    of(tag).or_else(|| of(tag.split('-').next().unwrap_or_default())).unwrap_or("1033")
}
