//! `vestibule.toml` as plain values. A field that is `None` is not named: what holds then is said at each, and in
//! `docs/configuration.md`.

use super::place::Places;
use crate::registry::{Certificate, OpenidProfile};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use vestibule_journey::Source;
use vestibule_journey::flow::{CustomAttribute, FlowSettings};

/// The whole file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the server listens and keeps its data.
    pub server: ServerConfig,
    /// Public addresses.
    #[serde(rename = "origin")]
    pub origins: Vec<OriginConfig>,
    /// How mail leaves; none: the outbox.
    pub mail: Option<MailConfig>,
    /// Tenants.
    #[serde(rename = "tenant")]
    pub tenants: Vec<TenantConfig>,
    /// Where everything was written, for messages.
    #[serde(skip)]
    pub(crate) places: Places,
}

/// `[server]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// Host and port.
    pub listen: String,
    /// Data folder.
    pub data: PathBuf,
    /// Environment variable with a `postgres://` URL; none: SQLite in the data folder.
    pub database_env: Option<String>,
    /// Environment variable with the master key.
    pub master_key_env: Option<String>,
    /// File with the master key.
    pub master_key_file: Option<PathBuf>,
    /// PEM certificate chain.
    pub tls_certificate: Option<PathBuf>,
    /// PEM private key.
    pub tls_key: Option<PathBuf>,
    /// Proxies that are believed.
    pub trusted_proxies: Vec<String>,
    /// Refused passwords.
    pub password_block_list: Option<PathBuf>,
    /// Form of the log.
    pub log: LogForm,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: "localhost:8400".to_owned(),
            data: PathBuf::from(".vestibule"),
            database_env: None,
            master_key_env: None,
            master_key_file: None,
            tls_certificate: None,
            tls_key: None,
            trusted_proxies: Vec::new(),
            password_block_list: None,
            log: LogForm::Text,
        }
    }
}

/// Form of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogForm {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// `[[origin]]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OriginConfig {
    /// Scheme, host and port.
    pub url: String,
    /// Names of its tenants; empty: all.
    pub tenants: Vec<String>,
    /// Another origin that this one is an alias of.
    pub canonical: Option<String>,
}

/// `[mail]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailConfig {
    /// The server's URL.
    pub smtp: String,
    /// The sender.
    pub from: String,
    /// Environment variable with the password.
    pub password_env: Option<String>,
}

/// `[[tenant]]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TenantConfig {
    /// Short name.
    pub name: String,
    /// Domain; none: `{name}.onmicrosoft.com`.
    pub domain: Option<String>,
    /// GUID; none: derived from the name.
    pub id: Option<String>,
    /// Name for people; none: the name.
    pub display_name: Option<String>,
    /// Life of a code, seconds.
    pub code_lifetime_secs: Option<u32>,
    /// Wrong passwords before a lock.
    pub lockout_threshold: Option<u32>,
    /// First length of a lock, seconds.
    pub lockout_secs: Option<u32>,
    /// Custom attributes.
    #[serde(rename = "attribute")]
    pub attributes: Vec<CustomAttribute>,
    /// User flows.
    #[serde(rename = "flow")]
    pub flows: Vec<FlowSettings>,
    /// Folder with custom policies; none: not named.
    pub policies: Option<PathBuf>,
    /// The files of that folder, read by [`Config::load`].
    #[serde(skip)]
    pub policy_files: Vec<Source>,
    /// Applications.
    #[serde(rename = "application")]
    pub applications: Vec<ApplicationConfig>,
    /// Users.
    #[serde(rename = "user")]
    pub users: Vec<UserConfig>,
}

/// `[[tenant.application]]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ApplicationConfig {
    /// Display name.
    pub name: String,
    /// GUID; none: derived from tenant and name.
    pub client_id: Option<String>,
    /// Whether it may sign anyone in; none: yes.
    pub enabled: Option<bool>,
    /// Redirect URIs by platform.
    pub redirect_uris: RedirectUrisConfig,
    /// Front-channel logout URL.
    pub logout_url: Option<String>,
    /// Environment variable with the secret.
    pub secret_env: Option<String>,
    /// Environment variable with the secret before.
    pub previous_secret_env: Option<String>,
    /// Make a secret for this data folder: `dev` only.
    pub demo_secret: bool,
    /// Certificates to prove itself with: PEM texts, or paths of files relative to the configuration's.
    pub certificates: Vec<String>,
    /// What they are, in their order.
    #[serde(skip)]
    pub read_certificates: Vec<Certificate>,
    /// Client assertions once only; none: no.
    pub single_use_assertions: Option<bool>,
    /// ROPC without a secret; none: no.
    pub allow_public_client_flows: Option<bool>,
    /// Implicit ID tokens; none: no.
    pub implicit_id_token: Option<bool>,
    /// Implicit access tokens; none: no.
    pub implicit_access_token: Option<bool>,
    /// PKCE of confidential applications too; none: no.
    pub require_pkce: Option<bool>,
    /// Challenge method `plain`; none: no.
    pub allow_plain_pkce: Option<bool>,
    /// As B2C or by the letter; none: as B2C.
    pub openid: Option<OpenidProfile>,
    /// Granted permissions of OpenID Connect's own; none: both.
    pub openid_permissions: Option<Vec<String>>,
    /// Application ID URI.
    pub app_id_uri: Option<String>,
    /// Scopes; none: not named.
    #[serde(rename = "scope")]
    pub scopes: Option<Vec<ScopeConfig>>,
    /// App roles; none: not named.
    #[serde(rename = "app_role")]
    pub app_roles: Option<Vec<AppRoleConfig>>,
    /// API permissions, `api/scope`; none: not named.
    pub permissions: Option<Vec<String>>,
    /// Whether they are granted; none: yes.
    pub grant_admin_consent: Option<bool>,
}

