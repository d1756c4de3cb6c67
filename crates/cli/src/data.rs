//! The data folder: its lock, its databases and its master key.

use crate::files;
use crate::master_key;
use anyhow::{Context, Result, bail};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use vestibule_tenant::clock::Random;

/// The SQLite store in a data folder.
pub const STORE: &str = "vestibule.db";
/// The store's file, and the files that SQLite creates for it.
const STORE_FILES: [&str; 3] = [STORE, "vestibule.db-wal", "vestibule.db-shm"];
/// The files for running journeys.
const JOURNEYS: [&str; 3] = ["journeys.db", "journeys.db-wal", "journeys.db-shm"];
const MASTER_KEY: &str = "master.key";

/// A data folder that only this process may use, as long as this value exists.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    _lock: File,
}

impl DataFolder {
    /// Creates the folder if it is new, and locks it.
    ///
    /// # Errors
    /// A sentence: another process uses it, or it cannot be created.
    pub fn open(path: &Path) -> Result<Self> {
        files::create_private_dir(path)?;
        let lock = lock(path)?;
        let ignore = path.join(".gitignore");
        if !ignore.exists() {
            std::fs::write(&ignore, "*\n").with_context(|| format!("cannot write {}", ignore.display()))?;
        }
        if let Some(warning) = files::exposed(&path.join(MASTER_KEY)) {
            tracing::warn!("{warning}");
        }
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Removes what earlier runs left, except for the local certificate authority, which clients may trust already.
    ///
    /// # Errors
    /// A sentence that names the file that cannot be removed.
    pub fn start_over(&self, also: &[PathBuf]) -> Result<()> {
        self.store_files().chain([self.path.join(MASTER_KEY)]).chain(also.iter().cloned()).try_for_each(remove)?;
        self.forget_journeys()
    }

    /// Removes running journeys.
    ///
    /// # Errors
    /// The same as [`DataFolder::start_over`].
    pub fn forget_journeys(&self) -> Result<()> {
        JOURNEYS.iter().map(|name| self.path.join(name)).try_for_each(remove)
    }

    /// The files of the SQLite store, even if they do not exist.
    pub fn store_files(&self) -> impl Iterator<Item = PathBuf> {
        STORE_FILES.iter().map(|name| self.path.join(name))
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The master key in this folder; it is created if it does not exist.
    ///
    /// # Errors
    /// The file exists but contains no key, or cannot be written.
    pub fn master_key(&self, random: &Random) -> Result<[u8; 32]> {
        let file = self.path.join(MASTER_KEY);
        if let Some(text) = files::read_if_there(&file)? {
            return master_key::parse(&text).with_context(|| {
                format!("{} holds no master key; put the right file back, or start over with --fresh", file.display())
            });
        }
        let made = random.bytes::<32>();
        files::write_private(&file, master_key::write(&made).as_bytes())?;
        Ok(made)
    }
}

/// The URL of the SQLite store in a data folder.
#[must_use]
pub fn store_url(folder: &Path) -> String {
    format!("sqlite:{}", folder.join(STORE).display())
}

fn remove(file: PathBuf) -> Result<()> {
    match std::fs::remove_file(&file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", file.display()))
        }
        _ => Ok(()),
    }
}

/// Locks the folder for as long as the file is open; the system releases the lock if the process dies.
fn lock(folder: &Path) -> Result<File> {
    let path = folder.join("lock");
    let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
    let mut file = open.with_context(|| format!("cannot open {}; is the folder writable?", path.display()))?;
    match file.try_lock() {
        Ok(()) => {
            // The process id only serves the message below.
            let _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| write!(file, "{}", std::process::id()));
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            let mut owner = String::new();
            let _ = file.read_to_string(&mut owner);
            let owner = if owner.is_empty() { String::new() } else { format!(" (process {owner})") };
            bail!(
                "another vestibule{owner} is using the data folder {}; stop it, or choose another folder with --data",
                folder.display()
            )
        }
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
    }
}
