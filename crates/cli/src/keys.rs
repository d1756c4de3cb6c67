//! `vestibule key`: the keys that sign tokens.

use crate::place::{Found, Place, only_tenant};
use crate::{key, out};
use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::sync::Arc;
use vestibule_protocol::error::timestamp;
use vestibule_tenant::clock::Clock;
use vestibule_tenant::keys::{Begin, Keys};
use vestibule_tenant::registry::{Registry, Tenant};
use vestibule_tenant::seal::Sealer;

/// `vestibule key …`
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// List a tenant's signing keys: key id, what it does, since when
    List(WhereArgs),
    /// Make a new signing key. It is published at once and signs from tomorrow on, so that no application meets a key that
    /// it does not know; the old one is believed until its tokens have ended
    Rotate(RotateArgs),
    /// Stop believing a key at once, because others know it: its tokens are refused from now on
    Revoke(RevokeArgs),
}

/// Which tenant, and where it is.
#[derive(Debug, Args)]
pub struct WhereArgs {
    #[command(flatten)]
    place: Place,

    /// The tenant, by its name or domain, if there are several
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,

    /// File with the master key [default: master.key in the data folder of dev; VESTIBULE_MASTER_KEY, or as --config says]
    #[arg(long, value_name = "FILE", env = "VESTIBULE_MASTER_KEY_FILE")]
    master_key_file: Option<PathBuf>,
}

/// `vestibule key rotate`
#[derive(Debug, Args)]
pub struct RotateArgs {
    #[command(flatten)]
    at: WhereArgs,

    /// Sign with it at once
    #[arg(long)]
    now: bool,
}

/// `vestibule key revoke`
#[derive(Debug, Args)]
pub struct RevokeArgs {
    /// The key's id, as `vestibule key list` tells it
    #[arg(value_name = "KID")]
    kid: String,

    #[command(flatten)]
    at: WhereArgs,
}

/// Run `vestibule key …`. A running server sees the change within a second.
///
/// # Errors
/// A sentence: nothing is there yet, the master key is missing or another, there is no such key.
pub async fn run(command: &KeyCommand) -> Result<()> {
    match command {
        KeyCommand::List(args) => list(args).await,
        KeyCommand::Rotate(args) => rotate(args).await,
        KeyCommand::Revoke(args) => revoke(args).await,
    }
}

async fn list(args: &WhereArgs) -> Result<()> {
    let (place, tenant) = open(args).await?;
    let now = Clock::system().now();
    let keys = place.store.list_signing_keys(&tenant.id).await?;
    let current = keys.iter().rfind(|k| k.use_from <= now && k.retire_at.is_none_or(|at| at > now));
    let current = current.map(|k| k.kid.clone());
    for record in &keys {
        let state = match record.retire_at {
            Some(0) => "revoked".to_owned(),
            Some(at) if at <= now => format!("retired   {}", timestamp(at)),
            _ if current.as_ref() == Some(&record.kid) => "signs".to_owned(),
            Some(at) => format!("believed  until {}", timestamp(at)),
            None => format!("published signs from {}", timestamp(record.use_from)),
        };
        out::say(&format!("{}  made {}  {state}", record.kid, timestamp(record.created_at)))?;
    }
    Ok(())
}

async fn rotate(args: &RotateArgs) -> Result<()> {
    let (place, tenant) = open(&args.at).await?;
    let keys = keys(&args.at, &place, &tenant).await?;
    let begin = if args.now { Begin::AtOnce } else { Begin::Published };
    let kid = keys.rotate(&tenant.id, begin).await?;
    let when = if args.now { "It signs from now on." } else { "It signs from tomorrow on." };
    Ok(out::say(&format!("{} has the new signing key {kid}. {when}", tenant.name))?)
}

async fn revoke(args: &RevokeArgs) -> Result<()> {
    let (place, tenant) = open(&args.at).await?;
    let keys = keys(&args.at, &place, &tenant).await?;
    let known = place.store.list_signing_keys(&tenant.id).await?;
    if !known.iter().any(|k| k.kid == args.kid) {
        bail!("{} has no signing key {}; vestibule key list tells which it has", tenant.name, args.kid);
    }
    let now = Clock::system().now();
    let good = |k: &&vestibule_store::SigningKeyRecord| k.use_from <= now && k.retire_at.is_none_or(|at| at > now);
    if !known.iter().filter(good).any(|k| k.kid != args.kid) {
        let kid = keys.rotate(&tenant.id, Begin::AtOnce).await?;
        out::say(&format!("{} has the new signing key {kid}, since that was its only one.", tenant.name))?;
    }
    keys.revoke(&tenant.id, &args.kid).await?;
    Ok(out::say(&format!("Tokens signed with {} are refused from now on.", args.kid))?)
}

async fn open(args: &WhereArgs) -> Result<(Found, Arc<Tenant>)> {
    let place = args.place.open().await?;
    let registry = Registry::load(place.store.clone()).await?;
    let tenant = only_tenant(&registry.snapshot(), args.tenant.as_deref())?;
    Ok((place, tenant))
}

/// The tenant's keys, opened: with another master key than theirs nothing is changed.
async fn keys(args: &WhereArgs, place: &Found, tenant: &Tenant) -> Result<Keys> {
    let own = place.data.join("master.key");
    let master = match &args.master_key_file {
        None if own.is_file() => key::from_file(&own)?,
        file => key::configured(file.as_deref(), &place.server, &|name| std::env::var(name).ok())?,
    };
    let keys = Keys::new(place.store.clone(), Clock::system(), Sealer::new(master));
    keys.verifying(&tenant.id).await?;
    Ok(keys)
}
