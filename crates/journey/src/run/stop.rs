//! The reasons why a run stops before its end.

use crate::{Outcome, WorldError};
use vestibule_protocol::error::Failure;

/// The reason why a run, or a part of it, ends.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The world failed.
    World(WorldError),
    /// The journey is over.
    End(Box<End>),
    /// The user's entry was rejected: shown on the page, or the end of the journey if there is none.
    Refused(Box<Refusal>),
}

/// An end without a token.
#[derive(Debug)]
pub(crate) struct End {
    failure: Failure,
    cause: String,
}

/// The sentence for the user.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    /// String id of the sentence.
    pub(crate) id: String,
    /// The claim at fault.
    pub(crate) claim: Option<String>,
    /// Number of the AADB2C code.
    pub(crate) code: Option<u32>,
    pub(crate) args: Vec<String>,
    /// A sentence that the policy has for exactly this.
    pub(crate) text: Option<String>,
    /// The profile that refused: its metadata may have the sentence.
    pub(crate) profile: Option<String>,
}

impl End {
    pub(crate) fn new(failure: Failure, cause: impl Into<String>) -> Self {
        Self { failure, cause: cause.into() }
    }

    pub(crate) fn outcome(self) -> Outcome {
        let Failure { code, error, message } = self.failure;
        Outcome::Failed { code, error, message, cause: self.cause }
    }
}

impl From<End> for Stop {
    fn from(end: End) -> Self {
        Self::End(Box::new(end))
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<WorldError> for Stop {
    fn from(error: WorldError) -> Self {
        Self::World(error)
    }
}

impl Stop {
    /// The journey ends in this failure.
    pub(crate) fn end(failure: Failure, cause: impl Into<String>) -> Self {
        End::new(failure, cause).into()
    }

    /// The policy cannot be executed. Neither the user nor the application learns the reason.
    pub(crate) fn broken(cause: impl Into<String>) -> Self {
        Self::end(Failure::server_error(), cause)
    }
}

impl Refusal {
    pub(crate) fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), claim: None, code: None, args: Vec::new(), text: None, profile: None }
    }

    /// Belonging to an input, whose label fills `{0}`.
    pub(crate) fn of(id: impl Into<String>, claim: &str, label: &str) -> Self {
        Self { claim: Some(claim.to_owned()), args: vec![label.to_owned()], ..Self::new(id) }
    }

    pub(crate) fn code(mut self, code: u32) -> Self {
        self.code = Some(code);
        self
    }

    pub(crate) fn text(mut self, text: Option<String>) -> Self {
        self.text = text;
        self
    }
}
