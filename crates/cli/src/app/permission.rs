//! `vestibule app permission`

use crate::desk::{At, refused};
use crate::out;
use anyhow::Result;
use clap::{Args, Subcommand};

/// `vestibule app permission …`
#[derive(Debug, Subcommand)]
pub enum PermissionCommand {
    /// Add API permissions to an application
    Add(AddArgs),
    /// Remove API permissions from an application
    Remove(NamesArgs),
}

/// `vestibule app permission add`
#[derive(Debug, Args)]
pub struct AddArgs {
    #[command(flatten)]
    names: NamesArgs,

    /// Grant admin consent to them; without it the application cannot use them yet
    #[arg(long)]
    grant_admin_consent: bool,
}

/// An application and its permissions.
#[derive(Debug, Args)]
pub struct NamesArgs {
    /// The application, by its name, client id or Application ID URI
    #[arg(value_name = "APP")]
    app: String,

    /// The API's name, a slash, and its scope or app role: my-api1/tasks.read
    #[arg(value_name = "API/SCOPE", required = true)]
    permissions: Vec<String>,

    #[command(flatten)]
    at: At,
}

pub(super) async fn run(command: &PermissionCommand) -> Result<()> {
    match command {
        PermissionCommand::Add(args) => add(args).await,
        PermissionCommand::Remove(args) => remove(args).await,
    }
}

async fn add(args: &AddArgs) -> Result<()> {
    let NamesArgs { app, permissions, at } = &args.names;
    let desk = at.open().await?;
    let app = desk.application(app).await?;
    let done = desk.manage.add_permissions(desk.id(), &app.client_id, permissions, args.grant_admin_consent).await;
    done.map_err(refused)?;
    let consent = if args.grant_admin_consent { ", with admin consent" } else { "" };
    desk.say(&format!("{} has the permissions {}{consent}.", app.name, permissions.join(", "))).await?;
    if !args.grant_admin_consent {
        out::warn(&format!("It cannot use new ones before: vestibule app consent grant {}", app.name));
    }
    Ok(())
}

async fn remove(args: &NamesArgs) -> Result<()> {
    let desk = args.at.open().await?;
    let app = desk.application(&args.app).await?;
    desk.manage.remove_permissions(desk.id(), &app.client_id, &args.permissions).await.map_err(refused)?;
    let names = args.permissions.join(", ");
    desk.say(&format!("{} no longer has the permissions {names}: new tokens are issued without them.", app.name)).await
}
