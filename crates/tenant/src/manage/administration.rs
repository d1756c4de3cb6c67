//! The administrators' tenant: built in, locked, and made by the server itself.
//!
//! It has one sign-in flow and one application, the portal. Nothing else can be registered in it, since a policy or an
//! application of somebody's own there could make sessions of administrators.

use super::registrations::{Registrations, TenantFields};
use super::{Manage, ManageError};
use crate::accounts::TenantInfo;
use crate::registry::names::{self, ADMIN_TENANT};
use crate::registry::{Application, Platform, RedirectUri, TenantSettings};
use vestibule_journey::flow::{FlowKind, FlowSettings, PasswordRule};
use vestibule_store::TenantHead;

/// The flow by which administrators sign in.
pub const PORTAL_FLOW: &str = "B2C_1_portal";
/// Where the portal's sign-in ends, below its origin.
pub const SIGNED_IN_PATH: &str = "/portal/-/signed-in";

/// The name of the portal's application.
const APPLICATION: &str = "Portal";
/// A domain that nobody can own (RFC 6761 section 6.4).
const DOMAIN: &str = "administrators.invalid";

/// The administrators' tenant, ready.
#[derive(Clone, Debug)]
pub struct AdminTenant {
    /// The tenant, as accounts need it.
    pub info: TenantInfo,
    /// The client id of the portal's application.
    pub client_id: String,
    /// Scheme, host and port of the portal.
    pub origin: String,
}

impl Manage {
    /// Make the administrators' tenant, or bring it to what this version wants, with the portal at `origin` (scheme, host
    /// and port). Call it at each start, in the name of [`super::Actor::Server`].
    ///
    /// # Errors
    /// [`ManageError::Refused`] for any other actor; else as the store.
    pub async fn prepare_administration(&self, origin: &str) -> Result<AdminTenant, ManageError> {
        let id = self.admin_head().await?.map_or_else(|| self.random.uuid(), |head| head.id);
        let client_id = self.random.uuid();
        let made = self.change(&id, None, |registrations| {
            fill(registrations, &client_id, origin);
            Ok(())
        });
        match made.await {
            // Another node made it at the same moment.
            Err(ManageError::Taken) => {}
            done => drop(done?),
        }
        self.admin_tenant().await?.ok_or_else(|| ManageError::NotFound(tenant_key(&id)))
    }

    /// The administrators' tenant, if a server that has a portal was started on this store.
    ///
    /// # Errors
    /// As the store.
    pub async fn admin_tenant(&self) -> Result<Option<AdminTenant>, ManageError> {
        let Some(head) = self.admin_head().await? else { return Ok(None) };
        let registrations = self.registrations(&head.id).await?;
        let Some(portal) = registrations.application_named(APPLICATION) else { return Ok(None) };
        let uri = portal.redirect_uris.first().map(|redirect| redirect.uri.as_str()).unwrap_or_default();
        Ok(Some(AdminTenant {
            info: TenantInfo::from(&registrations),
            client_id: portal.client_id.clone(),
            origin: uri.strip_suffix(SIGNED_IN_PATH).unwrap_or_default().to_owned(),
        }))
    }

    async fn admin_head(&self) -> Result<Option<TenantHead>, ManageError> {
        let heads = self.store.tenant_heads().await?;
        Ok(heads.into_iter().find(|head| names::is_built_in_tenant(&head.name)))
    }
}

fn tenant_key(id: &str) -> vestibule_store::ObjectKey {
    vestibule_store::ObjectKey::new(vestibule_store::ObjectKind::Tenant, id)
}

/// The tenant as it has to be. The application keeps its client id.
fn fill(registrations: &mut Registrations, client_id: &str, origin: &str) {
    registrations.tenant = TenantFields {
        id: registrations.tenant.id.clone(),
        name: ADMIN_TENANT.to_owned(),
        domain: DOMAIN.to_owned(),
        display_name: "Vestibule administrators".to_owned(),
        settings: TenantSettings::default(),
    };
    let flow = flow();
    registrations.flows.insert(flow.name.to_lowercase(), flow);
    let client_id = registrations.applications.keys().next().map_or(client_id, String::as_str).to_owned();
    let redirect = RedirectUri { uri: format!("{origin}{SIGNED_IN_PATH}"), platform: Platform::PublicClient };
    let portal = Application {
        client_id: client_id.clone(),
        name: APPLICATION.to_owned(),
        redirect_uris: vec![redirect],
        logout_url: Some(format!("{origin}/portal")),
        openid_permissions: vec!["openid".to_owned()],
        ..Application::default()
    };
    registrations.applications = [(client_id, portal)].into();
}

/// Sign-in and nothing else: nobody signs up, and a lost password is reset by the operator with
/// `vestibule admin password`, never by mail.
fn flow() -> FlowSettings {
    FlowSettings {
        claims: vec!["displayName".to_owned(), "objectId".to_owned()],
        self_service_reset: false,
        forced_password_reset: true,
        session_minutes: 480,
        session_rolling: false,
        password: PasswordRule::Custom { min: 15, max: 256, digits_only: false, classes: 0 },
        ..FlowSettings::of(PORTAL_FLOW, FlowKind::SignIn)
    }
}
