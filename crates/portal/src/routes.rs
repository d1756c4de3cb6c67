//! Every address of the portal in one table, with the role that it needs.

use crate::answer::{Answer, Problem};
use crate::invitation;
use crate::pages::{
    administrators, applications, attributes, audit, flows, home, policies, secrets, signing_keys, tenants, users,
};
use crate::session::{self, Who};
use crate::visit::Visit;
use crate::{Portal, assets, sign_in};
use axum::body::Body;
use http::{Method, Response, StatusCode};
use std::pin::Pin;
use std::sync::Arc;
use vestibule_protocol::digest::constant_time_eq;
use vestibule_server::app::App;
use vestibule_server::web::answer as plain;
use vestibule_server::web::request::Call;
use vestibule_tenant::manage::Role;
use vestibule_tenant::registry::{Tenant, names};

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Anyone, signed in or not.
    Anyone,
    /// Anyone with a right, in whichever tenant.
    Somewhere,
    /// A Reader or an Administrator of the tenant that the address names.
    Reader,
    /// An Administrator of that tenant.
    Administrator,
}

/// Values of a path's placeholders, by their names.
type Values<'c> = Vec<(&'static str, &'c str)>;

type Handler = for<'v> fn(&'v Visit<'v>) -> Pin<Box<dyn Future<Output = Answer> + Send + 'v>>;

/// An address and a method.
pub struct Route {
    /// The method: GET shows, POST changes.
    pub method: Method,
    /// The path; `{tenant}` is a tenant's name, or `-` for the installation.
    pub path: &'static str,
    /// Who may use it.
    pub access: Access,
    /// True if the person must have signed in within the last five minutes.
    pub fresh: bool,
    handler: Handler,
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {:?}", self.method, self.path, self.access)
    }
}

macro_rules! routes {
    ($($method:ident $path:literal $access:ident $($fresh:ident)? => $handler:path;)*) => {
        /// The table.
        pub const ROUTES: &[Route] = &[$(Route {
            method: Method::$method,
            path: $path,
            access: Access::$access,
            fresh: routes!(@ $($fresh)?),
            handler: |visit| Box::pin($handler(visit)),
        }),*];
    };
    (@ fresh) => { true };
    (@) => { false };
}

