//! A tenant and its flows, as seen by the handlers.

use super::flows::{RegisteredFlow, Shared};
use super::{Application, RegistryError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use vestibule_journey::flow::{CustomAttribute, FlowKind, FlowSettings};
use vestibule_journey::{Policy, Problem};

/// A tenant with everything that is registered in it.
///
/// Clones share their flows and applications; the registry applies a change by replacing the changed parts in a clone.
#[derive(Clone, Debug, Default)]
pub struct Tenant {
    /// Tenant id: a GUID in lower case.
    pub id: String,
    /// Short name: `contoso`.
    pub name: String,
    /// Domain in lower case: `contoso.onmicrosoft.com`.
    pub domain: String,
    /// Display name, on pages and in mails.
    pub display_name: String,
    /// Settings of the whole tenant.
    pub settings: TenantSettings,
    /// Custom attributes of users (docs/b2c.md, "Attributes").
    pub attributes: Arc<[CustomAttribute]>,
    /// Flows and custom policies, by lower-case name.
    pub(super) flows: BTreeMap<String, Arc<RegisteredFlow>>,
    /// Applications, by lower-case client id.
    pub(super) applications: BTreeMap<String, Arc<Application>>,
    /// Compiles and caches its flows.
    pub(super) shared: Arc<Shared>,
}

impl Tenant {
    /// The same tenant with exactly these flows and applications, for a registry that is built in code.
    #[must_use]
    pub fn with(
        self,
        flows: impl IntoIterator<Item = Flow>,
        applications: impl IntoIterator<Item = Application>,
    ) -> Self {
        let keyed = |f: Flow| (f.name.to_ascii_lowercase(), Arc::new(RegisteredFlow::compiled(f)));
        let flows = flows.into_iter().map(keyed).collect();
        let applications = applications.into_iter().map(|a| (a.client_id.to_ascii_lowercase(), Arc::new(a))).collect();
        Self { flows, applications, ..self }
    }

    /// The flow or custom policy with this name, ignoring case. It is compiled at first use, on a thread that serves no
    /// requests; requests for the same flow wait for one compilation. Returns `None` if it does not compile, and logs
    /// the reason once.
    ///
    /// # Errors
    /// Fails if the store does not answer, since the files of a custom policy are read from it.
    pub async fn flow(&self, name: &str) -> Result<Option<Arc<Flow>>, RegistryError> {
        match self.registered_flow(name) {
            Some(registered) => registered.flow(self).await,
            None => Ok(None),
        }
    }

    /// Returns the flow or policy registered under this name, ignoring case, without compiling it.
    #[must_use]
    pub fn registered_flow(&self, name: &str) -> Option<&Arc<RegisteredFlow>> {
        self.flows.get(&name.to_ascii_lowercase())
    }

    /// All flows and custom policies, ordered by name, without compiling them.
    pub fn registered_flows(&self) -> impl Iterator<Item = &Arc<RegisteredFlow>> {
        self.flows.values()
    }

    /// All flows and custom policies that applications can use, ordered by name. Compiles every one.
    ///
    /// # Errors
    /// The same as [`Tenant::flow`].
    pub async fn all_flows(&self) -> Result<Vec<Arc<Flow>>, RegistryError> {
        let mut flows = Vec::new();
        for registered in self.registered_flows() {
            flows.extend(registered.flow(self).await?);
        }
        Ok(flows)
    }

    /// The problems of flows and custom policies that do not compile. Compiles every one.
    ///
    /// # Errors
    /// The same as [`Tenant::flow`].
    pub async fn problems(&self) -> Result<Vec<Problem>, RegistryError> {
        let mut problems = Vec::new();
        for registered in self.registered_flows() {
            registered.flow(self).await?;
            problems.extend(registered.problems());
        }
        Ok(problems)
    }

    /// The application with this client id, ignoring case.
    #[must_use]
    pub fn application(&self, client_id: &str) -> Option<Arc<Application>> {
        self.applications.get(&client_id.to_ascii_lowercase()).cloned()
    }

    /// The application with this display name, ignoring case; for interactive commands, not for requests.
    #[must_use]
    pub fn application_named(&self, name: &str) -> Option<Arc<Application>> {
        self.applications.values().find(|a| a.name.eq_ignore_ascii_case(name)).cloned()
    }

    /// All applications, ordered by client id.
    pub fn applications(&self) -> impl Iterator<Item = &Arc<Application>> {
        self.applications.values()
    }

    /// The API with this Application ID URI, compared byte for byte except for slashes at the end.
    #[must_use]
    pub fn resource_by_app_id_uri(&self, uri: &str) -> Option<Arc<Application>> {
        let uri = uri.trim_end_matches('/');
        let is = |a: &&Arc<Application>| a.app_id_uri.as_deref().is_some_and(|own| own.trim_end_matches('/') == uri);
        self.applications.values().find(is).cloned()
    }
}

/// Settings of a whole tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TenantSettings {
    /// Lifetime of an authorization code in seconds, 60 to 600 (RFC 6749 section 4.1.2 allows at most ten minutes).
    pub code_lifetime_secs: u32,
    /// Number of consecutive wrong passwords before an account is locked for a while, 1 to 50 (docs/b2c.md, "Passwords
    /// and lockout").
    pub lockout_threshold: u32,
    /// Duration of the first lockouts in seconds, 5 to 18000 (docs/b2c.md, "Passwords and lockout").
    pub lockout_secs: u32,
    /// Private networks that outgoing requests may reach: addresses or CIDR notation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub outbound_allow: Vec<String>,
}

impl Default for TenantSettings {
    fn default() -> Self {
        Self { code_lifetime_secs: 60, lockout_threshold: 10, lockout_secs: 60, outbound_allow: Vec::new() }
    }
}

/// A compiled user flow or custom policy.
#[derive(Debug)]
pub struct Flow {
    /// The canonical name, as registered: `B2C_1_signupsignin1`.
    pub name: String,
    /// The kind of a user flow; `None` for a custom policy.
    pub kind: Option<FlowKind>,
    /// The compiled policy.
    pub policy: Arc<Policy>,
    /// The settings of a user flow; `None` for a custom policy.
    pub settings: Option<FlowSettings>,
}
