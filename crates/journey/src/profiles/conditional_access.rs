//! `ConditionalAccessProtocolProvider`. Without Microsoft's risk signals, every sign-in is treated as one that needs a
//! second factor: skipping the evaluation would remove a protection
//! (<https://learn.microsoft.com/azure/active-directory-b2c/conditional-access-technical-profile>).

use super::{Claims, Kind, Settings};
use crate::Value;

/// The action of the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConditionalAccess {
    /// Evaluates the requirements of a sign-in.
    Evaluation,
    /// Reports success without recording anything.
    Remediation,
}

pub(super) fn compile(settings: &mut Settings<'_, '_>) -> Option<Kind> {
    const OPERATIONS: &[(&str, ConditionalAccess)] =
        &[("Evaluation", ConditionalAccess::Evaluation), ("Remediation", ConditionalAccess::Remediation)];
    let operation = settings.one_of("OperationType", OPERATIONS).unwrap_or(ConditionalAccess::Evaluation);
    Some(Kind::ConditionalAccess(operation))
}

impl ConditionalAccess {
    /// The claims of the profile, by partner name.
    pub(super) fn run(self) -> Claims {
        match self {
            Self::Evaluation => Claims::from([("Challenges".to_owned(), Value::List(vec!["mfa".to_owned()]))]),
            Self::Remediation => Claims::new(),
        }
    }
}
