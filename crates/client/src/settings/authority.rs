//! The provider that signs users in: Azure AD B2C, Entra, your own tenant, or any OpenID provider.

#[cfg(test)]
mod recorded;

use super::{Network, Reader};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;
use vestibule_protocol::metadata::Metadata;

/// The purpose of a redirect to the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Purpose {
    /// Sign up or sign in.
    SignIn,
    /// Edit the profile.
    EditProfile,
    /// Reset the password.
    ResetPassword,
}

/// The provider, and how its tokens are validated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Authority {
    /// Azure AD B2C, its custom domains, and self-hosted tenants: one policy per URL; the issuer is the one in the
    /// discovery document.
    B2c {
        /// `https://contoso.b2clogin.com/contoso.onmicrosoft.com`
        base: String,
        /// Sign up and sign in.
        sign_in: String,
        /// Profile editing.
        edit_profile: Option<String>,
        /// Password reset.
        reset_password: Option<String>,
    },
    /// Entra ID and Entra External ID: the issuer is the one in the document, which may be a template with
    /// `{tenantid}`.
    Entra {
        /// `https://login.microsoftonline.com/{tenant}`
        base: String,
    },
    /// Any OpenID provider: the document must name the issuer from which it was fetched (Discovery section 4.3).
    Openid {
        /// The issuer.
        issuer: String,
    },
}

const FLOW_KEYS: [&str; 3] = ["SIGNUPSIGNIN_USER_FLOW", "EDITPROFILE_USER_FLOW", "RESETPASSWORD_USER_FLOW"];
const WELL_KNOWN: &str = "/.well-known/openid-configuration";

impl Authority {
    /// Reads the keys that select the authority. Returns `None` after reporting a problem.
    pub(crate) fn read(reader: &mut Reader<'_>, network: &Network) -> Option<Self> {
        let named = reader.has("B2C_TENANT_NAME") || reader.has("B2C_TENANT_URL");
        match (named, reader.has("AUTHORITY"), reader.has("OIDC_AUTHORITY")) {
            (true, false, false) => Self::b2c(reader, network),
            (false, true, false) => Self::by_authority(reader, network),
            (false, false, true) => {
                let url = address(reader, network, "OIDC_AUTHORITY")?;
                without_flows(reader, "OIDC_AUTHORITY");
                Some(Self::Openid { issuer: url })
            }
            (false, false, false) => {
                reader.missing(
                    "B2C_TENANT_NAME",
                    "the first part of the tenant's name (contoso), or set AUTHORITY or OIDC_AUTHORITY",
                );
                None
            }
            (b2c, authority, _) => {
                let (a, b) = match (b2c, authority) {
                    (true, true) => ("B2C_TENANT_NAME", "AUTHORITY"),
                    (true, false) => ("B2C_TENANT_NAME", "OIDC_AUTHORITY"),
                    _ => ("AUTHORITY", "OIDC_AUTHORITY"),
                };
                reader.wrong(b, &format!("contradicts {a}: both say who signs people in"), "Keep one of the two.");
                None
            }
        }
    }

    fn b2c(reader: &mut Reader<'_>, network: &Network) -> Option<Self> {
        let url = if reader.has("B2C_TENANT_URL") { Some(address(reader, network, "B2C_TENANT_URL")?) } else { None };
        let whole = url.as_deref().and_then(|u| Url::parse(u).ok()).is_some_and(|u| u.path() != "/");
        let base = match url {
            Some(url) if whole => Some(url),
            url => tenant_name(reader).map(|name| match url {
                Some(url) => format!("{url}/{name}.onmicrosoft.com"),
                None => format!("https://{name}.b2clogin.com/{name}.onmicrosoft.com"),
            }),
        };
        let sign_in = flow(reader, "SIGNUPSIGNIN_USER_FLOW");
        if sign_in.is_none() && !reader.has("SIGNUPSIGNIN_USER_FLOW") {
            reader.missing("SIGNUPSIGNIN_USER_FLOW", "the name of the sign-up and sign-in user flow (B2C_1_…)");
        }
        let (edit_profile, reset_password) = (flow(reader, FLOW_KEYS[1]), flow(reader, FLOW_KEYS[2]));
        Some(Self::B2c { base: base?, sign_in: sign_in?, edit_profile, reset_password })
    }

    fn by_authority(reader: &mut Reader<'_>, network: &Network) -> Option<Self> {
        let text = address(reader, network, "AUTHORITY")?;
        let text = text.strip_suffix("/v2.0").unwrap_or(&text).to_owned();
        let url = Url::parse(&text).ok()?;
        let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
        let (base, last) = text.rsplit_once('/').unwrap_or_default();
        if last.to_ascii_lowercase().starts_with("b2c_") {
            let (base, sign_in) = (base.to_owned(), last.to_owned());
            let (edit_profile, reset_password) = (flow(reader, FLOW_KEYS[1]), flow(reader, FLOW_KEYS[2]));
            return Some(Self::B2c { base, sign_in, edit_profile, reset_password });
        }
        if host.ends_with(".b2clogin.com") {
            let fix = "Set https://{tenant}.b2clogin.com/{tenant}.onmicrosoft.com/{flow}, or better B2C_TENANT_NAME \
                       and SIGNUPSIGNIN_USER_FLOW instead.";
            reader.wrong("AUTHORITY", "names no user flow", fix);
            return None;
        }
        without_flows(reader, "AUTHORITY");
        let bare = url.path() == "/";
        match host.strip_suffix(".ciamlogin.com") {
            Some(name) if bare => return Some(Self::Entra { base: format!("{text}/{name}.onmicrosoft.com") }),
            Some(_) => return Some(Self::Entra { base: text }),
            None => {}
        }
        if !host.starts_with("login.microsoftonline.") && host != "login.partner.microsoftonline.cn" {
            return Some(Self::Openid { issuer: text });
        }
        if bare {
            let fix = "Set https://login.microsoftonline.com/{tenant}, or …/common.";
            reader.wrong("AUTHORITY", "names no tenant", fix);
            return None;
        }
        Some(Self::Entra { base: text })
    }

