//! `vestibule policy check`: reports what Azure AD B2C reports at upload, and what this version cannot run.

use super::files::{self, Files};
use super::told;
use crate::out;
use anyhow::{Result, bail};
use clap::Args;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use vestibule_journey::{Code, CompileOptions, Problem, Severity, Source, check};

/// The exit code if a policy is valid but cannot run in this version.
const NOT_SUPPORTED: u8 = 3;

/// `vestibule policy check`
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 if every policy runs, perhaps with warnings and notes; 1 if one has an error, which \
                        Azure AD B2C refuses too; 3 if there is none, but a policy needs what this version does not support."
)]
pub struct CheckArgs {
    /// Policy files (XML); the bases that they name are found in the same folder by their PolicyId
    #[arg(required_unless_present = "explain", value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Another folder in which to find bases; may be given several times
    #[arg(long, value_name = "FOLDER")]
    base: Vec<PathBuf>,

    /// The tenant that they are meant for, as its domain (contoso.onmicrosoft.com); another one in a file is then an
    /// error
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,

    /// Print a JSON array of problems, for editors: file, line, column, severity, code, message
    #[arg(long)]
    json: bool,

    /// Explain the code at the end of a message, such as P301, and check nothing
    #[arg(long, value_name = "CODE", conflicts_with = "files")]
    explain: Option<String>,
}

/// Runs the command. The exit code is 1 if a policy has an error, and 3 if one needs an unsupported feature.
///
/// # Errors
/// A file cannot be read, the code is unknown, or standard output cannot be written to.
pub(super) fn run(args: &CheckArgs) -> Result<ExitCode> {
    if let Some(code) = &args.explain {
        return explain(code);
    }
    let options = CompileOptions { tenant: args.tenant.as_deref().map(domain), key_containers: None };
    let (mut all, mut known) = (Vec::new(), BTreeSet::new());
    let mut worst = Severity::Note;
    for file in &args.files {
        let checked = check_file(file, args, &options)?;
        worst = worst.max(checked.problems.iter().map(|problem| problem.severity).max().unwrap_or(worst));
        // The problems of a base that several policies share are shown once.
        let new = |problem: &&Problem| known.insert(problem.to_string());
        let new: Vec<Problem> = checked.problems.iter().filter(new).cloned().collect();
        if !args.json {
            out::print(&told::text(&new, &checked.sources))?;
            out::say(&told::summary(&file.display().to_string(), &checked.problems, &checked.bases))?;
        }
        all.extend(new);
    }
    if args.json {
        out::say(&told::json(&all)?)?;
    }
    Ok(match worst {
        Severity::Error => ExitCode::FAILURE,
        Severity::Unsupported => ExitCode::from(NOT_SUPPORTED),
        Severity::Warning | Severity::Note => ExitCode::SUCCESS,
    })
}

fn explain(name: &str) -> Result<ExitCode> {
    let Some(code) = Code::named(name.trim()) else {
        let all: Vec<&str> = Code::all().map(Code::name).collect();
        bail!("there is no code {name}; the codes are {}", all.join(", "));
    };
    out::say(&format!("{code}: {}", code.explanation()))?;
    Ok(ExitCode::SUCCESS)
}

/// `contoso` is short for its usual domain.
fn domain(name: &str) -> String {
    if name.contains('.') { name.to_owned() } else { format!("{name}.onmicrosoft.com") }
}

/// The results for a file.
struct Checked {
    problems: Vec<Problem>,
    /// Names of the bases, if all were found.
    bases: Vec<String>,
    /// All files in which a problem may be.
    sources: Vec<Source>,
}

fn check_file(file: &Path, args: &CheckArgs, options: &CompileOptions) -> Result<Checked> {
    let Files { leaf, folder, unread, sources } = files::of(file, &args.base)?;
    let (mut problems, bases) = match folder.chain(&leaf) {
        Ok(chain) => {
            let mut problems: Vec<Problem> = folder.twins_of(&chain).cloned().collect();
            problems.extend(check(&chain, options));
            let bases = chain.split_last().map_or(&[][..], |(_, bases)| bases);
            (problems, bases.iter().map(|base| base.name.clone()).collect())
        }
        // An unreadable file may be the missing base.
        Err(problems) => (unread.into_iter().chain(problems).collect(), Vec::new()),
    };
    problems.sort_by_key(|problem| problem.severity < Severity::Unsupported);
    problems.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    Ok(Checked { problems, bases, sources })
}
