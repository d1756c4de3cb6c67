//! `grant_type=password` (ROPC, RFC 6749 section 4.3), if both policy and application allow it.
//!
//! Guessing is limited: smart lockout for each account, a rate limit for each address.

use super::error::TokenError;
use super::reply::{self, TokenResponse};
use super::{Exchange, audit, journey, refresh, scope};
use crate::oauth::grant::{GrantBody, Obtained};
use crate::oauth::mint::{self, Mint};
use crate::oauth::registered::check_password_grant;
use crate::oauth::scopes;
use crate::oauth::visit::Visit;
use vestibule_protocol::error::Failure;
use vestibule_store::{GrantRecord, StoreError};
use vestibule_tenant::registry::Platform;

/// The maximum number of audited rejections from one address per window.
const AUDITED_REFUSALS: i64 = 100;

/// Signs the user in.
pub(super) async fn sign_in(exchange: &Exchange<'_>) -> Result<TokenResponse, TokenError> {
    let (Visit { app, call, target }, client) = (exchange.visit, &exchange.client);
    let application = &client.application;
    check_password_grant(exchange.visit, application)?;
    // As in B2C, a client with a secret may omit it here, and a client without one may send one.
    check_response_type(exchange.param("response_type"))?;
    let (username, password) = (exchange.required("username")?, exchange.required("password")?);
    let asked = scope::parse(exchange.param("scope").ok_or_else(Failure::scope_missing)?)?;
    let granted = scopes::decide(&target.tenant, application, &asked)?;
    let issued = match journey::password(exchange, username, password).await {
        Ok(issued) => issued,
        Err(refusal) => return Err(audit_refusal(exchange, refusal).await?),
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
        id_token_claims: Vec::new(),
        policy: target.flow.name.clone(),
        started_at: now,
        platform: Platform::PublicClient,
        obtained: Some(Obtained::Password),
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
    let entry = audit::success(exchange, "token.password", Some(&record.object_id), &granted, fresh.is_some());
    app.store().grant_create(&record, fresh.as_ref().map(|f| &f.record), &[entry]).await?;
    Ok(answer.with_refresh_token(fresh, now))
}

/// Audits the rejection, at a limited rate for each address, and returns it.
async fn audit_refusal(exchange: &Exchange<'_>, refusal: TokenError) -> Result<TokenError, TokenError> {
    let visit = exchange.visit;
    let entry = audit::failure(visit, exchange.client_id(), "token.password", &refusal.failure);
    audit::record_within(visit, &audit::budget(visit, "password refusals", AUDITED_REFUSALS), entry).await?;
    Ok(refusal)
}

/// Checks `response_type`: `token`, `id_token` or both, in any order. B2C's clients send it; it changes nothing.
fn check_response_type(sent: Option<&str>) -> Result<(), Failure> {
    if sent.is_none_or(|types| types.split(' ').all(|one| matches!(one, "token" | "id_token"))) {
        return Ok(());
    }
    Err(Failure::response_type_unsupported(sent.unwrap_or_default()))
}
