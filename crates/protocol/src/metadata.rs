//! Discovery documents: OpenID Connect Discovery 1.0 in the form that B2C uses (docs/b2c.md, "Discovery documents").

use serde::{Deserialize, Serialize};

/// A discovery document with B2C's members in B2C's order; additional members of other providers are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// The issuer of tokens, byte for byte. In B2C, the issuer does not contain the policy, but the document's URL
    /// does.
    pub issuer: String,
    /// The URL that the browser is sent to.
    pub authorization_endpoint: String,
    /// The URL at which codes and refresh tokens are redeemed.
    pub token_endpoint: String,
    /// The URL at which the browser signs out; a resource-owner policy has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_session_endpoint: Option<String>,
    /// The URL of the signing keys.
    pub jwks_uri: String,
    /// Only present if there is a userinfo endpoint.
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
    /// The relying party's claims, followed by the protocol's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims_supported: Vec<String>,
    /// `authorization_code`, `implicit`, `refresh_token`, `client_credentials`, `password`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grant_types_supported: Vec<String>,
    /// True if the `claims` parameter of an authorize request is supported (OpenID Connect Core section 5.5).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub claims_parameter_supported: bool,
    /// True if every authorization response contains `iss` (RFC 9207).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub authorization_response_iss_parameter_supported: bool,
    /// If it is missing, readers must assume true (OpenID Connect Discovery section 3).
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

/// The claims of the protocol, which follow those of the relying party in `claims_supported`.
pub const PROTOCOL_CLAIMS: [&str; 7] = ["iss", "iat", "exp", "aud", "acr", "nonce", "auth_time"];
