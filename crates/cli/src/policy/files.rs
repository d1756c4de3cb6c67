//! The files of a check: the policy itself, and files that may be its bases.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use vestibule_journey::{Code, Folder, Problem, Source};

/// Larger than any policy; Azure AD B2C's own limit is 1 MiB.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// The files that were read.
pub(super) struct Files {
    /// The policy to check.
    pub(super) leaf: Source,
    /// The policy and all files that may be its bases.
    pub(super) folder: Folder,
    /// Problems of files that could not be read at all.
    pub(super) unread: Vec<Problem>,
    /// All files that were read.
    pub(super) sources: Vec<Source>,
}

/// Reads the file, the XML files next to it, and those of the other folders.
///
/// # Errors
/// The file itself or a folder cannot be read.
pub(super) fn of(file: &Path, bases: &[PathBuf]) -> Result<Files> {
    let leaf = read(file)?;
    let (mut sources, mut unread) = (vec![leaf.clone()], Vec::new());
    let own = file.parent().unwrap_or(Path::new(""));
    for folder in std::iter::once(own).chain(bases.iter().map(PathBuf::as_path)) {
        for path in xml_files(folder)?.iter().filter(|path| !is_same(path, file)) {
            match read(path) {
                Ok(source) => sources.push(source),
                Err(error) => {
                    unread.push(
                        Problem::error(path.display().to_string(), 0, format!("{error:#}")).with(Code::Unreadable),
                    );
                }
            }
        }
    }
    let folder = Folder::new(sources.iter().cloned());
    Ok(Files { leaf, folder, unread, sources })
}

fn is_same(path: &Path, file: &Path) -> bool {
    path == file || path.canonicalize().ok().zip(file.canonicalize().ok()).is_some_and(|(a, b)| a == b)
}

fn read(path: &Path) -> Result<Source> {
    let name = path.display().to_string();
    let size = std::fs::metadata(path).with_context(|| format!("cannot read {name}"))?.len();
    if size > MOST_BYTES {
        bail!("{name} has {size} bytes, and a policy has at most {MOST_BYTES}; is it the right file?");
    }
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {name}"))?;
    let text = String::from_utf8(bytes).ok().with_context(|| format!("{name} is not UTF-8; save it as UTF-8"))?;
    Ok(Source { name, text })
}

/// The XML files of a folder, by name. The empty path is the current folder.
fn xml_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let is_here = folder.as_os_str().is_empty();
    let listed = if is_here { Path::new(".") } else { folder };
    let entries = std::fs::read_dir(listed).with_context(|| format!("cannot list the folder {}", listed.display()))?;
    let is_xml = |path: &PathBuf| path.extension().is_some_and(|e| e.eq_ignore_ascii_case("xml")) && path.is_file();
    let name =
        |entry: std::fs::DirEntry| if is_here { entry.file_name().into() } else { folder.join(entry.file_name()) };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(name)).filter(is_xml).collect();
    paths.sort();
    Ok(paths)
}
