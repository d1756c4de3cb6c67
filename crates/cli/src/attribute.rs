//! `vestibule attribute`: custom attributes of users.

use crate::desk::{At, refused};
use crate::table::{json, table};
use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use serde_json::json;
use vestibule_journey::flow::CustomAttribute;

/// `vestibule attribute …`
#[derive(Debug, Subcommand)]
pub enum AttributeCommand {
    /// Add a custom attribute
    Add(AddArgs),
    /// List custom attributes
    List(ListArgs),
    /// Delete a custom attribute that no user flow uses; the values that users hold stay
    Delete(NameArgs),
}

/// `vestibule attribute add`
#[derive(Debug, Args)]
pub struct AddArgs {
    #[command(flatten)]
    which: NameArgs,

    /// String, Boolean or Int
    #[arg(long = "type", value_name = "TYPE", default_value = "String")]
    data_type: String,

    /// Its purpose
    #[arg(long, value_name = "TEXT", default_value = "")]
    description: String,
}

/// `vestibule attribute list`
#[derive(Debug, Args)]
pub struct ListArgs {
    #[command(flatten)]
    at: At,

    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

/// One attribute.
#[derive(Debug, Args)]
pub struct NameArgs {
    /// Name without extension_: LoyaltyNumber
    #[arg(value_name = "NAME")]
    name: String,

    #[command(flatten)]
    at: At,
}

/// Run `vestibule attribute …`.
///
/// # Errors
/// A sentence: the store cannot be opened, there is no such attribute, or the change is refused.
pub async fn run(command: &AttributeCommand) -> Result<()> {
    match command {
        AttributeCommand::Add(args) => add(args).await,
        AttributeCommand::List(args) => list(args).await,
        AttributeCommand::Delete(args) => delete(args).await,
    }
}

async fn add(args: &AddArgs) -> Result<()> {
    let desk = args.which.at.open().await?;
    let name = args.which.name.clone();
    if desk.registrations().await?.attributes.contains_key(&name) {
        bail!("there is an attribute {name} already");
    }
    let (data_type, description) = (args.data_type.clone(), args.description.clone());
    let attribute = CustomAttribute { name: name.clone(), data_type, description };
    desk.manage.put_attribute(desk.id(), Some(0), &attribute).await.map_err(refused)?;
    desk.say(&format!("The attribute {name} was added; claims name it extension_{name}.")).await
}

async fn list(args: &ListArgs) -> Result<()> {
    let desk = args.at.open().await?;
    let all = desk.registrations().await?;
    let attributes = all.attributes.values();
    let text = if args.json {
        json(
            &attributes.map(|a| json!({ "name": a.name, "type": a.data_type, "description": a.description })).collect(),
        )?
    } else {
        let row = |a: &CustomAttribute| vec![a.name.clone(), a.data_type.clone(), a.description.clone()];
        table(&["NAME", "TYPE", "DESCRIPTION"], &attributes.map(row).collect::<Vec<_>>())
    };
    desk.print(&text).await
}

async fn delete(args: &NameArgs) -> Result<()> {
    let desk = args.at.open().await?;
    desk.manage.delete_attribute(desk.id(), &args.name, None).await.map_err(refused)?;
    desk.say(&format!("The attribute {} was deleted. The values that users hold stay.", args.name)).await
}
