//! `id_token_hint`: an ID token that a client sends back to say which user it means.

use crate::oauth::visit::Visit;
use serde_json::{Map, Value};
use vestibule_protocol::jwt;

/// Returns the claims of an ID token that this tenant issued, at any of its addresses, by any of its policies. An expired
/// token is accepted (OpenID Connect RP-Initiated Logout section 4). Any other token returns `None`.
pub async fn claims(visit: Visit<'_>, token: &str) -> Option<Map<String, Value>> {
    let keys = visit.app.keys().verifying(visit.tenant_id()).await.ok()?;
    let claims = jwt::verify(token, &keys).ok()?;
    let issuer = claims.get("iss")?.as_str()?;
    let tenant = visit.tenant_id();
    let ours = visit.app.origins().iter().any(|origin| {
        let plain = format!("{}/{tenant}/v2.0/", origin.public);
        let with_policy = format!("{}/tfp/{tenant}/", origin.public);
        issuer == plain || issuer.starts_with(&with_policy)
    });
    // An access token names its client in `azp`; an ID token has no `azp`.
    (ours && !claims.contains_key("azp")).then_some(claims)
}
