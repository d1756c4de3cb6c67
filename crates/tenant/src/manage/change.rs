//! The description of a change: each object, with each of its fields before and after. It never contains secrets.

use super::registrations::{CustomPolicy, Registrations, TenantFields};
use crate::registry::key_container::KeyContainer;
use crate::registry::records::to_json;
use crate::registry::{Application, Credential, CredentialKind, Platform, TenantSettings};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use vestibule_journey::flow::FlowSettings;
use vestibule_protocol::digest::sha256_base64url;
use vestibule_protocol::error::timestamp;
use vestibule_store::{ObjectKey, ObjectKind, PermissionKind};

/// The operation on an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// The object is created.
    Create,
    /// The object exists and is changed.
    Change,
    /// The object is deleted.
    Delete,
}

/// One field of an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// The field, by its name in the configuration file.
    pub field: String,
    /// Its value before; `None` if it had none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// Its value afterwards; `None` if it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// A change to one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The operation.
    pub action: Action,
    /// The object.
    pub object: ObjectKey,
    /// The tenant's short name.
    pub tenant: String,
    /// The object's display name.
    pub name: String,
    /// The fields that differ.
    pub fields: Vec<FieldChange>,
}

impl Change {
    /// The kind of the object, as the configuration file and the portal call it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        kind_name(self.object.kind())
    }

    /// The name of the event in the audit log: `application.create`.
    #[must_use]
    pub fn event(&self) -> String {
        let done = match self.action {
            Action::Create => "create",
            Action::Change => "update",
            Action::Delete => "delete",
        };
        format!("{}.{done}", self.object.kind().as_str())
    }

    /// The form that `--json` prints.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "action": self.action,
            "tenant": self.tenant,
            "kind": self.kind(),
            "id": self.object.id(),
            "name": self.name,
            "fields": self.fields,
        })
    }
}

/// The name of a kind of object, as the configuration file and the portal call it.
#[must_use]
pub fn kind_name(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Tenant => "tenant",
        ObjectKind::Application => "application",
        ObjectKind::Flow => "user flow",
        ObjectKind::CustomAttribute => "attribute",
        ObjectKind::Policy => "policy",
        ObjectKind::KeyContainer => "policy key",
    }
}

impl fmt::Display for Change {
    /// Prints `+ contoso: application webapp1`, with `+` for created, `~` for changed and `-` for deleted, and each
    /// field below it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.action {
            Action::Create => '+',
            Action::Change => '~',
            Action::Delete => '-',
        };
        if self.object.kind() == ObjectKind::Tenant {
            write!(f, "{sign} tenant {}", self.name)?;
        } else {
            write!(f, "{sign} {}: {} {}", self.tenant, self.kind(), self.name)?;
        }
        self.fields.iter().try_for_each(|field| write!(f, "\n    {field}"))
    }
}

impl fmt::Display for FieldChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.before, &self.after) {
            (None, Some(after)) => write!(f, "{}: {after}", self.field),
            (Some(before), Some(after)) => write!(f, "{}: {before} → {after}", self.field),
            (Some(before), None) => write!(f, "{}: {before} → nothing", self.field),
            (None, None) => write!(f, "{}", self.field),
        }
    }
}

/// Fields by name, without anything secret.
type Fields = Map<String, Value>;

/// Every object that differs, ordered by kind and name.
pub(super) fn between(before: &Registrations, after: &Registrations) -> Vec<Change> {
    let tenant = if after.tenant.name.is_empty() { &before.tenant.name } else { &after.tenant.name };
    let mut found = Vec::new();
    let shown = |fields: &TenantFields| (!fields.name.is_empty()).then(|| tenant_fields(fields));
    let key = ObjectKey::new(ObjectKind::Tenant, &after.tenant.id);
    let defaults = plain(&TenantSettings::default());
    found.extend(change(tenant, key, tenant, shown(&before.tenant), shown(&after.tenant), &defaults));
    let context = Context { before, after };
    let application = |one: &Application| application_fields(one, &context);
    Each { tenant, found: &mut found }
        .of(ObjectKind::CustomAttribute, &before.attributes, &after.attributes, plain, |a| &a.name, |_| Fields::new())
        .of(ObjectKind::Flow, &before.flows, &after.flows, plain, |f| &f.name, flow_defaults)
        .of(ObjectKind::Policy, &before.policies, &after.policies, policy_fields, |p| &p.id, |_| Fields::new())
        .of(
            ObjectKind::Application,
            &before.applications,
            &after.applications,
            application,
            |a| &a.name,
            |_| application_fields(&Application::default(), &context),
        )
        .of(
            ObjectKind::KeyContainer,
            &before.key_containers,
            &after.key_containers,
            container_fields,
            |c| &c.name,
            |_| Fields::new(),
        );
    found
}

