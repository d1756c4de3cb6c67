//! The position of a journey, and the event it waits for.

use crate::MOST_SKEW;
use crate::outcome::Stray;
use serde::{Deserialize, Serialize};
use vestibule_protocol::digest::constant_time_eq;

/// The longest time that the browser may stay at a provider, in milliseconds.
pub(crate) const MOST_AWAY: i64 = 10 * 60 * 1000;

/// Maximum nesting of open journeys and sub-journeys.
pub(crate) const MOST_FRAMES: usize = 8;

/// The position of a journey.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Position {
    /// The open journeys; the last is the current one. Empty if nothing has run yet.
    pub(crate) frames: Vec<Frame>,
    /// The exchange chosen in the last selection.
    pub(crate) chosen: Option<String>,
    /// The event that the journey waits for.
    pub(crate) waiting: Waiting,
    /// True if it has shown a page.
    pub(crate) has_shown: bool,
}

/// An open journey or sub-journey. A journey and a sub-journey may have the same id.
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

/// The id of a journey, in lower case.
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
    /// Nothing: the journey can go on.
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

/// Ties the browser's return to its departure. It is used once: the first matching return removes it from the state.
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
    /// The redirect URI that was sent, repeated in the token request.
    pub(crate) return_uri: String,
    /// When the browser left, milliseconds since the epoch.
    pub(crate) since: i64,
}

impl Waiting {
    /// Returns true if the journey can go on without an event.
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

    /// The technical profile in progress, on a page or at a provider.
    pub(crate) fn profile(&self) -> Option<&str> {
        match self {
            Self::Page { profile } => Some(profile),
            Self::Away(away) => Some(&away.profile),
            Self::Nothing | Self::Choices => None,
        }
    }

    /// Removes and returns the departure that matches this `state`. Any other return changes nothing.
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
    /// Returns true if the return comes too late. A departure in the future means that the clock was set back, so its
    /// age is unknown.
    pub(crate) fn is_late(&self, now: i64) -> bool {
        now.saturating_sub(self.since) >= MOST_AWAY || self.since.saturating_sub(now) > MOST_SKEW
    }
}
