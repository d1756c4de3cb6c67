//! User flows: create, change, delete.

use super::{Done, IfVersion, Manage, ManageError, demand, found};
use vestibule_journey::flow::FlowSettings;
use vestibule_store::ObjectKind::Flow;

/// The prefix of every user flow's name.
const PREFIX: &str = "B2C_1_";

/// The full name of a user flow, as the portal makes it: `signupsignin1` is `B2C_1_signupsignin1`.
#[must_use]
pub fn flow_name(name: &str) -> String {
    let is_full = name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX));
    if is_full { name.to_owned() } else { format!("{PREFIX}{name}") }
}

impl Manage {
    /// Creates a user flow, or replaces the settings of the flow with this name.
    ///
    /// # Errors
    /// [`ManageError::Stale`], [`ManageError::Refused`].
    pub async fn put_flow(
        &self,
        tenant: &str,
        if_version: IfVersion,
        flow: &FlowSettings,
    ) -> Result<Done, ManageError> {
        self.change(tenant, demand(Flow, &flow.name, if_version), |registrations| {
            registrations.flows.insert(flow.name.to_lowercase(), flow.clone());
            Ok(())
        })
        .await
    }

    /// Changes the settings of a user flow.
    ///
    /// # Errors
    /// [`ManageError::NotFound`], [`ManageError::Stale`], [`ManageError::Refused`].
    pub async fn change_flow(
        &self,
        tenant: &str,
        name: &str,
        if_version: IfVersion,
        edit: impl Fn(&mut FlowSettings),
    ) -> Result<Done, ManageError> {
        self.change(tenant, demand(Flow, name, if_version), |registrations| {
            let flow = registrations.flows.get_mut(&name.to_lowercase());
            edit(found(flow, Flow, name)?);
            Ok(())
        })
        .await
    }

    /// Deletes a user flow. Requests that name it get 404.
    ///
    /// # Errors
    /// [`ManageError::NotFound`], [`ManageError::Stale`].
    pub async fn delete_flow(&self, tenant: &str, name: &str, if_version: IfVersion) -> Result<Done, ManageError> {
        self.change(tenant, demand(Flow, name, if_version), |registrations| {
            found(registrations.flows.remove(&name.to_lowercase()), Flow, name).map(drop)
        })
        .await
    }
}
