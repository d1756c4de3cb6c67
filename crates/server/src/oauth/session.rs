//! Single sign-on sessions (<https://learn.microsoft.com/azure/active-directory-b2c/session-behavior>).
//!
//! A session belongs to a tenant and, as the flow is set, to the whole tenant, one application or one policy. The
//! cookie holds a random id, the store its hash. Each time the user gives credentials, a new id replaces the old one.

use crate::oauth::account::{Standing, standing};
use crate::oauth::target::Target;
use crate::oauth::visit::Visit;
use crate::web::browser::{self, SESSION};
use cookie::{Cookie, SameSite};
use serde::{Deserialize, Serialize};
use vestibule_journey::policy::SsoScope;
use vestibule_journey::{Issued, Session};
use vestibule_protocol::digest::{constant_time_eq, sha256_base64url};
use vestibule_store::{SessionChange, SessionRecord, StoreError};
use vestibule_tenant::clock::MOST_SKEW;

/// `body` of a [`SessionRecord`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SessionBody {
    /// The store of journeys.
    pub journey: Session,
    /// Client ids of the applications that were signed in to.
    pub applications: Vec<String>,
}

/// A session that the browser has.
#[derive(Clone, Debug)]
pub struct BrowserSession {
    /// As stored.
    pub record: SessionRecord,
    /// Its body.
    pub body: SessionBody,
}

/// The change to the session at the end of a journey.
#[derive(Debug, Default)]
pub struct SessionUpdate {
    /// The change to write together with what the journey issues. On a `Conflict`, call [`keep`] for a new one.
    /// `None` if the flow keeps no session, or the session ended while the journey ran.
    pub change: Option<SessionChange>,
    /// The cookie to set when it is written.
    pub cookie: Option<Cookie<'static>>,
}

/// The scope of the session of this flow and application; `None` without single sign-on.
fn scope_key(target: &Target, client_id: &str) -> Option<String> {
    match target.flow.policy.relying_party.session.scope {
        SsoScope::Tenant => Some("tenant".to_owned()),
        SsoScope::Application => Some(format!("application:{client_id}")),
        SsoScope::Policy => Some(format!("policy:{}", target.flow.name.to_ascii_lowercase())),
        SsoScope::Suppressed => None,
    }
}

/// The cookie of a scope: another tenant's or scope's session has another name.
fn cookie_name(visit: Visit<'_>, scope_key: &str) -> String {
    let hash = sha256_base64url(format!("{}\0{scope_key}", visit.tenant().id).as_bytes());
    browser::own_name(&visit.call.origin, &format!("{SESSION}{}", hash.get(..12).unwrap_or_default()))
}

/// The session that this request may use.
///
/// # Errors
/// As the store.
pub async fn find(visit: Visit<'_>, client_id: &str) -> Result<Option<BrowserSession>, StoreError> {
    let Some(key) = scope_key(visit.target, client_id) else { return Ok(None) };
    let name = cookie_name(visit, &key);
    let of_the_future = |r: &SessionRecord| r.created_at > visit.now().saturating_add(MOST_SKEW);
    // Without TLS another program of this machine may have planted a cookie of the same name before ours.
    for id in visit.call.cookies().filter(|(n, v)| *n == name && browser::is_token(v)).map(|(_, v)| v).take(3) {
        let hash = sha256_base64url(id.as_bytes());
        let record = visit.app.store().session_get(visit.tenant_id(), &hash, visit.now()).await?;
        if let Some(record) = record.filter(|r| r.scope_key == key && !of_the_future(r)) {
            return Ok(serde_json::from_str(&record.body).ok().map(|body| BrowserSession { record, body }));
        }
    }
    Ok(None)
}

/// [`find`], unless it lasts by a box that this flow has not, or the account behind it was disabled, deleted, or had
/// its sessions revoked since.
///
/// # Errors
/// As the store.
pub async fn usable(visit: Visit<'_>, client_id: &str) -> Result<Option<BrowserSession>, StoreError> {
    let found = find(visit, client_id).await?.filter(|found| lasts_until(&found.record, visit.target) > visit.now());
    let Some(found) = found else { return Ok(None) };
    let Some(id) = &found.record.object_id else { return Ok(Some(found)) };
    let good = standing(visit, id, found.record.auth_time).await? == Standing::Good;
    Ok(good.then_some(found))
}

