//! Audit entries of the token endpoint: issued tokens, and rejections worth keeping. They contain no token, code or
//! secret.

use super::Exchange;
use crate::oauth::scopes::Granted;
use crate::oauth::visit::Visit;
use crate::web::source::source;
use serde_json::{Value, json};
use vestibule_protocol::error::Failure;
use vestibule_store::{AuditRecord, Spending, StoreError};

/// The window of a rate limit for one address, milliseconds.
const WINDOW: i64 = 5 * 60 * 1000;

/// The entry for issued tokens.
pub(super) fn success(
    exchange: &Exchange<'_>,
    event: &str,
    object_id: Option<&str>,
    granted: &Granted,
    refresh_token: bool,
) -> AuditRecord {
    let visit = exchange.visit;
    let detail = json!({
        "policy": visit.target.flow.name,
        "scope": granted.scopes.to_string(),
        "refreshToken": refresh_token,
        "address": visit.call.ip,
    });
    let object_id = object_id.filter(|id| !id.is_empty()).map(str::to_owned);
    AuditRecord { object_id, ..entry(visit, exchange.client_id(), event, "success".to_owned(), &detail) }
}

/// The entry for a grant that was revoked because a single-use code or token was used twice.
pub(super) fn replay(exchange: &Exchange<'_>, event: &str, object_id: &str) -> AuditRecord {
    let detail = plain(exchange.visit);
    let entry = entry(exchange.visit, exchange.client_id(), event, "grantRevoked".to_owned(), &detail);
    AuditRecord { object_id: Some(object_id.to_owned()).filter(|id| !id.is_empty()), ..entry }
}

/// The entry for a failure.
pub(super) fn failure(visit: Visit<'_>, client_id: &str, event: &str, failure: &Failure) -> AuditRecord {
    let detail = plain(visit);
    entry(visit, client_id, event, format!("AADB2C{:05}", failure.code), &detail)
}

/// A rate limit for the address of the request: `limit` events of kind `what` per window of five minutes.
pub(super) fn budget(visit: Visit<'_>, what: &str, limit: i64) -> Spending {
    let key = format!("{what} {}", source(visit.call.ip));
    Spending { tenant: visit.tenant_id().to_owned(), key, window_ms: WINDOW, limit }
}

/// Writes the entry while the budget lasts, so that a stranger cannot fill the audit log. Returns true if it was
/// written.
pub(super) async fn record_within(visit: Visit<'_>, budget: &Spending, entry: AuditRecord) -> Result<bool, StoreError> {
    let lasts = visit.app.store().spend(budget, visit.now()).await?;
    if lasts {
        visit.app.store().audit(&[entry]).await?;
    }
    Ok(lasts)
}

fn plain(visit: Visit<'_>) -> Value {
    json!({ "policy": visit.target.flow.name, "address": visit.call.ip })
}

fn entry(visit: Visit<'_>, client_id: &str, event: &str, outcome: String, detail: &Value) -> AuditRecord {
    AuditRecord {
        id: visit.app.random().uuid_at(visit.now()),
        tenant: visit.tenant_id().to_owned(),
        at: visit.now(),
        event: event.to_owned(),
        outcome,
        client_id: Some(client_id.to_owned()),
        object_id: None,
        correlation_id: Some(visit.call.correlation_id.clone()),
        detail: detail.to_string(),
        actor: None,
        count: 1,
    }
}