routes! {
    GET "/portal/-/signed-in" Anyone => sign_in::returned;
    GET "/portal/-/invitations/{invitation}" Anyone => invitation::show;
    POST "/portal/-/invitations/{invitation}" Anyone => invitation::claim;
    GET "/portal/-/invitations/{invitation}/account" Anyone => invitation::account_form;
    POST "/portal/-/invitations/{invitation}/account" Anyone => invitation::account;
    POST "/portal/-/sign-out" Anyone => sign_in::sign_out;
    GET "/portal/-/resume/{form}" Somewhere => sign_in::ask_resume;
    POST "/portal/-/resume/{form}" Somewhere => sign_in::resume;

    GET "/portal" Somewhere => tenants::start;
    GET "/portal/-/tenants" Somewhere => tenants::list;
    POST "/portal/-/tenants" Administrator => tenants::create;
    GET "/portal/-/administrators" Reader => administrators::list;
    POST "/portal/-/administrators" Administrator fresh => administrators::invite;
    POST "/portal/-/administrators/{person}/role" Administrator fresh => administrators::change_role;
    GET "/portal/-/administrators/{person}/remove" Administrator fresh => administrators::ask_remove;
    POST "/portal/-/administrators/{person}/remove" Administrator fresh => administrators::remove;

    GET "/portal/-/audit" Reader => audit::list;

    GET "/portal/{tenant}" Reader => home::show;
    GET "/portal/{tenant}/applications" Reader => applications::list;
    GET "/portal/{tenant}/applications/new" Administrator => applications::new_form;
    POST "/portal/{tenant}/applications/new" Administrator => applications::create;
    GET "/portal/{tenant}/applications/{app}" Reader => applications::overview;
    POST "/portal/{tenant}/applications/{app}/name" Administrator => applications::rename;
    POST "/portal/{tenant}/applications/{app}/enabled" Administrator => applications::enable;
    GET "/portal/{tenant}/applications/{app}/delete" Administrator fresh => applications::ask_delete;
    POST "/portal/{tenant}/applications/{app}/delete" Administrator fresh => applications::delete;
    GET "/portal/{tenant}/applications/{app}/authentication" Reader => applications::authentication;
    POST "/portal/{tenant}/applications/{app}/redirect-uris" Administrator => applications::add_redirect_uri;
    POST "/portal/{tenant}/applications/{app}/redirect-uris/remove" Administrator => applications::remove_redirect_uri;
    POST "/portal/{tenant}/applications/{app}/authentication" Administrator => applications::save_authentication;
    GET "/portal/{tenant}/applications/{app}/secrets" Reader => secrets::list;
    POST "/portal/{tenant}/applications/{app}/secrets" Administrator fresh => secrets::add;
    GET "/portal/{tenant}/applications/{app}/secrets/{credential}/delete" Administrator fresh => secrets::ask_delete;
    POST "/portal/{tenant}/applications/{app}/secrets/{credential}/delete" Administrator fresh => secrets::delete;
    GET "/portal/{tenant}/applications/{app}/permissions" Reader => crate::pages::permissions::list;
    POST "/portal/{tenant}/applications/{app}/permissions" Administrator => crate::pages::permissions::add;
    POST "/portal/{tenant}/applications/{app}/permissions/remove" Administrator => crate::pages::permissions::remove;
    POST "/portal/{tenant}/applications/{app}/consent" Administrator => crate::pages::permissions::consent;
    GET "/portal/{tenant}/applications/{app}/expose" Reader => crate::pages::expose::show;
    POST "/portal/{tenant}/applications/{app}/expose" Administrator => crate::pages::expose::set_uri;
    POST "/portal/{tenant}/applications/{app}/scopes" Administrator => crate::pages::expose::add_scope;
    POST "/portal/{tenant}/applications/{app}/scopes/enabled" Administrator => crate::pages::expose::enable_scope;
    POST "/portal/{tenant}/applications/{app}/scopes/remove" Administrator => crate::pages::expose::remove_scope;

    GET "/portal/{tenant}/user-flows" Reader => flows::list;
    GET "/portal/{tenant}/user-flows/new" Administrator => flows::new_form;
    POST "/portal/{tenant}/user-flows/new" Administrator => flows::create;
    GET "/portal/{tenant}/user-flows/{flow}" Reader => flows::show;
    POST "/portal/{tenant}/user-flows/{flow}" Administrator => flows::save;
    GET "/portal/{tenant}/user-flows/{flow}/delete" Administrator fresh => flows::ask_delete;
    POST "/portal/{tenant}/user-flows/{flow}/delete" Administrator fresh => flows::delete;

    GET "/portal/{tenant}/users" Reader => users::list;
    GET "/portal/{tenant}/users/new" Administrator => users::new_form;
    POST "/portal/{tenant}/users/new" Administrator fresh => users::create;
    GET "/portal/{tenant}/users/{user}" Reader => users::show;
    POST "/portal/{tenant}/users/{user}" Administrator => users::save;
    POST "/portal/{tenant}/users/{user}/enabled" Administrator => users::enable;
    POST "/portal/{tenant}/users/{user}/password" Administrator fresh => users::new_password;
    POST "/portal/{tenant}/users/{user}/sign-out" Administrator => users::sign_out;
    GET "/portal/{tenant}/users/{user}/delete" Administrator fresh => users::ask_delete;
    POST "/portal/{tenant}/users/{user}/delete" Administrator fresh => users::delete;

    GET "/portal/{tenant}/attributes" Reader => attributes::list;
    POST "/portal/{tenant}/attributes" Administrator => attributes::add;
    GET "/portal/{tenant}/attributes/{attribute}/delete" Administrator fresh => attributes::ask_delete;
    POST "/portal/{tenant}/attributes/{attribute}/delete" Administrator fresh => attributes::delete;

    GET "/portal/{tenant}/policies" Reader => policies::list;
    GET "/portal/{tenant}/policies/{policy}" Reader => policies::download;
    GET "/portal/{tenant}/signing-keys" Reader => signing_keys::list;
    POST "/portal/{tenant}/signing-keys" Administrator fresh => signing_keys::rotate;
    GET "/portal/{tenant}/audit" Reader => audit::list;
}

