//! A refresh token in, its successor and tokens out.
//!
//! Each works once. Soon after, the same application gets the same successor again (two requests that raced, an answer
//! that was lost); later it is a sign of theft, and everything under the grant ends (RFC 9700 section 4.14.2).

use super::code::{belongs, read};
use super::reply::{self, Answer, Fresh, Refusal};
use super::{Exchange, account, asked, journey, trail};
use crate::grant::GrantBody;
use crate::mint::Mint;
use crate::registry::Platform;
use crate::scopes::{self, Granted};
use crate::seal::Sealer;
use crate::store::{GrantRecord, RefreshRecord, Rotated, Rotation};
use vestibule_protocol::digest::sha256_base64url;
use vestibule_protocol::error::Failure;

/// For how long a used token is answered as before, milliseconds.
const GRACE: i64 = 10_000;
/// How long a single-page application may refresh, from its sign-in on, milliseconds (contract 2.5).
const SPA_LIFETIME: i64 = 24 * 60 * 60 * 1000;
/// What the answer is sealed for.
const PURPOSE: &str = "answer to a refresh token";

/// A refresh token of this grant; none if its time is over.
///
/// It lives as the policy says, and not beyond the sliding window that began with the grant's first. One of a
/// single-page application ends a day after the sign-in.
pub(super) fn fresh(exchange: &Exchange<'_>, grant_id: &str, grant: &GrantBody, now: i64) -> Option<Fresh> {
    let tokens = &exchange.target.flow.policy.relying_party.tokens;
    let ends = now + i64::from(tokens.refresh_token_secs) * 1000;
    let window = tokens.refresh_window_secs.map(|secs| grant.started_at + i64::from(secs) * 1000);
    let expires_at = match grant.platform {
        Platform::Spa => grant.started_at + SPA_LIFETIME,
        Platform::Web | Platform::PublicClient => window.map_or(ends, |window| ends.min(window)),
    };
    let token = exchange.app.random().token();
    let record = RefreshRecord {
        hash: sha256_base64url(token.as_bytes()),
        tenant: exchange.target.tenant.id.clone(),
        grant_id: grant_id.to_owned(),
        // Not before its grant, which a node whose clock is ahead may have made.
        issued_at: now.max(grant.started_at),
        expires_at,
        used_at: None,
        successor: None,
        used_by: None,
    };
    (expires_at > now).then_some(Fresh { token, record })
}

/// Exchange the refresh token.
pub(super) async fn exchange(exchange: &Exchange<'_>) -> Result<Answer, Refusal> {
    let Exchange { app, target, client, .. } = exchange;
    let old = exchange.required("refresh_token")?;
    let hash = sha256_base64url(old.as_bytes());
    let found = app.store().refresh_peek(&target.tenant.id, &hash).await?;
    let (token, record) = found.ok_or_else(Failure::grant_expired)?;
    let mut grant: GrantBody = read(&record.body)?;
    belongs(exchange, &record).await?;
    client.may_redeem(grant.platform)?;
    if token.expires_at <= app.now() {
        return Err(Failure::grant_expired().into());
    }
    account::check(exchange, &grant, token.issued_at).await?;
    if record.revoked_at.is_some() {
        return Err(Failure::grant_revoked().into());
    }
    // The nonce belonged to the browser's request (clients 12).
    grant.nonce = None;
    let asked = asked::under(&grant, exchange.param("scope"), false)?;
    let granted = scopes::decide(&target.tenant, &client.application, &asked)?;
    if token.used_at.is_some() {
        return again(exchange, old, &token, &record, &grant, &granted).await;
    }
    if let Some(issued) = journey::refresh(exchange, &record.id, &grant, token.issued_at).await? {
        grant.issued = issued;
    }
    let now = app.now();
    let fresh = fresh(exchange, &record.id, &grant, now).ok_or_else(Failure::grant_expired)?;
    let answer = tokens(exchange, &record, &grant, &granted).await?.with(Some(&fresh), now);
    let rotation = Rotation {
        tenant: target.tenant.id.clone(),
        old_hash: hash,
        new: fresh.record,
        successor: seal(old, &answer).ok_or_else(Failure::server_error)?,
        used_by: exchange.client_id().to_owned(),
        now,
    };
    let entry = trail::success(exchange, "token.refresh", Some(&record.object_id), &granted, true);
    match app.store().refresh_rotate(rotation, &[entry]).await? {
        Rotated::Won => Ok(answer),
        Rotated::AlreadyUsed { token, grant: record } => again(exchange, old, &token, &record, &grant, &granted).await,
        Rotated::Gone => Err(Failure::grant_revoked().into()),
    }
}

async fn tokens(
    exchange: &Exchange<'_>,
    record: &GrantRecord,
    grant: &GrantBody,
    granted: &Granted,
) -> Result<Answer, Failure> {
    let Exchange { app, target, client, .. } = exchange;
    let mint = Mint { app, target, application: &client.application, grant, granted };
    reply::tokens(mint, &record.id, exchange.wants_client_info()).await
}

/// A token that was used before.
async fn again(
    exchange: &Exchange<'_>,
    old: &str,
    token: &RefreshRecord,
    record: &GrantRecord,
    grant: &GrantBody,
    granted: &Granted,
) -> Result<Answer, Refusal> {
    let now = exchange.app.now();
    let soon = token.used_at.is_some_and(|at| (now - at).abs() <= GRACE);
    let same = token.used_by.as_deref() == Some(exchange.client_id()) && record.revoked_at.is_none();
    let given = token.successor.as_deref().and_then(|sealed| open(old, sealed));
    if let Some(given) = given.filter(|_| soon && same) {
        if given.scope == granted.scopes.to_string() {
            return Ok(given);
        }
        // Two requests for different APIs raced: each gets its own access token, both the same refresh token.
        let Answer { refresh_token, refresh_token_expires_in, .. } = given;
        let other = tokens(exchange, record, grant, granted).await?;
        return Ok(Answer { refresh_token, refresh_token_expires_in, ..other });
    }
    let entry = trail::replay(exchange, "token.refreshTokenReused", &record.object_id);
    exchange.app.store().grant_revoke(&record.tenant, &record.id, now, &[entry]).await?;
    Err(Failure::grant_revoked().into())
}

/// Seal the answer so that only the old token opens it: the store alone gives no token away.
fn seal(old: &str, answer: &Answer) -> Option<String> {
    Sealer::from_token(old).seal(PURPOSE, &serde_json::to_vec(answer).ok()?)
}

fn open(old: &str, sealed: &str) -> Option<Answer> {
    serde_json::from_slice(&Sealer::from_token(old).open(PURPOSE, sealed).ok()?).ok()
}
