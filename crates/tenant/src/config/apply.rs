//! Applies a configuration: the store gets what the file names, and keeps what the file does not name. Applying a file
//! twice changes nothing the second time.
//!
//! The file is a front end of [`crate::manage`]: it says what is wanted, and management checks that and writes it, each
//! tenant in one transaction. All tenants are checked before the first is written.

mod desired;
mod policy_key;
mod secret;
mod user;

use super::file::{Config, TenantConfig};
use super::{ConfigError, Problem, secrets};
use crate::clock::{Clock, Random};
use crate::keys::Keys;
use crate::manage::{Actor, Change, Manage, ManageError, Prepared};

use super::wanted::{self, MovedApplication, Wanted};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use vestibule_journey::Folder;
use vestibule_protocol::digest::sha256_base64url;
use vestibule_store::{AppliedFile, Store, TenantRecord};

/// The number of tries if others change the tenant at the same time.
const TRIES: usize = 20;

/// Options for applying a file.
#[derive(Clone, Copy)]
pub struct ApplyOptions<'a> {
    /// `dev` only: the file that stores demo secrets. Without it, the configuration may contain neither `demo_secret`
    /// nor `password`.
    pub demo_secrets: Option<&'a Path>,
    /// The application that runs at a different origin than the file says, for example a sample with another port.
    pub moved: Option<&'a MovedApplication>,
    /// Looks up environment variables.
    pub env: &'a (dyn Fn(&str) -> Option<String> + Sync),
    /// Only report what would change, and write nothing.
    pub plan: bool,
    /// Delete applications, user flows and custom attributes that the file does not name. Users and tenants are never
    /// deleted.
    pub prune: bool,
    /// How to treat a file that is older than the one last applied to a tenant.
    pub older: OlderFile,
    /// The tenants' keys, opened with the master key; required if the file has policy keys.
    pub keys: Option<&'a Keys>,
}

/// How to treat a file that is older than the one last applied to a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OlderFile {
    /// Apply it anyway.
    Apply,
    /// Reject it, so that an administrator decides.
    Refuse,
    /// Leave the tenant unchanged and report that: a node that restarts with yesterday's file must not undo newer
    /// changes.
    Skip,
}

impl<'a> ApplyOptions<'a> {
    /// The options that `serve` uses: secrets from the environment, nothing deleted, older files skipped.
    #[must_use]
    pub fn new(env: &'a (dyn Fn(&str) -> Option<String> + Sync)) -> Self {
        Self { demo_secrets: None, moved: None, env, plan: false, prune: false, older: OlderFile::Skip, keys: None }
    }
}

/// The result of applying a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Everything that changed. If this and `users` are empty, the store already matched the file.
    pub changes: Vec<Change>,
    /// Users that were created.
    pub users: Vec<CreatedUser>,
    /// Warnings, for example about a key container that a policy refers to and the tenant does not have yet.
    pub warnings: Vec<Problem>,
    /// Names of the tenants that were skipped because a newer file was applied to them.
    pub skipped: Vec<String>,
}

/// A user that was created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedUser {
    /// The tenant's short name.
    pub tenant: String,
    /// The sign-in name.
    pub name: String,
}

impl Applied {
    /// Returns true if nothing changed.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.changes.is_empty() && self.users.is_empty()
    }
}

impl fmt::Display for Applied {
    /// Prints each object with its fields, then each user; prints nothing if nothing changed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.changes.iter().try_for_each(|change| writeln!(f, "{change}"))?;
        self.users.iter().try_for_each(|user| writeln!(f, "+ {}: user {}", user.tenant, user.name))
    }
}

/// Applies the configuration to the store. `now` is in milliseconds since the epoch.
///
/// # Errors
/// [`ConfigError::Invalid`] with every problem, before anything is written; or an error of the store or of the file of
/// demo secrets. If the store fails between two tenants, calling this again applies the rest.
pub async fn apply(
    config: &Config,
    store: &Store,
    random: &Random,
    now: i64,
    options: &ApplyOptions<'_>,
) -> Result<Applied, ConfigError> {
    let actor = Actor::ConfigurationFile { path: config.places.file.clone() };
    let manage = Manage::new(store.clone(), Clock::fixed(now), random.clone(), actor);
    let known = store.tenants().await?;
    let mut problems = desired::problems(config, options);
    for (i, tenant) in config.tenants.iter().enumerate() {
        problems.extend(other_id(config, &format!("tenant[{i}].id"), tenant, &known));
    }
    refuse(problems)?;
    let secrets = demo_secrets(config, random, options)?;
    let run = Run { config, store, random, manage, now, options, secrets };
    run.all().await
}

/// One application of a file.
struct Run<'r> {
    config: &'r Config,
    store: &'r Store,
    random: &'r Random,
    manage: Manage,
    now: i64,
    options: &'r ApplyOptions<'r>,
    /// Demo secrets by client id.
    secrets: BTreeMap<String, String>,
}

