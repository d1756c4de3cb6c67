//! Reads the audit log. It cannot be changed here: entries are only added, and removed by age.

use super::{Manage, ManageError};
use vestibule_protocol::digest::sha256;
use vestibule_store::AuditRecord;

const MINUTE: i64 = 60 * 1000;

/// Which entries to read.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Only those about this user.
    pub object_id: Option<String>,
    /// Only those before this time, in milliseconds since the epoch.
    pub before: Option<i64>,
}

impl Manage {
    /// Write down that the actor tried to make a change without the right to make it. `what` names the kind of change;
    /// those of one kind in one minute are one row with a count.
    ///
    /// # Errors
    /// As the store.
    pub async fn note_refused(&self, tenant: &str, what: &str) -> Result<(), ManageError> {
        let event = self.event(tenant, "portal.change", None, serde_json::json!({ "address": what }));
        let minute = event.at - event.at.rem_euclid(MINUTE);
        let who = self.actor.object_id().unwrap_or_default();
        let digest = sha256(format!("{tenant}\0{who}\0{what}\0{minute}").as_bytes());
        let mut bytes = [0; 10];
        bytes.copy_from_slice(&digest[..10]);
        let id = uuid::Builder::from_unix_timestamp_millis(u64::try_from(minute).unwrap_or(0), &bytes).into_uuid();
        let entry = AuditRecord { id: id.to_string(), outcome: "forbidden".to_owned(), ..event };
        Ok(self.store.audit_counted(&entry).await.map(drop)?)
    }

    /// The newest entries of the tenant, newest first, at most `limit`.
    ///
    /// # Errors
    /// Fails if the store fails.
    pub async fn audit(&self, tenant: &str, filter: &AuditFilter, limit: i64) -> Result<Vec<AuditRecord>, ManageError> {
        let AuditFilter { object_id, before } = filter;
        Ok(self.store.list_audit(tenant, object_id.as_deref(), *before, limit).await?)
    }
}
