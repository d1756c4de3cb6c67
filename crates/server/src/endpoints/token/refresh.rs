//! `grant_type=refresh_token`: exchanges a refresh token for its successor and new tokens.
//!
//! Each refresh token works once. For a short time the same application gets the same successor again (two requests
//! that raced, a lost response); later reuse is a sign of theft and revokes the grant (RFC 9700 section 4.14.2).

use super::error::TokenError;
use super::grant::{belongs, read};
use super::reply::{self, Fresh, TokenResponse};
use super::{Exchange, account, audit, journey, scope};
use crate::oauth::grant::GrantBody;
use crate::oauth::mint::Mint;
use crate::oauth::registered::check_obtained;
use crate::oauth::scopes::{self, Granted};
use crate::oauth::visit::Visit;
use std::time::Duration;
use vestibule_protocol::digest::sha256_base64url;
use vestibule_protocol::error::Failure;
use vestibule_store::{GrantRecord, RefreshRecord, Rotated, Rotation};
use vestibule_tenant::registry::Platform;
use vestibule_tenant::seal::Sealer;

/// How long a used token still returns the same successor, in milliseconds, for a client that gave up waiting and
/// retries.
const GRACE: i64 = 30_000;
/// The timeout of a refresh; after that, the response is 503. Clearly shorter than the grace period, so that a retry
/// comes in time.
const LONGEST_ANSWER: Duration = Duration::from_secs(10);
/// The time after the sign-in in which a single-page application may refresh, in milliseconds: B2C's 24 hours.
const SPA_LIFETIME: i64 = 24 * 60 * 60 * 1000;
/// The purpose that the successor is sealed for.
const PURPOSE: &str = "successor of a refresh token";

/// Makes a refresh token for this grant, unless the grant has expired.
pub(super) fn fresh(exchange: &Exchange<'_>, grant_id: &str, grant: &GrantBody, now: i64) -> Option<Fresh> {
    let token = exchange.visit.app.random().token();
    let expires_at = expires_at(exchange, grant, now);
    let record = RefreshRecord {
        hash: sha256_base64url(token.as_bytes()),
        tenant: exchange.visit.tenant_id().to_owned(),
        grant_id: grant_id.to_owned(),
        // Not earlier than the grant, which a node with a fast clock may have created.
        issued_at: now.max(grant.started_at),
        expires_at,
        used_at: None,
    };
    (expires_at > now).then_some(Fresh { token, record })
}

/// Returns when a token issued at `now` expires; milliseconds.
///
/// Its lifetime is the policy's, cut off at the end of the sliding window that began with the grant's first token. A
/// token of a single-page application expires a day after the sign-in.
fn expires_at(exchange: &Exchange<'_>, grant: &GrantBody, now: i64) -> i64 {
    let tokens = &exchange.visit.policy().relying_party.tokens;
    let ends = now + i64::from(tokens.refresh_token_secs) * 1000;
    let window = tokens.refresh_window_secs.map(|secs| grant.started_at + i64::from(secs) * 1000);
    match grant.platform {
        Platform::Spa => grant.started_at + SPA_LIFETIME,
        Platform::Web | Platform::PublicClient => window.map_or(ends, |window| ends.min(window)),
    }
}

/// Exchanges the refresh token, in [`LONGEST_ANSWER`] at most.
pub(super) async fn exchange(exchange: &Exchange<'_>) -> Result<TokenResponse, TokenError> {
    let answer = tokio::time::timeout(LONGEST_ANSWER, Box::pin(rotate(exchange))).await;
    answer.unwrap_or_else(|_| {
        tracing::error!(correlation_id = exchange.visit.call.correlation_id, "a refresh took too long and is given up");
        Err(Failure::busy().into())
    })
}

