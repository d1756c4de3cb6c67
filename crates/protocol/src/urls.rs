//! B2C's URL forms (docs/b2c.md, "Addresses"): parses tenant and policy from a path, and builds the published
//! endpoints.

/// The URL form of a request. Published endpoints use the same form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// `/{tenant}/{policy}/…`
    Path,
    /// `/{tenant}/…?p={policy}`
    Query,
    /// `/tfp/{tenant}/{policy}/…`
    Tfp,
    /// `/oidc/{tenant}/{policy}/…`, for applications with `openid = "strict"`. This form does not exist in B2C; it
    /// gives these applications an issuer whose metadata document no other application reads.
    Openid,
}

/// The endpoint, which is the last part of a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `v2.0/.well-known/openid-configuration`, and `/.well-known/oauth-authorization-server/…/v2.0` (RFC 8414).
    Discovery,
    /// `.well-known/openid-configuration`, the older document.
    DiscoveryV1,
    /// `discovery/v2.0/keys`, and `discovery/keys`.
    Keys,
    /// `oauth2/v2.0/authorize`
    Authorize,
    /// `oauth2/authorize`
    AuthorizeV1,
    /// `oauth2/v2.0/token`, and `oauth2/token`.
    Token,
    /// `oauth2/v2.0/logout`, and `oauth2/logout`.
    Logout,
    /// `openid/v2.0/userinfo`
    UserInfo,
    /// `oauth2/authresp`: the URL to which an identity provider redirects the browser.
    ProviderReturn,
    /// `SelfAsserted`: the form of a page.
    SelfAsserted,
    /// `SelfAsserted/DisplayControlAction/vbeta/{control}/{action}`
    DisplayControl,
    /// `api/{api}/{confirmed|cancelled|unified|forgotPassword|error}`
    PageApi,
    /// `client/perftrace`: telemetry of B2C's script, accepted and discarded.
    Telemetry,
}

/// A parsed path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route<'a> {
    /// The tenant as written: name, domain or GUID.
    pub tenant: &'a str,
    /// The policy as written; `None` in the query form.
    pub policy: Option<&'a str>,
    /// The form in which the policy is given.
    pub form: Form,
    /// The endpoint.
    pub endpoint: Endpoint,
    /// The rest of the path: for the page API `[api, action]`, for a display control `[control, action]`.
    pub rest: Vec<&'a str>,
}

/// Parses a path. Empty segments (doubled slashes) are skipped; the policy and the words of the endpoint are compared
/// case-insensitively. Returns `None` if this is not a B2C URL.
#[must_use]
pub fn parse(path: &str) -> Option<Route<'_>> {
    let mut segments: Vec<&str> = path.split('/').filter(|s| !s.is_empty()).collect();
    if let [".well-known", "oauth-authorization-server", issuer @ ..] = segments.as_slice() {
        // RFC 8414 section 3.1: the same document, with the well-known part in front of the issuer's path.
        segments = [issuer, &[".well-known", "openid-configuration"]].concat();
    }
    let form = prefix(segments.first()?);
    if form != Form::Path {
        segments.remove(0);
    }
    let (tenant, tail) = segments.split_first()?;
    if let Some((endpoint, rest)) = endpoint(tail) {
        let route = Route { tenant, policy: None, form: Form::Query, endpoint, rest };
        return (form != Form::Openid).then_some(route);
    }
    let (policy, tail) = tail.split_first()?;
    let (endpoint, rest) = endpoint(tail)?;
    let older = matches!(endpoint, Endpoint::DiscoveryV1 | Endpoint::AuthorizeV1);
    (form != Form::Openid || !older).then_some(Route { tenant, policy: Some(policy), form, endpoint, rest })
}

/// The form that the first segment of a path selects.
fn prefix(first: &str) -> Form {
    let is = |words: &[&str]| words.iter().any(|word| first.eq_ignore_ascii_case(word));
    match () {
        () if is(&["tfp", "te"]) => Form::Tfp,
        () if is(&["oidc"]) => Form::Openid,
        () => Form::Path,
    }
}

