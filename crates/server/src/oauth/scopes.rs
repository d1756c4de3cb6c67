//! Decides which of the requested scopes are granted.

use std::sync::Arc;
use vestibule_protocol::error::Failure;
use vestibule_protocol::scope::{self, Scopes};
use vestibule_tenant::registry::{Application, Tenant};

/// The suffix of the scope for client credentials: `{App ID URI}/.default`.
const DEFAULT: &str = ".default";

/// The granted scopes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// All of them, with full names, in the order requested: the `scope` of a token response.
    pub scopes: Scopes,
    /// True if `openid` was granted: an ID token.
    pub openid: bool,
    /// True if `offline_access` was granted: a refresh token.
    pub offline: bool,
    /// The API that the access token is for; `None` for no access token.
    pub resource: Option<Resource>,
}

/// The audience of an access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The API's client id: `aud`.
    pub client_id: String,
    /// Short scope names: `scp`. Empty if the token is for the application itself (its client id was the scope).
    pub scopes: Vec<String>,
}

/// Decides which of the scopes `asked` are granted to `application` on behalf of a user.
///
/// The other scopes of OpenID Connect (`profile`, `email`, …) are reported as granted but have no effect, as in B2C,
/// except on userinfo. Scopes of an API are granted if an administrator has consented to them.
///
/// # Errors
/// No scope 90010, several APIs 90146, an unknown scope 90117, no consent 90205, `openid` not among the permissions
/// 90107, neither `openid` nor an API 90055.
pub fn decide(tenant: &Tenant, application: &Application, asked: &Scopes) -> Result<Granted, Failure> {
    if asked.is_empty() {
        return Err(Failure::scope_missing());
    }
    let openid = asked.has("openid");
    if openid && !application.has_openid_permission("openid") {
        return Err(Failure::id_token_not_allowed());
    }
    let offline = asked.has("offline_access") && application.has_openid_permission("offline_access");
    let mut apis = Apis { tenant, application, api: None, resource: None };
    let mut scopes = Scopes::default();
    let mut refused = false;
    for one in asked.iter() {
        let granted = match one {
            "offline_access" => offline,
            one if scope::is_openid(one) => true,
            one => {
                let granted = apis.take(one)?;
                refused |= !granted;
                granted
            }
        };
        if granted {
            scopes.add(one);
        }
    }
    let strict = application.is_strict();
    let itself = || Resource { client_id: application.client_id.clone(), scopes: Vec::new() };
    let resource = match apis.resource {
        Some(resource) => Some(resource),
        None if refused => return Err(Failure::permission_missing()),
        None => (strict && openid).then(itself),
    };
    if !openid && resource.is_none() {
        return Err(Failure::resource_missing());
    }
    Ok(Granted { scopes, openid, offline, resource })
}

/// Decides what is granted to `application` itself, without a user: the app roles of one API.
///
/// # Errors
/// No scope 90010, anything but one `{App ID URI}/.default` 99068, an unknown API 90117, no consented role 90205.
pub fn decide_for_itself(tenant: &Tenant, application: &Application, asked: &Scopes) -> Result<Granted, Failure> {
    let mut all = asked.iter();
    let Some(one) = all.next() else { return Err(Failure::scope_missing()) };
    let named = scope::split(one).filter(|(_, name)| *name == DEFAULT && all.next().is_none());
    let (uri, _) = named.ok_or_else(|| Failure::scope_not_default(&asked.to_string()))?;
    let api = tenant.resource_by_app_id_uri(uri).or_else(|| tenant.application(uri));
    let api = api.filter(|api| api.enabled).ok_or_else(|| Failure::scope_unsupported(one))?;
    let roles: Vec<String> = application.permitted_roles(&api).into_iter().map(str::to_owned).collect();
    if roles.is_empty() {
        return Err(Failure::permission_missing());
    }
    let resource = Some(Resource { client_id: api.client_id.clone(), scopes: roles });
    Ok(Granted { scopes: asked.clone(), openid: false, offline: false, resource })
}

/// Collects the API whose scopes are requested; there may be only one.
struct Apis<'a> {
    tenant: &'a Tenant,
    application: &'a Application,
    /// The API that was requested first.
    api: Option<Arc<Application>>,
    /// The granted part.
    resource: Option<Resource>,
}

impl Apis<'_> {
    /// Adds one scope. Returns true if it is granted.
    fn take(&mut self, scope: &str) -> Result<bool, Failure> {
        let (api, name) =
            self.find(scope).filter(|(api, _)| api.enabled).ok_or_else(|| Failure::scope_unsupported(scope))?;
        let chosen = self.api.get_or_insert_with(|| Arc::clone(&api));
        if chosen.client_id != api.client_id {
            return Err(Failure::several_resources());
        }
        if let Some(name) = name {
            if !api.scopes.iter().any(|s| s.enabled && s.name == name) {
                return Err(Failure::scope_unsupported(scope));
            }
            if !self.application.permitted_scopes(&api).contains(&name) {
                return Ok(false);
            }
        }
        let new = || Resource { client_id: api.client_id.clone(), scopes: Vec::new() };
        self.resource.get_or_insert_with(new).scopes.extend(name.map(str::to_owned));
        Ok(true)
    }

    /// The API of a scope and the scope's short name, or `None` instead of the name if the scope is the application's
    /// own client id.
    fn find<'s>(&self, scope: &'s str) -> Option<(Arc<Application>, Option<&'s str>)> {
        if scope.eq_ignore_ascii_case(&self.application.client_id) {
            return Some((self.tenant.application(scope)?, None));
        }
        let (uri, name) = scope::split(scope)?;
        Some((self.tenant.resource_by_app_id_uri(uri)?, Some(name)))
    }
}
