//! Makes ID tokens and access tokens (<https://learn.microsoft.com/azure/active-directory-b2c/tokens-overview>).

use crate::app::App;
use crate::oauth::grant::GrantBody;
use crate::oauth::scopes::{Granted, Resource};
use crate::oauth::standard_claims::add_standard;
use crate::oauth::target::Target;
use crate::oauth::visit::Visit;
use serde_json::{Map, Value, json};
use vestibule_journey::{Issued, Value as Claim};
use vestibule_protocol::digest::{base64url, half_hash};
use vestibule_protocol::error::Failure;
use vestibule_protocol::jwt;
use vestibule_protocol::scope::is_openid;
use vestibule_tenant::registry::Application;

/// Claims of the protocol: a policy cannot put claims with these names into a token. (`sub` comes from
/// [`Issued::subject`].)
pub const PROTOCOL: [&str; 17] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "ver",
    "auth_time",
    "nonce",
    "c_hash",
    "at_hash",
    "azp",
    "azpacr",
    "scp",
    "s_hash",
    GRANT,
    USERINFO,
];
/// Names the grant in access tokens for userinfo, which are invalid once the grant is revoked.
pub const GRANT: &str = "vestibule_grant";
/// What userinfo returns for an access token: the claims of these scopes, and these claims. Also the account, and the
/// time (in milliseconds since the epoch) of its credentials: if those are revoked, so is the token.
pub const USERINFO: &str = "vestibule_userinfo";
/// The `sub` of policies that are set to this text.
const NO_SUBJECT: &str = "Not supported currently. Use oid claim.";

/// Everything needed to create tokens.
#[derive(Clone, Copy)]
pub struct Mint<'a> {
    /// The running server.
    pub app: &'a App,
    /// Tenant and flow.
    pub target: &'a Target,
    /// The application that receives the tokens.
    pub application: &'a Application,
    /// The user who signed in, and how.
    pub grant: &'a GrantBody,
    /// The granted scopes.
    pub granted: &'a Granted,
    /// When the tokens are created, in milliseconds.
    pub at: i64,
}

/// A signed token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The compact form.
    pub text: String,
    /// `nbf`, seconds since the epoch.
    pub not_before: i64,
    /// Lifetime, seconds.
    pub expires_in: i64,
}

impl Mint<'_> {
    /// The access token, if a resource was granted.
    ///
    /// # Errors
    /// If it cannot be signed.
    pub async fn access_token(&self) -> Result<Option<Token>, Failure> {
        self.access_token_under(None).await
    }

    /// The access token under a grant with this id, if a resource was granted. A token for userinfo becomes invalid
    /// when the grant is revoked.
    ///
    /// # Errors
    /// If it cannot be signed.
    pub async fn access_token_under(&self, grant_id: Option<&str>) -> Result<Option<Token>, Failure> {
        let Some(resource) = &self.granted.resource else { return Ok(None) };
        // An API reads the discovery document of its own profile, whichever application calls it.
        let api = self.target.tenant.application(&resource.client_id);
        let mut claims = self.claims(api.as_deref().unwrap_or(self.application))?;
        claims.insert("azp".to_owned(), json!(self.application.client_id));
        add_scp(&mut claims, resource);
        if self.application.is_strict() && resource.client_id == self.application.client_id {
            claims.extend(grant_id.map(|id| (GRANT.to_owned(), json!(id))));
            let scopes: Vec<&str> = self.granted.scopes.iter().filter(|scope| is_openid(scope)).collect();
            let issued = &self.grant.issued;
            let given = json!({
                "scopes": scopes,
                "claims": self.grant.userinfo_claims,
                "account": issued.object_id,
                "since": issued.signed_in_at,
            });
            claims.insert(USERINFO.to_owned(), given);
        }
        self.sign(claims, self.target.flow.policy.relying_party.tokens.access_token_secs).await.map(Some)
    }

    /// The ID token. `code` and `access_token` are sent in the same response: `c_hash`, `at_hash`.
    ///
    /// # Errors
    /// If it cannot be signed.
    pub async fn id_token(&self, code: Option<&str>, access_token: Option<&str>) -> Result<Token, Failure> {
        let mut claims = self.claims(self.application)?;
        self.add_asked(&mut claims);
        for (name, token) in [("c_hash", code), ("at_hash", access_token)] {
            if let Some(token) = token {
                claims.insert(name.to_owned(), json!(half_hash(token)));
            }
        }
        self.sign(claims, self.target.flow.policy.relying_party.tokens.id_token_secs).await
    }

    /// Adds the claims that the authorize request asked for in the ID token, under their standard names.
    fn add_asked(&self, claims: &mut Map<String, Value>) {
        if self.grant.id_token_claims.is_empty() || !self.application.is_strict() {
            return;
        }
        let mut standard = claims.clone();
        add_standard(&mut standard);
        let asked = |name: &String| self.grant.id_token_claims.contains(name) && !PROTOCOL.contains(&name.as_str());
        for (name, value) in standard.into_iter().filter(|(name, _)| asked(name)) {
            claims.entry(name).or_insert(value);
        }
    }

    /// The claims of both tokens: the policy's, overwritten by the protocol's.
    fn claims(&self, audience: &Application) -> Result<Map<String, Value>, Failure> {
        let (grant, tokens) = (self.grant, &self.target.flow.policy.relying_party.tokens);
        let mut claims = Map::new();
        for (name, value) in &grant.issued.claims {
            if let Some(value) = to_json(value).filter(|_| !PROTOCOL.contains(&name.as_str())) {
                claims.insert(name.clone(), value);
            }
        }
        let subject = if tokens.subject_not_supported { Some(NO_SUBJECT.to_owned()) } else { subject(&grant.issued) };
        let subject = subject.ok_or_else(|| {
            tracing::error!(policy = self.target.flow.name, "the policy ended without a subject: no token can be made");
            Failure::server_error()
        })?;
        add_frame(&mut claims, self.target, &issuer(self.target, audience, &grant.origin), &audience.client_id);
        claims.insert("sub".to_owned(), json!(subject));
        claims.insert("auth_time".to_owned(), json!(grant.auth_time));
        if let Some(nonce) = &grant.nonce {
            claims.insert("nonce".to_owned(), json!(nonce));
        }
        Ok(claims)
    }

    async fn sign(&self, claims: Map<String, Value>, lifetime: u32) -> Result<Token, Failure> {
        sign(self.app, self.target, claims, lifetime, self.at).await
    }
}

