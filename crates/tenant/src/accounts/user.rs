//! A user: the record in the store, the sign-in names, and the attributes as policies see them.

use super::UserError;
use super::attributes::{Changes, EXTENSIONS_MAX};
use super::identity::LocalName;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use vestibule_journey::Attributes;
use vestibule_journey::claims::value::Value;
use vestibule_store::{IdentityKind, IdentityRecord, StoreError, UserRecord};

/// A user of a tenant.
#[derive(Clone, Debug)]
pub struct User {
    pub(super) record: UserRecord,
    pub(super) identities: Vec<IdentityRecord>,
    pub(super) body: Body,
}

/// The part of a user that the store keeps as JSON.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Body {
    /// Attributes by directory name.
    pub(super) attributes: Attributes,
    /// Key of the journey's write that created the user, so that a repeated write recognises its own user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) created_by: Option<String>,
    /// When the password expires, in milliseconds since the epoch; `None` if it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) password_expires_at: Option<i64>,
    /// Hash of the password that the user last had to replace and may not choose again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) replaced_password: Option<String>,
}

impl User {
    pub(super) fn new(record: UserRecord, identities: Vec<IdentityRecord>) -> Result<Self, StoreError> {
        let body = serde_json::from_str(&record.body).map_err(|error| StoreError::Damaged(error.into()))?;
        Ok(Self { record, identities, body })
    }

    /// The version of the user, starting at 1, for changes that must not overwrite another change.
    #[must_use]
    pub fn version(&self) -> i64 {
        self.record.version
    }

    /// Key of the journey's write that created the user.
    pub(crate) fn created_by(&self) -> Option<&String> {
        self.body.created_by.as_ref()
    }

    /// Object id: a lower-case GUID that never changes.
    #[must_use]
    pub fn object_id(&self) -> &str {
        &self.record.object_id
    }

    /// Returns true if the user may sign in.
    #[must_use]
    pub fn enabled(&self) -> bool {
        self.record.enabled
    }

    /// Returns true if the password must be changed at the next sign-in.
    #[must_use]
    pub fn force_change(&self) -> bool {
        self.record.force_change
    }

    /// When the password expires, in milliseconds since the epoch; `None` if it does not.
    #[must_use]
    pub fn password_expires_at(&self) -> Option<i64> {
        self.body.password_expires_at
    }

    /// Returns true if the password is for a first sign-in only: it must be changed, or it expires.
    pub(super) fn must_replace_password(&self) -> bool {
        self.record.force_change || self.body.password_expires_at.is_some()
    }

