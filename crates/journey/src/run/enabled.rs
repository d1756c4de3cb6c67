//! Decides if a technical profile takes part in the journey (`EnabledForUserJourneys`).

use super::Run;
use crate::World;
use crate::policy::model::{Enabled, Profile};

impl<W: World> Run<'_, '_, W> {
    /// Returns true if the profile runs now.
    pub(crate) fn is_enabled(&self, profile: &Profile) -> bool {
        match &profile.enabled {
            Enabled::Always => true,
            Enabled::Never => false,
            Enabled::OnClaim(claim) => self.state.bag.contains_key(claim),
            Enabled::OnItem { claim, value, present } => {
                let items = match self.state.bag.get(claim) {
                    Some(crate::Value::List(items)) => items.clone(),
                    Some(other) => vec![other.text()],
                    None => Vec::new(),
                };
                items.contains(value) == *present
            }
        }
    }
}
