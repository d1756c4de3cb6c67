//! Endpoints of the fake tenant, for the library and for browsers.

use super::{API_URI, FLOWS, FakeTenant, Grant, ORIGIN, SECRET, WEB_APP};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use url::{Url, form_urlencoded};
use vestibule_protocol::error::Failure;
use vestibule_protocol::pkce;
use vestibule_protocol::scope::Scopes;
use vestibule_protocol::urls::{self, Endpoint, Endpoints, Form};

type Pairs = BTreeMap<String, String>;

impl FakeTenant {
    /// Responds to a request of the library.
    pub(super) fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let path = request.uri().path();
        let host = request.uri().authority().map(|a| format!("https://{a}"));
        let route = urls::parse(path).filter(|_| host.as_deref() == Some(ORIGIN));
        let policy = route.as_ref().and_then(|r| r.policy).and_then(flow);
        let (status, body) = match (route.map(|r| r.endpoint), policy) {
            (Some(Endpoint::Discovery), Some(policy)) => (StatusCode::OK, self.discovery(policy)),
            (Some(Endpoint::Keys), Some(_)) => (StatusCode::OK, self.published()),
            (Some(Endpoint::Token), Some(policy)) => self.token(policy, &pairs(request.body())),
            _ => (StatusCode::NOT_FOUND, json!({ "error": "not_found" })),
        };
        let mut response = Response::new(Bytes::from(body.to_string()));
        *response.status_mut() = status;
        response
    }

    /// Lets a browser visit the tenant, and returns the URL to which it is redirected.
    ///
    /// # Panics
    /// If the request is one that a real tenant answers with an error page: then the app or the test is wrong.
    #[must_use]
    pub fn visit(&self, url: &str) -> String {
        let url = match Url::parse(url) {
            Ok(url) if url.as_str().starts_with(ORIGIN) => url,
            _ => panic!("{url} is not at the fake tenant"),
        };
        let query = pairs(url.query().unwrap_or_default().as_bytes());
        let route = urls::parse(url.path());
        match route.as_ref().map(|r| (r.endpoint, r.policy.and_then(flow))) {
            Some((Endpoint::Authorize, Some(policy))) => self.authorize(policy, &query),
            Some((Endpoint::Logout, Some(_))) => self.log_out(&query),
            _ => panic!("the fake tenant has nothing at {url}"),
        }
    }

    fn discovery(&self, policy: &str) -> Value {
        self.count("discovery");
        let issuer = self.issuer();
        let tenant = "contoso.onmicrosoft.com";
        let at = Endpoints { origin: ORIGIN, tenant, tenant_id: super::TENANT_ID, policy, form: Form::Path };
        json!({
            "issuer": issuer, "authorization_endpoint": at.authorize(false), "token_endpoint": at.token(false),
            "end_session_endpoint": at.logout(false), "jwks_uri": at.keys(false), "scopes_supported": ["openid"],
        })
    }

    fn published(&self) -> Value {
        self.count("keys");
        json!({ "keys": [self.key().jwk(0)] })
    }

    fn authorize(&self, policy: &'static str, query: &Pairs) -> String {
        self.count("authorize");
        assert_eq!(query.get("client_id").map(String::as_str), Some(WEB_APP), "client_id");
        let redirect_uri = query.get("redirect_uri").cloned().unwrap_or_default();
        assert!(self.state().redirect_uris.contains(&redirect_uri), "{redirect_uri} must be registered");
        assert_eq!(query.get("response_type").map(String::as_str), Some("code"), "response_type");
        assert_eq!(query.get("code_challenge_method").map(String::as_str), Some("S256"), "code_challenge_method");
        let text = |name: &str| query.get(name).cloned().unwrap_or_default();
        let mut answer = vec![("state", text("state"))];
        match self.page(policy, &text("prompt"), &text("scope")) {
            Err(failure) => {
                answer.push(("error", failure.error.to_owned()));
                let id = "5c2c4fcb-64b7-4d9d-8f3c-0f9b2a3ce5a3";
                answer.push(("error_description", failure.description(id, self.0.clock.now() * 1000)));
            }
            Ok(()) => {
                let code = self.0.random.token();
                let mut state = self.state();
                let grant = Grant {
                    policy: policy.to_owned(),
                    redirect_uri: redirect_uri.clone(),
                    nonce: query.get("nonce").cloned(),
                    challenge: text("code_challenge"),
                    scope: text("scope"),
                    person: state.person.clone(),
                };
                state.codes.insert(code.clone(), grant);
                answer.push(("code", code));
            }
        }
        format!("{redirect_uri}?{}", form_urlencoded::Serializer::new(String::new()).extend_pairs(answer).finish())
    }

    /// The user's actions on the page.
    fn page(&self, policy: &str, prompt: &str, scope: &str) -> Result<(), Failure> {
        let mut state = self.state();
        if prompt == "none" && !state.signed_in {
            return Err(Failure::no_session());
        }
        if let Some(code) = state.next_error.take() {
            return Err(Failure::new(code, "access_denied", "As the test wants it."));
        }
        if !state.consents && scope.contains(API_URI) {
            return Err(Failure::permission_missing());
        }
        state.signed_in = true;
        if policy == FLOWS[1]
            && let Some(name) = state.new_name.take()
        {
            state.person.claims.insert("name".to_owned(), name.into());
        }
        Ok(())
    }

    fn log_out(&self, query: &Pairs) -> String {
        self.count("logout");
        self.state().signed_in = false;
        let to = query.get("post_logout_redirect_uri").cloned().unwrap_or_default();
        assert!(self.state().redirect_uris.contains(&to), "post_logout_redirect_uri {to} must be registered");
        to
    }

    fn token(&self, policy: &str, form: &Pairs) -> (StatusCode, Value) {
        self.count("token");
        match self.redeem(policy, form) {
            Ok(answer) => (StatusCode::OK, answer),
            Err(failure) => {
                let text = failure.description("5c2c4fcb-64b7-4d9d-8f3c-0f9b2a3ce5a3", self.0.clock.now() * 1000);
                (StatusCode::BAD_REQUEST, json!({ "error": failure.error, "error_description": text }))
            }
        }
    }

    fn redeem(&self, policy: &str, form: &Pairs) -> Result<Value, Failure> {
        let text = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        if text("client_id") != WEB_APP || text("client_secret") != SECRET {
            return Err(Failure::secret_wrong());
        }
        let (grant, nonce) = match text("grant_type") {
            "authorization_code" => {
                let code = self.state().codes.remove(text("code"));
                let grant = code.ok_or_else(Failure::grant_expired)?;
                if grant.redirect_uri != text("redirect_uri") {
                    return Err(Failure::grant_unusable());
                }
                if !pkce::verify(pkce::Method::S256, &grant.challenge, text("code_verifier")) {
                    return Err(Failure::verifier_wrong());
                }
                let nonce = grant.nonce.clone();
                (grant, nonce)
            }
            "refresh_token" => {
                let token = self.state().refresh_tokens.remove(text("refresh_token"));
                let mut grant = token.ok_or_else(Failure::grant_expired)?;
                if !text("scope").is_empty() {
                    text("scope").clone_into(&mut grant.scope);
                }
                (grant, None)
            }
            other => return Err(Failure::grant_type_unsupported(other)),
        };
        if grant.policy != policy {
            return Err(Failure::grant_of_other_policy(&grant.policy, policy));
        }
        let wants_api = Scopes::parse(&grant.scope).unwrap_or_default().resources().next().is_some();
        if wants_api && !self.state().consents {
            // A rejected request does not use up the refresh token.
            self.state().refresh_tokens.insert(text("refresh_token").to_owned(), grant);
            return Err(Failure::permission_missing());
        }
        Ok(self.grant(&grant, nonce.as_deref()))
    }
}

/// The canonical name of a flow.
fn flow(name: &str) -> Option<&'static str> {
    FLOWS.into_iter().find(|flow| flow.eq_ignore_ascii_case(name))
}

fn pairs(text: &[u8]) -> Pairs {
    form_urlencoded::parse(text).into_owned().collect()
}