impl Run<'_> {
    async fn all(&self) -> Result<Applied, ConfigError> {
        let mut applied = Applied::default();
        let (mut prepared, mut problems) = (Vec::new(), Vec::new());
        for (i, tenant) in self.config.tenants.iter().enumerate() {
            if self.is_older(i).await? {
                match self.options.older {
                    OlderFile::Apply => {}
                    OlderFile::Skip => {
                        applied.skipped.push(tenant.name.clone());
                        continue;
                    }
                    OlderFile::Refuse => {
                        problems.push(self.config.places.problem(&format!("tenant[{i}]"), older(&tenant.name)));
                        continue;
                    }
                }
            }
            match self.prepare(i).await {
                Ok(one) => prepared.push((i, one)),
                Err(ConfigError::Invalid(found)) => problems.extend(found),
                Err(error) => return Err(error),
            }
        }
        refuse(problems)?;
        for (i, one) in prepared {
            let folder = Folder::new(self.config.tenants[i].policy_files.iter().cloned());
            applied.warnings.extend(folder.strays().chain(&one.warnings).cloned());
            applied.changes.extend(self.commit(i, one).await?);
            applied.users.extend(self.users(i).await?);
        }
        Ok(applied)
    }

    /// Checks what the file asks for in a tenant.
    async fn prepare(&self, i: usize) -> Result<Prepared, ConfigError> {
        let tenant = &self.config.tenants[i];
        refuse(self.missing_secrets(i).await?)?;
        let new_keys = self.new_keys(i).await?;
        let wanted = Wanted {
            tenant,
            secrets: &self.secrets,
            env: self.options.env,
            moved: self.options.moved,
            prune: self.options.prune,
            new_keys: &new_keys,
            now: self.now,
        };
        let id = tenant.id();
        let prepared = self.manage.prepare(&id, |registrations| {
            wanted.lay_over(registrations);
            Ok(())
        });
        prepared.await.map_err(|error| self.told(i, error))
    }

    async fn commit(&self, i: usize, mut prepared: Prepared) -> Result<Vec<Change>, ConfigError> {
        let tenant = &self.config.tenants[i];
        if self.options.plan {
            return Ok(prepared.changes);
        }
        let mut tries = 1;
        loop {
            let file = AppliedFile { hash: self.hash(i), applied_at: self.now };
            match self.manage.commit(&prepared, Some(file)).await {
                Ok(done) => return Ok(done.changes),
                // Another node may have applied a newer file in the meantime.
                Err(ManageError::Stale { .. })
                    if self.options.older != OlderFile::Apply && self.is_older(i).await? =>
                {
                    let place = format!("tenant[{i}]");
                    return Err(ConfigError::Invalid(vec![self.config.places.problem(&place, older(&tenant.name))]));
                }
                Err(ManageError::Stale { .. }) if tries < TRIES => prepared = self.prepare(i).await?,
                Err(error) => return Err(self.told(i, error)),
            }
            tries += 1;
        }
    }

    /// Returns true if this file was applied to the tenant before and another one was applied after it.
    async fn is_older(&self, i: usize) -> Result<bool, ConfigError> {
        let hash = self.hash(i);
        let files = self.store.applied_files(&self.config.tenants[i].id()).await?;
        let is_last = files.last().is_none_or(|last| last.hash == hash);
        Ok(!is_last && files.iter().any(|file| file.hash == hash))
    }

    /// A digest of the file, and of the policies and certificates that it refers to for the tenant, independent of
    /// their paths.
    fn hash(&self, i: usize) -> String {
        let tenant = &self.config.tenants[i];
        let certificates = tenant.applications.iter().flat_map(|application| &application.read_certificates);
        let policies = tenant.policy_files.iter().map(|file| sha256_base64url(file.text.as_bytes()));
        let mut parts = vec![self.config.digest.clone()];
        parts.extend(policies);
        parts.extend(certificates.map(|read| read.certificate.x5t_s256.clone()));
        sha256_base64url(parts.join(" ").as_bytes())
    }

    /// Converts an error of management to one with the lines of the file.
    fn told(&self, i: usize, error: ManageError) -> ConfigError {
        match error {
            ManageError::Refused(refusals) => {
                let problem = |refusal| wanted::problem(self.config, i, refusal);
                ConfigError::Invalid(refusals.0.iter().map(problem).collect())
            }
            ManageError::Registry(error) => error.into(),
            error => ConfigError::Invalid(vec![self.config.places.problem(&format!("tenant[{i}]"), error.to_string())]),
        }
    }
}

fn refuse(mut problems: Vec<Problem>) -> Result<(), ConfigError> {
    if problems.iter().any(|problem| problem.severity.stops()) {
        problems.sort_by_key(|problem| problem.line);
        return Err(ConfigError::Invalid(problems));
    }
    Ok(())
}

fn older(tenant: &str) -> String {
    format!(
        "a newer file was applied to the tenant {tenant:?} after this one; apply that, or use --force to go back to this"
    )
}

/// A tenant's id never changes, because tokens, issuers and every record contain it.
fn other_id(config: &Config, path: &str, tenant: &TenantConfig, known: &[TenantRecord]) -> Option<Problem> {
    let (id, domain) = (tenant.id(), tenant.domain());
    let other = known.iter().find(|k| k.id != id && (k.name == tenant.name || k.domain == domain))?;
    let message = format!(
        "the store has the tenant {:?} ({}) with the id {} already: name that id here, or take another data folder",
        other.name, other.domain, other.id
    );
    Some(config.places.problem(path, message))
}

fn demo_secrets(
    config: &Config,
    random: &Random,
    options: &ApplyOptions<'_>,
) -> Result<BTreeMap<String, String>, ConfigError> {
    let with_demo_secret = |t: &TenantConfig| {
        let id = t.id();
        t.applications.iter().filter(|a| a.demo_secret).map(|a| a.client_id(&id)).collect::<Vec<_>>()
    };
    let ids: Vec<String> = config.tenants.iter().flat_map(with_demo_secret).collect();
    match options.demo_secrets {
        Some(path) if !ids.is_empty() => secrets::ensure(path, &ids, random, !options.plan),
        _ => Ok(BTreeMap::new()),
    }
}
