//! When the person gave the credentials that the journey stands on.

use super::Run;
use super::claims::Frame;
use crate::claims::value::instant;
use crate::{Attributes, World};

impl<W: World> Run<'_, '_, W> {
    /// From now on the journey stands on this user: the password was given or chosen, or the account is new.
    pub(super) fn stands_on(&self, user: &Attributes, frame: &mut Frame) {
        // Not before the user's sessions were last ended, by a clock that may be ahead of ours.
        frame.credentials_at = Some(self.world.now().max(valid_from(user).unwrap_or(i64::MIN)));
    }

    /// A code was right. That is a credential where there was none: it says nothing of the person of a session.
    pub(super) fn code_given(&mut self) {
        let now = self.world.now();
        self.state.interactive = true;
        self.state.signed_in_at.get_or_insert(now);
    }

    /// Take over what a profile found out.
    pub(super) fn credentials_of(&mut self, frame: &Frame) {
        if frame.credentials_at.is_some() {
            self.state.signed_in_at = frame.credentials_at;
        }
        if frame.interactive {
            self.code_given();
        }
    }
}

/// From when on what the user is given counts, milliseconds since the epoch.
pub(super) fn valid_from(user: &Attributes) -> Option<i64> {
    user.get("refreshTokensValidFromDateTime").and_then(|value| instant(&value.text()))
}
