//! Refreshes without a page: checks that the user of a grant may still sign in.

use super::Run;
use super::credentials::valid_from;
use super::stop::{Refusal, Stop};
use crate::claims::value::Value;
use crate::{Attributes, Entry, Key, World};
use vestibule_protocol::error::Failure;

const DISABLED: &str = "UserMessageIfUserAccountDisabled";

impl<W: World> Run<'_, '_, W> {
    /// A user who was not asked for a password now, since a session or a grant stands in, must still be welcome.
    pub(crate) fn check_user(&self, user: &Attributes, key: &Key) -> Result<(), Stop> {
        let refresh = match &self.state.request.entry {
            Entry::Refresh { issued_at, .. } => Some(*issued_at),
            Entry::Default => None,
        };
        let disabled = user.get("accountEnabled") == Some(&Value::Bool(false));
        if disabled && (refresh.is_some() || (self.state.session.restored && !self.state.proof.interactive)) {
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
    pub(crate) async fn reissue(&mut self) -> Result<crate::Outcome, Stop> {
        let Entry::Refresh { bag, .. } = &self.state.request.entry else {
            return Err(Stop::broken("not a refresh"));
        };
        self.state.bag = self.typed_bag(bag);
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
}
