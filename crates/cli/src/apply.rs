//! `vestibule plan` and `vestibule apply`: compare a configuration file with the store, or apply it, while a server
//! runs.

mod watch;

use crate::master_key::MasterKeyArgs;
use crate::out;
use crate::place::Place;
use anyhow::Result;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;
use vestibule_tenant::clock::{Clock, Random};
use vestibule_tenant::config::{Applied, ApplyOptions, Config, OlderFile, apply};
use vestibule_tenant::manage::{Action, Change};

/// The exit code of `plan --exit-code` if the file would change something.
const DIFFERS: u8 = 2;

/// `vestibule plan`
#[derive(Debug, Args)]
pub struct PlanArgs {
    #[command(flatten)]
    what: WhatArgs,

    /// End with code 2 if the file would change something
    #[arg(long)]
    exit_code: bool,
}

/// `vestibule apply`
#[derive(Debug, Args)]
pub struct ApplyArgs {
    #[command(flatten)]
    what: WhatArgs,

    /// Apply a file although a newer one was applied after it
    #[arg(long)]
    force: bool,

    /// Apply the file again whenever it, its policies or its certificates change, until Ctrl-C; for development. Mistakes
    /// are printed, and change nothing
    #[arg(long, conflicts_with = "force")]
    watch: bool,
}

/// Input of both.
#[derive(Debug, Args)]
pub struct WhatArgs {
    /// The configuration file
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    place: Place,

    #[command(flatten)]
    master_key: MasterKeyArgs,

    /// Delete applications, user flows and attributes that the file does not name (never users or tenants)
    #[arg(long)]
    prune: bool,

    /// Print JSON: an array with each object, its fields before and after
    #[arg(long)]
    json: bool,
}

/// Runs `vestibule plan`, which changes nothing.
///
/// # Errors
/// A sentence: there is no store yet, or all mistakes of the file with their lines.
pub async fn plan(args: &PlanArgs) -> Result<ExitCode> {
    let applied = run(&args.what, true, OlderFile::Apply).await?;
    show(&applied, args.what.json, "would be")?;
    let differs = args.exit_code && !applied.is_nothing();
    Ok(if differs { ExitCode::from(DIFFERS) } else { ExitCode::SUCCESS })
}

/// Runs `vestibule apply`. A running server sees the change within a second.
///
/// # Errors
/// Those of [`plan`]; or the file is older than the one applied last.
pub async fn run_apply(args: &ApplyArgs) -> Result<ExitCode> {
    if args.watch {
        watch::watch(&args.what).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let older = if args.force { OlderFile::Apply } else { OlderFile::Refuse };
    let applied = run(&args.what, false, older).await?;
    show(&applied, args.what.json, "were")?;
    Ok(ExitCode::SUCCESS)
}

async fn run(args: &WhatArgs, plan: bool, older: OlderFile) -> Result<Applied> {
    let config = Config::load(&args.file)?;
    let place = args.place.open_for(&args.file, &config).await?;
    let demo_secrets = crate::env::demo_secrets_file(&place.data);
    let env = |name: &str| std::env::var(name).ok();
    let needs_keys = config.tenants.iter().any(|tenant| !tenant.policy_keys.is_empty());
    let keys = needs_keys.then(|| args.master_key.keys(&place)).transpose()?;
    let options = ApplyOptions {
        keys: keys.as_ref(),
        // Only the data folder of `dev` has such a file, and only there may the configuration contain demo secrets.
        demo_secrets: demo_secrets.is_file().then_some(demo_secrets.as_path()),
        plan,
        prune: args.prune,
        older,
        ..ApplyOptions::new(&env)
    };
    let applied = apply(&config, &place.store, &Random::system(), Clock::system().now(), &options).await;
    place.store.close().await;
    Ok(applied?)
}

/// Prints what has changed, or would change.
fn show(applied: &Applied, as_json: bool, verb: &str) -> Result<()> {
    applied.warnings.iter().for_each(|warning| out::warn(&warning.to_string()));
    if as_json {
        let changes = applied.changes.iter().map(Change::to_json);
        let users = applied.users.iter().map(|user| {
            json!({ "action": "create", "tenant": user.tenant, "kind": "user", "name": user.name, "fields": [] })
        });
        let all: Vec<serde_json::Value> = changes.chain(users).collect();
        return Ok(out::say(&serde_json::to_string_pretty(&all)?)?);
    }
    if applied.is_nothing() {
        return Ok(out::say("No changes.")?);
    }
    out::print(&applied.to_string())?;
    let count = |action| applied.changes.iter().filter(|change| change.action == action).count();
    let (created, changed, deleted) =
        (count(Action::Create) + applied.users.len(), count(Action::Change), count(Action::Delete));
    Ok(out::say(&format!("{created} {verb} created, {changed} changed, {deleted} deleted."))?)
}
