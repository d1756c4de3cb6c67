//! Records when the user gave the credentials that the journey relies on.

use super::Run;
use super::claims::Frame;
use crate::claims::value::instant;
use crate::{Attributes, MOST_SKEW, World};

/// Attributes whose change invalidates a user's sessions, in lower case.
const ENDING: [&str; 4] =
    ["password", "accountenabled", "refreshtokensvalidfromdatetime", "signinsessionsvalidfromdatetime"];

impl<W: World> Run<'_, '_, W> {
    /// Records that the user's password was correct; the check began at `at`, in milliseconds. This is kept even if a
    /// later step rejects the user.
    pub(crate) fn proven(&mut self, user: &Attributes, at: i64) {
        let Some(object_id) = user.get("objectId") else { return };
        // A clock slightly ahead of ours may have written this time, so the sessions were invalidated before the
        // check.
        let ended = valid_from(user).filter(|ended| *ended <= at.saturating_add(MOST_SKEW));
        let at = ended.map_or(at, |ended| ended.max(at));
        self.state.proof.proven.insert(object_id.text().to_ascii_lowercase(), at);
    }

    /// Records a write that began at `at` and returned `user`. If it created the account or invalidated the earlier
    /// sessions, the journey relies on it.
    pub(crate) fn proven_by_write(&mut self, user: &Attributes, written: &Attributes, new: bool, at: i64) {
        let ending = written.keys().any(|name| ENDING.contains(&name.to_ascii_lowercase().as_str()));
        let ended = ending && valid_from(user).is_some_and(|ended| ended >= at);
        if new || ended {
            self.proven(user, at);
        }
    }

    /// Records that a code or password was correct.
    pub(crate) fn credential_given(&mut self) {
        let now = self.world.now();
        self.state.proof.interactive = true;
        self.state.proof.given_at.get_or_insert(now);
    }

    /// Records the credentials that were given while the profile ran.
    pub(crate) fn credentials_of(&mut self, frame: &Frame) {
        if frame.interactive {
            self.credential_given();
        }
    }
}

/// The time before which the user's sessions and grants are invalid, in milliseconds since the epoch.
pub(crate) fn valid_from(user: &Attributes) -> Option<i64> {
    user.get("refreshTokensValidFromDateTime").and_then(|value| instant(&value.text()))
}
