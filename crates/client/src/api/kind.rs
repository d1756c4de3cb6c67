//! Distinguishes access tokens from the other tokens that a provider signs with the same keys: ID tokens, refresh
//! tokens, logout tokens. If the web app and the API share one registration, these have the same issuer and audience.
//!
//! A token must prove that it is an access token; not looking like an ID token is not enough. `nonce` proves nothing
//! at Microsoft, because Azure AD B2C copies it into access tokens.

use crate::provider::policy;
use crate::settings::Authority;
use serde_json::{Map, Value};

/// Checks that a verified token is an access token of this authority; `typ` is the one in its header.
///
/// # Errors
/// The reason why it is not an access token, for the log.
pub(super) fn check(authority: &Authority, typ: Option<&str>, claims: &Map<String, Value>) -> Result<(), &'static str> {
    match other_kind(typ, claims) {
        Some(kind) => Err(kind),
        None if is_typed(typ) || is_proven(authority, claims) => Ok(()),
        None => Err("nothing in the token shows that it is an access token"),
    }
}

/// Returns the other kind that the token claims to be, if any.
fn other_kind(typ: Option<&str>, claims: &Map<String, Value>) -> Option<&'static str> {
    let says = |name: &str, kinds: &[&str]| {
        let said = claims.get(name).and_then(Value::as_str).unwrap_or_default();
        kinds.iter().any(|kind| said.eq_ignore_ascii_case(kind))
    };
    if typ.map(short_type).is_some_and(|typ| typ.ends_with("+jwt") && typ != "at+jwt") {
        return Some("the token's header says that it is of another type");
    }
    // ID tokens contain hashes of the code or token issued with them: OpenID Connect Core 3.3.2.11 and FAPI 1.0 part
    // 2, 5.1.1.
    if ["at_hash", "c_hash", "s_hash"].iter().any(|name| claims.contains_key(*name)) {
        return Some("the token is an ID token: it holds the hash of what came along");
    }
    // Keycloak uses `typ`, Amazon Cognito `token_use`.
    if says("typ", &["ID", "Refresh", "Offline", "Logout"]) || says("token_use", &["id", "refresh"]) {
        return Some("the token says that it is of another type");
    }
    claims.contains_key("events").then_some("the token is a logout token or another security event")
}

/// RFC 9068 section 2.1.
fn is_typed(typ: Option<&str>) -> bool {
    typ.map(short_type).as_deref() == Some("at+jwt")
}

/// RFC 7515 section 4.1.9: `application/` may be left out.
fn short_type(typ: &str) -> String {
    let typ = typ.to_ascii_lowercase();
    typ.strip_prefix("application/").map(str::to_owned).unwrap_or(typ)
}

