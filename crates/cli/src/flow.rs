//! `vestibule flow`: lists user flows, and prints them as custom policies.

mod edit;

use crate::out;
use crate::place::{Place, TenantArg, tenants};
use crate::table::{json, table};
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vestibule_journey::Source;
use vestibule_journey::flow;
use vestibule_tenant::registry::{Flow, RegisteredFlow, Registry, Tenant};

/// `vestibule flow …`
#[derive(Debug, Subcommand)]
pub enum FlowCommand {
    /// List user flows and custom policies
    List(ListArgs),
    /// Print a user flow as the custom-policy XML that it is
    Export(ExportArgs),
    /// Create a user flow
    Create(edit::CreateArgs),
    /// Change settings of a user flow
    Set(edit::SetArgs),
    /// Show the settings of a user flow
    Show(edit::ShowArgs),
    /// Delete a user flow
    Delete(edit::NameArgs),
}

/// `vestibule flow list`
#[derive(Debug, Args)]
pub struct ListArgs {
    #[command(flatten)]
    place: Place,

    #[command(flatten)]
    tenant: TenantArg,

    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

/// `vestibule flow export`
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The flow: B2C_1_signupsignin1
    #[arg(value_name = "NAME")]
    name: String,

    #[command(flatten)]
    place: Place,

    #[command(flatten)]
    tenant: TenantArg,

    /// Write every file of the policy into this folder, bases too, instead of printing the last one
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
}

/// Runs `vestibule flow …`.
///
/// # Errors
/// A sentence: there is no store yet, there is no flow of this name, or a file cannot be written.
pub async fn run(command: &FlowCommand) -> Result<()> {
    match command {
        FlowCommand::List(args) => list(args).await,
        FlowCommand::Export(args) => export(args).await,
        FlowCommand::Create(args) => edit::create(args).await,
        FlowCommand::Set(args) => edit::set(args).await,
        FlowCommand::Show(args) => edit::show(args).await,
        FlowCommand::Delete(args) => edit::delete(args).await,
    }
}

async fn list(args: &ListArgs) -> Result<()> {
    let place = args.place.open().await?;
    let registry = Registry::load(place.store.clone()).await?;
    let mut rows = Vec::new();
    for tenant in tenants(&registry, args.tenant.named()).await? {
        rows.extend(tenant.all_flows().await?.iter().map(|f| vec![tenant.name.clone(), kind(f), f.name.clone()]));
    }
    let shown = |row: &Vec<String>| serde_json::json!({ "tenant": row[0], "type": row[1], "name": row[2] });
    out::print(&match args.json {
        true => json(&rows.iter().map(shown).collect())?,
        false => table(&["TENANT", "TYPE", "NAME"], &rows),
    })?;
    place.store.close().await;
    Ok(())
}

/// The flow's kind, as it is written in `vestibule.toml`.
fn kind(flow: &Flow) -> String {
    let word = flow.kind.and_then(|kind| serde_json::to_value(kind).ok());
    word.as_ref().and_then(|word| word.as_str()).unwrap_or("custom-policy").to_owned()
}

async fn export(args: &ExportArgs) -> Result<()> {
    let place = args.place.open().await?;
    let registry = Registry::load(place.store.clone()).await?;
    let mut found: Vec<(Arc<Tenant>, Arc<RegisteredFlow>)> = tenants(&registry, args.tenant.named())
        .await?
        .into_iter()
        .filter_map(|tenant| Some((Arc::clone(&tenant), Arc::clone(tenant.registered_flow(&args.name)?))))
        .collect();
    if found.len() > 1 {
        bail!("{} tenants have a flow {}; say which with --tenant", found.len(), args.name);
    }
    let missing = || format!("there is no flow {}; vestibule flow list names them all", args.name);
    let (tenant, flow) = found.pop().with_context(missing)?;
    let Some(settings) = flow.settings() else {
        bail!("{} is a custom policy; its files are what was uploaded", flow.name());
    };
    let chain = flow::chain(settings, &tenant.attributes, &tenant.domain).map_err(|e| anyhow::anyhow!(e.join("\n")))?;
    match &args.output {
        Some(folder) => write_all(folder, &chain)?,
        None => out::print(chain.last().map(|s| s.text.as_str()).unwrap_or_default())?,
    }
    place.store.close().await;
    Ok(())
}

fn write_all(folder: &Path, chain: &[Source]) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    for source in chain {
        let name = Path::new(&source.name).file_name().context("a policy without a name")?;
        let path = folder.join(name).with_extension("xml");
        std::fs::write(&path, &source.text).with_context(|| format!("cannot write {}", path.display()))?;
        out::say(&path.display().to_string())?;
    }
    Ok(())
}
