//! Single sign-on: session management profiles store claims and restore them.

use super::{Kind, Settings};
use crate::World;
use crate::claims::value::Bag;
use crate::policy::model::{Id, Profile};
use crate::run::Run;

/// The settings.
#[derive(Debug)]
pub(crate) struct Session {
    /// True if it keeps its persisted claims (`DefaultSSOSessionProvider`).
    pub(super) remembers: bool,
}

pub(super) fn compile(_: &mut Settings<'_, '_>) -> Option<Kind> {
    Some(Kind::Session(Session { remembers: true }))
}

/// Compiles a provider that stores nothing.
pub(super) fn compile_idle(_: &mut Settings<'_, '_>) -> Option<Kind> {
    Some(Kind::Session(Session { remembers: false }))
}

impl<W: World> Run<'_, '_, W> {
    /// The claims stored for this profile, if they may replace a run of it.
    fn kept(&self, profile: &Profile) -> Option<(Id, Bag)> {
        let session = profile.session.as_ref()?;
        if self.state.session.ignored || self.state.session.written.contains(session) {
            return None;
        }
        let kept = self.state.session.kept.claims.get(session)?;
        let manager = self.policy.profiles.get(session)?;
        // Another policy's profile of this name may have stored other claims.
        let own =
            manager.persisted.iter().filter_map(|claim| Some((claim.claim.clone(), kept.get(&claim.claim)?.clone())));
        let own: Bag = own.filter(|(claim, _)| !self.is_secret(claim)).collect();
        let own = self.typed_bag(&own);
        // The session's user must not overwrite another user whom this journey has authenticated.
        let other = own.iter().any(|(claim, value)| self.state.bag.get(claim).is_some_and(|known| known != value));
        (!own.is_empty() && !other).then(|| (session.clone(), own))
    }

    /// Returns true if the stored claims can replace a run of this profile.
    pub(crate) fn can_restore(&self, profile: &Profile) -> bool {
        self.kept(profile).is_some()
    }

    /// Restores stored claims. Returns true if the profile need not run.
    pub(crate) fn restore(&mut self, profile: &Profile) -> bool {
        let Some((session, kept)) = self.kept(profile) else { return false };
        self.note(format!("{}: claims of the session {session}", profile.id));
        self.state.bag.extend(kept);
        self.state.session.restored = true;
        let Some(manager) = self.policy.profiles.get(&session) else { return true };
        for claim in &manager.outputs {
            if let Some(value) = self.input(claim, &self.state.bag) {
                self.state.bag.insert(claim.claim.clone(), value);
            }
        }
        true
    }

    /// Stores the profile's claims for the next journey.
    pub(crate) fn remember(&mut self, profile: &Profile) {
        let Some(session) = &profile.session else { return };
        let Some(manager) = self.policy.profiles.get(session) else { return };
        let share = manager.persisted.iter().filter(|claim| !self.is_secret(&claim.claim));
        let kept: Bag =
            share.filter_map(|claim| Some((claim.claim.clone(), self.input(claim, &self.state.bag)?))).collect();
        self.state.session.kept.claims.insert(session.clone(), kept);
        self.state.session.written.insert(session.clone());
    }
}
