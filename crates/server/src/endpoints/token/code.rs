//! `grant_type=authorization_code`: redeems a code for tokens (RFC 6749 section 4.1.3).
//!
//! All checks come before the code is marked as used, so that only its owner can use or invalidate it.

use super::error::TokenError;
use super::grant::{belongs, read};
use super::reply::{self, TokenResponse};
use super::{Exchange, account, audit, refresh, scope};
use crate::oauth::grant::{CodeBody, GrantBody};
use crate::oauth::mint::Mint;
use crate::oauth::registered::{check_challenge, check_redirect_uri};
use crate::oauth::scopes;
use crate::oauth::visit::Visit;
use vestibule_protocol::digest::sha256_base64url;
use vestibule_protocol::error::Failure;
use vestibule_protocol::pkce;
use vestibule_store::{CodeRecord, GrantRecord, Redeemed};
use vestibule_tenant::clock::MOST_SKEW;
use vestibule_tenant::registry::Platform;

/// Redeems the code.
pub(super) async fn redeem(exchange: &Exchange<'_>) -> Result<TokenResponse, TokenError> {
    let (Visit { app, target, .. }, client) = (exchange.visit, &exchange.client);
    let hash = sha256_base64url(exchange.required("code")?.as_bytes());
    let tenant = &target.tenant.id;
    let found = app.store().code_peek(tenant, &hash).await?;
    let (code, record) = found.ok_or_else(Failure::grant_expired)?;
    let grant: GrantBody = read(&record.body)?;
    belongs(exchange, &record).await?;
    client.may_redeem(grant.platform)?;
    check_code(exchange, &read(&code.body)?, grant.platform)?;
    still_counts(exchange, &code, &record).await?;
    account::check(exchange, &grant, record.created_at).await?;

    let asked = scope::under(&client.application, &grant, exchange.param("scope"), true)?;
    let granted = scopes::decide(&target.tenant, &client.application, &asked)?;
    let now = app.now();
    let mint = Mint { app, target, application: &client.application, grant: &grant, granted: &granted, at: now };
    let answer = reply::tokens(mint, &record.id, exchange.wants_client_info()).await?;
    let fresh = if granted.offline { refresh::fresh(exchange, &record.id, &grant, now) } else { None };
    let entry = audit::success(exchange, "token.redeemCode", Some(&record.object_id), &granted, fresh.is_some());
    let stored = fresh.as_ref().map(|f| &f.record);
    match app.store().code_redeem(tenant, &hash, stored, now, &[entry]).await? {
        Redeemed::Won => Ok(answer.with_refresh_token(fresh, now)),
        Redeemed::AlreadyUsed { .. } => Err(replayed(exchange, &record).await?),
        Redeemed::Gone => Err(Failure::grant_expired().into()),
    }
}

/// Checks the redirect URI and the PKCE verifier, and that the application may still use them.
fn check_code(exchange: &Exchange<'_>, code: &CodeBody, platform: Platform) -> Result<(), Failure> {
    if exchange.required("redirect_uri")? != code.redirect_uri {
        return Err(Failure::redirect_uri_of_other_grant());
    }
    let application = &exchange.client.application;
    check_redirect_uri(application, &code.redirect_uri, platform)?;
    check_challenge(application, platform, code.challenge.as_ref().map(|(method, _)| *method))?;
    match (&code.challenge, exchange.param("code_verifier")) {
        (None, None) => Ok(()),
        // A verifier for a code without a challenge: an attacker removed the challenge (RFC 9700 section 2.1.1).
        (None, Some(_)) | (Some(_), None) => Err(Failure::verifier_mismatch()),
        (Some((method, challenge)), Some(verifier)) if pkce::verify((*method).into(), challenge, verifier) => Ok(()),
        (Some(_), Some(_)) => Err(Failure::verifier_wrong()),
    }
}

/// Checks that the code is unused and has not expired.
async fn still_counts(exchange: &Exchange<'_>, code: &CodeRecord, record: &GrantRecord) -> Result<(), TokenError> {
    if code.used_at.is_some() {
        return Err(replayed(exchange, record).await?);
    }
    let now = exchange.visit.now();
    let of_the_future = record.created_at > now.saturating_add(MOST_SKEW);
    if code.expires_at > now && !of_the_future { Ok(()) } else { Err(Failure::grant_expired().into()) }
}

/// Revokes the grant of a code that was used before (RFC 6749 section 4.1.2).
async fn replayed(exchange: &Exchange<'_>, record: &GrantRecord) -> Result<TokenError, TokenError> {
    let entry = audit::replay(exchange, "token.codeReplayed", &record.object_id);
    exchange.visit.app.store().grant_revoke(&record.tenant, &record.id, exchange.visit.now(), &[entry]).await?;
    let message = "The provided grant has already been redeemed. Please re-authenticate and try again.";
    Ok(Failure::new(Failure::grant_expired().code, "invalid_grant", message).into())
}
