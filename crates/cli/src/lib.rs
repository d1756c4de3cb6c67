//! The `vestibule` program as a library, for tests.

pub mod admin;
pub mod app;
pub mod apply;
pub mod args;
pub mod attribute;
pub mod audit;
pub mod backup;
pub mod ca;
pub mod config_folder;
pub mod data;
mod desk;
pub mod dev;
pub mod env;
pub mod export;
mod files;
pub mod flow;
pub mod import;
pub mod listen;
mod log;
pub mod master_key;
pub mod out;
pub mod place;
pub mod policy;
pub mod policy_keys;
pub mod proxy;
pub mod schema;
pub mod serve;
mod show;
mod shutdown;
pub mod signing_keys;
pub mod span;
mod table;
pub mod tenant;
pub mod user;

use args::{Cli, Command};
use clap::Parser;
use std::process::ExitCode;
use tokio::runtime::Runtime;

/// Runs the program; `main` only calls this function.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refuse(&error),
    };
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&anyhow::Error::new(error).context("the system gave no threads")),
    };
    let code = match runtime.block_on(run(cli.command)) {
        Ok(code) => code,
        Err(error) => fail(&error),
    };
    // Does not wait for a thread that is blocked by the disk.
    runtime.shutdown_background();
    code
}

/// The thread pool: one thread per core and at least three, because a blocked disk may occupy two (a read of the store
/// and one of a journey).
///
/// # Errors
/// The system cannot create threads.
pub fn runtime() -> std::io::Result<Runtime> {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    tokio::runtime::Builder::new_multi_thread().worker_threads(cores.max(3)).enable_all().build()
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Dev(args) => dev::run(&args).await?,
        Command::Serve(args) => serve::run(&args).await?,
        Command::Tenant(command) => tenant::run(&command).await?,
        Command::App(command) => app::run(&command).await?,
        Command::Attribute(command) => attribute::run(&command).await?,
        Command::Audit(command) => audit::run(&command).await?,
        Command::Env(args) => env::run(&args).await?,
        Command::Flow(command) => flow::run(&command).await?,
        Command::Key(command) => signing_keys::run(&command).await?,
        Command::Plan(args) => return apply::plan(&args).await,
        Command::Apply(args) => return apply::run_apply(&args).await,
        Command::Export(args) => export::run(&args).await?,
        Command::Import(command) => import::run(&command)?,
        Command::User(command) => user::run(&command).await?,
        Command::Admin(command) => admin::run(&command).await?,
        Command::Backup(args) => backup::back_up(&args).await?,
        Command::Restore(args) => backup::restore(&args).await?,
        Command::Policy(command) => return policy::run(&command).await,
        Command::Schema => schema::run()?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Handles a command line that cannot be parsed, or that asks for help.
fn refuse(error: &clap::Error) -> ExitCode {
    let mut words = std::env::args().skip(1);
    if error.use_stderr() && words.next().as_deref() == Some("serve") && serve::chooses_json(words) {
        log::set_form(true);
        log::say(error.to_string().trim_end());
        return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
    }
    error.exit()
}

fn fail(error: &anyhow::Error) -> ExitCode {
    log::say(&log::sentence(error));
    ExitCode::FAILURE
}
