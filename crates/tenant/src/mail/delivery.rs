//! Emptying the outbox: every mail is claimed, tried, and tried again later, until it went out or was given up.

use super::smtp::{Failure, Smtp};
use super::{Inner, KeptMail, Mailer};
use crate::trouble::{News, Trouble};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use vestibule_store::{LONGEST_WAIT, StoreError};

/// The most mails that are sent at once.
const AT_ONCE: i64 = 8;
/// For how long a claimed mail is this process's: longer than one attempt may take. After a crash it is due again then.
const LEASE: i64 = 2 * 60 * 1000;
/// The interval at which the outbox is read without a signal: for retries, and for mails of other nodes.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// First wait before the next attempt, milliseconds; each is four times the last.
const FIRST_WAIT: i64 = 5 * 1000;
/// A mail with a code is given up when no code can be good any more (docs/b2c.md, "Mailed codes": 1200 s),
/// milliseconds.
const CODE_AGE: i64 = 20 * 60 * 1000;
/// Any other mail is given up after a day, milliseconds.
const MAIL_AGE: i64 = 24 * 60 * 60 * 1000;

impl Mailer {
    /// Send what is in the outbox until `shutdown`; mails under way are finished. In `dev` there is nothing to send.
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

    /// Try the mails that are due, a handful at most; how many were tried.
    ///
    /// # Errors
    /// As the store: mails that were claimed are due again after two minutes.
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

    /// Sends it and records the result, first in the store, so that everything in the log survives a crash.
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

/// Says once that the outbox cannot be read, and once that it can again; it is tried each second all the same.
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