    /// Returns true if the user has a password.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.record.password_hash.is_some()
    }

    /// Sessions and grants whose credentials were given before this time (milliseconds) are no longer valid.
    #[must_use]
    pub fn valid_from(&self) -> i64 {
        self.record.valid_from
    }

    /// When the user was created, in milliseconds.
    #[must_use]
    pub fn created_at(&self) -> i64 {
        self.record.created_at
    }

    /// The sign-in e-mail address as typed when it was set; mail is sent there.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.name(IdentityKind::EmailAddress)
    }

    /// The user name, as typed when it was set.
    #[must_use]
    pub fn user_name(&self) -> Option<&str> {
        self.name(IdentityKind::UserName)
    }

    /// The display name.
    #[must_use]
    pub fn display_name(&self) -> Option<String> {
        self.body.attributes.get("displayName").map(Value::text)
    }

    /// Returns true if codes for the account may be sent to this mailbox: it is the sign-in address, or the address for
    /// password resets.
    pub(crate) fn has_mailbox(&self, address: &LocalName) -> bool {
        let signs_in = self.identities.iter().any(|i| i.kind == address.kind && i.value_key == address.key);
        let for_resets = self.body.attributes.get("strongAuthenticationEmailAddress");
        let for_resets = for_resets.and_then(|value| super::identity::email(&value.text()));
        signs_in || for_resets.is_some_and(|own| own.key == address.key)
    }

    fn name(&self, kind: IdentityKind) -> Option<&str> {
        self.identities.iter().find(|i| i.kind == kind && i.issuer.is_empty()).map(|i| i.value.as_str())
    }

    /// All attributes, by directory name; `domain` is the tenant's.
    #[must_use]
    pub fn attributes(&self, domain: &str) -> Attributes {
        let mut all = self.body.attributes.clone();
        let mut put = |name: &str, value: Value| drop(all.insert(name.to_owned(), value));
        put("objectId", Value::Text(self.record.object_id.clone()));
        put("userPrincipalName", Value::Text(format!("{}@{domain}", self.record.object_id)));
        put("accountEnabled", Value::Bool(self.record.enabled));
        put("forceChangePasswordNextSignIn", Value::Bool(self.record.force_change));
        put("createdDateTime", Value::Text(iso(self.record.created_at)));
        put("refreshTokensValidFromDateTime", Value::Text(iso(self.record.valid_from)));
        let (email, user_name) = (self.email(), self.user_name());
        if let Some(email) = email {
            put("signInNames.emailAddress", email.into());
        }
        if let Some(user_name) = user_name {
            put("signInNames.userName", user_name.into());
        }
        if let Some(name) = email.or(user_name) {
            put("signInNames", name.into());
        }
        let emails = self.emails();
        if !emails.is_empty() {
            put("emails", Value::List(emails));
        }
        all
    }

    /// The sign-in address and the other addresses, without duplicates (docs/b2c.md, "Claims in tokens", `emails`).
    fn emails(&self) -> Vec<String> {
        let mut emails: Vec<String> = self.email().map(str::to_owned).into_iter().collect();
        if let Some(Value::List(others)) = self.body.attributes.get("otherMails") {
            for other in others {
                if !emails.iter().any(|known| known.eq_ignore_ascii_case(other)) {
                    emails.push(other.clone());
                }
            }
        }
        emails
    }

    /// Applies changes to attributes, switches and names.
    pub(super) fn apply(&mut self, changes: &Changes) -> Result<(), UserError> {
        self.body.merge(changes)?;
        self.record.body = self.body.to_json()?;
        self.record.enabled = changes.enabled.unwrap_or(self.record.enabled);
        self.record.force_change = changes.force_change.unwrap_or(self.record.force_change);
        let had_names = !self.identities.is_empty();
        self.rename(IdentityKind::EmailAddress, changes.email.as_ref());
        self.rename(IdentityKind::UserName, changes.user_name.as_ref());
        if self.identities.is_empty() && had_names {
            return Err(UserError::Unsupported("a user cannot lose the last name to sign in by".to_owned()));
        }
        Ok(())
    }

    /// Replaces the current password.
    pub(super) fn replace_password(&mut self, hash: Option<String>, changes: &Changes) -> Result<(), UserError> {
        if self.must_replace_password() {
            self.body.replaced_password.clone_from(&self.record.password_hash);
        }
        self.body.password_expires_at = changes.password_expires_at;
        self.record.force_change = changes.force_change.unwrap_or(false);
        self.record.password_hash = hash;
        self.record.body = self.body.to_json()?;
        Ok(())
    }

    fn rename(&mut self, kind: IdentityKind, change: Option<&Option<LocalName>>) {
        let Some(change) = change else { return };
        let same = |i: &IdentityRecord| i.kind == kind && change.as_ref().is_some_and(|name| name.key == i.value_key);
        if self.identities.iter().any(same) {
            return;
        }
        self.identities.retain(|i| i.kind != kind || !i.issuer.is_empty());
        if let Some(name) = change {
            self.identities.push(identity(&self.record.tenant, &self.record.object_id, name));
        }
        self.identities.sort();
    }
}

