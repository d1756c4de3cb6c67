//! An application (app registration), and what it may request (docs/b2c.md, "Applications").

use super::certificate::Certificate;
use super::redirect_uri::{self, Platform, RedirectUri};
use serde::{Deserialize, Serialize};
use vestibule_protocol::digest;
pub use vestibule_store::{CredentialKind, PermissionKind};

/// An application that is registered in a tenant; it can use any of the tenant's flows.
///
/// Its serialised form is the `body` of the store's record; fields with columns or tables of their own are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Application {
    /// Application (client) id: a GUID, lower case.
    #[serde(skip)]
    pub client_id: String,
    /// Display name.
    #[serde(skip)]
    pub name: String,
    /// True if users may sign in to it.
    pub enabled: bool,
    /// The URIs to which responses may be sent.
    pub redirect_uris: Vec<RedirectUri>,
    /// Front-channel logout URL; sign-out may also redirect to it.
    pub logout_url: Option<String>,
    /// Application ID URI, if it is an API: `https://contoso.onmicrosoft.com/tasks-api`.
    pub app_id_uri: Option<String>,
    /// The scopes that it exposes.
    #[serde(skip)]
    pub scopes: Vec<Scope>,
    /// The app roles that it exposes, for client credentials.
    #[serde(skip)]
    pub app_roles: Vec<AppRole>,
    /// The permissions that it holds for APIs.
    #[serde(skip)]
    pub permissions: Vec<Permission>,
    /// The consented permissions defined by OpenID Connect itself: `openid`, `offline_access`.
    pub openid_permissions: Vec<String>,
    /// True if the authorize endpoint may return ID tokens (implicit and hybrid flows).
    pub implicit_id_token: bool,
    /// True if the authorize endpoint may return access tokens (implicit flow).
    pub implicit_access_token: bool,
    /// "Allow public client flows": the password grant (ROPC) without a secret.
    pub public_client: bool,
    /// True if confidential clients must use PKCE, too.
    pub require_pkce: bool,
    /// True if the `plain` challenge method is accepted.
    pub allow_plain_pkce: bool,
    /// Selects B2C's behaviour, or strict OpenID Connect.
    pub openid: OpenidProfile,
    /// True if a client assertion works only once and is valid for at most five minutes; see
    /// [`Self::takes_assertions_once`].
    pub single_use_assertions: bool,
    /// Secrets and certificates. Two at a time allow one to be replaced while the other works.
    #[serde(skip)]
    pub credentials: Vec<Credential>,
}

/// The server's behaviour towards an application where B2C and OpenID Connect differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OpenidProfile {
    /// Like B2C: no access token if only scopes of OpenID Connect were requested.
    #[default]
    B2c,
    /// Strictly by the specification: always an access token, userinfo, and an issuer that names the policy.
    Strict,
}

/// A scope that an API exposes; its full value is the Application ID URI, a slash, and the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Short name: `tasks.read`.
    pub name: String,
    /// The title that an administrator reads when consenting.
    pub admin_consent_display_name: String,
    /// The sentence that an administrator reads when consenting.
    pub admin_consent_description: String,
    /// True if it can be granted.
    pub enabled: bool,
}

/// An app role of an API: a permission for a program rather than a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppRole {
    /// Value in the `scp` claim of client credentials: `tasks.sync`.
    pub value: String,
    /// The title shown to administrators.
    pub display_name: String,
    /// True if it can be granted.
    pub enabled: bool,
}

/// A permission of an application for an API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// Client id of the API.
    pub resource_client_id: String,
    /// Name of the scope, or value of the app role.
    pub value: String,
    /// Scope or app role.
    pub kind: PermissionKind,
    /// The time of an administrator's consent, in milliseconds since the epoch; `None` without consent. In B2C only
    /// administrators consent.
    pub consented_at: Option<i64>,
}

/// A credential of an application. The secret itself is not stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// Its id: a GUID; not secret.
    pub id: String,
    /// Its kind.
    pub kind: CredentialKind,
    /// SHA-256 of a secret or of a certificate, base64url.
    pub hash: String,
    /// Text by which users recognise it: the first characters of a secret, or the fingerprint of a certificate.
    pub hint: String,
    /// Its display name.
    pub description: String,
    /// When it was added, in milliseconds since the epoch.
    pub created_at: i64,
    /// When it expires, in milliseconds since the epoch; `None` for never.
    pub expires_at: Option<i64>,
    /// The certificate; `None` for a secret.
    pub certificate: Option<Certificate>,
}

/// The result of checking a presented secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretCheck {
    /// It is one of the application's secrets.
    Right,
    /// It is one of the application's secrets, but has expired.
    Expired,
    /// It is not one of the application's secrets.
    Wrong,
}

