//! Public addresses and trusted proxies: the real origin that a request was sent to, and its real client.

use crate::registry::names;
use http::HeaderMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// A public address of the server. Every URL that the server emits begins with one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Scheme, host and port, without a trailing slash: `https://contoso.b2clogin.com`, `http://localhost:8400`.
    pub url: String,
    /// Names of the tenants that it serves; empty for all.
    pub tenants: Vec<String>,
    /// The URL of another origin, whose issuer and endpoints this one publishes. It makes this one an internal alias,
    /// for example between the names that a browser and a container use.
    pub canonical: Option<String>,
    /// True if the portal answers here. Without one that says so, it answers at the first origin.
    pub portal: bool,
}

/// Facts about a request's connection. The listener adds them to the request's extensions.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// The peer's address.
    pub ip: IpAddr,
    /// True if the connection uses TLS.
    pub tls: bool,
}

/// The origin of a request, shared.
pub type OriginRef = Arc<OriginInfo>;

/// A public address, prepared.
#[derive(Clone, Debug)]
pub struct OriginInfo {
    /// The address in the browser's address bar: `https://contoso.b2clogin.com`.
    pub url: String,
    /// The origin used in discovery documents, issuers and redirects: its own, or the canonical one.
    pub public: String,
    /// True if the scheme is https.
    pub secure: bool,
    /// True if the portal answers here.
    pub portal: bool,
    tenants: Vec<String>,
    authority: String,
}

impl OriginInfo {
    /// Returns true if this origin serves the tenant of this name. The administrators' tenant is served where the portal
    /// is, and nowhere else.
    #[must_use]
    pub fn serves(&self, tenant: &str) -> bool {
        if names::is_built_in_tenant(tenant) {
            return self.portal;
        }
        self.tenants.is_empty() || self.tenants.iter().any(|t| t.eq_ignore_ascii_case(tenant))
    }
}

/// Which public addresses may use plain HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlainHttp {
    /// Only those of this machine.
    Loopback,
    /// All of them: `vestibule dev --listen-beyond-loopback`, for connections between containers.
    Anywhere,
}

/// How a request's address differs from a configured one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Differs {
    /// Only the scheme differs: `http` and `https`.
    Scheme,
    /// The port differs.
    Port,
}

/// All public addresses.
#[derive(Debug)]
pub struct Origins(Vec<OriginRef>);

impl Origins {
    /// Prepares the configured addresses.
    ///
    /// # Errors
    /// A sentence that names the address at fault: not http(s), with a path, or `http` beyond loopback.
    pub fn new(origins: &[Origin], plain_http: PlainHttp) -> Result<Self, String> {
        if origins.is_empty() {
            return Err("no public address is configured: add an [[origin]] with its url".to_owned());
        }
        let mut prepared: Vec<OriginInfo> =
            origins.iter().map(|origin| prepare(origin, plain_http)).collect::<Result<_, _>>()?;
        // One only: the portal's sign-in returns to it.
        let portal = prepared.iter().position(|origin| origin.portal).unwrap_or(0);
        prepared.iter_mut().enumerate().for_each(|(i, origin)| origin.portal = i == portal);
        Ok(Self(prepared.into_iter().map(Arc::new).collect()))
    }

    /// The same addresses, and the portal at none of them.
    #[must_use]
    pub fn without_portal(self) -> Self {
        Self(self.0.into_iter().map(|origin| Arc::new(OriginInfo { portal: false, ..(*origin).clone() })).collect())
    }

    /// The origin at which the portal answers.
    #[must_use]
    pub fn portal(&self) -> Option<&OriginRef> {
        self.0.iter().find(|origin| origin.portal)
    }

    /// The origin that matches scheme and host, if there is one. No other part of a request is trusted.
    #[must_use]
    pub fn find(&self, tls: bool, host: &str) -> Option<OriginRef> {
        let host = strip_default_port(host, tls);
        self.0.iter().find(|o| o.secure == tls && o.authority.eq_ignore_ascii_case(host)).cloned()
    }

    /// Why no origin matches a request although its host is known: what differs.
    #[must_use]
    pub fn near(&self, tls: bool, host: &str) -> Option<Differs> {
        let bare = strip_default_port(strip_default_port(host, tls), !tls);
        if self.0.iter().any(|o| o.secure != tls && o.authority.eq_ignore_ascii_case(bare)) {
            return Some(Differs::Scheme);
        }
        let name = without_port(host);
        let is_port = |o: &OriginRef| o.secure == tls && without_port(&o.authority).eq_ignore_ascii_case(name);
        self.0.iter().any(is_port).then_some(Differs::Port)
    }

    /// The origin with this URL.
    #[must_use]
    pub fn by_url(&self, url: &str) -> Option<OriginRef> {
        self.0.iter().find(|o| o.url == url).cloned()
    }

    /// All origins. The first is the one for links in a program's output.
    pub fn iter(&self) -> impl Iterator<Item = &OriginRef> {
        self.0.iter()
    }
}

