//! The token endpoint (RFC 6749 section 3.2): identifies the client, runs the grant type, and returns tokens.

mod account;
mod assertion;
mod audit;
mod client;
mod client_credentials;
mod code;
mod error;
mod grant;
mod journey;
mod password;
mod refresh;
mod reply;
mod scope;

use super::cors;
use crate::oauth::visit::Visit;
use axum::body::Body;
use client::Client;
use error::TokenError;
use http::{Method, Response};
use reply::TokenResponse;
use vestibule_protocol::error::Failure;

/// The parameters that this endpoint reads; each may be sent once (RFC 6749 section 3.2).
const READ: &[&str] = &[
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_info",
    "client_secret",
    "code",
    "code_verifier",
    "grant_type",
    "password",
    "redirect_uri",
    "refresh_token",
    "response_type",
    "scope",
    "username",
];

/// A request to the token endpoint whose client is identified.
struct Exchange<'a> {
    visit: Visit<'a>,
    client: Client,
}

impl Exchange<'_> {
    /// Returns a parameter of the form. The query is not read: secrets do not belong there.
    fn param(&self, name: &str) -> Option<&str> {
        self.visit.call.body.get(name)
    }

    /// Returns a parameter that the grant type requires.
    fn required(&self, name: &str) -> Result<&str, Failure> {
        self.param(name).ok_or_else(|| Failure::parameter_missing(name))
    }

    fn client_id(&self) -> &str {
        &self.client.application.client_id
    }

    fn wants_client_info(&self) -> bool {
        self.param("client_info") == Some("1")
    }
}

/// Answers a request to the token endpoint, also the preflight request of a single-page application.
pub async fn handle(visit: Visit<'_>) -> Response<Body> {
    if visit.call.method == Method::OPTIONS {
        return cors::preflight(visit, "POST");
    }
    let mut response = match exchange(visit).await {
        Ok(tokens) => reply::given(&tokens),
        Err(error) => reply::refused(visit, &error),
    };
    cors::allow(&mut response, visit, client::named(visit.call).as_deref());
    response
}

async fn exchange(visit: Visit<'_>) -> Result<TokenResponse, TokenError> {
    if visit.call.method != Method::POST {
        return Err(Failure::post_only().into());
    }
    if !visit.call.is_form {
        let message = "The request must be sent as application/x-www-form-urlencoded.";
        return Err(Failure::new(90122, "invalid_request", message).into());
    }
    if let Some(name) = visit.call.body.any_repeated(READ) {
        let message = format!("The parameter {name} was sent more than once.");
        return Err(Failure::new(90122, "invalid_request", message).into());
    }
    let grant_type = visit.call.body.get("grant_type").ok_or_else(|| Failure::parameter_missing("grant_type"))?;
    if !["authorization_code", "refresh_token", "client_credentials", "password"].contains(&grant_type) {
        return Err(Failure::grant_type_unsupported(grant_type).into());
    }
    let client = client::identify(visit).await?;
    let exchange = Exchange { visit, client };
    // Boxed, so that the future of one grant type does not reserve space for the largest.
    match grant_type {
        "authorization_code" => Box::pin(code::redeem(&exchange)).await,
        "refresh_token" => Box::pin(refresh::exchange(&exchange)).await,
        "client_credentials" => Box::pin(client_credentials::give(&exchange)).await,
        _ => Box::pin(password::sign_in(&exchange)).await,
    }
}
