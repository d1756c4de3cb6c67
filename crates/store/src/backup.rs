//! Copies a SQLite store while it is in use.

use super::error::{Result, StoreError, sort_sqlite};
use super::migrate;
use super::open::{check, connect, create_private};
use rusqlite::Connection;
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Copy the store in the file `from` to the file `to`: a consistent snapshot, while writes to it continue. Only
/// its owner can read the copy. It has passed SQLite's check, and is on disk when this returns; before, there is no
/// `to`. `unique`: a random part for the name of the unfinished copy beside `to`.
///
/// # Errors
/// `Unavailable` if `to` already exists, or a file cannot be read or written. `Damaged` if `from` is not a store, was
/// written by a newer version, or fails the check.
pub async fn copy(from: &Path, to: &Path, unique: &str) -> Result<()> {
    let (from, to, unique) = (from.to_owned(), to.to_owned(), unique.to_owned());
    let copied = tokio::task::spawn_blocking(move || copy_here(&from, &to, &unique)).await;
    copied.unwrap_or_else(|gone| Err(StoreError::Unavailable(gone.into())))
}

fn copy_here(from: &Path, to: &Path, unique: &str) -> Result<()> {
    if to.try_exists().map_err(|error| told(to, &error))? {
        return Err(is_there(to));
    }
    let source = connect(from, "")?;
    migrate::known(&source).map_err(|error| about(from, error))?;
    let draft = draft(to, unique)?;
    let done = write(&source, &draft).map_err(|error| about(from, error)).and_then(|()| name(&draft, to));
    let removed = remove(&draft);
    done.and(removed).and_then(|()| sync_folder(to))
}

/// Creates the file that holds the copy until it is complete; no other copy uses it.
fn draft(to: &Path, unique: &str) -> Result<PathBuf> {
    let mut name = std::path::absolute(to).map_err(|error| told(to, &error))?.into_os_string();
    name.push(format!(".{unique}.partial"));
    let draft = PathBuf::from(name);
    match create_private(&draft)? {
        true => Ok(draft),
        false => Err(is_there(&draft)),
    }
}

fn write(source: &Connection, draft: &Path) -> Result<()> {
    let Some(name) = draft.to_str() else {
        return Err(StoreError::Unavailable("the name of the copy is not UTF-8".into()));
    };
    source.execute("VACUUM INTO ?1", [name]).map_err(sort_sqlite)?;
    let mut copy = connect(draft, "")?;
    migrate::known(&copy)?;
    check(&mut copy)?;
    let file = OpenOptions::new().write(true).open(draft);
    file.and_then(|file| file.sync_all()).map_err(|error| told(draft, &error))
}

/// Renames the copy to its final name, unless a file with that name exists by now.
fn name(draft: &Path, to: &Path) -> Result<()> {
    match std::fs::hard_link(draft, to) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(is_there(to)),
        // On a file system without hard links, reserve the name first.
        Err(_) if create_private(to)? => std::fs::rename(draft, to).map_err(|error| {
            // The file is empty, and we created it.
            let _ = remove(to);
            told(to, &error)
        }),
        Err(_) => Err(is_there(to)),
        Ok(()) => Ok(()),
    }
}

/// Makes sure that the file's name is on disk, too.
fn sync_folder(to: &Path) -> Result<()> {
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match cfg!(unix) {
        true => File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| told(folder, &error)),
        false => Ok(()),
    }
}

fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(told(path, &error)),
        _ => Ok(()),
    }
}

fn is_there(path: &Path) -> StoreError {
    StoreError::Unavailable(format!("{} is there already", path.display()).into())
}

fn told(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Unavailable(format!("{}: {error}", path.display()).into())
}

fn about(path: &Path, error: StoreError) -> StoreError {
    match error {
        StoreError::Damaged(cause) => StoreError::Damaged(format!("{}: {cause}", path.display()).into()),
        StoreError::Unavailable(cause) => StoreError::Unavailable(format!("{}: {cause}", path.display()).into()),
        other => other,
    }
}
