//! The tenant and user flow that a URL names: in the path, after `/tfp/`, or in the query parameter `p`.

use crate::app::App;
use crate::web::request::Call;
use std::sync::Arc;
use vestibule_protocol::urls::{Endpoint, Endpoints, Form, Route};
use vestibule_tenant::registry::{Application, Flow, RegistryError, Tenant};

/// A tenant and, where the URL names one, its user flow or custom policy.
#[derive(Clone, Debug)]
pub struct Target {
    /// The tenant.
    pub tenant: Arc<Tenant>,
    /// The user flow or custom policy.
    pub flow: Arc<Flow>,
    /// The tenant as the request wrote it: answers repeat it.
    pub written: String,
    /// The form in which the URL named the policy, which answers repeat.
    pub form: Form,
    /// The older paths, without `v2.0`.
    pub v1: bool,
}

/// The error for an application that uses an address whose discovery document does not match its tokens.
pub const OTHER_PROFILE: &str = "Addresses with /oidc/ are for applications that are set to openid = 'strict', and this \
                                 application is not. Use the address that vestibule env prints for it.";

/// Why a URL names nothing here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nothing {
    /// No tenant of this name at this origin.
    Tenant,
    /// The tenant has no such policy, or none is named.
    Policy,
    /// The policy is named more than once in one place (RFC 6749 section 3.1).
    Twice,
    /// The object that it names cannot be read now.
    Unreadable,
}

#[expect(clippy::needless_pass_by_value, reason = "maps an error")]
fn unreadable(error: RegistryError) -> Nothing {
    tracing::error!(%error, "what a request names cannot be read");
    Nothing::Unreadable
}

impl Target {
    /// Returns what `route` and the parameter `p` name. A policy in the path and a different one in the query name
    /// none; a different one in the form is ignored.
    ///
    /// # Errors
    /// [`Nothing`]
    pub async fn find(app: &App, call: &Call, route: &Route<'_>) -> Result<Self, Nothing> {
        let tenant = Self::tenant_of(app, call, route).await?;
        if call.query.repeated("p") || call.body.repeated("p") {
            return Err(Nothing::Twice);
        }
        if let (Some(path), Some(query)) = (route.policy, call.query.get("p"))
            && !path.eq_ignore_ascii_case(query)
        {
            return Err(Nothing::Policy);
        }
        let named = route.policy.or_else(|| call.query.get("p")).or_else(|| call.body.get("p"));
        let flow = tenant.flow(named.ok_or(Nothing::Policy)?).await.map_err(unreadable)?.ok_or(Nothing::Policy)?;
        let v1 = matches!(route.endpoint, Endpoint::DiscoveryV1 | Endpoint::AuthorizeV1);
        Ok(Self { tenant, flow, written: route.tenant.to_owned(), form: route.form, v1 })
    }

    /// Returns the tenant that the address of a provider's return names.
    ///
    /// # Errors
    /// [`Nothing::Tenant`] or [`Nothing::Unreadable`].
    pub async fn tenant_of(app: &App, call: &Call, route: &Route<'_>) -> Result<Arc<Tenant>, Nothing> {
        let tenant = app.registry().tenant(route.tenant).await.map_err(unreadable)?;
        tenant.filter(|t| call.origin.serves(&t.name)).ok_or(Nothing::Tenant)
    }

    /// The policy of a journey that comes back from a provider to an address that may not name it.
    #[must_use]
    pub fn of_return(tenant: Arc<Tenant>, flow: Arc<Flow>, written: &str) -> Self {
        Self { tenant, flow, written: written.to_owned(), form: Form::Path, v1: false }
    }

    /// The endpoints to publish, in the form of the request.
    #[must_use]
    pub fn endpoints<'a>(&'a self, call: &'a Call) -> Endpoints<'a> {
        self.endpoints_at(&call.origin.public)
    }

    /// The endpoints at `origin` (scheme, host, port), in the form of the request.
    #[must_use]
    pub fn endpoints_at<'a>(&'a self, origin: &'a str) -> Endpoints<'a> {
        Endpoints {
            origin,
            tenant: &self.written,
            tenant_id: &self.tenant.id,
            policy: &self.flow.name,
            form: self.form,
        }
    }

    /// Returns true if the address belongs to a profile that the application does not have, so that the issuer in its
    /// document is not that of the application's tokens.
    #[must_use]
    pub fn is_of_another_profile(&self, application: &Application) -> bool {
        self.form == Form::Openid && !application.is_strict()
    }

    /// The issuer of this flow's tokens at `origin`, as the flow's settings say.
    #[must_use]
    pub fn issuer(&self, origin: &str) -> String {
        self.endpoints_at(origin).issuer(self.flow.policy.relying_party.tokens.issuer_with_policy)
    }
}
