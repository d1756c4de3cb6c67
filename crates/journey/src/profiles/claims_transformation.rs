//! Profiles that only transform claims, and profiles whose claims come from resolvers.

use super::{Claims, Kind, Settings};
use crate::World;
use crate::policy::model::Profile;
use crate::run::Run;
use crate::run::claims::Frame;

pub(super) fn compile(_: &mut Settings<'_, '_>) -> Option<Kind> {
    Some(Kind::ClaimsTransformation)
}

/// `UserJourneyContextProvider`
pub(super) fn compile_context(_: &mut Settings<'_, '_>) -> Option<Kind> {
    Some(Kind::JourneyContext)
}

/// Returns the profile's own claims. The results of transformations are in the bag already, so the output claims only
/// add defaults.
pub(super) fn run<W: World>(run: &Run<'_, '_, W>, profile: &Profile, frame: &Frame) -> Claims {
    let outputs = profile.outputs.iter();
    let own =
        outputs.filter_map(|claim| Some((run.partner(claim, &profile.protocol), frame.bag.get(&claim.claim)?.clone())));
    own.collect()
}
