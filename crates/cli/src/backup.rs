//! `vestibule backup` and `vestibule restore`: copy the store while it is in use, and restore the copy.

use crate::data::{self, DataFolder};
use crate::out;
use crate::place::Place;
use anyhow::{Context, Result, bail};
use clap::Args;
use std::path::PathBuf;
use vestibule_tenant::clock::Random;

/// `vestibule backup`
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// The file to write; it must not be there yet
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    place: Place,
}

/// `vestibule restore`
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// What vestibule backup wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    place: Place,
}

/// Runs `vestibule backup`. A server may be using the store.
///
/// # Errors
/// A sentence: there is no store yet, the store is in PostgreSQL, the file exists already or cannot be written.
pub async fn back_up(args: &BackupArgs) -> Result<()> {
    let folder = args.place.data_folder()?;
    let store = folder.join(data::STORE);
    if !store.is_file() {
        bail!("there is no store in {}; say where it is with --data or --config", folder.display());
    }
    if args.file.exists() {
        bail!("{} is there already, and a backup writes over nothing: choose another name", args.file.display());
    }
    vestibule_store::copy(&store, &args.file, &Random::system().uuid())
        .await
        .context("the store could not be copied")?;
    let size = std::fs::metadata(&args.file).with_context(|| format!("cannot read {}", args.file.display()))?.len();
    Ok(out::say(&format!(
        "{} has the store as it is now ({} KiB). Keep the master key as well, elsewhere: without it the signing keys in \
         the store are lost.",
        args.file.display(),
        size.div_ceil(1024)
    ))?)
}

/// Runs `vestibule restore`. No server may be using the data folder, and it must not contain a store.
///
/// # Errors
/// A sentence: another process uses the folder, it contains a store, the file is not a backup or is damaged.
pub async fn restore(args: &RestoreArgs) -> Result<()> {
    if !args.file.is_file() {
        bail!("there is no file {}", args.file.display());
    }
    let folder = DataFolder::open(&args.place.data_folder()?)?;
    if let Some(there) = folder.store_files().find(|file| file.exists()) {
        bail!(
            "{} is there: move it out of the way first, with the files beside it whose names begin alike",
            there.display()
        );
    }
    // Journeys of another store cannot continue with this one.
    folder.forget_journeys()?;
    vestibule_store::copy(&args.file, &folder.path().join(data::STORE), &Random::system().uuid())
        .await
        .context("the backup could not be restored")?;
    Ok(out::say(&format!(
        "{} is restored to {}. What happened since it was made is undone: new passwords, deleted and disabled accounts, \
         changed secrets, revoked keys. vestibule user sign-out --everybody ends the sessions and refresh tokens that \
         it has, vestibule key list tells its keys, vestibule key revoke ends one.",
        args.file.display(),
        folder.path().display()
    ))?)
}
