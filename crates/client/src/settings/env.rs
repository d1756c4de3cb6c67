//! Reads `.env` and the process environment into a map. The environment itself is never changed.

mod file;

use super::{KEYS, Problem, SettingsError};
use file::Parsed;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Values, and the lines of `.env` that set them.
#[derive(Default)]
pub(crate) struct Env(Parsed);

impl Env {
    /// Reads the nearest `.env` in the current directory or its parents. The process environment overrides its values.
    ///
    /// # Errors
    /// The file exists but cannot be opened.
    pub(crate) fn load() -> Result<Self, SettingsError> {
        let mut env = match find() {
            Some(path) => Self::of_file(&std::fs::read(&path).map_err(|error| unreadable(&path, &error))?),
            None => Self::default(),
        };
        let ours = |key: &str| {
            KEYS.contains(&key) || key.starts_with("B2C_") || key.starts_with("CLIENT_") || key.ends_with("_USER_FLOW")
        };
        for (key, value) in std::env::vars_os() {
            if let (Ok(key), Ok(value)) = (key.into_string(), value.into_string())
                && ours(&key)
            {
                env.overlay(key, value);
            }
        }
        Ok(env)
    }

    /// Reads a `.env` file with this content.
    fn of_file(content: &[u8]) -> Self {
        Self(file::parse(&file::decode(content), |name| std::env::var(name).ok()))
    }

    fn overlay(&mut self, key: String, value: String) {
        self.0.problems.retain(|problem| problem.key != key);
        self.0.lines.remove(&key);
        self.0.map.insert(key, value);
    }

    /// Reads settings from the values. Problems name the line of `.env` that they are about.
    ///
    /// # Errors
    /// The problems of the file, and those that `read` finds.
    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(&BTreeMap<String, String>) -> Result<T, SettingsError>,
    ) -> Result<T, SettingsError> {
        let mut problems = self.0.problems.clone();
        match read(&self.0.map) {
            Ok(settings) if problems.is_empty() => return Ok(settings),
            Ok(_) => {}
            Err(error) => {
                // A value that could not be parsed would also be reported as missing.
                let new: Vec<Problem> =
                    error.problems.into_iter().filter(|p| !problems.iter().any(|known| known.key == p.key)).collect();
                problems.extend(new.into_iter().map(|p| self.located(p)));
            }
        }
        Err(SettingsError { problems })
    }

    fn located(&self, problem: Problem) -> Problem {
        let line = problem.line.or_else(|| self.0.lines.get(&problem.key).copied());
        Problem { line, ..problem }
    }
}

fn find() -> Option<PathBuf> {
    let folder = std::env::current_dir().ok()?;
    folder.ancestors().map(|f| f.join(".env")).find(|f| f.is_file())
}

fn unreadable(path: &Path, error: &std::io::Error) -> SettingsError {
    let fix = format!("Look at the permissions of {}.", path.display());
    SettingsError { problems: vec![Problem::new(".env", &format!("cannot be read: {error}"), &fix)] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{ApiSettings, Settings};

    fn told(error: Option<SettingsError>) -> Vec<String> {
        let one =
            |p: &Problem| format!("{} {} {}", p.line.map_or_else(|| "-".to_owned(), |l| l.to_string()), p.key, p.wrong);
        error.map(|error| error.problems.iter().map(one).collect()).unwrap_or_default()
    }

    #[test]
    fn the_samples_files_copied_unchanged_are_told_by_line_and_key() {
        let placeholder = "still holds the sample's placeholder";
        let web = Env::of_file(include_bytes!("../../../../samples/webapp/.env.sample"));
        let lines = [(2, "B2C_TENANT_NAME"), (3, "CLIENT_ID"), (4, "CLIENT_SECRET")];
        assert_eq!(
            told(web.read(Settings::from_map).err()),
            lines.map(|(line, key)| format!("{line} {key} {placeholder}"))
        );
        let api = Env::of_file(include_bytes!("../../../../samples/webapi/.env.sample"));
        let lines = [(2, "B2C_TENANT_NAME"), (5, "AUDIENCE")];
        assert_eq!(
            told(api.read(ApiSettings::from_map).err()),
            lines.map(|(line, key)| format!("{line} {key} {placeholder}"))
        );
    }

    #[test]
    fn a_value_that_cannot_be_read_is_one_problem_and_the_environment_replaces_it() {
        let mut env = Env::of_file(b"OIDC_AUTHORITY=https://op.test\nCLIENT_ID=\"app\nCLIENT_SECRET=hush");
        assert_eq!(told(env.read(Settings::from_map).err()), ["2 CLIENT_ID has a quote that is not closed"]);
        env.overlay("CLIENT_ID".to_owned(), "app".to_owned());
        assert!(env.read(Settings::from_map).is_ok());
    }
}
