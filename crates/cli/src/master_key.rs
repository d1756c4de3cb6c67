//! The master key as text: 32 bytes in base64 or hexadecimal.

use crate::place::Found;
use crate::{files, out};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::path::{Path, PathBuf};
use vestibule_protocol::digest;
use vestibule_tenant::clock::Clock;
use vestibule_tenant::config::file::ServerConfig;
use vestibule_tenant::keys::Keys;
use vestibule_tenant::seal::Sealer;

/// `--master-key-file`, of commands that open or seal what is in the store.
#[derive(Debug, Args)]
pub struct MasterKeyArgs {
    /// File with the master key [default: master.key in the data folder of dev; VESTIBULE_MASTER_KEY, or as --config
    /// says]
    #[arg(long, value_name = "FILE", env = "VESTIBULE_MASTER_KEY_FILE")]
    master_key_file: Option<PathBuf>,
}

impl MasterKeyArgs {
    /// The keys of the store, with the selected master key. If it is the wrong one, this shows only when they are
    /// used.
    ///
    /// # Errors
    /// A sentence: there is no master key, or it is invalid.
    pub fn keys(&self, place: &Found) -> Result<Keys> {
        let own = place.data.join("master.key");
        let master = match &self.master_key_file {
            None if own.is_file() => MasterKey::of_file(&own)?,
            file => configured(file.as_deref(), &place.server, &|name| std::env::var(name).ok())?,
        };
        if let Some(warning) = &master.warning {
            out::warn(&format!("warning: {warning}"));
        }
        Ok(Keys::new(place.store.clone(), Clock::system(), Sealer::new(master.key)))
    }
}

/// A master key, and a warning about the place where it was found.
pub(crate) struct MasterKey {
    /// The key.
    pub(crate) key: [u8; 32],
    /// Set if other accounts of this machine may read or change its file.
    pub(crate) warning: Option<String>,
}

impl MasterKey {
    /// Reads the key from a file.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub(crate) fn of_file(path: &Path) -> Result<Self> {
        let text = files::read_if_there(path)?;
        let text = text.with_context(|| format!("there is no master key file {}; {RECIPE}", path.display()))?;
        let key = parse(&text).with_context(|| format!("{} holds no master key", path.display()))?;
        Ok(Self { key, warning: files::exposed(path) })
    }
}

/// How the user can create a key.
pub(crate) const RECIPE: &str = "make one with: openssl rand -base64 32";

/// The master key of a server: from `file`, which a flag names, or else from `VESTIBULE_MASTER_KEY`, or else from the
/// place that the configuration names.
///
/// # Errors
/// A sentence: there is none, or it is invalid.
pub(crate) fn configured(
    file: Option<&Path>,
    server: &ServerConfig,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<MasterKey> {
    if let Some(path) = file {
        return MasterKey::of_file(path);
    }
    let named = server.master_key_env.as_deref();
    for variable in ["VESTIBULE_MASTER_KEY"].into_iter().chain(named) {
        if let Some(text) = env(variable) {
            let key = parse(&text);
            let key = key.with_context(|| format!("the environment variable {variable} holds no master key"))?;
            return Ok(MasterKey { key, warning: None });
        }
    }
    match &server.master_key_file {
        Some(path) => MasterKey::of_file(path),
        None => bail!(
            "there is no master key: set VESTIBULE_MASTER_KEY, or name a file with --master-key-file; {RECIPE}, and \
             keep it: without it the signing keys in the store are lost"
        ),
    }
}

/// Parses a key.
///
/// # Errors
/// A sentence that says what a key looks like; never the text itself.
pub(crate) fn parse(text: &str) -> Result<[u8; 32]> {
    let text = text.trim();

    let bytes = if text.len() == 64 {
        from_hex(text)
    } else {
        digest::from_base64(text).or_else(|| digest::from_base64url(text))
    };
    match bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()) {
        Some(key) => Ok(key),
        None => bail!("a master key is 32 random bytes, as base64 or hexadecimal; {RECIPE}"),
    }
}

/// A key in the form that [`parse`] reads, with a line break.
#[must_use]
pub(crate) fn write(key: &[u8; 32]) -> String {
    format!("{}\n", digest::base64url(key))
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_in_every_usual_notation() {
        let key: [u8; 32] = std::array::from_fn(|n| (n * 8 + 7) as u8);
        let hex: String = key.iter().map(|b| format!("{b:02x}")).collect();
        let standard = digest::base64url(&key).replace('-', "+").replace('_', "/") + "=\n";
        for text in [write(&key), hex.to_uppercase(), hex, standard] {
            assert_eq!(parse(&text).ok(), Some(key), "{text}");
        }
        for bad in ["", "secret", "zz", &"z".repeat(64), &"é".repeat(32)] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