fn endpoint<'a>(tail: &[&'a str]) -> Option<(Endpoint, Vec<&'a str>)> {
    let lower: Vec<String> = tail.iter().map(|s| s.to_ascii_lowercase()).collect();
    let words: Vec<&str> = lower.iter().map(String::as_str).collect();
    let plain = |e| Some((e, Vec::new()));
    match words.as_slice() {
        ["v2.0", ".well-known", "openid-configuration"] => plain(Endpoint::Discovery),
        [".well-known", "openid-configuration"] => plain(Endpoint::DiscoveryV1),
        ["discovery", "v2.0", "keys"] | ["discovery", "keys"] => plain(Endpoint::Keys),
        ["oauth2", "v2.0", "authorize"] => plain(Endpoint::Authorize),
        ["oauth2", "authorize"] => plain(Endpoint::AuthorizeV1),
        ["oauth2", "v2.0", "token"] | ["oauth2", "token"] => plain(Endpoint::Token),
        ["oauth2", "v2.0", "logout"] | ["oauth2", "logout"] => plain(Endpoint::Logout),
        ["openid", "v2.0", "userinfo"] => plain(Endpoint::UserInfo),
        ["oauth2", "authresp"] => plain(Endpoint::ProviderReturn),
        ["selfasserted"] => plain(Endpoint::SelfAsserted),
        ["selfasserted", "displaycontrolaction", "vbeta", _, _] => Some((Endpoint::DisplayControl, tail[3..].to_vec())),
        ["api", _, "confirmed" | "cancelled" | "unified" | "forgotpassword" | "error"] => {
            Some((Endpoint::PageApi, tail[1..].to_vec()))
        }
        ["client", "perftrace"] => plain(Endpoint::Telemetry),
        _ => None,
    }
}

/// The redirect URI to register with an identity provider, in lower case as B2C's documentation requires; `policy` is
/// given if the technical profile has `UsePolicyInRedirectUri`.
/// <https://learn.microsoft.com/azure/active-directory-b2c/identity-provider-generic-openid-connect>
#[must_use]
pub fn provider_return(origin: &str, tenant: &str, policy: Option<&str>) -> String {
    let policy = policy.map(|policy| format!("/{}", policy.to_ascii_lowercase())).unwrap_or_default();
    format!("{origin}/{}{policy}/oauth2/authresp", tenant.to_ascii_lowercase())
}

/// The endpoints of one policy of one tenant, in the URL form of the request.
#[derive(Clone, Debug)]
pub struct Endpoints<'a> {
    /// The origin without a trailing slash: `https://contoso.b2clogin.com`.
    pub origin: &'a str,
    /// The tenant as written in the request.
    pub tenant: &'a str,
    /// The tenant's GUID.
    pub tenant_id: &'a str,
    /// The policy's canonical name.
    pub policy: &'a str,
    /// The form.
    pub form: Form,
}

