//! `vestibule import b2c`: what a team took out of its Azure AD B2C tenant, as a configuration folder.

use crate::{config_folder, out};
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use vestibule_journey::Source;
use vestibule_tenant::clock::Clock;
use vestibule_tenant::config::b2c::{JSON_FILES, MOST_JSON_BYTES};
use vestibule_tenant::config::{B2cOptions, Config, IMPORTED, Imported, export, import_b2c};
use vestibule_tenant::manage::MOST_POLICY_BYTES;

/// `vestibule import …`
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Make a configuration folder of what Microsoft Graph gave of an Azure AD B2C tenant
    B2c(B2cArgs),
}

/// `vestibule import b2c`
#[derive(Debug, Args)]
pub struct B2cArgs {
    /// The folder with what Graph gave: applications.json, b2cUserFlows.json, userFlowAttributes.json, keysets.json,
    /// users.json, organization.json, and custom policies (*.xml)
    #[arg(value_name = "DIR")]
    from: PathBuf,

    /// Write vestibule.toml into this folder, with the custom policies beside it
    #[arg(long, value_name = "DIR")]
    to: PathBuf,

    /// The tenant's domain [default: as the files say]
    #[arg(long, value_name = "DOMAIN")]
    domain: Option<String>,

    /// Grant the permissions that the applications declare
    #[arg(long)]
    grant_admin_consent: bool,
}

/// Run `vestibule import …`: no store is needed, and none is changed.
///
/// # Errors
/// A sentence for each mistake of the files, with the path in the file; or a file cannot be read or written.
pub fn run(command: &ImportCommand) -> Result<()> {
    let ImportCommand::B2c(args) = command;
    let (json, policies) = (json_files(&args.from)?, policies(&args.from)?);
    if json.is_empty() && policies.is_empty() {
        bail!("{} has none of the files {}, and no policy (*.xml)", args.from.display(), JSON_FILES.join(", "));
    }
    let (domain, now) = (args.domain.clone(), Clock::system().now());
    let options = B2cOptions { domain, grant_admin_consent: args.grant_admin_consent, now };
    let imported = import_b2c(&json, policies, &options);
    write(&args.to, imported.map_err(|mistakes| anyhow::anyhow!("{}", mistakes.join("\n")))?)
}

fn write(to: &Path, imported: Imported) -> Result<()> {
    let export = export(IMPORTED, &[imported.registrations]);
    let file = config_folder::write(to, &export, IMPORTED)?;
    Config::load(&file)?;
    out::print(&imported.report.to_string())?;
    let path = file.display();
    Ok(out::say(&format!("Wrote {path}. See what it would create with: vestibule plan {path}"))?)
}

fn json_files(folder: &Path) -> Result<BTreeMap<String, String>> {
    let there = JSON_FILES.iter().map(|name| (name, folder.join(name))).filter(|(_, path)| path.is_file());
    there.map(|(name, path)| Ok(((*name).to_owned(), text(&path, MOST_JSON_BYTES)?))).collect()
}

/// The policies in the folder, and in the folder `policies` in it.
fn policies(folder: &Path) -> Result<Vec<Source>> {
    let mut paths = Vec::new();
    for folder in [folder.to_owned(), folder.join("policies")].iter().filter(|folder| folder.is_dir()) {
        let entries = fs::read_dir(folder).with_context(|| format!("cannot list the folder {}", folder.display()))?;
        paths.extend(entries.filter_map(|entry| entry.ok().map(|entry| entry.path())));
    }
    paths.retain(|path| path.extension().is_some_and(|e| e.eq_ignore_ascii_case("xml")) && path.is_file());
    paths.sort();
    let source =
        |path: &PathBuf| Ok(Source { name: path.display().to_string(), text: text(path, MOST_POLICY_BYTES as u64)? });
    paths.iter().map(source).collect()
}

fn text(path: &Path, most: u64) -> Result<String> {
    let name = path.display();
    let size = fs::metadata(path).with_context(|| format!("cannot read {name}"))?.len();
    if size > most {
        bail!("{name} has {size} bytes, and at most {most} are read; is it the right file?");
    }
    let bytes = fs::read(path).with_context(|| format!("cannot read {name}"))?;
    String::from_utf8(bytes).ok().with_context(|| format!("{name} is not UTF-8; save it as UTF-8"))
}
