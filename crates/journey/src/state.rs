//! What is remembered of a journey between two requests: plain data, so that any node can go on with it.

use crate::claims::value::{Bag, Value};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One running journey. Kept by the server under the transaction id, as one serialised value.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct State {
    /// Hash of the policy that it was started with; a changed policy does not take over a running journey.
    pub policy_hash: String,
    /// The request that opened it.
    pub request: Request,
    /// The browser's single sign-on session as it was found, and what this journey adds to it.
    pub session: Session,
    /// Position: journey id and index of the step; the last is the current one. Empty: nothing has run.
    pub(crate) stack: Vec<(String, usize)>,
    /// The claims bag.
    pub(crate) bag: Bag,
    /// The exchange chosen in the last selection.
    pub(crate) chosen: Option<String>,
    /// The technical profile whose page is shown; empty: a page that only offers choices.
    pub(crate) waiting: Option<String>,
    /// Addresses proven in this journey, by claim.
    pub(crate) verified: BTreeMap<String, String>,
    /// The address that each verification control of the page has sent a code to.
    pub(crate) addresses: BTreeMap<String, String>,
    /// Claims of the page's display controls, until the page's profile yields them.
    pub(crate) page: Bag,
    /// Codes on their way, by what they prove: an address, or an identifier of the policy.
    pub(crate) codes: BTreeMap<String, PendingCode>,
    /// Refused submissions of the current page, for `setting.retryLimit`.
    pub(crate) refusals: u32,
    /// Whether the person gave credentials in this journey.
    pub(crate) interactive: bool,
    /// When the session was signed in to, milliseconds since the epoch.
    #[serde(default)]
    pub session_at: Option<i64>,
    /// When a user's password was given or chosen, or the account made, milliseconds since the epoch; by object id, in
    /// lower case. The journey may learn only later that it is about one of them.
    #[serde(default)]
    pub(crate) proven: BTreeMap<String, i64>,
    /// When the first credential was given that proves nobody by itself, as a mailed code, milliseconds since the epoch.
    #[serde(default)]
    pub(crate) given_at: Option<i64>,
    /// Whether the session is not used: `prompt=login`, or a refresh.
    pub(crate) ignore_session: bool,
    /// Session profiles that this journey wrote: they are not read back in it.
    pub(crate) written: BTreeSet<String>,
    /// Whether the session stood in for a sign-in.
    pub(crate) restored: bool,
    /// What ran, what was skipped and why; without values of claims. Bounded.
    pub trace: Vec<String>,
}

/// A code that was made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PendingCode {
    /// SHA-256 of salt and code, base64url; none once it is used up.
    pub(crate) hash: Option<String>,
    pub(crate) salt: String,
    /// The code itself, only where the policy wants the same one sent again (`ReuseSameCode`).
    pub(crate) code: Option<String>,
    /// Milliseconds since the epoch.
    pub(crate) expires_at: i64,
    pub(crate) tries: u32,
    /// Codes made so far for this address.
    pub(crate) made: u32,
}

/// The parts of the application's request that a policy may read.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Request {
    /// Where to begin.
    pub entry: Entry,
    /// Claims resolvers by lower-case name without braces, e.g. `oidc:loginhint`, `policy:tenantobjectid`,
    /// `context:correlationid`, `culture:languagename`, `oauth-kv:campaign`. Absent: the resolver yields nothing.
    pub resolvers: BTreeMap<String, String>,
    /// BCP 47 tags the person prefers, best first (`ui_locales`, then the browser's).
    pub languages: Vec<String>,
    /// `prompt=login` or `max_age` exceeded: the session is not used.
    pub fresh_login: bool,
    /// Provider to go to without a page (`domain_hint`).
    pub domain_hint: Option<String>,
    /// The application's display name, for mails.
    pub application: String,
}

/// Where a journey begins.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub enum Entry {
    /// The relying party's default journey.
    #[default]
    Default,
    /// The journey of the relying party's `Token` endpoint, if it has one, on the claims of the grant.
    Refresh {
        /// [`crate::Issued::bag`] of the grant.
        bag: Bag,
        /// When the refresh token family was issued, milliseconds since the epoch.
        issued_at: i64,
    },
}

/// The claims that single sign-on keeps (custom-policies 4.5).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// Claims by session-management profile id (lower case).
    pub claims: BTreeMap<String, Bag>,
    /// The exchange chosen last time.
    pub choice: Option<String>,
}

impl State {
    /// The object id of the person that the journey is about, where it knows one.
    #[must_use]
    pub fn person(&self, policy: &crate::Policy) -> Option<String> {
        policy.user_claim.as_ref().and_then(|claim| self.bag.get(claim)).map(Value::text)
    }

    /// When the person gave the credentials that the journey stands on, milliseconds since the epoch. A code that is
    /// given besides those of a session says nothing of the session's person.
    #[must_use]
    pub fn signed_in_at(&self, policy: &crate::Policy) -> Option<i64> {
        let proven = self.person(policy).and_then(|person| self.proven.get(&person.to_ascii_lowercase()).copied());
        proven.or(self.session_at.filter(|_| self.restored)).or(self.given_at)
    }

    /// The journey from its beginning, without a session: what it stood on counts no more.
    #[must_use]
    pub fn afresh(&self, policy: &crate::Policy) -> Self {
        let request = Request { fresh_login: true, ..self.request.clone() };
        let mut state = Self::new(policy, request, Session::default());
        state.trace = self.trace.clone();
        state
    }

    /// The session without what earlier journeys kept in it: it was somebody else's.
    #[must_use]
    pub fn own_session(&self) -> Session {
        let mut session = self.session.clone();
        session.claims.retain(|manager, _| self.written.contains(manager));
        session
    }

    /// A journey of `policy` about to begin; nothing has run yet.
    #[must_use]
    pub fn new(policy: &crate::Policy, request: Request, session: Session) -> Self {
        let ignore_session = request.fresh_login;
        Self {
            policy_hash: policy.hash.clone(),
            request,
            session,
            stack: Vec::new(),
            bag: Bag::new(),
            chosen: None,
            waiting: None,
            verified: BTreeMap::new(),
            addresses: BTreeMap::new(),
            page: Bag::new(),
            codes: BTreeMap::new(),
            refusals: 0,
            interactive: false,
            session_at: None,
            proven: BTreeMap::new(),
            given_at: None,
            ignore_session,
            written: BTreeSet::new(),
            restored: false,
            trace: Vec::new(),
        }
    }
}
