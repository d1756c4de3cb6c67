//! A copy of a SQLite store, made while it is in use.

use super::error::{Result, StoreError, sort_sqlite};
use super::migrate;
use super::open::{check, connect, create_private};
use std::fs::File;
use std::path::{Path, PathBuf};

/// Copy the store in the file `from` to the file `to`: as it is in one moment, while others go on writing to it. The copy
/// is for its owner's eyes only, has passed SQLite's check, and is on disk when this returns; before, there is no `to`.
///
/// # Errors
/// `Unavailable`: `to` is there already, or a file cannot be read or written. `Damaged`: `from` is no store, one of a newer
/// version, or does not pass the check.
pub async fn copy(from: &Path, to: &Path) -> Result<()> {
    let (from, to) = (from.to_owned(), to.to_owned());
    let copied = tokio::task::spawn_blocking(move || copy_here(&from, &to)).await;
    copied.unwrap_or_else(|gone| Err(StoreError::Unavailable(gone.into())))
}

fn copy_here(from: &Path, to: &Path) -> Result<()> {
    if to.try_exists().map_err(|error| told(to, &error))? {
        return Err(StoreError::Unavailable(format!("{} is there already", to.display()).into()));
    }
    let draft = draft(to);
    // Of a copy that was cut off.
    remove(&draft)?;
    let done = write(from, &draft).and_then(|()| std::fs::rename(&draft, to).map_err(|error| told(to, &error)));
    if done.is_err() {
        remove(&draft)?;
    }
    done.and_then(|()| sync_folder(to))
}

/// Where the copy is until it is whole.
fn draft(to: &Path) -> PathBuf {
    let mut name = to.as_os_str().to_owned();
    name.push(".partial");
    PathBuf::from(name)
}

fn write(from: &Path, draft: &Path) -> Result<()> {
    let source = connect(from, "")?;
    migrate::known(&source).map_err(|error| about(from, error))?;
    create_private(draft)?;
    let name = std::path::absolute(draft).map_err(|error| told(draft, &error))?;
    source.execute("VACUUM INTO ?1", [name.to_string_lossy()]).map_err(|error| about(from, sort_sqlite(error)))?;
    check(&mut connect(draft, "")?).map_err(|error| about(draft, error))?;
    File::open(draft).and_then(|file| file.sync_all()).map_err(|error| told(draft, &error))
}

/// Its name is on disk, too.
fn sync_folder(to: &Path) -> Result<()> {
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match cfg!(unix) {
        true => File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| told(folder, &error)),
        false => Ok(()),
    }
}

fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(told(path, &error)),
        _ => Ok(()),
    }
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
