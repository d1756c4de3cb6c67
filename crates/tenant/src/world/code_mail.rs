//! Mail with a verification code: its recipients, and the limits on their number.

use super::JourneyWorld;
use crate::accounts::identity::{self, LocalName};
use crate::accounts::{Budget, Refusal, source_key};
use crate::mail::CodeMailRequest;
use vestibule_store::StoreError;

/// A request for the same code within this time, in milliseconds, repeats the call; it is not a new request by the
/// user.
const REPEAT: i64 = 30 * 1000;

/// The result of sending a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CodeMailed {
    /// Queued, or silently ignored because nothing can be sent to the address.
    Taken,
    /// Rejected, because there were too many.
    Throttled,
}

impl JourneyWorld {
    /// Mails a code. It goes to the canonical form of the address or, if the address belongs to a user, to the stored
    /// form.
    pub(super) async fn send_code(
        &self,
        address: &str,
        code: &str,
        application: &str,
        languages: &[String],
    ) -> Result<CodeMailed, StoreError> {
        let tenant = &self.context.tenant;
        let Some(name) = identity::email(address) else {
            // Behaves as for a mailbox that does not exist: nothing is delivered.
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
        // Keyed, because someone who reads the database could otherwise try all codes of six digits.
        let dedupe = format!("code {}", self.world.sealer().mac("mailed code", &about));
        self.world.mailer().enqueue(&tenant.id, to, &mail, Some(code), &dedupe).await?;
        Ok(CodeMailed::Taken)
    }
}

impl JourneyWorld {
    /// Returns true if another code may be sent to the address. Strangers share the budget of the address, and each may
    /// use only a part of it; a browser that signed in to the account has a budget of its own, which no stranger can
    /// use up.
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

    /// Takes one unit of each budget, until one is used up.
    async fn spend_all(&self, budgets: &[(String, Budget)]) -> Result<bool, StoreError> {
        for (key, budget) in budgets {
            if !self.world.accounts().inner.spend(&self.context.tenant.id, key, *budget).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The browser, if it signed in to an account with this mailbox. The queries depend on the browser alone, so that
    /// their timing does not reveal whether the address has an account.
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
