//! The state of a journey between two requests: plain data, so that any node can continue it.

pub(crate) mod position;
mod request;

pub use request::{Entry, Request, ReturnUris, Session};

use crate::Policy;
use crate::claims::value::{Bag, Value};
use position::Position;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};

/// The format of a stored [`State`]. It is incremented whenever the new version cannot read states of the previous
/// one. Format 1 had no number.
pub const FORMAT: u32 = 2;

/// A running journey. The server stores it under the transaction id as one serialised value. Read it with
/// [`State::read`], which distinguishes states of another version from damaged ones.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct State {
    format: Format,
    /// Hash of the policy with which the journey started; a changed policy does not take over a running journey.
    pub policy_hash: String,
    /// The request that opened it.
    pub request: Request,
    /// The browser's single sign-on session.
    pub session: SignOn,
    /// The current position.
    pub(crate) at: Position,
    /// The claims bag.
    pub(crate) bag: Bag,
    /// State of the current pages.
    pub(crate) page: PageState,
    /// The credentials given so far.
    pub(crate) proof: Proof,
    /// The steps that ran or were skipped, with the reason, without values of claims. Its length is bounded.
    pub trace: Vec<String>,
}

/// The reason why a stored state cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Another version of the program wrote it; the user has to start again.
    #[error("the journey was stored in format {found}, and this version reads format {}", FORMAT)]
    OtherFormat {
        /// The format of the stored state.
        found: u32,
    },
    /// It is not a state at all.
    #[error("the stored journey is damaged: {0}")]
    Damaged(#[from] serde_json::Error),
}

/// The browser's single sign-on session in this journey.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SignOn {
    /// The session as found, with this journey's additions.
    pub kept: Session,
    /// When the user signed in to the session, in milliseconds since the epoch.
    pub since: Option<i64>,
    /// True if the session must not be used: `prompt=login`, or a refresh.
    pub(crate) ignored: bool,
    /// Session profiles that this journey has written: it does not read them back.
    pub(crate) written: BTreeSet<String>,
    /// True if the session replaced a sign-in.
    pub(crate) restored: bool,
}

/// State of the pages.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct PageState {
    /// Addresses verified in this journey, by claim.
    pub(crate) verified: BTreeMap<String, String>,
    /// The address that each verification control of the page has sent a code to.
    pub(crate) addresses: BTreeMap<String, String>,
    /// Claims of the page's display controls, until the page's profile returns them.
    pub(crate) claims: Bag,
    /// Outstanding codes, by what they verify: an address, or an identifier of the policy.
    pub(crate) codes: BTreeMap<String, PendingCode>,
    /// Rejected submissions of the current page, for `setting.retryLimit`.
    pub(crate) refusals: u32,
}

/// The credentials that the user gave in this journey.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Proof {
    /// True if any were given.
    pub(crate) interactive: bool,
    /// When a user's password was entered or chosen, or the account was created, in milliseconds since the epoch; by
    /// object id, in lower case. The journey may learn only later which of these users it is about.
    pub(crate) proven: BTreeMap<String, i64>,
    /// The time of the first credential that does not identify a user by itself, such as a mailed code, in
    /// milliseconds since the epoch.
    pub(crate) given_at: Option<i64>,
}

/// A generated code.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PendingCode {
    /// SHA-256 of salt and code, in base64url; `None` once the code has been used.
    pub(crate) hash: Option<String>,
    pub(crate) salt: String,
    /// The code itself, only if the policy wants to send the same one again (`ReuseSameCode`).
    pub(crate) code: Option<String>,
    /// Milliseconds since the epoch.
    pub(crate) expires_at: i64,
    pub(crate) tries: u32,
    /// Codes made so far for this address.
    pub(crate) made: u32,
}

/// Always [`FORMAT`]: states of other formats are rejected.
#[derive(Clone, Copy, Debug)]
struct Format;

impl Serialize for Format {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u32(FORMAT)
    }
}

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let found = u32::deserialize(from)?;
        if found == FORMAT { Ok(Self) } else { Err(D::Error::custom(StateError::OtherFormat { found })) }
    }
}

impl State {
    /// A new journey of `policy`; nothing has run yet.
    #[must_use]
    pub fn new(policy: &Policy, request: Request, session: Session) -> Self {
        Self {
            format: Format,
            policy_hash: policy.hash.clone(),
            session: SignOn { kept: session, ignored: request.fresh_login, ..SignOn::default() },
            request,
            at: Position::default(),
            bag: Bag::new(),
            page: PageState::default(),
            proof: Proof::default(),
            trace: Vec::new(),
        }
    }

    /// Reads a stored state (JSON).
    ///
    /// # Errors
    /// [`StateError::OtherFormat`] if another version of the program wrote the state, else [`StateError::Damaged`].
    pub fn read(json: &str) -> Result<Self, StateError> {
        #[derive(Deserialize)]
        struct Probe {
            format: Option<u32>,
        }
        let found = serde_json::from_str::<Probe>(json)?.format.unwrap_or(1);
        if found != FORMAT {
            return Err(StateError::OtherFormat { found });
        }
        Ok(serde_json::from_str(json)?)
    }

    /// The object id of the user that the journey is about, if known.
    #[must_use]
    pub fn person(&self, policy: &Policy) -> Option<String> {
        policy.user_claim.as_ref().and_then(|claim| self.bag.get(claim)).map(Value::text)
    }

    /// When the user gave the credentials that the journey relies on, in milliseconds since the epoch. A code given in
    /// addition to a session's credentials says nothing about the session's user.
    #[must_use]
    pub fn signed_in_at(&self, policy: &Policy) -> Option<i64> {
        let person = self.person(policy);
        let proven = person.and_then(|person| self.proof.proven.get(&person.to_ascii_lowercase()).copied());
        proven.or(self.session.since.filter(|_| self.session.restored)).or(self.proof.given_at)
    }

    /// The same journey from the beginning, without the session and without any credentials.
    #[must_use]
    pub fn afresh(&self, policy: &Policy) -> Self {
        let request = Request { fresh_login: true, ..self.request.clone() };
        let mut state = Self::new(policy, request, Session::default());
        state.trace.clone_from(&self.trace);
        state
    }

    /// The session without the claims of earlier journeys, because those belonged to another user.
    #[must_use]
    pub fn own_session(&self) -> Session {
        let mut session = self.session.kept.clone();
        session.claims.retain(|manager, _| self.session.written.contains(manager));
        session
    }
}
