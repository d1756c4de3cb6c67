//! Settings of a web app: the `.env` of the article and of Microsoft's Python sample, checked all at once.
//!
//! | key | value |
//! |---|---|
//! | `B2C_TENANT_NAME` | `contoso`: flows live at `https://contoso.b2clogin.com/contoso.onmicrosoft.com/{flow}` |
//! | `B2C_TENANT_URL` | address of your own tenant, `http://localhost:8400`; with a path (`https://login.contoso.com/{tenant}`) it is whole, and no name is needed |
//! | `SIGNUPSIGNIN_USER_FLOW`, `EDITPROFILE_USER_FLOW`, `RESETPASSWORD_USER_FLOW` | the user flows; the first is needed with B2C |
//! | `AUTHORITY` | Entra ID, Entra External ID, or a whole B2C authority with its flow |
//! | `OIDC_AUTHORITY` | the issuer of any OpenID provider |
//! | `CLIENT_ID`, `CLIENT_SECRET` | the application; one without a secret sets `SESSION_KEY` |
//! | `REDIRECT_URI` | default `http://localhost:5000/getAToken`; `http` on loopback only, or at a host of `VESTIBULE_HTTP_HOSTS` |
//! | `ENDPOINT`, `SCOPE` | a downstream API and its scopes: by spaces, commas, or as `["a", "b"]` |
//! | `SESSION_KEY` | 32 characters or more; seals the session instead of a key made from the client secret |
//! | `CA_FILE` | PEM file of a certificate authority to trust besides the system's |
//! | `VESTIBULE_BASE_PATH` | `/app`: the path that a proxy takes off before this app, if it does; browsers see all of the app below it. `/` says that none does |
//! | `VESTIBULE_AUTH_PATH` | what the paths of the sign-in begin with; default `/auth`. Two sign-ins in one app need two |
//! | `VESTIBULE_HTTP_HOSTS` | hosts that may be spoken to over plain `http`, by spaces: `keycloak vestibule:8400`. Only for a network that nobody else can read, as between containers |
//! | `VESTIBULE_BACKCHANNEL_URL` | `http://keycloak:8080`: where this app reaches the provider, if browsers reach it elsewhere. Scheme, host and port only; the provider's own addresses stay as they are |
//! | `VESTIBULE_CLOCK_URL` | `http://localhost:8400/_dev/clock`: follow the clock of `vestibule dev`, which can be moved |
//!
//! Other programs may share the file: unknown keys and lines do not cause an error.

mod api;
mod authority;
mod env;
mod network;
mod paths;
mod problem;
mod read;

pub use api::ApiSettings;
pub(crate) use authority::{Authority, Purpose, same_flow};
pub(crate) use env::Env;
pub(crate) use network::{Network, is_loopback};
pub(crate) use paths::Paths;
pub use problem::{Problem, SettingsError};
pub(crate) use read::Reader;
use std::collections::BTreeMap;
use url::Url;
use vestibule_protocol::scope::Scopes;

/// The redirect URI if `REDIRECT_URI` is not set.
pub const DEFAULT_REDIRECT_URI: &str = "http://localhost:5000/getAToken";

/// The keys that are read, for the web app and for an API.
pub const KEYS: [&str; 22] = [
    "B2C_TENANT_NAME",
    "B2C_TENANT_URL",
    "SIGNUPSIGNIN_USER_FLOW",
    "EDITPROFILE_USER_FLOW",
    "RESETPASSWORD_USER_FLOW",
    "AUTHORITY",
    "OIDC_AUTHORITY",
    "CLIENT_ID",
    "CLIENT_SECRET",
    "REDIRECT_URI",
    "ENDPOINT",
    "SCOPE",
    "SESSION_KEY",
    "CA_FILE",
    "AUDIENCE",
    "ISSUERS",
    "FLASK_DEBUG",
    "VESTIBULE_BASE_PATH",
    "VESTIBULE_AUTH_PATH",
    "VESTIBULE_HTTP_HOSTS",
    "VESTIBULE_BACKCHANNEL_URL",
    "VESTIBULE_CLOCK_URL",
];

/// A web app's settings, read and checked.
#[derive(Clone)]
pub struct Settings {
    pub(crate) authority: Authority,
    pub(crate) network: Network,
    pub(crate) paths: Paths,
    pub(crate) client_id: String,
    pub(crate) client_secret: Option<Secret>,
    pub(crate) redirect_uri: Url,
    pub(crate) endpoint: Option<String>,
    pub(crate) scope: Vec<String>,
    pub(crate) session_key: Option<Secret>,
    pub(crate) authorities_file: Option<String>,
}

