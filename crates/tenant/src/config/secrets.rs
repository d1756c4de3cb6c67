//! Demo secrets: generated once per data folder and readable only by their owner, so that `vestibule env` can print
//! them. Real secrets are never stored here.

use super::ConfigError;
use crate::clock::Random;
use std::collections::BTreeMap;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

/// Secrets by client id.
type Secrets = BTreeMap<String, String>;

/// The demo secret of this application, if the data folder has one.
///
/// # Errors
/// Fails if the file exists but cannot be read.
pub fn demo_secret(path: &Path, client_id: &str) -> Result<Option<String>, ConfigError> {
    Ok(read(path)?.remove(client_id))
}

/// Returns the demo secrets of these applications and generates missing ones. With `keep`, they are on disk before this
/// returns.
pub(super) fn ensure(path: &Path, client_ids: &[String], random: &Random, keep: bool) -> Result<Secrets, ConfigError> {
    let mut secrets = read(path)?;
    let known = secrets.len();
    for id in client_ids {
        secrets.entry(id.clone()).or_insert_with(|| random.token());
    }
    if keep && secrets.len() != known {
        write(path, &secrets).map_err(|cause| ConfigError::File { path: path.to_owned(), cause })?;
    }
    Ok(secrets)
}

fn read(path: &Path) -> Result<Secrets, ConfigError> {
    let unusable = |cause| ConfigError::File { path: path.to_owned(), cause };
    match std::fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| unusable(e.into())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Secrets::new()),
        Err(error) => Err(unusable(error)),
    }
}

/// Writes the file atomically: a new file that only its owner can read is renamed over the old one.
fn write(path: &Path, secrets: &Secrets) -> std::io::Result<()> {
    let new = path.with_extension("json.new");
    match std::fs::remove_file(&new) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut open = std::fs::OpenOptions::new();
    open.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut open, 0o600);
    let mut file = open.open(&new)?;
    file.write_all(&serde_json::to_vec_pretty(secrets)?)?;
    file.sync_all()?;
    std::fs::rename(&new, path)
}
