//! Claim resolvers: what a policy may read of the request
//! (<https://learn.microsoft.com/azure/active-directory-b2c/claim-resolver-overview>). `{Context:DateTimeInUtc}` is the
//! engine's, which has the clock.

use super::visit::Visit;
use crate::web::request::Params;
use std::collections::BTreeMap;

/// Parameters, and the claim resolvers that read them.
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
/// Parameters that prove something: no policy reads them as `{OAUTH-KV:…}`.
const CREDENTIALS: &[&str] =
    &["assertion", "client_assertion", "client_secret", "code", "code_verifier", "password", "refresh_token"];
/// The Windows locale ids of the languages that pages have; any other language gets English.
const LCIDS: &[(&str, &str)] = &[("de", "1031"), ("en", "1033"), ("es", "3082"), ("fr", "1036"), ("it", "1040")];

/// Returns the values of all resolvers, by lower-case name. `client_id` is the registered spelling, not the one that was
/// sent.
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
    let languages = visit.call.languages();
    let tag = languages.first().map_or("en", String::as_str);
    let (language, region) = tag.split_once('-').unwrap_or((tag, ""));
    let lcid = LCIDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(language)).map_or("1033", |(_, id)| *id);
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
        ("culture:lcid", own(lcid)),
        ("culture:regionname", region.to_uppercase()),
        ("culture:rfc5646", own(tag)),
    ]
    .into_iter()
    .map(|(name, value)| (own(name), value))
    .collect()
}
