//! Mail: every message is sealed, stored in the outbox, and sent in the background.

mod delivery;
mod kept;
mod smtp;

pub use kept::{Content, KeptMail};
pub use smtp::{Encryption, SmtpError, SmtpSettings};

use crate::clock::{Clock, Random};
use crate::seal::Sealer;
use smtp::Smtp;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use vestibule_store::{MailRecord, Store, StoreError};

/// The text of a mail, ready to send. The pages render it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The subject; control characters become spaces.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The body as HTML.
    pub html: String,
}

/// The content of a mail with a verification code (docs/b2c.md, "Mailed codes").
#[derive(Clone, Copy, Debug)]
pub struct CodeMailRequest<'a> {
    /// The code.
    pub code: &'a str,
    /// The display name of the application that requests the code.
    pub application: &'a str,
    /// The tenant's display name.
    pub tenant_name: &'a str,
    /// The lifetime of the code, in minutes.
    pub minutes: u32,
    /// Languages, most preferred first.
    pub languages: &'a [String],
}

/// Writes the mail with a verification code. Closures of this signature implement it.
pub trait CodeMail: Send + Sync {
    /// Returns the mail.
    fn code_mail(&self, request: &CodeMailRequest<'_>) -> Mail;
}

impl<F> CodeMail for F
where
    F: Fn(&CodeMailRequest<'_>) -> Mail + Send + Sync,
{
    fn code_mail(&self, request: &CodeMailRequest<'_>) -> Mail {
        self(request)
    }
}

/// The operator's settings for sending mail.
#[derive(Clone, Debug)]
pub enum MailOptions {
    /// Kept in the outbox and never sent: `dev`.
    Outbox,
    /// Sent by SMTP: `smtp://user@host:587` (STARTTLS) or `smtps://…`.
    Smtp {
        /// The server.
        url: String,
        /// The password, if the server requires one.
        password: Option<String>,
        /// The sender, as `Name <address>`.
        from: String,
    },
}

/// How mail is sent.
#[derive(Clone, Debug)]
pub enum MailTransport {
    /// Not at all: `dev` keeps it for reading.
    Outbox,
    /// By SMTP.
    Smtp(SmtpSettings),
}

impl MailTransport {
    /// The transport that the options describe.
    ///
    /// # Errors
    /// [`SmtpError`] if the server's address is not valid.
    pub fn from_options(options: &MailOptions) -> Result<Self, SmtpError> {
        Ok(match options {
            MailOptions::Outbox => Self::Outbox,
            MailOptions::Smtp { url, password, from } => {
                Self::Smtp(SmtpSettings::parse(url, password.as_deref(), from)?)
            }
        })
    }
}

/// Queues and sends mail. Clones share one state.
#[derive(Clone)]
pub struct Mailer {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    clock: Clock,
    random: Random,
    sealer: Sealer,
    /// `None` for the outbox of `dev`.
    smtp: Option<Smtp>,
    /// Notified when this process has added a mail to the outbox.
    arrived: Notify,
    /// Keeps ids generated within one millisecond in order.
    made: AtomicU32,
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mailer")
    }
}

impl Mailer {
    /// A mailer over the store's outbox; `sealer` seals the mails.
    ///
    /// # Errors
    /// [`SmtpError`] if the sender's address or the TLS set-up is wrong. The server itself is not contacted.
    pub fn new(
        store: Store,
        clock: Clock,
        random: Random,
        sealer: Sealer,
        transport: &MailTransport,
    ) -> Result<Self, SmtpError> {
        let smtp = match transport {
            MailTransport::Outbox => None,
            MailTransport::Smtp(settings) => Some(Smtp::new(settings)?),
        };
        let inner = Inner { store, clock, random, sealer, smtp, arrived: Notify::new(), made: AtomicU32::new(0) };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Adds a mail to the outbox: it is on disk when this returns, and is sent soon after. Returns false, and does
    /// nothing, if a mail with this `dedupe` (its purpose, unique within the tenant) exists.
    ///
    /// `code` is also part of the mail; it is passed separately for the outbox of `dev`.
    ///
    /// # Errors
    /// Fails if the store fails.
    pub async fn enqueue(
        &self,
        tenant: &str,
        to: &str,
        mail: &Mail,
        code: Option<&str>,
        dedupe: &str,
    ) -> Result<bool, StoreError> {
        let now = self.inner.clock.now();
        let sends = self.inner.smtp.is_some();
        let id = self.next_id(now);
        let sealed = Content::new(mail, code).seal(&self.inner.sealer, tenant, &id, to);
        let record = MailRecord {
            sealed: Some(sealed.ok_or_else(|| StoreError::Damaged("the mail cannot be sealed".into()))?),
            id,
            tenant: tenant.to_owned(),
            recipient: to.to_owned(),
            subject: String::new(),
            text: String::new(),
            html: String::new(),
            code: None,
            created_at: now,
            sent_at: (!sends).then_some(now),
            attempts: 0,
            next_attempt_at: sends.then_some(now),
            error: None,
            dedupe: dedupe.to_owned(),
        };
        let added = self.inner.store.mail_enqueue(&record).await?;
        if added {
            self.inner.arrived.notify_waiters();
        }
        Ok(added)
    }

    /// The newest mails of the tenant, newest first; only those to `recipient`, ignoring case, if given. Only the
    /// latest 500 are searched.
    ///
    /// # Errors
    /// Fails if the store fails.
    pub async fn newest(
        &self,
        tenant: &str,
        recipient: Option<&str>,
        limit: usize,
    ) -> Result<Vec<KeptMail>, StoreError> {
        let mut mails = self.inner.store.list_mail(tenant, None, 500).await?;
        if let Some(recipient) = recipient {
            mails.retain(|mail| mail.recipient.eq_ignore_ascii_case(recipient.trim()));
        }
        mails.truncate(limit);
        Ok(mails.into_iter().map(|mail| KeptMail::of(mail, &self.inner.sealer)).collect())
    }

    /// The first mail of these tenants to `recipient` made after the mail of the id `after`, or without one the newest there is; waiting
    /// for it up to `timeout`. None if it does not come. Mails of other processes are not waited for.
    ///
    /// # Errors
    /// Fails if the store fails.
    pub async fn wait_for(
        &self,
        tenants: &[String],
        recipient: &str,
        after: Option<&str>,
        timeout: Duration,
    ) -> Result<Option<KeptMail>, StoreError> {
        let wait = async {
            loop {
                let arrived = self.inner.arrived.notified();
                tokio::pin!(arrived);
                // Listen before looking, so that a mail in between is not missed.
                arrived.as_mut().enable();
                for tenant in tenants {
                    if let Some(mail) = self.next_after(tenant, recipient, after).await? {
                        return Ok(mail);
                    }
                }
                arrived.await;
            }
        };
        match tokio::time::timeout(timeout, wait).await {
            Ok(found) => found.map(Some),
            Err(_) => Ok(None),
        }
    }

    async fn next_after(
        &self,
        tenant: &str,
        recipient: &str,
        after: Option<&str>,
    ) -> Result<Option<KeptMail>, StoreError> {
        let mails = self.newest(tenant, Some(recipient), usize::MAX).await?;
        let Some(after) = after else { return Ok(mails.into_iter().next()) };
        Ok(mails.into_iter().take_while(|mail| mail.id != after).last())
    }

    /// A version 7 UUID whose random part begins with a counter, so that ids sort in order of creation.
    fn next_id(&self, now: i64) -> String {
        let mut random: [u8; 10] = self.inner.random.bytes();
        let made = self.inner.made.fetch_add(1, Ordering::Relaxed);
        // Version and variant are in the first three bytes; the counter follows.
        random[..3].fill(0);
        random[3..7].copy_from_slice(&made.to_be_bytes());
        uuid::Builder::from_unix_timestamp_millis(u64::try_from(now).unwrap_or(0), &random).into_uuid().to_string()
    }
}