/// An access token for an application itself, without a user (client credentials). If `by_certificate`, it
/// authenticated with a certificate rather than a secret.
///
/// # Errors
/// If it cannot be signed.
pub async fn application_token(
    visit: Visit<'_>,
    application: &Application,
    resource: &Resource,
    by_certificate: bool,
) -> Result<Token, Failure> {
    let Visit { app, call, target } = visit;
    let mut claims = Map::new();
    let api = target.tenant.application(&resource.client_id);
    let issuer = issuer(target, api.as_deref().unwrap_or(application), &call.origin.public);
    add_frame(&mut claims, target, &issuer, &resource.client_id);
    claims.insert("sub".to_owned(), json!(application.client_id));
    claims.insert("azp".to_owned(), json!(application.client_id));
    claims.insert("azpacr".to_owned(), json!(if by_certificate { "2" } else { "1" }));
    add_scp(&mut claims, resource);
    sign(app, target, claims, visit.policy().relying_party.tokens.access_token_secs, visit.now()).await
}

/// The issuer of an application's tokens, which equals that in the discovery document it reads: the policy's issuer,
/// or a separate one if the application follows OpenID Connect to the letter.
#[must_use]
pub fn issuer(target: &Target, application: &Application, origin: &str) -> String {
    if application.is_strict() { target.endpoints_at(origin).issuer_openid() } else { target.issuer(origin) }
}

/// The subject of the tokens: the policy's subject, or else the user.
#[must_use]
pub fn subject(issued: &Issued) -> Option<String> {
    issued.subject.clone().or_else(|| issued.object_id.clone()).filter(|s| !s.is_empty())
}

/// Returns `client_info`, by which MSAL names the account: `<object id>-<policy>` and the tenant.
#[must_use]
pub fn client_info(target: &Target, issued: &Issued) -> Option<String> {
    let user = issued.object_id.clone().or_else(|| issued.subject.clone())?;
    let uid = format!("{user}-{}", target.flow.name.to_ascii_lowercase());
    Some(base64url(json!({ "uid": uid, "utid": target.tenant.id }).to_string().as_bytes()))
}

/// Returns a claim as JSON; an empty one is omitted, as in B2C.
fn to_json(value: &Claim) -> Option<Value> {
    match value {
        Claim::Bool(value) => Some(json!(value)),
        Claim::Int(value) => Some(json!(value)),
        Claim::Text(value) => (!value.is_empty()).then(|| json!(value)),
        Claim::List(values) => (!values.is_empty()).then(|| json!(values)),
    }
}

/// `ver`, `iss`, `aud`, and the policy's name.
fn add_frame(claims: &mut Map<String, Value>, target: &Target, issuer: &str, audience: &str) {
    claims.insert("ver".to_owned(), json!("1.0"));
    claims.insert("iss".to_owned(), json!(issuer));
    claims.insert("aud".to_owned(), json!(audience));
    let named_by = target.flow.policy.relying_party.tokens.policy_claim;
    if !named_by.is_empty() {
        claims.insert(named_by.to_owned(), json!(target.flow.name));
    }
}

fn add_scp(claims: &mut Map<String, Value>, resource: &Resource) {
    if !resource.scopes.is_empty() {
        claims.insert("scp".to_owned(), json!(resource.scopes.join(" ")));
    }
}

async fn sign(
    app: &App,
    target: &Target,
    mut claims: Map<String, Value>,
    lifetime: u32,
    at: i64,
) -> Result<Token, Failure> {
    let (not_before, expires_in) = (at / 1000, i64::from(lifetime));
    claims.insert("nbf".to_owned(), json!(not_before));
    claims.insert("iat".to_owned(), json!(not_before));
    claims.insert("exp".to_owned(), json!(not_before + expires_in));
    let key = app.keys().signing(&target.tenant.id).await?;
    let text = jwt::sign(&claims, &key).map_err(vestibule_tenant::keys::KeysError::from)?;
    Ok(Token { text, not_before, expires_in })
}