/// The effect of the journey's end on the session.
///
/// # Errors
/// As the store.
pub async fn keep(visit: Visit<'_>, client_id: &str, end: JourneyEnd<'_>) -> Result<SessionUpdate, StoreError> {
    let Some(key) = scope_key(visit.target, client_id) else { return Ok(SessionUpdate::default()) };
    let old = find(visit, client_id).await?;
    if !end.issued.interactive {
        return match old {
            Some(old) if old.record.object_id == end.issued.object_id => used(visit, client_id, old, end.journey),
            // It ended while the journey was under way, or is another person's by now: what was begun is finished, and
            // nothing revived or mixed.
            _ => Ok(SessionUpdate::default()),
        };
    }
    let now = visit.now();
    let persistent = end.remember_me && keeps(visit.target);
    let id = visit.app.random().token();
    let same_person = old.as_ref().filter(|o| o.record.object_id == end.issued.object_id);
    let mut body = SessionBody {
        journey: end.journey.clone(),
        applications: same_person.map(|o| o.body.applications.clone()).unwrap_or_default(),
    };
    note_application(&mut body, client_id);
    let record = SessionRecord {
        id_hash: sha256_base64url(id.as_bytes()),
        tenant: visit.tenant_id().to_owned(),
        scope_key: key.clone(),
        object_id: end.issued.object_id.clone(),
        body: text(&body)?,
        auth_time: end.issued.signed_in_at.unwrap_or(now),
        created_at: now,
        used_at: now,
        expires_at: now + lifetime(visit.target, persistent),
        persistent,
        version: 1,
    };
    let seconds = persistent.then_some((record.expires_at - now) / 1000);
    let cookie = session_cookie(visit, &key, id, seconds);
    let change = SessionChange::Begin { session: record, instead_of: old.map(|old| Box::new(old.record)) };
    Ok(SessionUpdate { change: Some(change), cookie: Some(cookie) })
}

/// Input of [`keep`].
#[derive(Clone, Copy, Debug)]
pub struct JourneyEnd<'a> {
    /// The result of the journey.
    pub issued: &'a Issued,
    /// The session as the journey left it.
    pub journey: &'a Session,
    /// "Keep me signed in" was ticked.
    pub remember_me: bool,
}

/// The session was used once more.
fn used(
    visit: Visit<'_>,
    client_id: &str,
    old: BrowserSession,
    journey: &Session,
) -> Result<SessionUpdate, StoreError> {
    let BrowserSession { mut record, mut body } = old;
    let now = visit.now();
    let rolling = visit.policy().relying_party.session.rolling;
    let forgotten = record.persistent && !keeps(visit.target);
    if forgotten {
        record.expires_at = lasts_until(&record, visit.target);
        record.persistent = false;
    }
    record.used_at = now;
    if rolling {
        record.expires_at = record.expires_at.max(now + lifetime(visit.target, record.persistent));
    }
    let before = body.clone();
    body.journey = journey.clone();
    note_application(&mut body, client_id);
    let seconds = record.persistent.then_some((record.expires_at - now) / 1000);
    let renewed = forgotten || (record.persistent && rolling);
    let cookie = renewed.then(|| {
        let id = visit.call.cookie(&cookie_name(visit, &record.scope_key)).unwrap_or_default().to_owned();
        session_cookie(visit, &record.scope_key, id, seconds)
    });
    let change = if body == before && !forgotten {
        SessionChange::Use(record)
    } else {
        record.body = text(&body)?;
        SessionChange::Save(record)
    };
    Ok(SessionUpdate { change: Some(change), cookie })
}

