//! Mail with a verification code: to whom it goes, and how many of them.

use super::JourneyWorld;
use crate::accounts::{identity, source_key};
use crate::mail::CodeMailRequest;
use vestibule_protocol::digest::sha256_base64url;
use vestibule_store::StoreError;

/// A repeat of the same code within this time, milliseconds, is a repeat of the call, not of the person's wish.
const REPEAT: i64 = 30 * 1000;

/// What became of a mail.
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
        if !self.may_mail(&name.key).await? {
            tracing::warn!(tenant = tenant.id, correlation_id = self.correlation_id(), "no mail: too many codes");
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
        let dedupe = format!("code {}", sha256_base64url(about.as_bytes()));
        self.world.mailer().enqueue(&tenant.id, to, &mail, Some(code), &dedupe).await?;
        Ok(CodeMailed::Taken)
    }
}

impl JourneyWorld {
    /// Whether another code may go to the address.
    async fn may_mail(&self, address: &str) -> Result<bool, StoreError> {
        let (inner, tenant) = (&self.world.accounts().inner, &self.context.tenant.id);
        let settings = &inner.settings;
        if let Some(ip) = self.context.visitor.source_ip {
            let key = format!("code mail from {}", source_key(ip));
            if !inner.spend(tenant, &key, settings.mail_source_budget).await? {
                return Ok(false);
            }
        }
        Ok(inner.spend(tenant, &format!("code mail to {address}"), settings.mail_budget).await?
            && inner.spend(tenant, &format!("code mail today to {address}"), settings.mail_budget_long).await?)
    }
}
