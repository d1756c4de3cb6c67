//! `vestibule policy key`: creates and fills the key containers that custom policies name.

use crate::master_key::MasterKeyArgs;
use crate::out;
use crate::place::{Found, Place, TenantArg};
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use std::io::BufRead;
use vestibule_protocol::error::timestamp;
use vestibule_store::TenantHead;
use vestibule_tenant::clock::Clock;
use vestibule_tenant::manage::{ContainerValue, NewContainerKey};
use vestibule_tenant::registry::key_container::{ContainerKey, KeyKind, KeyUse};
use zeroize::Zeroizing;

/// `vestibule policy key …`
#[derive(Debug, Subcommand)]
pub enum PolicyKeyCommand {
    /// List a tenant's policy keys, and the keys in each
    List(ListArgs),
    /// Add a key to a policy key; one that does not exist is created. The value comes from standard input, or is
    /// generated, and is never shown again
    Add(AddArgs),
    /// Remove a key from a policy key, or with --all the whole of it
    Remove(RemoveArgs),
}

/// `vestibule policy key list`
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

/// `vestibule policy key add`
#[derive(Debug, Args)]
pub struct AddArgs {
    /// The name: B2C_1A_RestApiKey
    #[arg(value_name = "NAME")]
    name: String,

    #[command(flatten)]
    place: Place,

    #[command(flatten)]
    tenant: TenantArg,

    #[command(flatten)]
    master_key: MasterKeyArgs,

    /// Generate the value instead of reading a secret from the first line of standard input
    #[arg(long, value_name = "KIND")]
    generate: Option<Generate>,

    /// What the key may be used for
    #[arg(long = "use", value_name = "USE", default_value = "sig")]
    usage: Usage,

    /// Days until it ends; without it, it does not end
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..))]
    expires_in_days: Option<u16>,
}

/// `vestibule policy key remove`
#[derive(Debug, Args)]
pub struct RemoveArgs {
    /// The name: B2C_1A_RestApiKey
    #[arg(value_name = "NAME")]
    name: String,

    /// The key's id, as vestibule policy key list shows it
    #[arg(value_name = "ID", required_unless_present = "all", conflicts_with = "all")]
    id: Option<String>,

    /// Remove the policy key with everything in it
    #[arg(long)]
    all: bool,

    #[command(flatten)]
    place: Place,

    #[command(flatten)]
    tenant: TenantArg,
}

/// What to generate.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Generate {
    /// A secret of 256 random bits
    Secret,
    /// An RSA key of 2048 bits
    Rsa,
}

/// The use of a key.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Usage {
    /// Signatures, and secrets that prove who asks
    Sig,
    /// Encryption
    Enc,
}

const DAY: i64 = 24 * 60 * 60 * 1000;

/// Runs `vestibule policy key …`. A running server sees the change within a second.
///
/// # Errors
/// A sentence: there is no store yet, the master key is missing or wrong, or there is no such key.
pub async fn run(command: &PolicyKeyCommand) -> Result<()> {
    match command {
        PolicyKeyCommand::List(args) => list(args).await,
        PolicyKeyCommand::Add(args) => add(args).await,
        PolicyKeyCommand::Remove(args) => remove(args).await,
    }
}

async fn list(args: &ListArgs) -> Result<()> {
    let (place, tenant) = open(&args.place, &args.tenant).await?;
    let containers = place.manage().key_containers(&tenant.id).await?;
    let now = Clock::system().now();
    if args.json {
        let shown = |key: &ContainerKey| {
            serde_json::json!({ "id": key.id, "kind": key.kind, "use": key.usage, "created_at": timestamp(key.created_at),
                "not_before": key.not_before.map(timestamp), "expires": key.expires_at.map(timestamp),
                "enabled": key.enabled, "active": key.is_active(now) })
        };
        let all: Vec<serde_json::Value> = containers
            .iter()
            .map(|c| serde_json::json!({ "name": c.name, "keys": c.keys.iter().map(shown).collect::<Vec<_>>() }))
            .collect();
        out::say(&serde_json::to_string_pretty(&all)?)?;
    } else {
        for container in &containers {
            out::say(&container.name)?;
            let active = container.active(now).map(|key| key.id.as_str());
            for key in &container.keys {
                out::say(&row(key, active == Some(key.id.as_str())))?;
            }
        }
    }
    place.store.close().await;
    Ok(())
}

fn row(key: &ContainerKey, is_active: bool) -> String {
    let kind = if key.kind == KeyKind::Rsa { "rsa" } else { "secret" };
    let state = if is_active {
        "active"
    } else if key.enabled {
        "inactive"
    } else {
        "disabled"
    };
    let expires = key.expires_at.map(|at| format!("  expires {}", timestamp(at))).unwrap_or_default();
    format!("    {}  {kind:<6}  {state:<8}  added {}{expires}", key.id, timestamp(key.created_at))
}

async fn add(args: &AddArgs) -> Result<()> {
    let value = match args.generate {
        Some(Generate::Secret) => ContainerValue::GeneratedSecret,
        Some(Generate::Rsa) => ContainerValue::GeneratedRsa,
        None => ContainerValue::Secret(secret_from_stdin()?),
    };
    let (place, tenant) = open(&args.place, &args.tenant).await?;
    let keys = args.master_key.keys(&place)?;
    let now = Clock::system().now();
    let new = NewContainerKey {
        value,
        usage: if matches!(args.usage, Usage::Sig) { KeyUse::Signature } else { KeyUse::Encryption },
        not_before: None,
        expires_at: args.expires_in_days.map(|days| now + i64::from(days) * DAY),
    };
    let (id, _) = place.manage().add_container_key(&keys, &tenant.id, &args.name, &new).await?;
    out::say(&format!("{} has the new key {id}.", args.name))?;
    place.store.close().await;
    Ok(())
}

fn secret_from_stdin() -> Result<Zeroizing<String>> {
    let mut line = Zeroizing::new(String::new());
    std::io::stdin().lock().read_line(&mut line).context("cannot read the secret from standard input")?;
    let secret = line.trim_end_matches(['\r', '\n']);
    if secret.is_empty() {
        bail!("standard input has no secret on its first line; --generate secret makes one");
    }
    Ok(Zeroizing::new(secret.to_owned()))
}

async fn remove(args: &RemoveArgs) -> Result<()> {
    let (place, tenant) = open(&args.place, &args.tenant).await?;
    let manage = place.manage();
    let text = match &args.id {
        Some(id) => {
            manage.remove_container_key(&tenant.id, &args.name, id).await?;
            format!("The key {id} of {} is removed.", args.name)
        }
        None => {
            manage.delete_key_container(&tenant.id, &args.name, None).await?;
            format!("{} is removed. Policies that name it stop at the technical profile that needs it.", args.name)
        }
    };
    out::say(&text)?;
    place.store.close().await;
    Ok(())
}

async fn open(place: &Place, tenant: &TenantArg) -> Result<(Found, TenantHead)> {
    let place = place.open().await?;
    let tenant = tenant.only(&place).await?;
    Ok((place, tenant))
}