/// `redirect_uris` of an application; none: that platform is not named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RedirectUrisConfig {
    /// Web applications.
    pub web: Option<Vec<String>>,
    /// Single-page applications.
    pub spa: Option<Vec<String>>,
    /// Mobile and desktop applications.
    pub public_client: Option<Vec<String>>,
}

/// `[[tenant.application.scope]]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScopeConfig {
    /// Short name.
    pub name: String,
    /// Title; none: the name.
    pub display_name: Option<String>,
    /// Sentence.
    pub description: String,
    /// Whether it can be granted; none: yes.
    pub enabled: Option<bool>,
}

/// `[[tenant.application.app_role]]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AppRoleConfig {
    /// Value in the `scp` claim of client credentials.
    pub value: String,
    /// Title; none: the value.
    pub display_name: Option<String>,
    /// Whether it can be granted; none: yes.
    pub enabled: Option<bool>,
}

/// `[[tenant.user]]`.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UserConfig {
    /// Address.
    pub email: Option<String>,
    /// User name.
    pub username: Option<String>,
    /// Object id; none: derived from tenant and sign-in name.
    pub id: Option<String>,
    /// Password: `dev` only.
    pub password: Option<String>,
    /// Environment variable with the password.
    pub password_env: Option<String>,
    /// Whether it must change at the first sign-in.
    pub force_password_change: bool,
    /// Whether the person may sign in; none: yes.
    pub enabled: Option<bool>,
    /// Display name; none: the sign-in name.
    pub display_name: Option<String>,
    /// Given name.
    pub given_name: Option<String>,
    /// Surname.
    pub surname: Option<String>,
    /// Job title.
    pub job_title: Option<String>,
    /// Street address.
    pub street_address: Option<String>,
    /// City.
    pub city: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// State or province.
    pub state: Option<String>,
    /// Country or region.
    pub country: Option<String>,
    /// Custom attributes by name, without `extension_`.
    pub attributes: BTreeMap<String, AttributeValue>,
}

impl UserConfig {
    /// What the person signs in with: the user name, or else the address.
    #[must_use]
    pub fn sign_in_name(&self) -> &str {
        self.username.as_deref().or(self.email.as_deref()).unwrap_or_default()
    }
}

impl std::fmt::Debug for UserConfig {
    /// Without the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserConfig").field("sign_in_name", &self.sign_in_name()).finish_non_exhaustive()
    }
}

/// Value of a custom attribute.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum AttributeValue {
    /// `Boolean`.
    Bool(bool),
    /// `Int`.
    Int(i64),
    /// `String`.
    Text(String),
}

impl TenantConfig {
    /// Its domain: as named, or `{name}.onmicrosoft.com`.
    #[must_use]
    pub fn domain(&self) -> String {
        self.domain.clone().unwrap_or_else(|| format!("{}.onmicrosoft.com", self.name))
    }

    /// Its id: as named, or derived from the name.
    #[must_use]
    pub fn id(&self) -> String {
        self.id.clone().unwrap_or_else(|| derived_guid(&["tenant", &self.name]))
    }
}

impl ApplicationConfig {
    /// Its client id: as named, or derived from the tenant's id and the name.
    #[must_use]
    pub fn client_id(&self, tenant_id: &str) -> String {
        self.client_id.clone().unwrap_or_else(|| derived_guid(&["application", tenant_id, &self.name]))
    }
}

/// A GUID that is the same wherever the same words are written: SHA-256 in the shape of a name-based UUID (RFC 9562
/// section 5.5, whose shape every client accepts).
pub(crate) fn derived_guid(words: &[&str]) -> String {
    let digest = vestibule_protocol::digest::sha256(words.join("\0").to_ascii_lowercase().as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_sha1_bytes(bytes).into_uuid().to_string()
}

impl From<&OriginConfig> for crate::origin::Origin {
    fn from(origin: &OriginConfig) -> Self {
        Self { url: origin.url.clone(), tenants: origin.tenants.clone(), canonical: origin.canonical.clone() }
    }
}
