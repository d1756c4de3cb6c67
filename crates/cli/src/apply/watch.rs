//! `vestibule apply --watch`: a configuration file is applied whenever it changes, for developers beside `vestibule dev`.
//!
//! A change of the file, its policies or its certificates shows in their modification times and lengths. It counts when
//! two looks find the same, so that no half-written file is applied.

use super::{WhatArgs, run, show};
use crate::shutdown::Signals;
use crate::{log, out};
use anyhow::Result;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use vestibule_tenant::config::{Config, ConfigError, OlderFile};

/// The time between two looks: a change is applied within a second.
const LOOK: Duration = Duration::from_millis(250);

/// Files with modification time and length; none: the file is not there.
type Stamp = Vec<(PathBuf, Option<(SystemTime, u64)>)>;

/// Apply the file now and after each change, until a signal comes. Mistakes of the file are printed, and change nothing.
///
/// # Errors
/// A sentence: the store cannot be used.
pub(super) async fn watch(args: &WhatArgs) -> Result<()> {
    let mut signals = Signals::listen()?;
    let (mut beside, mut last, mut applied) = (Vec::new(), Stamp::new(), Stamp::new());
    loop {
        let now = stamp(&args.file, &beside);
        if now == last && now != applied {
            beside = files_beside(&args.file).unwrap_or(beside);
            // Before the file is read: what changes from here on is a change.
            applied = stamp(&args.file, &beside);
            apply(args).await?;
        }
        last = now;
        tokio::select! {
            () = signals.next() => return Ok(()),
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// Apply the file. A developer goes back and forth, so one that was applied before is no mistake.
async fn apply(args: &WhatArgs) -> Result<()> {
    match run(args, false, OlderFile::Apply).await {
        Ok(applied) => show(&applied, args.json, "were"),
        Err(error) if is_mistake(&error) => {
            out::warn(&log::sentence(&error));
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// Returns true if the file, or what it names, has to be put right.
fn is_mistake(error: &anyhow::Error) -> bool {
    let cause = error.downcast_ref::<ConfigError>();
    cause.is_some_and(|cause| matches!(cause, ConfigError::Invalid(_) | ConfigError::Unreadable { .. }))
}

/// The policy folders and certificates that the file names; none if it cannot be read.
fn files_beside(file: &Path) -> Option<Vec<PathBuf>> {
    let config = Config::parse(&file.display().to_string(), &fs::read_to_string(file).ok()?).ok()?;
    let folder = file.parent().unwrap_or(Path::new(""));
    let certificates = |tenant: &vestibule_tenant::config::file::TenantConfig| {
        let all = tenant.applications.iter().flat_map(|application| &application.certificates);
        all.map(|certificate| folder.join(certificate.value())).filter(|path| path.is_file()).collect::<Vec<_>>()
    };
    let policies = config.tenants.iter().filter_map(|tenant| Some(folder.join(tenant.policies.as_ref()?)));
    Some(policies.chain(config.tenants.iter().flat_map(certificates)).collect())
}

fn stamp(file: &Path, beside: &[PathBuf]) -> Stamp {
    let entries = |path: &PathBuf| {
        let mut inside: Vec<PathBuf> = fs::read_dir(path).into_iter().flatten().flatten().map(|e| e.path()).collect();
        inside.sort();
        inside
    };
    let all = beside.iter().cloned().chain(beside.iter().flat_map(entries));
    std::iter::once(file.to_owned()).chain(all).map(|path| (path.clone(), of(&path))).collect()
}

fn of(path: &Path) -> Option<(SystemTime, u64)> {
    let file = fs::metadata(path).ok()?;
    Some((file.modified().ok()?, file.len()))
}
