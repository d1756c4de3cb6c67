//! Private files: keys and secrets.

use anyhow::{Context, Result};
use std::fs;
use std::io::Write;
use std::path::Path;

/// Writes a file that only its owner can read, atomically. It is on disk when this function returns.
///
/// # Errors
/// A sentence that names the file.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    let draft = path.with_extension("new");
    let write = || {
        let mut open = fs::OpenOptions::new();
        open.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut open, 0o600);
        let mut file = open.open(&draft)?;
        restrict(&file)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&draft, path)
    };
    write().with_context(|| format!("cannot write {}; is its folder writable?", path.display()))
}

/// Restricts a file that may have existed before with wider permissions.
#[cfg(unix)]
fn restrict(file: &fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "has a failure where files have modes")]
fn restrict(_: &fs::File) -> std::io::Result<()> {
    Ok(())
}

/// Returns a warning if other accounts of this machine may read or change a file that contains a secret.
#[cfg(unix)]
pub(crate) fn exposed(path: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path).ok()?.permissions().mode() & 0o777;
    let may = match mode {
        mode if mode & 0o022 != 0 => "change",
        mode if mode & 0o044 != 0 => "read",
        _ => return None,
    };
    let path = path.display();
    Some(format!(
        "{path} holds a secret, and other accounts of this machine may {may} it (mode {mode:03o}); run: chmod 600 {path}"
    ))
}

/// Returns `None`: files have no mode on this platform.
#[cfg(not(unix))]
pub(crate) fn exposed(_: &Path) -> Option<String> {
    None
}

/// Reads a text file, if it exists.
///
/// # Errors
/// A sentence that names the file, if it exists but cannot be read.
pub(crate) fn read_if_there(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Creates a folder that only its owner can enter, unless it exists.
///
/// # Errors
/// A sentence that names the folder.
pub(crate) fn create_private_dir(path: &Path) -> Result<()> {
    let mut make = fs::DirBuilder::new();
    make.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut make, 0o700);
    make.create(path).with_context(|| format!("cannot make the folder {}", path.display()))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_secret_that_other_accounts_may_read_or_change_is_warned_of() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("master.key");
        write_private(&file, b"secret").expect("written");
        assert_eq!(exposed(&file), None);
        for (mode, may) in [(0o644, "read"), (0o640, "read"), (0o604, "read"), (0o620, "change"), (0o666, "change")] {
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("set");
            let warning = exposed(&file).expect("a warning");
            assert!(warning.contains(may) && warning.contains(&format!("{mode:03o}")), "{warning}");
            assert!(warning.ends_with(&format!("chmod 600 {}", file.display())), "{warning}");
        }
    }
}
