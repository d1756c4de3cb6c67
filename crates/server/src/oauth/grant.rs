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
    /// Public address that it was made at; its tokens keep it as their issuer's.
    pub origin: String,
    /// Scopes granted at authorize, in full, `openid` and `offline_access` among them.
    pub scopes: Vec<String>,
    /// When the person gave credentials, seconds since the epoch.
    pub auth_time: i64,
    /// The authorize request's `nonce`.
    pub nonce: Option<String>,
    /// Claims that userinfo gives whatever the scopes: those that the authorize request's `claims` named for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub userinfo_claims: Vec<String>,
    /// Claims that the ID token gives besides the policy's, under their standard names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub id_token_claims: Vec<String>,
    /// Policy claims go by this flow's name as stored: `B2C_1_signupsignin1`.
    pub policy: String,
    /// When the first refresh token was given, milliseconds: the sliding window begins here.
    pub started_at: i64,
    /// Platform of the redirect URI that it went to: whether a secret goes with it, and how long it may be refreshed.
    /// Without a redirect URI: [`Platform::PublicClient`].
    pub platform: Platform,
    /// How the application got it; none: an earlier version made the grant and did not note it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub obtained: Option<Obtained>,
}

/// How an application got a grant. It must still be allowed to when it uses the grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Obtained {
    /// By the answer to this redirect URI.
    RedirectUri(String),
    /// By the person's name and password.
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
