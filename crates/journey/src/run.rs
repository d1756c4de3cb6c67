//! The journey: a suspended program over a claims bag.

use crate::{Event, Outcome, Policy, State, World, WorldError};

/// Give the journey one event and run it until it needs the outside again.
///
/// # Errors
/// When the world failed; `state` is then not to be kept.
pub async fn advance<W: World>(
    policy: &Policy,
    state: &mut State,
    event: Event,
    world: &mut W,
) -> Result<Outcome, WorldError> {
    let _ = (policy, state, event, world);
    Err(WorldError("not built".to_owned()))
}
