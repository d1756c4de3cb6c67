//! Generates load on its own tenant: measures its speed on one core, and if it keeps that speed with a million users
//! (Linux only).
//!
//! `cargo run --release -p vestibule-load -- speed`
#![expect(clippy::print_stdout, reason = "what it is for")]

mod bare;
mod browser;
mod distance;
mod http;
mod machine;
mod measure;
mod people;
mod report;
mod scale;
mod seed;
mod speed;
mod tenant;
mod tenants;

use anyhow::Result;
use clap::{Parser, Subcommand};
use people::Cost;
use report::Form;
use scale::ScaleArgs;
use seed::Amount;
use std::path::PathBuf;
use std::time::Duration;
use tenant::{Place, Program};
use tenants::TenantsArgs;
use vestibule_cli::serve::ServeArgs;
use vestibule_tenant::accounts::{AccountSettings, HashParams};

/// Load on a tenant of its own
#[derive(Parser)]
#[command(name = "vestibule-load", max_term_width = 100)]
struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Measure requests and sign-ins on one core, beside the machine's own rates of signing and hashing
    Speed {
        /// Another vestibule to measure, in place of the server in this program
        #[arg(long, value_name = "FILE")]
        program: Option<PathBuf>,
        /// Seconds for each kind of request
        #[arg(long, default_value_t = 4.0)]
        seconds: f64,
        /// Measure one kind alone, by its name in the table
        #[arg(long, value_name = "KIND")]
        only: Option<String>,
        /// How to write the result
        #[arg(long, value_name = "FORM", default_value = "text")]
        form: Form,
    },
    /// Fill a store with users, grants and refresh tokens
    Seed {
        #[command(flatten)]
        amount: Amount,
        /// Data folder, made if it is not there
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// PostgreSQL, in place of SQLite in the data folder
        #[arg(long, value_name = "URL")]
        database_url: Option<String>,
    },
    /// Compare sign-ins and refreshes on an empty store and on a full one
    Scale(ScaleArgs),
    /// Measure a server of many tenants: its start, its memory, and a change that another node makes
    Tenants(TenantsArgs),
    /// A server that only answers, for comparison
    #[command(hide = true)]
    Bare {
        /// Length of each answer
        bytes: usize,
    },
    /// vestibule serve, which the other commands start
    #[command(hide = true)]
    Serve {
        /// Password hashes that cost next to nothing, and protect nothing
        #[arg(long)]
        cheap_hashes: bool,
        #[command(flatten)]
        args: Box<ServeArgs>,
    },
}

fn main() -> Result<()> {
    let args = Args::parse();
    vestibule_cli::runtime()?.block_on(run(args.task))
}

async fn run(task: Task) -> Result<()> {
    match task {
        Task::Speed { program, seconds, only, form } => {
            leave_the_first_core()?;
            let program = program.as_deref().map_or_else(Program::own, |path| Ok(Program::other(path)))?;
            let speed = speed::run(&program, Duration::try_from_secs_f64(seconds)?, only.as_deref()).await?;
            println!("{}", speed.write(form));
            Ok(())
        }
        Task::Seed { amount, data, database_url } => {
            seed::fill(&Place { folder: data, database_url }, amount, &[Cost::Whole]).await
        }
        Task::Scale(args) => {
            leave_the_first_core()?;
            println!("{}", scale::run(&args).await?);
            Ok(())
        }
        Task::Tenants(args) => {
            leave_the_first_core()?;
            println!("{}", tenants::run(&args).await?);
            Ok(())
        }
        Task::Bare { bytes } => bare::serve(bytes).await,
        Task::Serve { cheap_hashes, args } => {
            let mut settings = AccountSettings::default();
            if cheap_hashes {
                let (memory_kib, passes) = Cost::Cheap.numbers();
                settings.hashing = HashParams { memory_kib, passes, lanes: 1 };
            }
            vestibule_cli::serve::run_with(&args, settings).await
        }
    }
}

/// Leaves the first core to the tenant, if there is more than one.
fn leave_the_first_core() -> Result<()> {
    let cores = std::thread::available_parallelism()?.get();
    if cores == 1 {
        return Ok(());
    }
    // Applies to all threads of this process.
    machine::taskset(&["-a", "-c", "-p", &format!("1-{}", cores - 1), &std::process::id().to_string()])
}
