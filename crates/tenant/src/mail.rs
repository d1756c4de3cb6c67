//! The mail: everything goes through the outbox in the store, sealed, and leaves it in the background.

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

/// A mail's text, ready to go: rendering is the pages' business.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The subject; control characters in it become spaces.
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
    /// The application that asks, by its name for people.
    pub application: &'a str,
    /// The tenant, by its name for people.
    pub tenant_name: &'a str,
    /// The lifetime of the code, in minutes.
    pub minutes: u32,
    /// Languages, best first.
    pub languages: &'a [String],
}

/// Writes the mail that carries a verification code. Any closure of that shape does.
pub trait CodeMail: Send + Sync {
    /// The mail.
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
    /// Kept in the outbox, never sent: `dev`.
    Outbox,
    /// Sent by SMTP: `smtp://user@host:587` (STARTTLS) or `smtps://…`; the sender's address.
    Smtp {
        /// The server.
        url: String,
        /// Password, where the server wants one.
        password: Option<String>,
        /// `Name <address>`.
        from: String,
    },
}

/// The way in which mail is sent.
#[derive(Clone, Debug)]
pub enum MailTransport {
    /// It does not: `dev` keeps it for reading.
    Outbox,
    /// By SMTP.
    Smtp(SmtpSettings),
}

impl MailTransport {
    /// The transport that the options name.
    ///
    /// # Errors
    /// [`SmtpError`]: the address of the server cannot be used.
    pub fn from_options(options: &MailOptions) -> Result<Self, SmtpError> {
        Ok(match options {
            MailOptions::Outbox => Self::Outbox,
            MailOptions::Smtp { url, password, from } => {
                Self::Smtp(SmtpSettings::parse(url, password.as_deref(), from)?)
            }
        })
    }
}

/// Takes mail, and sends it. Clones share one.
#[derive(Clone)]
pub struct Mailer {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    clock: Clock,
    random: Random,
    sealer: Sealer,
    /// None: the outbox of `dev`.
    smtp: Option<Smtp>,
    /// A mail was put into the outbox by this process.
    arrived: Notify,
    /// Keeps ids made within one millisecond in order.
    made: AtomicU32,
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mailer")
    }
}

impl Mailer {
    /// A mailer over the store's outbox, which `sealer` seals.
    ///
    /// # Errors
    /// [`SmtpError`]: the sender's address or the TLS set-up is wrong. The server itself is not asked.
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

    /// Put a mail into the outbox: it is on disk when this returns, and leaves soon after. False if one with this
    /// `dedupe` (what it is about, unique in the tenant) is there already: then nothing is done.
    ///
    /// `code`, which is in the mail too, is for the outbox of `dev`.
    ///
    /// # Errors
    /// As the store.
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

    /// The newest mails of the tenant, newest first; to `recipient`, in any letter case, if given. Looks at the last
    /// 500 only.
    ///
    /// # Errors
    /// As the store.
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
    /// As the store.
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

    /// A version 7 UUID whose random part begins with a counter: ids sort in the order in which they were made.
    fn next_id(&self, now: i64) -> String {
        let mut random: [u8; 10] = self.inner.random.bytes();
        let made = self.inner.made.fetch_add(1, Ordering::Relaxed);
        // Version and variant lie within the first three bytes; the counter comes after them.
        random[..3].fill(0);
        random[3..7].copy_from_slice(&made.to_be_bytes());
        uuid::Builder::from_unix_timestamp_millis(u64::try_from(now).unwrap_or(0), &random).into_uuid().to_string()
    }
}
