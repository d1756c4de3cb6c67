//! Discovery documents: OpenID Connect Discovery 1.0 in B2C's shape (docs/b2c.md, "Discovery documents").

use serde::{Deserialize, Serialize};

/// A discovery document. Members and order as B2C's; what other providers add is ignored when read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// The issuer of tokens, byte for byte. In B2C it does not name the policy, and the document's URL does.
    pub issuer: String,
    /// Where the browser goes.
    pub authorization_endpoint: String,
    /// Where codes and refresh tokens are redeemed.
    pub token_endpoint: String,
    /// Where the browser signs out; a resource-owner policy has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_session_endpoint: Option<String>,
    /// The signing keys.
    pub jwks_uri: String,
    /// Only where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userinfo_endpoint: Option<String>,
    /// `query`, `fragment`, `form_post`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub response_modes_supported: Vec<String>,
    /// See [`RESPONSE_TYPES`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub response_types_supported: Vec<String>,
    /// `openid`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes_supported: Vec<String>,
    /// `pairwise`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subject_types_supported: Vec<String>,
    /// `RS256`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub id_token_signing_alg_values_supported: Vec<String>,
    /// `client_secret_post`, `client_secret_basic`, `private_key_jwt`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub token_endpoint_auth_methods_supported: Vec<String>,
    /// The algorithms of `private_key_jwt`: `RS256`, `PS256`, `ES256`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub token_endpoint_auth_signing_alg_values_supported: Vec<String>,
    /// `S256`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub code_challenge_methods_supported: Vec<String>,
    /// The relying party's claims, then the protocol's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims_supported: Vec<String>,
    /// `authorization_code`, `implicit`, `refresh_token`, `client_credentials`, `password`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grant_types_supported: Vec<String>,
    /// The authorize request's `claims` is read (OpenID Connect Core section 5.5).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub claims_parameter_supported: bool,
    /// `iss` comes with every authorization response (RFC 9207).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub authorization_response_iss_parameter_supported: bool,
    /// Where it is missing, a reader must take it for true (OpenID Connect Discovery section 3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_uri_parameter_supported: Option<bool>,
}

/// `response_types_supported`, in B2C's order.
pub const RESPONSE_TYPES: [&str; 8] = [
    "code",
    "code id_token",
    "code token",
    "code id_token token",
    "id_token",
    "id_token token",
    "token",
    "token id_token",
];

/// Claims of the protocol that follow the relying party's in `claims_supported`.
pub const PROTOCOL_CLAIMS: [&str; 7] = ["iss", "iat", "exp", "aud", "acr", "nonce", "auth_time"];
