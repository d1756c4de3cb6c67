//! Redirect URIs: which ones may be registered, and when a request's URI matches a registered one (docs/b2c.md,
//! "Redirect URIs", RFC 9700 4.1).

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// Maximum number of redirect URIs of one application (docs/b2c.md, "Redirect URIs").
pub const MOST: usize = 100;
/// Maximum number of characters of a redirect URI (docs/b2c.md, "Redirect URIs").
pub const LONGEST: usize = 256;
/// Characters that no redirect URI may contain (docs/b2c.md, "Redirect URIs"), and the wildcard.
const FORBIDDEN: &[char] = &['!', '$', '\'', '(', ')', ',', ';', '*'];
/// Schemes with which a browser runs code or reads files (security rows 10 and 88), and schemes of the web.
const NOT_CUSTOM: &[&str] = &[
    "about",
    "blob",
    "chrome",
    "chrome-extension",
    "data",
    "file",
    "filesystem",
    "ftp",
    "intent",
    "javascript",
    "jar",
    "mailto",
    "moz-extension",
    "resource",
    "tel",
    "vbscript",
    "view-source",
    "ws",
    "wss",
];

/// The platform of a redirect URI, which determines the rules for secrets, PKCE and CORS (docs/b2c.md, "Public
/// clients").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Platform {
    /// A web application with a server, which keeps a secret.
    Web,
    /// A single-page application, which uses PKCE and requests tokens across origins.
    Spa,
    /// A mobile or desktop application.
    PublicClient,
}

/// A registered redirect URI.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedirectUri {
    /// The URI as written.
    pub uri: String,
    /// Its platform.
    pub platform: Platform,
}

impl RedirectUri {
    /// Scheme, host and port in the form of a browser's `Origin` header; `None` for a custom scheme.
    #[must_use]
    pub fn origin(&self) -> Option<String> {
        let url = Url::parse(&self.uri).ok()?;
        matches!(url.scheme(), "http" | "https").then(|| url.origin().ascii_serialization())
    }
}

/// Checks that this URI may be registered on this platform.
///
/// # Errors
/// A phrase that says why not, to follow the URI: `must begin with https://, …`.
pub fn validate(uri: &str, platform: Platform) -> Result<(), String> {
    let bad = |why: &str| Err(why.to_owned());
    if uri.is_empty() || uri.chars().count() > LONGEST {
        return Err(format!("must have 1 to {LONGEST} characters"));
    }
    if !uri.is_ascii() || uri.bytes().any(|b| b <= b' ' || b == 0x7f) {
        return bad("may have printable ASCII characters only, and no space");
    }
    if let Some(c) = uri.chars().find(|c| FORBIDDEN.contains(c)) {
        return Err(match c {
            '*' => "has a wildcard: register every address by itself".to_owned(),
            c => format!("may not have the character {c}"),
        });
    }
    if uri.contains(['\\', '"', '<', '>', '{', '}', '|', '^', '`']) {
        return bad("has a character that no URI may have");
    }
    if uri.contains('#') {
        return bad("may not have a fragment (#…)");
    }
    if uri.contains('?') {
        return bad("may not have a query (?…): carry such things in state");
    }
    let Ok(url) = Url::parse(uri) else { return bad("is no absolute URI") };
    if !url.username().is_empty() || url.password().is_some() || authority(uri).contains('@') {
        return bad("may not have a user name or password in it");
    }
    match url.scheme() {
        "https" | "http" => validate_web(uri, &url),
        scheme if platform == Platform::PublicClient => validate_custom(scheme, url.path()),
        _ => bad("must begin with https:// (a scheme of its own is for public_client only)"),
    }
}

fn validate_web(uri: &str, url: &Url) -> Result<(), String> {
    if url.scheme() == "http" && !is_local(url) {
        return Err("must begin with https:// (http is for localhost, 127.0.0.1 and [::1] only)".to_owned());
    }
    if url.as_str() != uri && url.as_str().strip_suffix('/') != Some(uri) {
        return Err(format!("must be written as a browser would send it: {url}"));
    }
    Ok(())
}

/// Returns true if a native application may use this as its private scheme.
#[must_use]
pub fn is_custom_scheme(scheme: &str) -> bool {
    !NOT_CUSTOM.contains(&scheme) && !matches!(scheme, "http" | "https" | "localhost")
}

fn validate_custom(scheme: &str, path: &str) -> Result<(), String> {
    if NOT_CUSTOM.contains(&scheme) {
        return Err(format!("may not use the scheme {scheme}:"));
    }
    // `localhost:5000/cb` parses as a scheme and a path.
    if scheme == "localhost" || path.starts_with(|c: char| c.is_ascii_digit()) {
        return Err("must begin with a scheme: put http:// or https:// in front of a host".to_owned());
    }
    Ok(())
}

fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip == std::net::Ipv4Addr::LOCALHOST,
        Some(Host::Ipv6(ip)) => ip == std::net::Ipv6Addr::LOCALHOST,
        None => false,
    }
}

/// The authority: the part between `//` and the path.
fn authority(uri: &str) -> &str {
    let rest = uri.split_once("//").map_or("", |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default()
}

/// The loopback hosts for which a native application cannot know its port in advance: the IP literals (RFC 8252 section
/// 7.3), and `localhost`, which MSAL's desktop clients use
/// (<https://learn.microsoft.com/entra/identity-platform/reply-url>, "Localhost exceptions").
const LOOPBACK: [&str; 3] = ["127.0.0.1", "[::1]", "localhost"];

/// Returns true if `uri` equals this loopback redirect URI of a native application except for the port.
pub(super) fn is_same_but_for_port(registered: &RedirectUri, uri: &str) -> bool {
    registered.platform == Platform::PublicClient
        && match (without_loopback_port(&registered.uri), without_loopback_port(uri)) {
            (Some(a), Some(b)) => a == b,
            _ => false,
        }
}

/// Host and path of an `http` URI at a loopback host, without its port; `None` for anything else. An empty path equals
/// the path `/`, as in Entra ID.
fn without_loopback_port(uri: &str) -> Option<(&'static str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let (host, rest) = LOOPBACK.into_iter().find_map(|h| Some((h, rest.strip_prefix(h)?)))?;
    let tail = match rest.strip_prefix(':') {
        Some(after) => without_port(after)?,
        None => rest,
    };
    is_tail(tail).then_some((host, if tail.is_empty() { "/" } else { tail }))
}

/// The text after a port number.
fn without_port(text: &str) -> Option<&str> {
    let (port, tail) = text.split_at(text.bytes().take_while(u8::is_ascii_digit).count());
    let port: u16 = port.parse().ok().filter(|_| !port.starts_with('0'))?;
    (port > 0).then_some(tail)
}

fn is_tail(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(['/', '?'])
}
