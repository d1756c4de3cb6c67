//! Custom attributes of users: create, change, delete.

use super::{Done, IfVersion, Manage, ManageError, demand, found};
use vestibule_journey::flow::CustomAttribute;
use vestibule_store::ObjectKind::CustomAttribute as Attribute;

impl Manage {
    /// Creates a custom attribute, or replaces the one with the same name.
    ///
    /// # Errors
    /// [`ManageError::Stale`], [`ManageError::Refused`].
    pub async fn put_attribute(
        &self,
        tenant: &str,
        if_version: IfVersion,
        attribute: &CustomAttribute,
    ) -> Result<Done, ManageError> {
        self.change(tenant, demand(Attribute, &attribute.name, if_version), |registrations| {
            registrations.attributes.insert(attribute.name.clone(), attribute.clone());
            Ok(())
        })
        .await
    }

    /// Deletes a custom attribute that no user flow uses. The users' values stay.
    ///
    /// # Errors
    /// [`ManageError::NotFound`], [`ManageError::Stale`], [`ManageError::Refused`] if a user flow uses it.
    pub async fn delete_attribute(&self, tenant: &str, name: &str, if_version: IfVersion) -> Result<Done, ManageError> {
        self.change(tenant, demand(Attribute, name, if_version), |registrations| {
            found(registrations.attributes.remove(name), Attribute, name).map(drop)
        })
        .await
    }
}