fn prepare(origin: &Origin, plain_http: PlainHttp) -> Result<OriginInfo, String> {
    let bad = |why: &str| Err(format!("the origin {:?} {why}", origin.url));
    let Ok(url) = url::Url::parse(&origin.url) else { return bad("is no URL") };
    let secure = url.scheme() == "https";
    if !secure && url.scheme() != "http" {
        return bad("must begin with https://");
    }
    if url.path() != "/" || url.query().is_some() || origin.url.ends_with('/') || !url.username().is_empty() {
        return bad("must be scheme, host and port only, without a slash at the end");
    }
    if !secure && plain_http == PlainHttp::Loopback && !is_loopback(&url) {
        return bad("must be https: http is for localhost, and for dev --listen-beyond-loopback");
    }
    let authority = url[url::Position::BeforeHost..url::Position::AfterPort].to_owned();
    let public = origin.canonical.clone().unwrap_or_else(|| origin.url.clone());
    let Origin { tenants, portal, .. } = origin.clone();
    Ok(OriginInfo { url: origin.url.clone(), public, secure, portal, tenants, authority })
}

fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// The host part of an authority: `localhost` for `localhost:8400`, `[::1]` for `[::1]:8400`.
fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !host.ends_with(':') => host,
        _ => authority,
    }
}

fn strip_default_port(host: &str, tls: bool) -> &str {
    host.strip_suffix(if tls { ":443" } else { ":80" }).unwrap_or(host)
}

/// Proxies whose forwarding headers are trusted.
#[derive(Debug, Default)]
pub struct Proxies(Vec<(IpAddr, u8)>);

