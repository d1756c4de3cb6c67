//! `id_token_hint`: an ID token that a client sends back to say which user it means.

use crate::oauth::visit::Visit;
use serde_json::{Map, Value};
use vestibule_protocol::jwt;

/// An ID token that this tenant issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The object id of its user, or else its subject; none if the policy gives neither.
    pub person: Option<String>,
    /// The client ids that it was issued to; one, as we issue them.
    audiences: Vec<String>,
}

impl Hint {
    /// Reads an ID token that this tenant issued, at any of its addresses, by any of its policies. An expired token is
    /// accepted (OpenID Connect RP-Initiated Logout section 4). Any other token returns `None`.
    pub async fn read(visit: Visit<'_>, token: &str) -> Option<Self> {
        let keys = visit.app.keys().verifying(visit.tenant_id()).await.ok()?;
        let claims = jwt::verify(token, &keys).ok()?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        let person = text("oid").or_else(|| text("sub"));
        is_id_token(visit, &claims).then(|| Self { person, audiences: jwt::audiences(&claims) })
    }

    /// The client id of the application that it was issued to.
    #[must_use]
    pub fn audience(&self) -> Option<&str> {
        self.audiences.first().map(String::as_str)
    }

    /// Returns true if it was issued to this application.
    #[must_use]
    pub fn is_for(&self, client_id: &str) -> bool {
        self.audiences.iter().any(|audience| audience.eq_ignore_ascii_case(client_id))
    }

    /// Returns true if the hint is about this user; always false without a user.
    #[must_use]
    pub fn is_about(&self, object_id: Option<&str>) -> bool {
        self.person.as_deref().zip(object_id).is_some_and(|(person, id)| person == id)
    }
}

/// Returns true if the claims, whose signature is ours, are those of an ID token. An access token names its client in
/// `azp`; an ID token has no `azp`.
fn is_id_token(visit: Visit<'_>, claims: &Map<String, Value>) -> bool {
    let Some(issuer) = claims.get("iss").and_then(Value::as_str) else { return false };
    let tenant = visit.tenant_id();
    let ours = visit.app.origins().iter().any(|origin| {
        let rest = issuer.strip_prefix(&*origin.public).unwrap_or_default();
        let with_policy = ["tfp", "oidc"].map(|prefix| format!("/{prefix}/{tenant}/"));
        rest == format!("/{tenant}/v2.0/") || with_policy.iter().any(|start| rest.starts_with(start))
    });
    ours && !claims.contains_key("azp")
}
