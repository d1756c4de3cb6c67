//! The public starter pack of custom policies, which is not ours and lies outside of the repository.

use std::path::PathBuf;

/// The starter pack for local accounts, unchanged except for the tenant's name: file name and text of each policy.
/// `None` if `VESTIBULE_STARTERPACK` does not name its folder.
///
/// # Panics
/// When the folder cannot be read.
#[must_use]
pub fn starter_pack() -> Option<Vec<(String, String)>> {
    let Some(folder) = std::env::var_os("VESTIBULE_STARTERPACK").map(PathBuf::from) else {
        eprintln!("NOT RUN: VESTIBULE_STARTERPACK does not name the folder of the starter pack");
        return None;
    };
    let files = std::fs::read_dir(folder.join("LocalAccounts")).expect("the pack").flatten();
    let read = |entry: std::fs::DirEntry| {
        let text = std::fs::read_to_string(entry.path()).expect("a policy").replace("yourtenant", "contoso");
        (entry.file_name().to_string_lossy().into_owned(), text)
    };
    Some(files.map(read).collect())
}
