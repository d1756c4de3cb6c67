//! A folder with `vestibule.toml` and the files that it names: written so that nothing else is lost or picked up.

use crate::files::read_if_there;
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use vestibule_tenant::config::Export;

/// The name of the configuration in the folder.
pub const FILE: &str = "vestibule.toml";

/// Write an export into a folder, which is made if it is new. A `vestibule.toml` is replaced if it begins with `title`
/// as the new one does. Returns the path of the configuration.
///
/// # Errors
/// A sentence: the folder has another `vestibule.toml`, or a policy that the export does not have, and nothing was
/// written; or a file cannot be written.
pub fn write(folder: &Path, export: &Export, title: &str) -> Result<PathBuf> {
    let file = folder.join(FILE);
    if read_if_there(&file)?.is_some_and(|known| !known.starts_with(&format!("# {title}"))) {
        let path = file.display();
        bail!("{path} is there, and was written by hand: move it away, or choose another folder");
    }
    refuse_other_policies(folder, export)?;
    for beside in &export.files {
        write_file(&folder.join(&beside.path), &beside.text)?;
    }
    write_file(&file, &export.text)?;
    Ok(file)
}

/// Applying the configuration takes every policy in its folder, also one that an earlier export left there.
fn refuse_other_policies(folder: &Path, export: &Export) -> Result<()> {
    let is_policy = |path: &PathBuf| path.extension().is_some_and(|e| e.eq_ignore_ascii_case("xml"));
    let written: BTreeSet<PathBuf> = export.files.iter().map(|file| folder.join(&file.path)).collect();
    let folders: BTreeSet<&Path> =
        written.iter().filter(|path| is_policy(path)).filter_map(|path| path.parent()).collect();
    let there = folders.into_iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
    let other = there.map(|entry| entry.path()).find(|path| is_policy(path) && !written.contains(path));
    match other {
        Some(other) => bail!("{} is no policy of the tenant: remove it, then repeat the command", other.display()),
        None => Ok(()),
    }
}

fn write_file(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
