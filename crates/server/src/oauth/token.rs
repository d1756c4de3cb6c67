//! The token endpoint (contract 2.4): who asks, which grant, tokens out.

mod account;
mod asked;
mod assertion;
mod client;
mod client_credentials;
mod code;
pub(crate) mod cors;
mod journey;
mod password;
mod refresh;
mod reply;
mod trail;

use crate::app::App;
use crate::oauth::target::Target;
use crate::web::request::Call;
use axum::body::Body;
use client::Client;
use http::{Method, Response};
use reply::{Answer, Refusal};
use vestibule_protocol::error::Failure;

/// Parameters that are read here; each may be sent once (RFC 6749 section 3.2).
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

/// One request to the token endpoint, its client known.
pub(crate) struct Exchange<'a> {
    app: &'a App,
    call: &'a Call,
    target: &'a Target,
    client: Client,
}

impl Exchange<'_> {
    /// A parameter of the form. The query is not read: secrets do not belong there.
    fn param(&self, name: &str) -> Option<&str> {
        self.call.body.get(name)
    }

    /// A parameter that the grant cannot do without.
    fn required(&self, name: &str) -> Result<&str, Failure> {
        self.param(name).ok_or_else(|| missing(name))
    }

    fn client_id(&self) -> &str {
        &self.client.application.client_id
    }

    fn wants_client_info(&self) -> bool {
        self.param("client_info") == Some("1")
    }
}

/// A required parameter is missing.
fn missing(name: &str) -> Failure {
    Failure::new(90083, "invalid_request", format!("The request is missing required parameter: {name}."))
}

/// Answer a request to the token endpoint, preflight requests of single-page applications too.
pub async fn handle(app: &App, call: &Call, target: &Target) -> Response<Body> {
    if call.method == Method::OPTIONS {
        return cors::preflight(call, target, "POST");
    }
    let mut response = match exchange(app, call, target).await {
        Ok(answer) => reply::given(&answer),
        Err(refusal) => reply::refused(app, call, target, &refusal),
    };
    cors::allow(&mut response, call, target, client::named(call).as_deref());
    response
}

async fn exchange(app: &App, call: &Call, target: &Target) -> Result<Answer, Refusal> {
    if call.method != Method::POST {
        return Err(Failure::post_only().into());
    }
    if !call.is_form {
        let message = "The request must be sent as application/x-www-form-urlencoded.";
        return Err(Failure::new(90122, "invalid_request", message).into());
    }
    if let Some(name) = call.body.any_repeated(READ) {
        let message = format!("The parameter {name} was sent more than once.");
        return Err(Failure::new(90122, "invalid_request", message).into());
    }
    let grant_type = call.body.get("grant_type").ok_or_else(|| missing("grant_type"))?;
    if !["authorization_code", "refresh_token", "client_credentials", "password"].contains(&grant_type) {
        return Err(Failure::grant_type_unsupported().into());
    }
    let client = client::identify(app, call, target).await?;
    let exchange = Exchange { app, call, target, client };
    // Boxed: none pays for the room that another needs.
    match grant_type {
        "authorization_code" => Box::pin(code::redeem(&exchange)).await,
        "refresh_token" => Box::pin(refresh::exchange(&exchange)).await,
        "client_credentials" => Box::pin(client_credentials::give(&exchange)).await,
        _ => Box::pin(password::sign_in(&exchange)).await,
    }
}
