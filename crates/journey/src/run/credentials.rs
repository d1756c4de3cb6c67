//! The time at which the user entered the credentials that the journey relies on.

use super::Run;
use super::claims::Frame;
use crate::claims::value::instant;
use crate::{Attributes, MOST_SKEW, World};

/// Attributes whose change ends a user's sessions, in lower case.
const ENDING: [&str; 4] =
    ["password", "accountenabled", "refreshtokensvalidfromdatetime", "signinsessionsvalidfromdatetime"];

impl<W: World> Run<'_, '_, W> {
    /// The user's password was right, of which the check began at `at`, milliseconds. That stays so, whatever refuses
    /// afterwards.
    pub(crate) fn proven(&mut self, user: &Attributes, at: i64) {
        let Some(object_id) = user.get("objectId") else { return };
        // By a clock that is a little ahead of ours, the user's sessions were ended before.
        let ended = valid_from(user).filter(|ended| *ended <= at.saturating_add(MOST_SKEW));
        let at = ended.map_or(at, |ended| ended.max(at));
        self.state.proof.proven.insert(object_id.text().to_ascii_lowercase(), at);
    }

    /// A write that began at `at` left the user so: if it made the account, or ended the sessions of before, the
    /// journey stands on it.
    pub(crate) fn proven_by_write(&mut self, user: &Attributes, written: &Attributes, new: bool, at: i64) {
        let ending = written.keys().any(|name| ENDING.contains(&name.to_ascii_lowercase().as_str()));
        let ended = ending && valid_from(user).is_some_and(|ended| ended >= at);
        if new || ended {
            self.proven(user, at);
        }
    }

    /// A code was right, or a password.
    pub(crate) fn credential_given(&mut self) {
        let now = self.world.now();
        self.state.proof.interactive = true;
        self.state.proof.given_at.get_or_insert(now);
    }

    /// The profile is done: whether credentials were given in it.
    pub(crate) fn credentials_of(&mut self, frame: &Frame) {
        if frame.interactive {
            self.credential_given();
        }
    }
}

/// From when on what the user is given counts, milliseconds since the epoch.
pub(crate) fn valid_from(user: &Attributes) -> Option<i64> {
    user.get("refreshTokensValidFromDateTime").and_then(|value| instant(&value.text()))
}
