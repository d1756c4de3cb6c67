//! Mail as the outbox keeps it: sealed with the master key, so that who reads the database cannot use a code in it.

use super::Mail;
use crate::seal::Sealer;
use serde::{Deserialize, Serialize};
use vestibule_store::MailRecord;

/// A mail in the outbox, opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptMail {
    /// Its id.
    pub id: String,
    /// The tenant's id.
    pub tenant: String,
    /// The address.
    pub recipient: String,
    /// The content; `None` once the mail was sent or given up.
    pub content: Option<Content>,
    /// When it was put here, milliseconds since the epoch.
    pub created_at: i64,
    /// When it was sent, milliseconds since the epoch.
    pub sent_at: Option<i64>,
    /// The number of attempts to send.
    pub attempts: i64,
    /// The time of the next attempt, milliseconds since the epoch; `None` once the mail was sent or given up.
    pub next_attempt_at: Option<i64>,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// The purpose of the mail: a tenant has one mail for each.
    pub dedupe: String,
}

/// The content of a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The subject, one line.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The body as HTML.
    pub html: String,
    /// The code in it, which the outbox of `dev` shows by itself.
    pub code: Option<String>,
}

impl Content {
    pub(super) fn new(mail: &Mail, code: Option<&str>) -> Self {
        Self {
            subject: one_line(&mail.subject),
            text: mail.text.clone(),
            html: mail.html.clone(),
            code: code.map(str::to_owned),
        }
    }

    /// Seals it for one row; none only if the system's randomness fails.
    pub(super) fn seal(&self, sealer: &Sealer, tenant: &str, id: &str, recipient: &str) -> Option<String> {
        sealer.seal(&purpose(tenant, id, recipient), &serde_json::to_vec(self).ok()?)
    }

    fn open(sealer: &Sealer, record: &MailRecord) -> Option<Self> {
        let MailRecord { tenant, id, recipient, subject, text, html, code, .. } = record;
        let Some(sealed) = &record.sealed else {
            // An earlier version put it here; emptied if it has no text.
            let (subject, html, code) = (subject.clone(), html.clone(), code.clone());
            return (!text.is_empty()).then(|| Self { subject, text: text.clone(), html, code });
        };
        serde_json::from_slice(&sealer.open(&purpose(tenant, id, recipient), sealed).ok()?).ok()
    }
}

impl KeptMail {
    /// Opens a row. What another master key sealed has no content.
    pub(super) fn of(record: MailRecord, sealer: &Sealer) -> Self {
        let content = Content::open(sealer, &record);
        let MailRecord { id, tenant, recipient, created_at, sent_at, attempts, next_attempt_at, error, dedupe, .. } =
            record;
        Self { id, tenant, recipient, content, created_at, sent_at, attempts, next_attempt_at, error, dedupe }
    }

    /// The code in it.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.content.as_ref()?.code.as_deref()
    }
}

/// Sealed for its row and address: what was sealed for one mailbox does not open for another.
fn purpose(tenant: &str, id: &str, recipient: &str) -> String {
    format!("mail:{tenant}:{id}:{recipient}")
}

/// Text that cannot break out of a header line.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}
