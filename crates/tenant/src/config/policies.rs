//! Reads the folder of custom policies that a tenant refers to; management checks them.

use super::Problem;
use super::file::Config;
use crate::manage::{MOST_POLICY_BYTES, check_policies};
use std::path::Path;
use vestibule_journey::Source;

/// Reads the folders that the tenants refer to, relative to `beside`.
///
/// Returns every problem: problems of a folder with the line in the configuration, problems of a policy with its own
/// file and line.
pub(super) fn read(config: &mut Config, beside: &Path) -> Vec<Problem> {
    let mut problems = Vec::new();
    for i in 0..config.tenants.len() {
        let tenant = &config.tenants[i];
        let Some(folder) = &tenant.policies else { continue };
        match files(&beside.join(folder)) {
            Ok(files) => {
                problems.extend(check_policies(&files, &tenant.domain()));
                config.tenants[i].policy_files = files;
            }
            Err(error) => {
                let message = format!("the folder of policies {folder:?} cannot be read: {error}");
                problems.push(config.places.problem(&format!("tenant[{i}].policies"), message));
            }
        }
    }
    problems
}

fn files(folder: &Path) -> std::io::Result<Vec<Source>> {
    let mut paths = std::fs::read_dir(folder)?.map(|e| e.map(|e| e.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|e| e.eq_ignore_ascii_case("xml")));
    paths.sort();
    paths.iter().map(|path| source(path)).collect()
}

fn source(path: &Path) -> std::io::Result<Source> {
    let name = path.display().to_string();
    let with_name = |error: std::io::Error| std::io::Error::new(error.kind(), format!("{name}: {error}"));
    if std::fs::metadata(path).map_err(with_name)?.len() > MOST_POLICY_BYTES as u64 {
        return Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, format!("{name} is too large for a policy")));
    }
    Ok(Source { text: std::fs::read_to_string(path).map_err(with_name)?, name })
}
