//! Custom policies: upload, delete.

use super::registrations::CustomPolicy;
use super::{Done, IfVersion, Manage, ManageError, demand, found};
use vestibule_store::ObjectKind::Policy;

impl Manage {
    /// Upload policies, each over the one of its id, as one change: a base and what builds on it arrive together.
    ///
    /// # Errors
    /// [`ManageError::Refused`] with every problem, also of relying parties that would no longer compile.
    pub async fn upload_policies(&self, tenant: &str, policies: &[CustomPolicy]) -> Result<Done, ManageError> {
        self.change(tenant, None, |registrations| {
            for policy in policies {
                registrations.policies.insert(policy.id.to_lowercase(), policy.clone());
            }
            Ok(())
        })
        .await
    }

    /// Delete a custom policy.
    ///
    /// # Errors
    /// [`ManageError::NotFound`], [`ManageError::Stale`], [`ManageError::Refused`] if others build on it.
    pub async fn delete_policy(&self, tenant: &str, id: &str, if_version: IfVersion) -> Result<Done, ManageError> {
        self.change(tenant, demand(Policy, id, if_version), |registrations| {
            found(registrations.policies.remove(&id.to_lowercase()), Policy, id).map(drop)
        })
        .await
    }
}
