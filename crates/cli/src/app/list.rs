//! `vestibule app list` and `vestibule app show`

use crate::desk::At;
use crate::show::lines;
use crate::table::{json, table};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use vestibule_protocol::error::timestamp;
use vestibule_tenant::manage::Registrations;
use vestibule_tenant::registry::{Application, CredentialKind, Permission, Platform};

/// `vestibule app list`
#[derive(Debug, Args)]
pub struct ListArgs {
    #[command(flatten)]
    at: At,

    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

/// `vestibule app show`
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The application, by its name, client id or Application ID URI
    #[arg(value_name = "APP")]
    app: String,

    #[command(flatten)]
    at: At,

    /// Print a JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn list(args: &ListArgs) -> Result<()> {
    let desk = args.at.open().await?;
    let all = desk.registrations().await?;
    let mut applications: Vec<&Application> = all.applications.values().collect();
    applications.sort_by_key(|one| one.name.to_lowercase());
    let text = if args.json {
        json(&applications.iter().map(|one| shown(one, &all)).collect())?
    } else {
        table(&["NAME", "CLIENT ID", "STATE", "SECRETS"], &applications.iter().map(|a| row(a)).collect::<Vec<_>>())
    };
    desk.print(&text).await
}

pub(super) async fn show(args: &ShowArgs) -> Result<()> {
    let desk = args.at.open().await?;
    let application = desk.application(&args.app).await?;
    let value = shown(&application, &desk.registrations().await?);
    let text = if args.json { json(&value)? } else { lines(&value) };
    desk.print(&text).await
}

fn row(application: &Application) -> Vec<String> {
    let state = if application.enabled { "enabled" } else { "disabled" };
    let secrets = application.credentials.iter().filter(|one| one.kind == CredentialKind::Secret).count();
    vec![application.name.clone(), application.client_id.clone(), state.to_owned(), secrets.to_string()]
}

/// An application without its secrets' digests.
fn shown(application: &Application, all: &Registrations) -> Value {
    let uris = |platform: Platform| {
        application.redirect_uris.iter().filter(|r| r.platform == platform).map(|r| r.uri.clone()).collect::<Vec<_>>()
    };
    let scopes = application.scopes.iter().map(|scope| application.full_scope(&scope.name));
    json!({
        "client_id": application.client_id, "name": application.name, "enabled": application.enabled,
        "web": uris(Platform::Web), "spa": uris(Platform::Spa), "public_client": uris(Platform::PublicClient),
        "logout_url": application.logout_url, "app_id_uri": application.app_id_uri,
        "scopes": scopes.collect::<Vec<_>>(), "openid_permissions": application.openid_permissions,
        "permissions": application.permissions.iter().map(|one| permission(one, all)).collect::<Vec<_>>(),
        "implicit_id_token": application.implicit_id_token,
        "implicit_access_token": application.implicit_access_token,
        "allow_public_client_flows": application.public_client,
        "credentials": application.credentials.iter().map(|one| json!({
            "id": one.id, "kind": if one.kind == CredentialKind::Secret { "secret" } else { "certificate" },
            "description": one.description, "hint": one.hint, "expires": one.expires_at.map(timestamp),
        })).collect::<Vec<_>>(),
    })
}

fn permission(permission: &Permission, all: &Registrations) -> Value {
    let api = all.application(&permission.resource_client_id).map_or(&permission.resource_client_id, |api| &api.name);
    json!({ "permission": format!("{api}/{}", permission.value), "consented": permission.consented_at.map(timestamp) })
}
