//! `vestibule flow create`, `set`, `show` and `delete`

use crate::desk::{At, Desk, refused};
use crate::show::lines;
use crate::table::json;
use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use serde_json::{Map, Value, json};
use vestibule_journey::flow::FlowSettings;
use vestibule_tenant::manage::flow_name;

/// `vestibule flow create`
#[derive(Debug, Args)]
pub struct CreateArgs {
    /// Name, with or without B2C_1_: signupsignin1
    #[arg(value_name = "NAME")]
    name: String,

    /// Its type
    #[arg(long = "type", value_name = "TYPE", value_parser = [
        "sign-up-sign-in", "sign-up", "sign-in", "profile-editing", "password-reset", "resource-owner",
    ])]
    kind: String,

    /// An attribute that it collects, such as displayName; again for each
    #[arg(long = "collect", value_name = "ATTRIBUTE")]
    collect: Vec<String>,

    /// A claim that it returns in tokens, such as emails; again for each
    #[arg(long = "return", value_name = "CLAIM")]
    claims: Vec<String>,

    #[command(flatten)]
    at: At,
}

/// `vestibule flow set`
#[derive(Debug, Args)]
pub struct SetArgs {
    #[command(flatten)]
    which: NameArgs,

    /// A key of [[tenant.flow]] in vestibule.toml and its value: token_minutes=30, claims=displayName,emails
    #[arg(value_name = "KEY=VALUE", required = true)]
    settings: Vec<String>,
}

/// `vestibule flow show`
#[derive(Debug, Args)]
pub struct ShowArgs {
    #[command(flatten)]
    which: NameArgs,

    /// Print a JSON object
    #[arg(long)]
    json: bool,
}

/// One user flow.
#[derive(Debug, Args)]
pub struct NameArgs {
    /// The flow, with or without B2C_1_: signupsignin1
    #[arg(value_name = "NAME")]
    name: String,

    #[command(flatten)]
    at: At,
}

pub(super) async fn create(args: &CreateArgs) -> Result<()> {
    let desk = args.at.open().await?;
    let name = flow_name(&args.name);
    let attributes: Vec<Value> = args.collect.iter().map(|name| json!({ "name": name })).collect();
    let settings = json!({ "name": name, "type": args.kind, "attributes": attributes, "claims": args.claims });
    let flow: FlowSettings = serde_json::from_value(settings)?;
    if desk.registrations().await?.flows.contains_key(&name.to_lowercase()) {
        bail!("there is a user flow {name} already; vestibule flow set changes it");
    }
    desk.manage.put_flow(desk.id(), Some(0), &flow).await.map_err(refused)?;
    desk.say(&format!("The user flow {name} was created.")).await
}

pub(super) async fn set(args: &SetArgs) -> Result<()> {
    let desk = args.which.at.open().await?;
    let old = find(&desk, &args.which.name).await?;
    let new = with(&old, &args.settings)?;
    let done = desk.manage.change_flow(desk.id(), &old.name, None, |flow| flow.clone_from(&new)).await;
    let lines: Vec<String> = done.map_err(refused)?.changes.iter().map(ToString::to_string).collect();
    desk.say(if lines.is_empty() { "No changes.".to_owned() } else { lines.join("\n") }.as_str()).await
}

pub(super) async fn show(args: &ShowArgs) -> Result<()> {
    let desk = args.which.at.open().await?;
    let flow = serde_json::to_value(find(&desk, &args.which.name).await?)?;
    let text = if args.json { json(&flow)? } else { lines(&flow) };
    desk.print(&text).await
}

pub(super) async fn delete(args: &NameArgs) -> Result<()> {
    let desk = args.at.open().await?;
    let flow = find(&desk, &args.name).await?;
    desk.manage.delete_flow(desk.id(), &flow.name, None).await.map_err(refused)?;
    desk.say(&format!("The user flow {} was deleted: applications that name it get 404.", flow.name)).await
}

async fn find(desk: &Desk, named: &str) -> Result<FlowSettings> {
    let name = flow_name(named);
    let all = desk.registrations().await?;
    let missing = || format!("{} has no user flow {name}; vestibule flow list names them all", desk.tenant.name);
    all.flows.get(&name.to_lowercase()).cloned().with_context(missing)
}

/// The flow with these settings in place of its own.
fn with(flow: &FlowSettings, settings: &[String]) -> Result<FlowSettings> {
    let Value::Object(mut fields) = serde_json::to_value(flow)? else { bail!("{} has no settings", flow.name) };
    for setting in settings {
        let (key, value) = setting.split_once('=').with_context(|| format!("{setting:?} is not KEY=VALUE"))?;
        let value = value_of(&fields, key, value)?;
        fields.insert(key.to_owned(), value);
    }
    serde_json::from_value(Value::Object(fields)).map_err(|error| anyhow!("nothing was changed: {error}"))
}

/// The value of a key: JSON, a comma-separated list where the key takes a list, or else the text itself.
fn value_of(fields: &Map<String, Value>, key: &str, text: &str) -> Result<Value> {
    if key == "name" || key == "type" {
        bail!("the {key} of a user flow never changes; create another flow");
    }
    let Some(old) = fields.get(key) else {
        let known = fields.keys().filter(|key| *key != "name" && *key != "type").cloned();
        bail!("there is no setting {key:?}; known: {}", known.collect::<Vec<_>>().join(", "));
    };
    let words = || text.split(',').map(str::trim).filter(|word| !word.is_empty());
    Ok(match serde_json::from_str(text) {
        Ok(value) => value,
        Err(_) if old.is_array() && key == "attributes" => words().map(|name| json!({ "name": name })).collect(),
        Err(_) if old.is_array() => words().map(Value::from).collect(),
        Err(_) => Value::from(text),
    })
}
