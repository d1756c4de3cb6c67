//! The state of a journey between two requests: sealed, kept for an hour, bound to one browser.

use crate::app::App;
use crate::oauth::request::{AuthorizationRequest, Fields, ReturnTo};
use crate::oauth::visit::Visit;
use serde::{Deserialize, Serialize};
use vestibule_journey::{Issued, Outcome, Policy, State, StateError};
use vestibule_protocol::digest::{base64url, from_base64url};
use vestibule_protocol::json::from_stranger;
use vestibule_store::StoreError;

/// The lifetime of a journey, in milliseconds.
const LIFETIME: i64 = 60 * 60 * 1000;
/// For how long an answer that was given is given again: double clicks, no more.
pub(super) const GRACE: i64 = 10_000;
const PURPOSE: &str = "journey";

/// A journey under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Transaction {
    /// Its id.
    pub id: String,
    /// The flow, by its canonical name: a page of one policy does not go on at another.
    pub policy: String,
    /// The public address that it began at.
    pub origin: String,
    /// The browser that it belongs to ([`crate::web::browser::Browser::hash`]).
    pub browser: String,
    /// The application's request.
    #[serde(rename = "asked")]
    pub authorization: AuthorizationRequest,
    /// The engine's state.
    pub state: State,
    /// Counts the pages; a form is taken from the current one only.
    pub page: u32,
    /// The current page's form was taken; the next `confirmed` goes on.
    pub accepted: bool,
    /// How it ended, when that was found out by a request that answers with JSON.
    pub ending: Option<Ending>,
    /// "Keep me signed in" was ticked.
    pub remember_me: bool,
    /// The session that it began with.
    pub before: Option<Before>,
    /// The number of restarts.
    #[serde(default)]
    pub restarts: u32,
}

/// The session that a journey began with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// Whose it was.
    pub object_id: Option<String>,
}

/// The two ends of a journey.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Ending {
    /// With tokens.
    Token(Box<Issued>),
    /// With an error for the application.
    Failed {
        /// Number of the AADB2C code.
        code: u32,
        /// OAuth error.
        error: String,
        /// The sentence.
        message: String,
    },
}

impl Ending {
    /// The outcome as an end, if it is one.
    #[must_use]
    pub fn of(outcome: Outcome) -> Option<Self> {
        match outcome {
            Outcome::Token(issued) => Some(Self::Token(issued)),
            Outcome::Failed { code, error, message, .. } => {
                Some(Self::Failed { code, error: error.to_owned(), message })
            }
            Outcome::Page(_)
            | Outcome::Accepted
            | Outcome::Refused(_)
            | Outcome::Acted(_)
            | Outcome::Redirect(_)
            | Outcome::Stray(_) => None,
        }
    }
}

/// The row of a transaction in the store.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Record {
    /// Under way.
    Running(Box<Transaction>),
    /// Over.
    Done {
        /// The browser.
        browser: String,
        /// When, milliseconds.
        at: i64,
        /// Where the answer went.
        to: Box<ReturnTo>,
        /// The answer.
        fields: Fields,
    },
}

impl Record {
    /// The browser that it belongs to.
    #[must_use]
    pub fn browser(&self) -> &str {
        match self {
            Self::Running(transaction) => &transaction.browser,
            Self::Done { browser, .. } => browser,
        }
    }

    /// Where its answer goes.
    #[must_use]
    pub fn to(&self) -> &ReturnTo {
        match self {
            Self::Running(transaction) => &transaction.authorization.to,
            Self::Done { to, .. } => to,
        }
    }

    /// As text for the store.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn seal(&self, app: &App) -> Result<String, StoreError> {
        let damaged = |why: String| StoreError::Damaged(why.into());
        let text = serde_json::to_vec(self).map_err(|e| damaged(e.to_string()))?;
        app.sealer().seal(PURPOSE, &text).ok_or_else(|| damaged("sealing failed".to_owned()))
    }

    /// From the store's text.
    ///
    /// # Errors
    /// [`RecordError`]
    pub fn open(app: &App, sealed: &str) -> Result<Self, RecordError> {
        let text = app.sealer().open(PURPOSE, sealed).map_err(|_| RecordError::Damaged)?;
        serde_json::from_slice(&text).map_err(|_| RecordError::of(&text))
    }
}

/// Why a stored transaction cannot go on.
#[derive(Debug)]
pub enum RecordError {
    /// Another version of the program wrote it; its request can be repeated.
    OtherFormat(Box<OtherFormat>),
    /// It was written under another master key, or is damaged.
    Damaged,
}

