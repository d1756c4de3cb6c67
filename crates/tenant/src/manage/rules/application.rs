//! Rules for applications (app registrations)
//! (<https://learn.microsoft.com/entra/identity-platform/supported-accounts-validation>,
//! <https://learn.microsoft.com/entra/identity-platform/reply-url>).

use super::Among;
use crate::manage::refusal::{Findings, Refusal};
use crate::manage::registrations::Registrations;
use crate::registry::redirect_uri::{self, Platform};
use crate::registry::{Application, CredentialKind, Permission, PermissionKind, names};
use std::collections::BTreeSet;
use vestibule_store::ObjectKind;

/// Maximum number of secrets of one application, and of certificates.
pub(crate) const MOST_CREDENTIALS: usize = 10;
/// Maximum number of characters of a secret's description.
pub(crate) const LONGEST_DESCRIPTION: usize = 64;
/// The permissions defined by OpenID Connect itself that an application may hold.
pub(crate) const OPENID_PERMISSIONS: [&str; 2] = ["openid", "offline_access"];

/// The problems of the application in the tenant after the change.
pub(super) fn check(findings: &mut Findings, application: &Application, after: &Registrations, among: Among) {
    identity(findings, application);
    if among == Among::All {
        unique(findings, application, after);
    }
    redirect_uris(findings, application);
    exposed(findings, application);
    credentials(findings, application);
}

fn identity(findings: &mut Findings, application: &Application) {
    let name = &application.name;
    findings.rule("name", "application name", name, names::validate_display_name(name));
    if name.contains('/') {
        let why = format!("the application name {name:?} may hold no slash: permissions are written api/scope");
        findings.refuse("name", why);
    }
    findings.rule("client_id", "client id", &application.client_id, names::validate_guid(&application.client_id));
    if let Some(url) = &application.logout_url {
        findings.rule("logout_url", "logout URL", url, names::validate_logout_url(url));
    }
    for (i, scope) in application.openid_permissions.iter().enumerate() {
        if !OPENID_PERMISSIONS.contains(&scope.as_str()) {
            let why = format!("\"openid_permissions\" takes \"openid\" and \"offline_access\", not {scope:?}");
            findings.refuse(format!("openid_permissions[{i}]"), why);
        }
    }
}

/// Names must be unique because users and commands refer to an application by its name, and Application ID URIs because
/// scopes contain them.
fn unique(findings: &mut Findings, application: &Application, after: &Registrations) {
    let others = || after.applications.values().filter(|other| other.client_id != application.client_id);
    if others().any(|other| other.name.eq_ignore_ascii_case(&application.name)) {
        let why = format!("the tenant has another application named {:?}: choose another name", application.name);
        findings.refuse("name", why);
    }
    let Some(uri) = &application.app_id_uri else { return };
    if let Some(other) = others().find(|other| other.app_id_uri.as_deref().is_some_and(|o| o.eq_ignore_ascii_case(uri)))
    {
        let why = format!("the Application ID URI {uri:?} belongs to the application {:?}", other.name);
        findings.refuse("app_id_uri", why);
    }
}

fn redirect_uris(findings: &mut Findings, application: &Application) {
    let mut known = BTreeSet::new();
    for (key, platform) in platforms() {
        let uris = application.redirect_uris.iter().filter(|r| r.platform == platform);
        for (i, redirect) in uris.enumerate() {
            let field = format!("redirect_uris.{key}[{i}]");
            findings.rule(
                field.as_str(),
                "redirect URI",
                &redirect.uri,
                redirect_uri::validate(&redirect.uri, platform),
            );
            if !known.insert(&redirect.uri) {
                findings.refuse(field, format!("the redirect URI {:?} is there twice", redirect.uri));
            }
        }
    }
    let count = application.redirect_uris.len();
    if count > redirect_uri::MOST {
        let why = format!("an application has at most {} redirect URIs, not {count}", redirect_uri::MOST);
        findings.refuse("redirect_uris", why);
    }
}

