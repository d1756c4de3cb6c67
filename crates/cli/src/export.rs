//! `vestibule export`: what is registered in the store, as a configuration file.

use crate::place::{Found, Place, TenantArg};
use crate::{config_folder, out};
use anyhow::{Result, bail};
use clap::Args;
use std::path::{Path, PathBuf};
use vestibule_store::TenantHead;
use vestibule_tenant::config::{EXPORTED, Export, export};
use vestibule_tenant::registry::names::is_built_in;

/// `vestibule export`
#[derive(Debug, Args)]
pub struct ExportArgs {
    #[command(flatten)]
    place: Place,

    #[command(flatten)]
    tenant: TenantArg,

    /// Write vestibule.toml into this folder, with custom policies and certificates beside it; needed where there are
    /// any
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
}

/// Run `vestibule export`: nothing in the store is changed.
///
/// # Errors
/// A sentence: nothing is there yet, there is no such tenant, or the files need a folder.
pub async fn run(args: &ExportArgs) -> Result<()> {
    let place = args.place.open().await?;
    let manage = place.manage();
    let mut tenants = Vec::new();
    for head in heads(&place, &args.tenant).await? {
        tenants.push(manage.registrations(&head.id).await?);
    }
    place.store.close().await;
    let export = export(EXPORTED, &tenants);
    match &args.to {
        Some(folder) => write(folder, &export),
        None if export.files.is_empty() => Ok(out::print(&export.text)?),
        None => bail!("custom policies and certificates are files of their own: name a folder with --to DIR"),
    }
}

/// The tenants that are meant. The program makes the built-in ones itself.
async fn heads(place: &Found, named: &TenantArg) -> Result<Vec<TenantHead>> {
    if named.named().is_none() {
        let mut all = place.manage().tenants().await?;
        all.retain(|head| !is_built_in(&head.name));
        if all.is_empty() {
            bail!("there is no tenant to export yet");
        }
        return Ok(all);
    }
    let head = named.only(place).await?;
    if is_built_in(&head.name) {
        bail!("the tenant {} is built in: the program makes it itself, and no file can", head.name);
    }
    Ok(vec![head])
}

fn write(folder: &Path, export: &Export) -> Result<()> {
    let file = config_folder::write(folder, export, EXPORTED)?;
    out::say(&format!("Wrote {} and {} more files.", file.display(), export.files.len()))?;
    if !export.variables.is_empty() {
        let count = export.variables.len();
        out::say(&format!("A new server needs {count} environment variables, which the head of the file lists."))?;
    }
    Ok(())
}
