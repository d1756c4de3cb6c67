//! `grant_type=client_credentials`: a token for the application itself, without a user (RFC 6749 section 4.4).

use super::client::Proof;
use super::error::TokenError;
use super::reply::TokenResponse;
use super::{Exchange, audit, scope};
use crate::oauth::visit::Visit;
use crate::oauth::{mint, scopes};
use vestibule_protocol::error::Failure;

/// Returns an access token with the application's roles at one API.
pub(super) async fn give(exchange: &Exchange<'_>) -> Result<TokenResponse, TokenError> {
    let (Visit { app, target, .. }, client) = (exchange.visit, &exchange.client);
    client.must_be_proven()?;
    let asked = scope::parse(exchange.param("scope").ok_or_else(Failure::scope_missing)?)?;
    let granted = scopes::decide_for_itself(&target.tenant, &client.application, &asked)?;
    let resource = granted.resource.as_ref().ok_or_else(Failure::permission_missing)?;
    let by_certificate = client.proof == Proof::Certificate;
    let token = mint::application_token(exchange.visit, &client.application, resource, by_certificate).await?;
    app.store().audit(&[audit::success(exchange, "token.clientCredentials", None, &granted, false)]).await?;
    Ok(TokenResponse {
        access_token: Some(token.text),
        id_token: None,
        token_type: "Bearer".to_owned(),
        not_before: token.not_before,
        expires_in: Some(token.expires_in),
        expires_on: Some(token.not_before + token.expires_in),
        resource: Some(resource.client_id.clone()),
        id_token_expires_in: None,
        profile_info: None,
        scope: granted.scopes.to_string(),
        refresh_token: None,
        refresh_token_expires_in: None,
        client_info: None,
    })
}