    /// The URL of the discovery document for a purpose; `None` if there is no flow for it.
    pub(crate) fn metadata_url(&self, purpose: Purpose) -> Option<String> {
        match self {
            Self::B2c { base, .. } => Some(format!("{base}/{}/v2.0{WELL_KNOWN}", self.flow(purpose)?)),
            _ if purpose != Purpose::SignIn => None,
            Self::Entra { base } => Some(format!("{base}/v2.0{WELL_KNOWN}")),
            Self::Openid { issuer } => Some(format!("{issuer}{WELL_KNOWN}")),
        }
    }

    /// The provider's address, below which its published URLs lie.
    pub(crate) fn address(&self) -> &str {
        match self {
            Self::B2c { base, .. } | Self::Entra { base } => base,
            Self::Openid { issuer } => issuer,
        }
    }

    /// Distinguishes this authority from others of the same application: the address, and the flow.
    pub(crate) fn identity(&self) -> String {
        let flow = self.flow(Purpose::SignIn).unwrap_or_default();
        format!("{} {}", self.address(), flow).to_ascii_lowercase()
    }

    /// The user flow for a purpose.
    pub(crate) fn flow(&self, purpose: Purpose) -> Option<&str> {
        let Self::B2c { sign_in, edit_profile, reset_password, .. } = self else { return None };
        match purpose {
            Purpose::SignIn => Some(sign_in),
            Purpose::EditProfile => edit_profile.as_deref(),
            Purpose::ResetPassword => reset_password.as_deref(),
        }
    }

    /// Checks that a fetched document is valid for this authority.
    pub(crate) fn accepts(&self, metadata: &Metadata, network: &Network) -> Result<(), String> {
        if let Self::Openid { issuer } = self {
            // A document from a custom domain of External ID names an issuer on Microsoft's host.
            let found = metadata.issuer.trim_end_matches('/');
            let microsoft = Url::parse(found).is_ok_and(|u| {
                let host = u.host_str().unwrap_or_default();
                u.scheme() == "https" && (host == "login.microsoftonline.com" || host.ends_with(".ciamlogin.com"))
            });
            if found != issuer && !microsoft {
                return Err(format!("its issuer is {:?}, not {issuer:?}", metadata.issuer));
            }
        }
        let urls = [&metadata.authorization_endpoint, &metadata.token_endpoint, &metadata.jwks_uri];
        match urls.into_iter().chain(&metadata.end_session_endpoint).find(|u| !network.allows_text(u)) {
            Some(url) => Err(format!(
                "it names {url:?}, which is neither https nor on this machine nor at a host of VESTIBULE_HTTP_HOSTS"
            )),
            None => Ok(()),
        }
    }

    /// The issuer that a token with these claims must have, according to the document.
    pub(crate) fn issuer(metadata: &Metadata, claims: &Map<String, Value>) -> String {
        match claims.get("tid").and_then(Value::as_str) {
            Some(tid) if !tid.contains('/') => metadata.issuer.replace("{tenantid}", tid),
            _ => metadata.issuer.clone(),
        }
    }

    /// Returns true for Microsoft's protocols: their documents do not list everything that the endpoints accept.
    pub(crate) fn is_microsoft(&self) -> bool {
        !matches!(self, Self::Openid { .. })
    }
}

/// Returns true if two names mean the same user flow.
pub(crate) fn same_flow(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

/// A provider's address without trailing slashes and without a discovery path pasted along with it.
fn address(reader: &mut Reader<'_>, network: &Network, key: &str) -> Option<String> {
    let text = reader.optional(key)?;
    let text = text.strip_suffix(WELL_KNOWN).unwrap_or(&text).trim_end_matches('/');
    let plain =
        Url::parse(text).is_ok_and(|u| u.query().is_none() && u.fragment().is_none() && u.username().is_empty());
    if !plain || !network.allows_text(text) {
        let fix = "Set an https address without a query. http is for this machine (localhost), and for hosts that \
                   VESTIBULE_HTTP_HOSTS names.";
        reader.wrong(key, "is no https address", fix);
        return None;
    }
    Some(text.to_owned())
}

fn tenant_name(reader: &mut Reader<'_>) -> Option<String> {
    let name = reader.required("B2C_TENANT_NAME", "the first part of the tenant's name (contoso)")?;
    let name = name.strip_suffix(".onmicrosoft.com").unwrap_or(&name).to_owned();
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        let fix = "Set only the first part of the tenant's name: contoso for contoso.onmicrosoft.com. The address of \
                   a tenant of your own goes into B2C_TENANT_URL.";
        reader.wrong("B2C_TENANT_NAME", "is no tenant name", fix);
        return None;
    }
    Some(name)
}

fn flow(reader: &mut Reader<'_>, key: &str) -> Option<String> {
    let name = reader.optional(key)?;
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.')) {
        reader.wrong(key, "is no user flow's name", "Set its whole name, for example B2C_1_signupsignin1.");
        return None;
    }
    Some(name)
}

fn without_flows(reader: &mut Reader<'_>, authority: &str) {
    for key in FLOW_KEYS {
        if reader.has(key) {
            let wrong = format!("is for Azure AD B2C, and {authority} names a provider without user flows");
            reader.wrong(key, &wrong, "Remove the line, or name the tenant by B2C_TENANT_NAME.");
        }
    }
}
