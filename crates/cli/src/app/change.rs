//! `vestibule app change`

use crate::desk::{At, refused};
use anyhow::Result;
use clap::Args;
use vestibule_tenant::registry::Application;

/// `vestibule app change`
#[derive(Debug, Args)]
pub struct ChangeArgs {
    /// The application, by its name, client id or Application ID URI
    #[arg(value_name = "APP")]
    app: String,

    /// New name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    /// Front-channel logout URL; an empty one removes it
    #[arg(long, value_name = "URL")]
    logout_url: Option<String>,

    /// Application ID URI; an empty one removes it
    #[arg(long, value_name = "URI")]
    app_id_uri: Option<String>,

    /// Whether anybody may sign in to it
    #[arg(long, value_name = "true|false")]
    enabled: Option<bool>,

    /// Whether authorize may return ID tokens (implicit and hybrid flows)
    #[arg(long, value_name = "true|false")]
    implicit_id_token: Option<bool>,

    /// Whether authorize may return access tokens (implicit flow)
    #[arg(long, value_name = "true|false")]
    implicit_access_token: Option<bool>,

    /// Whether public clients may sign people in by password (ROPC)
    #[arg(long, value_name = "true|false")]
    allow_public_client_flows: Option<bool>,

    #[command(flatten)]
    at: At,
}

pub(super) async fn run(args: &ChangeArgs) -> Result<()> {
    let desk = args.at.open().await?;
    let app = desk.application(&args.app).await?;
    let done = desk.manage.change_application(desk.id(), &app.client_id, None, |one| change(args, one)).await;
    let changes = done.map_err(refused)?.changes;
    let lines: Vec<String> = changes.iter().map(ToString::to_string).collect();
    desk.say(if lines.is_empty() { "No changes.".to_owned() } else { lines.join("\n") }.as_str()).await
}

fn change(args: &ChangeArgs, to: &mut Application) {
    if let Some(name) = &args.name {
        to.name.clone_from(name);
    }
    if let Some(url) = &args.logout_url {
        to.logout_url = Some(url.clone()).filter(|url| !url.is_empty());
    }
    if let Some(uri) = &args.app_id_uri {
        to.app_id_uri = Some(uri.clone()).filter(|uri| !uri.is_empty());
    }
    to.enabled = args.enabled.unwrap_or(to.enabled);
    to.implicit_id_token = args.implicit_id_token.unwrap_or(to.implicit_id_token);
    to.implicit_access_token = args.implicit_access_token.unwrap_or(to.implicit_access_token);
    to.public_client = args.allow_public_client_flows.unwrap_or(to.public_client);
}
