//! Applications: settings, redirect URIs, credentials, scopes, app roles and permissions.

use super::{ExportedFile, Exporter, Tree, file_name, tree};
use crate::config::wanted::{CERTIFICATE, certificate_id};
use crate::config::{export::text, time};
use crate::manage::{Registrations, offered};
use crate::registry::{AppRole, Application, Certificate, Credential, CredentialKind, Permission, Platform, Scope};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// Characters in a line of a PEM file (RFC 7468 section 2).
const PEM_LINE: usize = 64;

impl Exporter {
    /// The applications, by name.
    pub(super) fn applications(&mut self, from: &Registrations) -> Value {
        let mut all: Vec<&Application> = from.applications.values().collect();
        all.sort_by_key(|application| (&application.name, &application.client_id));
        all.into_iter().map(|application| self.application(application, from)).collect()
    }

    fn application(&mut self, from: &Application, tenant: &Registrations) -> Value {
        let mut tree = tree(from);
        let public = tree.remove("public_client").unwrap_or_default();
        tree.insert("allow_public_client_flows".to_owned(), public);
        tree.insert("name".to_owned(), json!(from.name));
        tree.insert("client_id".to_owned(), json!(from.client_id));
        tree.insert("redirect_uris".to_owned(), redirect_uris(from));
        tree.insert("secret".to_owned(), self.secrets(from));
        tree.insert("certificates".to_owned(), self.certificates(from, tenant));
        tree.insert("scope".to_owned(), from.scopes.iter().map(scope).collect());
        tree.insert("app_role".to_owned(), from.app_roles.iter().map(app_role).collect());
        permissions(&mut tree, from, tenant);
        Value::Object(tree)
    }

    fn secrets(&mut self, from: &Application) -> Value {
        let secrets = from.credentials.iter().filter(|known| known.kind == CredentialKind::Secret);
        secrets.map(|secret| self.secret(from, secret)).collect()
    }

    fn secret(&mut self, from: &Application, secret: &Credential) -> Value {
        let Credential { id, description, hint, expires_at, .. } = secret;
        let name = if description.is_empty() { id } else { description };
        let begins = if hint.is_empty() { String::new() } else { format!(", begins with {hint:?}") };
        let purpose = format!("secret {name:?} of the application {:?}{begins}", from.name);
        let env = self.variables.add(&format!("{}_SECRET", from.name), purpose);
        json!({ "env": env, "id": id, "description": description, "expires": expires_at.and_then(time::text) })
    }

    fn certificates(&mut self, from: &Application, tenant: &Registrations) -> Value {
        let folder = self.folder(tenant, "certificates");
        let all = from.credentials.iter().filter_map(|known| Some((known, known.certificate.as_ref()?)));
        all.map(|(known, certificate)| self.certificate(from, known, certificate, &folder)).collect()
    }

    fn certificate(&mut self, from: &Application, known: &Credential, own: &Certificate, folder: &str) -> Value {
        let fingerprint = own.fingerprint();
        let value = format!("{folder}/{}-{}.pem", file_name(&from.name), &fingerprint[..fingerprint.len().min(16)]);
        let file = ExportedFile { path: value.clone().into(), text: pem(own) };
        if !self.files.contains(&file) {
            self.files.push(file);
        }
        // As the file makes it by itself: then the name of the PEM file says everything.
        if known.id == certificate_id(&from.client_id, own) && known.description == CERTIFICATE {
            return json!(value);
        }
        json!({ "value": value, "id": known.id, "description": known.description })
    }
}

fn redirect_uris(from: &Application) -> Value {
    let of = |platform| from.redirect_uris.iter().filter(|one| one.platform == platform).map(|one| &one.uri).collect();
    let (web, spa, public_client): (Vec<_>, Vec<_>, Vec<_>) =
        (of(Platform::Web), of(Platform::Spa), of(Platform::PublicClient));
    json!({ "web": web, "spa": spa, "public_client": public_client })
}

fn pem(certificate: &Certificate) -> String {
    let body = STANDARD.encode(&certificate.der);
    let lines = body.as_bytes().chunks(PEM_LINE).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\n");
    format!("-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n")
}

fn scope(from: &Scope) -> Value {
    let Scope { name, admin_consent_display_name, admin_consent_description, enabled } = from;
    let display_name = (admin_consent_display_name != name).then_some(admin_consent_display_name);
    json!({
        "name": name, "display_name": display_name, "description": admin_consent_description, "enabled": enabled,
    })
}

fn app_role(from: &AppRole) -> Value {
    let AppRole { value, display_name, enabled } = from;
    let display_name = (display_name != value).then_some(display_name);
    json!({ "value": value, "display_name": display_name, "enabled": enabled })
}

/// The permissions with their consent. Those that no application offers any more grant nothing, and no file can make
/// them: a comment names them.
fn permissions(tree: &mut Tree, from: &Application, tenant: &Registrations) {
    let (mut all, mut left_out) = (Vec::new(), Vec::new());
    for permission in &from.permissions {
        match offered(permission, tenant) {
            Ok(()) => all.push(entry(permission, tenant)),
            Err(why) => left_out.push(format!("A permission of {:?} is left out: {why}.", from.name)),
        }
    }
    if !from.permissions.is_empty() {
        tree.insert("permissions".to_owned(), Value::Array(all));
    }
    if !left_out.is_empty() {
        tree.insert(text::COMMENT.to_owned(), json!(left_out.join("\n")));
    }
}

fn entry(permission: &Permission, tenant: &Registrations) -> Value {
    let api = &permission.resource_client_id;
    let api = tenant.application(api).map_or(api, |api| &api.name);
    let value = format!("{api}/{}", permission.value);
    if permission.consented_at.is_some() { json!(value) } else { json!({ "value": value, "consent": false }) }
}
