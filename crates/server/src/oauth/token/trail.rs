//! Audit entries of the token endpoint: what was given, what was refused of note. No token, code or secret is in them.

use super::Exchange;
use crate::app::App;
use crate::oauth::scopes::Granted;
use crate::oauth::target::Target;
use crate::web::request::Call;
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv6Addr};
use vestibule_protocol::error::Failure;
use vestibule_store::{AuditRecord, Spending, StoreError};

/// How long what one address does is counted, milliseconds.
const WINDOW: i64 = 5 * 60 * 1000;

/// Tokens were given.
pub(super) fn success(
    exchange: &Exchange<'_>,
    event: &str,
    object_id: Option<&str>,
    granted: &Granted,
    refresh_token: bool,
) -> AuditRecord {
    let detail = json!({
        "policy": exchange.target.flow.name,
        "scope": granted.scopes.to_string(),
        "refreshToken": refresh_token,
    });
    let Exchange { app, call, target, .. } = exchange;
    let object_id = object_id.filter(|id| !id.is_empty()).map(str::to_owned);
    AuditRecord { object_id, ..entry(app, call, target, exchange.client_id(), event, "success".to_owned(), &detail) }
}

/// A grant ended, since what may be used once was used twice.
pub(super) fn replay(exchange: &Exchange<'_>, event: &str, object_id: &str) -> AuditRecord {
    let Exchange { app, call, target, .. } = exchange;
    let detail = json!({ "policy": target.flow.name });
    let entry = entry(app, call, target, exchange.client_id(), event, "grantRevoked".to_owned(), &detail);
    AuditRecord { object_id: Some(object_id.to_owned()).filter(|id| !id.is_empty()), ..entry }
}

/// A refusal of note.
pub(super) fn failure(
    app: &App,
    call: &Call,
    target: &Target,
    client_id: &str,
    event: &str,
    failure: &Failure,
) -> AuditRecord {
    let detail = json!({ "policy": target.flow.name });
    entry(app, call, target, client_id, event, format!("AADB2C{:05}", failure.code), &detail)
}

/// How often the address that asks may do `what` in five minutes.
pub(super) fn budget(call: &Call, target: &Target, what: &str, limit: i64) -> Spending {
    let key = format!("{what} {}", source(call.ip));
    Spending { tenant: target.tenant.id.clone(), key, window_ms: WINDOW, limit }
}

/// The address whose attempts are counted together: in IPv6 all of one /64.
fn source(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64))),
        ip => ip,
    }
}

/// Tell the audit log while the budget lasts: strangers fill it no faster. Whether it did.
pub(super) async fn tell(app: &App, budget: &Spending, entry: AuditRecord) -> Result<bool, StoreError> {
    let lasts = app.store().spend(budget, app.now()).await?;
    if lasts {
        app.store().audit(&[entry]).await?;
    }
    Ok(lasts)
}

fn entry(
    app: &App,
    call: &Call,
    target: &Target,
    client_id: &str,
    event: &str,
    outcome: String,
    detail: &Value,
) -> AuditRecord {
    AuditRecord {
        id: app.random().uuid_at(app.now()),
        tenant: target.tenant.id.clone(),
        at: app.now(),
        event: event.to_owned(),
        outcome,
        client_id: Some(client_id.to_owned()),
        object_id: None,
        correlation_id: Some(call.correlation_id.clone()),
        detail: detail.to_string(),
    }
}
