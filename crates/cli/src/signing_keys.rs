//! `vestibule key`: the keys that sign tokens.

use crate::master_key::MasterKeyArgs;
use crate::out;
use crate::place::{Found, Place, TenantArg};
use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use vestibule_protocol::error::timestamp;
use vestibule_store::TenantHead;
use vestibule_tenant::keys::Begin;
use vestibule_tenant::manage::{KeyState, RevokeError, SigningKeyInfo};

/// `vestibule key …`
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// List a tenant's signing keys: key id, what it does, since when
    List(WhereArgs),
    /// Make a new signing key. It is published at once and signs from tomorrow on, so that no application meets a key
    /// that it does not know; the old one is believed until its tokens have ended
    Rotate(RotateArgs),
    /// Stop believing a key at once, because others know it: its tokens are refused from now on
    Revoke(RevokeArgs),
}

/// Which tenant, and where it is.
#[derive(Debug, Args)]
pub struct WhereArgs {
    #[command(flatten)]
    place: Place,

    #[command(flatten)]
    tenant: TenantArg,

    #[command(flatten)]
    master_key: MasterKeyArgs,
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
    /// The key's id, as in `vestibule key list`
    #[arg(value_name = "KID")]
    kid: String,

    #[command(flatten)]
    at: WhereArgs,
}

/// Runs `vestibule key …`. A running server sees the change within a second.
///
/// # Errors
/// A sentence: there is no store yet, the master key is missing or wrong, or there is no such key.
pub async fn run(command: &KeyCommand) -> Result<()> {
    match command {
        KeyCommand::List(args) => list(args).await,
        KeyCommand::Rotate(args) => rotate(args).await,
        KeyCommand::Revoke(args) => revoke(args).await,
    }
}

async fn list(args: &WhereArgs) -> Result<()> {
    let (place, tenant) = open(args).await?;
    for key in place.manage().signing_keys(&tenant.id).await? {
        out::say(&row(&key))?;
    }
    place.store.close().await;
    Ok(())
}

fn row(key: &SigningKeyInfo) -> String {
    let state = match key.state {
        KeyState::Revoked => "revoked".to_owned(),
        KeyState::Retired { at } => format!("retired   {}", timestamp(at)),
        KeyState::Signs => "signs".to_owned(),
        KeyState::Believed { until } => format!("believed  until {}", timestamp(until)),
        KeyState::Published { signs_from } => format!("published signs from {}", timestamp(signs_from)),
    };
    format!("{}  made {}  {state}", key.kid, timestamp(key.created_at))
}

async fn rotate(args: &RotateArgs) -> Result<()> {
    let (place, tenant) = open(&args.at).await?;
    let keys = args.at.master_key.keys(&place)?;
    let begin = if args.now { Begin::AtOnce } else { Begin::Published };
    let kid = place.manage().rotate_signing_key(&keys, &tenant.id, begin).await?;
    let when = if args.now { "It signs from now on." } else { "It signs from tomorrow on." };
    out::say(&format!("{} has the new signing key {kid}. {when}", tenant.name))?;
    place.store.close().await;
    Ok(())
}

async fn revoke(args: &RevokeArgs) -> Result<()> {
    let (place, tenant) = open(&args.at).await?;
    let keys = args.at.master_key.keys(&place)?;
    let revoked = match place.manage().revoke_signing_key(&keys, &tenant.id, &args.kid).await {
        Err(RevokeError::NotFound(kid)) => {
            bail!("{} has no signing key {kid}; vestibule key list tells which it has", tenant.name)
        }
        revoked => revoked?,
    };
    if let Some(kid) = revoked.replaced_by {
        out::say(&format!("{} has the new signing key {kid}, since that was its only one.", tenant.name))?;
    }
    out::say(&format!("Tokens signed with {} are refused from now on.", args.kid))?;
    place.store.close().await;
    Ok(())
}

async fn open(args: &WhereArgs) -> Result<(Found, TenantHead)> {
    let place = args.place.open().await?;
    let tenant = args.tenant.only(&place).await?;
    Ok((place, tenant))
}
