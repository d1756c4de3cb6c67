//! Mail with a verification code: its recipients, and the limits on their number.

use super::JourneyWorld;
use crate::accounts::identity::{self, LocalName};
use crate::accounts::{Budget, Refusal, source_key};
use crate::mail::CodeMailRequest;
use vestibule_store::StoreError;

/// A repeat of the same code within this time, milliseconds, is a repeat of the call, not of the person's wish.
const REPEAT: i64 = 30 * 1000;

/// The result of sending a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CodeMailed {
    /// In the outbox, or an address that nothing can be sent to.
    Taken,
    /// Too many.
    Throttled,
}

impl JourneyWorld {
    /// Mail a code. It goes to the address in its one normal form; if that is a user's, to the stored one.
    pub(super) async fn send_code(
        &self,
        address: &str,
        code: &str,
        application: &str,
        languages: &[String],
    ) -> Result<CodeMailed, StoreError> {
        let tenant = &self.context.tenant;
        let Some(name) = identity::email(address) else {
            // As with a mailbox that does not exist: nothing comes.
            tracing::warn!(
                tenant = tenant.id,
                correlation_id = self.correlation_id(),
                "no mail: not an e-mail address"
            );
            return Ok(CodeMailed::Taken);
        };
        if !self.may_mail(&name).await? {
            let visitor = &self.context.visitor;
            let (event, outcome) = ("user.mailCode", "tooManyCodes");
            let inner = &self.world.accounts().inner;
            inner.note(Refusal { tenant, visitor, object_id: None, event, outcome }).await?;
            return Ok(CodeMailed::Throttled);
        }
        let inner = &self.world.accounts().inner;
        let user = self.world.accounts().user_by_name(&tenant.id, &name).await?;
        let to = user.as_ref().and_then(|user| user.email()).unwrap_or(&name.typed);
        let mail = self.world.code_mail().code_mail(&CodeMailRequest {
            code,
            application,
            tenant_name: &tenant.display_name,
            minutes: inner.settings.code_minutes,
            languages,
        });
        let slot = inner.clock.now().div_euclid(REPEAT);
        let about = format!("{}\0{}\0{code}\0{slot}", self.context.transaction, name.key);
        // Keyed: who reads the database could try every code of six digits.
        let dedupe = format!("code {}", self.world.sealer().mac("mailed code", &about));
        self.world.mailer().enqueue(&tenant.id, to, &mail, Some(code), &dedupe).await?;
        Ok(CodeMailed::Taken)
    }
}

impl JourneyWorld {
    /// Returns whether another code may go to the address. Strangers share what it gets, and each has only a part of
    /// that; a browser that signed in to the account has codes for itself, which no stranger can use up.
    async fn may_mail(&self, address: &LocalName) -> Result<bool, StoreError> {
        let settings = &self.world.accounts().inner.settings;
        let (short, long) = (settings.mail_budget, settings.mail_budget_long);
        let key = &address.key;
        if let Some(device) = self.known_browser(address).await? {
            let short = (format!("code mail to {key} by {device}"), short);
            return self.spend_all(&[short, (format!("code mail today to {key} by {device}"), long)]).await;
        }
        let mut budgets = Vec::new();
        if let Some(ip) = self.context.visitor.source_ip {
            let source = source_key(ip);
            let (one, one_long) = (settings.mail_requester_budget, settings.mail_requester_budget_long);
            budgets.push((format!("code mail from {source}"), settings.mail_source_budget));
            budgets.push((format!("code mail from {source} to {key}"), one));
            budgets.push((format!("code mail today from {source} to {key}"), one_long));
        }
        budgets.push((format!("code mail to {key}"), short));
        budgets.push((format!("code mail today to {key}"), long));
        self.spend_all(&budgets).await
    }

    /// Take one of each budget, until one is spent.
    async fn spend_all(&self, budgets: &[(String, Budget)]) -> Result<bool, StoreError> {
        for (key, budget) in budgets {
            if !self.world.accounts().inner.spend(&self.context.tenant.id, key, *budget).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The browser, if it signed in to an account with this mailbox. What is asked of the store depends on the browser
    /// alone.
    async fn known_browser(&self, address: &LocalName) -> Result<Option<&str>, StoreError> {
        let Some(device) = self.context.visitor.device.as_deref() else { return Ok(None) };
        let (accounts, tenant) = (self.world.accounts(), &self.context.tenant.id);
        let mut known = false;
        for object_id in accounts.inner.accounts_of_device(tenant, device).await? {
            let user = accounts.user(tenant, &object_id).await?;
            known |= user.is_some_and(|user| user.has_mailbox(address));
        }
        Ok(known.then_some(device))
    }
}
