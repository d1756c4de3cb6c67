//! The `.env` of an application, which the article's sample and the `vestibule` library read.

use crate::registry::{Application, PermissionKind, Platform, RegisteredFlow, Tenant};
use std::sync::Arc;
use vestibule_journey::flow::FlowKind;
use vestibule_protocol::urls::{Endpoints, Form};

/// Input of [`env_for`] in addition to the registration.
#[derive(Clone, Copy, Debug, Default)]
pub struct EnvFacts<'a> {
    /// The tenant's public address: `http://localhost:8400`.
    pub origin: &'a str,
    /// The client secret, if it is known.
    pub secret: Option<&'a str>,
    /// The URL of the API that the application calls: `http://localhost:6000/hello`.
    pub endpoint: Option<&'a str>,
    /// True for `vestibule dev` on a developer's machine. The `.env` then also contains the URL of the clock.
    pub development: bool,
    /// How to reach the tenant as `https://{tenant}.b2clogin.com`, if `vestibule dev --tls` is running.
    pub posing: Option<Posing<'a>>,
}

/// How programs on this machine reach a tenant that poses as `{tenant}.b2clogin.com`.
#[derive(Clone, Copy, Debug)]
pub struct Posing<'a> {
    /// The CONNECT proxy: `http://127.0.0.1:8401`.
    pub proxy: &'a str,
    /// The PEM file with the certificate authority to trust.
    pub ca: &'a str,
}

/// The text of the `.env` file that this application needs. A secret that is not known is left blank.
#[must_use]
pub fn env_for(tenant: &Tenant, application: &Application, facts: &EnvFacts<'_>) -> String {
    let is_web = application.redirect_uris.iter().any(|r| r.platform == Platform::Web);
    let mut lines = vec![format!("# {} at {}", application.name, tenant.domain)];
    if is_web && facts.development {
        lines.push("FLASK_DEBUG=True".to_owned());
    }
    let mut line = |key: &str, value: &str| lines.push(format!("{key}={}", quoted(value)));
    if application.is_strict() {
        line("OIDC_AUTHORITY", &openid_authority(tenant, facts.origin));
    } else {
        line("B2C_TENANT_NAME", &tenant.name);
        if facts.origin != public_origin(tenant) {
            line("B2C_TENANT_URL", facts.origin);
        }
    }
    line("CLIENT_ID", &application.client_id);
    if is_web || !application.credentials.is_empty() {
        line("CLIENT_SECRET", facts.secret.unwrap_or_default());
    }
    // With the strict profile, the issuer already names the flow.
    for (key, kinds) in FLOWS.into_iter().filter(|_| !application.is_strict()) {
        if let Some(flow) = kinds.iter().find_map(|kind| first(tenant, *kind)) {
            line(key, flow.name());
        }
    }
    if let Some(redirect) = application.redirect_uris.first() {
        line("REDIRECT_URI", &redirect.uri);
    }
    let scopes = scopes(tenant, application);
    if !scopes.is_empty() {
        if let Some(endpoint) = facts.endpoint {
            line("ENDPOINT", endpoint);
        }
        line("SCOPE", &scopes.join(" "));
    }
    if facts.development {
        // The user's own application follows the server's clock, so that it accepts tokens issued after the clock was
        // moved.
        lines.push(format!("VESTIBULE_CLOCK_URL={}/_dev/clock", facts.origin));
    }
    if is_web && !application.is_strict() && facts.origin != public_origin(tenant) {
        lines.extend(for_python(tenant, facts));
    }
    lines.join("\n") + "\n"
}

/// The address that Azure AD B2C would use.
fn public_origin(tenant: &Tenant) -> String {
    format!("https://{}.b2clogin.com", tenant.name)
}

/// The lines for Microsoft's Python sample. It does not read B2C_TENANT_URL: with a tenant's name it signs in at
/// `{name}.b2clogin.com`, and as AUTHORITY it accepts only https URLs.
fn for_python(tenant: &Tenant, facts: &EnvFacts<'_>) -> Vec<String> {
    let mut lines = vec![String::new(), "# Microsoft's Python sample does not read B2C_TENANT_URL.".to_owned()];
    let flow = FLOWS[0].1.iter().find_map(|kind| first(tenant, *kind));
    match (&facts.posing, flow) {
        (Some(posing), _) => {
            lines.push(format!("# It signs in at {}; this leads it there:", public_origin(tenant)));
            let ca = [("REQUESTS_CA_BUNDLE", posing.ca), ("SSL_CERT_FILE", posing.ca)];
            let pairs = [("HTTPS_PROXY", posing.proxy), ("NO_PROXY", "localhost,127.0.0.1")].into_iter().chain(ca);
            lines.extend(pairs.map(|(key, value)| format!("{key}={}", quoted(value))));
        }
        (None, Some(flow)) if facts.origin.starts_with("https://") => {
            lines.push("# In place of B2C_TENANT_NAME and the three user flows, it takes:".to_owned());
            lines.push(format!("# AUTHORITY={}/{}/{}", facts.origin, tenant.domain, flow.name()));
        }
        _ => lines.push("# It needs https: run `vestibule dev --tls`, then print this again.".to_owned()),
    }
    lines
}

/// The article's keys, and the kinds of flow for each, in order of preference.
const FLOWS: [(&str, &[FlowKind]); 3] = [
    ("SIGNUPSIGNIN_USER_FLOW", &[FlowKind::SignUpSignIn, FlowKind::SignIn, FlowKind::SignUp]),
    ("EDITPROFILE_USER_FLOW", &[FlowKind::ProfileEditing]),
    ("RESETPASSWORD_USER_FLOW", &[FlowKind::PasswordReset]),
];

/// The issuer for an application with `openid = "strict"`, for the flow that signs users in; its metadata document is
/// below that URL.
fn openid_authority(tenant: &Tenant, origin: &str) -> String {
    let mut kinds = FLOWS.iter().flat_map(|(_, kinds)| kinds.iter());
    let flow = kinds.find_map(|kind| first(tenant, *kind)).or_else(|| tenant.registered_flows().next());
    let policy = flow.map(|flow| flow.name()).unwrap_or_default();
    Endpoints { origin, tenant: &tenant.id, tenant_id: &tenant.id, policy, form: Form::Openid }.issuer_openid()
}

fn first(tenant: &Tenant, kind: FlowKind) -> Option<&Arc<RegisteredFlow>> {
    tenant.registered_flows().find(|f| f.kind() == Some(kind))
}

/// The full values of the delegated permissions that were granted.
fn scopes(tenant: &Tenant, application: &Application) -> Vec<String> {
    let granted =
        application.permissions.iter().filter(|p| p.consented_at.is_some() && p.kind == PermissionKind::Delegated);
    granted.filter_map(|p| tenant.application(&p.resource_client_id)?.full_scope(&p.value)).collect()
}

/// Quotes a value that contains special characters, in the way that every reader of `.env` files understands.
fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/@%+=".contains(c);
    if value.chars().all(plain) { value.to_owned() } else { format!("\"{value}\"") }
}
