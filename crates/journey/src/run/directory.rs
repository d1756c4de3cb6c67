//! Directory profiles: read, write, delete users.

use super::Run;
use super::claims::Frame;
use super::credentials::valid_from;
use super::stop::{Refusal, Stop};
use crate::claims::value::Value;
use crate::policy::model::{Operation, Profile};
use crate::{Attributes, DirectoryError, Entry, Key, World, WriteMode};
use std::collections::BTreeMap;
use vestibule_protocol::error::Failure;

const MISSING: &str = "UserMessageIfClaimsPrincipalDoesNotExist";
const EXISTS: &str = "UserMessageIfClaimsPrincipalAlreadyExists";
const DISABLED: &str = "UserMessageIfUserAccountDisabled";

impl<W: World> Run<'_, '_, W> {
    pub(super) async fn directory(
        &mut self,
        profile: &Profile,
        operation: Operation,
        frame: &mut Frame,
    ) -> Result<BTreeMap<String, Value>, Stop> {
        let key = self.inputs(profile, &profile.inputs, &frame.bag).into_iter().next();
        let key = key.map(|(attribute, value)| Key { attribute, value: value.text() });
        let must_exist = profile.flag("RaiseErrorIfClaimsPrincipalDoesNotExist") == Some(true);
        let Some(key) = key.filter(|key| !key.value.is_empty()) else {
            // Nobody is named, so nobody is found.
            return match operation {
                Operation::Read if !must_exist => Ok(BTreeMap::new()),
                Operation::Read => Err(refused(profile, MISSING).code(90053).into()),
                _ => Err(Stop::broken(format!("{} has no value for its input claim", profile.id))),
            };
        };
        match operation {
            Operation::Read => match self.world.read(&key).await? {
                Some(user) => {
                    self.check_user(&user, &key)?;
                    Ok(user)
                }
                None if must_exist => Err(refused(profile, MISSING).code(90053).into()),
                None => Ok(BTreeMap::new()),
            },
            Operation::Write => self.write(profile, &key, must_exist, frame).await,
            Operation::DeleteClaims => {
                let names: Vec<String> =
                    profile.persisted.iter().map(|claim| self.partner(claim, &profile.protocol)).collect();
                self.world.delete(&key, Some(&names)).await.map_err(|error| self.said(profile, error))?;
                Ok(BTreeMap::new())
            }
            Operation::DeletePrincipal => {
                self.world.delete(&key, None).await.map_err(|error| self.said(profile, error))?;
                Ok(BTreeMap::new())
            }
        }
    }

    async fn write(
        &mut self,
        profile: &Profile,
        key: &Key,
        must_exist: bool,
        frame: &mut Frame,
    ) -> Result<BTreeMap<String, Value>, Stop> {
        let mut attributes: Attributes = self.inputs(profile, &profile.persisted, &frame.bag).into_iter().collect();
        for claim in profile.persisted.iter().filter(|claim| frame.emptied.contains(&claim.claim)) {
            // What the person emptied on the page is emptied in the directory.
            attributes.entry(self.partner(claim, &profile.protocol)).or_insert_with(|| Value::from(""));
        }
        let must_be_new = profile.flag("RaiseErrorIfClaimsPrincipalAlreadyExists") == Some(true);
        let mode = WriteMode { create: !must_exist, update: !must_be_new };
        let begun = self.world.now();
        let (mut user, new) =
            self.world.write(key, &attributes, mode).await.map_err(|error| self.said(profile, error))?;
        frame.interactive |= attributes.keys().any(|name| name.eq_ignore_ascii_case("password"));
        self.proven_by_write(&user, &attributes, new, begun);
        user.insert("newClaimsPrincipalCreated".to_owned(), Value::Bool(new));
        Ok(user)
    }

    /// A user who was not asked for a password now, since a session or a grant stands in, must still be welcome.
    fn check_user(&self, user: &Attributes, key: &Key) -> Result<(), Stop> {
        let refresh = match &self.state.request.entry {
            Entry::Refresh { issued_at, .. } => Some(*issued_at),
            Entry::Default => None,
        };
        let disabled = user.get("accountEnabled") == Some(&Value::Bool(false));
        if disabled && (refresh.is_some() || (self.state.restored && !self.state.interactive)) {
            return Err(Refusal::new(DISABLED).code(90111).into());
        }
        if let (Some(issued_at), Some(valid_from)) = (refresh, valid_from(user))
            && issued_at < valid_from
        {
            let cause = format!("the grant is older than the user's {} allows", key.attribute);
            return Err(Stop::end(Failure::grant_revoked(), cause));
        }
        Ok(())
    }

    /// The default refresh, of a policy without a journey for it: the same claims, for a user who is still welcome.
    pub(super) async fn reissue(&mut self) -> Result<crate::Outcome, Stop> {
        let Entry::Refresh { bag, .. } = &self.state.request.entry else {
            return Err(Stop::broken("not a refresh"));
        };
        self.state.bag = bag.clone();
        let user = self.policy.user_claim.as_ref().and_then(|claim| self.state.bag.get(claim));
        let Some(value) = user.map(Value::text) else {
            return Err(Stop::end(Failure::grant_unusable(), "the grant names no user"));
        };
        let key = Key { attribute: "objectId".to_owned(), value };
        let Some(user) = self.world.read(&key).await? else {
            return Err(Stop::end(Failure::grant_account_gone(), "the user is gone"));
        };
        self.check_user(&user, &key)?;
        self.issue()
    }

    fn said(&self, profile: &Profile, error: DirectoryError) -> Stop {
        match error {
            DirectoryError::AlreadyExists => refused(profile, EXISTS).code(90001).into(),
            DirectoryError::DoesNotExist => refused(profile, MISSING).code(90053).into(),
            DirectoryError::Refused { message, attribute } => {
                let claims = profile.persisted.iter().chain(&profile.inputs);
                let mut at_fault =
                    claims.filter(|claim| self.partner(claim, &profile.protocol).eq_ignore_ascii_case(&attribute));
                let claim = at_fault.next().and_then(|claim| self.policy.claims.get(&claim.claim));
                let mut refusal = refused(profile, message);
                refusal.args = vec![claim.map_or(attribute, |claim| claim.display_name.clone())];
                refusal.claim = claim.map(|claim| claim.id.clone());
                refusal.into()
            }
            DirectoryError::World(error) => Stop::World(error),
        }
    }
}

fn refused(profile: &Profile, id: &str) -> Refusal {
    Refusal { profile: Some(profile.id.clone()), ..Refusal::new(id) }
}
