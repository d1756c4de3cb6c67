//! The audit log: who did what, when, from where, and how it ended. Nothing here changes it.

use super::{query, tag};
use crate::answer::{Answer, Problem};
use crate::view::Shell;
use crate::visit::Visit;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use vestibule_protocol::error::timestamp;
use vestibule_store::AuditRecord;
use vestibule_tenant::manage::AuditFilter;

/// Entries on one page.
const ROWS: i64 = 50;
/// Entries that one page may read to find those that the filters let through.
const READ: i64 = 2000;

/// The filters of the address.
const FILTERS: [&str; 6] = ["event", "user", "application", "actor", "correlation_id", "since"];

/// `/portal/{tenant}/audit`
pub(crate) async fn list(visit: &Visit<'_>) -> Answer {
    let tenant = visit.tenant.as_ref().map_or(&visit.portal.admin.info.id, |tenant| &tenant.id);
    let user = Some(visit.query("user")).filter(|user| !user.is_empty()).map(str::to_lowercase);
    let filter = AuditFilter { object_id: user, before: visit.query("before").parse().ok() };
    let read = visit.manage()?.audit(tenant, &filter, READ).await?;
    let is_all = i64::try_from(read.len()).unwrap_or(i64::MAX) < READ;
    let last = read.last().map(|entry| entry.at);
    let most = usize::try_from(ROWS).unwrap_or(usize::MAX);
    let mut found: Vec<AuditRecord> = read.into_iter().filter(|entry| passes(visit, entry)).take(most + 1).collect();
    let is_more = found.len() > most;
    found.truncate(most);
    let before = match (is_more, is_all) {
        (true, _) => found.last().map(|entry| entry.at),
        (false, false) => last,
        (false, true) => None,
    };
    let names = administrators(visit).await?;
    let values = json!({
        "form": FILTERS.iter().map(|name| ((*name).to_owned(), json!(visit.query(name)))).collect::<serde_json::Map<_, _>>(),
        "events": events(),
        "chips": chips(visit),
        "clear_href": visit.path("/audit"),
        "rows": found.iter().map(|entry| row(visit, entry, &names)).collect::<Vec<_>>(),
        "next": before.map(|before| href(visit, &[("before", &before.to_string())])),
    });
    visit.page("audit.html", Shell::of(visit, "Audit logs").command("vestibule audit list"), values)
}

/// The names of administrators by object id.
async fn administrators(visit: &Visit<'_>) -> Result<BTreeMap<String, String>, Problem> {
    let manage = visit.manage()?;
    let found = manage.administrators(visit.app.accounts(), &visit.portal.admin).list().await?;
    Ok(found.into_iter().map(|a| (a.user.object_id().to_owned(), a.user.display_name().unwrap_or_default())).collect())
}

/// The page with the filters of this one and these besides.
fn href(visit: &Visit<'_>, more: &[(&str, &str)]) -> String {
    let filters: Vec<(&str, &str)> = FILTERS.iter().map(|name| (*name, visit.query(name))).collect();
    visit.path(&format!("/audit{}", query(&[filters.as_slice(), more].concat())))
}

fn passes(visit: &Visit<'_>, entry: &AuditRecord) -> bool {
    let is = |name: &str, value: &str| visit.query(name).is_empty() || value.contains(visit.query(name));
    let since = visit.query("since");
    is("event", &entry.event)
        && is("application", entry.client_id.as_deref().unwrap_or_default())
        && is("actor", entry.actor.as_deref().unwrap_or_default())
        && is("correlation_id", entry.correlation_id.as_deref().unwrap_or_default())
        && (since.is_empty() || timestamp(entry.at).as_str() >= since)
}

/// The choices of the filter by kind: the beginning of an event's name.
fn events() -> Vec<Value> {
    let kinds = [
        ("", "All"),
        ("user.", "Users and sign-ins"),
        ("application.", "Applications"),
        ("flow.", "User flows"),
        ("policy.", "Custom policies"),
        ("attribute.", "User attributes"),
        ("key", "Keys"),
        ("tenant.", "Tenant"),
        ("portal.", "Portal"),
        ("administrator.", "Administrators"),
    ];
    kinds.iter().map(|(value, label)| json!({ "value": value, "label": label })).collect()
}

fn chips(visit: &Visit<'_>) -> Vec<Value> {
    let in_use = FILTERS.iter().filter(|name| !visit.query(name).is_empty());
    in_use
        .map(|name| {
            let others: Vec<(&str, &str)> =
                FILTERS.iter().filter(|other| *other != name).map(|other| (*other, visit.query(other))).collect();
            let text = format!("{}: {}", name.replace('_', " "), visit.query(name));
            json!({ "text": text, "href": visit.path(&format!("/audit{}", query(&others))) })
        })
        .collect()
}

fn row(visit: &Visit<'_>, entry: &AuditRecord, names: &BTreeMap<String, String>) -> Value {
    let detail: Value = serde_json::from_str(&entry.detail).unwrap_or_default();
    let kind = if entry.outcome == "success" { "good" } else { "bad" };
    let times = if entry.count > 1 { format!(" ({} times)", entry.count) } else { String::new() };
    let (what, href) = object(visit, entry, &detail);
    json!({
        "at": timestamp(entry.at),
        "event": format!("{}{times}", entry.event),
        "outcome": tag(kind, &entry.outcome),
        "who": actor(entry, names),
        "what": what,
        "href": href,
        "correlation_id": entry.correlation_id,
        "details": details(&detail),
    })
}

/// The object of an entry, and its page.
fn object(visit: &Visit<'_>, entry: &AuditRecord, detail: &Value) -> (String, Option<String>) {
    let named = detail["name"].as_str().map(str::to_owned);
    if let (Some(person), None) = (&entry.object_id, &visit.tenant) {
        return (named.unwrap_or_else(|| person.clone()), None);
    }
    if let Some(user) = &entry.object_id {
        return (named.unwrap_or_else(|| user.clone()), Some(visit.path(&format!("/users/{user}"))));
    }
    if let Some(client_id) = &entry.client_id {
        let known = visit.tenant.as_ref().and_then(|tenant| tenant.application(client_id));
        let href = known.as_ref().map(|a| visit.path(&format!("/applications/{}", a.client_id)));
        return (named.or(known.map(|a| a.name.clone())).unwrap_or_else(|| client_id.clone()), href);
    }
    let href =
        entry.event.starts_with("flow.").then(|| named.as_deref().map(|n| visit.path(&format!("/user-flows/{n}"))));
    (named.unwrap_or_default(), href.flatten())
}

/// The actor in words.
fn actor(entry: &AuditRecord, names: &BTreeMap<String, String>) -> String {
    let actor: Value = entry.actor.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let text = |name: &str| actor[name].as_str().unwrap_or_default().to_owned();
    match actor["type"].as_str() {
        Some("commandLine") => format!("command line {}", text("account")),
        Some("configurationFile") => format!("file {}", text("path")),
        Some("administrator") => {
            let id = text("object_id");
            names.get(&id).cloned().unwrap_or_else(|| format!("administrator {id}"))
        }
        Some("application") => format!("application {}", text("client_id")),
        Some("server") => "the server".to_owned(),
        _ => text("address"),
    }
}

fn details(detail: &Value) -> Vec<Value> {
    let shown = |value: &Value| match value {
        Value::Null => Value::Null,
        Value::String(text) => json!(text),
        other => json!(other.to_string()),
    };
    let fields = detail["fields"].as_array().into_iter().flatten();
    fields
        .map(|f| json!({ "field": shown(&f["field"]), "before": shown(&f["before"]), "after": shown(&f["after"]) }))
        .collect()
}
