//! Directory profiles: read, write, delete users.

use super::{Claims, Kind, Settings};
use crate::claims::value::Value;
use crate::policy::model::Profile;
use crate::run::Run;
use crate::run::claims::Frame;
use crate::run::stop::{Refusal, Stop};
use crate::{Attributes, DirectoryError, Key, World, WriteMode};

const MISSING: &str = "UserMessageIfClaimsPrincipalDoesNotExist";
const EXISTS: &str = "UserMessageIfClaimsPrincipalAlreadyExists";

/// The settings.
#[derive(Debug)]
pub(crate) struct Directory {
    operation: Operation,
    /// `RaiseErrorIfClaimsPrincipalDoesNotExist`
    must_exist: bool,
    /// `RaiseErrorIfClaimsPrincipalAlreadyExists`
    must_be_new: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Read,
    Write,
    DeleteClaims,
    DeletePrincipal,
}

pub(super) fn compile(settings: &mut Settings<'_, '_>) -> Option<Kind> {
    const OPERATIONS: &[(&str, Operation)] = &[
        ("Read", Operation::Read),
        ("Write", Operation::Write),
        ("DeleteClaims", Operation::DeleteClaims),
        ("DeleteClaimsPrincipal", Operation::DeletePrincipal),
    ];
    Some(Kind::Directory(Directory {
        operation: settings.operation(OPERATIONS)?,
        must_exist: settings.flag("RaiseErrorIfClaimsPrincipalDoesNotExist") == Some(true),
        must_be_new: settings.flag("RaiseErrorIfClaimsPrincipalAlreadyExists") == Some(true),
    }))
}

impl Directory {
    /// Returns true if users are created or changed.
    pub(super) fn writes(&self) -> bool {
        self.operation == Operation::Write
    }

    pub(super) async fn run<W: World>(
        &self,
        run: &mut Run<'_, '_, W>,
        profile: &Profile,
        frame: &mut Frame,
    ) -> Result<Claims, Stop> {
        let key = run.inputs(profile, &profile.inputs, &frame.bag).into_iter().next();
        let key = key.map(|(attribute, value)| Key { attribute, value: value.text() });
        let Some(key) = key.filter(|key| !key.value.is_empty()) else { return self.nobody(profile) };
        match self.operation {
            Operation::Read => self.read(run, profile, &key).await,
            Operation::Write => self.write(run, profile, &key, frame).await,
            Operation::DeleteClaims => {
                let names = profile.persisted.iter().map(|claim| run.partner(claim, &profile.protocol));
                let names: Vec<String> = names.collect();
                delete(run, profile, &key, Some(&names)).await
            }
            Operation::DeletePrincipal => delete(run, profile, &key, None).await,
        }
    }

    /// Handles an input claim without a value: no user is found.
    fn nobody(&self, profile: &Profile) -> Result<Claims, Stop> {
        match self.operation {
            Operation::Read if !self.must_exist => Ok(Claims::new()),
            Operation::Read => Err(refused(profile, MISSING).code(90053).into()),
            _ => Err(Stop::broken(format!("{} has no value for its input claim", profile.id))),
        }
    }

    async fn read<W: World>(&self, run: &mut Run<'_, '_, W>, profile: &Profile, key: &Key) -> Result<Claims, Stop> {
        match run.world.read(key).await? {
            Some(user) => {
                run.check_user(&user, key)?;
                Ok(user)
            }
            None if self.must_exist => Err(refused(profile, MISSING).code(90053).into()),
            None => Ok(Claims::new()),
        }
    }

    async fn write<W: World>(
        &self,
        run: &mut Run<'_, '_, W>,
        profile: &Profile,
        key: &Key,
        frame: &mut Frame,
    ) -> Result<Claims, Stop> {
        let mut attributes: Attributes = run.inputs(profile, &profile.persisted, &frame.bag).into_iter().collect();
        for claim in profile.persisted.iter().filter(|claim| frame.emptied.contains(&claim.claim)) {
            // A field that the user emptied on the page is emptied in the directory.
            attributes.entry(run.partner(claim, &profile.protocol)).or_insert_with(|| Value::from(""));
        }
        let mode = WriteMode { create: !self.must_exist, update: !self.must_be_new };
        let begun = run.world.now();
        let written = run.world.write(key, &attributes, mode).await;
        let (mut user, new) = written.map_err(|error| said(run, profile, error))?;
        frame.interactive |= attributes.keys().any(|name| name.eq_ignore_ascii_case("password"));
        run.proven_by_write(&user, &attributes, new, begun);
        user.insert("newClaimsPrincipalCreated".to_owned(), Value::Bool(new));
        Ok(user)
    }
}

async fn delete<W: World>(
    run: &mut Run<'_, '_, W>,
    profile: &Profile,
    key: &Key,
    attributes: Option<&[String]>,
) -> Result<Claims, Stop> {
    let deleted = run.world.delete(key, attributes).await;
    deleted.map_err(|error| said(run, profile, error))?;
    Ok(Claims::new())
}

/// Converts the directory's error to the policy's message.
fn said<W: World>(run: &Run<'_, '_, W>, profile: &Profile, error: DirectoryError) -> Stop {
    match error {
        DirectoryError::AlreadyExists => refused(profile, EXISTS).code(90001).into(),
        DirectoryError::DoesNotExist => refused(profile, MISSING).code(90053).into(),
        DirectoryError::Refused { message, attribute } => {
            let claims = profile.persisted.iter().chain(&profile.inputs);
            let mut at_fault =
                claims.filter(|claim| run.partner(claim, &profile.protocol).eq_ignore_ascii_case(&attribute));
            let claim = at_fault.next().and_then(|claim| run.policy.claims.get(&claim.claim));
            let mut refusal = refused(profile, message);
            refusal.args = vec![claim.map_or(attribute, |claim| run.label(claim))];
            refusal.claim = claim.map(|claim| claim.id.clone());
            refusal.into()
        }
        DirectoryError::World(error) => Stop::World(error),
    }
}

fn refused(profile: &Profile, id: &str) -> Refusal {
    Refusal { profile: Some(profile.id.clone()), ..Refusal::new(id) }
}