/// Returns true if the token contains a claim that this authority puts only into access tokens.
fn is_proven(authority: &Authority, claims: &Map<String, Value>) -> bool {
    let has = |name: &str| claims.get(name).is_some_and(|value| !value.is_null());
    let is = |name: &str, value: &str| claims.get(name).and_then(Value::as_str) == Some(value);
    // No ID token contains scopes under Microsoft's name for them.
    has("scp")
        || match authority {
            // A token for the application's own API has no scopes. A policy may add any claim to both kinds of token,
            // even `roles`, `appid` and `client_id`, but not this one.
            Authority::B2c { .. } => has("azp"),
            // The application and how it authenticated: `azp` in version 2.0, `appid` in 1.0. Both are restricted
            // claims, which claims mapping cannot set.
            Authority::Entra { .. } => has("azp") || has("appid"),
            // A policy of B2C, under whatever address: same as above.
            Authority::Openid { .. } if policy(claims).is_some() => has("azp"),
            // Other providers put `azp` and `client_id` into ID tokens too.
            Authority::Openid { .. } => {
                is("typ", "Bearer")
                    || is("token_use", "access")
                    || (has("azp") && has("azpacr"))
                    || (has("scope") && !has("nonce"))
            }
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn b2c() -> Authority {
        let (base, sign_in) = ("https://c.b2clogin.com/c.onmicrosoft.com".to_owned(), "B2C_1_susi".to_owned());
        Authority::B2c { base, sign_in, edit_profile: None, reset_password: None }
    }

    fn entra() -> Authority {
        Authority::Entra { base: "https://login.microsoftonline.com/t".to_owned() }
    }

    fn openid() -> Authority {
        Authority::Openid { issuer: "https://op.test".to_owned() }
    }

    fn opens(authority: &Authority, typ: Option<&str>, claims: Value) -> bool {
        check(authority, typ, claims.as_object().expect("an object")).is_ok()
    }

    #[test]
    fn each_providers_access_tokens_are_known() {
        let roles = json!(["Admin"]);
        let known = [
            (b2c(), Some("JWT"), json!({ "azp": "app", "scp": "read", "nonce": "n", "ver": "1.0" })),
            // For the application itself.
            (b2c(), Some("JWT"), json!({ "azp": "app", "nonce": "n" })),
            (entra(), Some("JWT"), json!({ "azp": "app", "azpacr": "1", "roles": roles, "ver": "2.0" })),
            (entra(), None, json!({ "appid": "app", "appidacr": "1", "roles": roles, "ver": "1.0" })),
            (openid(), Some("at+jwt"), json!({ "client_id": "app" })),
            (openid(), Some("application/AT+JWT"), json!({ "client_id": "app", "nonce": "n" })),
            // Keycloak, Amazon Cognito, Auth0, Okta.
            (openid(), Some("JWT"), json!({ "typ": "Bearer", "azp": "app", "nonce": "n" })),
            (openid(), None, json!({ "token_use": "access", "client_id": "app" })),
            (openid(), Some("JWT"), json!({ "scope": "read", "azp": "app" })),
            (openid(), None, json!({ "scp": ["read"], "cid": "app" })),
        ];
        for (authority, typ, claims) in known {
            assert!(opens(&authority, typ, claims.clone()), "{authority:?} {claims}");
        }
    }

    #[test]
    fn each_providers_id_tokens_open_nothing() {
        let roles = json!(["Admin"]);
        let id_tokens = [
            (b2c(), Some("JWT"), json!({ "tfp": "B2C_1_susi", "ver": "1.0", "roles": roles })),
            (b2c(), Some("JWT"), json!({ "roles": roles, "appid": "app", "client_id": "app", "scope": "a" })),
            (entra(), Some("JWT"), json!({ "nonce": "n", "roles": roles, "ver": "2.0" })),
            (entra(), None, json!({ "roles": roles, "ver": "1.0", "amr": ["pwd"] })),
            // Keycloak, Amazon Cognito, then Google and Zitadel.
            (openid(), Some("JWT"), json!({ "typ": "ID", "azp": "app", "scope": "openid" })),
            (openid(), None, json!({ "token_use": "id", "scope": "openid" })),
            (openid(), None, json!({ "azp": "app", "client_id": "app", "roles": roles })),
            (openid(), None, json!({ "scope": "openid", "nonce": "n" })),
            // A policy of B2C under another address.
            (openid(), Some("JWT"), json!({ "tfp": "B2C_1A_x", "scope": "a", "typ": "Bearer" })),
        ];
        for (authority, typ, claims) in id_tokens {
            assert!(!opens(&authority, typ, claims.clone()), "{authority:?} {claims}");
        }
    }

    #[test]
    fn a_token_that_says_it_is_something_else_is_believed() {
        for authority in [b2c(), entra(), openid()] {
            for mark in ["at_hash", "c_hash", "s_hash", "events"] {
                assert!(
                    !opens(&authority, Some("at+jwt"), json!({ "scp": "read", "azp": "app", mark: "x" })),
                    "{mark}"
                );
            }
            for typ in ["logout+jwt", "secevent+jwt", "application/dpop+jwt"] {
                assert!(!opens(&authority, Some(typ), json!({ "scp": "read", "azp": "app" })), "{typ}");
            }
            assert!(!opens(&authority, None, json!({ "typ": "Refresh", "scp": "read", "azp": "app" })));
        }
    }
}
