//! The outbox: mail is stored before the response that promises it, and delivery is retried until the mail is sent or
//! given up. After that, only its address and times are kept.

use super::Store;
use super::error::Result;
use super::sql::{record, sql};
use vestibule_protocol::MOST_SKEW;

/// The longest wait between two attempts to send a mail, in milliseconds.
pub const LONGEST_WAIT: i64 = 15 * 60 * 1000;

/// A mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailRecord {
    /// Its own id.
    pub id: String,
    /// The tenant's GUID.
    pub tenant: String,
    /// The address.
    pub recipient: String,
    /// Subject, bodies and code, sealed; `None` once the mail was sent or given up, and for mail that an earlier
    /// version queued.
    pub sealed: Option<String>,
    /// The subject of mail that an earlier version queued, otherwise empty.
    pub subject: String,
    /// Its body as plain text.
    pub text: String,
    /// Its body as HTML.
    pub html: String,
    /// The code in it.
    pub code: Option<String>,
    /// When it was queued, in milliseconds.
    pub created_at: i64,
    /// When it was sent, in milliseconds.
    pub sent_at: Option<i64>,
    /// The number of attempts to send.
    pub attempts: i64,
    /// When to try next, in milliseconds; `None` once it was sent or given up.
    pub next_attempt_at: Option<i64>,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// The purpose of the mail; within a tenant, no two mails have the same one.
    pub dedupe: String,
}
record!(MailRecord {
    id,
    tenant,
    recipient,
    sealed,
    subject,
    text,
    html,
    code,
    created_at,
    sent_at,
    attempts,
    next_attempt_at,
    error,
    dedupe,
});

/// Claims due mail: sealed mail first, then mail that an earlier version queued. The condition is repeated, because two
/// PostgreSQL nodes may select the same rows, and the second then evaluates it again.
const DUE: [&str; 2] = [
    "UPDATE outbox SET attempts = attempts + 1, due_at = $2
     WHERE (due_at <= $1 OR due_at > $4) AND id IN
       (SELECT id FROM outbox WHERE due_at > 0 AND (due_at <= $1 OR due_at > $4) ORDER BY due_at, id LIMIT $3)
     RETURNING id, tenant, recipient, sealed, subject, text, html, code, created_at, sent_at, attempts,
       due_at AS next_attempt_at, error, dedupe",
    "UPDATE outbox SET attempts = attempts + 1, next_attempt_at = $2
     WHERE (next_attempt_at <= $1 OR next_attempt_at > $4) AND id IN
       (SELECT id FROM outbox WHERE next_attempt_at > 0 AND (next_attempt_at <= $1 OR next_attempt_at > $4)
        ORDER BY next_attempt_at, id LIMIT $3)
     RETURNING id, tenant, recipient, sealed, subject, text, html, code, created_at, sent_at, attempts,
       next_attempt_at, error, dedupe",
];

impl Store {
    /// Adds the mail to the outbox. Returns false if one with the same `dedupe` exists.
    pub async fn mail_enqueue(&self, mail: &MailRecord) -> Result<bool> {
        let mut tx = self.write().await?;
        // A node of the previous version looks for mail by `next_attempt_at`.
        let (due_at, next_attempt_at) =
            if mail.sealed.is_some() { (mail.next_attempt_at, None) } else { (None, mail.next_attempt_at) };
        let added = sql("INSERT INTO outbox (id, tenant, recipient, subject, text, html, code, created_at, sent_at,
               attempts, next_attempt_at, error, dedupe, sealed, due_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
             ON CONFLICT (tenant, dedupe) DO NOTHING")
        .bind(&mail.id)
        .bind(&mail.tenant)
        .bind(&mail.recipient)
        .bind(&mail.subject)
        .bind(&mail.text)
        .bind(&mail.html)
        .bind(&mail.code)
        .bind(mail.created_at)
        .bind(mail.sent_at)
        .bind(mail.attempts)
        .bind(next_attempt_at)
        .bind(&mail.error)
        .bind(&mail.dedupe)
        .bind(&mail.sealed)
        .bind(due_at)
        .run(&mut tx)
        .await?;
        tx.commit().await?;
        Ok(added > 0)
    }

    /// Claims up to `limit` due mails, of all tenants, until `now + lease_ms`. If neither [`Store::mail_sent`] nor
    /// [`Store::mail_failed`] is called by then, they are due again. A mail that would wait longer than
    /// [`LONGEST_WAIT`] is due as well, because the clock must have been set back.
    pub async fn mail_due(&self, now: i64, lease_ms: i64, limit: i64) -> Result<Vec<MailRecord>> {
        let mut tx = self.write().await?;
        let mut mails = Vec::new();
        for statement in DUE {
            let left = limit - i64::try_from(mails.len()).unwrap_or(limit);
            let taken: Vec<MailRecord> = sql(statement)
                .bind(now)
                .bind(now.saturating_add(lease_ms.max(1)))
                .bind(left)
                .bind(now.saturating_add(LONGEST_WAIT + MOST_SKEW))
                .all(&mut tx)
                .await?;
            mails.extend(taken);
        }
        tx.commit().await?;
        mails.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        Ok(mails)
    }

    /// Marks the mail as sent and clears its contents.
    pub async fn mail_sent(&self, id: &str, now: i64) -> Result<()> {
        let mut tx = self.write().await?;
        sql("UPDATE outbox SET sent_at = $2, next_attempt_at = NULL, due_at = NULL, error = NULL, sealed = NULL,
               subject = '', text = '', html = '', code = NULL WHERE id = $1")
        .bind(id)
        .bind(now)
        .run(&mut tx)
        .await?;
        tx.commit().await
    }

    /// Records a failed attempt: retry at `next_attempt_at` (milliseconds), or give up and clear the contents if
    /// `None`.
    pub async fn mail_failed(&self, id: &str, error: &str, next_attempt_at: Option<i64>) -> Result<()> {
        let mut tx = self.write().await?;
        let statement = match next_attempt_at {
            Some(_) => {
                "UPDATE outbox SET error = $2, due_at = CASE WHEN sealed IS NULL THEN NULL ELSE $3 END,
                   next_attempt_at = CASE WHEN sealed IS NULL THEN $3 ELSE NULL END
                 WHERE id = $1 AND sent_at IS NULL"
            }
            None => {
                "UPDATE outbox SET error = $2, due_at = $3, next_attempt_at = $3, sealed = NULL, subject = '',
                   text = '', html = '', code = NULL WHERE id = $1 AND sent_at IS NULL"
            }
        };
        sql(statement).bind(id).bind(error).bind(next_attempt_at).run(&mut tx).await?;
        tx.commit().await
    }

    /// The newest mails of the tenant, newest first; only those to `recipient` if given.
    pub async fn list_mail(&self, tenant: &str, recipient: Option<&str>, limit: i64) -> Result<Vec<MailRecord>> {
        let mut conn = self.read().await?;
        sql("SELECT id, tenant, recipient, sealed, subject, text, html, code, created_at, sent_at, attempts,
               COALESCE(due_at, next_attempt_at) AS next_attempt_at, error, dedupe
             FROM outbox WHERE tenant = $1 AND ($2 IS NULL OR recipient = $2)
             ORDER BY created_at DESC, id DESC LIMIT $3")
        .slow()
        .bind(tenant)
        .bind(recipient)
        .bind(limit)
        .all(&mut conn)
        .await
    }
}