impl Endpoints<'_> {
    /// `{origin}/{tenant}/{policy, lower case}` followed by `tail`, or the query form of the same.
    fn url(&self, tail: &str) -> String {
        let (origin, tenant, policy) = (self.origin, self.tenant, self.policy.to_ascii_lowercase());
        match self.form {
            Form::Path => format!("{origin}/{tenant}/{policy}/{tail}"),
            Form::Tfp => format!("{origin}/tfp/{tenant}/{policy}/{tail}"),
            Form::Openid => format!("{origin}/oidc/{tenant}/{policy}/{tail}"),
            Form::Query => format!("{origin}/{tenant}/{tail}?p={policy}"),
        }
    }

    /// The issuer of tokens, with the policy (`AuthorityWithTfp`) or without it.
    #[must_use]
    pub fn issuer(&self, with_policy: bool) -> String {
        if with_policy {
            format!("{}/tfp/{}/{}/v2.0/", self.origin, self.tenant_id, self.policy.to_ascii_lowercase())
        } else {
            format!("{}/{}/v2.0/", self.origin, self.tenant_id)
        }
    }

    /// The issuer for applications with `openid = "strict"`: the URL of their metadata document begins with it (OpenID
    /// Connect Discovery section 4.1).
    #[must_use]
    pub fn issuer_openid(&self) -> String {
        format!("{}/oidc/{}/{}/v2.0/", self.origin, self.tenant_id, self.policy.to_ascii_lowercase())
    }

    /// The issuer in the older metadata document.
    #[must_use]
    pub fn issuer_v1(&self) -> String {
        format!("{}/{}/", self.origin, self.tenant_id)
    }

    /// The authorize endpoint; `v1` selects the one for the older document.
    #[must_use]
    pub fn authorize(&self, v1: bool) -> String {
        self.url(if v1 { "oauth2/authorize" } else { "oauth2/v2.0/authorize" })
    }

    /// The token endpoint.
    #[must_use]
    pub fn token(&self, v1: bool) -> String {
        self.url(if v1 { "oauth2/token" } else { "oauth2/v2.0/token" })
    }

    /// The logout endpoint.
    #[must_use]
    pub fn logout(&self, v1: bool) -> String {
        self.url(if v1 { "oauth2/logout" } else { "oauth2/v2.0/logout" })
    }

    /// The URL of the key set.
    #[must_use]
    pub fn keys(&self, v1: bool) -> String {
        self.url(if v1 { "discovery/keys" } else { "discovery/v2.0/keys" })
    }

    /// The userinfo endpoint.
    #[must_use]
    pub fn userinfo(&self) -> String {
        self.url("openid/v2.0/userinfo")
    }

    /// The URL of the metadata document.
    #[must_use]
    pub fn discovery(&self) -> String {
        self.url("v2.0/.well-known/openid-configuration")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(path: &str) -> Option<(String, Option<String>, Form, Endpoint)> {
        parse(path).map(|r| (r.tenant.to_owned(), r.policy.map(str::to_owned), r.form, r.endpoint))
    }

    #[test]
    fn every_form_of_the_contract_names_its_tenant_and_policy() {
        let t = "contoso.onmicrosoft.com".to_owned();
        let p = Some("B2C_1_susi".to_owned());
        let is = |path: &str, policy: &Option<String>, form, endpoint| {
            assert_eq!(named(path), Some((t.clone(), policy.clone(), form, endpoint)), "{path}");
        };
        is("/contoso.onmicrosoft.com/B2C_1_susi/oauth2/v2.0/authorize", &p, Form::Path, Endpoint::Authorize);
        is(
            "/contoso.onmicrosoft.com/B2C_1_susi//v2.0/.well-known/openid-configuration",
            &p,
            Form::Path,
            Endpoint::Discovery,
        );
        is(
            "/tfp/contoso.onmicrosoft.com/B2C_1_susi/v2.0/.well-known/openid-configuration",
            &p,
            Form::Tfp,
            Endpoint::Discovery,
        );
        is(
            "/.well-known/oauth-authorization-server/tfp/contoso.onmicrosoft.com/B2C_1_susi/v2.0/",
            &p,
            Form::Tfp,
            Endpoint::Discovery,
        );
        is("/contoso.onmicrosoft.com/v2.0/.well-known/openid-configuration", &None, Form::Query, Endpoint::Discovery);
        is(
            "/contoso.onmicrosoft.com/B2C_1_susi/.well-known/openid-configuration",
            &p,
            Form::Path,
            Endpoint::DiscoveryV1,
        );
        is("/contoso.onmicrosoft.com/discovery/v2.0/keys", &None, Form::Query, Endpoint::Keys);
        is("/contoso.onmicrosoft.com/B2C_1_susi/SelfAsserted", &p, Form::Path, Endpoint::SelfAsserted);
        assert_eq!(named("/contoso.onmicrosoft.com/B2C_1_susi/else"), None);
        assert_eq!(named("/"), None);
        assert_eq!(named("/.well-known/oauth-authorization-server"), None);
        let api = parse("/c/p/api/CombinedSigninAndSignup/unified").expect("a page API URL");
        assert_eq!((api.endpoint, api.rest), (Endpoint::PageApi, vec!["CombinedSigninAndSignup", "unified"]));
    }

    #[test]
    fn strict_applications_have_addresses_of_their_own() {
        let found = named("/oidc/c.test/B2C_1_susi/v2.0/.well-known/openid-configuration").expect("an address");
        assert_eq!((found.2, found.3), (Form::Openid, Endpoint::Discovery));
        assert_eq!(named("/oidc/c.test/B2C_1_susi/.well-known/openid-configuration"), None, "there is no older one");
        assert_eq!(named("/oidc/c.test/oauth2/v2.0/authorize"), None, "the policy is in the path");
    }

    #[test]
    fn a_return_address_is_lower_case_and_is_read_back() {
        let uri = provider_return("https://h", "Contoso.onmicrosoft.com", Some("B2C_1A_Social"));
        assert_eq!(uri, "https://h/contoso.onmicrosoft.com/b2c_1a_social/oauth2/authresp");
        let path = uri.trim_start_matches("https://h");
        let policy = Some("b2c_1a_social".to_owned());
        let tenant = "contoso.onmicrosoft.com".to_owned();
        assert_eq!(named(path), Some((tenant, policy, Form::Path, Endpoint::ProviderReturn)));
        let bare = named("/c.test/oauth2/authresp").expect("an address of B2C");
        assert_eq!((bare.1, bare.3), (None, Endpoint::ProviderReturn));
    }

    #[test]
    fn published_endpoints_keep_the_form_and_lower_the_policy() {
        let at = |form| Endpoints { origin: "https://h", tenant: "c.test", tenant_id: "G", policy: "B2C_1_Susi", form };
        assert_eq!(at(Form::Path).token(false), "https://h/c.test/b2c_1_susi/oauth2/v2.0/token");
        assert_eq!(at(Form::Query).token(false), "https://h/c.test/oauth2/v2.0/token?p=b2c_1_susi");
        assert_eq!(at(Form::Tfp).keys(false), "https://h/tfp/c.test/b2c_1_susi/discovery/v2.0/keys");
        assert_eq!(at(Form::Path).issuer(false), "https://h/G/v2.0/");
        assert_eq!(at(Form::Path).issuer(true), "https://h/tfp/G/b2c_1_susi/v2.0/");
        assert_eq!(at(Form::Path).logout(true), "https://h/c.test/b2c_1_susi/oauth2/logout");
        assert_eq!(at(Form::Openid).issuer_openid(), "https://h/oidc/G/b2c_1_susi/v2.0/");
        assert_eq!(at(Form::Openid).userinfo(), "https://h/oidc/c.test/b2c_1_susi/openid/v2.0/userinfo");
    }
}
