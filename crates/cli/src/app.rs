//! `vestibule app`: app registrations with their secrets, scopes, redirect URIs, permissions and consent.

mod change;
mod create;
mod list;
mod permission;
mod redirect;
mod scope;
mod secret;

use crate::desk::{At, refused};
use anyhow::Result;
use clap::{Args, Subcommand};

/// `vestibule app …`
#[derive(Debug, Subcommand)]
pub enum AppCommand {
    /// Register an application
    Create(create::CreateArgs),
    /// List applications
    List(list::ListArgs),
    /// Show an application
    Show(list::ShowArgs),
    /// Change an application's name, logout URL and switches
    Change(change::ChangeArgs),
    /// Delete an application with its secrets, scopes and permissions
    Delete(AppArgs),
    /// Add and remove API permissions
    #[command(subcommand)]
    Permission(permission::PermissionCommand),
    /// Grant and revoke admin consent
    #[command(subcommand)]
    Consent(ConsentCommand),
    /// Add, list and remove client secrets
    #[command(subcommand)]
    Secret(secret::SecretCommand),
    /// Add and remove scopes that an API exposes
    #[command(subcommand)]
    Scope(scope::ScopeCommand),
    /// Add and remove redirect URIs
    #[command(subcommand)]
    Redirect(redirect::RedirectCommand),
}

/// `vestibule app consent …`
#[derive(Debug, Subcommand)]
pub enum ConsentCommand {
    /// Grant admin consent to every permission of the application, and to openid and offline_access
    Grant(AppArgs),
    /// Revoke admin consent to the application's API permissions
    Revoke(AppArgs),
}

/// One application.
#[derive(Debug, Args)]
pub struct AppArgs {
    /// The application, by its name, client id or Application ID URI
    #[arg(value_name = "APP")]
    app: String,

    #[command(flatten)]
    at: At,
}

/// Run `vestibule app …`. A running server sees the change within a second.
///
/// # Errors
/// A sentence: the store cannot be opened, there is no such application, or the change is refused.
pub async fn run(command: &AppCommand) -> Result<()> {
    match command {
        AppCommand::Create(args) => create::run(args).await,
        AppCommand::List(args) => list::list(args).await,
        AppCommand::Show(args) => list::show(args).await,
        AppCommand::Change(args) => change::run(args).await,
        AppCommand::Delete(args) => delete(args).await,
        AppCommand::Permission(command) => permission::run(command).await,
        AppCommand::Consent(ConsentCommand::Grant(args)) => consent(args, true).await,
        AppCommand::Consent(ConsentCommand::Revoke(args)) => consent(args, false).await,
        AppCommand::Secret(command) => secret::run(command).await,
        AppCommand::Scope(command) => scope::run(command).await,
        AppCommand::Redirect(command) => redirect::run(command).await,
    }
}

async fn delete(args: &AppArgs) -> Result<()> {
    let desk = args.at.open().await?;
    let app = desk.application(&args.app).await?;
    desk.manage.delete_application(desk.id(), &app.client_id, None).await.map_err(refused)?;
    desk.say(&format!("{} was deleted: nobody signs in to it any more, and its refresh tokens have ended.", app.name))
        .await
}

async fn consent(args: &AppArgs, granted: bool) -> Result<()> {
    let desk = args.at.open().await?;
    let app = desk.application(&args.app).await?;
    desk.manage.set_consent(desk.id(), &app.client_id, None, granted).await.map_err(refused)?;
    let done = match granted {
        true => "has admin consent to all its permissions",
        false => "has no admin consent to its API permissions any more: it gets no tokens for APIs",
    };
    desk.say(&format!("{} {done}.", app.name)).await
}
