//! The `vestibule` program as a library, for tests and stories.

pub mod apply;
pub mod args;
pub mod backup;
pub mod ca;
pub mod config_folder;
pub mod data;
pub mod dev;
pub mod env;
pub mod export;
mod files;
pub mod flow;
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
mod shutdown;
pub mod signing_keys;
pub mod user;

use args::{Cli, Command};
use clap::Parser;
use std::process::ExitCode;
use tokio::runtime::Runtime;

/// Run the program: what `main` is.
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
    // Do not wait for a thread that hangs in the disk.
    runtime.shutdown_background();
    code
}

/// Threads for everything: one for each core and three at least, since a disk that hangs may hold up two (a read of the
/// store and a journey's).
///
/// # Errors
/// The system gives no threads.
pub fn runtime() -> std::io::Result<Runtime> {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    tokio::runtime::Builder::new_multi_thread().worker_threads(cores.max(3)).enable_all().build()
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Dev(args) => dev::run(&args).await?,
        Command::Serve(args) => serve::run(&args).await?,
        Command::Env(args) => env::run(&args).await?,
        Command::Flow(command) => flow::run(&command).await?,
        Command::Key(command) => signing_keys::run(&command).await?,
        Command::Plan(args) => return apply::plan(&args).await,
        Command::Apply(args) => return apply::run_apply(&args).await,
        Command::Export(args) => export::run(&args).await?,
        Command::User(command) => user::run(&command).await?,
        Command::Backup(args) => backup::back_up(&args).await?,
        Command::Restore(args) => backup::restore(&args).await?,
        Command::Policy(command) => return policy::run(&command).await,
        Command::Schema => schema::run()?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The command line cannot be read, or asks for help.
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