impl Proxies {
    /// Parses addresses and networks.
    ///
    /// # Errors
    /// A sentence that names the entry at fault.
    pub fn new(entries: &[String]) -> Result<Self, String> {
        let read = |entry: &String| {
            let (address, bits) = entry.split_once('/').map_or((entry.as_str(), None), |(a, b)| (a, Some(b)));
            let ip: IpAddr = address.parse().ok()?;
            let most = if ip.is_ipv4() { 32 } else { 128 };
            let bits = bits.map_or(Some(most), |b| b.parse().ok().filter(|b| *b <= most))?;
            Some((ip, bits))
        };
        entries
            .iter()
            .map(|e| {
                read(e).ok_or_else(|| format!("the trusted proxy {e:?} is no address or network such as 10.0.0.0/8"))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Returns true if this peer's forwarding headers are trusted.
    #[must_use]
    pub fn trusts(&self, ip: IpAddr) -> bool {
        self.0.iter().any(|(net, bits)| within(ip.to_canonical(), *net, *bits))
    }

    /// Returns true if the client used TLS: according to the last `X-Forwarded-Proto` behind a trusted proxy, otherwise
    /// according to the connection.
    #[must_use]
    pub fn tls(&self, headers: &HeaderMap, peer: Peer) -> bool {
        let told =
            forwarded(headers, "x-forwarded-proto").next().filter(|told| !told.is_empty() && self.trusts(peer.ip));
        told.map_or(peer.tls, |scheme| scheme.eq_ignore_ascii_case("https"))
    }

    /// Returns the client behind trusted proxies: the last address of `X-Forwarded-For` that is not one of them.
    /// Entries before one that is not an address cannot be trusted and are ignored.
    #[must_use]
    pub fn client(&self, headers: &HeaderMap, peer: IpAddr) -> IpAddr {
        let mut client = peer;
        for entry in forwarded(headers, "x-forwarded-for") {
            let address = entry.parse().or_else(|_| entry.parse::<SocketAddr>().map(|with_port| with_port.ip()));
            match address {
                Ok(address) if self.trusts(client) => client = address,
                _ => break,
            }
        }
        client
    }
}

/// The entries of a forwarding header, the nearest proxy's first. An entry that is not valid text is returned as empty:
/// it comes from further away than the entries after it, and must not hide them.
fn forwarded<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(name).iter().rev();
    let entries = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    entries.map(|entry| std::str::from_utf8(entry).unwrap_or_default().trim())
}

fn within(ip: IpAddr, net: IpAddr, bits: u8) -> bool {
    let equal = |a: u128, b: u128, width: u8| bits == 0 || (a ^ b) >> (width - bits) == 0;
    match (ip, net) {
        (IpAddr::V4(a), IpAddr::V4(b)) => equal(u128::from(u32::from(a)), u128::from(u32::from(b)), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => equal(u128::from(a), u128::from(b), 128),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(urls: &[&str]) -> Result<Origins, String> {
        let origin =
            |url: &&str| Origin { url: (*url).to_owned(), tenants: Vec::new(), canonical: None, portal: false };
        Origins::new(&urls.iter().map(origin).collect::<Vec<_>>(), PlainHttp::Loopback)
    }

    #[test]
    fn a_known_host_with_another_scheme_or_port_is_told_from_an_unknown_one() {
        let urls = ["https://login.contoso.test", "http://localhost:8400", "http://[::1]:8400", "https://b.test:8443"];
        let origins = new(&urls).expect("valid");
        for (tls, host, differs) in [
            (false, "login.contoso.test", Some(Differs::Scheme)),
            (false, "LOGIN.contoso.test:80", Some(Differs::Scheme)),
            (false, "login.contoso.test:443", Some(Differs::Scheme)),
            (true, "localhost:8400", Some(Differs::Scheme)),
            (true, "[::1]:8400", Some(Differs::Scheme)),
            (false, "b.test:8443", Some(Differs::Scheme)),
            (true, "login.contoso.test:8443", Some(Differs::Port)),
            (false, "localhost", Some(Differs::Port)),
            (false, "[::1]:9", Some(Differs::Port)),
            (true, "b.test", Some(Differs::Port)),
            (true, "evil.test", None),
            (false, "127.0.0.1:8400", None),
            (false, "", None),
        ] {
            assert_eq!(origins.near(tls, host), differs, "{host} {tls}");
        }
    }

    #[test]
    fn scheme_and_host_select_one_origin_exactly() {
        let origins = new(&["http://localhost:8400", "https://login.contoso.test"]).expect("valid");
        let found = |tls, host: &str| origins.find(tls, host).map(|o| o.url.clone());
        assert_eq!(found(false, "localhost:8400").as_deref(), Some("http://localhost:8400"));
        assert_eq!(found(true, "LOGIN.contoso.test:443").as_deref(), Some("https://login.contoso.test"));
        for (tls, host) in [(true, "localhost:8400"), (false, "login.contoso.test"), (true, "evil.test"), (false, "")] {
            assert_eq!(found(tls, host), None, "{host}");
        }
    }

    #[test]
    fn http_beyond_loopback_and_paths_are_refused() {
        for bad in ["http://login.contoso.test", "https://a.test/", "https://a.test/x", "ftp://a.test", "nonsense"] {
            assert!(new(&[bad]).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_trusted_proxies_speak_for_others() {
        let proxies = Proxies::new(&["10.0.0.0/8".to_owned(), "::1".to_owned()]).expect("valid");
        let ip = |text: &str| text.parse::<IpAddr>().expect("an address");
        assert!(proxies.trusts(ip("10.9.8.7")) && proxies.trusts(ip("::1")) && !proxies.trusts(ip("11.0.0.1")));
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", http::HeaderValue::from_static("1.1.1.1, 2.2.2.2, 10.0.0.3"));
        assert_eq!(proxies.client(&headers, ip("10.0.0.1")), ip("2.2.2.2"));
        assert_eq!(proxies.client(&headers, ip("11.0.0.1")), ip("11.0.0.1"), "a stranger speaks for nobody");
        for (told, client) in [
            ("1.1.1.1, unknown", "10.0.0.1"),
            ("1.1.1.1, unknown, 10.0.0.3", "10.0.0.3"),
            ("1.1.1.1, 2.2.2.2:51234", "2.2.2.2"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("", "10.0.0.1"),
            ("10.0.0.2, 10.0.0.3", "10.0.0.2"),
        ] {
            headers.insert("x-forwarded-for", http::HeaderValue::from_static(told));
            assert_eq!(proxies.client(&headers, ip("10.0.0.1")), ip(client), "{told}");
        }
    }

    #[test]
    fn what_a_stranger_forwards_hides_nothing_that_the_proxy_says() {
        let proxies = Proxies::new(&["10.0.0.0/8".to_owned()]).expect("valid");
        let proxy = Peer { ip: "10.0.0.1".parse().expect("an address"), tls: false };
        let line = |text: &[u8]| http::HeaderValue::from_bytes(text).expect("a value");
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", line(b"Z\xfcrich, 2.2.2.2"));
        headers.insert("x-forwarded-proto", line(b"\xff, https"));
        assert_eq!(proxies.client(&headers, proxy.ip).to_string(), "2.2.2.2");
        assert!(proxies.tls(&headers, proxy));
        headers.insert("x-forwarded-for", line(b"2.2.2.2, Z\xfcrich"));
        assert_eq!(proxies.client(&headers, proxy.ip), proxy.ip, "nothing before it is believed");
    }

    #[test]
    fn row_70_the_scheme_is_the_trusted_proxys_word_or_our_own_connections() {
        let proxies = Proxies::new(&["10.0.0.0/8".to_owned()]).expect("valid");
        let (proxy, stranger) = ("10.0.0.1", "11.0.0.1");
        for (from, tls, told, expected) in [
            (proxy, false, Some("https"), true),
            (proxy, true, Some("http"), false),
            (proxy, true, None, true),
            (proxy, false, None, false),
            (proxy, false, Some("https, http"), false),
            (proxy, false, Some("http, HTTPS"), true),
            (stranger, false, Some("https"), false),
            (stranger, true, Some("http"), true),
        ] {
            let mut headers = HeaderMap::new();
            headers.extend(
                told.map(|told| (http::HeaderName::from_static("x-forwarded-proto"), told.parse().expect("text"))),
            );
            let peer = Peer { ip: from.parse().expect("an address"), tls };
            assert_eq!(proxies.tls(&headers, peer), expected, "{from} {tls} {told:?}");
        }
    }
}
