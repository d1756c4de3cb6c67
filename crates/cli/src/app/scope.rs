//! `vestibule app scope`

use super::create::scope;
use crate::desk::{At, refused};
use anyhow::{Result, bail};
use clap::{Args, Subcommand};

/// `vestibule app scope …`
#[derive(Debug, Subcommand)]
pub enum ScopeCommand {
    /// Add a scope to an API
    Add(AddArgs),
    /// Remove a scope from an API
    Remove(NameArgs),
}

/// `vestibule app scope add`
#[derive(Debug, Args)]
pub struct AddArgs {
    #[command(flatten)]
    which: NameArgs,

    /// Title that an administrator reads when consenting [default: NAME]
    #[arg(long, value_name = "TEXT")]
    display_name: Option<String>,

    /// Sentence that an administrator reads when consenting
    #[arg(long, value_name = "TEXT", default_value = "")]
    description: String,
}

/// A scope of an API.
#[derive(Debug, Args)]
pub struct NameArgs {
    /// The API, by its name, client id or Application ID URI
    #[arg(value_name = "APP")]
    app: String,

    /// The scope: tasks.read
    #[arg(value_name = "NAME")]
    name: String,

    #[command(flatten)]
    at: At,
}

pub(super) async fn run(command: &ScopeCommand) -> Result<()> {
    match command {
        ScopeCommand::Add(args) => add(args).await,
        ScopeCommand::Remove(args) => remove(args).await,
    }
}

async fn add(args: &AddArgs) -> Result<()> {
    let which = &args.which;
    let desk = which.at.open().await?;
    let app = desk.application(&which.app).await?;
    let mut new = scope(&which.name);
    new.admin_consent_display_name = args.display_name.clone().unwrap_or(new.admin_consent_display_name);
    new.admin_consent_description.clone_from(&args.description);
    let done = desk.manage.change_application(desk.id(), &app.client_id, None, |one| one.scopes.push(new.clone()));
    done.await.map_err(refused)?;
    desk.say(&format!("{} exposes {}.", app.name, app.full_scope(&which.name).unwrap_or_default())).await
}

async fn remove(args: &NameArgs) -> Result<()> {
    let desk = args.at.open().await?;
    let app = desk.application(&args.app).await?;
    if !app.scopes.iter().any(|scope| scope.name == args.name) {
        bail!("{} exposes no scope {}; vestibule app show {} lists them", app.name, args.name, app.name);
    }
    let done = desk.manage.change_application(desk.id(), &app.client_id, None, |one| {
        one.scopes.retain(|scope| scope.name != args.name);
    });
    done.await.map_err(refused)?;
    desk.say(&format!("{} no longer exposes {}: new tokens are issued without it.", app.name, args.name)).await
}
