//! A request to a user flow: the value that nearly every function of an endpoint takes.

use crate::app::App;
use crate::oauth::target::Target;
use crate::web::answer::{self, PageError};
use crate::web::request::Call;
use crate::web::source::site;
use axum::body::Body;
use http::Response;
use vestibule_journey::{Policy, ReturnUris};
use vestibule_protocol::urls;
use vestibule_tenant::registry::Tenant;

/// A request together with the tenant and policy that its URL names.
#[derive(Clone, Copy, Debug)]
pub struct Visit<'a> {
    /// The running server.
    pub app: &'a App,
    /// The request.
    pub call: &'a Call,
    /// The tenant and policy that the URL names.
    pub target: &'a Target,
}

impl<'a> Visit<'a> {
    /// The current time, milliseconds since the epoch.
    #[must_use]
    pub fn now(self) -> i64 {
        self.app.now()
    }

    /// The tenant.
    #[must_use]
    pub fn tenant(self) -> &'a Tenant {
        &self.target.tenant
    }

    /// The tenant's id, a GUID.
    #[must_use]
    pub fn tenant_id(self) -> &'a str {
        &self.target.tenant.id
    }

    /// The network that the request comes from, as the store records it with journeys: a keyed hash.
    #[must_use]
    pub fn source(self) -> String {
        let mac = self.app.sealer().mac("source", &site(self.call.ip).to_string());
        mac.get(..16).unwrap_or_default().to_owned()
    }

    /// The compiled user flow or custom policy.
    #[must_use]
    pub fn policy(self) -> &'a Policy {
        &self.target.flow.policy
    }

    /// The redirect URIs for providers. They contain the tenant's domain, or its id if the request uses the id, so
    /// that the same two URLs can be registered with a provider as for B2C. Their origin is that of the request,
    /// because the browser has the cookie for the return there.
    #[must_use]
    pub fn return_uris(self) -> ReturnUris {
        let tenant = self.tenant();
        let by_id = self.target.written.eq_ignore_ascii_case(&tenant.id);
        let name = if by_id { &tenant.id } else { &tenant.domain };
        let uri = |policy| urls::provider_return(&self.call.origin.url, name, policy);
        ReturnUris { tenant: uri(None), policy: uri(Some(&self.target.flow.name)) }
    }

    /// The language of a page outside a journey: one that the user prefers and the policy supports.
    #[must_use]
    pub fn language(self) -> String {
        self.policy().language(&self.call.languages())
    }

    /// Returns the error page with the tenant's name, and logs the error.
    #[must_use]
    pub fn error_page(self, error: PageError<'_>) -> Response<Body> {
        let (tenant_name, languages) = (&self.target.tenant.display_name, [self.language()]);
        answer::error_page_in(self.app, self.call, &languages, tenant_name, error)
    }
}
