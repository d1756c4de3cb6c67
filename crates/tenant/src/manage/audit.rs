//! Reads the audit log. It cannot be changed here: entries are only added, and removed by age.

use super::{Manage, ManageError};
use vestibule_store::AuditRecord;

/// Selects the entries to read.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Only those about this user.
    pub object_id: Option<String>,
    /// Only those before this time, in milliseconds since the epoch.
    pub before: Option<i64>,
}

impl Manage {
    /// The newest entries of the tenant, newest first, at most `limit`.
    ///
    /// # Errors
    /// Fails if the store fails.
    pub async fn audit(&self, tenant: &str, filter: &AuditFilter, limit: i64) -> Result<Vec<AuditRecord>, ManageError> {
        let AuditFilter { object_id, before } = filter;
        Ok(self.store.list_audit(tenant, object_id.as_deref(), *before, limit).await?)
    }
}
