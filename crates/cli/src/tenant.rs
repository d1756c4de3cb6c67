//! `vestibule tenant`: creates, lists, shows and deletes tenants.

use crate::desk::{At, refused};
use crate::out;
use crate::place::Place;
use crate::table::{json, table};
use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use vestibule_store::TenantHead;
use vestibule_tenant::clock::Random;
use vestibule_tenant::manage::TenantFields;

/// `vestibule tenant …`
#[derive(Debug, Subcommand)]
pub enum TenantCommand {
    /// Create a tenant; on a new machine also the data folder with its store and master key
    Create(CreateArgs),
    /// List tenants
    List(ListArgs),
    /// Show a tenant and the number of things registered in it
    Show(ShowArgs),
    /// Delete a tenant with its users, applications and user flows; it cannot be restored
    Delete(DeleteArgs),
}

/// `vestibule tenant create`
#[derive(Debug, Args)]
pub struct CreateArgs {
    /// Short name: contoso
    #[arg(value_name = "NAME")]
    name: String,

    /// Domain [default: NAME.onmicrosoft.com]
    #[arg(long, value_name = "DOMAIN")]
    domain: Option<String>,

    /// Name for people [default: NAME]
    #[arg(long, value_name = "TEXT")]
    display_name: Option<String>,

    /// Tenant id, to keep the one of an Azure AD B2C tenant [default: a new one]
    #[arg(long, value_name = "GUID")]
    id: Option<String>,

    #[command(flatten)]
    place: Place,
}

/// `vestibule tenant list`
#[derive(Debug, Args)]
pub struct ListArgs {
    #[command(flatten)]
    place: Place,

    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

/// `vestibule tenant show`
#[derive(Debug, Args)]
pub struct ShowArgs {
    #[command(flatten)]
    at: At,

    /// Print a JSON object
    #[arg(long)]
    json: bool,
}

/// `vestibule tenant delete`
#[derive(Debug, Args)]
pub struct DeleteArgs {
    /// The tenant's short name; it must be spelt out
    #[arg(value_name = "NAME")]
    name: String,

    #[command(flatten)]
    place: Place,
}

/// Run `vestibule tenant …`.
///
/// # Errors
/// A sentence: the store cannot be opened, there is no such tenant, or the change is refused.
pub async fn run(command: &TenantCommand) -> Result<()> {
    match command {
        TenantCommand::Create(args) => create(args).await,
        TenantCommand::List(args) => list(args).await,
        TenantCommand::Show(args) => show(args).await,
        TenantCommand::Delete(args) => delete(args).await,
    }
}

async fn create(args: &CreateArgs) -> Result<()> {
    if let Some(made) = args.place.create_if_missing().await? {
        out::warn(&made);
    }
    let place = args.place.open().await?;
    let id = args.id.as_deref().map_or_else(|| Random::system().uuid(), str::to_lowercase);
    let mut fields = TenantFields::named(&id, &args.name);
    fields.domain = args.domain.clone().unwrap_or(fields.domain);
    fields.display_name = args.display_name.clone().unwrap_or(fields.display_name);
    place.manage().create_tenant(&fields).await.map_err(refused)?;
    place.store.close().await;
    Ok(out::say(&format!("The tenant {} was created: {}, tenant id {id}.", args.name, fields.domain))?)
}

async fn list(args: &ListArgs) -> Result<()> {
    let place = args.place.open().await?;
    let tenants = place.manage().tenants().await?;
    place.store.close().await;
    let text = if args.json {
        json(&tenants.iter().map(shown).collect())?
    } else {
        let row = |t: &TenantHead| vec![t.name.clone(), t.domain.clone(), t.id.clone()];
        table(&["NAME", "DOMAIN", "TENANT ID"], &tenants.iter().map(row).collect::<Vec<_>>())
    };
    Ok(out::print(&text)?)
}

fn shown(tenant: &TenantHead) -> Value {
    json!({ "id": tenant.id, "name": tenant.name, "domain": tenant.domain })
}

async fn show(args: &ShowArgs) -> Result<()> {
    let desk = args.at.open().await?;
    let all = desk.registrations().await?;
    let tenant = &all.tenant;
    let value = json!({
        "id": tenant.id, "name": tenant.name, "domain": tenant.domain, "display_name": tenant.display_name,
        "settings": tenant.settings, "user_flows": all.flows.len(), "custom_policies": all.policies.len(),
        "applications": all.applications.len(), "attributes": all.attributes.len(),
    });
    let text = if args.json { json(&value)? } else { crate::show::lines(&value) };
    desk.print(&text).await
}

async fn delete(args: &DeleteArgs) -> Result<()> {
    let place = args.place.open().await?;
    let manage = place.manage();
    let tenants = manage.tenants().await?;
    let Some(tenant) = tenants.iter().find(|tenant| tenant.name == args.name) else {
        bail!("there is no tenant {}; vestibule tenant list names them all", args.name);
    };
    manage.delete_tenant(&tenant.id, None).await.map_err(refused)?;
    place.store.close().await;
    let name = &tenant.name;
    Ok(out::say(&format!(
        "The tenant {name} was deleted with its users, applications and user flows. It cannot be restored."
    ))?)
}
