//! Users and tokens of the fake tenant.

use super::{API, API_URI, FLOWS, FakeTenant, Grant, ORIGIN, TENANT_ID, WEB_APP};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use vestibule_protocol::digest::sha256_base64url;
use vestibule_protocol::jwt;
use vestibule_protocol::keys::SigningKey;
use vestibule_protocol::scope::Scopes;

/// Lifetime of ID and access tokens, seconds.
const LIFETIME: i64 = 3600;

/// A user with an account.
#[derive(Clone, Debug)]
pub struct Person {
    /// Claims in addition to those of the protocol.
    pub(super) claims: Map<String, Value>,
}

impl Person {
    /// A user with a display name, and an object id derived from it.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let id = format!("oid-{}", &sha256_base64url(name.as_bytes())[..12]);
        let mail = format!("{}@example.com", name.to_lowercase().replace(' ', "."));
        let claims = json!({ "sub": id, "oid": id, "name": name, "emails": [mail] });
        Self { claims: claims.as_object().cloned().unwrap_or_default() }
    }

    /// Adds this claim.
    #[must_use]
    pub fn with(mut self, claim: &str, value: Value) -> Self {
        self.claims.insert(claim.to_owned(), value);
        self
    }

    /// Removes this claim.
    #[must_use]
    pub fn without(mut self, claim: &str) -> Self {
        self.claims.remove(claim);
        self
    }
}

impl FakeTenant {
    /// The issuer of all tokens.
    #[must_use]
    pub fn issuer(&self) -> String {
        format!("{ORIGIN}/{TENANT_ID}/v2.0/")
    }

    /// An access token for the API with these scopes, for the user at the browser.
    #[must_use]
    pub fn access_token(&self, scopes: &[&str]) -> String {
        self.access_token_with(scopes, |_| ())
    }

    /// Like [`FakeTenant::access_token`], with claims changed before signing.
    #[must_use]
    pub fn access_token_with(&self, scopes: &[&str], alter: impl Fn(&mut Map<String, Value>)) -> String {
        let mut claims = self.access_claims(&scopes.join(" "));
        alter(&mut claims);
        self.sign(&claims)
    }

    /// An ID token of the web app for the user at the browser, as from a sign-in through the first flow. An API must
    /// reject it, even if it shares the web app's registration.
    #[must_use]
    pub fn id_token(&self) -> String {
        let person = self.state().person.clone();
        self.sign(&self.id_claims(&person, FLOWS[0]))
    }

    /// Signs any claims with the tenant's current key.
    ///
    /// # Panics
    /// If the key cannot sign.
    #[must_use]
    pub fn sign(&self, claims: &Map<String, Value>) -> String {
        let key = self.state().keys.last().map(Arc::clone);
        match key.map(|key| jwt::sign(claims, &key)) {
            Some(Ok(token)) => token,
            _ => panic!("the fake tenant cannot sign"),
        }
    }

    /// The current signing key, for example to forge tokens with its public half.
    ///
    /// # Panics
    /// Never: there is always a key.
    #[must_use]
    pub fn key(&self) -> Arc<SigningKey> {
        match self.state().keys.last() {
            Some(key) => Arc::clone(key),
            None => panic!("the fake tenant has no key"),
        }
    }

    fn access_claims(&self, scopes: &str) -> Map<String, Value> {
        let mut claims = self.common_claims(&self.state().person.clone(), FLOWS[0]);
        claims.insert("aud".to_owned(), API.into());
        claims.insert("azp".to_owned(), WEB_APP.into());
        claims.insert("scp".to_owned(), scopes.into());
        claims
    }

    fn id_claims(&self, person: &Person, policy: &str) -> Map<String, Value> {
        let mut claims = self.common_claims(person, policy);
        claims.insert("aud".to_owned(), WEB_APP.into());
        claims
    }

    fn common_claims(&self, person: &Person, policy: &str) -> Map<String, Value> {
        let now = self.0.clock.now();
        let mut claims = person.claims.clone();
        let protocol = json!({
            "iss": self.issuer(), "iat": now, "nbf": now, "exp": now + LIFETIME, "auth_time": now, "ver": "1.0",
            "tfp": policy,
        });
        claims.extend(protocol.as_object().cloned().unwrap_or_default());
        claims
    }

    /// The response of the token endpoint (docs/b2c.md, "Token endpoint").
    pub(super) fn grant(&self, grant: &Grant, nonce: Option<&str>) -> Value {
        let scopes = Scopes::parse(&grant.scope).unwrap_or_default();
        let mut id_claims = self.id_claims(&grant.person, &grant.policy);
        if let Some(nonce) = nonce {
            id_claims.insert("nonce".to_owned(), nonce.into());
        }
        let alteration = self.state().alteration.clone();
        if let Some(alter) = alteration {
            alter(&mut id_claims);
        }
        let mut answer = json!({
            "id_token": self.sign(&id_claims), "token_type": "Bearer", "not_before": self.0.clock.now(),
            "id_token_expires_in": LIFETIME, "scope": scopes.to_string(),
        });
        let short: Vec<&str> = scopes.resources().filter_map(|s| s.strip_prefix(API_URI)?.strip_prefix('/')).collect();
        if !short.is_empty() {
            let mut claims = self.access_claims(&short.join(" "));
            claims.extend(grant.person.claims.clone());
            answer["access_token"] = self.sign(&claims).into();
            // Older tenants send a number as text.
            answer["expires_in"] = LIFETIME.to_string().into();
        }
        if scopes.has("offline_access") {
            let token = self.0.random.token();
            self.state().refresh_tokens.insert(token.clone(), grant.clone());
            answer["refresh_token"] = token.into();
        }
        answer
    }
}
