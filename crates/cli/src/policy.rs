//! `vestibule policy`: custom policies, checked without a tenant, and the keys that they name.

use crate::out;
use crate::policy_keys::{self, PolicyKeyCommand};
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use vestibule_journey::{CompileOptions, Folder, Problem, Severity, Source, compile};

/// `vestibule policy …`
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Compile policy files and list every problem, with file and line
    Check(CheckArgs),
    /// List, add and remove policy keys: secrets and keys that policies name by StorageReferenceId
    #[command(subcommand)]
    Key(PolicyKeyCommand),
}

/// `vestibule policy check`
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Policy files (XML); the bases that they name are found in the same folder by their PolicyId
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// The tenant that they are meant for, as its domain (contoso.onmicrosoft.com); another one in a file is then an error
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
}

/// Run `vestibule policy …`. The code is 1 if a policy does not compile.
///
/// # Errors
/// A file cannot be read, or standard output cannot be written to.
pub async fn run(command: &PolicyCommand) -> Result<ExitCode> {
    match command {
        PolicyCommand::Check(args) => check_all(args),
        PolicyCommand::Key(command) => policy_keys::run(command).await.map(|()| ExitCode::SUCCESS),
    }
}

fn check_all(args: &CheckArgs) -> Result<ExitCode> {
    let options = CompileOptions { tenant: args.tenant.as_deref().map(domain), key_containers: None };
    let mut bad = false;
    for file in &args.files {
        bad |= !check(file, &options)?;
    }
    Ok(if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// `contoso` is short for its usual domain.
fn domain(name: &str) -> String {
    if name.contains('.') { name.to_owned() } else { format!("{name}.onmicrosoft.com") }
}

/// Whether the file compiles; what is wrong is said.
fn check(file: &Path, options: &CompileOptions) -> Result<bool> {
    let chain = match chain(file)? {
        Ok(chain) => chain,
        Err(problem) => {
            out::say(&problem.to_string())?;
            return Ok(false);
        }
    };
    let (compiled, problems) = match compile(&chain, options) {
        Ok(compiled) => (true, compiled.warnings),
        Err(problems) => (false, problems),
    };
    for problem in &problems {
        out::say(&problem.to_string())?;
    }
    let errors = problems.iter().filter(|p| p.severity == Severity::Error).count();
    let warnings = problems.len() - errors;
    let name = file.display();
    if !compiled {
        out::say(&format!("{name} does not compile: {}.", count(errors, warnings)))?;
        return Ok(false);
    }
    let bases = match chain.len() - 1 {
        0 => String::new(),
        _ => {
            format!(" with {}", chain[..chain.len() - 1].iter().map(|s| s.name.as_str()).collect::<Vec<_>>().join(", "))
        }
    };
    let note = if warnings > 0 { format!(", with {}", count(0, warnings)) } else { String::new() };
    out::say(&format!("{name} compiles{bases}{note}."))?;
    Ok(true)
}

fn count(errors: usize, warnings: usize) -> String {
    let say = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    match (errors, warnings) {
        (_, 0) => say(errors, "error"),
        (0, _) => say(warnings, "warning"),
        _ => format!("{} and {}", say(errors, "error"), say(warnings, "warning")),
    }
}

/// The file and the bases that lie beside it, base first; or what is missing.
fn chain(file: &Path) -> Result<std::result::Result<Vec<Source>, Problem>> {
    let leaf = read(file)?;
    let folder = Folder::new(std::iter::once(leaf.clone()).chain(beside(file)?));
    Ok(folder.chain(&leaf))
}

/// More than any policy has; B2C itself stops at 1 MB.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

fn read(path: &Path) -> Result<Source> {
    let name = path.display().to_string();
    let size = std::fs::metadata(path).with_context(|| format!("cannot read {name}"))?.len();
    if size > MOST_BYTES {
        bail!("{name} has {size} bytes, and a policy has at most {MOST_BYTES}; is it the right file?");
    }
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {name}"))?;
    let text = String::from_utf8(bytes).ok().with_context(|| format!("{name} is not UTF-8; save it as UTF-8"))?;
    Ok(Source { name, text })
}

/// The XML files of the folder that `file` lies in. What cannot be read is not a base; the compiler says what is wrong
/// with the file asked about.
fn beside(file: &Path) -> Result<Vec<Source>> {
    let folder = file.parent().filter(|p| !p.as_os_str().is_empty());
    let entries = std::fs::read_dir(folder.unwrap_or(Path::new("."))).context("cannot list the policy's folder")?;
    let is_xml = |p: &PathBuf| p.extension().is_some_and(|e| e.eq_ignore_ascii_case("xml")) && p.is_file();
    let name =
        |entry: std::fs::DirEntry| folder.map_or_else(|| entry.file_name().into(), |f| f.join(entry.file_name()));
    let mut paths: Vec<PathBuf> = entries.filter_map(|e| e.ok().map(name)).filter(is_xml).collect();
    paths.sort();
    Ok(paths.iter().filter_map(|path| read(path).ok()).collect())
}
