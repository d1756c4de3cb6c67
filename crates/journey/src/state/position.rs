//! Where a journey stands, and what it waits for.

use crate::MOST_SKEW;
use crate::outcome::Stray;
use serde::{Deserialize, Serialize};
use vestibule_protocol::digest::constant_time_eq;

/// The longest time that the browser may stay at a provider, in milliseconds.
pub(crate) const MOST_AWAY: i64 = 10 * 60 * 1000;

/// Most journeys and sub-journeys that are open in one another.
pub(crate) const MOST_FRAMES: usize = 8;

/// Where the journey stands.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Position {
    /// The open journeys; the last is the current one. Empty: nothing has run.
    pub(crate) frames: Vec<Frame>,
    /// The exchange chosen in the last selection.
    pub(crate) chosen: Option<String>,
    /// The event that the journey waits for.
    pub(crate) waiting: Waiting,
    /// True if it has shown a page.
    pub(crate) has_shown: bool,
}

/// An open journey or sub-journey. One of each may have the same id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Frame {
    pub(crate) journey: JourneyId,
    /// Index of its current step.
    pub(crate) step: usize,
}

impl Frame {
    /// At the first step.
    pub(crate) fn first(journey: JourneyId) -> Self {
        Self { journey, step: 0 }
    }
}

/// The id of a journey, lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum JourneyId {
    /// `UserJourney`
    User(String),
    /// `SubJourney`
    Sub(String),
}

impl JourneyId {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::User(name) | Self::Sub(name) => name,
        }
    }
}

/// The event that the journey waits for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Waiting {
    /// Nothing: it can go on.
    #[default]
    Nothing,
    /// The form of a page.
    Page {
        /// The technical profile whose form it is.
        profile: String,
    },
    /// A choice on a page without a form.
    Choices,
    /// The browser's return from a provider.
    Away(Box<Away>),
}

/// Binds the browser's return to its departure. It is used once: the first return that fits takes it out of the
/// state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Away {
    /// The technical profile of the provider.
    pub(crate) profile: String,
    /// The `state` that the provider returns.
    pub(crate) state: String,
    /// For the `nonce` of an ID token.
    pub(crate) nonce: String,
    /// The PKCE verifier (RFC 7636).
    pub(crate) verifier: String,
    /// The redirect URI that was sent, for the token request.
    pub(crate) return_uri: String,
    /// When the browser left, milliseconds since the epoch.
    pub(crate) since: i64,
}

impl Waiting {
    /// Returns true if the journey can go on by itself.
    pub(crate) fn is_nothing(&self) -> bool {
        *self == Self::Nothing
    }

    /// Returns true if a page is shown.
    pub(crate) fn is_shown(&self) -> bool {
        matches!(self, Self::Page { .. } | Self::Choices)
    }

    /// The technical profile whose form is shown.
    pub(crate) fn page(&self) -> Option<&str> {
        if let Self::Page { profile } = self { Some(profile) } else { None }
    }

    /// The technical profile that is under way, on a page or at a provider.
    pub(crate) fn profile(&self) -> Option<&str> {
        match self {
            Self::Page { profile } => Some(profile),
            Self::Away(away) => Some(&away.profile),
            Self::Nothing | Self::Choices => None,
        }
    }

    /// Takes out the departure that a return with this `state` belongs to. Any other return leaves it where it is.
    pub(crate) fn returned(&mut self, state: &str, now: i64) -> Result<Away, Stray> {
        match std::mem::take(self) {
            Self::Away(away) if !constant_time_eq(&away.state, state) => {
                *self = Self::Away(away);
                Err(Stray::Foreign)
            }
            Self::Away(away) if away.is_late(now) => {
                *self = Self::Away(away);
                Err(Stray::Late)
            }
            Self::Away(away) => Ok(*away),
            other => {
                *self = other;
                Err(Stray::NotAwaited)
            }
        }
    }
}

impl Away {
    /// Returns true if the return comes too late. A departure in the future is of a clock that was put back: it has no
    /// age.
    pub(crate) fn is_late(&self, now: i64) -> bool {
        now.saturating_sub(self.since) >= MOST_AWAY || self.since.saturating_sub(now) > MOST_SKEW
    }
}