async fn rotate(exchange: &Exchange<'_>) -> Result<TokenResponse, TokenError> {
    let (Visit { app, target, .. }, client) = (exchange.visit, &exchange.client);
    let old = exchange.required("refresh_token")?;
    let hash = sha256_base64url(old.as_bytes());
    let found = app.store().refresh_peek(&target.tenant.id, &hash).await?;
    let (token, record) = found.ok_or_else(Failure::grant_expired)?;
    let mut grant: GrantBody = read(&record.body)?;
    belongs(exchange, &record).await?;
    client.may_redeem(grant.platform)?;
    check_obtained(exchange.visit, &client.application, &grant)?;
    if token.expires_at <= app.now() {
        return Err(Failure::grant_expired().into());
    }
    account::check(exchange, &grant, token.issued_at).await?;
    if record.revoked_at.is_some() {
        return Err(Failure::grant_revoked().into());
    }
    // The nonce belongs to the browser's request, so a refreshed ID token has none (OpenID Connect Core section 12.2).
    grant.nonce = None;
    let asked = scope::under(&client.application, &grant, exchange.param("scope"), false)?;
    let granted = scopes::decide(&target.tenant, &client.application, &asked)?;
    // `offline_access` was withdrawn from the application.
    if !granted.offline {
        return Err(Failure::grant_revoked().into());
    }
    if token.used_at.is_some() {
        return again(exchange, old, &token, &record, &grant, &granted).await;
    }
    let now = app.now();
    let fresh = fresh(exchange, &record.id, &grant, now).ok_or_else(Failure::grant_expired)?;
    let entry = audit::success(exchange, "token.refresh", Some(&record.object_id), &granted, true);
    let rotation = Rotation {
        tenant: target.tenant.id.clone(),
        old_hash: hash,
        successor: seal(old, &fresh.token).ok_or_else(Failure::server_error)?,
        new: fresh.record.clone(),
        now,
    };
    let answer = tokens(exchange, &record.id, &grant, &granted, token.issued_at, now).await?;
    match app.store().refresh_rotate(rotation, &[entry]).await? {
        Rotated::Won => Ok(answer.with_refresh_token(Some(fresh), now)),
        Rotated::AlreadyUsed { token, grant: record } => again(exchange, old, &token, &record, &grant, &granted).await,
        Rotated::Gone => Err(Failure::grant_revoked().into()),
    }
}

/// Creates the other tokens, at `now`, for a refresh token that was issued at `issued_at`; both in milliseconds.
async fn tokens(
    exchange: &Exchange<'_>,
    grant_id: &str,
    grant: &GrantBody,
    granted: &Granted,
    issued_at: i64,
    now: i64,
) -> Result<TokenResponse, TokenError> {
    // This node's clock may be behind that of the node that revoked earlier sessions.
    let issued_at = issued_at.max(grant.issued.signed_in_at.unwrap_or(i64::MIN));
    let issued = journey::refresh(exchange, grant_id, grant, issued_at).await?;
    let renewed = issued.map(|issued| GrantBody { issued, ..grant.clone() });
    let grant = renewed.as_ref().unwrap_or(grant);
    let (Visit { app, target, .. }, client) = (exchange.visit, &exchange.client);
    let mint = Mint { app, target, application: &client.application, grant, granted, at: now };
    Ok(reply::tokens(mint, grant_id, exchange.wants_client_info()).await?)
}

/// Answers a token that was used before. Within the grace period it returns the same successor, with tokens of the
/// time of first use: a repeated request gets the identical response, unless key, account or the refresh journey's
/// result have changed. Two racing requests may be for different APIs; each gets its own access token.
async fn again(
    exchange: &Exchange<'_>,
    old: &str,
    token: &RefreshRecord,
    record: &GrantRecord,
    grant: &GrantBody,
    granted: &Granted,
) -> Result<TokenResponse, TokenError> {
    let (store, now) = (exchange.visit.app.store(), exchange.visit.now());
    if let Some(used_at) = token.used_at.filter(|at| (now - at).abs() <= GRACE && record.revoked_at.is_none())
        && let Some(sealed) = store.successor(&token.hash, used_at).await?
        && let Some(successor) = open(old, &sealed)
    {
        let expires_at = expires_at(exchange, grant, used_at);
        let answer = tokens(exchange, &record.id, grant, granted, token.issued_at, used_at).await?;
        return Ok(answer.with(successor, expires_at, used_at));
    }
    let entry = audit::replay(exchange, "token.refreshTokenReused", &record.object_id);
    store.grant_revoke(&record.tenant, &record.id, now, &[entry]).await?;
    Err(Failure::grant_revoked().into())
}

/// Encrypts the successor so that only the old token decrypts it: a stolen store reveals no token.
fn seal(old: &str, successor: &str) -> Option<String> {
    Sealer::from_token(old).seal(PURPOSE, successor.as_bytes())
}

fn open(old: &str, sealed: &str) -> Option<String> {
    let plain = Sealer::from_token(old).open(PURPOSE, sealed).ok()?;
    std::str::from_utf8(&plain).ok().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grace_lasts_longer_than_a_refresh_that_is_given_up_and_its_retry() {
        assert!(2 * LONGEST_ANSWER.as_millis() < u128::from(GRACE.unsigned_abs()));
    }
}