/// The keys of `redirect_uris` and the platforms that they stand for.
pub(crate) fn platforms() -> [(&'static str, Platform); 3] {
    [("web", Platform::Web), ("spa", Platform::Spa), ("public_client", Platform::PublicClient)]
}

fn exposed(findings: &mut Findings, application: &Application) {
    if let Some(uri) = &application.app_id_uri {
        findings.rule("app_id_uri", "Application ID URI", uri, names::validate_app_id_uri(uri));
    }
    let scopes = application.scopes.iter().enumerate().map(|(i, s)| (format!("scope[{i}].name"), &s.name));
    let roles = application.app_roles.iter().enumerate().map(|(i, r)| (format!("app_role[{i}].value"), &r.value));
    let exposed: Vec<(String, &String)> = scopes.chain(roles).collect();
    if let Some((first, _)) = exposed.first().filter(|_| application.app_id_uri.is_none()) {
        let example = format!("https://contoso.onmicrosoft.com/{}", application.name);
        let why = format!("an application with scopes or app roles needs \"app_id_uri\", such as {example:?}");
        findings.refuse(first.as_str(), why);
    }
    let mut known = BTreeSet::new();
    for (field, name) in &exposed {
        findings.rule(field.as_str(), "name", name, names::validate_scope_name(name));
        if !known.insert(name.to_ascii_lowercase()) {
            findings.refuse(field.as_str(), format!("the scope or app role {name:?} is there twice"));
        }
    }
    if exposed.len() > names::MOST_SCOPES {
        let (most, count) = (names::MOST_SCOPES, exposed.len());
        findings.refuse("scope", format!("an application has at most {most} scopes and app roles, not {count}"));
    }
}

fn credentials(findings: &mut Findings, application: &Application) {
    for (field, kind, plural) in
        [("secrets", CredentialKind::Secret, "secrets"), ("certificates", CredentialKind::Certificate, "certificates")]
    {
        let count = application.credentials.iter().filter(|c| c.kind == kind).count();
        if count > MOST_CREDENTIALS {
            let why = format!("{:?} has more than {MOST_CREDENTIALS} {plural}", application.name);
            findings.refuse(field, why);
        }
    }
    for (i, credential) in application.credentials.iter().enumerate() {
        let id = &credential.id;
        findings.rule(format!("credentials[{i}].id"), "credential id", id, names::validate_guid(id));
        if credential.description.chars().count() > LONGEST_DESCRIPTION
            || credential.description.contains(char::is_control)
        {
            let why = format!("a description has at most {LONGEST_DESCRIPTION} characters, in one line");
            findings.refuse(format!("credentials[{i}].description"), why);
        }
    }
}

/// Credentials with the id of another one: the store keeps the credentials of a tenant by their ids.
pub(super) fn credentials_twice(after: &Registrations) -> Vec<Refusal> {
    let (mut known, mut found) = (BTreeSet::new(), Vec::new());
    for (client_id, application) in &after.applications {
        let mut findings = Findings::new(ObjectKind::Application, client_id);
        for (i, credential) in application.credentials.iter().enumerate() {
            if !known.insert(&credential.id) {
                let why = format!("the credential id {:?} is there twice", credential.id);
                findings.refuse(format!("credentials[{i}].id"), why);
            }
        }
        found.extend(findings.into_refusals());
    }
    found
}

/// New permissions that no application of the tenant offers. Those that are there already may stay: an API may drop a
/// scope before its clients drop the permission, which then grants nothing.
pub(in crate::manage) fn permissions_of_nothing(before: &Registrations, after: &Registrations) -> Vec<Refusal> {
    let mut found = Vec::new();
    for (client_id, application) in &after.applications {
        let known = before.applications.get(client_id).map_or(&[][..], |known| &known.permissions);
        let mut findings = Findings::new(ObjectKind::Application, client_id);
        for (i, permission) in application.permissions.iter().enumerate() {
            if !known.iter().any(|known| is_same(known, permission))
                && let Err(why) = offered(permission, after)
            {
                findings.refuse(format!("permissions[{i}]"), why);
            }
        }
        found.extend(findings.into_refusals());
    }
    found
}

/// Returns true if these are the same permission, whether or not consent was given.
pub(crate) fn is_same(a: &Permission, b: &Permission) -> bool {
    a.resource_client_id == b.resource_client_id && a.value == b.value && a.kind == b.kind
}

/// Checks whether an application of the tenant offers what the permission is for.
///
/// # Errors
/// A sentence: there is no such application, scope or app role.
pub(crate) fn offered(permission: &Permission, after: &Registrations) -> Result<(), String> {
    let Permission { resource_client_id, value, kind, .. } = permission;
    let Some(api) = after.application(resource_client_id) else {
        return Err(format!("the tenant has no application {resource_client_id:?} that offers {value:?}"));
    };
    let (is_offered, what) = match kind {
        PermissionKind::Delegated => (api.scopes.iter().any(|scope| scope.name == *value), "scope"),
        PermissionKind::Application => (api.app_roles.iter().any(|role| role.value == *value), "app role"),
    };
    if is_offered { Ok(()) } else { Err(format!("the application {:?} has no {what} {value:?}", api.name)) }
}