/// Ends these sessions of this browser. Returns those that were still there, and the cookies that remove theirs.
///
/// # Errors
/// As the store.
pub async fn end(
    visit: Visit<'_>,
    chosen: &[&BrowserSession],
) -> Result<(Vec<BrowserSession>, Vec<Cookie<'static>>), StoreError> {
    let mut ended = Vec::new();
    let mut cookies = Vec::new();
    for (name, id) in ours(visit) {
        let hash = sha256_base64url(id.as_bytes());
        if !chosen.iter().any(|one| constant_time_eq(&one.record.id_hash, &hash)) {
            continue;
        }
        if let Some(record) = visit.app.store().session_delete(visit.tenant_id(), &hash).await? {
            let body = serde_json::from_str(&record.body).unwrap_or_default();
            ended.push(BrowserSession { record, body });
            let cookie = browser::make(&visit.call.origin, name.to_owned(), String::new(), SameSite::None);
            cookies.push(browser::lasting(cookie, 0));
        }
    }
    Ok((ended, cookies))
}

/// Every session that this browser has at the tenant.
///
/// # Errors
/// As the store.
pub async fn all(visit: Visit<'_>) -> Result<Vec<BrowserSession>, StoreError> {
    let mut found = Vec::new();
    for (_, id) in ours(visit) {
        let hash = sha256_base64url(id.as_bytes());
        if let Some(record) = visit.app.store().session_get(visit.tenant_id(), &hash, visit.now()).await? {
            let body = serde_json::from_str(&record.body).unwrap_or_default();
            found.push(BrowserSession { record, body });
        }
    }
    Ok(found)
}

/// How many session cookies of one request are looked up; a browser has a few, and a stranger may send many.
const MOST_COOKIES: usize = 20;

/// The session cookies of the request: first those that this flow may have set, so that planted ones do not hide them.
fn ours(visit: Visit<'_>) -> impl Iterator<Item = (&str, &str)> {
    let prefix = browser::own_name(&visit.call.origin, SESSION);
    let flow = format!("policy:{}", visit.target.flow.name.to_ascii_lowercase());
    let likely = ["tenant", &*flow].map(|key| cookie_name(visit, key));
    let all = visit.call.cookies().filter(|(name, id)| name.starts_with(&prefix) && browser::is_token(id));
    let mut all: Vec<_> = all.collect();
    all.sort_by_key(|(name, _)| !likely.iter().any(|one| one == name));
    all.into_iter().take(MOST_COOKIES)
}

fn note_application(body: &mut SessionBody, client_id: &str) {
    if !body.applications.iter().any(|known| known == client_id) {
        body.applications.push(client_id.to_owned());
    }
}

/// Returns true if the policy keeps people signed in who tick the box.
fn keeps(target: &Target) -> bool {
    target.flow.policy.relying_party.session.keep_alive_days > 0
}

/// Milliseconds.
fn lifetime(target: &Target, persistent: bool) -> i64 {
    let behaviour = &target.flow.policy.relying_party.session;
    let days = i64::from(behaviour.keep_alive_days);
    1000 * if persistent { 86_400 * days } else { i64::from(behaviour.lifetime_secs) }
}

/// Until when this flow takes the session, milliseconds. What "keep me signed in" promised in another flow does not
/// reach into one that has no such box, and is over once that one was used.
fn lasts_until(record: &SessionRecord, target: &Target) -> i64 {
    if !record.persistent || keeps(target) {
        return record.expires_at;
    }
    let rolling = target.flow.policy.relying_party.session.rolling;
    let since = if rolling { record.used_at } else { record.created_at };
    record.expires_at.min(since + lifetime(target, false))
}

/// `seconds`: of a session that outlives the browser.
fn session_cookie(visit: Visit<'_>, scope_key: &str, id: String, seconds: Option<i64>) -> Cookie<'static> {
    // `None`: hidden frames renew by `prompt=none`, and applications may open the sign-in by a POST.
    let cookie = browser::make(&visit.call.origin, cookie_name(visit, scope_key), id, SameSite::None);
    match seconds {
        Some(seconds) => browser::lasting(cookie, seconds),
        None => cookie,
    }
}

fn text(body: &SessionBody) -> Result<String, StoreError> {
    serde_json::to_string(body).map_err(|e| StoreError::Damaged(e.into()))
}
