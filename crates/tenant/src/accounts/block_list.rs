//! Commonly used passwords. They are rejected when a user chooses one, never at sign-in.
//!
//! The built-in list contains a few thousand of the most common. An operator can replace it with another list, in one
//! of two forms: a text file with one password per line (or SHA-1 in hexadecimal, as breach corpora publish them;
//! anything after a colon is ignored); or, for hundreds of millions of passwords, a file called `*.bin` that contains
//! only the first eight bytes of each SHA-1, sorted, and is searched on disk.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

const BUILT_IN: &str = include_str!("../../assets/blocklist.txt");
/// Passwords of at least this length are not reduced to the word inside them, because a passphrase may contain a common
/// word.
const PHRASE: usize = 15;
/// Minimum length of a name for it to matter in a password.
const NAME_MIN: usize = 4;
/// The number of characters that a password must have in addition to such a name.
const BESIDES: usize = 8;

/// Why a list cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BlockListError {
    /// It cannot be read.
    #[error("the list of breached passwords {0} cannot be read: {1}")]
    Read(PathBuf, #[source] std::io::Error),
    /// It is not sorted or is incomplete.
    #[error("the list of breached passwords {0} must hold eight bytes for each password, sorted, none twice")]
    Unsorted(PathBuf),
}

/// A list of passwords to reject.
#[derive(Debug)]
pub struct BlockList(Entries);

#[derive(Debug)]
enum Entries {
    /// Sorted.
    Memory(Vec<u64>),
    File {
        file: Mutex<File>,
        count: u64,
    },
}

impl BlockList {
    /// The built-in list.
    #[must_use]
    pub fn built_in() -> Self {
        Self::from_text(BUILT_IN)
    }

    /// Reads passwords, or their SHA-1 in hexadecimal, one per line. Lines that begin with `#:` are comments.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        let lines = text.lines().map(|line| line.trim_end_matches('\r'));
        let mut entries: Vec<u64> = lines.filter(|l| !l.is_empty() && !l.starts_with("#:")).map(entry).collect();
        entries.sort_unstable();
        entries.dedup();
        Self(Entries::Memory(entries))
    }

    /// Reads an operator's list: `*.bin` is the binary form, anything else is text.
    ///
    /// # Errors
    /// [`BlockListError`]. Of a binary file, only the beginning, the end and the length are checked.
    pub fn load(path: &Path) -> Result<Self, BlockListError> {
        let failed = |error| BlockListError::Read(path.to_owned(), error);
        if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("bin")) {
            return Self::open(path);
        }
        let bytes = std::fs::read(path).map_err(failed)?;
        Ok(Self::from_text(&String::from_utf8_lossy(&bytes)))
    }

    fn open(path: &Path) -> Result<Self, BlockListError> {
        let failed = |error| BlockListError::Read(path.to_owned(), error);
        let file = File::open(path).map_err(failed)?;
        let bytes = file.metadata().map_err(failed)?.len();
        let count = bytes / 8;
        let list = Self(Entries::File { file: Mutex::new(file), count });
        let sample: Vec<u64> = (0..count.min(1024)).chain((count.max(1024) - 1024).max(1024)..count).collect();
        let mut last = None;
        for index in sample {
            let value = list.at(index).map_err(failed)?;
            if last.is_some_and(|last| last >= value) {
                return Err(BlockListError::Unsorted(path.to_owned()));
            }
            last = Some(value);
        }
        if bytes % 8 == 0 { Ok(list) } else { Err(BlockListError::Unsorted(path.to_owned())) }
    }

    /// The number of passwords in the list.
    #[must_use]
    pub fn len(&self) -> u64 {
        match &self.0 {
            Entries::Memory(entries) => entries.len() as u64,
            Entries::File { count, .. } => *count,
        }
    }

    /// Returns true if the list is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns true if a password is too easy to guess. This is so if it is on the list, as given or in lower case; if
    /// a listed word makes up at least half of it and the rest is digits and signs around the word; or if it is little
    /// more than one of `names` (the user's address or user name, the tenant's name). This may read a file, so do not
    /// call it on an async thread.
    #[must_use]
    pub fn bans(&self, password: &str, names: &[String]) -> bool {
        let lower = password.to_lowercase();
        if self.holds(password) || self.holds(&lower) {
            return true;
        }
        let length = lower.chars().count();
        let heart = lower.trim_matches(|c: char| !c.is_alphabetic());
        if length < PHRASE && heart.len() < lower.len() && 2 * heart.chars().count() >= length && self.holds(heart) {
            return true;
        }
        let besides = |name: &str| length - name.chars().count();
        names
            .iter()
            .map(|name| name.to_lowercase())
            .any(|name| name.chars().count() >= NAME_MIN && lower.contains(&name) && besides(&name) < BESIDES)
    }

    fn holds(&self, password: &str) -> bool {
        if password.is_empty() {
            return false;
        }
        let wanted = sha1_prefix(password);
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.at(middle) {
                Ok(value) if value == wanted => return true,
                Ok(value) if value < wanted => low = middle + 1,
                Ok(_) => high = middle,
                Err(error) => {
                    // The list is a help, not a gate: if it cannot be read, users can still choose passwords.
                    tracing::error!(%error, "the list of breached passwords cannot be read");
                    return false;
                }
            }
        }
        false
    }

    fn at(&self, index: u64) -> std::io::Result<u64> {
        match &self.0 {
            Entries::Memory(entries) => {
                let index = usize::try_from(index).unwrap_or(usize::MAX);
                entries.get(index).copied().ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into())
            }
            Entries::File { file, .. } => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                file.seek(SeekFrom::Start(index * 8))?;
                let mut bytes = [0; 8];
                file.read_exact(&mut bytes)?;
                Ok(u64::from_be_bytes(bytes))
            }
        }
    }
}

/// The entry for a line: forty hexadecimal digits are a SHA-1, anything else is the password itself.
fn entry(line: &str) -> u64 {
    let hex = line.split(':').next().unwrap_or_default();
    if hex.len() == 40 && hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return u64::from_str_radix(&hex[..16], 16).unwrap_or_default();
    }
    sha1_prefix(line)
}

/// The first eight bytes of the SHA-1, because breach corpora publish SHA-1. It is used for lookup only, not for
/// protection.
fn sha1_prefix(password: &str) -> u64 {
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
    hash.as_ref().iter().take(8).fold(0, |prefix, byte| prefix << 8 | u64::from(*byte))
}
