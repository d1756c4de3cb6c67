//! Rejected attempts, which may be guesses, in the log and the audit log: guessing leaves a trace but fills neither.
//! The same failure of the same account from the same source is one row and one line a minute; the row has a count.

use super::sign_in::Attempt;
use super::{Accounts, Checked, Inner, TenantInfo, User, Visitor, source_key};
use serde_json::json;
use vestibule_protocol::digest::sha256;
use vestibule_protocol::error::timestamp;
use vestibule_store::{AuditRecord, LockoutRecord, StoreError};

const MINUTE: i64 = 60 * 1000;

/// The outcome for the audit log; `None` if the password was right and could be used.
fn outcome(checked: &Checked) -> Option<&'static str> {
    Some(match checked {
        Checked::Right(_) => return None,
        Checked::Wrong => "wrongPassword",
        Checked::Unknown => "unknownUser",
        Checked::Locked => "locked",
        Checked::Throttled => "tooManyFromAddress",
        Checked::Disabled => "disabled",
        Checked::Expired => "passwordExpired",
    })
}

/// A rejected attempt to record.
pub(crate) struct Refusal<'a> {
    pub(crate) tenant: &'a TenantInfo,
    pub(crate) visitor: &'a Visitor,
    /// The account, if the attempt named one.
    pub(crate) object_id: Option<String>,
    pub(crate) event: &'a str,
    pub(crate) outcome: &'a str,
}

impl Accounts {
    /// Records a rejected request that may be a guess, in the log and the audit log; similar ones within a minute are
    /// combined.
    ///
    /// # Errors
    /// Fails if the store fails.
    pub async fn note_refusal(
        &self,
        tenant: &TenantInfo,
        visitor: &Visitor,
        event: &str,
        outcome: &str,
    ) -> Result<(), StoreError> {
        self.inner.note(Refusal { tenant, visitor, object_id: None, event, outcome }).await
    }
}

impl Inner {
    /// Records a rejected password. Names without an account share one entry, and recording takes the same time.
    pub(super) async fn note_failure(
        &self,
        attempt: &Attempt<'_>,
        object_id: Option<String>,
        checked: &Checked,
    ) -> Result<(), StoreError> {
        let Some(outcome) = outcome(checked) else { return Ok(()) };
        // One source that tries many accounts counts as one failure.
        let object_id = object_id.filter(|_| !matches!(checked, Checked::Throttled));
        let Attempt { tenant, visitor, .. } = *attempt;
        self.note(Refusal { tenant, visitor, object_id, event: "user.signIn", outcome }).await
    }

    /// Records a rejection.
    pub(crate) async fn note(&self, refusal: Refusal<'_>) -> Result<(), StoreError> {
        let Refusal { event, outcome, visitor, .. } = refusal;
        let entry = AuditRecord {
            id: self.id_of_alike(&refusal),
            detail: json!({ "address": address(visitor) }).to_string(),
            ..self.entry_of_refusal(&refusal)
        };
        if self.store.audit_counted(&entry).await? == 1 {
            tracing::info!(
                tenant = entry.tenant,
                correlation_id = entry.correlation_id,
                client_id = entry.client_id,
                object_id = entry.object_id,
                address = address(visitor),
                event,
                outcome,
                "refused"
            );
        }
        Ok(())
    }

    /// The id shared by all similar rejections in the same minute.
    fn id_of_alike(&self, refusal: &Refusal<'_>) -> String {
        let now = self.clock.now();
        let begin = now - now.rem_euclid(MINUTE);
        let source = refusal.visitor.source_ip.map(source_key).unwrap_or_default();
        let account = refusal.object_id.as_deref().unwrap_or_default();
        let begun = begin.to_string();
        let alike = [&refusal.tenant.id, refusal.event, refusal.outcome, account, &source, &begun].join("\0");
        let mut bytes = [0; 10];
        bytes.copy_from_slice(&sha256(alike.as_bytes())[..10]);
        let millis = u64::try_from(begin).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid().to_string()
    }

    /// Records that an account, or a name without one, is now locked; once for each lockout.
    pub(super) async fn note_lockout(
        &self,
        attempt: &Attempt<'_>,
        user: Option<&User>,
        counters: &LockoutRecord,
    ) -> Result<(), StoreError> {
        let Attempt { tenant, visitor, .. } = *attempt;
        let until = timestamp(counters.locked_until);
        let detail = json!({ "address": address(visitor), "until": until, "knownBrowsers": counters.familiar });
        let object_id = user.map(|user| user.object_id().to_owned());
        let refusal = Refusal { tenant, visitor, object_id, event: "user.lockout", outcome: "locked" };
        let entry = AuditRecord { detail: detail.to_string(), ..self.entry_of_refusal(&refusal) };
        tracing::warn!(
            tenant = entry.tenant,
            correlation_id = entry.correlation_id,
            object_id = entry.object_id,
            address = address(visitor),
            until,
            "an account is locked: too many wrong passwords"
        );
        self.store.audit(&[entry]).await
    }

    fn entry_of_refusal(&self, refusal: &Refusal<'_>) -> AuditRecord {
        let Refusal { tenant, visitor, object_id, event, outcome } = refusal;
        let now = self.clock.now();
        AuditRecord {
            id: self.random.uuid_at(now),
            tenant: tenant.id.clone(),
            at: now,
            event: (*event).to_owned(),
            outcome: (*outcome).to_owned(),
            client_id: visitor.client_id.clone(),
            object_id: object_id.clone(),
            correlation_id: visitor.correlation_id.clone(),
            detail: "{}".to_owned(),
            actor: None,
            count: 1,
        }
    }
}

fn address(visitor: &Visitor) -> Option<String> {
    visitor.source_ip.map(|ip| ip.to_canonical().to_string())
}
