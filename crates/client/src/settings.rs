//! Settings of a web app: the `.env` of the article and of Microsoft's Python sample, checked all at once.
//!
//! | key | value |
//! |---|---|
//! | `B2C_TENANT_NAME` | `contoso`: flows live at `https://contoso.b2clogin.com/contoso.onmicrosoft.com/{flow}` |
//! | `B2C_TENANT_URL` | address of a tenant of one's own, `http://localhost:8400`; with a path (`https://login.contoso.com/{tenant}`) it is whole, and no name is needed |
//! | `SIGNUPSIGNIN_USER_FLOW`, `EDITPROFILE_USER_FLOW`, `RESETPASSWORD_USER_FLOW` | the user flows; the first is needed with B2C |
//! | `AUTHORITY` | Entra ID, Entra External ID, or a whole B2C authority with its flow |
//! | `OIDC_AUTHORITY` | the issuer of any OpenID provider |
//! | `CLIENT_ID`, `CLIENT_SECRET` | the application; one without a secret sets `SESSION_KEY` |
//! | `REDIRECT_URI` | default `http://localhost:5000/getAToken`; `http` on loopback only |
//! | `ENDPOINT`, `SCOPE` | a downstream API and its scopes: by spaces, commas, or as `["a", "b"]` |
//! | `SESSION_KEY` | 32 characters or more; seals the session instead of a key made from the client secret |
//! | `CA_FILE` | PEM file of a certificate authority to trust besides the system's |

mod api;
mod authority;
mod env;
mod problem;
mod read;

pub use api::ApiSettings;
pub(crate) use authority::{Authority, Purpose, is_loopback, same_flow};
pub(crate) use env::load as load_env;
pub use problem::{Problem, SettingsError};
pub(crate) use read::Reader;
use std::collections::BTreeMap;
use url::Url;
use vestibule_protocol::scope::Scopes;

/// Where the sign-in comes back when `REDIRECT_URI` is not set.
pub const DEFAULT_REDIRECT_URI: &str = "http://localhost:5000/getAToken";

/// The keys that are read, for the web app and for an API.
pub const KEYS: [&str; 17] = [
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
];

/// A web app's settings, read and checked.
#[derive(Clone)]
pub struct Settings {
    pub(crate) authority: Authority,
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
    /// [`SettingsError`] with every problem at once, each with what to set.
    pub fn from_map(map: &BTreeMap<String, String>) -> Result<Self, SettingsError> {
        let mut reader = Reader::new(map);
        let authority = Authority::read(&mut reader);
        let client_id = reader.required("CLIENT_ID", "the Application (client) ID of the app registration");
        let session_key = session_key(&mut reader);
        let client_secret = client_secret(&mut reader, session_key.is_some());
        let redirect_uri = redirect_uri(&mut reader);
        let endpoint = endpoint(&mut reader);
        let scope = scope(&mut reader);
        let authorities_file = reader.optional("CA_FILE");
        reader.misspelt();
        match (authority, client_id, redirect_uri) {
            (Some(authority), Some(client_id), Some(redirect_uri)) if reader.problems.is_empty() => Ok(Self {
                authority,
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

    /// Settings from `.env` in this folder or one above it, under the process environment, which wins.
    ///
    /// # Errors
    /// As [`Settings::from_map`]; a line of `.env` that cannot be read is one problem more.
    pub fn from_env() -> Result<Self, SettingsError> {
        Self::from_map(&load_env()?)
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

    /// Where the sign-in comes back.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        self.redirect_uri.as_str()
    }

    /// The port to listen on when the app runs on this machine: that of the redirect URI. None elsewhere: there a proxy
    /// stands in front.
    #[must_use]
    pub fn local_port(&self) -> Option<u16> {
        Some(&self.redirect_uri).filter(|uri| is_loopback(uri)).and_then(Url::port_or_known_default)
    }

    /// Whether cookies can be `Secure`: the app is served over https.
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
    let key = reader.optional("SESSION_KEY")?;
    if key.len() < 32 {
        reader.wrong("SESSION_KEY", "is shorter than 32 characters", "Set 32 or more random characters.");
    }
    Some(Secret(key))
}

fn client_secret(reader: &mut Reader<'_>, has_session_key: bool) -> Option<Secret> {
    let what = "the secret's Value (not its Secret ID) from Certificates & secrets of the app registration; \
                an application without a secret sets SESSION_KEY instead";
    let secret =
        if has_session_key { reader.optional("CLIENT_SECRET") } else { reader.required("CLIENT_SECRET", what) };
    secret.map(Secret)
}

fn redirect_uri(reader: &mut Reader<'_>) -> Option<Url> {
    let text = reader.optional("REDIRECT_URI").unwrap_or_else(|| DEFAULT_REDIRECT_URI.to_owned());
    let fix = "Set the redirect URI that is registered for the application, for example \
               https://app.contoso.com/getAToken, or http://localhost:5000/getAToken on your own machine.";
    let Some(url) = Url::parse(&text).ok().filter(|u| matches!(u.scheme(), "http" | "https") && u.has_host()) else {
        reader.wrong("REDIRECT_URI", "is no absolute http or https URL", fix);
        return None;
    };
    if url.scheme() == "http" && !is_loopback(&url) {
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
