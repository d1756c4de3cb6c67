//! The folder of custom policies that a tenant names: read, and compiled once to tell what is wrong.

use super::Problem;
use super::file::{Config, TenantConfig};
use std::path::Path;
use vestibule_journey::{CompileOptions, Folder, Source, compile};

/// What the PolicyId of a custom policy begins with (contract 1.5).
const PREFIX: &str = "B2C_1A_";
/// More than any policy has; the compiler tells what is too large.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// Read the folders that the tenants name, relative to `beside`.
///
/// Returns every problem: of a folder at its line of the configuration, of a policy at its own file and line.
pub(super) fn read(config: &mut Config, beside: &Path) -> Vec<Problem> {
    let mut problems = Vec::new();
    for i in 0..config.tenants.len() {
        let tenant = &config.tenants[i];
        let Some(folder) = &tenant.policies else { continue };
        match files(&beside.join(folder)) {
            Ok(files) => {
                problems.extend(check(tenant, &files));
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
    if std::fs::metadata(path).map_err(with_name)?.len() > MOST_BYTES {
        return Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, format!("{name} is too large for a policy")));
    }
    Ok(Source { text: std::fs::read_to_string(path).map_err(with_name)?, name })
}

fn check(tenant: &TenantConfig, files: &[Source]) -> Vec<Problem> {
    let folder = Folder::new(files.iter().cloned());
    let options = CompileOptions { tenant: Some(tenant.domain()), key_containers: None };
    let mut problems = folder.strays().to_vec();
    for (id, source) in folder.policies() {
        if !id.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX)) {
            let message = format!("the PolicyId of a custom policy begins with {PREFIX}; this one is {id}");
            problems.push(Problem { severity: super::Severity::Error, file: source.name.clone(), line: 1, message });
        }
    }
    for id in folder.relying_parties() {
        match folder.chain_of(id) {
            Some(Ok(chain)) => problems.extend(compile(&chain, &options).err().into_iter().flatten()),
            Some(Err(problem)) => problems.push(problem),
            None => {}
        }
    }
    // A base that two policies share tells its problems twice.
    let mut seen = std::collections::HashSet::new();
    problems.retain(|problem| seen.insert(problem.to_string()));
    problems
}