impl RecordError {
    /// Reads what is left of a transaction whose state has another format.
    fn of(text: &[u8]) -> Self {
        #[derive(Deserialize)]
        enum Stored {
            Running(Box<OtherFormat>),
        }
        let Ok(Stored::Running(found)) = serde_json::from_slice(text) else { return Self::Damaged };
        match State::read(&found.state.to_string()) {
            Err(StateError::OtherFormat { .. }) => Self::OtherFormat(found),
            _ => Self::Damaged,
        }
    }
}

/// A transaction that another version of the program wrote.
#[derive(Debug, Deserialize)]
pub struct OtherFormat {
    /// The browser that it belongs to.
    pub browser: String,
    /// The application's request.
    #[serde(rename = "asked")]
    pub authorization: AuthorizationRequest,
    state: serde_json::Value,
}

impl Transaction {
    /// A transaction about to begin; it has no browser yet.
    #[must_use]
    pub fn new(visit: Visit<'_>, authorization: AuthorizationRequest, state: State, before: Option<Before>) -> Self {
        Self {
            id: visit.app.random().uuid(),
            policy: visit.target.flow.name.clone(),
            origin: visit.call.origin.url.clone(),
            browser: String::new(),
            authorization,
            state,
            page: 1,
            accepted: false,
            ending: None,
            remember_me: false,
            before,
            restarts: 0,
        }
    }

    /// Store it for the first time.
    ///
    /// # Errors
    /// As the store.
    pub async fn create(&self, visit: Visit<'_>) -> Result<(), StoreError> {
        let body = Record::Running(Box::new(self.clone())).seal(visit.app)?;
        let (store, source) = (visit.app.store(), visit.source());
        store.journey_create(&self.id, visit.tenant_id(), &source, &body, visit.now() + LIFETIME).await
    }

    /// Returns whether the credentials that it stands on still count: its page may have been open while the sessions of
    /// its person were ended, by a new password or by the tenant.
    ///
    /// # Errors
    /// As the store.
    pub(super) async fn stands(&self, visit: Visit<'_>) -> Result<bool, StoreError> {
        let policy = visit.policy();
        let person = self.state.person(policy).zip(self.state.signed_in_at(policy));
        // Before it knows anybody, the session's person: the next step may take them over.
        let of_session = || self.before.as_ref()?.object_id.clone().zip(self.state.session.since);
        let Some((person, since)) = person.or_else(of_session) else { return Ok(true) };
        let user = visit.app.store().user(visit.tenant_id(), &person.to_ascii_lowercase()).await?;
        Ok(user.is_none_or(|user| user.valid_from <= since))
    }

    /// Back to the first page, without the session: whatever form comes is of an older page.
    pub(super) fn begin_again(&mut self, policy: &Policy) {
        self.state = self.state.afresh(policy);
        self.page += 1;
        self.accepted = false;
        self.ending = None;
        self.before = None;
        self.restarts += 1;
    }

    /// Who makes accounts: a form that is sent again finds the account that it made. Not after a beginning anew, when
    /// the account may be another's by now.
    #[must_use]
    pub fn writer(&self) -> String {
        format!("{} {}", self.id, self.restarts)
    }

    /// The part that stays after its end.
    #[must_use]
    pub fn done(&self, app: &App, fields: Fields) -> Record {
        let to = Box::new(self.authorization.to.clone());
        Record::Done { browser: self.browser.clone(), at: app.now(), to, fields }
    }

    /// The value of `tx` on its pages.
    #[must_use]
    pub fn tx(&self) -> String {
        format!("StateProperties={}", base64url(serde_json::json!({ "TID": self.id }).to_string().as_bytes()))
    }
}

/// The id that a `tx` names.
#[must_use]
pub(super) fn id_of(tx: &str) -> Option<String> {
    let text = tx.strip_prefix("StateProperties=").unwrap_or(tx).trim_end_matches('=');
    let json: serde_json::Value = from_stranger(&from_base64url(text)?).ok()?;
    Some(json.get("TID")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_transaction_is_named_with_and_without_what_b2c_puts_around_it() {
        let bare = base64url(br#"{"TID":"8f0a"}"#);
        for tx in [format!("StateProperties={bare}"), bare.clone(), format!("StateProperties={bare}==")] {
            assert_eq!(id_of(&tx).as_deref(), Some("8f0a"), "{tx}");
        }
        for bad in ["", "StateProperties=", "StateProperties=e30", "eyJUSUQiOjF9", "{}"] {
            assert_eq!(id_of(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,60}") {
            let _ = id_of(&text);
            let _ = id_of(&base64url(text.as_bytes()));
        }
    }
}
