//! An accepted authorization request: what the application asked for, and where the response goes.
//!
//! It is stored, encrypted, with the journey.

use crate::oauth::grant::ChallengeMethod;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use vestibule_journey::Issued;
use vestibule_protocol::error::Failure;
use vestibule_protocol::scope::IllegalCharacter;

/// The application's request, kept with the journey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// Where the response goes.
    pub to: ReturnTo,
    /// The content of the response.
    pub response: ResponseType,
    /// The `scope` parameter as sent.
    pub scope: String,
    /// `nonce`.
    pub nonce: Option<String>,
    /// The claims that the `claims` parameter requests from userinfo, limited to those that belong to a scope.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub userinfo_claims: Vec<String>,
    /// The claims that it requests in the ID token, with the same limit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub id_token_claims: Vec<String>,
    /// The users that the request accepts, each by object id or subject: from `id_token_hint` or `claims`. A sign-in
    /// by another user does not answer the request (OpenID Connect Core sections 3.1.2.1 and 5.5.1).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub person: Vec<String>,
    /// The PKCE code challenge and its method.
    pub challenge: Option<(ChallengeMethod, String)>,
    /// `client_info=1`: the response tells MSAL which account signed in.
    pub client_info: bool,
}

impl AuthorizationRequest {
    /// The parameters of a request for the same. `prompt`, `max_age` and hints are left out, because they are not
    /// stored.
    #[must_use]
    pub fn parameters(&self) -> Fields {
        let (method, challenge) = self.challenge.as_ref().map(|(method, text)| (method.name(), text.clone())).unzip();
        let optional = [
            ("state", self.to.state.clone()),
            ("nonce", self.nonce.clone()),
            ("code_challenge", challenge),
            ("code_challenge_method", method.map(str::to_owned)),
            ("client_info", self.client_info.then(|| "1".to_owned())),
            ("claims", self.claims()),
        ];
        let required = [
            ("client_id", self.to.client_id.clone()),
            ("redirect_uri", self.to.redirect_uri.clone()),
            ("response_type", self.response.text()),
            ("response_mode", self.to.mode.name().to_owned()),
            ("scope", self.scope.clone()),
        ];
        let optional = optional.into_iter().filter_map(|(name, value)| Some((name, value?)));
        required.into_iter().chain(optional).map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// Returns true if the journey's user may answer the request.
    #[must_use]
    pub fn is_for(&self, issued: &Issued) -> bool {
        let ids = [issued.object_id.as_ref(), issued.subject.as_ref()];
        self.person.iter().all(|person| ids.contains(&Some(person)))
    }

    /// `claims`, as far as it is stored (OpenID Connect Core section 5.5).
    fn claims(&self) -> Option<String> {
        let asked =
            |names: &[String]| -> Map<String, Value> { names.iter().map(|name| (name.clone(), Value::Null)).collect() };
        let mut id_token = asked(&self.id_token_claims);
        let person = self.person.first().filter(|_| self.to.strict);
        id_token.extend(person.map(|person| ("sub".to_owned(), json!({ "value": person }))));
        let members = [("userinfo", asked(&self.userinfo_claims)), ("id_token", id_token)];
        let members = members.into_iter().filter(|(_, names)| !names.is_empty());
        let members: Map<_, _> = members.map(|(name, names)| (name.to_owned(), Value::Object(names))).collect();
        (!members.is_empty()).then(|| Value::Object(members).to_string())
    }
}

/// `response_type`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponseType {
    /// `code`
    pub code: bool,
    /// `id_token`
    pub id_token: bool,
    /// `token`
    pub token: bool,
}

impl ResponseType {
    /// Parses the parameter; its words may come in any order, but not twice.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut found = Self::default();
        for word in text.split(' ').filter(|w| !w.is_empty()) {
            let slot = match word {
                "code" => &mut found.code,
                "id_token" => &mut found.id_token,
                "token" => &mut found.token,
                _ => return None,
            };
            if std::mem::replace(slot, true) {
                return None;
            }
        }
        (found != Self::default()).then_some(found)
    }

    /// The parameter.
    fn text(self) -> String {
        let words = [(self.code, "code"), (self.id_token, "id_token"), (self.token, "token")];
        words.into_iter().filter_map(|(asked, word)| asked.then_some(word)).collect::<Vec<_>>().join(" ")
    }

    /// Returns query if the type is just `code`, otherwise fragment (OAuth 2.0 Multiple Response Type Encoding
    /// Practices section 3).
    #[must_use]
    pub const fn default_mode(self) -> ResponseMode {
        if self.id_token || self.token { ResponseMode::Fragment } else { ResponseMode::Query }
    }
}

/// `response_mode`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResponseMode {
    /// `query`
    #[default]
    Query,
    /// `fragment`
    Fragment,
    /// `form_post`
    FormPost,
}

impl ResponseMode {
    /// Parses the parameter.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "query" => Some(Self::Query),
            "fragment" => Some(Self::Fragment),
            "form_post" => Some(Self::FormPost),
            _ => None,
        }
    }

    /// The parameter.
    const fn name(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Fragment => "fragment",
            Self::FormPost => "form_post",
        }
    }

    /// Returns true if a response of this type may be sent this way. Tokens are never sent in a query (OAuth 2.0
    /// Multiple Response Type Encoding Practices section 3), and browsers can post a form only to web addresses.
    #[must_use]
    pub fn fits(self, response: ResponseType, redirect_uri: &str) -> bool {
        match self {
            Self::Query => !response.id_token && !response.token,
            Self::Fragment => true,
            Self::FormPost => redirect_uri.starts_with("https://") || redirect_uri.starts_with("http://"),
        }
    }
}

/// Where an authorization response goes. It is created only from registered redirect URIs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnTo {
    /// The application's client id.
    pub client_id: String,
    /// Its redirect URI, as sent.
    pub redirect_uri: String,
    /// The response mode.
    pub mode: ResponseMode,
    /// The `state` to send back.
    pub state: Option<String>,
    /// `iss` (RFC 9207): B2C's clients ignore it, but it protects others against mix-up attacks.
    pub issuer: String,
    /// The language of the page that posts the response.
    #[serde(default)]
    pub language: String,
    /// True if the application is set to `openid = "strict"`: the error description is then one line.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub strict: bool,
}

/// The parameters of an authorization response.
pub type Fields = Vec<(String, String)>;

/// The failure for a scope with an invalid character.
#[must_use]
pub fn illegal_scope(IllegalCharacter(character): IllegalCharacter) -> Failure {
    Failure::scope_illegal(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn response_types_come_in_any_order_and_once() {
        let parsed = |text| ResponseType::parse(text).map(|r| (r.code, r.id_token, r.token));
        assert_eq!(parsed("code"), Some((true, false, false)));
        assert_eq!(parsed("id_token  code"), Some((true, true, false)));
        assert_eq!(parsed("token id_token"), Some((false, true, true)));
        for bad in ["", " ", "none", "code code", "CODE", "code,token"] {
            assert_eq!(parsed(bad), None, "{bad:?}");
        }
    }
}
