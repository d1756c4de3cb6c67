//! Mail as stored in the outbox: sealed with the master key, so that someone who reads the database cannot use the
//! codes.

use super::Mail;
use crate::seal::Sealer;
use serde::{Deserialize, Serialize};
use vestibule_store::MailRecord;

/// A mail in the outbox, decrypted.
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
    /// When it was queued, in milliseconds since the epoch.
    pub created_at: i64,
    /// When it was sent, milliseconds since the epoch.
    pub sent_at: Option<i64>,
    /// The number of attempts to send.
    pub attempts: i64,
    /// The time of the next attempt, milliseconds since the epoch; `None` once the mail was sent or given up.
    pub next_attempt_at: Option<i64>,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// The purpose of the mail; within a tenant, no two mails have the same one.
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
    /// The code in it, which the outbox of `dev` shows separately.
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

    /// Seals the contents for one row; `None` only if the system's random generator fails.
    pub(super) fn seal(&self, sealer: &Sealer, tenant: &str, id: &str, recipient: &str) -> Option<String> {
        sealer.seal(&purpose(tenant, id, recipient), &serde_json::to_vec(self).ok()?)
    }

    fn open(sealer: &Sealer, record: &MailRecord) -> Option<Self> {
        let MailRecord { tenant, id, recipient, subject, text, html, code, .. } = record;
        let Some(sealed) = &record.sealed else {
            // An earlier version queued this mail; it has been cleared if it has no text.
            let (subject, html, code) = (subject.clone(), html.clone(), code.clone());
            return (!text.is_empty()).then(|| Self { subject, text: text.clone(), html, code });
        };
        serde_json::from_slice(&sealer.open(&purpose(tenant, id, recipient), sealed).ok()?).ok()
    }
}

impl KeptMail {
    /// Opens a row. Without the right master key, its contents are `None`.
    pub(super) fn of(record: MailRecord, sealer: &Sealer) -> Self {
        let content = Content::open(sealer, &record);
        let MailRecord { id, tenant, recipient, created_at, sent_at, attempts, next_attempt_at, error, dedupe, .. } =
            record;
        Self { id, tenant, recipient, content, created_at, sent_at, attempts, next_attempt_at, error, dedupe }
    }

    /// The code in the mail.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.content.as_ref()?.code.as_deref()
    }
}

/// The purpose under which a mail is sealed, bound to its row and address: contents sealed for one mailbox cannot be
/// opened for another.
fn purpose(tenant: &str, id: &str, recipient: &str) -> String {
    format!("mail:{tenant}:{id}:{recipient}")
}

/// Replaces control characters, so that the text cannot break out of a header line.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}
