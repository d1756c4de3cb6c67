//! A name and a password in, tokens out: `grant_type=password` (ROPC), where policy and application allow it.
//!
//! Guessing is bounded by the directory: smart lockout for each account, a budget for each address.

use super::reply::{self, Answer, Refusal};
use super::{Exchange, asked, journey, refresh, trail};
use crate::oauth::grant::GrantBody;
use crate::oauth::mint::{self, Mint};
use crate::oauth::scopes;
use vestibule_protocol::error::Failure;
use vestibule_store::{GrantRecord, StoreError};
use vestibule_tenant::registry::Platform;

/// Refusals of one address that are told to the audit log in a while.
const TOLD: i64 = 100;

/// Sign the person in.
pub(super) async fn sign_in(exchange: &Exchange<'_>) -> Result<Answer, Refusal> {
    let Exchange { app, call, target, client } = exchange;
    let application = &client.application;
    if !target.flow.policy.relying_party.resource_owner || !application.public_client {
        return Err(Failure::password_grant_disabled().into());
    }
    // A client that has a secret may leave it out here, and one that has none may send one (contract 2.4).
    check_response_type(exchange.param("response_type"))?;
    let (username, password) = (exchange.required("username")?, exchange.required("password")?);
    let asked = asked::parse(exchange.param("scope").ok_or_else(Failure::scope_missing)?)?;
    let granted = scopes::decide(&target.tenant, application, &asked)?;
    let issued = match journey::password(exchange, username, password).await {
        Ok(issued) => issued,
        Err(refusal) => return Err(told(exchange, refusal).await?),
    };

    let now = app.now();
    let object_id = issued.object_id.clone().or_else(|| mint::subject(&issued)).unwrap_or_default();
    let auth_time = issued.signed_in_at.unwrap_or(now) / 1000;
    let grant = GrantBody {
        issued,
        origin: call.origin.public.clone(),
        scopes: granted.scopes.iter().map(str::to_owned).collect(),
        auth_time,
        nonce: None,
        userinfo_claims: Vec::new(),
        policy: target.flow.name.clone(),
        started_at: now,
        platform: Platform::PublicClient,
    };
    let record = GrantRecord {
        id: app.random().uuid_at(now),
        tenant: target.tenant.id.clone(),
        client_id: application.client_id.clone(),
        object_id,
        policy: target.flow.name.clone(),
        body: serde_json::to_string(&grant).map_err(|e| StoreError::Damaged(e.into()))?,
        created_at: now,
        revoked_at: None,
    };
    let mint = Mint { app, target, application, grant: &grant, granted: &granted, at: now };
    let answer = reply::tokens(mint, &record.id, exchange.wants_client_info()).await?;
    let fresh = if granted.offline { refresh::fresh(exchange, &record.id, &grant, now) } else { None };
    let entry = trail::success(exchange, "token.password", Some(&record.object_id), &granted, fresh.is_some());
    app.store().grant_create(&record, fresh.as_ref().map(|f| &f.record), &[entry]).await?;
    Ok(answer.with_refresh_token(fresh, now))
}

/// Tell the audit log that somebody was not let in; of one address no more than it can read.
async fn told(exchange: &Exchange<'_>, refusal: Refusal) -> Result<Refusal, Refusal> {
    let Exchange { app, call, target, .. } = exchange;
    let entry = trail::failure(app, call, target, exchange.client_id(), "token.password", refusal.failure());
    trail::tell(app, &trail::budget(call, target, "password refusals", TOLD), entry).await?;
    Ok(refusal)
}

/// `token`, `id_token` or both, in any order; B2C's clients send it, and it changes nothing.
fn check_response_type(sent: Option<&str>) -> Result<(), Failure> {
    match sent.is_none_or(|types| types.split(' ').all(|one| matches!(one, "token" | "id_token"))) {
        true => Ok(()),
        false => Err(Failure::new(90013, "unsupported_response_type", "The requested response type is not supported.")),
    }
}
