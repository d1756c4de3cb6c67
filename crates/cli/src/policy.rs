//! `vestibule policy`: checks custom policies without a tenant, and manages the keys that they name.

mod check;
mod files;
mod told;

use crate::policy_keys::{self, PolicyKeyCommand};
use anyhow::Result;
use check::CheckArgs;
use clap::Subcommand;
use std::process::ExitCode;

/// `vestibule policy …`
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Compile policy files and list every problem, with file and line
    Check(CheckArgs),
    /// List, add and remove policy keys: secrets and keys that policies name by StorageReferenceId
    #[command(subcommand)]
    Key(PolicyKeyCommand),
}

/// Runs `vestibule policy …`. The help of `check` lists its exit codes.
///
/// # Errors
/// A file cannot be read, or standard output cannot be written to.
pub async fn run(command: &PolicyCommand) -> Result<ExitCode> {
    match command {
        PolicyCommand::Check(args) => check::run(args),
        PolicyCommand::Key(command) => policy_keys::run(command).await.map(|()| ExitCode::SUCCESS),
    }
}
