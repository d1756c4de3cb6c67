//! Why a run stops before its end.

use crate::{Outcome, WorldError};
use vestibule_protocol::error::Failure;

/// What ends a run, or a part of it.
#[derive(Debug)]
pub(super) enum Stop {
    /// The world failed.
    World(WorldError),
    /// The journey is over.
    End(Box<End>),
    /// The person's doing was refused: told on the page, or the end where there is none.
    Refused(Box<Refusal>),
}

/// An end without a token.
#[derive(Debug)]
pub(super) struct End {
    failure: Failure,
    cause: String,
}

/// What the person is told.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    /// String id of the sentence.
    pub(super) id: String,
    /// The claim at fault.
    pub(super) claim: Option<String>,
    /// Number of the AADB2C code.
    pub(super) code: Option<u32>,
    pub(super) args: Vec<String>,
    /// A sentence that the policy has for exactly this.
    pub(super) text: Option<String>,
    /// The profile that refused: its metadata may have the sentence.
    pub(super) profile: Option<String>,
}

impl End {
    pub(super) fn new(failure: Failure, cause: impl Into<String>) -> Self {
        Self { failure, cause: cause.into() }
    }

    pub(super) fn outcome(self) -> Outcome {
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
    pub(super) fn end(failure: Failure, cause: impl Into<String>) -> Self {
        End::new(failure, cause).into()
    }

    /// The policy cannot be followed: our fault or its author's, told to neither person nor application.
    pub(super) fn broken(cause: impl Into<String>) -> Self {
        Self::end(Failure::server_error(), cause)
    }
}

impl Refusal {
    pub(super) fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), claim: None, code: None, args: Vec::new(), text: None, profile: None }
    }

    /// Belonging to an input, whose label fills `{0}`.
    pub(super) fn of(id: impl Into<String>, claim: &str, label: &str) -> Self {
        Self { claim: Some(claim.to_owned()), args: vec![label.to_owned()], ..Self::new(id) }
    }

    pub(super) fn code(mut self, code: u32) -> Self {
        self.code = Some(code);
        self
    }

    pub(super) fn text(mut self, text: Option<String>) -> Self {
        self.text = text;
        self
    }
}
