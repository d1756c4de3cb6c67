//! The bodies of grants and codes, as the store keeps them.

use serde::{Deserialize, Serialize};
use vestibule_journey::Issued;
use vestibule_protocol::pkce::Method;
use vestibule_tenant::registry::Platform;

/// `body` of a [`vestibule_store::GrantRecord`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GrantBody {
    /// The result of the journey: the claims of every token under this grant.
    pub issued: Issued,
    /// Public origin at which it was created; its tokens keep it in their issuer.
    pub origin: String,
    /// Scopes granted at authorize, in full, `openid` and `offline_access` among them.
    pub scopes: Vec<String>,
    /// When the user gave credentials, in seconds since the epoch.
    pub auth_time: i64,
    /// The authorize request's `nonce`.
    pub nonce: Option<String>,
    /// Claims that userinfo returns regardless of the scopes: those that the authorize request's `claims` named for
    /// it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub userinfo_claims: Vec<String>,
    /// Claims that the ID token contains in addition to the policy's, under their standard names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub id_token_claims: Vec<String>,
    /// The flow's name as stored, `B2C_1_signupsignin1`, for the claims that name the policy.
    pub policy: String,
    /// When the first refresh token was issued, in milliseconds: the start of the sliding window.
    pub started_at: i64,
    /// Platform of the redirect URI to which it was sent. It decides if a secret is required, and how long the grant
    /// may be refreshed. Without a redirect URI, it is [`Platform::PublicClient`].
    pub platform: Platform,
    /// How the application obtained it; `None` if an earlier version created the grant without recording this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub obtained: Option<Obtained>,
}

/// How an application obtained a grant. This must still be allowed when it uses the grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Obtained {
    /// Through the response to this redirect URI.
    RedirectUri(String),
    /// With the user's name and password.
    Password,
}

/// `body` of a [`vestibule_store::CodeRecord`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CodeBody {
    /// The redirect URI that the code was sent to; the redemption names the same.
    pub redirect_uri: String,
    /// The code challenge and its method, if one was sent.
    pub challenge: Option<(ChallengeMethod, String)>,
}

/// [`Method`], as the store keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChallengeMethod {
    /// `S256`
    #[serde(rename = "S256")]
    S256,
    /// `plain`
    #[serde(rename = "plain")]
    Plain,
}

impl ChallengeMethod {
    /// `code_challenge_method` (RFC 7636 section 4.3).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::S256 => "S256",
            Self::Plain => "plain",
        }
    }
}

impl From<ChallengeMethod> for Method {
    fn from(method: ChallengeMethod) -> Self {
        match method {
            ChallengeMethod::S256 => Self::S256,
            ChallengeMethod::Plain => Self::Plain,
        }
    }
}