impl Body {
    pub(super) fn merge(&mut self, changes: &Changes) -> Result<(), UserError> {
        for (name, value) in &changes.stored {
            // A custom attribute keeps the spelling in which it was first written.
            let known = self.attributes.keys().find(|known| known.eq_ignore_ascii_case(name)).cloned();
            let name = known.unwrap_or_else(|| name.clone());
            match value {
                Some(value) => drop(self.attributes.insert(name, value.clone())),
                None => drop(self.attributes.remove(&name)),
            }
        }
        let custom = self.attributes.keys().filter(|name| name.starts_with("extension_")).count();
        if custom > EXTENSIONS_MAX {
            let attribute = changes.stored.keys().find(|n| n.starts_with("extension_")).cloned().unwrap_or_default();
            return Err(UserError::Refused { message: "UserMessageIfInvalidInput", attribute });
        }
        // Every user has one; Azure AD B2C writes the same word.
        self.attributes.entry("displayName".to_owned()).or_insert_with(|| "unknown".into());
        Ok(())
    }

    pub(super) fn to_json(&self) -> Result<String, UserError> {
        serde_json::to_string(self).map_err(|error| UserError::Store(StoreError::Damaged(error.into())))
    }
}

/// The names of the fields that differ, for the audit log. Values are included only for switches and, masked, for
/// sign-in names, because an audit entry cannot be edited and must not contain data that a user may have erased.
pub(super) fn differences(before: Option<&User>, after: &User) -> Vec<Json> {
    let (old, new) = (before.map(fields).unwrap_or_default(), fields(after));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let differing = names.into_iter().filter(|name| old.get(*name) != new.get(*name));
    differing.map(|name| difference(name, old.get(name), new.get(name))).collect()
}

fn difference(name: &str, old: Option<&Field>, new: Option<&Field>) -> Json {
    let mut told = serde_json::Map::from_iter([("field".to_owned(), json!(name))]);
    for (side, field) in [("before", old), ("after", new)] {
        if let Some(shown) = field.and_then(|field| field.shown.clone()) {
            told.insert(side.to_owned(), shown);
        }
    }
    Json::Object(told)
}

/// A field of a user.
#[derive(PartialEq)]
struct Field {
    value: Json,
    /// The value that the audit log shows, if any.
    shown: Option<Json>,
}

fn fields(user: &User) -> BTreeMap<String, Field> {
    let told = |value: bool| Field { value: json!(value), shown: Some(json!(value)) };
    let switches = [
        ("accountEnabled".to_owned(), told(user.record.enabled)),
        ("forceChangePasswordNextSignIn".to_owned(), told(user.record.force_change)),
    ];
    let attribute = |(name, value): (&String, &Value)| (name.clone(), Field { value: json!(value), shown: None });
    let attributes = user.body.attributes.iter().map(attribute);
    let name = |identity: &IdentityRecord| {
        let issuer = if identity.issuer.is_empty() { String::new() } else { format!(" of {}", identity.issuer) };
        let value = json!(identity.value_key);
        (
            format!("signInNames.{}{issuer}", identity.kind.as_str()),
            Field { value, shown: Some(json!(masked(&identity.value))) },
        )
    };
    switches.into_iter().chain(attributes).chain(user.identities.iter().map(name)).collect()
}

/// A masked sign-in name: only its first character, and the domain of an address.
fn masked(name: &str) -> String {
    let (local, domain) = name.rsplit_once('@').map_or((name, None), |(local, domain)| (local, Some(domain)));
    let first: String = local.chars().take(1).collect();
    domain.map_or_else(|| format!("{first}…"), |domain| format!("{first}…@{domain}"))
}

/// The record for a local account's name.
pub(super) fn identity(tenant: &str, object_id: &str, name: &LocalName) -> IdentityRecord {
    IdentityRecord {
        tenant: tenant.to_owned(),
        issuer: String::new(),
        kind: name.kind,
        value_key: name.key.clone(),
        value: name.typed.clone(),
        object_id: object_id.to_owned(),
    }
}

/// ISO 8601 in UTC, the format in which the directory writes times.
fn iso(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map(|time| time.to_string()).unwrap_or_default()
}
