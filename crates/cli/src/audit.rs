//! `vestibule audit`: reads the audit log.

use crate::desk::{At, Desk};
use crate::span::Span;
use crate::table::{json, table};
use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use vestibule_protocol::error::timestamp;
use vestibule_store::AuditRecord;
use vestibule_tenant::clock::Clock;
use vestibule_tenant::manage::AuditFilter;

/// Entries that are read at a time.
const PAGE: i64 = 500;

/// `vestibule audit …`
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// List entries, newest first
    List(Box<ListArgs>),
}

/// `vestibule audit list`
#[derive(Debug, Args)]
pub struct ListArgs {
    #[command(flatten)]
    at: At,

    /// Only entries of the last days, hours or minutes: 7d, 1h, 30m
    #[arg(long, value_name = "TIME")]
    since: Option<Span>,

    /// Only entries about this user, by object id
    #[arg(long, value_name = "OBJECT ID")]
    user: Option<String>,

    /// Only entries about this application, by its name, client id or Application ID URI
    #[arg(long, value_name = "APP")]
    app: Option<String>,

    /// Only this event, such as application.create
    #[arg(long, value_name = "EVENT")]
    event: Option<String>,

    /// Only the request with this correlation id, as error pages show it
    #[arg(long, value_name = "ID")]
    correlation_id: Option<String>,

    /// The number of entries at most
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    limit: usize,

    /// Print a JSON array
    #[arg(long, conflicts_with = "json_lines")]
    json: bool,

    /// Print one JSON object a line
    #[arg(long)]
    json_lines: bool,
}

/// Run `vestibule audit …`.
///
/// # Errors
/// A sentence: the store cannot be opened, or there is no such application.
pub async fn run(command: &AuditCommand) -> Result<()> {
    let AuditCommand::List(args) = command;
    let desk = args.at.open().await?;
    let entries = read(args, &desk).await?;
    let text = if args.json {
        json(&entries.iter().map(shown).collect())?
    } else if args.json_lines {
        entries.iter().map(|entry| format!("{}\n", shown(entry))).collect()
    } else {
        table(&["TIME", "EVENT", "RESULT", "USER", "APPLICATION"], &entries.iter().map(row).collect::<Vec<_>>())
    };
    desk.print(&text).await
}

/// The entries that match, page by page.
async fn read(args: &ListArgs, desk: &Desk) -> Result<Vec<AuditRecord>> {
    let app = match &args.app {
        Some(named) => Some(desk.application(named).await?.client_id),
        None => None,
    };
    let since = args.since.map_or(0, |Span(span)| Clock::system().now() - span);
    let matches = |one: &AuditRecord| {
        app.as_ref().is_none_or(|_| one.client_id == app)
            && args.event.as_ref().is_none_or(|event| *event == one.event)
            && args.correlation_id.as_ref().is_none_or(|_| one.correlation_id == args.correlation_id)
    };
    let mut filter = AuditFilter { object_id: args.user.clone(), before: None };
    let mut found = Vec::new();
    loop {
        let page = desk.manage.audit(desk.id(), &filter, PAGE).await?;
        filter.before = page.last().map(|entry| entry.at);
        let is_last = filter.before.is_none_or(|at| at < since);
        found.extend(page.into_iter().filter(|one| one.at >= since && matches(one)));
        if is_last || found.len() >= args.limit {
            found.truncate(args.limit);
            return Ok(found);
        }
    }
}

fn row(entry: &AuditRecord) -> Vec<String> {
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let time = timestamp(entry.at);
    vec![time, entry.event.clone(), entry.outcome.clone(), or_dash(&entry.object_id), or_dash(&entry.client_id)]
}

fn shown(entry: &AuditRecord) -> Value {
    let value = |text: &str| serde_json::from_str::<Value>(text).unwrap_or(Value::Null);
    json!({
        "id": entry.id, "time": timestamp(entry.at), "event": entry.event, "result": entry.outcome,
        "client_id": entry.client_id, "object_id": entry.object_id, "correlation_id": entry.correlation_id,
        "actor": entry.actor.as_deref().map(value), "detail": value(&entry.detail), "count": entry.count,
    })
}
