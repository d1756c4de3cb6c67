//! A running journey: a suspended program that works on a claims bag.

mod act;
mod away;
pub(crate) mod claims;
pub(crate) mod code;
pub(crate) mod credentials;
mod enabled;
mod event;
mod exchange;
mod fields;
mod issue;
mod notice;
mod options;
mod page;
mod refresh;
mod select;
mod step;
pub(crate) mod stop;
mod submit;

use crate::{Event, Outcome, Policy, State, World, WorldError};
use stop::{End, Stop};
use vestibule_protocol::error::Failure;

/// Maximum number of lines in a trace.
const MOST_TRACE: usize = 200;

/// Passes one event to the journey and runs it until it needs input again.
///
/// # Errors
/// The world failed. Do not store `state` in that case.
pub async fn advance<W: World>(
    policy: &Policy,
    state: &mut State,
    event: Event,
    world: &mut W,
) -> Result<Outcome, WorldError> {
    if state.policy_hash != policy.hash {
        let failure =
            Failure::new(90046, "server_error", "The policy has changed since this began. Please start again.");
        return Ok(End::new(failure, "the journey was started with another version of the policy").outcome());
    }
    let mut run = Run { policy, state, world };
    let outcome = match run.event(event).await {
        Ok(outcome) => outcome,
        Err(Stop::World(error)) => return Err(error),
        Err(Stop::End(end)) => end.outcome(),
        Err(Stop::Refused(refusal)) => run.end_of(&refusal).outcome(),
    };
    // The password of a resource-owner request is not needed after the run that checked it.
    run.state.request.resolvers.remove("oidc:password");
    Ok(outcome)
}

/// One run: the policy, the journey's state, and the world outside.
pub(crate) struct Run<'a, 's, W> {
    pub(crate) policy: &'a Policy,
    pub(crate) state: &'s mut State,
    pub(crate) world: &'s mut W,
}

impl<W: World> Run<'_, '_, W> {
    /// Adds a line to the trace. Lines must never contain the value of a claim.
    pub(crate) fn note(&mut self, line: impl Into<String>) {
        if self.state.trace.len() < MOST_TRACE {
            self.state.trace.push(line.into());
        }
    }
}
