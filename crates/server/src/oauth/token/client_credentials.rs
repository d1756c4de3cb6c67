//! An application for itself, with no person: `grant_type=client_credentials` (contract 2.4).

use super::client::Proof;
use super::reply::{Answer, Refusal};
use super::{Exchange, asked, trail};
use crate::oauth::{mint, scopes};
use vestibule_protocol::error::Failure;

/// An access token with the application's roles at one API.
pub(super) async fn give(exchange: &Exchange<'_>) -> Result<Answer, Refusal> {
    let Exchange { app, call, target, client } = exchange;
    client.must_be_proven()?;
    let asked = asked::parse(exchange.param("scope").ok_or_else(Failure::scope_missing)?)?;
    let granted = scopes::decide_for_itself(&target.tenant, &client.application, &asked)?;
    let resource = granted.resource.as_ref().ok_or_else(Failure::permission_missing)?;
    let by_certificate = client.proof == Proof::Certificate;
    let origin = &call.origin.public;
    let token = mint::application_token(app, target, &client.application, resource, origin, by_certificate).await?;
    app.store().audit(&[trail::success(exchange, "token.clientCredentials", None, &granted, false)]).await?;
    Ok(Answer {
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
