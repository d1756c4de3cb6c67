//! Reading the audit log. Nothing here changes it: entries are only added, and end by age.

use super::{Manage, ManageError};
use vestibule_store::AuditRecord;

/// Which entries to read.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Only those about this user.
    pub object_id: Option<String>,
    /// Only those before this time, milliseconds since the epoch.
    pub before: Option<i64>,
}

impl Manage {
    /// Write down that the actor tried to make a change without the right to make it. `what` names the change.
    ///
    /// # Errors
    /// As the store.
    pub async fn note_refused(&self, tenant: &str, what: &str) -> Result<(), ManageError> {
        let event = self.event(tenant, "portal.change", None, serde_json::json!({ "address": what }));
        let entry = AuditRecord { outcome: "forbidden".to_owned(), ..event };
        Ok(self.store.audit(&[entry]).await?)
    }

    /// The newest entries of the tenant, newest first, at most `limit`.
    ///
    /// # Errors
    /// As the store.
    pub async fn audit(&self, tenant: &str, filter: &AuditFilter, limit: i64) -> Result<Vec<AuditRecord>, ManageError> {
        let AuditFilter { object_id, before } = filter;
        Ok(self.store.list_audit(tenant, object_id.as_deref(), *before, limit).await?)
    }
}
