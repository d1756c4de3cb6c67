//! Custom policies: upload, delete.

use super::registrations::CustomPolicy;
use super::{Done, IfVersion, Manage, ManageError, demand, found};
use vestibule_store::ObjectKind::Policy;

impl Manage {
    /// Uploads policies, each replacing the one with its id, as one change, so that a base policy and those that build
    /// on it arrive together.
    ///
    /// # Errors
    /// [`ManageError::Refused`] with every problem, including relying parties that would no longer compile.
    pub async fn upload_policies(&self, tenant: &str, policies: &[CustomPolicy]) -> Result<Done, ManageError> {
        self.change(tenant, None, |registrations| {
            for policy in policies {
                registrations.policies.insert(policy.id.to_lowercase(), policy.clone());
            }
            Ok(())
        })
        .await
    }

    /// Deletes a custom policy.
    ///
    /// # Errors
    /// [`ManageError::NotFound`], [`ManageError::Stale`]; [`ManageError::Refused`] if other policies build on it.
    pub async fn delete_policy(&self, tenant: &str, id: &str, if_version: IfVersion) -> Result<Done, ManageError> {
        self.change(tenant, demand(Policy, id, if_version), |registrations| {
            found(registrations.policies.remove(&id.to_lowercase()), Policy, id).map(drop)
        })
        .await
    }
}