/// Both states, for the names of the APIs in permissions.
struct Context<'r> {
    before: &'r Registrations,
    after: &'r Registrations,
}

/// Collects the objects that differ.
struct Each<'f> {
    tenant: &'f str,
    found: &'f mut Vec<Change>,
}

impl Each<'_> {
    /// Adds every object of one kind that differs.
    fn of<T: PartialEq>(
        self,
        kind: ObjectKind,
        before: &BTreeMap<String, T>,
        after: &BTreeMap<String, T>,
        fields: impl Fn(&T) -> Fields,
        name: impl Fn(&T) -> &String,
        defaults: impl Fn(&T) -> Fields,
    ) -> Self {
        let first = self.found.len();
        let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for key in keys.into_iter().filter(|key| before.get(*key) != after.get(*key)) {
            let (old, new) = (before.get(key), after.get(key));
            let Some(shown) = new.or(old) else { continue };
            let object = ObjectKey::new(kind, key);
            let (old, new) = (old.map(&fields), new.map(&fields));
            self.found.extend(change(self.tenant, object, name(shown), old, new, &defaults(shown)));
        }
        // Applications are keyed by client ids, so sort them by name for readers.
        self.found[first..].sort_by(|a, b| a.name.cmp(&b.name));
        self
    }
}

/// The change to one object. `defaults` are the values of a new object, which are left out.
fn change(
    tenant: &str,
    object: ObjectKey,
    name: &str,
    old: Option<Fields>,
    new: Option<Fields>,
    defaults: &Fields,
) -> Option<Change> {
    let action = match (&old, &new) {
        (None, None) => return None,
        (None, Some(_)) => Action::Create,
        (Some(_), None) => Action::Delete,
        (Some(old), Some(new)) if old == new => return None,
        (Some(_), Some(_)) => Action::Change,
    };
    let fields = match action {
        Action::Delete => Vec::new(),
        Action::Create => differing(&Fields::new(), &without(new.unwrap_or_default(), defaults)),
        Action::Change => differing(&old.unwrap_or_default(), &new.unwrap_or_default()),
    };
    Some(Change { action, object, tenant: tenant.to_owned(), name: name.to_owned(), fields })
}

/// Removes fields that have their default value.
fn without(fields: Fields, defaults: &Fields) -> Fields {
    fields.into_iter().filter(|(name, value)| defaults.get(name) != Some(value)).collect()
}

fn differing(old: &Fields, new: &Fields) -> Vec<FieldChange> {
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let differing = keys.into_iter().filter(|key| old.get(*key) != new.get(*key));
    differing
        .map(|key| FieldChange { field: key.clone(), before: old.get(key).cloned(), after: new.get(key).cloned() })
        .collect()
}

/// The fields of a value that contains no secrets.
fn plain<T: Serialize>(value: &T) -> Fields {
    match serde_json::from_str(&to_json(value)) {
        Ok(Value::Object(fields)) => without_nothing(fields),
        _ => Fields::new(),
    }
}

/// Removes fields that are not set, at any depth.
fn without_nothing(fields: Fields) -> Fields {
    let is_something = |value: &Value| !value.is_null() && *value != json!([]) && *value != json!("");
    fields.into_iter().map(|(name, value)| (name, trimmed(value))).filter(|(_, value)| is_something(value)).collect()
}

fn trimmed(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(without_nothing(fields)),
        Value::Array(list) => Value::Array(list.into_iter().map(trimmed).collect()),
        other => other,
    }
}

