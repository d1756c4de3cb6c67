//! An authorization code in, tokens out.
//!
//! Everything is checked before the code is burnt: whoever is not its owner can neither use nor spoil it.

use super::reply::{self, Answer, Refusal};
use super::{Exchange, account, asked, refresh, trail};
use crate::oauth::grant::{CodeBody, GrantBody};
use crate::oauth::mint::Mint;
use crate::oauth::scopes;
use serde::de::DeserializeOwned;
use vestibule_protocol::digest::sha256_base64url;
use vestibule_protocol::error::Failure;
use vestibule_protocol::pkce;
use vestibule_store::{CodeRecord, GrantRecord, Redeemed, StoreError};
use vestibule_tenant::clock::MOST_SKEW;
use vestibule_tenant::registry::Platform;

/// Redeem the code.
pub(super) async fn redeem(exchange: &Exchange<'_>) -> Result<Answer, Refusal> {
    let Exchange { app, target, client, .. } = exchange;
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

    let asked = asked::under(&client.application, &grant, exchange.param("scope"), true)?;
    let granted = scopes::decide(&target.tenant, &client.application, &asked)?;
    let now = app.now();
    let mint = Mint { app, target, application: &client.application, grant: &grant, granted: &granted, at: now };
    let answer = reply::tokens(mint, &record.id, exchange.wants_client_info()).await?;
    let fresh = if granted.offline { refresh::fresh(exchange, &record.id, &grant, now) } else { None };
    let entry = trail::success(exchange, "token.redeemCode", Some(&record.object_id), &granted, fresh.is_some());
    let stored = fresh.as_ref().map(|f| &f.record);
    match app.store().code_redeem(tenant, &hash, stored, now, &[entry]).await? {
        Redeemed::Won => Ok(answer.with_refresh_token(fresh, now)),
        Redeemed::AlreadyUsed { .. } => Err(replayed(exchange, &record).await?),
        Redeemed::Gone => Err(Failure::grant_expired().into()),
    }
}

/// A body of the store.
pub(super) fn read<T: DeserializeOwned>(body: &str) -> Result<T, StoreError> {
    serde_json::from_str(body).map_err(|cause| StoreError::Damaged(cause.into()))
}

/// Whether the grant is this client's and this policy's. A stranger that holds one is told to the audit log.
pub(super) async fn belongs(exchange: &Exchange<'_>, record: &GrantRecord) -> Result<(), Refusal> {
    let Exchange { app, call, target, .. } = exchange;
    if record.client_id.eq_ignore_ascii_case(exchange.client_id()) {
        return match record.policy.eq_ignore_ascii_case(&target.flow.name) {
            true => Ok(()),
            false => Err(Failure::grant_of_other_policy().into()),
        };
    }
    let failure = Failure::grant_of_other_client();
    let entry = trail::failure(app, call, target, exchange.client_id(), "token.foreignGrant", &failure);
    app.store().audit(&[entry]).await?;
    Err(failure.into())
}

/// The redirect URI and the verifier.
fn check_code(exchange: &Exchange<'_>, code: &CodeBody, platform: Platform) -> Result<(), Failure> {
    if exchange.required("redirect_uri")? != code.redirect_uri {
        let message = "The redirect URI in the request is not the one that the grant was issued to.";
        return Err(Failure::new(90085, "invalid_grant", message));
    }
    match (&code.challenge, exchange.param("code_verifier")) {
        (None, None) if platform == Platform::Web => Ok(()),
        // Without a secret, only the challenge says whose the code is.
        (None, None) => Err(Failure::challenge_missing()),
        // A verifier for a code without challenge: somebody took the challenge away (RFC 9700 section 2.1.1).
        (None, Some(_)) | (Some(_), None) => Err(Failure::verifier_mismatch()),
        (Some((method, challenge)), Some(verifier)) => match pkce::verify((*method).into(), challenge, verifier) {
            true => Ok(()),
            false => Err(Failure::verifier_wrong()),
        },
    }
}

/// Whether the code was not used and is young enough.
async fn still_counts(exchange: &Exchange<'_>, code: &CodeRecord, record: &GrantRecord) -> Result<(), Refusal> {
    if code.used_at.is_some() {
        return Err(replayed(exchange, record).await?);
    }
    let now = exchange.app.now();
    let of_the_future = record.created_at > now.saturating_add(MOST_SKEW);
    match code.expires_at > now && !of_the_future {
        true => Ok(()),
        false => Err(Failure::grant_expired().into()),
    }
}

/// The code was used before: end what it gave (RFC 6749 section 4.1.2).
async fn replayed(exchange: &Exchange<'_>, record: &GrantRecord) -> Result<Refusal, Refusal> {
    let entry = trail::replay(exchange, "token.codeReplayed", &record.object_id);
    exchange.app.store().grant_revoke(&record.tenant, &record.id, exchange.app.now(), &[entry]).await?;
    let message = "The provided grant has already been redeemed. Please re-authenticate and try again.";
    Ok(Failure::new(Failure::grant_expired().code, "invalid_grant", message).into())
}
