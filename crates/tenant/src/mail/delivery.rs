//! Delivers the outbox: every mail is claimed, tried, and retried until it is sent or given up.

use super::smtp::{Failure, Smtp};
use super::{Inner, KeptMail, Mailer};
use crate::trouble::{News, Trouble};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use vestibule_store::{LONGEST_WAIT, StoreError};

/// The maximum number of mails sent at the same time.
const AT_ONCE: i64 = 8;
/// How long a claimed mail belongs to this process: longer than one attempt can take. After a crash, it is due again
/// when this time is over.
const LEASE: i64 = 2 * 60 * 1000;
/// The interval at which the outbox is checked without a notification: for retries, and for mails queued by other
/// nodes.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The wait before the second attempt, in milliseconds; each later wait is four times the previous one.
const FIRST_WAIT: i64 = 5 * 1000;
/// A mail with a code is given up once no code can still be valid (docs/b2c.md, "Mailed codes": 1200 s), in
/// milliseconds.
const CODE_AGE: i64 = 20 * 60 * 1000;
/// Any other mail is given up after a day, in milliseconds.
const MAIL_AGE: i64 = 24 * 60 * 60 * 1000;

impl Mailer {
    /// Sends mail from the outbox until `shutdown`; attempts in progress are finished. In `dev`, there is nothing to
    /// send.
    pub async fn run(self, shutdown: CancellationToken) {
        if self.inner.smtp.is_none() {
            return shutdown.cancelled().await;
        }
        let trouble = Trouble::default();
        while !shutdown.is_cancelled() {
            let arrived = self.inner.arrived.notified();
            tokio::pin!(arrived);
            arrived.as_mut().enable();
            let delivered = self.deliver_due().await;
            report(trouble.note(delivered.as_ref().err().map(ToString::to_string)));
            if delivered.is_ok_and(|count| count > 0) {
                continue;
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = arrived => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Tries a few of the mails that are due, and returns how many.
    ///
    /// # Errors
    /// Fails if the store fails: claimed mails are then due again after two minutes.
    pub async fn deliver_due(&self) -> Result<usize, StoreError> {
        if self.inner.smtp.is_none() {
            return Ok(0);
        }
        let due = self.inner.store.mail_due(self.inner.clock.now(), LEASE, AT_ONCE).await?;
        let count = due.len();
        let mut tasks = JoinSet::new();
        for mail in due {
            let inner = std::sync::Arc::clone(&self.inner);
            let mail = KeptMail::of(mail, &inner.sealer);
            tasks.spawn(async move { inner.deliver(&mail).await });
        }
        while let Some(done) = tasks.join_next().await {
            match done {
                Ok(result) => result?,
                Err(error) => tracing::error!(%error, "sending a mail broke off"),
            }
        }
        Ok(count)
    }
}

impl Inner {
    async fn deliver(&self, mail: &KeptMail) -> Result<(), StoreError> {
        let Some(smtp) = &self.smtp else { return Ok(()) };
        if mail.content.is_none() {
            tracing::error!(mail = mail.id, tenant = mail.tenant, "mail given up: another master key sealed it");
            return self.store.mail_failed(&mail.id, "given up: another master key sealed it", None).await;
        }
        if self.clock.now() > mail.created_at.saturating_add(oldest(mail)) {
            tracing::error!(mail = mail.id, tenant = mail.tenant, "mail given up: it is too old");
            return self.store.mail_failed(&mail.id, "given up: too old", None).await;
        }
        self.attempt(smtp, mail).await
    }

    /// Sends the mail and records the result. The store is written first, so that everything in the log survives a
    /// crash.
    async fn attempt(&self, smtp: &Smtp, mail: &KeptMail) -> Result<(), StoreError> {
        match smtp.send(mail).await {
            Ok(()) => {
                self.store.mail_sent(&mail.id, self.clock.now()).await?;
                tracing::info!(mail = mail.id, tenant = mail.tenant, attempts = mail.attempts, "mail sent");
            }
            Err(Failure::Permanent(error)) => {
                self.store.mail_failed(&mail.id, &error, None).await?;
                tracing::error!(mail = mail.id, tenant = mail.tenant, error, "mail refused; given up");
            }
            Err(Failure::Transient(error)) => {
                let next = self.clock.now().saturating_add(wait_after(mail.attempts));
                self.store.mail_failed(&mail.id, &error, Some(next)).await?;
                tracing::warn!(mail = mail.id, tenant = mail.tenant, error, "mail not sent; trying again later");
            }
        }
        Ok(())
    }
}

/// Logs once that the outbox cannot be read, and once that it can be read again. The outbox is tried every second in
/// any case.
fn report(news: News) {
    match news {
        News::Cause(error) => tracing::error!(error, "the outbox cannot be read; trying again each second"),
        News::Over => tracing::info!("the outbox can be read again"),
        News::None => {}
    }
}

fn oldest(mail: &KeptMail) -> i64 {
    if mail.code().is_some() { CODE_AGE } else { MAIL_AGE }
}

/// The pause after this many attempts: 5 s, 20 s, 80 s, 320 s, then 15 min.
fn wait_after(attempts: i64) -> i64 {
    let doublings = u32::try_from(attempts.saturating_sub(1).clamp(0, 8)).unwrap_or(8);
    FIRST_WAIT.saturating_mul(4_i64.saturating_pow(doublings)).min(LONGEST_WAIT)
}