impl Settings {
    /// Read settings from a map of keys and values; see the table at the head of this module.
    ///
    /// # Errors
    /// [`SettingsError`], which lists every problem and says what to set.
    pub fn from_map(map: &BTreeMap<String, String>) -> Result<Self, SettingsError> {
        let mut reader = Reader::new(map);
        let network = Network::read(&mut reader);
        let authority = Authority::read(&mut reader, &network);
        let client_id = reader.required("CLIENT_ID", "the Application (client) ID of the app registration");
        let session_key = session_key(&mut reader);
        let client_secret = client_secret(&mut reader, session_key.is_some());
        let redirect_uri = redirect_uri(&mut reader, &network);
        let paths = Paths::read(&mut reader, redirect_uri.as_ref());
        let endpoint = endpoint(&mut reader);
        let scope = scope(&mut reader);
        let authorities_file = reader.optional("CA_FILE");
        reader.misspelt();
        match (authority, client_id, redirect_uri) {
            (Some(authority), Some(client_id), Some(redirect_uri)) if reader.problems.is_empty() => Ok(Self {
                authority,
                network,
                paths,
                client_id,
                client_secret,
                redirect_uri,
                endpoint,
                scope,
                session_key,
                authorities_file,
            }),
            _ => Err(SettingsError { problems: reader.problems }),
        }
    }

    /// Reads settings from the process environment and from `.env` in this folder or one above it; the environment
    /// takes precedence.
    ///
    /// # Errors
    /// As [`Settings::from_map`], each with its line of `.env`; a line of ours that cannot be read is one problem more.
    pub fn from_env() -> Result<Self, SettingsError> {
        Env::load()?.read(Self::from_map)
    }

    /// The downstream API's address (`ENDPOINT`).
    #[must_use]
    pub fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    /// The downstream API's scopes (`SCOPE`).
    #[must_use]
    pub fn scope(&self) -> &[String] {
        &self.scope
    }

    /// The redirect URI.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        self.redirect_uri.as_str()
    }

    /// The port to listen on when the app runs on this machine: that of the redirect URI. `None` on
    /// another host, where a proxy is in front of it.
    #[must_use]
    pub fn local_port(&self) -> Option<u16> {
        Some(&self.redirect_uri).filter(|uri| is_loopback(uri)).and_then(Url::port_or_known_default)
    }

    /// Returns true if cookies can be `Secure`: the app is served over https.
    pub(crate) fn is_secure(&self) -> bool {
        self.redirect_uri.scheme() == "https"
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("authority", &self.authority)
            .field("client_id", &self.client_id)
            .field("redirect_uri", &self.redirect_uri.as_str())
            .finish_non_exhaustive()
    }
}

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(pub(crate) String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

fn session_key(reader: &mut Reader<'_>) -> Option<Secret> {
    let key = reader.secret("SESSION_KEY")?;
    if key.0.len() < 32 {
        reader.wrong("SESSION_KEY", "is shorter than 32 characters", "Set 32 or more random characters.");
    }
    Some(key)
}

fn client_secret(reader: &mut Reader<'_>, has_session_key: bool) -> Option<Secret> {
    let what = "the secret's Value (not its Secret ID) from Certificates & secrets of the app registration; \
                an application without a secret sets SESSION_KEY instead";
    let secret = reader.secret("CLIENT_SECRET");
    if secret.is_none() && !has_session_key && !reader.has("CLIENT_SECRET") {
        reader.missing("CLIENT_SECRET", what);
    }
    secret
}

fn redirect_uri(reader: &mut Reader<'_>, network: &Network) -> Option<Url> {
    let text = reader.optional("REDIRECT_URI").unwrap_or_else(|| DEFAULT_REDIRECT_URI.to_owned());
    let fix = "Set the redirect URI that is registered for the application, for example \
               https://app.contoso.com/getAToken, or http://localhost:5000/getAToken on your own machine.";
    let Some(url) = Url::parse(&text).ok().filter(|u| matches!(u.scheme(), "http" | "https") && u.has_host()) else {
        reader.wrong("REDIRECT_URI", "is no absolute http or https URL", fix);
        return None;
    };
    if !network.allows(&url) {
        reader.wrong("REDIRECT_URI", "uses http, which is for this machine (localhost) only", fix);
    } else if url.path() == "/" || url.query().is_some() || url.fragment().is_some() {
        reader.wrong("REDIRECT_URI", "needs a path of its own, without a query or fragment", fix);
    }
    Some(url)
}

fn endpoint(reader: &mut Reader<'_>) -> Option<String> {
    let text = reader.optional("ENDPOINT")?;
    if !Url::parse(&text).is_ok_and(|u| matches!(u.scheme(), "http" | "https")) {
        let fix = "Set the address of the API, for example http://localhost:6000/hello, or remove the line.";
        reader.wrong("ENDPOINT", "is no http or https URL", fix);
    }
    Some(text)
}

fn scope(reader: &mut Reader<'_>) -> Vec<String> {
    let text = reader.optional("SCOPE").unwrap_or_default();
    // The article writes a Python list, and forgets a quote in it.
    let plain = text.replace(['[', ']', '"', '\'', ',', '\t'], " ");
    match Scopes::parse(&plain) {
        Ok(scopes) => scopes.iter().map(str::to_owned).collect(),
        Err(error) => {
            let fix = "Write the scopes with spaces between them, for example \
                       https://contoso.onmicrosoft.com/tasks-api/tasks.read";
            reader.wrong("SCOPE", &format!("cannot be read: {error}"), fix);
            Vec::new()
        }
    }
}