impl Default for Application {
    /// A new registration: enabled, with `openid` and `offline_access`, and nothing else (docs/b2c.md, "Scopes and
    /// permissions").
    fn default() -> Self {
        Self {
            client_id: String::new(),
            name: String::new(),
            enabled: true,
            redirect_uris: Vec::new(),
            logout_url: None,
            app_id_uri: None,
            scopes: Vec::new(),
            app_roles: Vec::new(),
            permissions: Vec::new(),
            openid_permissions: vec!["openid".to_owned(), "offline_access".to_owned()],
            implicit_id_token: false,
            implicit_access_token: false,
            public_client: false,
            require_pkce: false,
            allow_plain_pkce: false,
            openid: OpenidProfile::B2c,
            single_use_assertions: false,
            credentials: Vec::new(),
        }
    }
}

impl Application {
    /// The registered redirect URI that equals `uri` byte for byte.
    ///
    /// There is one exception (RFC 8252 section 7.3): an `http` URI of platform [`Platform::PublicClient`] at
    /// `localhost`, `127.0.0.1` or `[::1]` matches with any port, because a native application cannot know its port in
    /// advance.
    #[must_use]
    pub fn redirect_uri(&self, uri: &str) -> Option<&RedirectUri> {
        let exact = self.redirect_uris.iter().find(|r| r.uri == uri);
        exact.or_else(|| self.redirect_uris.iter().find(|r| redirect_uri::is_same_but_for_port(r, uri)))
    }

    /// Returns true if it must authenticate at the token endpoint: it has a credential or a web redirect URI, or is a
    /// daemon.
    #[must_use]
    pub fn is_confidential(&self) -> bool {
        let web = self.redirect_uris.iter().any(|r| r.platform == Platform::Web);
        !self.credentials.is_empty() || web || (self.redirect_uris.is_empty() && !self.public_client)
    }

    /// Returns true if it has a redirect URI for a single-page application, which receives cross-origin responses.
    #[must_use]
    pub fn is_spa(&self) -> bool {
        self.redirect_uris.iter().any(|r| r.platform == Platform::Spa)
    }

    /// Names of the scopes of `resource` that this application was granted, in the resource's order.
    #[must_use]
    pub fn permitted_scopes<'a>(&self, resource: &'a Self) -> Vec<&'a str> {
        let names = resource.scopes.iter().filter(|s| s.enabled).map(|s| s.name.as_str());
        names.filter(|name| self.holds(resource, name, PermissionKind::Delegated)).collect()
    }

    /// Values of the app roles of `resource` that this application was granted, in the resource's order.
    #[must_use]
    pub fn permitted_roles<'a>(&self, resource: &'a Self) -> Vec<&'a str> {
        let values = resource.app_roles.iter().filter(|r| r.enabled).map(|r| r.value.as_str());
        values.filter(|value| self.holds(resource, value, PermissionKind::Application)).collect()
    }

    fn holds(&self, resource: &Self, value: &str, kind: PermissionKind) -> bool {
        self.permissions.iter().any(|p| {
            p.consented_at.is_some()
                && p.kind == kind
                && p.value == value
                && p.resource_client_id.eq_ignore_ascii_case(&resource.client_id)
        })
    }

    /// Returns true if it was granted `openid` or `offline_access`.
    #[must_use]
    pub fn has_openid_permission(&self, scope: &str) -> bool {
        self.openid_permissions.iter().any(|s| s == scope)
    }

    /// The full value of one of its scopes: `https://contoso.onmicrosoft.com/tasks-api/tasks.read`.
    #[must_use]
    pub fn full_scope(&self, name: &str) -> Option<String> {
        self.app_id_uri.as_ref().map(|uri| format!("{}/{name}", uri.trim_end_matches('/')))
    }

    /// The origins (`https://app.contoso.com`) of its http and https redirect URIs, without duplicates. A single-page
    /// application calls from these, and sign-out may redirect to them without a hint.
    #[must_use]
    pub fn origins_of_redirect_uris(&self) -> Vec<String> {
        let mut origins = Vec::new();
        for redirect in &self.redirect_uris {
            let Some(origin) = redirect.origin() else { continue };
            if !origins.contains(&origin) {
                origins.push(origin);
            }
        }
        origins
    }

    /// The certificates that it may authenticate with, including expired ones.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.credentials.iter().filter_map(|c| c.certificate.as_ref())
    }

    /// Returns true if the server follows OpenID Connect strictly for it.
    #[must_use]
    pub fn is_strict(&self) -> bool {
        self.openid == OpenidProfile::Strict
    }

    /// Returns true if each of its client assertions works only once (OpenID Connect Core section 9).
    #[must_use]
    pub fn takes_assertions_once(&self) -> bool {
        self.single_use_assertions || self.is_strict()
    }

    /// Compares a presented secret with all stored ones, in constant time (security row 122). `now` is in milliseconds
    /// since the epoch.
    #[must_use]
    pub fn check_secret(&self, presented: &str, now: i64) -> SecretCheck {
        let presented = digest::sha256_base64url(presented.as_bytes());
        let mut found = SecretCheck::Wrong;
        for credential in self.credentials.iter().filter(|c| c.kind == CredentialKind::Secret) {
            if digest::constant_time_eq(&credential.hash, &presented) && found != SecretCheck::Right {
                let alive = credential.expires_at.is_none_or(|end| now < end);
                found = if alive { SecretCheck::Right } else { SecretCheck::Expired };
            }
        }
        found
    }
}
