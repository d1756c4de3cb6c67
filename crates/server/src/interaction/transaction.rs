//! The state of a journey between two requests: encrypted, kept for an hour, bound to one browser.

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
/// How long the same response is repeated, in milliseconds: enough for double clicks.
pub(super) const GRACE: i64 = 10_000;
const PURPOSE: &str = "journey";

/// A running journey.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Transaction {
    /// The transaction id.
    pub id: String,
    /// The flow, by its canonical name: a page of one policy cannot continue at another.
    pub policy: String,
    /// The public origin at which it began.
    pub origin: String,
    /// The browser that it belongs to ([`crate::web::browser::Browser::hash`]).
    pub browser: String,
    /// The application's request.
    #[serde(rename = "asked")]
    pub authorization: AuthorizationRequest,
    /// The engine's state.
    pub state: State,
    /// Counts the pages; a form is accepted only from the current one.
    pub page: u32,
    /// True if the current page's form was accepted; the next `confirmed` continues.
    pub accepted: bool,
    /// The end of the journey, if it was reached by a request that answers with JSON.
    pub ending: Option<Ending>,
    /// True if "Keep me signed in" was ticked.
    pub remember_me: bool,
    /// The session at the beginning.
    pub before: Option<Before>,
    /// The number of restarts.
    #[serde(default)]
    pub restarts: u32,
}

/// The session with which a journey began.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// The user of the session.
    pub object_id: Option<String>,
}

/// The two ways in which a journey ends.
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
        /// The description.
        message: String,
    },
}

impl Ending {
    /// Converts an outcome, if it ends the journey.
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

/// The stored row of a transaction.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Record {
    /// The journey is running.
    Running(Box<Transaction>),
    /// The journey is over.
    Done {
        /// The browser that it belonged to.
        browser: String,
        /// When it ended, in milliseconds.
        at: i64,
        /// Where the response was sent.
        to: Box<ReturnTo>,
        /// The response.
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

    /// Where the response goes.
    #[must_use]
    pub fn to(&self) -> &ReturnTo {
        match self {
            Self::Running(transaction) => &transaction.authorization.to,
            Self::Done { to, .. } => to,
        }
    }

    /// Encrypts the record for the store.
    ///
    /// # Errors
    /// If the system has no randomness.
    pub fn seal(&self, app: &App) -> Result<String, StoreError> {
        let damaged = |why: String| StoreError::Damaged(why.into());
        let text = serde_json::to_vec(self).map_err(|e| damaged(e.to_string()))?;
        app.sealer().seal(PURPOSE, &text).ok_or_else(|| damaged("sealing failed".to_owned()))
    }

    /// Decrypts the store's text.
    ///
    /// # Errors
    /// [`RecordError`]
    pub fn open(app: &App, sealed: &str) -> Result<Self, RecordError> {
        let text = app.sealer().open(PURPOSE, sealed).map_err(|_| RecordError::Damaged)?;
        serde_json::from_slice(&text).map_err(|_| RecordError::of(&text))
    }
}

/// The reason why a stored transaction cannot continue.
#[derive(Debug)]
pub enum RecordError {
    /// Another version of the program wrote it; its request can be repeated.
    OtherFormat(Box<OtherFormat>),
    /// It was written under another master key, or is damaged.
    Damaged,
}

impl RecordError {
    /// Reads what is still known of a transaction whose state has another format.
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
    /// A transaction before it begins; it does not belong to a browser yet.
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

    /// Stores the transaction for the first time.
    ///
    /// # Errors
    /// The store's errors.
    pub async fn create(&self, visit: Visit<'_>) -> Result<(), StoreError> {
        let body = Record::Running(Box::new(self.clone())).seal(visit.app)?;
        let (store, source) = (visit.app.store(), visit.source());
        store.journey_create(&self.id, visit.tenant_id(), &source, &body, visit.now() + LIFETIME).await
    }

    /// Returns true if the credentials that the journey relies on are still valid. The user's sessions may have been
    /// revoked while a page was open, by a new password or by the tenant.
    ///
    /// # Errors
    /// The store's errors.
    pub(super) async fn stands(&self, visit: Visit<'_>) -> Result<bool, StoreError> {
        let policy = visit.policy();
        let person = self.state.person(policy).zip(self.state.signed_in_at(policy));
        // Before the journey knows its user, check the session's user, whom the next step may take over.
        let of_session = || self.before.as_ref()?.object_id.clone().zip(self.state.session.since);
        let Some((person, since)) = person.or_else(of_session) else { return Ok(true) };
        let user = visit.app.store().user(visit.tenant_id(), &person.to_ascii_lowercase()).await?;
        Ok(user.is_none_or(|user| user.valid_from <= since))
    }

    /// Restarts at the first page, without the session. Any form sent until then comes from an older page.
    pub(super) fn begin_again(&mut self, policy: &Policy) {
        self.state = self.state.afresh(policy);
        self.page += 1;
        self.accepted = false;
        self.ending = None;
        self.before = None;
        self.restarts += 1;
    }

    /// Identifies the writer of new accounts: a form that is sent again finds the account that it created. A restart
    /// changes the writer, because the account may belong to another user by then.
    #[must_use]
    pub fn writer(&self) -> String {
        format!("{} {}", self.id, self.restarts)
    }

    /// The record that remains after the end.
    #[must_use]
    pub fn done(&self, app: &App, fields: Fields) -> Record {
        let to = Box::new(self.authorization.to.clone());
        Record::Done { browser: self.browser.clone(), at: app.now(), to, fields }
    }

    /// The value of `tx` on the journey's pages.
    #[must_use]
    pub fn tx(&self) -> String {
        format!("StateProperties={}", base64url(serde_json::json!({ "TID": self.id }).to_string().as_bytes()))
    }
}

/// The transaction id in a `tx` value.
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
