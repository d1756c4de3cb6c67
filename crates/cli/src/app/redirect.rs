//! `vestibule app redirect`

use super::create::Redirects;
use crate::desk::{At, refused};
use anyhow::{Result, bail};
use clap::{Args, Subcommand};

/// `vestibule app redirect …`
#[derive(Debug, Subcommand)]
pub enum RedirectCommand {
    /// Add redirect URIs to an application
    Add(RedirectArgs),
    /// Remove redirect URIs from an application: sign-ins that name them are refused
    Remove(RedirectArgs),
}

/// An application and redirect URIs.
#[derive(Debug, Args)]
pub struct RedirectArgs {
    /// The application, by its name, client id or Application ID URI
    #[arg(value_name = "APP")]
    app: String,

    #[command(flatten)]
    redirects: Redirects,

    #[command(flatten)]
    at: At,
}

pub(super) async fn run(command: &RedirectCommand) -> Result<()> {
    let (args, adds) = match command {
        RedirectCommand::Add(args) => (args, true),
        RedirectCommand::Remove(args) => (args, false),
    };
    let named = args.redirects.all();
    if named.is_empty() {
        bail!("name at least one redirect URI with --web, --spa or --public");
    }
    let desk = args.at.open().await?;
    let app = desk.application(&args.app).await?;
    if let Some(missing) = named.iter().find(|uri| !adds && !app.redirect_uris.contains(uri)) {
        bail!("{} has no redirect URI {} of this platform; nothing was changed", app.name, missing.uri);
    }
    let done = desk.manage.change_application(desk.id(), &app.client_id, None, |one| {
        one.redirect_uris.retain(|uri| !named.contains(uri));
        one.redirect_uris.extend(named.iter().filter(|_| adds).cloned());
    });
    done.await.map_err(refused)?;
    let uris: Vec<&str> = named.iter().map(|uri| uri.uri.as_str()).collect();
    let verb = if adds { "may redirect to" } else { "may no longer redirect to" };
    desk.say(&format!("{} {verb} {}.", app.name, uris.join(", "))).await
}
