//! The command line: the program's commands.

use crate::admin::AdminCommand;
use crate::app::AppCommand;
use crate::apply::{ApplyArgs, PlanArgs};
use crate::attribute::AttributeCommand;
use crate::audit::AuditCommand;
use crate::backup::{BackupArgs, RestoreArgs};
use crate::dev::DevArgs;
use crate::env::EnvArgs;
use crate::export::ExportArgs;
use crate::flow::FlowCommand;
use crate::import::ImportCommand;
use crate::policy::PolicyCommand;
use crate::serve::ServeArgs;
use crate::signing_keys::KeyCommand;
use crate::tenant::TenantCommand;
use crate::user::UserCommand;
use clap::{Parser, Subcommand};

/// Sign-up, sign-in and tokens as Azure AD B2C does them, on your own machine
#[derive(Debug, Parser)]
#[command(name = "vestibule", version, max_term_width = 100, propagate_version = true)]
pub struct Cli {
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// The command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start everything for a developer: tenant, sample web app and sample API, with nothing to set up
    Dev(Box<DevArgs>),
    /// Start the tenant for production
    Serve(Box<ServeArgs>),
    /// Print what a configuration file would change, and change nothing
    Plan(PlanArgs),
    /// Apply a configuration file, while a server goes on running
    Apply(ApplyArgs),
    /// Print a configuration file from which an empty server makes the same tenants
    Export(ExportArgs),
    /// Make a configuration of what another product gave of a tenant
    #[command(subcommand)]
    Import(ImportCommand),
    /// Print the .env that an application needs
    Env(EnvArgs),
    /// Create, list, show and delete tenants
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// Register applications: secrets, scopes, redirect URIs, permissions and consent
    #[command(subcommand)]
    App(AppCommand),
    /// Create, change and list user flows, or print one as custom-policy XML
    #[command(subcommand)]
    Flow(FlowCommand),
    /// Make, list and change users
    #[command(subcommand)]
    User(UserCommand),
    /// Invite, list and remove administrators of the portal
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Add, list and delete custom attributes of users
    #[command(subcommand)]
    Attribute(AttributeCommand),
    /// Read the audit log
    #[command(subcommand)]
    Audit(AuditCommand),
    /// List, rotate and revoke the keys that sign tokens
    #[command(subcommand)]
    Key(KeyCommand),
    /// Write a copy of the SQLite store to a file, while a server goes on using it
    Backup(BackupArgs),
    /// Put a backup into a data folder that has no store
    Restore(RestoreArgs),
    /// Check custom policies, and manage the keys that they name
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Print the JSON Schema of vestibule.toml, with which an editor completes and checks its keys
    Schema,
}