/// Answer a request below `/portal`.
pub(crate) async fn answer(portal: &Portal, app: &App, call: &Call) -> Answer {
    if let Some(name) = call.path.strip_prefix("/portal/-/static/") {
        return if call.method == Method::GET { Ok(assets::file(name)) } else { Err(Problem::Method("GET, HEAD")) };
    }
    let (route, params) = find(&call.method, &call.path)?;
    let mut visit = Visit::new(portal, app, call, params);
    if route.access == Access::Anyone {
        return (route.handler)(&visit).await;
    }
    let Some(who) = session::current(app, &portal.admin, call).await? else { return stranger(portal, app, call) };
    if route.method == Method::POST && !is_ours(call, &who) {
        return Err(Problem::Foreign);
    }
    visit.tenant = tenant(app, &visit).await?;
    let role = who.role(visit.tenant.as_ref().map(|tenant| tenant.id.as_str()));
    // On pages for everybody, the role of a tenant shows nothing of the installation.
    let somewhere = (route.access == Access::Somewhere).then_some(Role::Reader);
    let role = role.or(somewhere).ok_or(Problem::NotFound)?;
    visit.role = role;
    visit.who = Some(who);
    if route.access == Access::Administrator && role != Role::Administrator {
        visit.refused(route.path).await?;
        return Err(Problem::Forbidden);
    }
    if route.fresh && !visit.who()?.is_fresh(app.now()) {
        return sign_in::again(&visit).await;
    }
    (route.handler)(&visit).await
}

/// The route and the values of its path's placeholders.
fn find<'c>(method: &Method, path: &'c str) -> Result<(&'static Route, Values<'c>), Problem> {
    let mut allowed = Vec::new();
    for route in ROUTES {
        if let Some(params) = matched(route.path, path) {
            if route.method == *method {
                return Ok((route, params));
            }
            allowed.push(&route.method);
        }
    }
    match allowed.as_slice() {
        [] => Err(Problem::NotFound),
        methods if methods.contains(&&Method::GET) && methods.len() > 1 => Err(Problem::Method("GET, HEAD, POST")),
        [method, ..] if **method == Method::GET => Err(Problem::Method("GET, HEAD")),
        _ => Err(Problem::Method("POST")),
    }
}

/// The values of the placeholders, if the path has this form. A word wins over a placeholder by standing first in the
/// table.
fn matched<'c>(pattern: &'static str, path: &'c str) -> Option<Values<'c>> {
    let (mut names, mut parts) = (pattern.split('/'), path.trim_end_matches('/').split('/'));
    let mut params = Vec::new();
    loop {
        match (names.next(), parts.next()) {
            (None, None) => return Some(params),
            (Some(name), Some(part)) => match name.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(name) if !part.is_empty() => params.push((name, part)),
                None if name == part => {}
                _ => return None,
            },
            _ => return None,
        }
    }
}

/// The tenant that the address names. One that is built in is nobody's to manage.
async fn tenant(app: &App, visit: &Visit<'_>) -> Result<Option<Arc<Tenant>>, Problem> {
    let name = visit.param("tenant");
    if name.is_empty() {
        return Ok(None);
    }
    if names::is_built_in_tenant(name) {
        return Err(Problem::NotFound);
    }
    let tenant = app.registry().tenant(name).await?.filter(|tenant| tenant.name == name);
    tenant.map(Some).ok_or(Problem::NotFound)
}

/// Returns true if a page of this session sent the form.
fn is_ours(call: &Call, who: &Who) -> bool {
    let csrf = call.body.get("csrf").unwrap_or_default();
    call.is_form && !call.is_cross_site() && constant_time_eq(csrf, &who.session.csrf)
}

/// Send somebody who is not signed in to the sign-in, and back to the page afterwards.
fn stranger(portal: &Portal, app: &App, call: &Call) -> Answer {
    if call.accepts("application/json") && !call.accepts("text/html") {
        return Ok(plain::status(StatusCode::UNAUTHORIZED));
    }
    let next = if call.method == Method::GET { path_and_query(call) } else { "/portal".to_owned() };
    Ok(sign_in::begin(portal, app, call, &next, None))
}

fn path_and_query(call: &Call) -> String {
    let query: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(call.query.iter()).finish();
    if query.is_empty() { call.path.clone() } else { format!("{}?{query}", call.path) }
}

/// Run the POST of a form that was kept while the person signed in again.
pub(crate) async fn replay(visit: &Visit<'_>, path: &str, body: &[u8]) -> Result<Response<Body>, Problem> {
    let mut call = visit.call.clone();
    path.clone_into(&mut call.path);
    call.method = Method::POST;
    call.body =
        vestibule_server::web::request::Params::parse(body).map_err(|_| Problem::Bad("The form cannot be read."))?;
    call.is_form = true;
    Box::pin(answer(visit.portal, visit.app, &call)).await
}