fn tenant_fields(tenant: &TenantFields) -> Fields {
    let mut fields = plain(&tenant.settings);
    fields.insert("name".to_owned(), json!(tenant.name));
    fields.insert("domain".to_owned(), json!(tenant.domain));
    fields.insert("display_name".to_owned(), json!(tenant.display_name));
    fields
}

/// The default fields of a flow of this name and kind.
fn flow_defaults(flow: &FlowSettings) -> Fields {
    let least = json!({ "name": flow.name, "type": flow.kind });
    let mut fields = serde_json::from_value::<FlowSettings>(least).map_or_else(|_| Fields::new(), |flow| plain(&flow));
    fields.remove("type");
    fields
}

/// Shows a policy by its length and the first characters of its digest, because its text is too long.
fn policy_fields(policy: &CustomPolicy) -> Fields {
    let digest = sha256_base64url(policy.xml.as_bytes());
    let shown = format!("{} bytes, SHA-256 {}…", policy.xml.len(), digest.get(..12).unwrap_or_default());
    Fields::from_iter([("file".to_owned(), json!(shown))])
}

fn application_fields(application: &Application, context: &Context<'_>) -> Fields {
    let mut fields = plain(application);
    fields.remove("redirect_uris");
    if let Some(public) = fields.remove("public_client") {
        fields.insert("allow_public_client_flows".to_owned(), public);
    }
    fields.insert("name".to_owned(), json!(application.name));
    for (key, platform) in [("web", Platform::Web), ("spa", Platform::Spa), ("public_client", Platform::PublicClient)] {
        let uris = application.redirect_uris.iter().filter(|r| r.platform == platform).map(|r| &r.uri);
        fields.insert(format!("redirect_uris.{key}"), json!(uris.collect::<Vec<_>>()));
    }
    for scope in &application.scopes {
        let shown = json!({
            "display_name": scope.admin_consent_display_name,
            "description": scope.admin_consent_description,
            "enabled": scope.enabled,
        });
        fields.insert(format!("scope {}", scope.name), shown);
    }
    for role in &application.app_roles {
        let shown = json!({ "display_name": role.display_name, "enabled": role.enabled });
        fields.insert(format!("app_role {}", role.value), shown);
    }
    for permission in &application.permissions {
        let api = &permission.resource_client_id;
        let api = context.after.application(api).or_else(|| context.before.application(api)).map_or(api, |a| &a.name);
        let kind = if permission.kind == PermissionKind::Delegated { "delegated" } else { "application" };
        let consent = permission.consented_at.map_or("not granted", |_| "granted");
        fields.insert(format!("permission {api}/{}", permission.value), json!(format!("{kind}, {consent}")));
    }
    for credential in &application.credentials {
        let (mut name, shown) = credential_field(credential);
        if fields.contains_key(&name) {
            name = format!("{name} {}", credential.id);
        }
        fields.insert(name, shown);
    }
    without_nothing(fields)
}

/// Shows a credential without its secret. For a secret, the beginning of the digest shows that it was replaced; this is
/// safe because secrets are random.
fn credential_field(credential: &Credential) -> (String, Value) {
    let Credential { id, hint, description, hash, expires_at, .. } = credential;
    let expires = expires_at.map(|at| format!(", expires {}", timestamp(at))).unwrap_or_default();
    let digest = hash.get(..8).unwrap_or_default();
    if credential.kind == CredentialKind::Certificate {
        return (format!("certificate {hint}"), json!(format!("{description}{expires}")));
    }
    let name = if description.is_empty() { id } else { description };
    (format!("secret {name:?}"), json!(format!("{hint}…, digest {digest}…{expires}")))
}

fn container_fields(container: &KeyContainer) -> Fields {
    let key = |key: &crate::registry::key_container::ContainerKey| {
        let mut shown = json!({ "kind": key.kind, "use": key.usage, "enabled": key.enabled, "value": "(sealed)" });
        if let Some(begin) = key.not_before {
            shown["not_before"] = json!(timestamp(begin));
        }
        if let Some(end) = key.expires_at {
            shown["expires"] = json!(timestamp(end));
        }
        (format!("key {}", key.id), shown)
    };
    container.keys.iter().map(key).collect()
}
