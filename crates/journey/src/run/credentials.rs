//! When the person gave the credentials that the journey stands on.

use super::Run;
use super::claims::Frame;
use crate::claims::value::instant;
use crate::{Attributes, World};

/// How far apart the clocks of nodes may be, milliseconds.
const MOST_SKEW: i64 = 5 * 60 * 1000;

/// Attributes whose change ends a user's sessions, in lower case.
const ENDING: [&str; 4] =
    ["password", "accountenabled", "refreshtokensvalidfromdatetime", "signinsessionsvalidfromdatetime"];

/// Whose password was given or chosen, or whose account made, by object id in lower case, and when.
pub(super) type Proven = (String, i64);

impl<W: World> Run<'_, '_, W> {
    /// Take over what a profile found out.
    pub(super) fn credentials_of(&mut self, frame: &Frame) {
        self.state.proven.extend(frame.proven_user.clone());
        if frame.interactive {
            self.credential_given();
        }
    }

    /// A code was right, or a password.
    pub(super) fn credential_given(&mut self) {
        let now = self.world.now();
        self.state.interactive = true;
        self.state.given_at.get_or_insert(now);
    }
}

/// The user's password was right, of which the check began at `at`, milliseconds.
pub(super) fn proven(user: &Attributes, at: i64) -> Option<Proven> {
    let object_id = user.get("objectId")?.text().to_ascii_lowercase();
    // By a clock that is a little ahead of ours, the user's sessions were ended before.
    let ended = valid_from(user).filter(|ended| *ended <= at.saturating_add(MOST_SKEW));
    Some((object_id, ended.map_or(at, |ended| ended.max(at))))
}

/// The user as a write that began at `at` left it: made, or with the sessions of before ended by the journey itself.
pub(super) fn proven_by_write(user: &Attributes, written: &Attributes, new: bool, at: i64) -> Option<Proven> {
    let ending = written.keys().any(|name| ENDING.contains(&name.to_ascii_lowercase().as_str()));
    let ended = ending && valid_from(user).is_some_and(|ended| ended >= at);
    if new || ended { proven(user, at) } else { None }
}

/// From when on what the user is given counts, milliseconds since the epoch.
pub(super) fn valid_from(user: &Attributes) -> Option<i64> {
    user.get("refreshTokensValidFromDateTime").and_then(|value| instant(&value.text()))
}
