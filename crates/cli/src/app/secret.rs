//! `vestibule app secret`

use super::AppArgs;
use crate::desk::{At, refused};
use crate::out;
use crate::span::Expires;
use crate::table::{json, table};
use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::json;
use vestibule_protocol::error::timestamp;
use vestibule_tenant::clock::Clock;
use vestibule_tenant::manage::NewSecretOptions;
use vestibule_tenant::registry::{Credential, CredentialKind};

/// `vestibule app secret …`
#[derive(Debug, Subcommand)]
pub enum SecretCommand {
    /// Make a client secret and print its value, which is shown only now; older secrets stay good
    Add(AddArgs),
    /// List client secrets by their first characters
    List(ListArgs),
    /// Remove a client secret: it stops working at once
    Remove(RemoveArgs),
}

/// `vestibule app secret add`
#[derive(Debug, Args)]
pub struct AddArgs {
    #[command(flatten)]
    which: AppArgs,

    /// Name for people
    #[arg(long, value_name = "TEXT", default_value = "")]
    description: String,

    /// When it expires: a number of days such as 180d, or never
    #[arg(long, value_name = "TIME")]
    expires: Expires,
}

/// `vestibule app secret list`
#[derive(Debug, Args)]
pub struct ListArgs {
    #[command(flatten)]
    which: AppArgs,

    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

/// `vestibule app secret remove`
#[derive(Debug, Args)]
pub struct RemoveArgs {
    /// The application, by its name, client id or Application ID URI
    #[arg(value_name = "APP")]
    app: String,

    /// The secret's id, as vestibule app secret list shows it
    #[arg(value_name = "ID")]
    id: String,

    #[command(flatten)]
    at: At,
}

pub(super) async fn run(command: &SecretCommand) -> Result<()> {
    match command {
        SecretCommand::Add(args) => add(args).await,
        SecretCommand::List(args) => list(args).await,
        SecretCommand::Remove(args) => remove(args).await,
    }
}

/// The value alone is on standard output, for `$(…)`.
async fn add(args: &AddArgs) -> Result<()> {
    let desk = args.which.at.open().await?;
    let app = desk.application(&args.which.app).await?;
    let expires_at = args.expires.at(Clock::system().now());
    let options = NewSecretOptions { description: args.description.clone(), expires_at };
    let made = desk.manage.add_secret(desk.id(), &app.client_id, &options).await.map_err(refused)?;
    desk.say(&made.value).await?;
    let ends = expires_at.map_or("never expires".to_owned(), |at| format!("expires {}", timestamp(at)));
    out::warn(&format!("This secret of {} is shown only now. Its id is {}; it {ends}.", app.name, made.credential.id));
    Ok(())
}

async fn list(args: &ListArgs) -> Result<()> {
    let desk = args.which.at.open().await?;
    let app = desk.application(&args.which.app).await?;
    let secrets = app.credentials.iter().filter(|one| one.kind == CredentialKind::Secret);
    let text = if args.json {
        let shown = |one: &Credential| {
            json!({ "id": one.id, "description": one.description, "hint": one.hint,
                "created": timestamp(one.created_at), "expires": one.expires_at.map(timestamp) })
        };
        json(&secrets.map(shown).collect())?
    } else {
        table(&["ID", "BEGINS", "EXPIRES", "DESCRIPTION"], &secrets.map(row).collect::<Vec<_>>())
    };
    desk.print(&text).await
}

fn row(one: &Credential) -> Vec<String> {
    let expires = one.expires_at.map_or("never".to_owned(), timestamp);
    vec![one.id.clone(), one.hint.clone(), expires, one.description.clone()]
}

async fn remove(args: &RemoveArgs) -> Result<()> {
    let desk = args.at.open().await?;
    let app = desk.application(&args.app).await?;
    desk.manage.remove_credential(desk.id(), &app.client_id, &args.id).await.map_err(refused)?;
    desk.say(&format!("The secret {} of {} was removed: it is refused from now on.", args.id, app.name)).await
}
